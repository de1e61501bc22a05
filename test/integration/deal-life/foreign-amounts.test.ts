import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/partner-center/index.ts';
import { type DealLife, describeLife, openLife } from './deal-life.ts';

/** A received deal of a known customer, in kroner unless told otherwise. */
function foreign(name: string, details: JsonObject = {}): JsonObject {
  return {
    name,
    customerProfile: {
      name: 'Fabrikam GmbH',
      address: { addressLine1: 'Musterweg 5', city: 'Essen', postalCode: '45127', country: 'DE' },
    },
    details: { dealValue: 70_000, currency: 'NOK', ...details },
  };
}

describeLife('deals in a currency that the CRM does not have', { timeout: 120_000 }, (open, crm) => {
  let life: DealLife;
  const received: Record<string, string> = {};
  const opportunity = (label: string): string =>
    String(life.crm.find('Opportunity', { Referral_Identifier__c: String(received[label]) })[0]);
  const details = (label: string) =>
    life.place.sandbox.partnerCenter.referral(String(received[label])).details as JsonObject;

  beforeAll(async () => {
    life = await open();
    const { partnerCenter } = life.place.sandbox;
    const receive = (label: string, referral: JsonObject): void => {
      received[label] = String(partnerCenter.createInbound({ referral }).id);
    };
    receive('foreign', foreign('Deal in kroner'));
    receive('edited', foreign('Another deal in kroner', { dealValue: 71_000 }));
    receive('repriced', foreign('A third deal in kroner', { dealValue: 72_000 }));
    receive('own', foreign('Deal in dollars', { dealValue: 73_000, currency: 'USD' }));
    await life.sync();
  });
  afterAll(async () => life.place.close());

  it('become opportunities without an amount; one in the currency of the CRM keeps its own', () => {
    expect(life.column(opportunity('foreign'), 'Amount')).toBeNull();
    expect(life.column(opportunity('foreign'), 'Name')).toBe('Deal in kroner');
    expect(life.column(opportunity('own'), 'Amount')).toBe(73_000);
  });

  it('say so once, with the currency and what an amount that is entered there means', async () => {
    const said = await life.said(String(received.foreign));

    expect(said).toContain('NOK');
    expect(said).toContain('without an amount');
    expect(said).toMatch(/entered? in the CRM/);
    expect(await life.said(String(received.own))).not.toContain('amount');
  });

  it('then nothing more is written to either side', async () => {
    await life.sync();
    const writes = life.crm.writes();
    const { wrote } = await life.sync();

    expect([wrote.opportunitiesUpdated, wrote.referralsUpdated, life.crm.writes()]).toEqual([0, 0, writes]);
  });

  it('keep amount and currency in Partner Center when they are accepted', async () => {
    life.edit(opportunity('foreign'), { StageName: 'Prospecting' });
    await life.sync();

    expect(details('foreign')).toMatchObject({ dealValue: 70_000, currency: 'NOK' });
    expect(life.place.sandbox.partnerCenter.referral(String(received.foreign)).substatus).toBe('Accepted');
  });

  it('take an amount that a seller enters, in the currency of the CRM', async () => {
    life.edit(opportunity('edited'), { StageName: 'Prospecting', Amount: 80_000 });
    await life.sync();

    expect(details('edited')).toMatchObject({ dealValue: 80_000, currency: 'USD' });
  });

  it('a new value in Partner Center is told of, and not written either', async () => {
    const { partnerCenter } = life.place.sandbox;
    partnerCenter.edit(String(received.repriced), { details: { dealValue: 75_000 } });
    await life.sync();

    expect(life.column(opportunity('repriced'), 'Amount')).toBeNull();
    expect(details('repriced')).toMatchObject({ dealValue: 75_000, currency: 'NOK' });
    expect(await life.said(String(received.repriced))).toMatch(
      crm === 'salesforce'
        ? /the deal is in NOK.*The other fields go on/
        : /could not be written: .*currency/,
    );
  });

  if (crm === 'salesforce')
    it('a preview shows no amount for them', async () => {
      received.planned = String(
        life.place.sandbox.partnerCenter.createInbound({ referral: foreign('Planned deal') }).id,
      );
      const { document } = await life.place.json('plan');

      const plan = JSON.stringify(document);
      expect(plan).toContain('Planned deal');
      expect(plan).not.toContain('70000');
    });
});

describe('products of a deal in a currency that the CRM does not have', { timeout: 120_000 }, () => {
  it('are left to a person, for their prices would be in another currency', async () => {
    const life = await openLife({
      mapping: (file) => {
        file.setIn(['solutions', 'from'], 'products');
      },
    });
    life.crm.sell(
      life.crm.add('Opportunity', { Name: 'Shelf', StageName: 'Prospecting', CloseDate: life.day(9) }),
      ['GTX Pro', 'GTX Basic'],
    );
    const referral = foreign('Deal with products', {
      requirements: { solutions: [{ id: 'SOL-10002-AAA', name: 'GTX Pro', type: 'Name' }] },
    });
    const id = String(life.place.sandbox.partnerCenter.createInbound({ referral }).id);
    await life.sync();
    const row = String(life.crm.find('Opportunity', { Referral_Identifier__c: id })[0]);

    expect(life.column(row, 'Amount')).toBeNull();
    expect(life.crm.find('OpportunityLineItem', { OpportunityId: row })).toEqual([]);
    expect(await life.said(row)).toContain('NOK');
    await life.place.close();
  });
});

describe('a deal in a currency that an org of several does not have', { timeout: 120_000 }, () => {
  it('becomes an opportunity without an amount as well, and without a campaign that is not there', async () => {
    const life = await openLife();
    life.crm.addCurrency('EUR');
    const referral = { ...foreign('Deal in kroner'), campaignId: 'Nobody knows this one' };
    const id = String(life.place.sandbox.partnerCenter.createInbound({ referral }).id);
    await life.sync();
    const row = String(life.crm.find('Opportunity', { Referral_Identifier__c: id })[0]);

    expect(life.crm.row('Opportunity', row)).toMatchObject({ Amount: null, CampaignId: null });
    expect(await life.said(row)).toMatch(/without an amount for referral .*, whose value is in NOK/);
    expect(await life.said(row)).toContain('without a campaign');

    life.edit(row, { StageName: 'Prospecting' });
    await life.sync();
    expect(life.place.sandbox.partnerCenter.referral(id)).toMatchObject({
      substatus: 'Accepted',
      campaignId: 'Nobody knows this one',
      details: { dealValue: 70_000, currency: 'NOK' },
    });
    await life.place.close();
  });
});
