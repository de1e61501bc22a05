import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/core/config-types.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import type { CrmValue } from '../../../src/core/ports.ts';
import { SELLER } from '../../support/builders.ts';
import { tagOf } from '../../support/fake-crm.ts';
import { REGISTRABLE, registering } from '../../support/registration.ts';
import { createWorld, type World } from '../../support/world.ts';

const STATUS = 'Registration_Status__c';

/** A partner-led deal, shared on the 10th and won on the 20th of November 2026, and what its seller then says. */
async function won(values: Readonly<Record<string, CrmValue>> = {}, policy: Partial<Policy> = {}) {
  const world = createWorld({ mapping: registering(), now: '2026-11-10T12:00:00.000Z', policy });
  const id = world.crm.add({
    ...REGISTRABLE,
    StageName: 'Prospecting',
    Register_Deal__c: false,
    Audit__c: null,
    CloseDate: '2026-12-31',
  });
  await world.run();
  const referralId = tagOf(world.crm, world.mapping, id);
  if (referralId === null) throw new TypeError('The opportunity was not shared.');
  world.pass(10 * 24 * 60);
  world.crm.edit(id, { StageName: 'Closed Won', Register_Deal__c: true, ...values });
  return { world, id, referralId };
}

const writesOf = (world: World) => world.crm.calls.writes + world.partnerCenter.calls.writes;

async function expectSilence(world: World): Promise<void> {
  const writes = writesOf(world);
  await world.run();

  expect(writesOf(world)).toBe(writes);
  expect(world.partnerCenter.illegal).toEqual([]);
}

