import { beforeEach, describe, expect, it } from 'vitest';
import { type DealsOptions, deals } from '../../../src/cli/deals.ts';
import { explain } from '../../../src/cli/explain.ts';
import { health } from '../../../src/cli/health.ts';
import { status } from '../../../src/cli/status.ts';
import type { OpportunityId } from '../../../src/core/ids.ts';
import { idsIn } from '../../../src/views/find-record.ts';
import { createWorld, type World } from '../../support/world.ts';
import { createFake, type FakeOptions } from './fake-services.ts';

const ALL: DealsOptions = {
  state: null,
  kind: null,
  inbound: false,
  outbound: false,
  favorites: false,
  expiring: false,
  outOfStep: false,
  archived: false,
  csv: false,
};

let world: World;
let first: OpportunityId;
let second: OpportunityId;

beforeEach(async () => {
  world = createWorld();
  first = world.crm.add({ Name: 'First', Description: 'Same.' });
  second = world.crm.add({ Name: '=cmd|"/C calc"!A1', Amount: 1234.5 });
  await world.run();
});

async function listed(options: Partial<DealsOptions>): Promise<string[]> {
  const { services, terminal } = createFake({ world, json: true });
  await deals(services, { ...ALL, ...options });
  const document: { deals: { opportunityId: string }[] } = JSON.parse(terminal.output);
  return document.deals.map(({ opportunityId }) => opportunityId);
}

describe('deals', () => {
  it('lists linked pairs as a table', async () => {
    const { services, terminal } = createFake({ world });

    const code = await deals(services, ALL);

    expect(code).toBe(0);
    expect(terminal.output).toContain(first);
    expect(terminal.output).toContain('84,000 USD');
    expect(terminal.output).toContain('Accepted');
    expect(terminal.output).toContain('2 deals');
  });

  it('opens the state only for reading', async () => {
    const fake = createFake({ world });

    await deals(fake.services, ALL);

    expect(fake.opened).toEqual(['read']);
  });

  it('disarms formulas in CSV', async () => {
    const { services, terminal } = createFake({ world });

    await deals(services, { ...ALL, csv: true });

    expect(terminal.output).toContain(`"'=cmd|""/C calc""!A1"`);
    expect(terminal.output.split('\r\n')).toHaveLength(4);
  });

  it('filters by state, kind, origin and favourite', async () => {
    const [referral] = world.partnerCenter.tagged(first);
    if (referral === undefined) throw new Error('There is no deal.');
    world.partnerCenter.edit(referral.id, {}, { favorite: true });
    await world.run();

    expect(await listed({ favorites: true })).toEqual([first]);
    expect(await listed({ state: 'accepted' })).toEqual([first, second]);
    expect(await listed({ state: 'Won' })).toEqual([]);
    expect(await listed({ kind: 'private' })).toEqual([first, second]);
    expect(await listed({ kind: 'co-sell' })).toEqual([]);
    expect(await listed({ outbound: true })).toEqual([first, second]);
    expect(await listed({ inbound: true })).toEqual([]);
    expect(await listed({ archived: true })).toEqual([]);
  });

  it('finds pairs that are out of step', async () => {
    expect(await listed({ outOfStep: true })).toEqual([]);
    const [referral] = world.partnerCenter.tagged(first);
    if (referral === undefined) throw new Error('There is no deal.');
    world.crm.edit(first, { Description: 'From the CRM.' });
    world.partnerCenter.edit(referral.id, { notes: 'From the portal.' });
    await world.run();

    expect(await listed({ outOfStep: true })).toEqual([first]);
  });

  it('refuses filters that mean nothing', async () => {
    const { services } = createFake({ world });

    await expect(deals(services, { ...ALL, state: 'Open', kind: 'public' })).rejects.toThrow(
      /no deal state "Open"[\s\S]*no kind of deal "public"/,
    );
    await expect(deals(createFake({ world, json: true }).services, { ...ALL, csv: true })).rejects.toThrow(
      'exclude each other',
    );
  });
});

