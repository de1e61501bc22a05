/** An update whose outcome nobody was there to hear: what it wrote is ours, and what people did since is theirs. */
import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { resolveConflict } from '../../../src/engine/operator.ts';
import { dieAfterWrite, dieBeforeWrite, loseAnswer } from '../../support/cut-off.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld, type World } from '../../support/world.ts';

async function shared(values: Parameters<World['crm']['add']>[0] = {}) {
  const world = createWorld();
  const id = world.crm.add({ Amount: 10_000, ...values });
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  const amounts = () => [
    world.crm.row(id).values.Amount,
    world.partnerCenter.referrals.get(referralId)?.deal.amount,
  ];
  return { world, id, referralId, amounts };
}

describe.each([
  ['the process died', dieAfterWrite],
  ['no answer came', loseAnswer],
] as const)('when a write took effect and %s', (_how, interrupt) => {
  it('an amount that the seller sets back is carried, not undone', async () => {
    const { world, id, amounts } = await shared();
    world.crm.edit(id, { Amount: 20_000 });
    await interrupt(world, 'partnerCenter');
    world.crm.edit(id, { Amount: 10_000 });

    const report = await world.run();

    expect(amounts()).toEqual([10_000, '10000']);
    expect(report.outcome).toBe('clean');
  });

  it('an amount that is set back in Partner Center is carried, not undone', async () => {
    const { world, id, referralId, amounts } = await shared();
    world.partnerCenter.edit(referralId, { amount: '20000' });
    await interrupt(world, 'crm');
    expect(world.crm.row(id).values.Amount).toBe(20_000);
    world.partnerCenter.edit(referralId, { amount: '10000' });

    const report = await world.run();

    expect(amounts()).toEqual([10_000, '10000']);
    expect(report.outcome).toBe('clean');
  });

  it('an amount that the seller sets back and somebody else changes is asked about', async () => {
    const { world, id, referralId, amounts } = await shared();
    world.crm.edit(id, { Amount: 20_000 });
    await interrupt(world, 'partnerCenter');
    world.partnerCenter.edit(referralId, { amount: '30000' });
    world.crm.edit(id, { Amount: 10_000 });

    await world.run();

    expect(amounts()).toEqual([10_000, '30000']);
    expect((await world.open('conflict')).map(({ code }) => code)).toEqual(['unclear-update']);
  });

  it('an amount that somebody takes back in Partner Center is asked about, for it may never have arrived', async () => {
    const { world, id, referralId, amounts } = await shared();
    world.crm.edit(id, { Amount: 20_000 });
    await interrupt(world, 'partnerCenter');
    world.partnerCenter.edit(referralId, { amount: '10000' });

    await world.run();
    const [question] = await world.open('conflict');

    expect(amounts()).toEqual([20_000, '10000']);
    expect(question?.code).toBe('unclear-update');
    expect(question?.values.map(({ opportunity, referral }) => [opportunity, referral])).toEqual([
      ['20000', '10000'],
    ]);
    if (question === undefined) throw new TypeError('Nothing was asked.');
    await resolveConflict(
      { ledger: world.ledger, now: world.dependencies.now },
      question,
      null,
      'partnerCenter',
    );
    await world.run();
    expect(amounts()).toEqual([10_000, '10000']);
    expect(await world.open()).toEqual([]);
    const [link] = await world.ledger.links({});
    expect(link?.written).not.toHaveProperty('unclearSinceUpdate');
  });

  it('a row that a trigger rounded is taken as ours as the trigger left it', async () => {
    const { world, referralId, amounts } = await shared();
    world.crm.trigger = (values) => ({
      ...values,
      Amount: Math.round(Number(values.Amount) / 1000) * 1000,
    });
    world.partnerCenter.edit(referralId, { amount: '20400' });
    await interrupt(world, 'crm');
    world.partnerCenter.edit(referralId, { amount: '10000' });

    await world.run();

    expect(amounts()).toEqual([10_000, '10000']);
  });

  it('the next run leaves nothing open and writes nothing more', async () => {
    const { world, id, referralId } = await shared();
    world.crm.edit(id, { Amount: 20_000 });
    world.partnerCenter.edit(referralId, { notes: 'From the portal' });
    await interrupt(world, 'partnerCenter');
    await world.run();
    const { writes } = world.partnerCenter.calls;

    const report = await world.run();

    expect([report.outcome, world.partnerCenter.calls.writes]).toEqual(['clean', writes]);
    expect(await world.ledger.intents()).toEqual([]);
  });
});

