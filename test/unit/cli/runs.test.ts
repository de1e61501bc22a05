import { describe, expect, it } from 'vitest';
import {
  approveAttention,
  dismissAttention,
  listAttention,
  resolveAttention,
  retryAttention,
  showAttention,
} from '../../../src/cli/attention.ts';
import { paintWith } from '../../../src/cli/format.ts';
import { rebuild } from '../../../src/cli/rebuild.ts';
import { renderRun } from '../../../src/cli/run-report.ts';
import { sync } from '../../../src/cli/sync.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { groupByCause } from '../../../src/views/causes.ts';
import { createWorld, type World } from '../../support/world.ts';
import { createFake, createFakeTerminal } from './fake-services.ts';

const ALL = { full: false, planFile: null };

async function conflictedWorld(): Promise<World> {
  const world = createWorld();
  const id = world.crm.add();
  await world.run();
  const [referral] = world.partnerCenter.tagged(id);
  if (referral === undefined) throw new Error('There is no deal.');
  world.pass(1);
  world.crm.edit(id, { Description: 'From the CRM. \u001b[31m' });
  world.partnerCenter.edit(referral.id, { notes: 'From the portal.' });
  await world.run();
  return world;
}

describe('sync', () => {
  it('prints exactly one JSON document with one entry a connection', async () => {
    const world = createWorld();
    world.crm.add();
    const { services, terminal } = createFake({ world, json: true });

    const code = await sync(services, ALL);

    expect(code).toBe(0);
    const { runs } = JSON.parse(terminal.output);
    expect(runs).toHaveLength(1);
    expect(Object.keys(runs[0]).sort()).toEqual(
      [
        'attention',
        'connection',
        'finishedAt',
        'linked',
        'outcome',
        'read',
        'requests',
        'runId',
        'startedAt',
        'stopped',
        'unchanged',
        'wrote',
      ].sort(),
    );
    expect(runs[0]).toMatchObject({
      connection: 'contoso',
      outcome: 'clean',
      wrote: { referralsCreated: 1 },
    });
    expect(terminal.errors).toBe('');
  });

  it('prints what a manager understands, and the next step', async () => {
    const world = createWorld();
    world.crm.add();
    world.crm.add({ Product__c: 'Unknown product' });
    world.crm.add({ Product__c: 'Another unknown product' });
    const { services, terminal } = createFake({ world });

    const code = await sync(services, ALL);

    expect(code).toBe(3);
    expect(terminal.output).toMatch(/Deals created\s+1/);
    expect(terminal.output).toContain('2 parked records: ');
    expect(terminal.output).toMatch(/Next: correct the records above/);
  });

  it('says nothing when it is to be quiet', async () => {
    const world = createWorld();
    world.crm.add();
    const { services, terminal } = createFake({ world, quiet: true });

    await sync(services, ALL);

    expect(terminal.output + terminal.errors).toBe('');
  });

  it('exits with 4 when a remote is out of reach, and says it is safe to run again', async () => {
    const world = createWorld();
    world.crm.add();
    world.partnerCenter.changes = async () => {
      throw new RemoteError('Partner Center does not answer.', {
        code: 'unavailable',
        system: 'partnerCenter',
      });
    };
    const { services, terminal } = createFake({ world });

    expect(await sync(services, ALL)).toBe(4);

    expect(terminal.output).toContain('Partner Center does not answer.');
    expect(terminal.output).toContain('safe to run again');
  });

  it('does not call a run clean that never began', async () => {
    const stop = AbortSignal.abort();
    const { services, terminal } = createFake({ json: true, overrides: { stop } });

    expect(await sync(services, ALL)).toBe(4);

    expect(JSON.parse(terminal.output)).toMatchObject({
      runs: [],
      errors: [{ connection: 'contoso', exitCode: 4 }],
    });
  });
});

