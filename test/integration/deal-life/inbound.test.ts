import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/partner-center/index.ts';
import { type DealLife, describeLife } from './deal-life.ts';

const DAY_MS = 86_400_000;

/** A received deal of a customer. */
function customer(name: string, values: JsonObject = {}, duns = ''): JsonObject {
  return {
    name: `Deal of ${name}`,
    customerProfile: {
      name,
      address: { addressLine1: 'Kade 1', city: 'Utrecht', state: 'UT', postalCode: '3511 LN', country: 'NL' },
      ids: duns === '' ? [] : [{ profileType: 'Duns', id: duns }],
    },
    ...values,
  };
}

/** The opportunity that a received deal became. */
function opportunityOf(life: DealLife, referralId: string): string | null {
  return life.crm.find('Opportunity', { Referral_Identifier__c: referralId })[0] ?? null;
}

describeLife('deals that others send', { timeout: 120_000 }, (open) => {
  let life: DealLife;
  const received: Record<string, string> = {};
  const accounts: Record<string, string> = {};

  const receive = (label: string, referral: JsonObject, options = {}): void => {
    received[label] = String(life.place.sandbox.partnerCenter.createInbound({ referral, ...options }).id);
  };
  const opportunity = (label: string): string | null => opportunityOf(life, String(received[label]));
  const row = (label: string) => life.crm.row('Opportunity', opportunity(label) ?? '');

  beforeAll(async () => {
    life = await open();
    const { partnerCenter } = life.place.sandbox;
    const address = { BillingCity: 'Utrecht', BillingPostalCode: '3511 LN', BillingCountry: 'Netherlands' };
    life.add('Campaign', { Name: 'Deals of the week', IsActive: true });
    accounts.numbered = life.add('Account', { Name: 'Alpha', DunsNumber: '111111111' });
    accounts.unnumbered = life.add('Account', { Name: 'Alpha', ...address });
    accounts.exact = life.add('Account', { Name: 'Bravo', ...address });
    accounts.elsewhere = life.add('Account', { Name: 'Bravo', BillingCountry: 'France' });
    accounts.person = life.add('Account', { FirstName: 'Sam', LastName: 'Solo', ...address });
    accounts.twin = life.add('Account', { Name: 'Twins', DunsNumber: '222222221', ...address });
    accounts.other = life.add('Account', { Name: 'Twins', DunsNumber: '222222222', ...address });
    receive('numbered', customer('Alpha B.V.', { campaignId: 'Nobody knows this one' }, '111111111'));
    receive(
      'exact',
      customer('Bravo', {
        campaignId: 'Deals of the week',
        details: {
          notes: 'Please help this customer.',
          dealValue: 64_000,
          currency: 'USD',
          closingDateTime: `${life.day(45)}T12:00:00Z`,
          requirements: { solutions: [{ id: 'SOL-10004-AAA', name: 'GTX', type: 'Name' }] },
        },
      }),
    );
    receive('new', customer('Charlie & Zonen', {}, '333333333'));
    receive('person', customer('Sam Solo'));
    receive('twins', customer('Twins'));
    receive('declined', customer('Delta'));
    receive('ignored', customer('Echo'));
    receive('fromPartner', customer('Foxtrot'), {
      from: { organizationId: '99999999-9999-4999-8999-999999999999', organizationName: 'Other Partner' },
    });
    receive('lead', customer('Golf'), { kind: 'lead' });
    receive('marketplace', customer('Hotel'), { kind: 'marketplaceLead' });
    partnerCenter.override(String(received.new), {
      customerProfile: { name: 'Charlie &amp; Zonen', address: { state: null, region: 'UT' } },
    });
    await life.sync();
  });
  afterAll(async () => life.place.close());

  it('become opportunities in the on-hold stage, with value, date, notes, product, campaign and their id', () => {
    const [campaignId] = life.crm.find('Campaign', { Name: 'Deals of the week' });
    expect(row('exact')).toMatchObject({
      Name: 'Deal of Bravo',
      StageName: 'Co-sell Received',
      Amount: 64_000,
      CloseDate: life.day(45),
      Description: 'Please help this customer.',
      Product__c: 'GTX Plus Pro',
      CampaignId: campaignId,
      Sync_with_Partner_Center__c: true,
      Referral_Identifier__c: received.exact,
    });
    expect(row('fromPartner')).toMatchObject({ StageName: 'Co-sell Received' });
  });

  it('do not wait for a campaign that the CRM does not have, which is told', async () => {
    expect(row('numbered')?.CampaignId).toBeNull();
    expect(await life.said(String(received.numbered))).toMatch(
      /no (Campaign|row of campaigns) has the value/,
    );
  });

  it('get the account with the D-U-N-S number, else with exact name, country and postal code', () => {
    expect(row('numbered')?.AccountId).toBe(accounts.numbered);
    expect(row('exact')?.AccountId).toBe(accounts.exact);
  });

  it('get a new account where none fits, with address and number, as plain text', () => {
    expect(life.crm.row('Account', String(row('new')?.AccountId))).toMatchObject({
      Name: 'Charlie & Zonen',
      BillingStreet: 'Kade 1',
      BillingCity: 'Utrecht',
      BillingState: 'UT',
      BillingPostalCode: '3511 LN',
      BillingCountry: 'NL',
      DunsNumber: '333333333',
    });
  });

  it('may belong to a person account', () => {
    expect(row('person')?.AccountId).toBe(accounts.person);
  });

  it('are a question where several accounts fit, which lists number and address of each', async () => {
    expect(opportunity('twins')).toBeNull();
    const said = await life.said(String(received.twins));
    expect(said).toContain(`${accounts.twin} (D-U-N-S 222222221, 3511 LN Utrecht Netherlands)`);
    expect(said).toContain(`${accounts.other} (D-U-N-S 222222222, 3511 LN Utrecht Netherlands)`);
  });

  it('that wait for such an answer are created once it is clear', async () => {
    life.crm.mergeAccounts(String(accounts.twin), [String(accounts.other)]);
    const [item] = (await life.items()).filter(({ referralId }) => referralId === received.twins);
    await life.place.cli('attention', 'retry', String(item?.id));

    await life.sync();

    expect(row('twins')?.AccountId).toBe(accounts.twin);
  });

  it('leads and marketplace referrals are left alone, and are nobody’s work', async () => {
    const items = await life.items();

    for (const label of ['lead', 'marketplace']) {
      expect(opportunity(label)).toBeNull();
      expect(items.some(({ referralId }) => referralId === received[label])).toBe(false);
      expect(life.place.sandbox.partnerCenter.referral(String(received[label]))).toMatchObject({
        status: 'New',
        externalReferenceId: null,
      });
    }
  });

  it('are accepted by moving the stage, with everything else in the same patch', async () => {
    const id = String(opportunity('numbered'));
    const campaignId = life.add('Campaign', { Name: 'Answered', IsActive: true });
    life.forget();
    life.edit(id, {
      StageName: 'Qualification',
      Amount: 12_000,
      CloseDate: life.day(70),
      Description: 'We take it.',
      CampaignId: campaignId,
      OwnerId: life.sellerId,
    });

    await life.sync();

    const [first, ...more] = life.patches(id);
    expect(Object.fromEntries((first ?? []).map(({ path, value }) => [path, value]))).toMatchObject({
      '/status': 'Active',
      '/substatus': 'Accepted',
      '/details/dealValue': 12_000,
      '/details/closingDateTime': `${life.day(70)}T12:00:00Z`,
      '/details/notes': 'We take it.',
      '/campaignId': 'Answered',
      '/externalReferenceId': id,
      '/team': [{ email: 'kim@partner.example' }],
    });
    expect(more.length).toBeLessThanOrEqual(1);
    expect(life.column(id, 'Referral_Status__c')).toContain('Accepted');
  });

  it('move on in the CRM when a colleague accepts them at the portal', async () => {
    life.place.sandbox.partnerCenter.accept(String(received.fromPartner));

    await life.sync();

    expect(row('fromPartner')?.StageName).toBe('Prospecting');
  });

  it('are declined by stage and reason, and not without a reason', async () => {
    const id = String(opportunity('declined'));
    life.edit(id, { StageName: 'Declined' });
    await life.sync();
    expect(await life.said(id)).toContain('declining needs a reason');
    expect(life.place.sandbox.partnerCenter.referral(String(received.declined))).toMatchObject({
      status: 'New',
    });

    life.edit(id, { Decline_Reason__c: 'Proposed timeline too short' });
    await life.sync();

    expect(life.place.sandbox.partnerCenter.referral(String(received.declined))).toMatchObject({
      status: 'Closed',
      substatus: 'Declined',
      statusReason: 'Proposed timeline too short',
    });
  });

  it('are reminded of before the deadline and follow into the CRM when they expire', async () => {
    const id = String(opportunity('ignored'));
    life.place.sandbox.clock.advance(11.5 * DAY_MS);
    await life.sync();
    expect(await life.said(id)).toContain('within 3 days');

    life.place.sandbox.clock.advance(3 * DAY_MS);
    await life.sync();

    expect(life.place.sandbox.partnerCenter.referral(String(received.ignored))).toMatchObject({
      substatus: 'Expired',
    });
    expect(row('ignored')).toMatchObject({
      StageName: 'Closed Lost',
      Referral_Status__c: expect.stringMatching(/^Expired/),
    });
    expect(await life.said(id)).not.toContain('waits for an answer');
  });

  it('no call was illegal', () => {
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});

describeLife('deals of customers that the CRM does not know', { timeout: 60_000 }, (open) => {
  let life: DealLife;

  beforeAll(async () => {
    life = await open({ policy: { inbound: { create: true, accounts: 'match' } } });
  });
  afterAll(async () => life.place.close());

  it('are asked about where accounts are only matched', async () => {
    const { id } = life.place.sandbox.partnerCenter.createInbound({ referral: customer('Nobody') });

    const { code } = await life.sync();

    expect(code).toBe(3);
    expect(opportunityOf(life, String(id))).toBeNull();
    expect(await life.said(String(id))).toContain('create the account, or set policy.inbound.accounts');
  });
});
