import {
  ConfidentialClientApplication,
  type INetworkModule,
  PublicClientApplication,
} from '@azure/msal-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createDirectory, createEntraStandIn } from '../../../../src/sandbox/entra/index.ts';
import { createClock } from '../../../../src/sandbox/kernel/clock.ts';
import { createFaults } from '../../../../src/sandbox/kernel/faults.ts';
import { createJournal } from '../../../../src/sandbox/kernel/journal.ts';
import { startSandboxServer } from '../../../../src/sandbox/kernel/server.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const CLIENT = '22222222-2222-4222-8222-222222222222';
const USER = {
  id: '44444444-4444-4444-8444-444444444444',
  userName: 'sync@partner.example',
  displayName: 'Sync',
};
const SCOPE = 'https://api.partner.microsoft.com/.default';
const DAY_MS = 86_400_000;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function startEntra(clock = createClock(new Date('2026-03-02T09:00:00Z'))) {
  const directory = createDirectory({
    clock,
    tenantId: TENANT,
    applications: [{ clientId: CLIENT, secret: 'secret', allowsPublicFlows: true }],
    users: [USER],
    firstRefreshToken: { token: 'first', userId: USER.id, clientId: CLIENT },
  });
  const server = await startSandboxServer({
    standIn: createEntraStandIn({ clock, directory }),
    clock,
    journal: createJournal(),
    faults: createFaults(),
    hooks: {},
    port: 0,
  });
  closers.push(server.close);
  async function post(path: string, form: Readonly<Record<string, string>>, headers = {}) {
    const body = new URLSearchParams({ client_id: CLIENT, client_secret: 'secret', ...form });
    const response = await fetch(`${server.url}/${path}`, { method: 'POST', body, headers });
    const json: Record<string, unknown> = JSON.parse(await response.text());
    return { status: response.status, json };
  }
  const refresh = (refreshToken: string, form: Readonly<Record<string, string>> = {}) =>
    post(`${TENANT}/oauth2/v2.0/token`, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope: `${SCOPE} openid profile offline_access`,
      ...form,
    });
  return { clock, directory, url: server.url, post, refresh };
}

/** MSAL insists on https; the sandbox speaks http. */
function networkTo(url: string): INetworkModule {
  const send = async <T>(
    method: string,
    address: string,
    options?: { headers?: Record<string, string>; body?: string },
  ) => {
    const response = await fetch(address.replace(url.replace('http:', 'https:'), url), {
      method,
      headers: options?.headers ?? {},
      ...(options?.body === undefined ? {} : { body: options.body }),
    });
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, headers, body: (await response.json()) as T };
  };
  return {
    sendGetRequestAsync: (address, options) => send('GET', address, options),
    sendPostRequestAsync: (address, options) => send('POST', address, options),
  };
}

function msalOptions(url: string, secret: string | null) {
  const { host } = new URL(url);
  const auth = { clientId: CLIENT, authority: `https://${host}/${TENANT}`, knownAuthorities: [host] };
  return {
    auth: secret === null ? auth : { ...auth, clientSecret: secret },
    system: { networkClient: networkTo(url) },
  };
}

