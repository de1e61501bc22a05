import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId } from '../../../src/core/ids.ts';
import { dismissItems } from '../../../src/engine/operator.ts';
import { type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld, type World } from '../../support/world.ts';
import { type Visitor, visit } from './visitor.ts';

let world: World;
let console: ConsoleUnderTest;
let visitor: Visitor;
let ids: OpportunityId[];

beforeEach(async () => {
  world = createWorld();
  ids = ['Alder', 'Basalt', 'Cedar', 'Dune', 'Elm'].map((Name, place) =>
    world.crm.add({ Name, Amount: 100 * (place + 1) }),
  );
  console = await openConsole({ worlds: { contoso: world } });
  visitor = visit(console);
});

afterEach(() => console.close());

const run = () => console.daemon.runner.request('contoso', { kind: 'manual', who: 'test' });
const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);
const listed = async (query: string) => (await visitor.get(`/api/deals?${query}`)).json();

describe('the list of deals', () => {
  it('comes in pages that together are the whole', async () => {
    const pages = [
      await listed('limit=2&sort=name'),
      await listed('limit=2&sort=name&offset=2'),
      await listed('limit=2&sort=name&offset=4'),
    ];

    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5]);
    expect(pages.flatMap(({ rows }) => names(rows))).toEqual(['Alder', 'Basalt', 'Cedar', 'Dune', 'Elm']);
  });

  it('sorts by value, largest first unless told otherwise', async () => {
    expect(names((await listed('sort=amount')).rows)[0]).toBe('Elm');
    expect(names((await listed('sort=amount&order=asc')).rows)[0]).toBe('Alder');
  });

  it('finds words in names and ids', async () => {
    expect(names((await listed('q=ced')).rows)).toEqual(['Cedar']);
    expect(names((await listed(`q=${ids[3]}`)).rows)).toEqual(['Dune']);
    expect((await listed('q=cedar%20dune')).total).toBe(0);
  });

  it('follows every run without reading everything anew', async () => {
    await listed('');
    world.pass(1);
    const [first] = ids;
    if (first === undefined) throw new Error('There is no opportunity.');
    world.crm.edit(first, { Amount: 99_999_999 });
    world.crm.add({ Name: 'Fir' });
    await run();

    const page = await listed('sort=amount');

    expect(page.total).toBe(6);
    expect(page.rows[0]).toMatchObject({ name: 'Alder', amount: '99999999', inStep: true });
  });

  it('tells which pairs are out of step, with the same words as the command', async () => {
    await listed('');
    const [first] = ids;
    if (first === undefined) throw new Error('There is no opportunity.');
    const [referral] = world.partnerCenter.tagged(first);
    if (referral === undefined) throw new Error('There is no deal.');
    world.pass(1);
    world.crm.edit(first, { Description: 'From the CRM.' });
    world.partnerCenter.edit(referral.id, { notes: 'From the portal.' });
    await run();

    const page = await listed('outOfStep=1');

    expect(page.rows).toMatchObject([{ name: 'Alder', inStep: false, attention: ['conflict'] }]);
    const overview = (await visitor.get('/api/overview')).json();
    expect(overview.connections[0]).toMatchObject({
      waiting: { count: 1 },
      attention: { conflict: 1, parked: 0 },
    });
    expect(overview.connections[0].waiting.since).toMatch(/^2026-11-20T12:01/);
  });

  it('marks what is no longer linked as archived only', async () => {
    const [first] = ids;
    if (first === undefined) throw new Error('There is no opportunity.');
    world.pass(1);
    world.crm.remove(first);
    await run();

    expect((await listed('')).total).toBe(4);
    expect(names((await listed('archived=1')).rows)).toEqual(['Alder']);
  });
});

describe('values of records', () => {
  it('never carry contact details', async () => {
    const [first] = ids;
    const pages = [
      await visitor.get(`/api/deals/contoso/${first}`),
      await visitor.get('/api/deals'),
      await visitor.get('/api/attention'),
      await visitor.get('/api/overview'),
    ];

    for (const { body } of pages) {
      expect(body).not.toContain('kim@partner.example');
      expect(body).not.toContain('+14155550123');
    }
    expect(pages[0]?.body).toContain('k***@***.example');
  });
});

describe('attention items', () => {
  it('come by cause, in parts, with the name of the deal they are about', async () => {
    world.pass(1);
    for (const id of ids.slice(0, 3)) {
      const [referral] = world.partnerCenter.tagged(id);
      if (referral === undefined) throw new Error('There is no deal.');
      world.crm.edit(id, { Description: 'Here.' });
      world.partnerCenter.edit(referral.id, { notes: 'There.' });
    }
    await run();

    const first = (await visitor.get('/api/attention?limit=2')).json();
    const rest = (await visitor.get('/api/attention?code=both-changed&limit=2&offset=2')).json();

    expect(first.groups).toMatchObject([
      { kind: 'conflict', code: 'both-changed', cause: 'both sides changed the same field', total: 3 },
    ]);
    const named = [...first.groups[0].items, ...rest.groups[0].items].map(({ name }) => name);
    expect(named.sort()).toEqual(['Alder', 'Basalt', 'Cedar']);
  });
});

