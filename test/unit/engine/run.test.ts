import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { SELLER, SOLUTION } from '../../support/builders.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld, type World } from '../../support/world.ts';

/** Runs until nothing is written any more, then asserts that it stays so. */
async function settle(world: World): Promise<void> {
  for (let round = 0; round < 4; round += 1) await world.run();
  const writes = world.crm.calls.writes + world.partnerCenter.calls.writes;
  await world.run();

  expect(world.crm.calls.writes + world.partnerCenter.calls.writes).toBe(writes);
  expect(world.partnerCenter.illegal).toEqual([]);
}

async function shared(overrides: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(overrides);
  const id = world.crm.add();
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  return { world, id, referralId };
}

const lost = (): never => {
  throw new RemoteError('No answer came.', {
    code: 'unavailable',
    system: 'partnerCenter',
    outcomeUnknown: true,
  });
};
const once = (action: () => void): (() => void) => {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
};

describe('sharing', () => {
  it('creates one referral, tags both sides and reports what it did', async () => {
    const world = createWorld();
    const id = world.crm.add();

    const report = await world.run();

    expect(report).toMatchObject({
      outcome: 'clean',
      wrote: { referralsCreated: 1 },
      attention: { parked: 0 },
    });
    const [referral] = world.partnerCenter.tagged(id);
    expect(referral?.deal).toMatchObject({ amount: '84000', team: [SELLER], solutions: [{ id: SOLUTION }] });
    expect(tagOf(world.crm, world.mapping, id)).toBe(referral?.id);
  });

  it('then stays silent, at one read a side', async () => {
    const { world } = await shared();
    await world.run();

    const report = await world.run();

    expect(report).toMatchObject({ outcome: 'clean', requests: { crm: 1, partnerCenter: 1 } });
    expect(report.wrote).toEqual({
      opportunitiesCreated: 0,
      opportunitiesUpdated: 0,
      referralsCreated: 0,
      referralsUpdated: 0,
      invitations: 0,
    });
  });

  it('parks what cannot be shared with everything that is missing, and shares it once it is corrected', async () => {
    const world = createWorld();
    const id = world.crm.add({ Amount: null, 'Account.BillingCountry': 'Korea' });

    const first = await world.run();
    const items = await world.open();
    world.crm.edit(id, { Amount: 100, 'Account.BillingCountry': 'South Korea' });
    const second = await world.run();

    expect(first).toMatchObject({ outcome: 'attention', attention: { parked: 1 } });
    expect(items).toMatchObject([{ kind: 'parked', code: 'missing-parts', count: 1 }]);
    expect(second).toMatchObject({ outcome: 'clean', wrote: { referralsCreated: 1 } });
    expect(await world.open()).toEqual([]);
  });

  it('does not count a parked record again while nothing about it changes', async () => {
    const world = createWorld();
    world.crm.add({ Amount: null });
    await world.run();

    const report = await world.run();

    expect(report).toMatchObject({ outcome: 'clean', attention: { parked: 0 } });
    expect(await world.open('parked')).toHaveLength(1);
  });

  it('stops cleanly at its limit and goes on in the next run, without losing one', async () => {
    const world = createWorld({ policy: { maxWritesPerRun: 3 } });
    for (let n = 0; n < 8; n += 1) world.crm.add({ Name: `Deal ${n}` });

    const reports = [await world.run(), await world.run(), await world.run()];

    expect(reports.map(({ outcome, wrote }) => [outcome, wrote.referralsCreated])).toEqual([
      ['incomplete', 3],
      ['incomplete', 3],
      ['clean', 2],
    ]);
    expect(world.partnerCenter.referrals.size).toBe(8);
  });
});

