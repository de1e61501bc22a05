import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { HaltError } from '../../../src/engine/dependencies.ts';
import { planRun } from '../../../src/engine/run.ts';
import {
  type ConnectionPlan,
  type FreshPlan,
  readPlans,
  recordVersions,
  savePlans,
  toPlannedAction,
  verifyPlan,
} from '../../../src/engine/saved-plan.ts';
import { createWorld, type World } from '../../support/world.ts';

const never = new AbortController().signal;
let world: World;

beforeEach(async () => {
  world = createWorld();
  world.crm.add({ Name: 'First' });
  world.crm.add({ Name: 'Second' });
});

async function planAfresh(): Promise<FreshPlan> {
  const { lineage, serial } = await world.ledger.identity();
  const { actions } = await planRun(world.dependencies, { signal: never, stop: never, full: false });
  return {
    standing: { lineage, serial },
    mapping: 'mapping',
    records: await recordVersions(world.ledger, actions),
    actions,
  };
}

function toSaved({ standing, mapping, records, actions }: FreshPlan): ConnectionPlan {
  return {
    connection: 'contoso',
    madeFrom: { ...standing, mapping, records },
    actions: actions.map(toPlannedAction),
  };
}

describe('a saved plan', () => {
  it('is read as it was written', async () => {
    const saved = toSaved(await planAfresh());

    expect(readPlans(savePlans([saved]), 'plan.json')).toEqual([saved]);
  });

  it.each([
    ['a value', (text: string) => text.replace('84000', '85000')],
    ['a reason', (text: string) => text.replace('"irreversible": true', '"irreversible": false')],
    ['the state it was made from', (text: string) => text.replace(/"serial": \d+/, '"serial": 99')],
    ['its shape', (text: string) => text.replace('"plans": [', '"plans": [1, ')],
  ])('is refused when %s was altered', async (_what, alter) => {
    const text = savePlans([toSaved(await planAfresh())]);

    expect(alter(text)).not.toBe(text);
    expect(() => readPlans(alter(text), 'plan.json')).toThrow(HaltError);
  });

  it.each(['', '{', '[]', '{"runs": []}'])('is no plan when the file holds %j', (text) => {
    expect(() => readPlans(text, 'plan.json')).toThrow(ConfigurationError);
  });

  it('permits exactly its actions while nothing has moved', async () => {
    const fresh = await planAfresh();
    const saved = toSaved(fresh);

    const permitted = verifyPlan({ ...saved, actions: saved.actions.slice(0, 1) }, fresh);

    expect(permitted.size).toBe(1);
    expect(verifyPlan(saved, fresh).size).toBe(2);
  });

  it('survives the file: values that JSON cannot tell apart are the same', async () => {
    const fresh = await planAfresh();
    const [read] = readPlans(savePlans([toSaved(fresh)]), 'plan.json');

    expect(read === undefined ? null : verifyPlan(read, fresh).size).toBe(2);
  });

  it('is refused when the state has moved', async () => {
    const fresh = await planAfresh();
    const saved = toSaved(fresh);

    expect(() =>
      verifyPlan(saved, { ...fresh, standing: { ...fresh.standing, serial: fresh.standing.serial + 1 } }),
    ).toThrow(/state has moved/);
    expect(() => verifyPlan(saved, { ...fresh, standing: { ...fresh.standing, lineage: null } })).toThrow(
      /state is another one/,
    );
    expect(() => verifyPlan(saved, { ...fresh, mapping: 'other' })).toThrow(/mapping/);
  });

  it('is refused when a record named in it has moved, and names it', async () => {
    const fresh = await planAfresh();
    const saved = toSaved(fresh);
    const [id] = world.crm.rows.keys();
    if (id === undefined) throw new Error('There is no row.');
    world.crm.edit(id, { Amount: 1 });

    const after = await planAfresh();

    expect(() => verifyPlan(saved, { ...after, standing: fresh.standing })).toThrow(
      new RegExp(`${id} changed since`),
    );
  });

  it('is refused when an action would not be done the same way now', async () => {
    const fresh = await planAfresh();
    const saved = toSaved(fresh);

    expect(() => verifyPlan(saved, { ...fresh, actions: fresh.actions.slice(1) })).toThrow(
      /create-referral of 006.*would not be done/,
    );
  });
});
