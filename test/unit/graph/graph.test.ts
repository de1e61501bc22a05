import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGraph, graphScope } from '../../../src/adapters/graph/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import type { PersonQuery } from '../../../src/core/team-directory.ts';
import { fakeClock } from '../http/fake-clock.ts';

const BASE = 'https://graph.microsoft.com';
const PERSONAL = 'kim@partner.example';
const signal = new AbortController().signal;

interface BatchBody {
  readonly requests: readonly { readonly id: string; readonly method: string; readonly url: string }[];
}

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  const unused = nock.pendingMocks();
  nock.cleanAll();
  expect(unused).toEqual([]);
});

function connect() {
  const clock = fakeClock();
  const counters = { requests: 0, retries: 0 };
  const tokens: string[] = [];
  const graph = createGraph({
    http: createHttpClient({ baseUrl: BASE, system: 'graph', clock, counters }),
    tokens: {
      async getToken({ forceRefresh = false }) {
        tokens.push(forceRefresh ? 'renewed' : 'first');
        return forceRefresh ? 'token-2' : 'token-1';
      },
    },
    clock,
  });
  const mail = graph.mail({ from: 'sync@partner.example', to: ['ops@partner.example'], on: ['parked'] });
  return { ...graph, mail, clock, counters, tokens };
}

const query = (email: string): PersonQuery => ({ key: email, email, name: null });
const user = (values: object) => ({
  givenName: 'Kim',
  surname: 'Seller',
  mail: PERSONAL,
  userPrincipalName: PERSONAL,
  mobilePhone: null,
  businessPhones: ['+1 425 555 0100'],
  ...values,
});
const found = (id: string, ...value: readonly object[]) => ({
  id,
  status: 200,
  headers: {},
  body: { value },
});