it.each(['crm', 'partnerCenter'] as const)(
  'a write to %s that was never sent is decided anew from what both sides hold',
  async (side) => {
    const { world, id, referralId, amounts } = await shared();
    if (side === 'partnerCenter') world.crm.edit(id, { Amount: 20_000 });
    else world.partnerCenter.edit(referralId, { amount: '20000' });
    await dieBeforeWrite(world, side);
    expect(await world.ledger.intents()).toHaveLength(1);

    const report = await world.run();

    expect(amounts()).toEqual([20_000, '20000']);
    expect(report.outcome).toBe('clean');
    expect(await world.ledger.intents()).toEqual([]);
  },
);

it('a stage that is set back after its deal was closed unheard is told, and never taken for a win', async () => {
  const { world, id, referralId } = await shared();
  world.partnerCenter.edit(referralId, { state: 'Accepted' });
  await world.run();
  const stage = world.crm.row(id).values.StageName ?? null;
  world.crm.edit(id, { StageName: 'Closed Won' });
  await dieAfterWrite(world, 'partnerCenter');
  expect(world.partnerCenter.referrals.get(referralId)?.deal.state).toBe('Won');
  world.crm.edit(id, { StageName: stage });

  await world.run();

  expect(world.crm.row(id).values.StageName).toBe(stage);
  expect(await world.open()).not.toEqual([]);
});

it('one referral that cannot be read after a cut-off write waits alone', async () => {
  const { world, id, referralId, amounts } = await shared();
  const other = world.crm.add({ Amount: 5_000 });
  await world.run();
  world.crm.edit(id, { Amount: 20_000 });
  await dieAfterWrite(world, 'partnerCenter');
  world.crm.edit(id, { Amount: 10_000 });
  world.crm.edit(other, { Amount: 6_000 });
  const { find, changes } = world.partnerCenter;
  // Its list lags, so only a direct look can tell.
  world.partnerCenter.changes = async (...given) => ({ ...(await changes(...given)), referrals: [] });
  world.partnerCenter.find = (wanted, options) =>
    wanted === referralId
      ? Promise.reject(
          new RemoteError('The answer is not to be read.', { code: 'rejected', system: 'partnerCenter' }),
        )
      : find(wanted, options);

  const waiting = await world.run();
  Object.assign(world.partnerCenter, { find, changes });
  const done = await world.run();

  expect(world.partnerCenter.tagged(other)[0]?.deal.amount).toBe('6000');
  expect(waiting.stopped).toMatch(/^1 deal had to be passed over: /);
  expect(amounts()).toEqual([10_000, '10000']);
  expect(done.outcome).toBe('clean');
});

describe('a referral that went out of sight after a cut-off write', () => {
  async function hiddenWhileCutOff() {
    const { world, id, referralId, amounts } = await shared();
    // A list that shows nothing at all would halt the run.
    world.crm.add();
    await world.run();
    world.crm.edit(id, { Amount: 20_000 });
    await dieAfterWrite(world, 'partnerCenter');
    world.partnerCenter.hidden.add(referralId);
    world.crm.edit(id, { Amount: 10_000 });
    await world.run();
    return { world, referralId, amounts, show: () => world.partnerCenter.hidden.delete(referralId) };
  }

  it('is judged when it comes back', async () => {
    const { world, amounts, show } = await hiddenWhileCutOff();
    show();

    await world.run({ full: true });

    expect(amounts()).toEqual([10_000, '10000']);
  });

  it('is judged when it comes back after it was given up, and keeps no run from being clean until then', async () => {
    const { world, amounts, show } = await hiddenWhileCutOff();
    await world.run({ full: true });
    await world.run({ full: true });
    const { reads } = world.partnerCenter.calls;
    const quiet = await world.run();
    expect(quiet.outcome).toBe('clean');
    expect(world.partnerCenter.calls.reads).toBe(reads + 1);
    show();

    await world.run({ full: true });

    expect(amounts()).toEqual([10_000, '10000']);
    expect(await world.ledger.intents()).toEqual([]);
  });

  it('is settled by a look where its opportunity was deleted meanwhile', async () => {
    const { world, referralId, show } = await hiddenWhileCutOff();
    const [link] = (await world.ledger.links({})).filter((one) => one.referralId === referralId);
    if (link === undefined) throw new TypeError('The pair is gone.');
    world.crm.remove(link.opportunityId);
    await world.run();
    await world.run();
    show();
    // Its list lags, so only a direct look can tell.
    const { changes } = world.partnerCenter;
    world.partnerCenter.changes = async (...given) => ({ ...(await changes(...given)), referrals: [] });

    await world.run();

    expect((await world.ledger.linksByReferral([referralId])).get(referralId)?.status).toBe(
      'opportunity-deleted',
    );
    expect(await world.ledger.intents()).toEqual([]);
  });
});
