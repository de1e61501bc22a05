import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CO_SELL, type DealLife, describeLife } from './deal-life.ts';

const SHARED = '/consent/consentToShareReferralWithMicrosoftSellers';

describeLife('edits of an accepted deal', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  let deal: Readonly<Record<string, string>>;
  let colleagueId: string;

  beforeAll(async () => {
    life = await open({
      mapping: (file) => {
        file.setIn(['fields', 'campaignId', 'sync'], 'both');
      },
    });
    life.crm.addCurrency('EUR');
    colleagueId = life.crm.add('User', {
      FirstName: 'Robin',
      LastName: 'Doe',
      Email: 'robin@partner.example',
      Username: 'robin@partner.example',
      Phone: '+1 415 555 0177',
      IsActive: true,
    });
    deal = {
      money: life.share(),
      words: life.share(),
      lists: life.share({ Customer_Consent__c: true }),
      shown: life.share(),
      untagged: life.share(),
      lost: life.share(),
      frozen: life.share(CO_SELL),
      portal: life.share(),
    };
    await life.sync();
    life.forget();
    const campaignId = life.add('Campaign', { Name: 'Spring Days', IsActive: true });
    const contactId = life.add('Contact', {
      FirstName: 'Noor',
      LastName: 'Klant',
      Email: 'noor@fabrikam.example',
      Phone: '+49 201 5550111',
      AccountId: life.accountId,
    });
    const { partnerCenter } = life.place.sandbox;
    life.edit(id('money'), { Amount: 77_000, CurrencyIsoCode: 'EUR', CloseDate: life.day(90) });
    life.edit(id('words'), {
      Description: 'A wider scope.',
      CampaignId: campaignId,
      Referral_Program__c: 'Build with',
      StageName: 'Proposal/Price Quote',
    });
    life.add('OpportunityContactRole', { OpportunityId: id('lists'), ContactId: contactId });
    life.add('OpportunityTeamMember', {
      OpportunityId: id('lists'),
      UserId: colleagueId,
      TeamMemberRole: 'Sales Rep',
    });
    life.edit(id('lists'), { Product__c: 'GTX Pro;GTX Basic' });
    life.edit(id('shown'), { Visible_to_Microsoft__c: true });
    untagged = life.referralId(id('untagged'));
    partnerCenter.override(untagged, { externalReferenceId: null });
    life.edit(id('lost'), { StageName: 'Closed Lost', Loss_Reason__c: 'Budget not adequate' });
    life.edit(id('frozen'), {
      Name: 'Another name',
      AccountId: life.add('Account', { Name: 'Another Customer', BillingCountry: 'France' }),
      Marketplace_Intent__c: 'Yes',
      Partner_Role__c: 'Transaction',
    });
    life.add('OpportunityContactRole', { OpportunityId: id('frozen'), ContactId: contactId });
    partnerCenter.edit(life.referralId(id('portal')), {
      details: { notes: 'Said at the portal.', dealValue: 99_000 },
      campaignId: 'Spring Days',
      salesStage: '80',
    });
    partnerCenter.favorite(life.referralId(id('portal')), true);
    await life.sync();
  });
  afterAll(async () => life.place.close());

  let untagged: string;
  const id = (name: string): string => String(deal[name]);
  const sent = (name: string): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      life
        .patches(id(name))
        .flat()
        .map(({ path, value }) => [path, value]),
    );

  it('amount, currency and close date travel as value, currency and noon of the day', () => {
    expect(sent('money')).toEqual({
      '/details/dealValue': 77_000,
      '/details/currency': 'EUR',
      '/details/closingDateTime': `${life.day(90)}T12:00:00Z`,
    });
  });

  it('description, campaign, programme and the stage travel as notes, campaign id, programme and sales stage', () => {
    expect(sent('words')).toEqual({
      '/details/notes': 'A wider scope.',
      '/campaignId': 'Spring Days',
      '/referralProgram': 'Build with',
      '/salesStage': '60',
    });
  });

  it('contacts, team and products travel as whole lists', () => {
    expect(sent('lists')).toMatchObject({
      '/customerProfile/team': [{ email: 'mia@fabrikam.example' }, { email: 'noor@fabrikam.example' }],
      '/team': [{ email: 'kim@partner.example' }, { email: 'robin@partner.example' }],
      '/details/requirements/solutions': [{ id: 'SOL-10002-AAA' }, { id: 'SOL-10001-AAA' }],
    });
  });

  it('visibility travels as consent', () => {
    expect(sent('shown')).toEqual({ [SHARED]: true });
  });

  it('a CRM id that was lost at Microsoft is put back', () => {
    expect(life.referralId(id('untagged'))).toBe(untagged);
    expect(sent('untagged')).toEqual({ '/externalReferenceId': id('untagged') });
  });

  it('a lost stage travels as status, substatus and reason', () => {
    expect(sent('lost')).toEqual({
      '/status': 'Closed',
      '/substatus': 'Lost',
      '/statusReason': 'Budget not adequate',
    });
  });

  it('every patch carries the version it was decided on', () => {
    const patches = life.place.sandbox.journal.entries.filter(({ method }) => method === 'PATCH');

    expect(patches.length).toBeGreaterThan(5);
    for (const { headers, path } of patches)
      if (path.includes('/engagements/')) expect(headers['if-match']).toMatch(/^".+"$/);
  });

  it('what cannot be changed any more is told, with where it can be', async () => {
    expect(sent('frozen')).toEqual({});
    const said = await life.said(id('frozen'));
    for (const field of ['name', 'customer', 'marketplaceIntent', 'partnerRole'])
      expect(said).toMatch(
        new RegExp(
          `: ${field} was changed in the CRM, but Partner Center takes it only when a deal is created`,
        ),
      );
    expect(said).toContain('change it there by hand where the page allows it');
    expect(said).toMatch(/: contacts was changed in the CRM, but .* tell Microsoft's seller/);
  });

  it('edits at the portal come back: value, notes, campaign, stage and the favourite mark', () => {
    const [campaignId] = life.crm.find('Campaign', { Name: 'Spring Days' });
    expect(campaignId).toBeDefined();

    expect(life.crm.row('Opportunity', id('portal'))).toMatchObject({
      Amount: 99_000,
      Description: 'Said at the portal.',
      StageName: 'Negotiation/Review',
      Favorite__c: true,
      CampaignId: campaignId,
    });
  });

  it('a colleague who was added at the portal stays when the team changes in the CRM', async () => {
    const referralId = life.referralId(id('money'));
    const { partnerCenter } = life.place.sandbox;
    const helper = {
      firstName: 'Ola',
      lastName: 'Nordmann',
      phoneNumber: '+47 22 555 010',
      email: 'ola@partner.example',
    };
    const team = partnerCenter.referral(referralId).team;
    partnerCenter.edit(referralId, { team: [...(Array.isArray(team) ? team : []), helper] });
    await life.sync();
    life.add('OpportunityTeamMember', {
      OpportunityId: id('money'),
      UserId: colleagueId,
      TeamMemberRole: 'Sales Rep',
    });

    await life.sync();

    const emails = JSON.stringify(partnerCenter.referral(referralId).team);
    for (const email of ['kim@partner.example', 'ola@partner.example', 'robin@partner.example'])
      expect(emails).toContain(email);
  });

  describe('deals', () => {
    const ids = async (...words: string[]) =>
      (await life.deals(...words)).map(({ opportunityId }) => opportunityId).sort();

    it('--favorites lists what was marked at the portal', async () => {
      expect(await ids('--favorites')).toEqual([id('portal')]);
    });

    it('filters by state, kind, direction and owner', async () => {
      const { partnerCenter } = life.place.sandbox;
      partnerCenter.createInbound({ referral: { name: 'From Microsoft' }, expiresInDays: 5 });
      partnerCenter.createInbound({ referral: { name: 'Not urgent' } });
      life.edit(id('shown'), { OwnerId: colleagueId });
      await life.sync();

      expect(await ids('--state', 'lost')).toEqual([id('lost')]);
      expect(await ids('--kind', 'partner-led')).toEqual([id('shown')]);
      expect(await ids('--kind', 'co-sell', '--outbound')).toEqual([id('frozen')]);
      expect((await life.deals('--inbound')).map(({ name }) => name).sort()).toEqual([
        'From Microsoft',
        'Not urgent',
      ]);
      expect((await life.deals('--expiring')).map(({ name }) => name)).toEqual(['From Microsoft']);
      expect(await ids('--owner', 'Robin@partner.example')).toEqual([id('shown')]);
      expect(await ids('--owner', 'robin doe', '--state', 'Lost')).toEqual([]);
    });

    it('--out-of-step lists what waits, and --archived what is left behind', async () => {
      life.edit(id('money'), { Amount: null });
      life.edit(id('words'), { Sync_with_Partner_Center__c: false });
      await life.sync();

      expect(await ids('--out-of-step')).toContain(id('money'));
      expect(await ids('--archived')).toEqual([id('words')]);
      expect(await ids()).not.toContain(id('words'));
    });

    it('prints a table for people and CSV for spreadsheets', async () => {
      const table = await life.place.cli('deals', '--favorites');
      const csv = await life.place.cli('deals', '--favorites', '--csv');

      expect(table.stdout).toMatch(/^Opportunity\s+Name\s+State\s+Kind/);
      expect(table.stdout).toContain(id('portal'));
      expect(table.stdout).toContain('1 deal');
      const [head, row] = csv.stdout.split('\r\n');
      expect(head).toContain('favorite');
      expect(row).toContain(`${id('portal')},${life.referralId(id('portal'))}`);
    });

    it('no call was illegal', () => {
      expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
    });
  });
});
