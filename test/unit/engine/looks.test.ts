import { describe, expect, it } from 'vitest';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import type { RunReport } from '../../../src/core/store-port.ts';
import { mergeRequests } from '../../../src/daemon/requests.ts';
import { performRun, type RunInput } from '../../../src/engine/run.ts';
import { referralId } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const GONE = referralId('bbbbbbbb-0000-4000-8000-000000000009');

function runWith(world: World, input: Partial<RunInput>): Promise<RunReport> {
  const never = new AbortController().signal;
  return performRun(world.dependencies, { full: false, stop: never, signal: never, only: null, ...input });
}

/** A look at named records, and nothing else. */
function look(
  world: World,
  named: { readonly referrals?: readonly ReferralId[]; readonly opportunities?: readonly OpportunityId[] },
): Promise<RunReport> {
  return runWith(world, { looks: { referrals: [], opportunities: [], only: true, ...named } });
}

async function linkedWorld() {
  const world = createWorld();
  const id = world.crm.add();
  await world.run();
  await world.run();
  const [referral] = world.partnerCenter.tagged(id);
  if (referral === undefined) throw new Error('The deal was not created.');
  world.pass(1);
  return { world, id, referral: referral.id };
}

async function cursorsOf({ dependencies }: World): Promise<readonly (string | null)[]> {
  const { cursors, crm, partnerCenter } = dependencies;
  return Promise.all([
    cursors.load(`crm:${crm.feedIdentity}`),
    cursors.load(`partner-center:${partnerCenter.feedIdentity}`),
  ]);
}

describe('a look at named records', () => {
  it('carries an edit over with one read a side, moves no cursor, and leaves the rest to the feeds', async () => {
    const { world, id, referral } = await linkedWorld();
    const other = world.crm.add();
    const before = await cursorsOf(world);
    world.partnerCenter.edit(referral, { notes: 'From the portal.' });
    const reads = [world.crm.calls.reads, world.partnerCenter.calls.reads];

    const report = await look(world, { referrals: [referral] });

    expect(report).toMatchObject({
      outcome: 'clean',
      read: { opportunities: 1, referrals: 1 },
      wrote: { opportunitiesUpdated: 1, referralsCreated: 0 },
    });
    expect(world.crm.row(id).values.Description).toBe('From the portal.');
    expect(await cursorsOf(world)).toEqual(before);
    expect(world.partnerCenter.calls.reads - Number(reads[1])).toBe(1);
    expect(world.partnerCenter.tagged(other)).toEqual([]);
    expect((await world.ledger.runs(1))[0]?.runId).toBe(report.runId);

    await world.run();
    expect(world.partnerCenter.tagged(other)).toHaveLength(1);
  });

  it('judges the edit against the opportunity as it is now: an edit there that no feed told of is a conflict', async () => {
    const { world, id, referral } = await linkedWorld();
    world.partnerCenter.edit(referral, { notes: 'From the portal.' });
    world.crm.edit(id, { Description: 'From the CRM.' });

    const report = await look(world, { referrals: [referral] });

    expect(report.attention.conflicts).toBe(1);
    expect(world.crm.row(id).values.Description).toBe('From the CRM.');
    expect(world.partnerCenter.one(referral).deal.notes).not.toBe('From the CRM.');
  });

  it('takes opportunities too', async () => {
    const { world, id, referral } = await linkedWorld();
    world.crm.edit(id, { Description: 'From the CRM.' });

    await look(world, { opportunities: [id] });

    expect(world.partnerCenter.one(referral).deal.notes).toBe('From the CRM.');
  });

  it('brings in a deal that just arrived', async () => {
    const { world } = await linkedWorld();
    const arrived = world.partnerCenter.receive();

    const report = await look(world, { referrals: [arrived] });

    expect(report.wrote.opportunitiesCreated).toBe(1);
  });

  it('passes over what it cannot see', async () => {
    const { world, id } = await linkedWorld();
    const before = await world.ledger.links({});

    const report = await look(world, { referrals: [GONE], opportunities: [id] });

    expect(report).toMatchObject({ outcome: 'clean', read: { opportunities: 1, referrals: 0 } });
    expect(await world.ledger.links({})).toEqual(before);
    expect(await world.open()).toEqual([]);
  });

  it('is an ordinary run before the first one', async () => {
    const world = createWorld();
    world.crm.add();

    const report = await look(world, { referrals: [GONE] });

    expect(report.wrote.referralsCreated).toBe(1);
  });

  it('keeps to the limits and guards of every run', async () => {
    const { world, id, referral } = await linkedWorld();
    world.policy.maxWritesPerRun = 0;
    world.partnerCenter.edit(referral, { notes: 'From the portal.' });

    const report = await look(world, { referrals: [referral] });

    expect(report.outcome).toBe('incomplete');
    expect(world.crm.row(id).values.Description).not.toBe('From the portal.');
  });

  it('tells a CRM’s clock from ours, as the feed last showed it', async () => {
    const { world, id, referral } = await linkedWorld();
    world.policy.settleSeconds = 60;
    await world.run();
    world.crm.edit(id, { Description: 'Just now.' });

    await look(world, { opportunities: [id] });
    expect(world.partnerCenter.one(referral).deal.notes).not.toBe('Just now.');
    world.pass(1.1);
    await look(world, { opportunities: [id] });

    expect(world.partnerCenter.one(referral).deal.notes).toBe('Just now.');
  });
});

describe('a related run', () => {
  it('reads linked opportunities anew where the feed has blind spots, and only there', async () => {
    const { world } = await linkedWorld();
    const silent = { ...world.crm, hasSilentChanges: true };
    const before = world.crm.calls.reads;

    await runWith(world, { related: true });
    const ordinary = world.crm.calls.reads - before;
    const never = new AbortController().signal;
    await performRun(
      { ...world.dependencies, crm: silent },
      { full: false, stop: never, signal: never, only: null, related: true },
    );

    expect(ordinary).toBe(1);
    expect(world.crm.calls.reads - before).toBe(3);
  });
});

describe('requests that wait together', () => {
  const id = referralId('aaaaaaaa-0000-4000-8000-000000000001');

  it('are a look when all of them are hints', () => {
    const merged = mergeRequests([
      { kind: 'hint', who: 'webhook', referrals: [id] },
      { kind: 'hint', who: 'webhook', referrals: [id, id.toUpperCase()], opportunities: ['nonsense'] },
    ]);

    expect(merged).toEqual({
      kind: 'hint',
      who: ['webhook'],
      input: { full: false, related: false, looks: { referrals: [id], opportunities: [], only: true } },
    });
  });

  it('keep the named records when an ordinary run is asked for too', () => {
    const merged = mergeRequests([
      { kind: 'hint', who: 'webhook', referrals: [id] },
      { kind: 'scheduled', who: 'schedule' },
    ]);

    expect(merged).toMatchObject({ kind: 'scheduled', input: { looks: { referrals: [id], only: false } } });
  });

  it.each([
    [
      'too many',
      Array.from(
        { length: 51 },
        (_, index) => `aaaaaaaa-0000-4000-8000-0000000001${String(index).padStart(2, '0')}`,
      ),
    ],
    ['no ids at all', ['hello', '']],
  ])('become an ordinary run when the hints name %s', (_, referrals) => {
    expect(mergeRequests([{ kind: 'hint', who: 'webhook', referrals }])).toEqual({
      kind: 'scheduled',
      who: ['webhook'],
      input: { full: false, related: false },
    });
  });
});
