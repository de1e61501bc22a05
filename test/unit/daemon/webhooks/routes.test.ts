import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_AGE_MS } from '../../../../src/daemon/webhooks/events.ts';
import { QUIET_MS } from '../../../../src/daemon/webhooks/hints.ts';
import { MAX_CONTEXT_BYTES, MAX_EVENT_BYTES } from '../../../../src/daemon/webhooks/routes.ts';
import {
  configOf,
  type EventServer,
  KEY,
  PARTNER,
  partnerEvent,
  REFERRAL,
  startEventServer,
} from './support.ts';

const listening = { partnerCenter: PARTNER, dynamics: null };
const dynamics = { partnerCenter: null, dynamics: { header: 'X-Sync-Key', key: KEY } };
const OPPORTUNITY = '0a1b2c3d-1111-4000-8000-00000000abcd';

const servers: EventServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(({ app }) => app.close()));
});

async function start(
  connections: Parameters<typeof configOf>[0],
  verify?: Parameters<typeof startEventServer>[1],
) {
  const server = await startEventServer(await configOf(connections), verify);
  servers.push(server);
  const post = async (
    path: string,
    payload: string | Buffer,
    headers: Readonly<Record<string, string>> = { proof: 'yes' },
  ) => {
    const { statusCode, body } = await server.app.inject({
      method: 'POST',
      url: path,
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    });
    return [statusCode, body];
  };
  const outcomes = () =>
    server.events.flatMap((event) => (event.type === 'event-received' ? [event.outcome] : []));
  return { server, post, outcomes };
}

