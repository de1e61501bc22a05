/** What people do between two steps of a run, each found by the simulation: nothing of it may be lost or outrun. */
import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { resolveConflict } from '../../../src/engine/operator.ts';
import { SELLER } from '../../support/builders.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld, type World } from '../../support/world.ts';

const CONTACT = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+4920112345' };

async function shared(overrides: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(overrides);
  const id = world.crm.add({}, { people: { owner: [SELLER], contactRoles: [CONTACT] } });
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  return { world, id, referralId };
}

async function received(overrides: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(overrides);
  const referralId = world.partnerCenter.receive();
  await world.run();
  const [row] = [...world.crm.rows.values()];
  if (row === undefined) throw new TypeError('No opportunity was created.');
  return { world, id: row.id, referralId };
}

/** Does it before the next write to the CRM, or to Partner Center, takes effect; once. */
function beforeWrite(world: World, side: 'crm' | 'partnerCenter', action: () => void): void {
  const remote = world[side];
  remote.onWrite = () => {
    remote.onWrite = null;
    action();
  };
}

describe('an edit in the CRM', () => {
  it('made while only bookkeeping is written is carried all the same', async () => {
    const world = createWorld();
    const id = world.crm.add();
    beforeWrite(world, 'crm', () => world.crm.edit(id, { Description: 'Just now' }));

    await world.run();
    await world.run();

    const [referral] = world.partnerCenter.tagged(id);
    expect(referral?.deal.notes).toBe('Just now');
  });

  it('of a row that has left the filter and lost its tag is read again instead of being written over for ever', async () => {
    const { world, id, referralId } = await shared();
    world.partnerCenter.edit(referralId, { notes: 'From the portal' });
    world.crm.edit(id, { Sync_with_Partner_Center__c: false, [world.mapping.tag.referralId]: null });

    await world.run();
    await world.run();
    const writes = world.crm.calls.writes;
    await world.run();

    expect(world.crm.calls.writes).toBe(writes);
    expect((await world.ledger.links({}))[0]?.status).toBe('out-of-scope');
  });

  it('that takes an opportunity out of the filter while it waits keeps it from being shared', async () => {
    const world = createWorld({ policy: { settleSeconds: 600 } });
    const id = world.crm.add();
    await world.run();
    world.crm.edit(id, { Sync_with_Partner_Center__c: false });
    world.pass(60);

    await world.run();

    expect(world.partnerCenter.tagged(id)).toEqual([]);
  });

  it('that deletes an opportunity nobody shared yet does not make every run start over with it', async () => {
    const world = createWorld({ policy: { settleSeconds: 600 } });
    const id = world.crm.add();
    await world.run();
    world.crm.edit(id, { Sync_with_Partner_Center__c: false });
    world.crm.remove(id);
    world.pass(60);
    await world.run();
    const reads = world.crm.calls.reads;

    await world.run();

    expect(world.crm.calls.reads - reads).toBe(1);
  });
});

