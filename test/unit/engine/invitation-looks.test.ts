/** More unanswered invitations than one run looks at: each is looked at in the end. */
import { expect, it } from 'vitest';
import { SELLER } from '../../support/builders.ts';
import { createWorld } from '../../support/world.ts';

/** One run looks at this many. */
const LOOKS = 50;
const HALF_A_DAY = 12 * 60;

/** Co-sell deals of ours that Microsoft was invited to and has not answered. */
async function invitations(count: number, listShowsThem: boolean) {
  const world = createWorld();
  world.partnerCenter.feedHidesSiblings = !listShowsThem;
  for (let made = 0; made < count; made += 1)
    world.crm.add(
      {
        How_can_Microsoft_help__c: 'General or other',
        Customer_Consent__c: true,
        Visible_to_Microsoft__c: true,
      },
      { people: { owner: [SELLER], contactRoles: [{ ...SELLER, email: 'pat@customer.example' }] } },
    );
  for (let round = 0; round < 3; round += 1) await world.run();
  const siblings = [...world.partnerCenter.referrals.values()].filter(({ isMicrosofts }) => isMicrosofts);
  expect(siblings).toHaveLength(count);
  const looked = new Set<string>();
  const { listEngagement } = world.partnerCenter;
  world.partnerCenter.listEngagement = (engagementId, options) => {
    looked.add(engagementId);
    return listEngagement(engagementId, options);
  };
  /** How many were looked at so far, in a run that follows five minutes after the one before. */
  const afterRun = async (full = false) => {
    await world.run({ full });
    world.pass(5);
    return looked.size;
  };
  return { world, siblings, afterRun, forget: () => looked.clear() };
}

it('those that a run has no looks left for are looked at by the next, before the first have their turn again', async () => {
  const { world, afterRun, forget } = await invitations(2 * LOOKS + 5, false);
  forget();
  world.pass(HALF_A_DAY);

  expect([await afterRun(), await afterRun(), await afterRun()]).toEqual([LOOKS, 2 * LOOKS, 2 * LOOKS + 5]);
  forget();
  expect(await afterRun()).toBe(0);
});

it('what a complete reading does not show is looked at by the runs after it, where one run does not suffice', async () => {
  const { world, siblings, afterRun, forget } = await invitations(LOOKS + 3, true);
  const unlisted = new Set<string>(siblings.slice(1).map(({ id }) => id));
  const { changes } = world.partnerCenter;
  world.partnerCenter.changes = (cursor, isKnown, options) =>
    changes(cursor, (id, version) => unlisted.has(id) || isKnown(id, version), options);
  forget();

  expect([await afterRun(true), await afterRun(), await afterRun()]).toEqual([LOOKS, LOOKS + 2, LOOKS + 2]);
  forget();
  expect(await afterRun()).toBe(0);
});
