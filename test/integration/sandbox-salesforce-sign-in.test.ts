import { generateKeyPairSync, sign } from 'node:crypto';
import { Connection } from 'jsforce';
import { afterEach, describe, expect, it } from 'vitest';
import { CLIENT, failureOf, NOW, type Rig, signIn, startRig, VERSION } from './sandbox-salesforce-support.ts';

let rig: Rig | null = null;

afterEach(async () => {
  await rig?.close();
  rig = null;
});

async function start(app?: Parameters<typeof startRig>[0]): Promise<Rig> {
  rig = await startRig(app);
  return rig;
}

async function requestToken(
  url: string,
  form: Record<string, string>,
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return { status: response.status, json: await response.json() };
}

describe('signing in', () => {
  it('answers client credentials with a token in the documented shape', async () => {
    const { url, org, connection } = await start();

    const { status, json } = await requestToken(url, {
      grant_type: 'client_credentials',
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
    });

    expect(status).toBe(200);
    expect(json).toEqual({
      access_token: expect.stringMatching(/^00D\w{12}!/),
      signature: expect.any(String),
      scope: 'api id',
      instance_url: url,
      id: `${url}/id/${org.organizationId}/${org.integrationUserId}`,
      token_type: 'Bearer',
      issued_at: String(NOW.getTime()),
    });
    expect(connection.userInfo).toMatchObject({
      id: org.integrationUserId,
      organizationId: org.organizationId,
    });
    expect(await connection.identity()).toMatchObject({ user_id: org.integrationUserId, active: true });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'an unknown client',
      { grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' },
      'invalid_client_id',
    ],
    [
      'a wrong secret',
      { grant_type: 'client_credentials', client_id: 'app', client_secret: 'y' },
      'invalid_client',
    ],
    [
      'a used-up refresh token',
      { grant_type: 'refresh_token', client_id: 'app', refresh_token: 'x' },
      'invalid_grant',
    ],
    [
      'a password',
      { grant_type: 'password', client_id: 'app', client_secret: 'app-secret' },
      'invalid_grant',
    ],
    ['another grant', { grant_type: 'magic' }, 'unsupported_grant_type'],
  ])('refuses %s', async (_what, form, code) => {
    const { url } = await start();

    const { status, json } = await requestToken(url, form);

    expect(status).toBe(400);
    expect(json).toEqual({ error: code, error_description: expect.any(String) });
  });

  it('rotates refresh tokens when the app does', async () => {
    const { url } = await start((org) => ({
      refreshTokens: { first: org.adminUserId },
      rotatesRefreshTokens: true,
    }));
    const form = { grant_type: 'refresh_token', client_id: CLIENT.clientId };

    const { json } = await requestToken(url, { ...form, refresh_token: 'first' });
    const again = await requestToken(url, { ...form, refresh_token: 'first' });
    const next =
      typeof json === 'object' && json !== null && 'refresh_token' in json ? String(json.refresh_token) : '';
    const rotated = await requestToken(url, { ...form, refresh_token: next });

    expect(again.status).toBe(400);
    expect(rotated.status).toBe(200);
  });

  it('verifies a signed assertion: its key, audience and time', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const { url, org } = await start(() => ({
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    }));
    const nowS = NOW.getTime() / 1000;
    const claims = {
      iss: CLIENT.clientId,
      sub: 'integration@contoso.example',
      aud: 'https://login.salesforce.com',
      exp: nowS + 180,
    };
    const assert = (change: object, key = privateKey): string => {
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const content = `${encode({ alg: 'RS256' })}.${encode({ ...claims, ...change })}`;
      return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
    };
    const grant = async (assertion: string): Promise<Connection> => {
      const connection = new Connection({
        oauth2: { clientId: CLIENT.clientId, loginUrl: url },
        version: VERSION,
      });
      await connection.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
      return connection;
    };

    const connection = await grant(assert({}));

    expect(connection.userInfo?.id).toBe(org.integrationUserId);
    expect((await failureOf(grant(assert({}, stranger)))).code).toBe('invalid_grant');
    expect((await failureOf(grant(assert({ aud: 'https://example.com' })))).message).toBe(
      'audience is invalid',
    );
    expect((await failureOf(grant(assert({ exp: nowS - 1 })))).code).toBe('invalid_grant');
    expect((await failureOf(grant(assert({ exp: nowS + 3_600 })))).code).toBe('invalid_grant');
    expect((await failureOf(grant(assert({ sub: 'nobody@contoso.example' })))).code).toBe('invalid_grant');
  });
});

describe('sessions', () => {
  it('end after two idle hours, and jsforce signs in again by itself', async () => {
    const { connection, clock, standIn } = await start();
    await connection.query('SELECT Id FROM Account');
    clock.advance(90 * 60_000);
    await connection.query('SELECT Id FROM Account');
    const before = standIn.signIn.count;
    clock.advance(121 * 60_000);

    await Promise.all([1, 2, 3].map(() => connection.query('SELECT Id FROM Account')));

    expect(before).toBe(1);
    expect(standIn.signIn.count).toBe(2);
  });

  it('are refused with the recorded body when they are gone', async () => {
    const { url, connection, standIn } = await start();
    standIn.signIn.expireAll();

    const response = await fetch(`${url}/services/data/v66.0/limits`, {
      headers: { Authorization: `Bearer ${connection.accessToken}` },
    });

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual([
      { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
    ]);
  });

  it('stay refused for good when told to, for clients that must give up', async () => {
    const { url, connection, org } = await start();
    org.switches.refuseSessions = true;
    let attempts = 0;
    const stubborn = new Connection({
      instanceUrl: url,
      accessToken: connection.accessToken ?? '',
      version: VERSION,
      refreshFn: (_own, callback) => {
        attempts += 1;
        if (attempts > 3) callback(new Error('enough'));
        else callback(null, 'another');
      },
    });

    await expect(stubborn.query('SELECT Id FROM Account')).rejects.toThrow('enough');
  });

  it('may be handed out for another host', async () => {
    const { url, org } = await start();
    org.switches.instanceUrl = 'http://127.0.0.1:9';

    const connection = await signIn(url);

    expect(connection.instanceUrl).toBe('http://127.0.0.1:9');
  });
});

describe('limits', () => {
  it('counts every data call but the list of versions, and stops at the limit', async () => {
    const { url, connection, org, clock } = await start();
    const versions = await (await fetch(`${url}/services/data/`)).json();
    await connection.query('SELECT Id FROM Account');
    const limits = await connection.request<{ DailyApiRequests: unknown }>('/limits');
    org.switches.dailyLimit = 2;

    const failure = await failureOf(connection.query('SELECT Id FROM Account'));
    clock.advance(25 * 60 * 60_000);
    await connection.query('SELECT Id FROM Account');

    expect(versions).toContainEqual({ label: "Spring '26", url: '/services/data/v66.0', version: '66.0' });
    expect(limits.DailyApiRequests).toEqual({ Max: 100_000, Remaining: 99_998 });
    expect(failure).toMatchObject({
      code: 'REQUEST_LIMIT_EXCEEDED',
      message: 'TotalRequests Limit exceeded.',
    });
    expect(connection.limitInfo?.apiUsage).toEqual({ used: 1, limit: 2 });
  });

  it('dates answers by the sandbox clock and its skew', async () => {
    const { url, org } = await start();
    org.switches.clockSkewMs = 90_000;

    const response = await fetch(`${url}/services/data/`);

    expect(response.headers.get('date')).toBe('Fri, 20 Nov 2026 18:01:30 GMT');
  });
});
