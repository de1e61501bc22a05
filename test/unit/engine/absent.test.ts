/** More referrals out of the list than one run looks at: each has its turn. */
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/core/config-types.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld } from '../../support/world.ts';

/** One run looks at this many. */
const LOOKS = 200;

/** A world of linked pairs, one of which stays in the list; the referrals of the others in the order of their turns. */
async function pairs(missing: number, policy: Partial<Policy> = {}) {
  const world = createWorld({ policy });
  const ids = Array.from({ length: missing + 1 }, () => world.crm.add());
  await world.run();
  const referrals = ids
    .sort()
    .slice(0, missing)
    .map((id) => {
      const referralId = tagOf(world.crm, world.mapping, id);
      if (referralId === null) throw new TypeError('An opportunity was not shared.');
      return referralId;
    });
  const { find, changes } = world.partnerCenter;
  const looked: string[] = [];
  const unreadable = new Set<string>();
  world.partnerCenter.find = (id, options) => {
    looked.push(id);
    return unreadable.has(id)
      ? Promise.reject(
          new RemoteError('The answer is not to be read.', { code: 'rejected', system: 'partnerCenter' }),
        )
      : find(id, options);
  };
  const unlisted = new Set<string>(referrals);
  world.partnerCenter.changes = async (...given) => {
    const feed = await changes(null, () => false, given[2]);
    return { ...feed, referrals: feed.referrals.filter(({ id }) => !unlisted.has(id)) };
  };
  const night = async () => {
    looked.length = 0;
    const report = await world.run({ full: true });
    return { report, looked: [...looked] };
  };
  const told = async () =>
    new Set(
      (await world.open('notice'))
        .filter(({ code }) => code === 'referral-not-visible')
        .map(({ referralId }) => referralId),
    );
  return { world, referrals, unlisted, unreadable, night, told };
}

describe('where more referrals are missing from the list than one run looks at', () => {
  it('the next run goes on where it stopped, and begins anew at the end', async () => {
    const { referrals, night } = await pairs(LOOKS + 50);

    const first = await night();
    const second = await night();
    const third = await night();

    expect(first.looked).toEqual(referrals.slice(0, LOOKS));
    expect(second.looked).toEqual([...referrals.slice(LOOKS), ...referrals.slice(0, LOOKS - 50)]);
    expect(third.looked).toEqual([...referrals.slice(LOOKS - 50), ...referrals.slice(0, LOOKS - 50 - 50)]);
  });

  it('one that is really out of sight behind many that are not is told of', async () => {
    const { world, referrals, night, told } = await pairs(LOOKS + 1);
    const last = referrals.at(-1);
    if (last === undefined) throw new TypeError('Nothing is missing.');
    world.partnerCenter.hidden.add(last);

    await night();
    expect(await told()).toEqual(new Set());
    await night();

    expect(await told()).toEqual(new Set([last]));
  });

  it('what a person approved is given up the next night, whoever has the turn', async () => {
    const { world, referrals, night } = await pairs(3 * LOOKS, { maxWritesPerRun: 1_000 });
    for (const id of referrals) world.partnerCenter.hidden.add(id);
    for (let turn = 0; turn < 4; turn += 1) await night();
    const [halt] = await world.open('approval');
    if (halt === undefined) throw new TypeError('Nobody was asked.');
    await world.ledger.commit({ attention: [{ ...halt, state: 'approved' }] });

    await night();

    const gone = await world.ledger.links({ status: 'referral-gone' });
    expect(new Set(gone.map(({ referralId }) => referralId))).toEqual(new Set(referrals.slice(0, LOOKS)));
  });

  it('begins with the first again once one run can look at all of them', async () => {
    const { referrals, unlisted, night } = await pairs(LOOKS + 10);
    await night();
    for (const id of referrals.slice(100)) unlisted.delete(id);
    await night();
    for (const id of referrals) unlisted.add(id);

    const { looked } = await night();

    expect(looked[0]).toBe(referrals[0]);
  });
});

it('a missing referral at which the host fails every time does not keep the others from their turn', async () => {
  const { world, referrals, night, told } = await pairs(3);
  for (const id of referrals) world.partnerCenter.hidden.add(id);
  const { find } = world.partnerCenter;
  world.partnerCenter.find = (id, options) =>
    id === referrals[0]
      ? Promise.reject(new RemoteError('Nobody answers.', { code: 'unavailable', system: 'partnerCenter' }))
      : find(id, options);

  const first = await night();
  await night();

  expect(first.report.outcome).toBe('incomplete');
  expect(await told()).toEqual(new Set(referrals.slice(1)));
});

it('a missing referral that cannot be read keeps neither the others nor the run from going on', async () => {
  const { world, referrals, unreadable, night, told } = await pairs(3);
  for (const id of referrals.slice(1)) world.partnerCenter.hidden.add(id);
  unreadable.add(referrals[0] ?? '');
  const added = world.crm.add();

  const { report } = await night();

  expect(await told()).toEqual(new Set(referrals.slice(1)));
  expect(world.partnerCenter.tagged(added)).toHaveLength(1);
  expect(report.stopped).toMatch(/^1 deal had to be passed over: /);
});
