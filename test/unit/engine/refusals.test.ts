import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { createWorld, type World } from '../../support/world.ts';

const WORDS = "The solution play 'FY25' is not part of the current taxonomy.";
const TOLD = { Audit__c: null, Referral_Status__c: null };
const DAY_MINUTES = 24 * 60;

function refuse(world: World): void {
  world.partnerCenter.onWrite = () => {
    throw new RemoteError(WORDS, { code: 'rejected', system: 'partnerCenter', status: 400 });
  };
}

describe('what Partner Center refuses', () => {
  it('is told to an opportunity that could not be shared, in its words, and tried again a day later', async () => {
    const world = createWorld();
    const id = world.crm.add(TOLD);
    refuse(world);
    await world.run();
    const attempts = world.partnerCenter.calls.writes;
    const told = world.crm.row(id).values;
    await world.run();
    const again = world.partnerCenter.calls.writes;
    world.partnerCenter.onWrite = null;
    world.pass(DAY_MINUTES + 1);

    const report = await world.run();

    expect(told).toMatchObject({
      Referral_Status__c: 'Not shared',
      Audit__c: expect.stringContaining(WORDS),
    });
    expect(again).toBe(attempts);
    expect(report.wrote.referralsCreated).toBe(1);
    expect(world.crm.row(id).values.Audit__c).toContain('Shared with Partner Center');
  });

  it('is told once, however often it is refused', async () => {
    const world = createWorld();
    world.crm.add();
    refuse(world);
    await world.run();
    const writes = world.crm.calls.writes;

    for (let day = 0; day < 2; day += 1) {
      world.pass(DAY_MINUTES + 1);
      await world.run();
    }

    expect(world.crm.calls.writes).toBe(writes);
  });

  it('of an edit is told to its opportunity too, and taken back once both sides agree', async () => {
    const world = createWorld();
    const id = world.crm.add(TOLD);
    await world.run();
    refuse(world);
    world.crm.edit(id, { Amount: 91_000 });
    await world.run();
    const told = world.crm.row(id).values.Audit__c;
    world.partnerCenter.onWrite = null;
    world.pass(DAY_MINUTES + 1);
    await world.run();

    const report = await world.run();

    expect(told).toContain(WORDS);
    expect(tagOf(world.crm, world.mapping, id)).not.toBeNull();
    expect(world.crm.row(id).values.Audit__c).toContain('In agreement with Partner Center.');
    expect(report.outcome).toBe('clean');
  });
});