describe('edits', () => {
  it('travel from the CRM to Partner Center and back, one field at a time', async () => {
    const { world, id, referralId } = await shared();

    world.crm.edit(id, { Amount: 91_000 });
    world.partnerCenter.edit(referralId, { notes: 'From the portal' });
    const report = await world.run();

    expect(report.wrote).toMatchObject({ referralsUpdated: 1, opportunitiesUpdated: 1 });
    expect(world.partnerCenter.one(referralId).deal.amount).toBe('91000');
    expect(world.crm.row(id).values.Description).toBe('From the portal');
    await settle(world);
  });

  it('that are the same on both sides write nothing', async () => {
    const { world, id, referralId } = await shared();
    await world.run();
    const writes = world.crm.calls.writes + world.partnerCenter.calls.writes;

    world.crm.edit(id, { Description: 'Same' });
    world.partnerCenter.edit(referralId, { notes: 'Same' });
    await world.run();

    expect(world.crm.calls.writes + world.partnerCenter.calls.writes).toBe(writes);
  });

  it('that differ are kept as a conflict until a side gives way', async () => {
    const { world, id, referralId } = await shared();

    world.crm.edit(id, { Description: 'Here' });
    world.partnerCenter.edit(referralId, { notes: 'There' });
    const first = await world.run();
    const second = await world.run();
    world.crm.edit(id, { Description: 'There' });
    const third = await world.run();

    expect(first).toMatchObject({ outcome: 'attention', attention: { conflicts: 1 } });
    expect(second).toMatchObject({ outcome: 'attention', attention: { conflicts: 1 } });
    expect(third).toMatchObject({ outcome: 'clean', attention: { conflicts: 0 } });
    expect(world.partnerCenter.one(referralId).deal.notes).toBe('There');
  });

  it('made in Partner Center between our read and our write are merged, not overwritten', async () => {
    const { world, id, referralId } = await shared();
    world.crm.edit(id, { Amount: 91_000 });
    world.partnerCenter.onWrite = once(() => world.partnerCenter.edit(referralId, { notes: 'Just now' }));

    await world.run();
    await settle(world);

    expect(world.partnerCenter.one(referralId).deal).toMatchObject({ amount: '91000', notes: 'Just now' });
    expect(world.crm.row(id).values.Description).toBe('Just now');
  });

  it('made in the CRM between our read and our write are not overwritten either', async () => {
    const { world, id, referralId } = await shared();
    world.partnerCenter.edit(referralId, { amount: '50000' });
    world.crm.onWrite = once(() => world.crm.edit(id, { Description: 'Just now' }));

    await world.run();
    await settle(world);

    expect(world.crm.row(id).values).toMatchObject({ Amount: 50_000, Description: 'Just now' });
    expect(world.partnerCenter.one(referralId).deal.notes).toBe('Just now');
  });

  it('that a trigger makes of our write are taken as they are, not sent back', async () => {
    const { world, id, referralId } = await shared();
    world.crm.trigger = (values) => ({ ...values, Description: String(values.Description).toUpperCase() });
    world.partnerCenter.edit(referralId, { notes: 'quiet words' });

    await world.run();
    await settle(world);

    expect(world.crm.row(id).values.Description).toBe('QUIET WORDS');
    expect(world.partnerCenter.one(referralId).deal.notes).toBe('quiet words');
  });
});

