/** Deals at which Partner Center fails while it answers about others: they wait, and nobody waits for them. */
import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import type { LedgerChanges } from '../../../src/core/store-port.ts';
import { settleTrouble } from '../../../src/engine/failing-records.ts';
import { retryItems } from '../../../src/engine/operator.ts';
import { performRun } from '../../../src/engine/run.ts';
import { createRunState } from '../../../src/engine/run-state.ts';
import { withTroubleNoted } from '../../../src/engine/trouble.ts';
import { REFERRAL, SELLER } from '../../support/builders.ts';
import { dieAfterWrite } from '../../support/cut-off.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { poison } from '../../support/poison.ts';
import { createWorld, type World } from '../../support/world.ts';

const CONTACT = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+4920112345' };

/** Shared opportunities, of which some deals are poisoned, and then all of which are edited. */
async function edited(count: number, poisoned: number, mayHaveDone = true) {
  const world = createWorld();
  const ids = Array.from({ length: count }, () => world.crm.add());
  await world.run();
  await world.run();
  const referralIds = ids.map((id) => tagOf(world.crm, world.mapping, id) ?? '');
  const bad = poison(world.partnerCenter, referralIds.slice(0, poisoned), 'unavailable', mayHaveDone);
  const edit = (which: readonly number[], amount: number): void => {
    for (const index of which) {
      const id = ids[index];
      if (id !== undefined) world.crm.edit(id, { Amount: amount });
    }
  };
  edit([...ids.keys()], 90_000);
  return {
    world,
    ids,
    bad,
    edit,
    /** The positions of the deals that hold an amount. */
    holding: (amount: number): readonly number[] =>
      ids.flatMap((id, index) =>
        world.partnerCenter.tagged(id)[0]?.deal.amount === String(amount) ? [index] : [],
      ),
  };
}

const from = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, index) => first + index);

/** Runs a minute apart. */
async function go(world: World, runs: number) {
  for (let turn = 1; turn < runs; turn += 1) {
    await world.run();
    world.pass(1);
  }
  return world.run();
}