describe('registering a won deal', () => {
  it('closes and registers it, once, and carries the review back', async () => {
    const { world, id, referralId } = await won();

    const report = await world.run();

    expect(report.outcome).toBe('clean');
    expect(world.partnerCenter.one(referralId)).toMatchObject({
      deal: { state: 'Won' },
      registrations: [
        { status: 'ReviewPending', values: { signDate: '2026-11-18', contractValue: '84000' } },
      ],
    });
    expect(world.crm.row(id).values[STATUS]).toBe('ReviewPending');
    await expectSilence(world);
  });

  it('leaves a trace of every value that was sent', async () => {
    const { world, id } = await won();

    await world.run();

    const entries = await world.ledger.history({ opportunityId: id }, 'registration.signDate');
    expect(entries).toMatchObject([{ who: 'crm', to: 'partnerCenter', from: null, value: '2026-11-18' }]);
    expect(entries[0]?.requestId).not.toBeNull();
  });

  it('sends nothing without an explicit yes', async () => {
    const { world, referralId } = await won({ Register_Deal__c: false });

    const report = await world.run();

    expect(report.outcome).toBe('clean');
    expect(world.partnerCenter.one(referralId).registrations).toBeUndefined();
    await expectSilence(world);
  });

  it('parks a deal that does not qualify, and registers it once it is corrected', async () => {
    const { world, id, referralId } = await won({
      Contract_Signed__c: null,
      Contract_Start__c: '2026-01-01',
    });

    const first = await world.run();
    const items = await world.open('parked');
    world.crm.edit(id, { Contract_Signed__c: '2026-11-19', Contract_Start__c: '2026-11-19' });
    const second = await world.run();

    expect(first.outcome).toBe('attention');
    expect(items).toMatchObject([{ code: 'registration-not-eligible', opportunityId: id }]);
    expect(items[0]?.message).toContain('Contract_Signed__c');
    expect(second.outcome).toBe('clean');
    expect(await world.open('parked')).toEqual([]);
    expect(world.partnerCenter.one(referralId).registrationStatus).toBe('ReviewPending');
  });

  it('tells the CRM how it went also when an edit from Partner Center arrives with it', async () => {
    const { world, id, referralId } = await won({ Contract_Signed__c: null });
    await world.run();
    world.crm.edit(id, { Contract_Signed__c: '2026-11-19' });
    world.partnerCenter.edit(referralId, { notes: 'Closed by Microsoft.' });

    const report = await world.run();

    expect(report).toMatchObject({
      outcome: 'clean',
      wrote: { opportunitiesUpdated: 1, referralsUpdated: 1 },
    });
    expect(world.crm.row(id).values).toMatchObject({
      Description: 'Closed by Microsoft.',
      [STATUS]: 'ReviewPending',
      Audit__c: expect.stringContaining('In agreement'),
    });
    await expectSilence(world);
  });

  it('knows when Microsoft was invited, and takes no signature from before', async () => {
    const world = createWorld({ mapping: registering(), now: '2026-11-10T12:00:00.000Z' });
    const id = world.crm.add(
      {
        ...REGISTRABLE,
        StageName: 'Prospecting',
        Register_Deal__c: false,
        Contract_Signed__c: '2026-11-11',
        Customer_Consent__c: true,
      },
      { people: { owner: [SELLER], contactRoles: [{ ...SELLER, email: 'mia@fabrikam.example' }] } },
    );
    await world.run();
    world.pass(2 * 24 * 60);
    world.crm.edit(id, { How_can_Microsoft_help__c: 'General or Other' });
    await world.run();
    const sibling = [...world.partnerCenter.referrals.values()].find(({ isMicrosofts }) => isMicrosofts);
    if (sibling === undefined) throw new TypeError('Microsoft was not invited.');
    world.partnerCenter.edit(sibling.id, { state: 'Accepted' });
    // A deal to be registered is not won before it has been open for 72 hours.
    world.pass(25 * 60);
    world.crm.edit(id, { StageName: 'Closed Won', Register_Deal__c: true, Contract_Start__c: '2026-11-12' });

    await world.run();
    const [item] = await world.open('parked');
    world.crm.edit(id, { Contract_Signed__c: '2026-11-12' });
    const report = await world.run();

    expect(item?.message).toContain('before Microsoft was invited (2026-11-12)');
    expect(report).toMatchObject({ outcome: 'clean', wrote: { referralsUpdated: 1 } });
    expect(world.crm.row(id).values[STATUS]).toBe('ReviewPending');
    await expectSilence(world);
  });

  it('waits for approval where the policy says so', async () => {
    const { world, referralId } = await won({}, { approvals: ['register'] });

    const report = await world.run();

    expect(report.attention.approvals).toBe(1);
    expect(await world.open('approval')).toMatchObject([{ code: 'register-deal', referralId }]);
    expect(world.partnerCenter.one(referralId)).toMatchObject({
      deal: { state: 'Won' },
      registrationStatus: null,
    });
  });

  it('counts against the limit of writes', async () => {
    const { world, referralId } = await won({}, { maxWritesPerRun: 1 });

    const reports = [await world.run(), await world.run()];

    expect(reports.map(({ outcome }) => outcome)).toEqual(['incomplete', 'clean']);
    expect(world.partnerCenter.one(referralId).registrationStatus).toBe('ReviewPending');
  });

  it('does not register twice when the answer never came', async () => {
    const { world, id, referralId } = await won({ Register_Deal__c: false });
    await world.run();
    world.crm.edit(id, { Register_Deal__c: true });
    let lost = 0;
    world.partnerCenter.afterWrite = () => {
      lost += 1;
      if (lost === 1)
        throw new RemoteError('No answer came.', {
          code: 'unavailable',
          system: 'partnerCenter',
          outcomeUnknown: true,
        });
    };

    const first = await world.run();
    const second = await world.run();

    expect([first.outcome, second.outcome]).toEqual(['incomplete', 'clean']);
    expect(world.partnerCenter.one(referralId).registrations).toHaveLength(1);
    expect(world.crm.row(id).values[STATUS]).toBe('ReviewPending');
    await expectSilence(world);
  });

  it('does not register what somebody registered in Partner Center a moment before', async () => {
    const { world, referralId } = await won({ Register_Deal__c: false });
    await world.run();
    const [id] = world.crm.rows.keys();
    if (id === undefined) throw new TypeError('There is no opportunity.');
    world.crm.edit(id, { Register_Deal__c: true });
    const { partnerCenter } = world;
    const find = partnerCenter.find.bind(partnerCenter);
    partnerCenter.find = (asked, options) => {
      partnerCenter.edit(
        referralId,
        {},
        {
          registrationStatus: 'ReviewPending',
          registrations: [{ status: 'ReviewPending', statusReason: null, values: {} }],
        },
      );
      partnerCenter.find = find;
      return find(asked, options);
    };
    const writes = partnerCenter.calls.writes;

    const report = await world.run();

    expect(report.outcome).toBe('clean');
    expect(partnerCenter.calls.writes).toBe(writes);
    expect(world.crm.row(id).values[STATUS]).toBe('ReviewPending');
    await expectSilence(world);
  });

  it('parks a registration that Partner Center refuses', async () => {
    const { world, id, referralId } = await won({ Register_Deal__c: false });
    await world.run();
    world.crm.edit(id, { Register_Deal__c: true });
    world.partnerCenter.onWrite = () => {
      throw new RemoteError('The customer is not managed.', {
        code: 'rejected',
        system: 'partnerCenter',
        status: 400,
      });
    };

    const report = await world.run();

    expect(report.outcome).toBe('attention');
    expect(await world.open('parked')).toMatchObject([{ code: 'rejected', opportunityId: id, referralId }]);
  });
});