describe('closing', () => {
  it('is refused beyond the limit of a run until a person approves', async () => {
    const world = createWorld({ policy: { maxClosesPerRun: 2 } });
    const ids = [1, 2, 3].map((n) => world.crm.add({ Name: `Deal ${n}` }));
    await world.run();
    for (const id of ids) world.crm.edit(id, { StageName: 'Closed Lost', Loss_Reason__c: 'Others' });

    const halted = await world.run();
    const [approval] = await world.open('approval');
    if (approval === undefined) throw new TypeError('No approval waits.');
    await world.ledger.commit({ attention: [{ ...approval, state: 'approved' }] });
    const approved = await world.run();

    expect(halted).toMatchObject({ outcome: 'halted', wrote: { referralsUpdated: 0 } });
    expect(approved.wrote.referralsUpdated).toBe(3);
    expect([...world.partnerCenter.referrals.values()].map(({ deal }) => deal.state)).toEqual([
      'Lost',
      'Lost',
      'Lost',
    ]);
    await settle(world);
  });

  it('waits for its hold, and happens in the first run after it', async () => {
    const { world, id, referralId } = await shared({ policy: { closeHoldMinutes: 15 } });
    world.crm.edit(id, { StageName: 'Closed Won' });

    await world.run();
    const before = world.partnerCenter.one(referralId).deal.state;
    world.pass(16);
    await world.run();

    expect(before).toBe('Accepted');
    expect(world.partnerCenter.one(referralId).deal.state).toBe('Won');
  });

  it('of a stage that was set back in time never happens', async () => {
    const { world, id, referralId } = await shared({ policy: { closeHoldMinutes: 15 } });
    world.crm.edit(id, { StageName: 'Closed Won' });
    await world.run();
    world.crm.edit(id, { StageName: 'Prospecting' });
    world.pass(60);

    await settle(world);

    expect(world.partnerCenter.one(referralId).deal.state).toBe('Accepted');
  });

  it('is not caused by a deleted opportunity, which only unlinks with a notice', async () => {
    const { world, id, referralId } = await shared();
    world.crm.remove(id);

    await world.run();

    expect(world.partnerCenter.one(referralId).deal.state).toBe('Accepted');
    expect(await world.open('notice')).toMatchObject([{ code: 'opportunity-deleted' }]);
    expect((await world.ledger.links({}))[0]?.status).toBe('opportunity-deleted');
  });

  it('undeleted, the link goes on where it stood', async () => {
    const { world, id, referralId } = await shared();
    world.crm.remove(id);
    await world.run();
    world.crm.restore(id);
    world.crm.edit(id, { Amount: 95_000 });

    await settle(world);

    expect(world.partnerCenter.one(referralId).deal.amount).toBe('95000');
    expect(world.partnerCenter.tagged(id)).toHaveLength(1);
  });
});

describe('inbound deals', () => {
  it('become opportunities, once, with the CRM id written into the deal', async () => {
    const world = createWorld();
    const referralId = world.partnerCenter.receive();

    const report = await world.run();
    await settle(world);

    const [row] = [...world.crm.rows.values()];
    expect(report.wrote.opportunitiesCreated).toBe(1);
    expect(world.crm.rows.size).toBe(1);
    expect(row?.values).toMatchObject({ StageName: 'Co-sell Received', Referral_Identifier__c: referralId });
    expect(world.partnerCenter.one(referralId).tag).toEqual({ kind: 'opportunity', id: row?.id });
  });

  it('are accepted when the seller moves the stage, and not before', async () => {
    const world = createWorld();
    const referralId = world.partnerCenter.receive();
    await world.run();
    const [row] = [...world.crm.rows.values()];
    if (row === undefined) throw new TypeError('No opportunity was created.');
    world.crm.edit(row.id, { Amount: 70_000 });
    await settle(world);
    const before = world.partnerCenter.one(referralId).deal;
    world.crm.edit(row.id, { StageName: 'Prospecting' });
    await settle(world);

    expect(before).toMatchObject({ state: 'Received', amount: '84000' });
    expect(world.partnerCenter.one(referralId).deal).toMatchObject({ state: 'Accepted', amount: '70000' });
  });

  it('closed right away go the legal way', async () => {
    const world = createWorld();
    const referralId = world.partnerCenter.receive();
    await world.run();
    const [row] = [...world.crm.rows.values()];
    if (row === undefined) throw new TypeError('No opportunity was created.');
    world.crm.edit(row.id, { StageName: 'Closed Won' });

    await settle(world);

    expect(world.partnerCenter.one(referralId).deal.state).toBe('Won');
  });
});