describe('a deal at which Partner Center fails', () => {
  it('keeps no other waiting, and the run says that it was passed over', async () => {
    const { world, holding } = await edited(60, 1);

    const report = await world.run();

    expect(holding(90_000)).toEqual(from(1, 60));
    expect(report.outcome).toBe('incomplete');
    expect(report.stopped).toMatch(/^1 deal had to be passed over: Partner Center failed at /);
    expect(await world.open()).toEqual([]);
  });

  it('is told of once it fails again while others are answered, with the request to quote', async () => {
    const { world, ids, edit } = await edited(3, 1);
    await world.run();
    world.pass(1);
    edit([2], 91_000);

    const report = await world.run();

    expect((await world.open()).map(({ code, opportunityId }) => [code, opportunityId])).toEqual([
      ['failing-record', ids[0]],
    ]);
    expect((await world.open())[0]?.message).toContain('request request-1');
    expect([report.outcome, report.attention.parked]).toEqual(['attention', 1]);
  });

  it('is told of after five runs where there are no others to be answered about', async () => {
    const { world } = await edited(1, 1);

    const reports = [await go(world, 4)];
    const before = await world.open();
    reports.push(await world.run());

    expect(before).toEqual([]);
    expect((await world.open()).map(({ code }) => code)).toEqual(['failing-record']);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['incomplete', 'attention']);
  });

  it('is tried again at growing distances, an hour at most', async () => {
    const { world, bad, edit } = await edited(2, 1);
    const tries: number[] = [];
    for (let minute = 0; minute < 340; minute += 1) {
      const before = bad.calls.count;
      edit([1], 91_000 + minute);
      await world.run();
      if (bad.calls.count > before) tries.push(minute);
      world.pass(1);
    }
    const distances = tries.slice(1).map((minute, index) => minute - (tries[index] ?? 0));

    expect(distances).toEqual([1, 5, 6, 12, 24, 48, 60, 60, 60, 60]);
  });

  it('is tried at once where somebody edits it', async () => {
    const { world, bad, edit } = await edited(2, 1);
    await world.run();
    edit([1], 91_000);
    await world.run();
    const before = bad.calls.count;
    world.pass(1);
    edit([0], 92_000);

    await world.run();

    expect(bad.calls.count).toBeGreaterThan(before);
  });

  it('is tried at once where an operator asks for it, also after a write whose outcome is not known', async () => {
    const { world, bad, edit } = await edited(2, 1);
    await world.run();
    edit([1], 91_000);
    await world.run();
    const before = bad.calls.count;
    const items = await world.open();
    await retryItems({ ledger: world.ledger, now: world.dependencies.now }, items);

    await world.run();

    expect(items).toHaveLength(1);
    expect(bad.calls.count).toBeGreaterThan(before);
  });

  it('comes last where a run may not write much, and keeps no other waiting there either', async () => {
    const { world, holding } = await edited(3, 1, false);
    world.policy.maxWritesPerRun = 1;

    await go(world, 3);

    expect(holding(90_000)).toEqual([1, 2]);
  });

  it('stays told of as long as it fails, instead of coming and going', async () => {
    const { world, edit } = await edited(2, 1, false);
    await world.run();
    edit([1], 91_000);
    await world.run();
    const { ledger } = world;
    const { commit } = ledger;
    const resolved: string[] = [];
    Object.assign(ledger, {
      commit: (changes: LedgerChanges) => {
        resolved.push(...(changes.resolved ?? []));
        return commit.call(ledger, changes);
      },
    });
    world.pass(10);

    await world.run();

    expect((await world.open()).map(({ code, count }) => [code, count])).toEqual([['failing-record', 2]]);
    expect(resolved.filter((key) => key.includes('failing-record'))).toEqual([]);
  });

  it('and refuses an edit there, of which nobody can read why, stops nobody else', async () => {
    const { world, ids, holding } = await edited(3, 0);
    const bad = tagOf(world.crm, world.mapping, ids[0] as OpportunityId) ?? '';
    const { update } = world.partnerCenter;
    poison(world.partnerCenter, [bad], 'rejected');
    world.partnerCenter.update = (id, ...given) =>
      id === bad
        ? Promise.reject(
            new RemoteError('Not like this.', { code: 'version-conflict', system: 'partnerCenter' }),
          )
        : update(id, ...given);

    const report = await world.run();

    expect(holding(90_000)).toEqual([1, 2]);
    expect(report.stopped).toMatch(/^1 deal had to be passed over: /);
  });

  it('is carried once it answers again, and its item goes', async () => {
    const { world, bad, edit, holding } = await edited(3, 1);
    await world.run();
    edit([1], 90_000.5);
    await world.run();
    bad.records.clear();
    world.pass(10);

    const report = await go(world, 2);

    expect(holding(90_000)).toContain(0);
    expect(await world.open()).toEqual([]);
    expect(report.outcome).toBe('clean');
    expect(await world.ledger.meta('failing-records')).toBeNull();
  });

  it('whose pair needs nothing any more is no longer told of', async () => {
    // Nothing arrived, and nothing may be on its way.
    const { world, bad, edit } = await edited(2, 1, false);
    await world.run();
    edit([1], 91_000);
    await world.run();
    expect(await world.open()).toHaveLength(1);
    bad.records.clear();
    edit([0], 84_000);
    world.pass(1);

    await go(world, 2);

    expect(await world.open()).toEqual([]);
  });
});

describe('where Partner Center fails at many deals', () => {
  it('that fail in a row it counts as down, and no deal is blamed', async () => {
    const { world, bad, holding } = await edited(100, 100);

    const reports = [await world.run(), await go(world, 3)];

    expect(reports.map(({ outcome }) => outcome)).toEqual(['incomplete', 'incomplete']);
    expect(await world.open()).toEqual([]);
    expect(holding(90_000)).toEqual([]);
    // As many as are under way at once, and no more.
    expect(bad.calls.count).toBeLessThan(4 * 32);
  });

  it('the others are carried all the same, as those that failed come last', async () => {
    const { world, holding } = await edited(100, 20);

    await go(world, 3);

    expect(holding(90_000)).toEqual(from(20, 100));
  });

  it('the others are carried all the same where nothing of the failed writes is in doubt', async () => {
    const { world, holding } = await edited(100, 20, false);

    await go(world, 3);

    expect(holding(90_000)).toEqual(from(20, 100));
  });

  it('none is blamed for an outage that begins while others are being answered', async () => {
    const { world, ids, edit, holding } = await edited(40, 0);
    poison(
      world.partnerCenter,
      ids.slice(5).map((id) => tagOf(world.crm, world.mapping, id) ?? ''),
    );
    await world.run();
    edit(from(0, 5), 91_000);
    await world.run();

    expect(holding(91_000)).toEqual(from(0, 5));
    expect(await world.open()).toEqual([]);
  });

  it('what became of the others is looked up all the same, as those that failed come last', async () => {
    const { world, ids, bad } = await edited(4, 0);
    await dieAfterWrite(world, 'partnerCenter');
    expect(await world.ledger.intents()).toHaveLength(4);
    for (const id of ids.slice(0, 3)) bad.records.add(tagOf(world.crm, world.mapping, id) ?? '');
    const { changes } = world.partnerCenter;
    // The list lags, so that only direct looks can tell.
    world.partnerCenter.changes = async (...given) => ({ ...(await changes(...given)), referrals: [] });

    await go(world, 2);

    expect((await world.ledger.intents()).map(({ opportunityId }) => opportunityId)).toEqual(ids.slice(0, 3));
  });

  it('they are told of once the others have been answered', async () => {
    const { world, edit } = await edited(60, 20);
    await go(world, 2);
    for (let turn = 0; turn < 4; turn += 1) {
      edit([59], 91_000 + turn);
      world.pass(1);
      await world.run();
    }

    const codes = (await world.open()).map(({ code }) => code);

    expect(new Set(codes)).toEqual(new Set(['failing-record']));
  });
});

