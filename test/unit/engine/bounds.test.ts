/** What never settles delays nobody: attempts for one pair are bounded, and the others go on. */
import { expect, it } from 'vitest';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld } from '../../support/world.ts';

it('a deal that somebody changes before each of our writes is left alone after five, told of, and done later', async () => {
  const world = createWorld();
  const [busy, calm] = [world.crm.add(), world.crm.add()];
  await world.run();
  const [busyDeal, calmDeal] = [busy, calm].map((id) => tagOf(world.crm, world.mapping, id));
  if (busyDeal === undefined || busyDeal === null || calmDeal === undefined || calmDeal === null)
    throw new TypeError('The opportunities were not shared.');
  for (const id of [busy, calm]) world.crm.edit(id, { Amount: 77_000 });
  let attempts = 0;
  world.partnerCenter.onWrite = () => {
    attempts += 1;
    world.partnerCenter.edit(busyDeal, { notes: `Typing … ${attempts}` });
  };

  const report = await world.run();
  world.partnerCenter.onWrite = null;

  const parked = await world.ledger.attention({ state: 'open', kind: 'parked' });
  expect(parked.map(({ opportunityId }) => opportunityId)).toEqual([busy]);
  expect(parked[0]?.message).toContain('kept changing while it was written to');
  expect(report.outcome).toBe('attention');
  // Five for the busy one, one for the other.
  expect(attempts).toBe(6);
  expect(world.partnerCenter.tagged(calm)[0]?.deal.amount).toBe('77000');

  world.pass(60 * 24);
  await world.run();
  expect(world.partnerCenter.tagged(busy)[0]?.deal.amount).toBe('77000');
  expect(await world.ledger.attention({ state: 'open', kind: 'parked' })).toEqual([]);
});