describe('with MSAL', () => {
  it('redeems a refresh token, and gets a new one, an account and claims', async () => {
    const { url, directory } = await startEntra(createClock());
    const client = new ConfidentialClientApplication(msalOptions(url, 'secret'));

    const result = await client.acquireTokenByRefreshToken({
      refreshToken: 'first',
      scopes: [SCOPE],
      forceCache: true,
    });

    expect(directory.verify(result?.accessToken ?? '')).toMatchObject({
      aud: 'https://api.partner.microsoft.com',
      tid: TENANT,
      oid: USER.id,
    });
    expect(result?.account).toMatchObject({ homeAccountId: `${USER.id}.${TENANT}`, username: USER.userName });
    const cache: { RefreshToken: Record<string, { secret: string }> } = JSON.parse(
      client.getTokenCache().serialize(),
    );
    expect(Object.values(cache.RefreshToken).map(({ secret }) => secret)).not.toContain('first');
  });

  it('signs an app in by its secret', async () => {
    const { url, directory } = await startEntra(createClock());
    const client = new ConfidentialClientApplication(msalOptions(url, 'secret'));

    const result = await client.acquireTokenByClientCredential({
      scopes: ['https://graph.microsoft.com/.default'],
    });

    expect(directory.verify(result?.accessToken ?? '')).toMatchObject({
      aud: 'https://graph.microsoft.com',
      idtyp: 'app',
    });
  });

  it('signs a person in by device code', async () => {
    const { url, directory } = await startEntra(createClock());
    directory.change({ deviceCodeIntervalSeconds: 0 });
    const client = new PublicClientApplication(msalOptions(url, null));
    const codes: string[] = [];

    const result = await client.acquireTokenByDeviceCode({
      scopes: [SCOPE, 'offline_access'],
      deviceCodeCallback: ({ userCode }) => codes.push(userCode),
    });

    expect(codes).toHaveLength(1);
    expect(directory.verify(result?.accessToken ?? '')).toMatchObject({ oid: USER.id });
  });

  it('says what a person has to do when a second factor is asked for', async () => {
    const { url, directory } = await startEntra(createClock());
    directory.change({ mfaRequired: true });
    const client = new ConfidentialClientApplication(msalOptions(url, 'secret'));

    const attempt = client.acquireTokenByRefreshToken({ refreshToken: 'first', scopes: [SCOPE] });

    await expect(attempt).rejects.toMatchObject({
      name: 'InteractionRequiredAuthError',
      errorCode: 'interaction_required',
      claims: expect.stringContaining('access_token'),
    });
  });
});

describe('the OpenID document', () => {
  it('is built from the host it was asked at', async () => {
    const { url } = await startEntra();

    const response = await fetch(`${url}/${TENANT}/v2.0/.well-known/openid-configuration`);

    const origin = url.replace('http:', 'https:');
    expect(await response.json()).toMatchObject({
      issuer: `${origin}/${TENANT}/v2.0`,
      token_endpoint: `${origin}/${TENANT}/oauth2/v2.0/token`,
      authorization_endpoint: `${origin}/${TENANT}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${origin}/${TENANT}/oauth2/v2.0/devicecode`,
      jwks_uri: `${origin}/${TENANT}/discovery/v2.0/keys`,
    });
  });

  it('exists for this tenant only', async () => {
    const { url } = await startEntra();

    const response = await fetch(
      `${url}/99999999-9999-4999-8999-999999999999/v2.0/.well-known/openid-configuration`,
    );

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error_codes: [90002] });
  });
});

describe('refresh tokens', () => {
  it('rotate, and the old one stays good', async () => {
    const { refresh } = await startEntra();

    const first = await refresh('first');
    const second = await refresh(String(first.json.refresh_token));
    const again = await refresh('first');

    expect([first.status, second.status, again.status]).toEqual([200, 200, 200]);
    expect(second.json.refresh_token).not.toBe(first.json.refresh_token);
    expect(first.json).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      id_token: expect.any(String),
    });
  });

  it('may die as soon as the next one is used, but not before', async () => {
    const { directory, refresh } = await startEntra();
    directory.change({ rotateStrictly: true });
    const { json } = await refresh('first');

    const repeated = await refresh('first');
    await refresh(String(json.refresh_token));
    const dead = await refresh('first');

    expect(repeated.status).toBe(200);
    expect([dead.status, dead.json.error]).toEqual([400, 'invalid_grant']);
  });

  it('live 90 days unused, the first one for ever', async () => {
    const { clock, refresh } = await startEntra();
    const { json } = await refresh('first');

    clock.advance(90 * DAY_MS + 1);
    const old = await refresh(String(json.refresh_token));
    const first = await refresh('first');

    expect([old.status, old.json.error, old.json.error_codes]).toEqual([400, 'invalid_grant', [700082]]);
    expect(first.status).toBe(200);
  });

  it('can be revoked; what is issued afterwards is good', async () => {
    const { directory, refresh } = await startEntra();
    directory.change({ revoke: true });

    const revoked = await refresh('first');
    const fresh = await refresh(directory.issueRefreshToken(USER.id, CLIENT));
    directory.change({ revoke: false });
    const restored = await refresh('first');

    expect([revoked.status, revoked.json.error_codes]).toEqual([400, [50173]]);
    expect([fresh.status, restored.status]).toEqual([200, 200]);
  });

  it('are refused with the error JSON of the real service', async () => {
    const { post } = await startEntra();

    const { status, json } = await post(
      `${TENANT}/oauth2/v2.0/token`,
      { grant_type: 'refresh_token', refresh_token: 'unknown' },
      { 'client-request-id': '7c9e6679-7425-40de-944b-e07fc1f90ae7' },
    );

    expect(status).toBe(400);
    expect(json).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^AADSTS9002313: .* Trace ID: /),
      error_codes: [9002313],
      timestamp: '2026-03-02 09:00:00Z',
      trace_id: expect.any(String),
      correlation_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    });
  });
});