describe('an event of Partner Center', () => {
  it('is answered at once, and looked into later', async () => {
    const { server, post } = await start([{ name: 'contoso', webhooks: listening }]);

    expect(await post('/webhooks/partner-center', partnerEvent())).toEqual([200, '']);
    expect(server.requests).toEqual([]);
    server.time.pass(QUIET_MS);

    expect(server.requests).toEqual([
      ['contoso', { kind: 'hint', who: 'partner-center', referrals: [REFERRAL], opportunities: [] }],
    ]);
  });

  it('reaches the connection that the address names, and without a name only one that is alone', async () => {
    const { server, post } = await start([
      { name: 'contoso', webhooks: listening },
      { name: 'fabrikam', webhooks: listening },
      { name: 'silent' },
    ]);

    const answers = [
      await post('/webhooks/partner-center/fabrikam', partnerEvent()),
      await post('/webhooks/partner-center', partnerEvent()),
      await post('/webhooks/partner-center/silent', partnerEvent()),
      await post('/webhooks/partner-center/nobody', partnerEvent()),
    ];
    server.time.pass(QUIET_MS);

    expect(answers.map(([status]) => status)).toEqual([200, 401, 401, 401]);
    expect(server.requests.map(([connection]) => connection)).toEqual(['fabrikam']);
  });

  it('reaches every connection of one partner account, at the address of any of them', async () => {
    const { server, post } = await start([
      { name: 'east', tenantId: 'one', webhooks: listening },
      { name: 'west', tenantId: 'one', webhooks: listening },
    ]);

    await post('/webhooks/partner-center/west', partnerEvent());
    server.time.pass(QUIET_MS);

    expect(server.requests.map(([connection]) => connection)).toEqual(['east', 'west']);
  });

  it('is verified over the bytes as they came', async () => {
    const seen: Buffer[] = [];
    const { post } = await start([{ name: 'contoso', webhooks: listening }], async (_headers, body) => {
      seen.push(Buffer.from(body));
      return 'signature-wrong';
    });
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x20, 0x7d]);

    await post('/webhooks/partner-center', bytes, { 'content-type': 'text/plain; charset=utf-16' });

    expect(seen).toEqual([bytes]);
  });

  it('that is repeated is thanked for and causes nothing', async () => {
    const { server, post, outcomes } = await start([{ name: 'contoso', webhooks: listening }]);

    await post('/webhooks/partner-center', partnerEvent());
    server.time.pass(QUIET_MS);
    const again = await post('/webhooks/partner-center', partnerEvent());
    server.time.pass(QUIET_MS);

    expect(again).toEqual([200, '']);
    expect(outcomes()).toEqual(['taken', 'repeated']);
    expect(server.requests).toHaveLength(1);
  });

  it('that is old, from the future or unreadable is refused like any other', async () => {
    const { server, post, outcomes } = await start([{ name: 'contoso', webhooks: listening }]);
    const old = new Date(server.time.now() - MAX_AGE_MS - 1).toISOString();

    const answers = [
      await post('/webhooks/partner-center', partnerEvent({ ResourceChangeUtcDate: old })),
      await post('/webhooks/partner-center', partnerEvent({ ResourceChangeUtcDate: '2027-03-01T00:00:00Z' })),
      await post('/webhooks/partner-center', '{"EventName":"referral-updated"}'),
      await post('/webhooks/partner-center', partnerEvent(), { proof: 'no' }),
      await post('/webhooks/partner-center', ''),
    ];
    server.time.pass(QUIET_MS);

    expect(new Set(answers.map(String))).toEqual(new Set(['401,']));
    expect(outcomes()).toEqual(['stale', 'stale', 'unreadable', 'signature-wrong', 'unreadable']);
    expect(server.requests).toEqual([]);
  });

  it('about something else is thanked for and causes nothing', async () => {
    const { server, post, outcomes } = await start([{ name: 'contoso', webhooks: listening }]);

    await post('/webhooks/partner-center', partnerEvent({ EventName: 'test-created' }));
    await post('/webhooks/partner-center', partnerEvent({ EventName: 'invoice-ready' }));
    server.time.pass(QUIET_MS);

    expect(outcomes()).toEqual(['test', 'other']);
    expect(server.requests).toEqual([]);
  });

  it('larger than any is not even read to its end, and nobody is told why', async () => {
    const { post, outcomes } = await start([{ name: 'contoso', webhooks: listening }]);

    expect(await post('/webhooks/partner-center', Buffer.alloc(MAX_EVENT_BYTES + 1, '{'))).toEqual([413, '']);
    expect(outcomes()).toEqual([]);
  });

  it('is refused without a word when the proof itself cannot be had', async () => {
    const { server, post } = await start([{ name: 'contoso', webhooks: listening }]);
    server.config = { ...server.config, connections: [] };

    expect(await post('/webhooks/partner-center', partnerEvent())).toEqual([401, '']);
  });

  it('never breaks the server, whatever it holds', async () => {
    const { server, post } = await start([{ name: 'contoso', webhooks: listening }]);
    const key = fc.constantFrom('EventName', 'ResourceUri', 'ResourceChangeUtcDate', '__proto__', 'x');
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .dictionary(key, fc.oneof(fc.string(), fc.jsonValue()))
        .map((parts) => Buffer.from(JSON.stringify(parts))),
    );
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        const [status, answer] = await post('/webhooks/partner-center', payload);
        expect([200, 401]).toContain(status);
        expect(answer).toBe('');
      }),
    );
    server.time.pass(QUIET_MS);
    for (const [, { referrals = [] }] of server.requests)
      for (const id of referrals) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an event of Dynamics 365', () => {
  const event = JSON.stringify({
    MessageName: 'Update',
    PrimaryEntityName: 'opportunity',
    PrimaryEntityId: OPPORTUNITY.toUpperCase(),
    InputParameters: [],
  });

  it('makes its opportunity be looked at', async () => {
    const { server, post } = await start([{ name: 'fabrikam', webhooks: dynamics }]);

    expect(await post('/webhooks/dataverse', event, { 'x-sync-key': KEY })).toEqual([200, '']);
    server.time.pass(QUIET_MS);

    expect(server.requests).toEqual([
      ['fabrikam', { kind: 'hint', who: 'dataverse', referrals: [], opportunities: [OPPORTUNITY] }],
    ]);
  });

  it.each([
    [
      'another table',
      JSON.stringify({ PrimaryEntityName: 'opportunityclose', PrimaryEntityId: OPPORTUNITY }),
    ],
    ['no id', JSON.stringify({ PrimaryEntityName: 'opportunity', PrimaryEntityId: 'x' })],
    ['nothing readable', '{'],
  ])('that names %s makes an ordinary run', async (_what, body) => {
    const { server, post } = await start([{ name: 'fabrikam', webhooks: dynamics }]);

    expect(await post('/webhooks/dataverse', body, { 'x-sync-key': KEY })).toEqual([200, '']);
    server.time.pass(QUIET_MS);

    expect(server.requests).toEqual([['fabrikam', { kind: 'scheduled', who: 'dataverse' }]]);
  });

  it.each([
    ['no key', {}],
    ['another key', { 'x-sync-key': `${KEY}x` }],
    ['an empty key', { 'x-sync-key': '' }],
    ['the key in another header', { 'x-cosell-key': KEY }],
  ])('with %s is refused before its body is read', async (_what, headers) => {
    const { server, post } = await start([{ name: 'fabrikam', webhooks: dynamics }]);

    expect(await post('/webhooks/dataverse', event, headers)).toEqual([401, '']);
    expect(await post('/webhooks/dataverse', Buffer.alloc(MAX_CONTEXT_BYTES * 2), headers)).toEqual([
      401,
      '',
    ]);
    server.time.pass(QUIET_MS);

    expect(server.requests).toEqual([]);
  });

  it('goes to the connection whose key it carries, and not to one that another name is in the address of', async () => {
    const other = { partnerCenter: null, dynamics: { header: 'X-Sync-Key', key: 'another key of sixteen' } };
    const { server, post } = await start([
      { name: 'one', webhooks: other },
      { name: 'two', webhooks: dynamics },
    ]);

    const right = await post('/webhooks/dataverse', event, { 'x-sync-key': KEY });
    const wrong = await post('/webhooks/dataverse/one', event, { 'x-sync-key': KEY });
    server.time.pass(QUIET_MS);

    expect([right, wrong]).toEqual([
      [200, ''],
      [401, ''],
    ]);
    expect(server.requests.map(([connection]) => connection)).toEqual(['two']);
  });

  it('larger than Dynamics 365 sends is refused', async () => {
    const { post } = await start([{ name: 'fabrikam', webhooks: dynamics }]);

    expect(
      await post('/webhooks/dataverse', Buffer.alloc(MAX_CONTEXT_BYTES + 1), { 'x-sync-key': KEY }),
    ).toEqual([413, '']);
  });
});
