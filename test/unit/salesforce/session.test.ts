import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { audienceOf, createGrant, isAllowedInstance } from '../../../src/adapters/salesforce/auth.ts';
import type { OpportunityId } from '../../../src/core/ids.ts';
import {
  type Answer,
  call,
  composite,
  createTestCrm,
  type Host,
  opportunity,
  opportunityId,
  type Received,
  rows,
  startHost,
  tokenAnswer,
} from './support.ts';

const ID = opportunityId(1) as OpportunityId;
const EXPIRED: Answer = {
  status: 401,
  json: [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }],
};

let host: Host;
afterEach(() => host.close());

const start = async (handle: (request: Received) => Answer | null): Promise<Host> => {
  host = await startHost(handle);
  return host;
};

const answerRows = (request: Received): Answer | null => composite(request, () => rows([opportunity(1)]));

describe('the session', () => {
  it('signs in once with client credentials and sends the token, its name and no secret', async () => {
    await start(answerRows);
    const { crm, counters } = createTestCrm(host);

    await Promise.all([crm.read([ID], call()), crm.read([ID], call())]);

    const signIns = host.received.filter(({ path }) => path === '/services/oauth2/token');
    expect(signIns).toHaveLength(1);
    expect(new URLSearchParams(signIns[0]?.body).get('grant_type')).toBe('client_credentials');
    expect(host.data()[0]?.headers.authorization).toMatch(/^Bearer 00D!token/);
    expect(host.data()[0]?.headers['sforce-call-options']).toBe('client=cosell-sync');
    expect(host.data()[0]?.path).toBe('/services/data/v66.0/composite');
    expect(counters.requests).toBe(2);
  });

  it('signs in anew once when parallel calls meet an expired session, and replays them', async () => {
    let old = '';
    await start((request) => {
      const token = request.headers.authorization ?? '';
      if (request.path === '/services/oauth2/token') return null;
      if (old === '') old = token;
      return token === old ? EXPIRED : answerRows(request);
    });
    const { crm } = createTestCrm(host);

    const answers = await Promise.all(Array.from({ length: 5 }, () => crm.read([ID], call())));

    expect(answers.every((answer) => answer.get(ID)?.id === ID)).toBe(true);
    expect(host.received.filter(({ path }) => path === '/services/oauth2/token')).toHaveLength(2);
    expect(host.data()).toHaveLength(10);
  });

  it('gives up after a few sign-ins when every fresh session is refused', async () => {
    await start((request) => (request.path === '/services/oauth2/token' ? null : EXPIRED));
    const { crm } = createTestCrm(host);

    const answers = await Promise.allSettled(Array.from({ length: 3 }, () => crm.read([ID], call())));

    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: { name: 'RemoteError', code: 'unauthorized' },
      });
    }
    expect(host.received.filter(({ path }) => path === '/services/oauth2/token')).toHaveLength(3);
    expect(host.data().length).toBeLessThan(20);
  });

  it('replays on the instance that a later sign-in names', async () => {
    const moved = await startHost((request) => answerRows(request));
    let signIns = 0;
    await start((request) => {
      if (request.path === '/services/oauth2/token') {
        signIns += 1;
        return tokenAnswer(request, signIns === 1 ? host.url : moved.url);
      }
      return EXPIRED;
    });
    const { crm } = createTestCrm(host);

    const answer = await crm.read([ID], call());

    expect(answer.get(ID)?.id).toBe(ID);
    expect(moved.data()).toHaveLength(1);
    await moved.close();
  });

  it('sends no token to an instance outside Salesforce', async () => {
    await start((request) => tokenAnswer(request, 'https://salesforce.com.attacker.example'));
    const { crm } = createTestCrm(host);

    await expect(crm.read([ID], call())).rejects.toMatchObject({ code: 'configuration' });
  });

  it.each([
    { status: 400, error: 'invalid_grant', code: 'unauthorized' },
    { status: 400, error: 'rate_limit_exceeded', code: 'rate-limited' },
    { status: 500, error: 'server_error', code: 'unavailable' },
  ])('reports a sign-in that answers $error as $code', async ({ status, error, code }) => {
    await start(() => ({ status, json: { error, error_description: 'no' } }));
    const { crm } = createTestCrm(host);

    await expect(crm.read([ID], call())).rejects.toMatchObject({ code, remoteCode: error });
  });

  it('reports a login page instead of a token as unavailable', async () => {
    await start(() => ({ text: '<html></html>', headers: { 'content-type': 'text/html' } }));
    const { crm } = createTestCrm(host);

    await expect(crm.read([ID], call())).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('stops waiting for a shared sign-in when the caller gives up', async () => {
    await start((request) =>
      request.path === '/services/oauth2/token' ? { json: {}, half: 'stalled' } : null,
    );
    const { crm } = createTestCrm(host);
    const controller = new AbortController();

    const reading = crm.read([ID], { signal: controller.signal });
    controller.abort(new Error('stopped'));

    await expect(reading).rejects.toThrow('stopped');
  });
});

