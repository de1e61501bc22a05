/** A list of deals that ends before it is complete: what it does not show may be there. */
import { expect, it } from 'vitest';
import { createWorld, type World } from '../../support/world.ts';

/** The list of deals shows nothing, and says that it is not all. */
function cutOff(world: World): () => void {
  const { changes } = world.partnerCenter;
  world.partnerCenter.changes = async (...given) => ({
    ...(await changes(...given)),
    referrals: [],
    complete: false,
  });
  return () => {
    world.partnerCenter.changes = changes;
  };
}

it('no deal is created until the list was read to its end once, also where only the deal names the opportunity', async () => {
  const world = createWorld();
  const id = world.crm.add();
  await world.run();
  world.crm.edit(id, { [world.mapping.tag.referralId]: null });
  world.loseState();
  const mend = cutOff(world);

  const report = await world.run();

  expect(world.partnerCenter.referrals.size).toBe(1);
  expect(report.outcome).toBe('incomplete');
  expect(report.stopped).toBe(
    "Partner Center's list of deals could not be read to its end yet, so 1 opportunity was not shared: the deal may be there already. The next run goes on.",
  );
  mend();
  await world.run();
  expect(world.partnerCenter.referrals.size).toBe(1);
  expect(await world.ledger.links({})).toMatchObject([{ opportunityId: id, status: 'active' }]);
});

it('deals are created as ever where a later reading is cut off', async () => {
  const world = createWorld();
  await world.run();
  world.crm.add();
  world.crm.add();
  cutOff(world);

  const report = await world.run();

  expect(report.outcome).toBe('clean');
  expect(world.partnerCenter.referrals.size).toBe(2);
});
