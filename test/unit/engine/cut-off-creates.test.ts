/** A create whose outcome nobody was there to hear: what people change of either record before it is found is theirs. */
import { describe, expect, it } from 'vitest';
import { dieAfterWrite, loseAnswer } from '../../support/cut-off.ts';
import { createWorld } from '../../support/world.ts';

describe.each([
  ['the process died', dieAfterWrite],
  ['no answer came', loseAnswer],
] as const)('when a record was made and %s', (_how, interrupt) => {
  it('what the seller changes meanwhile is an edit of theirs', async () => {
    const world = createWorld();
    const id = world.crm.add({ Amount: 10_000 });
    await interrupt(world, 'partnerCenter');
    world.crm.edit(id, { Amount: 20_000 });

    await world.run();
    await world.run();

    expect(world.partnerCenter.tagged(id).map(({ deal }) => deal.amount)).toEqual(['20000']);
    expect(await world.open()).toEqual([]);
  });

  it('what somebody changes in Partner Center meanwhile is an edit of theirs', async () => {
    const world = createWorld();
    const id = world.crm.add({ Amount: 10_000 });
    await interrupt(world, 'partnerCenter');
    const [made] = world.partnerCenter.tagged(id);
    world.partnerCenter.edit(made?.id as never, { amount: '30000' });

    await world.run();
    await world.run();

    expect(world.crm.row(id).values.Amount).toBe(30_000);
    expect(await world.open()).toEqual([]);
  });

  it('what is changed of a received deal and of its opportunity meanwhile are edits of theirs', async () => {
    const world = createWorld();
    const referralId = world.partnerCenter.receive({ amount: '30000', notes: 'As received' });
    await interrupt(world, 'crm');
    const [row] = [...world.crm.rows.values()];
    world.crm.edit(row?.id as never, { Amount: 40_000 });
    world.partnerCenter.edit(referralId, { notes: 'Changed there', state: 'Accepted' });

    await world.run();
    await world.run();

    const [opportunity] = [...world.crm.rows.values()];
    expect([opportunity?.values.Amount, opportunity?.values.Description]).toEqual([40_000, 'Changed there']);
    expect(world.partnerCenter.referrals.get(referralId)?.deal.amount).toBe('40000');
    const asked = (await world.open('conflict')).flatMap(({ fields }) => fields);
    expect(asked).not.toContain('amount');
    expect(asked).not.toContain('notes');
  });
});

it('what an owner edits between the creation of an opportunity and its reading back is an edit of theirs', async () => {
  const world = createWorld();
  const referralId = world.partnerCenter.receive({ notes: 'As received' });
  const { create } = world.crm;
  world.crm.create = async (...given) => {
    const outcomes = await create(...given);
    for (const row of world.crm.rows.keys()) world.crm.edit(row, { Description: 'Spoke to them' });
    return outcomes.map((outcome) => (outcome.ok ? { ...outcome, record: null } : outcome));
  };
  await world.run();
  world.crm.create = create;
  world.partnerCenter.edit(referralId, { state: 'Accepted' });

  await world.run();
  await world.run();

  expect(world.partnerCenter.one(referralId).deal.notes).toBe('Spoke to them');
  expect([...world.crm.rows.values()].map(({ values }) => values.Description)).toEqual(['Spoke to them']);
});