describe('asking for help', () => {
  const contact = {
    firstName: 'Mia',
    lastName: 'Kunde',
    email: 'mia@fabrikam.example',
    phone: '+4920112345',
  };
  const asking = { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true };

  it('makes our referral and then invites Microsoft, once', async () => {
    const world = createWorld();
    const id = world.crm.add(asking, { people: { owner: [SELLER], contactRoles: [contact] } });

    const report = await world.run();
    await settle(world);

    expect(report.wrote).toMatchObject({ referralsCreated: 1, invitations: 1 });
    expect(
      [...world.partnerCenter.referrals.values()].filter(({ isMicrosofts }) => isMicrosofts),
    ).toHaveLength(1);
    expect(world.partnerCenter.tagged(id)).toHaveLength(1);
  });

  it('finishes the invitation once when the run ends between the two creates', async () => {
    const world = createWorld();
    world.crm.add(asking, { people: { owner: [SELLER], contactRoles: [contact] } });
    let creates = 0;
    world.partnerCenter.onWrite = (what) => {
      creates += what === 'create' ? 1 : 0;
      if (creates === 2)
        throw new RemoteError('Unavailable.', { code: 'unavailable', system: 'partnerCenter' });
    };
    await world.run();
    world.partnerCenter.onWrite = null;

    await settle(world);

    expect(
      [...world.partnerCenter.referrals.values()].filter(({ isMicrosofts }) => isMicrosofts),
    ).toHaveLength(1);
  });
});

describe('an answer that never came', () => {
  it('to a create that happened is found by its tag: no second one', async () => {
    const world = createWorld();
    const id = world.crm.add();
    world.partnerCenter.afterWrite = once(lost);

    await world.run();
    await settle(world);

    expect(world.partnerCenter.tagged(id)).toHaveLength(1);
    expect(tagOf(world.crm, world.mapping, id)).not.toBeNull();
    expect(await world.ledger.intents()).toEqual([]);
  });

  it('to a create that did not happen is sent again only after the grace period, and no run is clean before', async () => {
    const world = createWorld();
    const id = world.crm.add();
    world.partnerCenter.onWrite = once(lost);

    const first = await world.run();
    world.pass(5);
    const second = await world.run();
    const during = world.partnerCenter.tagged(id).length;
    world.pass(15);
    const third = await world.run();

    expect([first.outcome, second.outcome]).toEqual(['attention', 'attention']);
    expect(during).toBe(0);
    expect(third).toMatchObject({ outcome: 'clean', wrote: { referralsCreated: 1 } });
    expect(world.partnerCenter.tagged(id)).toHaveLength(1);
  });

  it('to the creation of an opportunity is found by the referral id', async () => {
    const world = createWorld();
    world.partnerCenter.receive();
    world.crm.afterWrite = once(() => {
      throw new RemoteError('No answer came.', { code: 'unavailable', system: 'crm', outcomeUnknown: true });
    });

    await world.run();
    await settle(world);

    expect(world.crm.rows.size).toBe(1);
  });

  it('to an update is settled by looking: nothing is sent twice', async () => {
    const { world, id, referralId } = await shared();
    world.crm.edit(id, { Amount: 91_000 });
    world.partnerCenter.afterWrite = once(lost);

    await world.run();
    const writes = world.partnerCenter.calls.writes;
    await settle(world);

    expect(world.partnerCenter.one(referralId).deal.amount).toBe('91000');
    expect(world.partnerCenter.calls.writes).toBe(writes);
  });
});

describe('lost state', () => {
  it('is rebuilt from the tags: equal values are adopted and nothing is created', async () => {
    const { world, id } = await shared();
    world.loseState();

    const report = await world.run();
    await settle(world);

    expect(report).toMatchObject({
      outcome: 'clean',
      linked: 1,
      wrote: { referralsCreated: 0, opportunitiesCreated: 0, referralsUpdated: 0 },
    });
    expect(world.partnerCenter.tagged(id)).toHaveLength(1);
  });

  it('turns what differs into conflicts', async () => {
    const { world, id, referralId } = await shared();
    world.loseState();
    world.crm.edit(id, { Description: 'Here' });
    world.partnerCenter.edit(referralId, { notes: 'There' });

    const report = await world.run();

    expect(report).toMatchObject({ outcome: 'attention', attention: { conflicts: 1 } });
    expect(world.partnerCenter.one(referralId).deal.notes).toBe('There');
  });

  it('with two referrals for one opportunity links neither by guess', async () => {
    const { world, id, referralId } = await shared();
    world.partnerCenter.receive(
      { state: 'Accepted' },
      { tag: world.partnerCenter.one(referralId).tag, status: 'Active' },
    );
    world.loseState();

    await world.run();

    expect(await world.ledger.links({})).toEqual([]);
    expect((await world.open('parked')).map(({ code }) => code)).toContain('duplicate-referrals');
    expect(world.partnerCenter.tagged(id)).toHaveLength(2);
  });
});