describe('an edit in Partner Center', () => {
  it('made between two attempts of a merge is not passed over by the older one on its way to the CRM', async () => {
    const { world, id, referralId } = await shared();
    world.partnerCenter.edit(referralId, { notes: 'First' });
    world.crm.edit(id, { Amount: 91_000 });
    beforeWrite(world, 'partnerCenter', () => world.partnerCenter.edit(referralId, { notes: 'Second' }));

    await world.run();
    await world.run();

    expect(world.crm.row(id).values.Description).toBe('Second');
    expect(world.partnerCenter.one(referralId).deal).toMatchObject({ amount: '91000', notes: 'Second' });
  });

  it('is not undone by a list that still shows the referral as it was before', async () => {
    const { world, id, referralId } = await shared();
    const before = world.partnerCenter.one(referralId);
    world.partnerCenter.edit(referralId, { notes: 'News' });
    await world.run();
    const { changes } = world.partnerCenter;
    world.partnerCenter.changes = async (...given) => ({
      ...(await changes(...given)),
      referrals: [before],
    });

    await world.run();

    expect(world.crm.row(id).values.Description).toBe('News');
    expect((await world.ledger.referrals([referralId])).get(referralId)?.record.deal.notes).toBe('News');
  });

  it('that makes a merge start over sends no contact details that nobody approved', async () => {
    const { world, id, referralId } = await received({ policy: { approvals: ['share'] } });
    world.crm.edit(
      id,
      { Customer_Consent__c: true },
      { people: { owner: [SELLER], contactRoles: [CONTACT] } },
    );
    world.partnerCenter.edit(referralId, {}, { tag: { kind: 'none' } });
    beforeWrite(world, 'partnerCenter', () =>
      world.partnerCenter.edit(referralId, { state: 'Accepted', contacts: [] }),
    );

    await world.run();

    expect(world.partnerCenter.one(referralId).deal.contacts).toEqual([]);
  });

  it('of a referral that is out of sight parks its pair until it is seen again', async () => {
    const { world, id, referralId } = await shared();
    world.crm.add({ Name: 'Another' });
    await world.run();
    world.partnerCenter.edit(referralId, { notes: 'Nobody sees this' });
    world.partnerCenter.hidden.add(referralId);
    world.crm.edit(id, { Amount: 91_000 });
    await world.run();
    world.pass(30);
    const writes = world.partnerCenter.calls.writes;

    await world.run();

    expect((await world.open('parked')).map(({ code }) => code)).toEqual(['referral-not-visible']);
    expect(world.partnerCenter.calls.writes).toBe(writes);
  });
});