describe('what cannot be read', () => {
  it.each(['unavailable', 'rejected'] as const)(
    'keeps the opportunity that names it waiting, and nobody else (%s)',
    async (code) => {
      const world = createWorld();
      const naming = world.crm.add({ [world.mapping.tag.referralId]: REFERRAL });
      const other = world.crm.add();
      poison(world.partnerCenter, [REFERRAL], code);

      const reports = [await world.run()];
      world.crm.edit(other, { Amount: 90_000 });
      reports.push(await go(world, 2));

      expect(world.partnerCenter.tagged(other)).toHaveLength(1);
      expect(world.partnerCenter.tagged(naming)).toHaveLength(0);
      expect(reports.map(({ outcome }) => outcome)).toEqual(['incomplete', 'incomplete']);
    },
  );

  it('is told of by the opportunity that names it', async () => {
    const world = createWorld();
    const naming = world.crm.add({ [world.mapping.tag.referralId]: REFERRAL });
    const other = world.crm.add();
    poison(world.partnerCenter, [REFERRAL]);
    await world.run();
    for (const amount of [90_000, 91_000]) {
      world.crm.edit(naming, { Amount: amount });
      world.crm.edit(other, { Amount: amount });
      await world.run();
    }

    expect((await world.open('parked')).map(({ code, opportunityId }) => [code, opportunityId])).toEqual([
      ['failing-record', naming],
    ]);
  });

  it('after an update without an answer keeps its pair waiting, and nothing is sent again', async () => {
    const { world, ids, holding } = await edited(3, 0);
    await dieAfterWrite(world, 'partnerCenter');
    const [done] = holding(90_000);
    const id = ids[done ?? 0];
    if (id === undefined) throw new TypeError('Nothing was written.');
    const bad = poison(world.partnerCenter, [tagOf(world.crm, world.mapping, id) ?? '']);
    const { changes } = world.partnerCenter;
    // The list lags, so that only a direct look can tell.
    world.partnerCenter.changes = async (...given) => ({ ...(await changes(...given)), referrals: [] });

    const report = await world.run();

    expect(holding(90_000)).toEqual([0, 1, 2]);
    expect(bad.calls.count).toBe(1);
    expect((await world.ledger.intents()).map(({ opportunityId }) => opportunityId)).toEqual([id]);
    expect(report.outcome).toBe('incomplete');
  });

  it('an engagement whose invitation was not heard of is not sent that again, however long it lasts', async () => {
    const world = createWorld();
    const id = world.crm.add({}, { people: { owner: [SELLER], contactRoles: [CONTACT] } });
    await world.run();
    const [own] = world.partnerCenter.tagged(id);
    if (own === undefined) throw new TypeError('The opportunity was not shared.');
    world.crm.edit(id, { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true });
    world.partnerCenter.afterWrite = (what) => {
      if (what !== 'create') return;
      world.partnerCenter.afterWrite = null;
      poison(world.partnerCenter, [own.engagementId]);
      throw new RemoteError('No answer came.', {
        code: 'unavailable',
        system: 'partnerCenter',
        outcomeUnknown: true,
      });
    };
    world.partnerCenter.feedHidesSiblings = true;
    await world.run();
    world.pass(60);

    await go(world, 3);

    const invited = [...world.partnerCenter.referrals.values()].filter(({ isMicrosofts }) => isMicrosofts);
    expect(invited).toHaveLength(1);
    expect((await world.ledger.intents()).map(({ kind }) => kind)).toEqual(['invite-microsoft']);
  });

  it('a deal that a hint named does not keep the others that were named from being looked at', async () => {
    const { world, ids, bad, edit, holding } = await edited(2, 1);
    await world.run();
    edit([1], 91_000);
    const referrals = ids.map((id) => tagOf(world.crm, world.mapping, id) as ReferralId);

    const report = await performRun(world.dependencies, {
      full: false,
      only: null,
      looks: { only: true, referrals, opportunities: [] },
      stop: new AbortController().signal,
      signal: new AbortController().signal,
    });

    expect(holding(91_000)).toEqual([1]);
    expect(bad.calls.count).toBeGreaterThan(0);
    expect(report.outcome).not.toBe('clean');
  });
});

