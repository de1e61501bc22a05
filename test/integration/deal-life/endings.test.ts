import { afterAll, beforeAll, expect, it } from 'vitest';
import { CO_SELL, type DealLife, describeLife } from './deal-life.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LOST = { StageName: 'Closed Lost', Loss_Reason__c: 'Customer chose another vendor' } as const;

describeLife('won, lost, and closed as an error', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  let deal: Readonly<Record<string, string>>;

  beforeAll(async () => {
    life = await open({ policy: { closeHoldMinutes: 15, maxClosesPerRun: 2 } });
    const names = ['won', 'wavering', 'first', 'second', 'third', 'error', 'other'];
    deal = Object.fromEntries(names.map((name) => [name, life.share()]));
    await life.sync();
  });
  afterAll(async () => life.place.close());

  const id = (name: string): string => String(deal[name]);
  const state = (name: string): string => {
    const { status, substatus } = life.referral(id(name));
    return `${String(status)}/${String(substatus)}`;
  };
  const pass = (milliseconds: number): void => life.place.sandbox.clock.advance(milliseconds);

  it('a stage that ends a deal closes nothing before it has held', async () => {
    life.forget();
    life.edit(id('won'), { StageName: 'Closed Won' });
    life.edit(id('wavering'), LOST);
    await life.sync();
    expect([...life.patches(id('won')), ...life.patches(id('wavering'))]).toEqual([]);
    pass(10 * MINUTE_MS);
    life.edit(id('wavering'), { StageName: 'Prospecting' });
    pass(6 * MINUTE_MS);

    await life.sync();

    expect([state('won'), state('wavering')]).toEqual(['Closed/Won', 'Active/Accepted']);
    expect(life.column(id('won'), 'Referral_Status__c')).toBe('Won (private)');
  });

  it('more closes than the limit are not done at all, while the rest of the run is', async () => {
    for (const name of ['first', 'second', 'third']) life.edit(id(name), LOST);
    life.edit(id('other'), { Amount: 41_000 });
    pass(20 * MINUTE_MS);

    const { code, outcome } = await life.sync();

    expect([code, outcome]).toEqual([5, 'halted']);
    expect(['first', 'second', 'third'].map(state)).toEqual(Array(3).fill('Active/Accepted'));
    expect(life.referral(id('other'))).toMatchObject({ details: { dealValue: 41_000 } });
  });

  it('until a person approves them; the reason goes along', async () => {
    const [item] = (await life.items()).filter(({ kind }) => kind === 'approval');
    expect(item?.message).toContain('3 deals would be closed');
    await life.place.cli('attention', 'approve', String(item?.id));
    life.edit(id('error'), { StageName: 'Closed as Error', Loss_Reason__c: 'Test referral' });
    pass(20 * MINUTE_MS);

    await life.sync();

    for (const name of ['first', 'second', 'third'])
      expect(life.referral(id(name))).toMatchObject({
        substatus: 'Lost',
        statusReason: 'Customer chose another vendor',
      });
  });

  it('a stage of its own closes a deal as an error, with its reason', () => {
    expect(life.referral(id('error'))).toMatchObject({
      status: 'Closed',
      substatus: 'Error',
      statusReason: 'Test referral',
    });
  });

  it('an edit of a closed deal is told and sends nothing, and the others go on', async () => {
    life.forget();
    life.edit(id('won'), { Amount: 1_000_000, Description: 'Too late.' });
    life.edit(id('first'), { StageName: 'Prospecting' });
    life.edit(id('other'), { Amount: 42_000 });
    pass(20 * MINUTE_MS);

    await life.sync();

    expect([...life.patches(id('won')), ...life.patches(id('first'))]).toEqual([]);
    expect(await life.said(id('won'))).toContain(
      'the deal is closed (Won) and Microsoft allows no further edit',
    );
    expect(await life.said(id('first'))).toMatch(/closed \(Lost\)/);
    expect(life.column(id('first'), 'StageName')).toBe('Prospecting');
    expect(life.referral(id('other'))).toMatchObject({ details: { dealValue: 42_000 } });
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});

describeLife('closing under a policy', { timeout: 60_000 }, (open) => {
  let life: DealLife;

  beforeAll(async () => {
    life = await open({
      policy: { approvals: ['close'] },
      mapping: (file, path) => {
        file.set('registration', {
          wanted: path('Register_Deal__c'),
          contract: {
            value: path('Amount'),
            signDate: path('Contract_Signed__c'),
            startDate: path('Contract_Start__c'),
            term: { default: 'Finite' },
          },
          solution: {
            deployedOnAzure: path('Deployed_on_Azure__c'),
            primaryDeploymentOn: { default: 'Customer' },
            pricingModel: { default: 'Other' },
          },
          status: path('Registration_Status__c'),
          eligibleSolutions: ['SOL-10002-AAA'],
        });
      },
    });
  });
  afterAll(async () => life.place.close());

  it('a deal to be registered is not won before 72 hours have passed, and that is told', async () => {
    const id = life.share({ Register_Deal__c: true });
    await life.sync();
    life.edit(id, { StageName: 'Closed Won' });
    await life.sync();
    expect(life.referral(id)).toMatchObject({ status: 'Active' });
    expect(await life.said(id)).toContain('less than 72 hours after it was created');

    life.place.sandbox.clock.advance(73 * HOUR_MS);
    await life.sync();

    const [item] = (await life.items()).filter(({ opportunityId }) => opportunityId === id);
    expect(item).toMatchObject({ kind: 'approval', message: expect.stringContaining('close-referral') });
    expect(life.referral(id)).toMatchObject({ status: 'Active' });
    await life.place.cli('attention', 'approve', String(item?.id));
    await life.sync();
    expect(life.referral(id)).toMatchObject({ substatus: 'Won' });
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});

describeLife('records that go, come back, or change hands', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  let deal: Readonly<Record<string, string>>;
  let referralIds: Readonly<Record<string, string>>;

  beforeAll(async () => {
    life = await open();
    const names = ['deleted', 'owned', 'left', 'vanished', 'merged'];
    deal = Object.fromEntries(names.map((name) => [name, life.share(name === 'left' ? CO_SELL : {})]));
    await life.sync();
    referralIds = Object.fromEntries(names.map((name) => [name, life.referralId(id(name))]));
    life.forget();
  });
  afterAll(async () => life.place.close());

  const id = (name: string): string => String(deal[name]);
  const referral = (name: string) => life.place.sandbox.partnerCenter.referral(String(referralIds[name]));
  const linked = async (...words: string[]) =>
    (await life.deals(...words)).map(({ opportunityId }) => opportunityId);

  it('go in one run, which costs the others nothing', async () => {
    const successor = life.crm.add('User', {
      FirstName: 'Robin',
      LastName: 'Doe',
      Email: 'robin@partner.example',
      Username: 'robin@partner.example',
      Phone: '+1 415 555 0177',
      IsActive: true,
    });
    life.crm.remove('Opportunity', id('deleted'));
    life.edit(id('owned'), { OwnerId: successor });
    life.edit(id('left'), { Sync_with_Partner_Center__c: false, Amount: 61_000 });

    const { outcome, wrote } = await life.sync();

    expect([outcome, wrote.referralsUpdated]).toEqual(['clean', 1]);
  });

  it('a deleted opportunity is unlinked and told, and its deal stays open', async () => {
    expect(await life.said(id('deleted'))).toContain('was deleted in the CRM');
    expect(referral('deleted')).toMatchObject({ status: 'Active', externalReferenceId: id('deleted') });
    expect(await linked('--archived')).toContain(id('deleted'));
  });

  it('a new owner joins the team of the deal', () => {
    expect(referral('owned')).toMatchObject({ team: [{ email: 'robin@partner.example' }] });
  });

  it('an opportunity that leaves the filter is told, and its edits stay in the CRM', async () => {
    expect(await life.said(id('left'))).toContain('The filter no longer selects');
    expect(referral('left')).toMatchObject({ status: 'Active', details: { dealValue: 30_000 } });
    expect(await linked('--archived')).toContain(id('left'));
  });

  it('both are linked to the deals they had once they return, and their edits travel', async () => {
    life.crm.restore('Opportunity', id('deleted'));
    life.edit(id('deleted'), { Amount: 51_000 });
    life.edit(id('left'), { Sync_with_Partner_Center__c: true });

    const { wrote } = await life.sync();

    expect(wrote.referralsCreated).toBe(0);
    expect(referral('deleted')).toMatchObject({ details: { dealValue: 51_000 } });
    expect(referral('left')).toMatchObject({ details: { dealValue: 61_000 } });
    expect(life.siblings(id('left'))).toHaveLength(1);
    expect(await linked()).toEqual(expect.arrayContaining([id('deleted'), id('left')]));
  });

  it('accounts that are merged leave their deals as they are', async () => {
    const survivor = life.add('Account', { Name: 'Fabrikam Holding', BillingCountry: 'Germany' });
    life.crm.mergeAccounts(survivor, [life.accountId]);
    life.place.sandbox.partnerCenter.store.hide(String(referralIds.vanished), 'everything');
    life.forget();

    await life.sync('--full');

    expect(life.patches(id('merged'))).toEqual([]);
    expect(referral('merged')).toMatchObject({
      status: 'Active',
      customerProfile: { name: 'Fabrikam GmbH' },
    });
    expect(await life.said(id('merged'))).toContain('customer was changed in the CRM');
  });

  it('a referral that vanishes is looked for, told, and nothing happens to the opportunity', async () => {
    const before = life.crm.row('Opportunity', id('vanished'));
    expect(await life.said(id('vanished'))).toContain('is not to be seen in Partner Center any more');
    expect(await linked()).toContain(id('vanished'));
    await life.sync('--full');

    expect(await linked()).not.toContain(id('vanished'));
    const { StageName, Amount, IsDeleted } = life.crm.row('Opportunity', id('vanished')) ?? {};
    expect({ StageName, Amount, IsDeleted }).toEqual({
      StageName: before?.StageName,
      Amount: before?.Amount,
      IsDeleted: false,
    });
  });

  it('and is taken up again when it can be seen again, without a second referral', async () => {
    const { store } = life.place.sandbox.partnerCenter;
    store.hide(String(referralIds.vanished), null);
    life.edit(id('vanished'), { Amount: 71_000 });

    const { wrote } = await life.sync('--full');

    expect(wrote.referralsCreated).toBe(0);
    expect(referral('vanished')).toMatchObject({ details: { dealValue: 71_000 } });
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});
