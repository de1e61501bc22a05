import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Credentials, createAppTokens, createPartnerTokens } from '../../../src/adapters/entra/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { type FakeClock, fakeClock } from '../http/fake-clock.ts';
import { type FakeEntra, refusal, startFakeEntra } from './fake-entra.ts';
import { selfSignedPem } from './self-signed.ts';

const signal = new AbortController().signal;
const MINUTE_MS = 60_000;
const KEY = 'partner-center/contoso';
let entra: FakeEntra;
let clock: FakeClock;
let stored: Map<string, string>;
let credentials: Credentials;

beforeEach(async () => {
  entra = await startFakeEntra();
  clock = fakeClock();
  stored = new Map();
  credentials = {
    load: async (key) => stored.get(key) ?? null,
    save: async (key, value) => void stored.set(key, value),
    remove: async (key) => void stored.delete(key),
  };
});
afterEach(() => entra.close());

const http = () => createHttpClient({ baseUrl: entra.authority, system: 'entra', clock, attempts: 2 });

function tokens(
  options: { configuredRefreshToken?: string | null; clientSecret?: string | null; clientId?: string } = {},
) {
  return createPartnerTokens({
    authority: entra.authority,
    tenantId: 'Tenant-1',
    clientId: 'client-1',
    clientSecret: 'app-secret',
    configuredRefreshToken: 'refresh-0',
    credentials,
    connection: 'contoso',
    http: http(),
    clock,
    ...options,
  });
}

const storedToken = (): unknown => JSON.parse(stored.get(KEY) ?? '{}').refreshToken;

async function failure(promise: Promise<unknown>): Promise<RemoteError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

describe('delegated tokens', () => {
  it('redeems the configured refresh token at the token endpoint of the authority and asks for nothing else', async () => {
    const token = await tokens().getToken('referrals', { signal });

    expect(token).toBe('access-1 https://api.partner.microsoft.com/.default');
    expect(entra.requests.map(({ path }) => path)).toEqual(['/Tenant-1/oauth2/v2.0/token']);
    expect(entra.requests[0]?.form.get('client_secret')).toBe('app-secret');
    expect(entra.requests[0]?.form.get('scope')).toContain('offline_access');
  });

  it('sends no secret for a public client', async () => {
    await tokens({ clientSecret: null }).getToken('referrals', { signal });

    expect(entra.requests[0]?.form.has('client_secret')).toBe(false);
  });

  it('has saved the rotated refresh token before it hands out the access token', async () => {
    const events: string[] = [];
    const { save } = credentials;
    credentials.save = async (key, value) => {
      await new Promise((resolve) => setImmediate(resolve));
      await save(key, value);
      events.push(`saved ${storedToken()}`);
    };

    await tokens().getToken('referrals', { signal });
    events.push('used');

    expect(events).toEqual(['saved refresh-0', 'saved refresh-1', 'used']);
  });

  it('hands out no access token when the rotated refresh token cannot be saved', async () => {
    const { save } = credentials;
    credentials.save = async (key, value) => {
      if (value.includes('refresh-1')) throw new Error('disk full');
      await save(key, value);
    };

    await expect(tokens().getToken('referrals', { signal })).rejects.toThrow('disk full');
  });

  it('keeps one token for each audience and redeems one after the other', async () => {
    const source = tokens();

    const [referrals, webhooks] = await Promise.all([
      source.getToken('referrals', { signal }),
      source.getToken('webhooks', { signal }),
    ]);
    await source.getToken('referrals', { signal });

    expect(referrals).toContain('https://api.partner.microsoft.com/.default');
    expect(webhooks).toContain('https://api.partnercenter.microsoft.com/.default');
    expect(entra.requests).toHaveLength(2);
    expect(storedToken()).toBe('refresh-2');
  });

  it('lets everybody who asks at the same time share one redemption', async () => {
    const source = tokens();

    const all = await Promise.all(Array.from({ length: 20 }, () => source.getToken('referrals', { signal })));

    expect(new Set(all).size).toBe(1);
    expect(entra.requests).toHaveLength(1);
  });

  it('renews at 80 percent of the life of a token', async () => {
    const source = tokens();
    const first = await source.getToken('referrals', { signal });

    clock.time += 47 * MINUTE_MS;
    const same = await source.getToken('referrals', { signal });
    clock.time += 2 * MINUTE_MS;
    const renewed = await source.getToken('referrals', { signal });

    expect(same).toBe(first);
    expect(renewed).not.toBe(first);
  });

  it('goes on with a living token while sign-in is out of order', async () => {
    const source = tokens();
    const first = await source.getToken('referrals', { signal });
    clock.time += 50 * MINUTE_MS;
    entra.next.push({ status: 503, body: {} }, { status: 503, body: {} });

    const again = await source.getToken('referrals', { signal });

    expect(again).toBe(first);
  });

  it('reports an outage when no token lives', async () => {
    entra.next.push({ status: 503, body: {} }, { status: 503, body: {} });

    const error = await failure(tokens().getToken('referrals', { signal }));

    expect(error).toMatchObject({ code: 'unavailable', system: 'entra', status: 503 });
  });

  it('gets a new token when the remote refuses the old one, once for all who were refused', async () => {
    const source = tokens();
    const rejectedToken = await source.getToken('referrals', { signal });

    const first = await source.getToken('referrals', { signal, forceRefresh: true, rejectedToken });
    const late = await source.getToken('referrals', { signal, forceRefresh: true, rejectedToken });

    expect(first).not.toBe(rejectedToken);
    expect(late).toBe(first);
    expect(entra.requests).toHaveLength(2);
  });

  it('stops waiting when the caller does, without losing the rotated token', async () => {
    const controller = new AbortController();
    const answered = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    entra.onTokenRequest = async () => {
      arrived.resolve();
      await answered.promise;
    };
    const source = tokens();
    const impatient = source.getToken('referrals', { signal: controller.signal });
    const patient = source.getToken('referrals', { signal });
    await arrived.promise;

    controller.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    answered.resolve();
    await patient;

    expect(storedToken()).toBe('refresh-1');
  });
});