describe('status', () => {
  it('tells the last run and what is open', async () => {
    const { services, terminal } = createFake({ world });

    expect(await status(services)).toBe(0);

    expect(terminal.output).toContain('clean');
    expect(terminal.output).toMatch(/Linked pairs\s+2/);
    expect(terminal.output).toMatch(/Attention\s+nothing/);
  });

  it('tells of the daemon that is running, and of what it says about itself', async () => {
    const reason = 'A sign-in was refused; nothing is synchronised until somebody signs in again.';
    const lastCompleteRun = '2026-11-20T11:00:00.000Z';
    const { services, terminal } = createFake({
      world,
      overrides: {
        holder: async () => ({ pid: 7, host: 'box', startedAt: lastCompleteRun, command: 'start' }),
        askDaemon: async () => ({
          ready: false,
          configuration: 'schedule.sync: must be a cron expression',
          connections: [{ connection: 'contoso', ready: false, reason, lastCompleteRun }],
        }),
      },
    });

    expect(await status(services)).toBe(0);
    expect(await health(services)).toBe(4);

    expect(terminal.output).toContain('The daemon is running: process 7 on box');
    expect(terminal.output).toContain(`contoso is not ready: ${reason}`);
    expect(terminal.output).toContain('by the configuration as it was: schedule.sync');
    expect(terminal.errors).toBe(`contoso: ${reason}\n`);
  });

  it.each([
    [true, 0],
    [false, 4],
  ])('and health say as an exit code whether it is ready: %s', async (ready, code) => {
    const one = { connection: 'contoso', ready, reason: ready ? null : 'late', lastCompleteRun: null };
    const { services } = createFake({
      world,
      overrides: { askDaemon: async () => ({ ready, configuration: null, connections: [one] }) },
    });

    expect(await health(services)).toBe(code);
    expect(await health(createFake({ world }).services)).toBe(4);
  });

  it('answers before the first run, when there is no state at all', async () => {
    const { services, terminal } = createFake({
      json: true,
      overrides: { openState: async () => null as never },
    });

    expect(await status(services)).toBe(0);

    expect(JSON.parse(terminal.output)).toMatchObject({
      connections: [{ connection: 'contoso', links: 0, lastRun: null }],
    });
  });
});

describe('explain', () => {
  async function explained(id: string, field: string | null = null, options: FakeOptions = {}) {
    const { services, terminal } = createFake({ world, json: true, ...options });
    await explain(services, id, field);
    return terminal.output;
  }

  it('prints baseline, both values, rule and history of a field, with the request', async () => {
    world.pass(1);
    world.crm.edit(first, { Description: 'Changed.' });
    await world.run();

    const document = JSON.parse(await explained(first, 'notes'));

    expect(document).toMatchObject({ connection: 'contoso', opportunityId: first });
    expect(document.fields).toHaveLength(1);
    expect(document.fields[0]).toMatchObject({
      field: 'notes',
      baseline: 'Changed.',
      opportunity: 'Changed.',
      referral: 'Changed.',
    });
    expect(document.fields[0].rule).toContain('both ways');
    expect(document.fields[0].history.at(-1)).toMatchObject({
      who: 'crm',
      to: 'partnerCenter',
      value: 'Changed.',
    });
    expect(document.fields[0].history.at(-1).requestId).toEqual(expect.any(String));
    expect(document.versions.opportunity).toEqual(expect.any(String));
  });

  it('says what the merge would do with an edit that waits', async () => {
    const [referral] = world.partnerCenter.tagged(first);
    if (referral === undefined) throw new Error('There is no deal.');
    world.crm.edit(first, { Description: 'From the CRM.' });
    world.partnerCenter.edit(referral.id, { notes: 'From the portal.' });
    await world.run();

    const document = JSON.parse(await explained(referral.id, 'notes'));

    expect(document.fields[0]).toMatchObject({ opportunity: 'From the CRM.', referral: 'From the portal.' });
    expect(document.fields[0].rule).toContain('waiting for a decision');
    expect(document.attention).toHaveLength(1);
  });

  it('never shows contact details', async () => {
    const output = await explained(first, null, { json: false });

    expect(output).toContain('team');
    expect(output).not.toContain('kim@partner.example');
    expect(output).not.toContain('+14155550123');
    expect(output).toContain('k***@***.example');
  });

  it.each(['15 characters', 'with a prefix', 'in an address'])('takes an id %s', async (form) => {
    const text =
      {
        '15 characters': first.slice(0, 15),
        'with a prefix': `sf:${first}`,
        'in an address': `https://contoso.lightning.force.com/lightning/r/Opportunity/${first}/view`,
      }[form] ?? '';

    expect(JSON.parse(await explained(text)).opportunityId).toBe(first);
  });

  it('takes a referral id in capitals, with braces, or as a link to the page', () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000001';

    expect(idsIn(`{${id.toUpperCase()}}`).referralIds).toEqual([id]);
    expect(idsIn(`https://partner.microsoft.com/referrals/v2/inbox?id=${id}`).referralIds).toEqual([id]);
  });

  it('refuses what is no id, what nobody knows, and fields that do not exist', async () => {
    await expect(explained('Fabrikam')).rejects.toThrow('is no id');
    await expect(explained('006550000099999')).rejects.toThrow('No connection knows');
    await expect(explained(first, 'colour')).rejects.toThrow('There is no field "colour"');
  });
});
