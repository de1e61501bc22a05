/** Updates that were refused for certain: nothing about them is in doubt, whatever people do before the next run. */
import { describe, expect, it } from 'vitest';
import { RemoteError, type RemoteErrorCode } from '../../../src/core/errors.ts';
import type { OpportunityId } from '../../../src/core/ids.ts';
import type { Intent, LedgerChanges } from '../../../src/core/store-port.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld, type World } from '../../support/world.ts';

const REFUSALS: readonly RemoteErrorCode[] = [
  'rejected',
  'version-conflict',
  'rate-limited',
  'quota',
  'forbidden',
  'unauthorized',
  'not-visible',
  'configuration',
  'duplicate',
  // Not sent at all, or a row that another transaction held.
  'unavailable',
];

async function shared(count = 1) {
  const world = createWorld();
  const ids = Array.from({ length: count }, () => world.crm.add({ Amount: 10_000 }));
  await world.run();
  const referralOf = (id: OpportunityId) => {
    const referralId = tagOf(world.crm, world.mapping, id);
    if (referralId === null) throw new TypeError('The opportunity was not shared.');
    return referralId;
  };
  const pairs = ids.map((id) => ({ id, referralId: referralOf(id) }));
  const [first] = pairs;
  if (first === undefined) throw new TypeError('Nothing was shared.');
  return { world, pairs, first };
}

/** The commits of a run, in order. */
function recordCommits(world: World): LedgerChanges[] {
  const { ledger } = world;
  const { commit } = ledger;
  const commits: LedgerChanges[] = [];
  Object.assign(ledger, {
    commit: (changes: LedgerChanges) => {
      commits.push(changes);
      return commit.call(ledger, changes);
    },
  });
  return commits;
}

const isUpdate = ({ kind }: Intent) => kind.startsWith('update-');

/** That what was written down before an update is let go by the very next commit. */
function expectLetGo(commits: readonly LedgerChanges[], updates: number): void {
  const written = commits.findIndex(({ intents = [] }) => intents.some(isUpdate));
  const ids = (commits[written]?.intents ?? []).filter(isUpdate).map(({ id }) => id);
  expect(ids).toHaveLength(updates);
  expect(commits[written + 1]?.settledIntents).toEqual(expect.arrayContaining(ids));
}

describe.each(REFUSALS)('an update that is refused for certain (%s)', (code) => {
  it('in Partner Center leaves no question, though somebody edits another field before the next run', async () => {
    const { world, first } = await shared();
    const { id, referralId } = first;
    world.crm.edit(id, { Amount: 20_000 });
    world.partnerCenter.onWrite = () => {
      world.partnerCenter.onWrite = null;
      throw new RemoteError('Refused.', { code, system: 'partnerCenter' });
    };
    const commits = recordCommits(world);
    await world.run();
    expectLetGo(commits, 1);
    expect((await world.ledger.intents()).filter(isUpdate)).toEqual([]);
    world.partnerCenter.edit(referralId, { notes: 'From the portal' });

    await world.run();
    await world.run();

    expect((await world.open('conflict')).map((item) => item.code)).toEqual([]);
    expect(world.partnerCenter.one(referralId).deal).toMatchObject({
      amount: '20000',
      notes: 'From the portal',
    });
    expect(world.crm.row(id).values.Description).toBe('From the portal');
  });

  it('in the CRM, one row of a batch or all of it, leaves no question either', async () => {
    for (const wholeBatch of [false, true]) {
      const { world, pairs, first } = await shared(3);
      for (const { referralId } of pairs) world.partnerCenter.edit(referralId, { amount: '20000' });
      const { update } = world.crm;
      const error = new RemoteError('Refused.', { code, system: 'crm' });
      world.crm.update = async (rows, options) => {
        world.crm.update = update;
        if (wholeBatch) throw error;
        const others = rows.filter(({ id }) => id !== first.id);
        const outcomes = await update(others, options);
        return rows.map(({ id }) =>
          id === first.id
            ? { ok: false as const, error }
            : (outcomes[others.findIndex((row) => row.id === id)] ?? { ok: false as const, error }),
        );
      };
      const commits = recordCommits(world);
      await world.run();
      expectLetGo(commits, 3);
      expect((await world.ledger.intents()).filter(isUpdate)).toEqual([]);
      for (const { id } of pairs) world.crm.edit(id, { Description: 'From the CRM' });

      await world.run();
      await world.run();

      expect((await world.open('conflict')).map((item) => item.code)).toEqual([]);
      for (const { id, referralId } of pairs) {
        expect(world.crm.row(id).values.Amount).toBe(20_000);
        expect(world.partnerCenter.one(referralId).deal.notes).toBe('From the CRM');
      }
    }
  });
});

it('a refusal after an attempt that was not heard of is settled by what the referral shows, not taken for one without effect', async () => {
  const { world, first } = await shared();
  const { id, referralId } = first;
  world.crm.edit(id, { Amount: 20_000 });
  world.partnerCenter.afterWrite = () => {
    world.partnerCenter.afterWrite = null;
    // The first attempt took effect unheard, and the second found the version moved.
    throw new RemoteError('It was changed meanwhile.', {
      code: 'version-conflict',
      system: 'partnerCenter',
      outcomeUnknown: true,
    });
  };
  const { find } = world.partnerCenter;
  world.partnerCenter.find = () =>
    Promise.reject(new RemoteError('Nobody answers.', { code: 'unavailable', system: 'partnerCenter' }));
  await world.run();
  world.partnerCenter.find = find;
  world.crm.edit(id, { Amount: 10_000 });

  const report = await world.run();

  expect([world.crm.row(id).values.Amount, world.partnerCenter.one(referralId).deal.amount]).toEqual([
    10_000,
    '10000',
  ]);
  expect(report.outcome).toBe('clean');
});

describe('an update that carries no field', () => {
  it('writes nothing down before it is sent: the tag is nobody’s but the daemon’s', async () => {
    const { world, first } = await shared();
    world.partnerCenter.edit(first.referralId, {}, { tag: { kind: 'none' } });
    const commits = recordCommits(world);

    await world.run();

    expect(world.partnerCenter.one(first.referralId).tag).toEqual({ kind: 'opportunity', id: first.id });
    expect(commits.flatMap(({ intents = [] }) => intents)).toEqual([]);
  });

  it('is sent again where it got lost, and no run is clean before', async () => {
    const { world, first } = await shared();
    world.partnerCenter.edit(first.referralId, {}, { tag: { kind: 'none' } });
    world.partnerCenter.onWrite = () => {
      world.partnerCenter.onWrite = null;
      throw new RemoteError('No answer came.', {
        code: 'unavailable',
        system: 'partnerCenter',
        outcomeUnknown: true,
      });
    };

    const lost = await world.run();
    const next = await world.run();

    expect([lost.outcome, next.outcome]).toEqual(['incomplete', 'clean']);
    expect(world.partnerCenter.one(first.referralId).tag).toEqual({ kind: 'opportunity', id: first.id });
  });
});