describe('absence', () => {
  it('of a referral is looked into, said, and never ends anything', async () => {
    const { world, id, referralId } = await shared();
    world.crm.add({ Name: 'Another' });
    await world.run();
    world.partnerCenter.hidden.add(referralId);

    await world.run({ full: true });
    await world.run({ full: true });

    expect((await world.open('notice')).map(({ code }) => code)).toContain('referral-not-visible');
    expect((await world.ledger.links({})).find(({ opportunityId }) => opportunityId === id)?.status).toBe(
      'referral-gone',
    );
    expect(world.crm.row(id).deleted).toBe(false);
  });

  it('of more records than a run may give up gives none of them up until a person approves', async () => {
    const { world } = await shared({ policy: { maxClosesPerRun: 1 } });
    const ids = [world.crm.add({ Name: 'Second' }), world.crm.add({ Name: 'Third' })];
    await world.run();
    for (const id of ids)
      for (const referral of world.partnerCenter.tagged(id)) world.partnerCenter.hidden.add(referral.id);
    const gone = async () => (await world.ledger.links({ status: 'referral-gone' })).length;
    await world.run({ full: true });

    const halted = await world.run({ full: true });
    const before = await gone();
    for (const item of await world.open('approval'))
      await world.ledger.commit({ attention: [{ ...item, state: 'approved' }] });
    await world.run({ full: true });

    expect([halted.outcome, before, await gone()]).toEqual(['halted', 0, 2]);
  });

  it('waits for approval where giving up is to be approved', async () => {
    const { world, referralId } = await shared({ policy: { approvals: ['unlink'] } });
    world.crm.add({ Name: 'Another' });
    await world.run();
    world.partnerCenter.hidden.add(referralId);
    await world.run({ full: true });
    await world.run({ full: true });

    expect(await world.ledger.links({ status: 'referral-gone' })).toEqual([]);
    expect((await world.open('approval')).map(({ code }) => code)).toEqual(['unlink']);
  });

  it('from a walk that the CRM had to start anew is looked into in that run', async () => {
    const { world, id } = await shared();
    world.crm.add({ Name: 'Another' });
    await world.run();
    const { changes } = world.crm;
    world.crm.changes = async function* (_cursor, options) {
      for await (const page of changes(null, options)) yield { ...page, restarted: true };
    };
    world.crm.remove(id);

    await world.run();

    expect((await world.open('notice')).map(({ code }) => code)).toContain('opportunity-not-visible');
    expect((await world.ledger.links({})).map(({ status }) => status)).toEqual(['active', 'active']);
  });

  it('from a walk that merely went on is none of a run’s business', async () => {
    const { world, id } = await shared();
    world.crm.add({ Name: 'Another' });
    await world.run();
    const { changes } = world.crm;
    world.crm.changes = async function* (cursor, options) {
      for await (const page of changes(cursor, options)) yield { ...page, records: [] };
    };
    world.crm.remove(id);

    const report = await world.run();

    expect(report.outcome).toBe('clean');
    expect(await world.open('notice')).toEqual([]);
  });

  it('of everything halts before any write', async () => {
    const { world, referralId } = await shared();
    world.partnerCenter.hidden.add(referralId);

    const report = await world.run({ full: true });

    expect(report.outcome).toBe('halted');
  });
});

it('a run that is asked to stop begins nothing new and says so', async () => {
  const world = createWorld();
  world.crm.add();
  const stop = new AbortController();
  stop.abort();

  const report = await world.run({ stop: stop.signal });

  expect(report.outcome).toBe('incomplete');
  expect(world.partnerCenter.referrals.size).toBe(0);
});