describe('applications', () => {
  it.each([
    ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client'],
    [
      'an unknown application',
      { client_id: '99999999-9999-4999-8999-999999999999' },
      400,
      'unauthorized_client',
    ],
    ['a password', { grant_type: 'password' }, 400, 'interaction_required'],
    ['an unknown grant', { grant_type: 'magic' }, 400, 'unsupported_grant_type'],
    ['two resources', { scope: `${SCOPE} https://graph.microsoft.com/.default` }, 400, 'invalid_scope'],
  ])('are refused with %s', async (_name, form, status, error) => {
    const { refresh } = await startEntra();

    const answer = await refresh('first', form);

    expect([answer.status, answer.json.error]).toEqual([status, error]);
  });
});

describe('access tokens', () => {
  it.each([
    [SCOPE, 'https://api.partner.microsoft.com'],
    ['https://api.partnercenter.microsoft.com/user_impersonation', 'https://api.partnercenter.microsoft.com'],
    ['4990cffe-04e8-4e8b-808a-1175604b879f/.default', 'https://api.partner.microsoft.com'],
    ['User.Read', 'https://graph.microsoft.com'],
  ])('for scope %s are for %s', async (scope, audience) => {
    const { directory, refresh } = await startEntra();

    const { json } = await refresh('first', { scope });

    expect(directory.verify(String(json.access_token))).toMatchObject({ aud: audience });
  });

  it('live an hour by the clock', async () => {
    const { clock, directory, refresh } = await startEntra();
    const { json } = await refresh('first');
    const token = String(json.access_token);

    clock.advance(3_599_000);
    const before = directory.verify(token);
    clock.advance(1000);
    const after = directory.verify(token);

    expect([before?.oid, after]).toEqual([USER.id, null]);
  });

  it('come from the older endpoint with a resource, and with numbers as text', async () => {
    const { directory, post } = await startEntra();

    const { status, json } = await post('common/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: 'first',
      resource: 'https://api.partner.microsoft.com',
    });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      expires_in: '3600',
      expires_on: String(Date.parse('2026-03-02T10:00:00Z') / 1000),
      resource: 'https://api.partner.microsoft.com',
    });
    expect(directory.verify(String(json.access_token))).toMatchObject({ scp: 'user_impersonation' });
  });
});

describe('device codes', () => {
  it.each([
    ['pending', 'authorization_pending'],
    ['decline', 'authorization_declined'],
  ] as const)('while the answer is %s give %s', async (deviceCode, error) => {
    const { directory, post } = await startEntra();
    directory.change({ deviceCode });
    const started = await post(`${TENANT}/oauth2/v2.0/devicecode`, { scope: SCOPE });

    const { status, json } = await post(`${TENANT}/oauth2/v2.0/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(started.json.device_code),
    });

    expect([status, json.error]).toEqual([400, error]);
  });

  it('expire', async () => {
    const { clock, post } = await startEntra();
    const started = await post(`${TENANT}/oauth2/v2.0/devicecode`, { scope: SCOPE });
    clock.advance(900_000);

    const { json } = await post(`${TENANT}/oauth2/v2.0/token`, {
      grant_type: 'device_code',
      device_code: String(started.json.device_code),
    });

    expect(json.error).toBe('expired_token');
  });
});