describe('answers that never arrive whole', () => {
  it('rejects when the connection is cut in the middle of a body', async () => {
    await start((request) =>
      request.path === '/services/oauth2/token' ? null : { json: { compositeResponse: [] }, half: 'cut' },
    );
    const { crm } = createTestCrm(host);

    await expect(crm.read([ID], call())).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('rejects when a body stalls beyond the deadline', async () => {
    await start((request) =>
      request.path === '/services/oauth2/token' ? null : { json: { compositeResponse: [] }, half: 'stalled' },
    );
    const { crm } = createTestCrm(host, { timeoutMs: 60, attempts: 1 });

    await expect(crm.read([ID], call())).rejects.toMatchObject({
      code: 'unavailable',
      remoteCode: 'DEADLINE',
    });
  });

  it('takes a web page with status 200 for an outage', async () => {
    await start((request) =>
      request.path === '/services/oauth2/token'
        ? null
        : { text: '<html>Down for maintenance</html>', headers: { 'content-type': 'text/html' } },
    );
    const { crm } = createTestCrm(host);

    await expect(crm.read([ID], call())).rejects.toMatchObject({
      code: 'unavailable',
      outcomeUnknown: false,
    });
  });

  it('repeats a query sent by POST after a 503, and counts the repetition once', async () => {
    let answered = 0;
    await start((request) => {
      if (request.path === '/services/oauth2/token') return null;
      answered += 1;
      return answered === 1 ? { status: 503, text: '<html></html>' } : answerRows(request);
    });
    const { crm, counters } = createTestCrm(host);

    await crm.read([ID], call());

    expect(counters).toEqual({ requests: 2, retries: 1 });
  });
});

describe('a signed assertion', () => {
  it('verifies with the public key and lives three minutes at most', async () => {
    await start(() => null);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const folder = mkdtempSync(join(tmpdir(), 'salesforce-'));
    const privateKeyFile = join(folder, 'server.key');
    writeFileSync(privateKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));

    const grant = createGrant(
      {
        kind: 'salesforce',
        loginUrl: 'https://contoso.my.salesforce.com',
        apiVersion: '66.0',
        auth: {
          flow: 'jwtBearer',
          clientId: 'key',
          username: 'sync@contoso.example',
          privateKeyFile,
          audience: null,
        },
      },
      Date.parse('2026-11-20T18:00:00Z'),
    );

    const [header = '', claims = '', signature = ''] = String(grant.assertion).split('.');
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(
      verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')),
    ).toBe(true);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'key',
      sub: 'sync@contoso.example',
      aud: 'https://login.salesforce.com',
      exp: Date.parse('2026-11-20T18:03:00Z') / 1000,
    });
    rmSync(folder, { recursive: true });
  });

  it('names the file, not its content, when the key is none', async () => {
    await start(() => null);
    const folder = mkdtempSync(join(tmpdir(), 'salesforce-'));
    const privateKeyFile = join(folder, 'server.key');
    writeFileSync(privateKeyFile, 'not a key at all');
    const { crm } = createTestCrm(host, {
      config: {
        kind: 'salesforce',
        loginUrl: host.url,
        apiVersion: '66.0',
        auth: { flow: 'jwtBearer', clientId: 'key', username: 'u', privateKeyFile, audience: null },
      },
    });

    await expect(crm.read([ID], call())).rejects.toThrow(/server\.key holds no private RSA key/);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['https://contoso.my.salesforce.com', 'https://login.salesforce.com'],
    ['https://contoso--uat.sandbox.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://test.salesforce.com', 'https://test.salesforce.com'],
  ])('is meant for the audience of %s', async (loginUrl, audience) => {
    await start(() => null);

    expect(audienceOf(loginUrl)).toBe(audience);
  });

  it.each([
    ['https://contoso.my.salesforce.com', 'https://login.salesforce.com', true],
    ['https://contoso.file.force.com', 'https://login.salesforce.com', true],
    ['http://contoso.my.salesforce.com', 'https://login.salesforce.com', false],
    ['https://evilsalesforce.com', 'https://login.salesforce.com', false],
    ['http://127.0.0.1:1', 'https://login.salesforce.com', false],
    ['http://127.0.0.1:1', 'http://localhost:2', true],
    ['nonsense', 'https://login.salesforce.com', false],
  ])('allows %s after signing in at %s: %s', async (instance, login, isAllowed) => {
    await start(() => null);

    expect(isAllowedInstance(instance, login)).toBe(isAllowed);
  });
});
