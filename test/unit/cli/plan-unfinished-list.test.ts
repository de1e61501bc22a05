/** A plan made before Partner Center's list of deals was read to its end. */
import { expect, it } from 'vitest';
import { plan } from '../../../src/cli/plan.ts';
import { sync } from '../../../src/cli/sync.ts';
import { createWorld } from '../../support/world.ts';
import { createFake } from './fake-services.ts';

const WHY =
  "Partner Center's list of deals could not be read to its end yet, so 2 opportunities are not shared: the deal may be there already. A run goes on reading; plan again after it.";

/** Two opportunities to be shared, and a list that ends early. */
function cutOff(json: boolean) {
  const world = createWorld();
  world.crm.add();
  world.crm.add();
  const { changes } = world.partnerCenter;
  world.partnerCenter.changes = async (...given) => ({ ...(await changes(...given)), complete: false });
  const fake = createFake({ world, json });
  return {
    ...fake,
    mend: () => {
      world.partnerCenter.changes = changes;
    },
  };
}

const OPTIONS = { outFile: null, mappingFile: null };

it('says why it creates nothing, and is not called whole', async () => {
  const { services, terminal } = cutOff(false);

  expect(await plan(services, OPTIONS)).toBe(4);

  expect(terminal.output).toContain('nothing would be written.');
  expect(terminal.output.replaceAll(/\s+/g, ' ')).toContain(WHY);
});

it('says so in JSON, beside what else it would do', async () => {
  const { services, terminal } = cutOff(true);

  expect(await plan(services, OPTIONS)).toBe(4);

  expect(JSON.parse(terminal.output)).toMatchObject({
    plans: [{ connection: 'contoso', actions: [] }],
    errors: [{ connection: 'contoso', exitCode: 4, message: WHY }],
  });
});

it('ends with the code that a run would end with', async () => {
  const { services } = cutOff(true);

  const ofPlan = await plan(services, OPTIONS);

  expect(ofPlan).toBe(await sync(services, { full: false, planFile: null }));
});

it('is whole once the list was read', async () => {
  const { services, terminal, mend } = cutOff(true);
  mend();

  expect(await plan(services, OPTIONS)).toBe(0);

  const document: unknown = JSON.parse(terminal.output);
  expect(document).toMatchObject({
    plans: [{ actions: [{ type: 'create-referral' }, { type: 'create-referral' }] }],
  });
  expect(document).not.toHaveProperty('errors');
});
