/** A plan beside a deal that Partner Center fails to show. */
import { expect, it } from 'vitest';
import { plan } from '../../../src/cli/plan.ts';
import { REFERRAL } from '../../support/builders.ts';
import { poison } from '../../support/poison.ts';
import { createWorld } from '../../support/world.ts';
import { createFake } from './fake-services.ts';

it('says which deal it could not look at, beside what else it would do', async () => {
  const world = createWorld();
  world.crm.add({ [world.mapping.tag.referralId]: REFERRAL });
  world.crm.add();
  poison(world.partnerCenter, [REFERRAL]);
  const { services, terminal } = createFake({ world, json: true });

  expect(await plan(services, { outFile: null, mappingFile: null })).toBe(4);

  expect(JSON.parse(terminal.output)).toMatchObject({
    plans: [{ actions: [{ type: 'create-referral' }] }],
    errors: [
      {
        exitCode: 4,
        message: `1 deal had to be passed over: Partner Center failed at ${REFERRAL}. Plan again later.`,
      },
    ],
  });
});
