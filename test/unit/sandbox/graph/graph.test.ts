import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppTokens } from '../../../../src/adapters/entra/index.ts';
import { createGraph, graphScope } from '../../../../src/adapters/graph/index.ts';
import { createHttpClient } from '../../../../src/adapters/http/index.ts';
import { SANDBOX_CREDENTIALS, type Sandbox, startSandbox } from '../../../../src/sandbox/sandbox.ts';

const signal = new AbortController().signal;
const KIM = 'kim@partner.example';
const FROM = 'sync@partner.example';

describe('the Graph stand-in', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({
      graph: {
        people: [
          { userPrincipalName: KIM, givenName: 'Kim', surname: 'Seller', businessPhones: ['+14255550100'] },
          { userPrincipalName: 'lee@partner.onmicrosoft.example', mail: 'lee@partner.example' },
          { userPrincipalName: FROM },
          { userPrincipalName: 'bot@partner.example', mail: null },
        ],
      },
    });
  });
  afterAll(() => sandbox.close());

  const url = (): string => sandbox.urls.graph ?? '';
  function tokens() {
    const { tenantId, clientId, clientSecret } = SANDBOX_CREDENTIALS.partnerCenter;
    return createAppTokens({
      authority: sandbox.urls.entra,
      tenantId,
      clientId,
      clientSecret,
      scope: graphScope(url()),
      http: createHttpClient({ baseUrl: sandbox.urls.entra, system: 'entra' }),
      operation: 'Sign-in to Graph',
    });
  }
  const connect = () =>
    createGraph({ http: createHttpClient({ baseUrl: url(), system: 'graph' }), tokens: tokens() });
  async function get(path: string, headers: Record<string, string> = {}) {
    const token = await tokens().getToken({ signal });
    const response = await fetch(`${url()}/v1.0${path}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('lets apps in that the sign-in service vouches for, and nobody else', async () => {
    const response = await fetch(`${url()}/v1.0/users`, { headers: { authorization: 'Bearer made-up' } });

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } });
    expect((await get('/users')).status).toBe(200);
  });

  it('finds people by mail and sign-in name, in one batch, as one request', async () => {
    const before = sandbox.requestCounts().graph ?? 0;
    const queries = [KIM, 'lee@partner.example', 'lee@partner.onmicrosoft.example', 'who@x.example'];

    const found = await connect().directory.find(
      queries.map((email) => ({ key: email, email, name: null })),
      { signal },
    );

    expect(found.get(KIM)?.phone).toBe('+14255550100');
    expect(found.get('lee@partner.onmicrosoft.example')?.email).toBe('lee@partner.example');
    expect(found.get('who@x.example')).toBeNull();
    expect((sandbox.requestCounts().graph ?? 0) - before).toBe(1);
  });

  it('lets its permissions and mailboxes be checked, and sends nothing for that', async () => {
    const graph = connect();
    const tenant = sandbox.graph;
    if (tenant === null) throw new TypeError('There is no Graph.');
    const checks = async (from: string) => [
      await graph.checkDirectory({ signal }),
      await graph.checkMailbox(from, 'graph.notify.from', { signal }),
    ];

    const fine = await checks(FROM);
    const [, noMailbox] = await checks('bot@partner.example');
    const [, nobody] = await checks('who@partner.example');
    Object.assign(tenant.switches, { mayReadUsers: false, maySendMail: false });
    const refused = await checks(FROM);
    Object.assign(tenant.switches, { mayReadUsers: true, maySendMail: true });

    expect(fine.map(({ ok }) => ok)).toEqual([true, true]);
    expect(noMailbox).toMatchObject({ ok: false, remedy: expect.stringContaining('graph.notify.from') });
    expect(nobody).toMatchObject({ ok: false, remedy: expect.stringContaining('graph.notify.from') });
    expect(refused.map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining('User.Read.All'),
      expect.stringContaining('Mail.Send'),
    ]);
    expect(tenant.sent).toEqual([]);
  });

  it('throttles items of a batch one by one', async () => {
    Object.assign(sandbox.graph?.switches ?? {}, { throttledItems: 1, retryAfterSeconds: 0 });
    const before = sandbox.requestCounts().graph ?? 0;

    const found = await connect().directory.find([{ key: KIM, email: KIM, name: null }], { signal });

    expect(found.get(KIM)?.firstName).toBe('Kim');
    expect((sandbox.requestCounts().graph ?? 0) - before).toBe(2);
  });

  it('answers as Graph does to what is unknown, advanced, or wrong', async () => {
    expect(await get('/users/who@x.example')).toMatchObject({
      status: 404,
      body: { error: { code: 'Request_ResourceNotFound' } },
    });
    expect(await get("/users?$filter=mail ne 'a'")).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_UnsupportedQuery' } },
    });
    expect(await get('/users?$filter=nonsense')).toMatchObject({ status: 400 });
    expect((await get(`/users/${KIM}?$select=mail`)).body).toEqual({ mail: KIM });
  });

  it('keeps the mail that was sent, and refuses what has no recipient or no mailbox', async () => {
    const graph = connect();
    const message = { id: 'm1', subject: 'Hello', text: 'There' };
    const send = (from: string, to: readonly string[]) =>
      graph.mail({ from, to, on: [] }).send(message, { signal });

    await send(FROM, ['ops@partner.example']);

    expect(sandbox.graph?.sent).toMatchObject([
      {
        from: FROM,
        to: ['ops@partner.example'],
        subject: 'Hello',
        headers: { 'x-cosell-sync-message-id': 'm1' },
      },
    ]);
    await expect(send(FROM, [])).rejects.toMatchObject({ remoteCode: 'ErrorInvalidRecipients' });
    await expect(send('bot@partner.example', ['a@b.example'])).rejects.toMatchObject({
      remoteCode: 'MailboxNotEnabledForRESTAPI',
    });
    expect(sandbox.graph?.sent).toHaveLength(1);
  });
});
