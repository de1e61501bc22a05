import { afterAll, beforeAll, expect, it } from 'vitest';
import { CO_SELL, type DealLife, describeLife } from './deal-life.ts';

const GUID = '0f8fad5b-d9cb-469f-a165-70867728950e';

describeLife('what a new deal says', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  const shared: Record<string, string> = {};

  /** An opportunity at a new account. */
  function shareAt(name: string, account: Readonly<Record<string, string | number>>, values = {}): void {
    const accountId = life.add('Account', {
      Name: name,
      BillingStreet: 'Main Street 1',
      BillingCity: 'Somewhere',
      ...account,
    });
    shared[name] = life.share({ AccountId: accountId, ...values });
  }
  beforeAll(async () => {
    life = await open({
      mapping: (file, path) => {
        file.setIn(['solutions', 'from'], ['products', path('Product__c')]);
        file.setIn(['solutions', 'catalogue', 'Azure Migrate'], GUID);
        file.setIn(['solutions', 'catalogue', 'Partner tool'], '3P-90001');
      },
    });
    shareAt('in German', { BillingCountry: 'Deutschland' });
    shareAt('in Spanish', { BillingCountry: 'Estados Unidos', BillingState: 'Washington' });
    shareAt('in French', { BillingCountry: 'Allemagne' });
    shareAt('in Japanese', { BillingCountry: '日本' });
    shareAt('as a code', { BillingCountry: 'nl' });
    shareAt('as three letters', { BillingCountry: 'CHE' });
    shareAt('sized', {
      BillingCountry: 'France',
      DunsNumber: '123456789',
      NumberOfEmployees: 300,
      BillingPostalCode: '69002',
    });
    shareAt('nowhere', { BillingCountry: 'Atlantis' });
    const campaignId = life.add('Campaign', { Name: 'Cloud Days 2026', IsActive: true });
    shared.person = life.share({
      AccountId: life.add('Account', { FirstName: 'Sam', LastName: 'Solo', BillingCountry: 'Suisse' }),
    });
    shared.everything = life.share({
      CampaignId: campaignId,
      Description: 'Everything there is to say.',
      StageName: 'Proposal/Price Quote',
      Marketplace_Intent__c: 'Yes',
      Partner_Role__c: 'Solution design',
      Solution_Area__c: 'Security',
      Solution_Play__c: 'Data security',
      Referral_Program__c: 'Solution Assessment',
      Product__c: null,
    });
    life.crm.sell(shared.everything, ['GTX Pro', 'Azure Migrate', 'Partner tool']);
    shared.consenting = life.share({ Customer_Consent__c: true });
    shared.discreet = life.share();
    shared.refusing = life.share({ How_can_Microsoft_help__c: 'General or Other' });
    shared.friendless = life.share(CO_SELL, { contact: false });
    shared.empty = life.share({ Product__c: null, Amount: null, Description: null, AccountId: null });
    shared.unknown = life.share({ Product__c: 'GTK 500' });
    shared.crowded = life.share({ Product__c: null });
    life.crm.sell(
      shared.crowded,
      Array.from({ length: 51 }, (_, index) => `SOL-2${String(index).padStart(4, '0')}-XYZ`),
    );
    await life.sync();
  });
  afterAll(async () => life.place.close());

  const referral = (name: string) => life.referral(String(shared[name]));
  const isShared = (name: string): boolean =>
    life.place.sandbox.partnerCenter
      .referrals()
      .some(({ externalReferenceId }) => externalReferenceId === shared[name]);

  it.each([
    ['in German', 'DE'],
    ['in Spanish', 'US'],
    ['in French', 'DE'],
    ['in Japanese', 'JP'],
    ['as a code', 'NL'],
    ['as three letters', 'CH'],
  ])('a country written %s is sent as two letters', (name, country) => {
    expect(referral(name)).toMatchObject({ customerProfile: { name, address: { country } } });
  });

  it('a customer goes with address, D-U-N-S number and size', () => {
    expect(referral('sized')).toMatchObject({
      customerProfile: {
        name: 'sized',
        address: { addressLine1: 'Main Street 1', city: 'Somewhere', postalCode: '69002', country: 'FR' },
        size: '251to1000employees',
        ids: [{ profileType: 'Duns', id: '123456789' }],
      },
    });
    expect(referral('in Spanish')).toMatchObject({ customerProfile: { address: { state: 'Washington' } } });
  });

  it('a person account is a customer under the name of the person', () => {
    expect(referral('person')).toMatchObject({
      customerProfile: { name: 'Sam Solo', address: { country: 'CH' } },
    });
  });

  it("a state in `region` and Microsoft's own id of the customer survive every edit", async () => {
    const { partnerCenter } = life.place.sandbox;
    const id = life.referralId(String(shared.sized));
    const ids = [
      { profileType: 'Duns', id: '123456789' },
      { profileType: 'External', id: '6-ABCDEFGHIJ' },
    ];
    partnerCenter.override(id, { customerProfile: { address: { state: null, region: 'ARA' }, ids } });
    life.edit(String(shared.sized), { Amount: 45_000 });
    life.forget();

    await life.sync();

    expect(life.patches(String(shared.sized))).toEqual([
      [
        { op: 'replace', path: '/details/dealValue', value: 45_000 },
        { op: 'replace', path: '/details/currency', value: 'USD' },
      ],
    ]);
    expect(partnerCenter.referral(id)).toMatchObject({
      customerProfile: { address: { state: null, region: 'ARA' }, ids },
    });
  });

  it('customer contacts are sent only with recorded consent', () => {
    expect(referral('consenting')).toMatchObject({
      customerProfile: { team: [{ firstName: 'Mia', email: 'mia@fabrikam.example' }] },
      consent: { consentToToShareInfoWithOthers: true, consentToContact: true },
    });
    expect(referral('discreet')).toMatchObject({
      customerProfile: { team: [] },
      consent: { consentToToShareInfoWithOthers: false, consentToContact: false },
    });
  });

  it("products map to our own solutions, Microsoft's and third parties' through the catalogue", () => {
    expect(referral('everything')).toMatchObject({
      details: {
        requirements: { solutions: [{ id: GUID }, { id: '3P-90001' }, { id: 'SOL-10002-AAA' }] },
      },
    });
  });

  it('campaign, notes, sales stage, programme and the classifications of a services deal go along', () => {
    expect(referral('everything')).toMatchObject({
      campaignId: 'Cloud Days 2026',
      salesStage: '60',
      referralProgram: 'Solution Assessment',
      details: {
        notes: 'Everything there is to say.',
        requirements: {
          additionalRequirements: {
            attributes: [
              { type: 'CustomerMarketplaceIntent', id: 'Yes' },
              { type: 'PartnerRole', id: 'Solution design' },
              { type: 'SolutionArea', id: 'Security' },
              { type: 'SolutionPlay', id: 'Data security' },
            ],
          },
        },
      },
    });
  });

  it.each([
    ['nowhere', ['country "Atlantis" is not a country we know']],
    ['refusing', ['consent to share contact details with Microsoft is not recorded']],
    ['friendless', ['no customer contact']],
    ['empty', ['no customer account', 'no amount', 'no product that maps to a solution']],
    ['unknown', ['product "GTK 500" has no solution id']],
    ['crowded', ['51 solutions; Partner Center takes at most 50']],
  ] as const)('what keeps a deal back is written to the opportunity, all of it: %s', (name, texts) => {
    const audit = String(life.column(String(shared[name]), 'Audit__c'));

    expect(isShared(name)).toBe(false);
    expect(life.column(String(shared[name]), 'Referral_Status__c')).toBe('Not shared');
    for (const text of texts) expect(audit).toContain(text);
    expect(audit).toContain('Once that is corrected, it is shared by itself.');
  });

  it("the seller's save is never refused, and what was corrected is shared by itself", async () => {
    life.edit(String(shared.empty), {
      Product__c: 'GTX Basic',
      Amount: 5_000,
      AccountId: life.accountId,
    });
    life.edit(String(shared.refusing), { Customer_Consent__c: true });

    await life.sync();

    expect([isShared('empty'), isShared('refusing')]).toEqual([true, true]);
    expect(life.column(String(shared.empty), 'Referral_Status__c')).toBe('Accepted (private)');
    expect(String(life.column(String(shared.empty), 'Audit__c'))).toContain('Shared with Partner Center');
  });

  it('a stale solution play is refused by Microsoft, whose words the seller reads', async () => {
    const { partnerCenter } = life.place.sandbox;
    partnerCenter.switches.retiredTaxonomy = ['FY25 data play'];
    const id = life.share({ Solution_Play__c: 'FY25 data play' });

    const { code } = await life.sync();

    const words = "The solution play 'FY25 data play' is not part of the current taxonomy.";
    expect(code).toBe(3);
    expect(await life.said(id)).toContain(words);
    expect(String(life.column(id, 'Audit__c'))).toContain(words);

    life.edit(id, { Solution_Play__c: 'FY26 data play' });
    await life.sync();
    expect(life.referral(id)).toMatchObject({ status: 'Active' });
  });

  it('no call was illegal', () => {
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});