describe("Microsoft's review", () => {
  async function registered() {
    const made = await won();
    await made.world.run();
    return made;
  }

  it.each(['Approved', 'Passed', 'Closed'])('%s ends in the CRM column and in silence', async (status) => {
    const { world, id, referralId } = await registered();
    world.partnerCenter.review(referralId, status);

    const report = await world.run();

    expect(report.outcome).toBe('clean');
    expect(report.wrote).toMatchObject({ opportunitiesUpdated: 0, referralsUpdated: 0 });
    expect(world.crm.row(id).values[STATUS]).toBe(status);
    expect(await world.open()).toEqual([]);
    await expectSilence(world);
  });

  it('that fails is a notice with the reason', async () => {
    const { world, id, referralId } = await registered();
    world.partnerCenter.review(referralId, 'Failed', 'Not an Azure deal.');

    await world.run();

    expect(world.crm.row(id).values[STATUS]).toBe('Failed');
    expect(await world.open('notice')).toMatchObject([{ code: 'registration-failed' }]);
  });

  it('that wants a correction asks for it, sends it, and ends with approval', async () => {
    const { world, id, referralId } = await registered();
    world.partnerCenter.review(referralId, 'ActionRequired', 'The signature is on the 17th.');

    const asked = await world.run();
    const items = await world.open('parked');
    world.crm.edit(id, { Contract_Signed__c: '2026-11-17', Pricing_Model__c: 'Pay as you go' });
    const corrected = await world.run();
    const held = world.partnerCenter.one(referralId);
    const status = world.crm.row(id).values[STATUS];
    world.partnerCenter.review(referralId, 'Approved');
    const approved = await world.run();

    expect(asked.outcome).toBe('attention');
    expect(items).toMatchObject([{ code: 'registration-action-required' }]);
    expect(items[0]?.message).toContain('The signature is on the 17th');
    expect(corrected).toMatchObject({ outcome: 'clean', wrote: { referralsUpdated: 1 } });
    expect(held.registrations).toMatchObject([
      { status: 'ReviewPending', values: { signDate: '2026-11-17', pricingModel: 'PayAsYouGo' } },
    ]);
    expect(status).toBe('ReviewPending');
    expect(approved.outcome).toBe('clean');
    expect(world.crm.row(id).values[STATUS]).toBe('Approved');
    expect(await world.open()).toEqual([]);
    await expectSilence(world);
  });

  it('that somebody answered in Partner Center is not answered again, and the next one is', async () => {
    const { world, id, referralId } = await registered();
    const { partnerCenter } = world;
    // The list shows only the state of the review, and shows it late.
    const { registrations = [], ...listed } = partnerCenter.one(referralId);
    const corrected = registrations.map((entry) => ({
      ...entry,
      values: { ...entry.values, term: 'Perpetual' },
    }));
    partnerCenter.edit(
      referralId,
      {},
      { ...listed, registrationStatus: 'ActionRequired', registrations: [] },
    );
    const find = partnerCenter.find.bind(partnerCenter);
    partnerCenter.find = (asked, options) => {
      partnerCenter.edit(referralId, {}, { registrationStatus: 'ReviewPending', registrations: corrected });
      partnerCenter.find = find;
      return find(asked, options);
    };
    world.crm.edit(id, { Contract_Signed__c: '2026-11-17' });
    const writes = partnerCenter.calls.writes;

    await world.run();
    const between = partnerCenter.calls.writes;
    partnerCenter.review(referralId, 'ActionRequired');
    await world.run();

    expect(between).toBe(writes);
    expect(partnerCenter.one(referralId).registrations?.[0]?.values).toMatchObject({
      signDate: '2026-11-17',
      term: 'Finite',
    });
    await expectSilence(world);
  });

  it('that moves while a correction is sent is read again', async () => {
    const { world, id, referralId } = await registered();
    world.partnerCenter.review(referralId, 'ActionRequired');
    await world.run();
    world.crm.edit(id, { Contract_Signed__c: '2026-11-17' });
    let moved = false;
    world.partnerCenter.onWrite = () => {
      if (!moved) world.partnerCenter.edit(referralId, {});
      moved = true;
    };

    const report = await world.run();

    expect(report.outcome).toBe('clean');
    expect(world.partnerCenter.one(referralId).registrations?.[0]?.values.signDate).toBe('2026-11-17');
    await expectSilence(world);
  });

  it.each([
    ['leaves alone what the column says already', 'Approved', 0],
    ['is told to a column that says something else', 'Sent', 1],
  ])('of a deal from before the state was lost %s', async (_what, held, writes) => {
    const { world, id, referralId } = await registered();
    world.partnerCenter.review(referralId, 'Approved');
    await world.run();
    world.crm.edit(id, { [STATUS]: held });
    const before = world.crm.calls.writes;
    world.loseState();

    await world.run({ full: true });
    await world.run();

    expect(world.crm.row(id).values[STATUS]).toBe('Approved');
    expect(world.crm.calls.writes - before).toBe(writes);
  });

  it('is told once to a column that the CRM words otherwise', async () => {
    const { world, id, referralId } = await registered();
    world.crm.trigger = (values) => ({ ...values, [STATUS]: `Review: ${String(values[STATUS])}` });
    world.partnerCenter.review(referralId, 'Approved');

    await world.run();

    expect(world.crm.row(id).values[STATUS]).toBe('Review: Approved');
    await expectSilence(world);
  });

  it('of a deal that Microsoft registered by itself is carried back too', async () => {
    const { world, id, referralId } = await won({ Register_Deal__c: false });
    await world.run();
    world.partnerCenter.review(referralId, 'ActionRequired');
    world.crm.edit(id, { Register_Deal__c: true });

    await world.run();
    await world.run();

    expect(world.crm.row(id).values[STATUS]).toBe('ActionRequired');
    await expectSilence(world);
  });
});