describe('what is kept between runs', () => {
  it('starts again from the persisted token alone', async () => {
    await tokens().getToken('referrals', { signal });

    const token = await tokens().getToken('referrals', { signal });

    expect(token).toContain('access-2');
    expect(storedToken()).toBe('refresh-2');
  });

  it('starts from the persisted token without any in the configuration', async () => {
    await tokens().getToken('referrals', { signal });

    await expect(
      tokens({ configuredRefreshToken: null }).getToken('referrals', { signal }),
    ).resolves.toContain('access-2');
  });

  it('takes a newly configured token over the stored one', async () => {
    await tokens().getToken('referrals', { signal });
    entra.refreshToken = 'configured-anew';

    await tokens({ configuredRefreshToken: 'configured-anew' }).getToken('referrals', { signal });

    expect(entra.requests.at(-1)?.form.get('refresh_token')).toBe('configured-anew');
  });

  it('keeps no configured token in clear beside the rotated one', async () => {
    await tokens().getToken('referrals', { signal });

    expect(stored.get(KEY)).not.toContain('refresh-0');
    expect(stored.get(KEY)).not.toContain('app-secret');
  });

  it('does not use the token of another app', async () => {
    await tokens().getToken('referrals', { signal });

    const error = await failure(
      tokens({ configuredRefreshToken: null, clientId: 'client-2' }).getToken('referrals', { signal }),
    );

    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain('cosell-sync auth login contoso');
  });

  it('treats a damaged credential as none', async () => {
    stored.set(KEY, '{"version":1,');

    const error = await failure(tokens({ configuredRefreshToken: null }).getToken('referrals', { signal }));

    expect(error.code).toBe('unauthorized');
  });

  it('uses the token that another process has rotated meanwhile', async () => {
    const source = tokens();
    await source.getToken('referrals', { signal });
    await tokens().getToken('referrals', { signal });

    const token = await source.getToken('webhooks', { signal });

    expect(token).toContain('access-3');
  });
});

describe('refusals', () => {
  it('asks a person to sign in again, once, and does not ask the service in a loop', async () => {
    entra.refreshToken = 'revoked';
    const source = tokens();

    const error = await failure(source.getToken('referrals', { signal }));
    const again = await failure(source.getToken('referrals', { signal }));

    expect(error).toMatchObject({
      code: 'unauthorized',
      system: 'entra',
      remoteCode: 'AADSTS70008',
      requestId: 'correlation-1',
    });
    expect(error.message).toContain('cosell-sync auth login contoso');
    expect(again).toBe(error);
    expect(entra.requests).toHaveLength(1);
  });

  it('recovers as soon as somebody has signed in', async () => {
    entra.refreshToken = 'revoked';
    const source = tokens();
    await failure(source.getToken('referrals', { signal }));

    await tokens().deviceCodeLogin({ onPrompt: () => {}, signal });

    await expect(source.getToken('referrals', { signal })).resolves.toContain('access-2');
  });

  it('mentions a claims challenge', async () => {
    entra.next.push(
      refusal('interaction_required', 'AADSTS50076: MFA', {
        claims: '{"access_token":{}}',
        suberror: 'basic_action',
      }),
    );

    const error = await failure(tokens().getToken('referrals', { signal }));

    expect(error.message).toMatch(/claims challenge.*auth login contoso/);
  });

  it('says what is wrong with the app', async () => {
    entra.next.push({ ...refusal('invalid_client', 'AADSTS7000222: expired'), status: 401 });

    const error = await failure(tokens().getToken('referrals', { signal }));

    expect(error.message).toContain('client secret has expired');
    expect(error.code).toBe('unauthorized');
  });

  it('puts neither tokens, secrets nor users into the error', async () => {
    entra.refreshToken = 'revoked';

    const error = await failure(tokens().getToken('referrals', { signal }));

    const text = JSON.stringify([error.message, error.stack, error.cause, Object.entries(error)]);
    expect(text).not.toMatch(/refresh-0|app-secret|user@contoso/);
  });
});

