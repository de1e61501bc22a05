/** What an opportunity was told and nobody was there to hear: it may stand there, although it is no longer so. */
import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { dieAfterWrite, dieBeforeWrite, loseAnswer } from '../../support/cut-off.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { REGISTRABLE, registering } from '../../support/registration.ts';
import { createWorld, type World } from '../../support/world.ts';

const TOLD = { Audit__c: null, Referral_Status__c: null };

async function shared() {
  const world = createWorld();
  const id = world.crm.add({ ...TOLD });
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  return { world, id, referralId };
}

async function registered() {
  const world = createWorld({ mapping: registering(), now: '2026-11-10T12:00:00.000Z' });
  const id = world.crm.add({ ...TOLD, ...REGISTRABLE, StageName: 'Prospecting', CloseDate: '2026-12-31' });
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  world.pass(10 * 24 * 60);
  world.crm.edit(id, { StageName: 'Closed Won' });
  await world.run();
  expect(world.crm.row(id).values.Registration_Status__c).toBe('ReviewPending');
  return { world, id, referralId };
}

const withoutTime = (text: unknown): string => String(text).replace(/^.*? UTC - /u, '');

async function expectSilence(world: World): Promise<void> {
  const before = world.crm.calls.writes;
  const report = await world.run();

  expect([report.outcome, world.crm.calls.writes]).toEqual(['clean', before]);
}

describe.each([
  ['the process died', dieAfterWrite],
  ['no answer came', loseAnswer],
] as const)('when an opportunity was told something and %s', (_how, interrupt) => {
  it('a status that is as it was before is told again', async () => {
    const { world, id, referralId } = await shared();
    const before = world.crm.row(id).values.Referral_Status__c;
    world.partnerCenter.edit(referralId, { visibleToMicrosoft: true });
    await interrupt(world, 'crm');
    expect(world.crm.row(id).values.Referral_Status__c).not.toBe(before);
    world.partnerCenter.edit(referralId, { visibleToMicrosoft: false });

    await world.run();

    expect(world.crm.row(id).values.Referral_Status__c).toBe(before);
    await expectSilence(world);
  });

  it('an opportunity that cannot be shared is told again what it still lacks', async () => {
    const world = createWorld();
    const id = world.crm.add({ ...TOLD, Amount: null });
    await world.run();
    const before = world.crm.row(id).values.Audit__c;
    world.crm.edit(id, { CloseDate: null });
    world.pass(1);
    await interrupt(world, 'crm');
    expect(withoutTime(world.crm.row(id).values.Audit__c)).not.toBe(withoutTime(before));
    world.crm.edit(id, { CloseDate: '2027-01-31' });

    await world.run();

    expect(withoutTime(world.crm.row(id).values.Audit__c)).toBe(withoutTime(before));
  });

  it('the state of a registration that is as it was before is told again', async () => {
    const { world, id, referralId } = await registered();
    world.partnerCenter.review(referralId, 'ActionRequired');
    await interrupt(world, 'crm');
    expect(world.crm.row(id).values.Registration_Status__c).toBe('ActionRequired');
    world.partnerCenter.review(referralId, 'ReviewPending');

    await world.run();

    expect(world.crm.row(id).values.Registration_Status__c).toBe('ReviewPending');
  });

  it('the same is told once more, and no more than once', async () => {
    const { world, id, referralId } = await shared();
    world.partnerCenter.edit(referralId, { visibleToMicrosoft: true });
    await interrupt(world, 'crm');

    await world.run();

    expect(world.crm.row(id).values.Referral_Status__c).toContain('partner-led');
    await expectSilence(world);
  });
});

it('a status that was never sent is told as it is by then', async () => {
  const { world, id, referralId } = await shared();
  const before = world.crm.row(id).values.Referral_Status__c;
  world.partnerCenter.edit(referralId, { visibleToMicrosoft: true });
  await dieBeforeWrite(world, 'crm');
  world.partnerCenter.edit(referralId, { visibleToMicrosoft: false });

  await world.run();

  expect(world.crm.row(id).values.Referral_Status__c).toBe(before);
  await expectSilence(world);
});

it.each([
  ['is not told again once it lacks what it was told to lack', { CloseDate: '2027-01-31' }, 0],
  ['is told the rest as soon as it may be', { Audit__c: null }, 1],
] as const)('an opportunity of which a note was refused %s', async (_what, values, writes) => {
  const world = createWorld();
  const id = world.crm.add({ ...TOLD, Amount: null });
  await world.run();
  world.crm.edit(id, { CloseDate: null });
  world.pass(1);
  world.crm.onWrite = () => {
    world.crm.onWrite = null;
    throw new RemoteError('A rule refuses it.', { code: 'rejected', system: 'crm' });
  };
  await world.run();
  const before = world.crm.calls.writes;
  world.crm.edit(id, values);

  await world.run();

  expect(world.crm.calls.writes - before).toBe(writes);
});