describe('a step that had to wait', () => {
  it('because its row was deleted just then is done soon after the row was restored', async () => {
    const { world, id, referralId } = await shared();
    world.crm.edit(id, { StageName: 'Closed Lost', Loss_Reason__c: 'Others' });
    const { read } = world.crm;
    world.crm.read = async (ids, options) => {
      world.crm.read = read;
      world.crm.remove(id);
      const found = await read(ids, options);
      world.crm.restore(id);
      return found;
    };
    await world.run();
    expect(world.partnerCenter.one(referralId).deal.state).not.toBe('Lost');
    world.pass(11);

    await world.run();

    expect(world.partnerCenter.one(referralId).deal.state).toBe('Lost');
  });

  it('because its row is out of sight uses up no limit that others need', async () => {
    const { world, id, referralId } = await shared({ policy: { maxWritesPerRun: 1 } });
    const other = world.crm.add();
    for (let turn = 0; turn < 3; turn += 1) await world.run();
    world.crm.edit(id, { StageName: 'Closed Lost', Loss_Reason__c: 'Others' });
    world.pass(1);
    world.crm.edit(other, { Amount: 91_000 });
    const { read } = world.crm;
    world.crm.read = async (ids, options) =>
      new Map([...(await read(ids, options))].map(([key, row]) => [key, key === id ? null : row]));

    const report = await world.run();

    expect(world.partnerCenter.tagged(other)[0]?.deal.amount).toBe('91000');
    expect(world.partnerCenter.one(referralId).deal.state).not.toBe('Lost');
    expect(report.stopped).toBeNull();
  });

  it('for the limit of a run is done by the next one, although bookkeeping was written meanwhile', async () => {
    const world = createWorld({ policy: { maxWritesPerRun: 2 } });
    const ids = [world.partnerCenter.receive(), world.partnerCenter.receive()];

    await world.run();
    await world.run();

    expect(ids.map((id) => world.partnerCenter.one(id).tag.kind)).toEqual(['opportunity', 'opportunity']);
  });

  it('for approval when a deal had been accepted for it is done once a person approves', async () => {
    const { world, id, referralId } = await received({ policy: { approvals: ['close'] } });
    world.crm.edit(id, { StageName: 'Closed Won' });

    for (let turn = 0; turn < 3; turn += 1) {
      await world.run();
      for (const item of await world.open('approval'))
        await world.ledger.commit({ attention: [{ ...item, state: 'approved' }] });
    }

    expect(world.partnerCenter.one(referralId).deal.state).toBe('Won');
  });

  it('for approval of an acceptance keeps the close that follows it, which needs none itself', async () => {
    const { world, id, referralId } = await received({ policy: { approvals: ['accept'] } });
    world.crm.edit(id, { StageName: 'Closed Won' });

    await world.run();
    const waiting = world.partnerCenter.one(referralId).deal.state;
    for (const item of await world.open('approval'))
      await world.ledger.commit({ attention: [{ ...item, state: 'approved' }] });
    await world.run();

    expect([waiting, world.partnerCenter.one(referralId).deal.state]).toEqual(['Received', 'Won']);
  });

  it('for approval, of a pair whose state a person had decided when it was adopted, stays a question', async () => {
    const world = createWorld({ policy: { approvals: ['close'] } });
    const referralId = world.partnerCenter.receive();
    const id = world.crm.add({ StageName: 'Closed Won', [world.mapping.tag.referralId]: referralId });
    await world.run();
    const [state] = (await world.open('conflict')).filter(({ fields }) => fields.includes('state'));
    if (state === undefined) throw new TypeError('Nobody was asked about the state.');
    await resolveConflict({ ledger: world.ledger, now: world.dependencies.now }, state, null, 'crm');
    await world.run();
    for (const item of await world.open('approval'))
      await world.ledger.commit({ attention: [{ ...item, state: 'approved' }] });

    await world.run();

    const isWon = world.partnerCenter.one(referralId).deal.state === 'Won';
    const asked = (await world.open('conflict')).some(({ fields }) => fields.includes('state'));
    expect(isWon || asked).toBe(true);
    expect(world.crm.row(id).values.StageName).toBe('Closed Won');
  });

  it('because no answer came to the acceptance before it follows, and is nobody’s conflict', async () => {
    const { world, id, referralId } = await received();
    world.crm.edit(id, { StageName: 'Closed Won' });
    world.partnerCenter.afterWrite = () => {
      world.partnerCenter.afterWrite = null;
      throw new RemoteError('No answer came.', {
        code: 'unavailable',
        system: 'partnerCenter',
        outcomeUnknown: true,
      });
    };

    await world.run();
    await world.run();

    expect(world.partnerCenter.one(referralId).deal.state).toBe('Won');
    expect(await world.open('conflict')).toEqual([]);
  });
});

it('an invitation whose answer never came is not sent again while lists do not show it yet', async () => {
  const { world, id, referralId } = await shared();
  world.crm.edit(id, { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true });
  const { engagementId } = world.partnerCenter.one(referralId);
  const { listEngagement, changes } = world.partnerCenter;
  const invited = () =>
    [...world.partnerCenter.referrals.values()].filter(
      (record) => record.isMicrosofts && record.engagementId === engagementId,
    );
  world.partnerCenter.listEngagement = async () => [world.partnerCenter.one(referralId)];
  world.partnerCenter.changes = async (...given) => {
    const feed = await changes(...given);
    return { ...feed, referrals: feed.referrals.filter(({ isMicrosofts }) => !isMicrosofts) };
  };
  world.partnerCenter.afterWrite = (what) => {
    if (what !== 'create') return;
    world.partnerCenter.afterWrite = null;
    throw new RemoteError('No answer came.', {
      code: 'unavailable',
      system: 'partnerCenter',
      outcomeUnknown: true,
    });
  };

  await world.run();
  world.pass(5);
  const waiting = await world.run();
  Object.assign(world.partnerCenter, { listEngagement, changes });
  world.pass(5);
  const found = await world.run();

  expect(invited()).toHaveLength(1);
  expect([waiting.outcome, found.outcome]).toEqual(['attention', 'clean']);
});