describe('inbound deals', () => {
  const receive = (name: string, days: number) =>
    world.partnerCenter.receive(
      { name, state: 'Received' },
      {
        status: 'New',
        substatus: 'Pending',
        createdAt: '2026-11-20T12:00:00Z',
        expiresAt: new Date(Date.parse('2026-11-20T12:00:00Z') + days * 86_400_000).toISOString(),
      },
    );

  it('count their days, the first to expire at the top', async () => {
    world.pass(1);
    receive('Later', 14);
    receive('Sooner', 3);
    await run();

    const { rows } = (await visitor.get('/api/inbound')).json();

    expect(rows).toMatchObject([
      { name: 'Sooner', daysLeft: 3, opportunityId: expect.stringMatching(/^006/) },
      { name: 'Later', daysLeft: 14 },
    ]);
  });

  it('are there before they are in the CRM: their days run all the same', async () => {
    world.policy.inbound = { ...world.policy.inbound, accounts: 'match' };
    world.pass(1);
    receive('Whose deal is it', 14);
    await run();
    expect(await world.open('parked')).toHaveLength(1);

    const { rows } = (await visitor.get('/api/inbound')).json();

    expect(rows).toMatchObject([
      { name: 'Whose deal is it', opportunityId: '', daysLeft: 14, attention: ['parked', 'notice'] },
    ]);
    const page = await visitor.get(`/api/deals/contoso/${rows[0].referralId}`);
    expect(page.json()).toMatchObject({
      row: null,
      link: null,
      attention: [{ code: 'account-missing' }, { code: 'inbound' }],
    });
  });

  it('stay on the list when what was said of them is dismissed', async () => {
    world.policy.inbound = { ...world.policy.inbound, accounts: 'match' };
    world.pass(1);
    receive('Whose deal is it', 14);
    await run();
    const { ledger } = world;
    await dismissItems({ ledger, now: world.dependencies.now }, await world.open(), 'Seen.');

    const { rows } = (await visitor.get('/api/inbound')).json();

    expect(rows).toMatchObject([{ name: 'Whose deal is it', daysLeft: 14, attention: [] }]);
  });

  it('are gone from the list once they are answered', async () => {
    world.pass(1);
    const id = receive('Answered', 10);
    await run();
    const [link] = [...(await world.ledger.linksByReferral([id])).values()];
    if (link === undefined) throw new Error('The deal is not linked.');
    world.pass(1);
    world.crm.edit(link.opportunityId, { StageName: 'Prospecting' });
    await run();

    expect((await visitor.get('/api/inbound')).json().rows).toEqual([]);
  });
});

describe('the pipeline', () => {
  it('has today as it is now, by stage and kind', async () => {
    const { series, to } = (await visitor.get('/api/pipeline?days=7')).json();

    expect(series).toHaveLength(1);
    expect(series[0].days).toEqual([
      { day: to, cells: [{ stage: 'Qualify', kind: 'private', count: 5, value: { USD: '1500' } }] },
    ]);
  });

  it('keeps each day after its first run', async () => {
    world.pass(24 * 60);
    await run();
    world.pass(24 * 60);
    world.crm.add({ Name: 'Fir', Amount: 1 });
    await run();

    const { series } = (await visitor.get('/api/pipeline?days=7')).json();

    expect(series[0].days.map(({ day }: { day: string }) => day)).toEqual([
      '2026-11-20',
      '2026-11-21',
      '2026-11-22',
    ]);
    const counts = series[0].days.map(({ cells }: { cells: { count: number }[] }) => cells[0]?.count);
    expect(counts).toEqual([5, 5, 6]);
  });
});

describe('the first screen', () => {
  it('says how each connection stands', async () => {
    const { connections } = (await visitor.get('/api/overview')).json();

    expect(connections).toMatchObject([
      {
        connection: 'contoso',
        crm: 'salesforce',
        links: 5,
        status: { running: null, nextRun: '2026-11-20T12:05:00.000Z', failure: null },
        credentials: { signIn: { state: 'stored', daysLeft: 82 } },
        problem: null,
      },
    ]);
    expect(connections[0].runs[0]).toMatchObject({ outcome: 'clean', wrote: { referralsCreated: 5 } });
  });

  it('shows the other connections when one ledger cannot be read', async () => {
    const broken = createWorld();
    broken.ledger = {
      ...broken.ledger,
      runs: () => Promise.reject(new Error('The ledger is damaged; restore a backup.')),
    };
    const both = await openConsole({ worlds: { contoso: world, fabrikam: broken } });
    try {
      const { connections } = (await visit(both).get('/api/overview')).json();

      expect(connections).toMatchObject([
        { connection: 'contoso', links: 5, problem: null },
        { connection: 'fabrikam', links: 0, problem: 'The ledger is damaged; restore a backup.' },
      ]);
    } finally {
      await both.close();
    }
  });
});

describe('a deal’s page', () => {
  it('shows both sides, the rule, and the history with request ids', async () => {
    const [first] = ids;
    if (first === undefined) throw new Error('There is no opportunity.');
    world.pass(1);
    world.crm.edit(first, { Description: 'New words.' });
    await run();

    const deal = (await visitor.get(`/api/deals/contoso/${first}`)).json();

    expect(deal.row).toMatchObject({ name: 'Alder', state: 'Accepted', kind: 'private' });
    const notes = deal.fields.find(({ field }: { field: string }) => field === 'notes');
    expect(notes).toMatchObject({
      baseline: 'New words.',
      opportunity: 'New words.',
      referral: 'New words.',
    });
    expect(notes.rule).toContain('both ways');
    expect(notes.history.at(-1)).toMatchObject({ who: 'crm', to: 'partnerCenter' });
    expect(notes.history.at(-1).requestId).toEqual(expect.any(String));
  });

  it('is found by either side’s id, and says when there is none', async () => {
    const [first] = ids;
    if (first === undefined) throw new Error('There is no opportunity.');
    const [referral] = world.partnerCenter.tagged(first);

    expect((await visitor.get(`/api/deals/contoso/${referral?.id}`)).json().opportunityId).toBe(first);
    const missing = await visitor.get('/api/deals/contoso/006550000099999');
    expect(missing.statusCode).toBe(404);
    expect(missing.json().error.message).toContain('does not know 006550000099999');
  });
});