describe('device sign-in', () => {
  it('shows the code, waits for the person and keeps the refresh token', async () => {
    const prompts: unknown[] = [];
    entra.next.push(
      {
        status: 200,
        body: {
          user_code: 'ABCD',
          device_code: 'd',
          verification_uri: 'https://login.example/device',
          expires_in: 900,
          interval: 0,
        },
      },
      refusal('authorization_pending', 'AADSTS70016'),
      refusal('slow_down', 'AADSTS70016'),
    );

    await tokens().deviceCodeLogin({ onPrompt: (prompt) => prompts.push(prompt), signal });

    expect(prompts).toEqual([
      { verificationUri: 'https://login.example/device', userCode: 'ABCD', expiresInSeconds: 900 },
    ]);
    expect(storedToken()).toBe('refresh-1');
    expect(clock.sleeps).toEqual([5000]);
    expect(entra.requests.at(-1)?.form.get('client_secret')).toBeNull();
  });

  it('is not undone by the token that the configuration still holds', async () => {
    const source = tokens();
    await source.deviceCodeLogin({ onPrompt: () => {}, signal });

    await tokens().getToken('referrals', { signal });

    expect(entra.requests.at(-1)?.form.get('refresh_token')).toBe('refresh-1');
  });

  it('shows the secret of a confidential app when the service asks for it', async () => {
    entra.onTokenRequest = async () => {
      if (entra.requests.length === 2)
        entra.next.push({ ...refusal('invalid_client', 'AADSTS7000218: secret'), status: 401 });
    };

    await tokens().deviceCodeLogin({ onPrompt: () => {}, signal });

    expect(entra.requests.at(-1)?.form.get('client_secret')).toBe('app-secret');
    expect(storedToken()).toBe('refresh-1');
  });

  it('reports a person who declines', async () => {
    entra.onTokenRequest = async () => {
      if (entra.requests.length === 2) entra.next.push(refusal('access_denied', 'AADSTS65004: declined'));
    };

    const error = await failure(tokens().deviceCodeLogin({ onPrompt: () => {}, signal }));

    expect(error).toMatchObject({ code: 'unauthorized', remoteCode: 'AADSTS65004' });
    expect(stored.size).toBe(0);
  });
});

describe('app-only tokens', () => {
  const app = () => ({
    authority: entra.authority,
    tenantId: 'tenant-1',
    clientId: 'client-1',
    clientSecret: 'app-secret',
    scope: 'https://org.example/.default',
    http: http(),
    operation: 'Sign-in of connection "contoso" to Dynamics 365',
    clock,
  });

  it('come from client credentials and are kept', async () => {
    const source = createAppTokens(app());

    const first = await source.getToken({ signal });
    const second = await source.getToken({ signal });

    expect(first).toBe('access-1 https://org.example/.default');
    expect(second).toBe(first);
    expect(entra.requests.map(({ form }) => form.get('grant_type'))).toEqual(['client_credentials']);
  });

  it('name the app registration when refused', async () => {
    entra.next.push({ ...refusal('invalid_client', 'AADSTS7000215: Invalid client secret'), status: 401 });

    const error = await failure(createAppTokens(app()).getToken({ signal }));

    expect(error).toMatchObject({ code: 'unauthorized', remoteCode: 'AADSTS7000215' });
    expect(error.message).not.toContain('auth login');
  });

  it('can be had with a certificate', async () => {
    const certificatePem = selfSignedPem();

    await createAppTokens({ ...app(), clientSecret: null, certificatePem }).getToken({ signal });

    const form = entra.requests[0]?.form;
    expect(form?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    expect(form?.get('client_assertion')?.split('.')).toHaveLength(3);
  });
});