describe('a create whose answer was lost and that was found', () => {
  const lose = (system: 'crm' | 'partnerCenter'): never => {
    throw new RemoteError('No answer came.', { code: 'unavailable', system, outcomeUnknown: true });
  };

  it('is linked before anybody clears the tag of the referral', async () => {
    const world = createWorld();
    const id = world.crm.add();
    world.partnerCenter.afterWrite = () => {
      world.partnerCenter.afterWrite = null;
      lose('partnerCenter');
    };
    await world.run();
    const [made] = world.partnerCenter.tagged(id);
    if (made === undefined) throw new TypeError('Nothing was made.');
    world.partnerCenter.edit(made.id, {}, { tag: { kind: 'none' } });

    await world.run();

    expect([world.partnerCenter.referrals.size, world.crm.rows.size]).toEqual([1, 1]);
    expect(world.partnerCenter.tagged(id)).toHaveLength(1);
  });

  it('is linked before anybody clears the tag of the opportunity', async () => {
    const world = createWorld();
    world.partnerCenter.receive();
    world.crm.afterWrite = () => {
      world.crm.afterWrite = null;
      lose('crm');
    };
    await world.run();
    await world.run();
    const [made] = [...world.crm.rows.keys()];
    if (made === undefined) throw new TypeError('Nothing was made.');
    world.crm.edit(made, { [world.mapping.tag.referralId]: null });

    await world.run();

    expect([world.partnerCenter.referrals.size, world.crm.rows.size]).toEqual([1, 1]);
  });
});

it('what a trigger made of an edit that was not read back is what both sides agree on', async () => {
  const { world, id, referralId } = await shared();
  const { update } = world.crm;
  world.crm.trigger = (values) => ({ ...values, Amount: Math.round(Number(values.Amount) / 1000) * 1000 });
  world.crm.update = async (...given) =>
    (await update(...given)).map((outcome) => (outcome.ok ? { ...outcome, record: null } : outcome));
  world.partnerCenter.edit(referralId, { amount: '91234' });

  await world.run();
  await world.run();

  expect([world.crm.row(id).values.Amount, world.partnerCenter.one(referralId).deal.amount]).toEqual([
    91_000,
    '91234',
  ]);
  expect(await world.open('conflict')).toEqual([]);
});

it('a run that could not read back what it wrote is not called clean', async () => {
  const { world, referralId } = await shared();
  const { update } = world.crm;
  world.crm.update = async (...given) =>
    (await update(...given)).map((outcome) => (outcome.ok ? { ...outcome, record: null } : outcome));
  world.crm.read = async () => {
    throw new RemoteError('No answer came.', { code: 'unavailable', system: 'crm' });
  };
  world.partnerCenter.edit(referralId, { amount: '91234' });

  expect((await world.run()).outcome).toBe('incomplete');
});

it('an engagement that lists our deal as it was before is no reason to write on its old version', async () => {
  const { world, id, referralId } = await shared();
  const before = world.partnerCenter.one(referralId);
  world.partnerCenter.edit(referralId, { amount: '90000' });
  await world.run();
  world.crm.edit(id, { Visible_to_Microsoft__c: true, Description: 'Newer' });
  world.crm.edit(id, { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true });
  world.partnerCenter.listEngagement = async () => [before];
  const { update } = world.partnerCenter;
  const versions: string[] = [];
  world.partnerCenter.update = async (...given) => {
    versions.push(given[1]);
    return update(...given);
  };
  const held = world.partnerCenter.one(referralId).version;

  await world.run();

  expect(versions[0]).toBe(held);
  expect((await world.ledger.referrals([referralId])).get(referralId)?.record.deal.amount).toBe('90000');
});

it('a copied id stays an open question when the pair it was copied from is looked at again', async () => {
  const { world, id, referralId } = await shared();
  world.crm.add({ [world.mapping.tag.referralId]: referralId });
  await world.run();
  world.crm.edit(id, { Amount: 91_000 });

  await world.run();

  expect((await world.open('parked')).map(({ code }) => code)).toEqual(['referral-linked-elsewhere']);
});