describe('an opportunity that something else keeps changing or holding', () => {
  /** Two pairs with an edit in Partner Center, of which the first row cannot be written. */
  async function held() {
    const { world, ids } = await edited(2, 0);
    await go(world, 2);
    const rows = new Set<string>(ids.slice(0, 1));
    const { update } = world.crm;
    world.crm.update = async (updates, options) => {
      const outcomes = await update(
        updates.filter(({ id }) => !rows.has(id)),
        options,
      );
      return updates.map(({ id }) => {
        const outcome = outcomes.find((entry) => entry.ok && entry.id === id);
        return (
          outcome ?? {
            ok: false,
            error: new RemoteError(`Update opportunity ${id} failed: UNABLE_TO_LOCK_ROW.`, {
              code: 'version-conflict',
              system: 'crm',
            }),
          }
        );
      });
    };
    const edit = (amount: number): void => {
      for (const id of ids) {
        const [deal] = world.partnerCenter.tagged(id);
        if (deal !== undefined) world.partnerCenter.edit(deal.id, { amount: String(amount) });
      }
    };
    edit(95_000);
    const told = async () => (await world.open()).map(({ code, opportunityId }) => [code, opportunityId]);
    return { world, ids, rows, told, amounts: () => ids.map((id) => world.crm.row(id).values.Amount) };
  }

  it('is told of after five runs, and keeps no other waiting', async () => {
    const { world, ids, told, amounts } = await held();

    await go(world, 4);
    const before = await told();
    const report = await world.run();

    expect(amounts()).toEqual([90_000, 95_000]);
    expect(before).toEqual([]);
    expect(await told()).toEqual([['failing-record', ids[0]]]);
    expect((await world.open())[0]?.message).toContain('UNABLE_TO_LOCK_ROW');
    expect(report.outcome).toBe('attention');
  });

  it('is carried once it can be written, and its item goes', async () => {
    const { world, rows, told, amounts } = await held();
    await go(world, 6);
    rows.clear();
    world.pass(60);

    await go(world, 2);

    expect(amounts()).toEqual([95_000, 95_000]);
    expect(await told()).toEqual([]);
    expect(await world.ledger.meta('failing-records')).toBeNull();
  });

  it('is not told of where it can be written in between', async () => {
    const { world, ids, rows, told } = await held();
    for (let turn = 0; turn < 4; turn += 1) {
      await go(world, 4);
      rows.clear();
      await world.run();
      rows.add(ids[0] ?? '');
      const [deal] = world.partnerCenter.tagged(ids[0] as OpportunityId);
      if (deal !== undefined) world.partnerCenter.edit(deal.id, { amount: String(96_000 + turn) });
    }

    expect(await told()).toEqual([]);
  });
});

it('a look that failed counts in its run, although the deal was answered about later on', async () => {
  const { world, bad } = await edited(1, 1);
  const state = createRunState('run-1');
  const { partnerCenter } = withTroubleNoted(world.dependencies, state);
  const [id] = [...bad.records] as ReferralId[];
  if (id === undefined) throw new TypeError('There is no deal.');
  const options = { signal: new AbortController().signal };
  await expect(partnerCenter.find(id, options)).rejects.toMatchObject({ onlyThisRecord: true });
  bad.records.clear();
  expect((await partnerCenter.find(id, options))?.id).toBe(id);

  await settleTrouble(world.dependencies, state);

  expect(state.trouble.untold?.message).toContain(id);
});

it('a deal that fails again after days has not failed before', async () => {
  const { world, edit } = await edited(2, 1);
  await world.run();
  world.pass(3 * 24 * 60);
  edit([1], 91_000);

  const report = await world.run();

  expect([report.outcome, await world.open('parked')]).toEqual(['incomplete', []]);
});

it('a note of failures that cannot be read counts as none', async () => {
  const { world, holding } = await edited(2, 0);
  await world.ledger.commit({ meta: { 'failing-records': '{"a":' } });

  expect((await go(world, 2)).outcome).toBe('clean');
  expect(holding(90_000)).toEqual([0, 1]);
});