describe('attention', () => {
  it('lists open items in the documented form', async () => {
    const world = await conflictedWorld();
    const { services, terminal } = createFake({ world, json: true });

    expect(await listAttention(services)).toBe(0);

    const { items } = JSON.parse(terminal.output);
    expect(items).toHaveLength(1);
    expect(Object.keys(items[0])).toEqual([
      'id',
      'connection',
      'kind',
      'opportunityId',
      'referralId',
      'fields',
      'message',
      'since',
      'count',
    ]);
    expect(items[0]).toMatchObject({ connection: 'contoso', kind: 'conflict', fields: ['notes'] });
  });

  it('shows the three values of a conflict, with what could harm a terminal made visible', async () => {
    const world = await conflictedWorld();
    const [item] = await world.open('conflict');
    const { services, terminal } = createFake({ world });

    await showAttention(services, item?.id.slice(0, 4) ?? '');

    expect(terminal.output).toContain('Renewal with added scope.');
    expect(terminal.output).toContain('From the CRM.');
    expect(terminal.output).toContain('From the portal.');
    expect(terminal.output).not.toContain('\u001b');
  });

  it('resolves a conflict, and the next run carries it out', async () => {
    const world = await conflictedWorld();
    const [item] = await world.open('conflict');
    const fake = createFake({ world });

    expect(await resolveAttention(fake.services, item?.id ?? '', 'notes', 'partnerCenter')).toBe(0);

    expect(fake.opened).toEqual(['decide']);
    expect((await world.run()).outcome).toBe('clean');
    expect([...world.crm.rows.values()][0]?.values.Description).toBe('From the portal.');
  });

  it('refuses a side that there is not, and items nobody knows', async () => {
    const world = await conflictedWorld();
    const { services } = createFake({ world });

    await expect(resolveAttention(services, 'abc', null, 'salesforce')).rejects.toThrow(
      'crm or partnerCenter',
    );
    await expect(approveAttention(services, ['ffffffffff', 'eeeeeeeeee'])).rejects.toThrow(
      /ffffffffff[\s\S]*eeeeeeeeee/,
    );
    await expect(retryAttention(services, { ids: [], code: null, since: 'yesterday' })).rejects.toThrow(
      'is no time',
    );
  });

  it('retries all items of a cause, or all parked ones', async () => {
    const world = createWorld();
    world.crm.add({ Product__c: 'Unknown product' });
    world.crm.add({ StageName: 'Unknown stage' });
    await world.run();
    const { services, terminal } = createFake({ world, json: true });
    const [one] = await world.open('parked');

    await retryAttention(services, { ids: [], code: one?.code ?? '', since: null });
    expect(JSON.parse(terminal.output).ids).toContain(one?.id);

    terminal.output = '';
    await retryAttention(services, { ids: [], code: 'another-cause', since: null });
    expect(JSON.parse(terminal.output)).toEqual({ ids: [] });

    terminal.output = '';
    await retryAttention(services, { ids: [], code: null, since: '2026-01-01' });
    expect(JSON.parse(terminal.output).ids).toHaveLength(2);
  });

  it('says which causes there are where none has the one that was named', async () => {
    const world = createWorld();
    world.crm.add({ StageName: 'Unknown stage' });
    await world.run();
    const { services, terminal } = createFake({ world });

    expect(await retryAttention(services, { ids: [], code: 'missing-part', since: null })).toBe(0);

    expect(terminal.output).toBe(
      'No item has the cause "missing-part". What is open has these: missing-parts.\n',
    );
  });

  it('dismisses with a reason', async () => {
    const world = await conflictedWorld();
    const [item] = await world.open('conflict');
    const { services, terminal } = createFake({ world });

    await dismissAttention(services, [item?.id ?? ''], 'agreed by phone');

    expect(terminal.output).toBe('1 item dismissed.\n');
    expect(await world.open()).toEqual([]);
  });

  it('says so when nothing is open', async () => {
    const { services, terminal } = createFake();

    await listAttention(services);

    expect(terminal.output).toBe('Nothing needs attention.\n');
  });

  it('groups items by cause, decisions first and larger groups before smaller ones', async () => {
    const world = await conflictedWorld();
    const [conflict] = await world.open('conflict');
    if (conflict === undefined) throw new Error('There is no conflict.');
    const parked = { ...conflict, kind: 'parked' as const, code: 'a' };
    const other = { ...parked, code: 'b' };

    const groups = groupByCause([other, parked, parked, conflict]);

    expect(groups.map(({ code, items }) => [code, items.length])).toEqual([
      [conflict.code, 1],
      ['a', 2],
      ['b', 1],
    ]);
  });
});

describe('rebuild', () => {
  it('asks for a word where somebody can be asked, and leaves all as it is for another', async () => {
    const terminal = createFakeTerminal({ isInteractive: true });
    const fake = createFake({ terminal });
    terminal.answers.push('yes');

    expect(await rebuild(fake.services, { isConfirmed: false })).toBe(4);

    expect(fake.opened).toEqual([]);
  });

  it('refuses to go on by itself where nobody can be asked', async () => {
    await expect(rebuild(createFake().services, { isConfirmed: false })).rejects.toThrow('--yes');
  });

  it('finds the links again from the tags, and creates nothing twice', async () => {
    const world = createWorld();
    world.crm.add();
    world.crm.add();
    await world.run();
    const { services, terminal } = createFake({ world, json: true });

    expect(await rebuild(services, { isConfirmed: true })).toBe(0);

    expect(JSON.parse(terminal.output).runs[0]).toMatchObject({
      linked: 2,
      wrote: { referralsCreated: 0, opportunitiesCreated: 0 },
    });
    expect(world.partnerCenter.referrals.size).toBe(2);
    expect(terminal.errors).toContain('/state/ledger.old.db');
  });
});

describe('a run’s report', () => {
  it('is coloured only where colours are wanted', async () => {
    const report = await createWorld().run();

    expect(renderRun(report, { paint: paintWith(false), width: 80, items: [] })).not.toContain('\u001b[');
    expect(renderRun(report, { paint: paintWith(true), width: 80, items: [] })).toContain('\u001b[32m');
  });
});
