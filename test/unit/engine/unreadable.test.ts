import { expect, it } from 'vitest';
import { createWorld } from '../../support/world.ts';

it('a row of the referral list without a usable id is told of: no run calls itself clean over it', async () => {
  const world = createWorld();
  const { changes } = world.partnerCenter;
  Object.assign(world.partnerCenter, {
    changes: async (...given: Parameters<typeof changes>) => ({
      ...(await changes.apply(world.partnerCenter, given)),
      unreadable: 2,
    }),
  });

  const report = await world.run();

  expect(report.outcome).toBe('attention');
  expect(await world.open('parked')).toMatchObject([
    { code: 'unreadable-referrals', message: expect.stringContaining('2 rows') },
  ]);
});
