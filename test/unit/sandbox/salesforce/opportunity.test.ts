import { describe, expect, it } from 'vitest';
import { createFixture, createOpportunity, refusalOf } from './support.ts';

describe('an opportunity in the org', () => {
  it('takes owner, probability, forecast and fiscal period from what it is given', () => {
    const { org, admin } = createFixture();

    const id = createOpportunity(admin, { Amount: 1_000, StageName: 'Proposal/Price Quote' });

    expect(org.find('Opportunity', id)).toMatchObject({
      OwnerId: org.adminUserId,
      Probability: 75,
      ForecastCategory: 'Pipeline',
      ForecastCategoryName: 'Pipeline',
      ExpectedRevenue: 750,
      IsClosed: false,
      IsWon: false,
      FiscalYear: 2026,
      FiscalQuarter: 4,
      Fiscal: '2026 4',
      LastStageChangeDate: null,
      CreatedById: org.adminUserId,
      SystemModstamp: '2026-11-20T18:00:00.000+0000',
    });
  });

  it('follows its stage, unless the probability is given with it', () => {
    const { org, admin, clock } = createFixture();
    const id = createOpportunity(admin);
    clock.advance(90_000);

    admin.update('Opportunity', id, { StageName: 'Closed Won' });

    expect(org.find('Opportunity', id)).toMatchObject({
      Probability: 100,
      IsClosed: true,
      IsWon: true,
      ForecastCategory: 'Closed',
      LastStageChangeDate: '2026-11-20T18:01:30.000+0000',
    });
    admin.update('Opportunity', id, { StageName: 'Qualification', Probability: 33 });
    expect(org.find('Opportunity', id)).toMatchObject({ Probability: 33, IsClosed: false });
  });

  it('takes any stage name unless stages are restricted', () => {
    const { org, admin } = createFixture();

    createOpportunity(admin, { StageName: 'In Progress' });
    org.switches.stagesRestricted = true;

    expect(refusalOf(() => createOpportunity(admin, { StageName: 'In Progress' })).codes).toEqual([
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    ]);
  });

  it('makes the contact given on create the primary contact role', () => {
    const { org, admin } = createFixture();
    const contact = admin.create('Contact', { FirstName: 'Mei', LastName: 'Ito' });
    const other = admin.create('Contact', { LastName: 'Berg' });

    const id = createOpportunity(admin, { ContactId: contact });
    admin.create('OpportunityContactRole', { OpportunityId: id, ContactId: other, IsPrimary: true });

    expect(org.query('SELECT ContactId, IsPrimary FROM OpportunityContactRole ORDER BY Id')).toMatchObject([
      { ContactId: contact, IsPrimary: false },
      { ContactId: other, IsPrimary: true },
    ]);
    expect(org.find('Opportunity', id)?.ContactId).toBe(other);
  });

  it('has the amount that its products add up to, and ignores any other', () => {
    const { org, admin, clock } = createFixture();
    const id = createOpportunity(admin, { Amount: 7 });
    const [pricebook] = org.query('SELECT Id FROM Pricebook2');
    const product = admin.create('Product2', { Name: 'GTX Pro', IsActive: true });
    const entry = admin.create('PricebookEntry', {
      Pricebook2Id: pricebook?.Id,
      Product2Id: product,
      UnitPrice: 100,
      IsActive: true,
    });
    clock.advance(5_000);

    const item = admin.create('OpportunityLineItem', {
      OpportunityId: id,
      PricebookEntryId: entry,
      Quantity: 3,
    });
    admin.update('Opportunity', id, { Amount: 9_999, NextStep: 'call' });

    expect(org.find('Opportunity', id)).toMatchObject({
      Amount: 300,
      NextStep: 'call',
      HasOpportunityLineItem: true,
      Pricebook2Id: pricebook?.Id,
      SystemModstamp: '2026-11-20T18:00:05.000+0000',
    });
    expect(org.find('OpportunityLineItem', item)).toMatchObject({
      Product2Id: product,
      UnitPrice: 100,
      TotalPrice: 300,
    });
    expect(refusalOf(() => admin.update('Opportunity', id, { Pricebook2Id: null })).codes).toEqual([
      'FIELD_INTEGRITY_EXCEPTION',
    ]);
    admin.delete('OpportunityLineItem', item);
    expect(org.find('Opportunity', id)).toMatchObject({ Amount: 300, HasOpportunityLineItem: false });
  });

  it('updates the team member who is added a second time', () => {
    const { org, admin } = createFixture();
    const id = createOpportunity(admin);
    const member = { OpportunityId: id, UserId: org.integrationUserId };

    const first = admin.create('OpportunityTeamMember', { ...member, TeamMemberRole: 'Sales Rep' });
    const second = admin.create('OpportunityTeamMember', { ...member, TeamMemberRole: 'Sales Manager' });

    expect(second).toBe(first);
    expect(org.query('SELECT Name, TeamMemberRole FROM OpportunityTeamMember')).toMatchObject([
      { Name: 'Integration User', TeamMemberRole: 'Sales Manager' },
    ]);
  });

  it('has a currency only in an org with several', () => {
    const { org, admin } = createFixture();
    expect(refusalOf(() => createOpportunity(admin, { CurrencyIsoCode: 'EUR' })).codes).toEqual([
      'INVALID_FIELD',
    ]);

    const older = createOpportunity(admin);
    org.switches.multiCurrency = true;
    org.addCurrency('EUR');
    const id = createOpportunity(admin);
    admin.update('Opportunity', id, { CurrencyIsoCode: 'EUR' });

    expect(org.find('Opportunity', id)?.CurrencyIsoCode).toBe('EUR');
    expect(org.query("SELECT Id FROM Opportunity WHERE CurrencyIsoCode = 'USD'").map(({ Id }) => Id)).toEqual(
      [older],
    );
    expect(refusalOf(() => admin.update('Opportunity', id, { CurrencyIsoCode: 'CHF' })).codes).toEqual([
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    ]);
  });

  it('has no team where team selling is off', () => {
    const { org } = createFixture();

    org.switches.teamSelling = false;

    expect(refusalOf(() => org.query('SELECT Id FROM OpportunityTeamMember')).codes).toEqual([
      'INVALID_TYPE',
    ]);
    expect(
      refusalOf(() => org.query('SELECT Id, (SELECT Id FROM OpportunityTeamMembers) FROM Opportunity')).codes,
    ).toEqual(['INVALID_FIELD']);
  });
});