describe('the directory', () => {
  it('asks for twenty people a request, by mail or sign-in name, and takes answers in any order', async () => {
    const { directory, counters } = connect();
    const bodies: BatchBody[] = [];
    const answerTo = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) =>
        found(
          String(n + 1),
          user({ mail: `p${from + n}@partner.example`, mobilePhone: `+1 ${n + 1}`, businessPhones: [] }),
        ),
      ).reverse();
    for (const [from, count] of [
      [0, 20],
      [20, 5],
    ] as const) {
      nock(BASE, { reqheaders: { authorization: 'Bearer token-1' } })
        .post('/v1.0/$batch', (body: BatchBody) => bodies.push(body) > 0)
        .reply(200, { responses: answerTo(from, count) });
    }
    const people = Array.from({ length: 25 }, (_, n) => query(`p${n}@partner.example`));

    const answers = await directory.find(people, { signal });

    expect(bodies.map(({ requests }) => requests.length)).toEqual([20, 5]);
    expect(decodeURIComponent(bodies[0]?.requests[0]?.url ?? '')).toBe(
      "/users?$filter=mail eq 'p0@partner.example' or userPrincipalName eq 'p0@partner.example'&$select=givenName,surname,mail,userPrincipalName,mobilePhone,businessPhones&$top=2",
    );
    expect(answers.size).toBe(25);
    expect(answers.get('p3@partner.example')).toEqual({
      firstName: 'Kim',
      lastName: 'Seller',
      email: 'p3@partner.example',
      phone: '+1 4',
    });
    expect(counters.requests).toBe(2);
  });

  it('doubles apostrophes and looks by name only for those without an e-mail', async () => {
    const { directory } = connect();
    let urls: readonly string[] = [];
    nock(BASE)
      .post('/v1.0/$batch', (body: BatchBody) => {
        urls = body.requests.map(({ url }) => url);
        return true;
      })
      .reply(200, { responses: [found('1'), found('2', user({}), user({}))] });

    const answers = await directory.find(
      [query("o'neil@partner.example"), { key: 'kim seller', email: null, name: "Kim O'Seller" }],
      { signal },
    );

    expect(urls[0]).toContain('mail%20eq%20%27o%27%27neil%40partner.example%27');
    expect(decodeURIComponent(urls[1] ?? '')).toContain("displayName eq 'Kim O''Seller'");
    expect([...answers.values()]).toEqual([null, null]);
  });

  it('prefers the mailbox to a sign-in name that happens to be the same, and picks nobody from several', async () => {
    const { directory } = connect();
    nock(BASE)
      .post('/v1.0/$batch')
      .reply(200, {
        responses: [
          found('1', user({ givenName: 'Other', mail: 'other@partner.example' }), user({})),
          found('2', user({ mail: 'a@x.example' }), user({ mail: 'b@x.example' })),
          {
            id: '3',
            status: 404,
            headers: {},
            body: { error: { code: 'Request_ResourceNotFound', message: '' } },
          },
        ],
      });

    const answers = await directory.find(
      [query(PERSONAL), query('b2@partner.example'), query('gone@partner.example')],
      { signal },
    );

    expect(answers.get(PERSONAL)?.firstName).toBe('Kim');
    expect(answers.get('b2@partner.example')).toBeNull();
    expect(answers.get('gone@partner.example')).toBeNull();
  });

  it('asks again for the throttled items alone, after the pause they want', async () => {
    const { directory, clock } = connect();
    const sizes: number[] = [];
    const note = (body: BatchBody): boolean => sizes.push(body.requests.length) > 0;
    const throttled = {
      id: '2',
      status: 429,
      headers: { 'Retry-After': '7' },
      body: { error: { code: '' } },
    };
    nock(BASE)
      .post('/v1.0/$batch', note)
      .reply(200, { responses: [throttled, found('1', user({}))] });
    nock(BASE)
      .post('/v1.0/$batch', note)
      .reply(200, { responses: [found('1', user({ givenName: 'Lee' }))] });

    const answers = await directory.find([query(PERSONAL), query('lee@partner.example')], { signal });

    expect(sizes).toEqual([2, 1]);
    expect(clock.sleeps).toEqual([7000]);
    expect(answers.get('lee@partner.example')?.firstName).toBe('Lee');
  });

  it('leaves out whom it could not ask for, when the pause is too long to wait', async () => {
    const { directory, clock } = connect();
    const throttled = { id: '1', status: 429, headers: { 'Retry-After': '600' }, body: null };
    nock(BASE)
      .post('/v1.0/$batch')
      .reply(200, { responses: [throttled] });

    const answers = await directory.find([query(PERSONAL)], { signal });

    expect(answers.size).toBe(0);
    expect(clock.sleeps).toEqual([]);
  });

  it('names the permission that is missing, and nobody', async () => {
    const { directory } = connect();
    const denied = {
      error: { code: 'Authorization_RequestDenied', message: `Insufficient privileges for ${PERSONAL}` },
    };
    nock(BASE)
      .post('/v1.0/$batch')
      .reply(200, { responses: [{ id: '1', status: 403, headers: {}, body: denied }] });

    const failure = await directory.find([query(PERSONAL)], { signal }).catch((error: unknown) => error);

    expect(failure).toMatchObject({
      name: 'RemoteError',
      code: 'forbidden',
      system: 'graph',
      remoteCode: 'Authorization_RequestDenied',
    });
    expect(String(failure)).toContain('User.Read.All');
    expect(String(failure)).not.toContain(PERSONAL);
  });

  it('renews a refused token once', async () => {
    const { directory, tokens } = connect();
    nock(BASE)
      .post('/v1.0/$batch')
      .reply(401, { error: { code: 'InvalidAuthenticationToken', message: '' } });
    nock(BASE, { reqheaders: { authorization: 'Bearer token-2' } })
      .post('/v1.0/$batch')
      .reply(200, { responses: [found('1', user({}))] });

    const answers = await directory.find([query(PERSONAL)], { signal });

    expect(answers.get(PERSONAL)?.lastName).toBe('Seller');
    expect(tokens).toEqual(['first', 'renewed']);
  });

  it('calls an answer that is none unavailable', async () => {
    const { directory } = connect();
    nock(BASE).post('/v1.0/$batch').reply(200, { value: [] });

    await expect(directory.find([query(PERSONAL)], { signal })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('mail', () => {
  const message = { id: 'contoso-a1-2', subject: 'Two items', text: '- one\n- two\n' };

  it('goes from the configured mailbox as plain text and leaves no copy', async () => {
    const { mail } = connect();
    let sent: unknown;
    nock(BASE)
      .post('/v1.0/users/sync%40partner.example/sendMail', (body) => {
        sent = body;
        return true;
      })
      .reply(202);

    await mail.send(message, { signal });

    expect(sent).toEqual({
      message: {
        subject: 'Two items',
        body: { contentType: 'Text', content: '- one\n- two\n' },
        toRecipients: [{ emailAddress: { address: 'ops@partner.example' } }],
        internetMessageHeaders: [{ name: 'x-cosell-sync-message-id', value: 'contoso-a1-2' }],
      },
      saveToSentItems: false,
    });
  });

  it('is not sent twice when its answer is lost, because it may have gone out', async () => {
    const { mail, counters } = connect();
    nock(BASE)
      .post(/sendMail$/)
      .reply(503);

    await expect(mail.send(message, { signal })).rejects.toMatchObject({ outcomeUnknown: true });
    expect(counters.requests).toBe(1);
  });

  it('waits when it is throttled, which is no sending', async () => {
    const { mail, clock } = connect();
    nock(BASE)
      .post(/sendMail$/)
      .reply(429, {}, { 'Retry-After': '3' });
    nock(BASE)
      .post(/sendMail$/)
      .reply(202);

    await mail.send(message, { signal });

    expect(clock.time).toBeGreaterThanOrEqual(Date.parse('2026-03-01T10:00:03Z'));
  });

  it('says what to mend when the sender has no mailbox', async () => {
    const { mail } = connect();
    nock(BASE)
      .post(/sendMail$/)
      .reply(404, {
        error: { code: 'MailboxNotEnabledForRESTAPI', message: 'sync@partner.example is inactive' },
      });

    const failure = await mail.send(message, { signal }).catch((error: unknown) => String(error));

    expect(failure).toContain('set graph.notify.from');
    expect(failure).not.toContain('sync@partner.example');
  });
});

describe('the scope of Graph tokens', () => {
  it('is that of the configured cloud; a stand-in on this machine has that of the public one', () => {
    expect(graphScope('https://graph.microsoft.us')).toBe('https://graph.microsoft.us/.default');
    expect(graphScope('http://127.0.0.1:8080/x')).toBe('https://graph.microsoft.com/.default');
  });
});
