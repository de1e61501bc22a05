import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DealLife, describeLife } from './deal-life.ts';

/** The opportunity that a received deal became. */
function opportunityOf(life: DealLife, referralId: string): string {
  return String(life.crm.find('Opportunity', { Referral_Identifier__c: referralId })[0]);
}

/** An opportunity of the CRM that is not this one. */
const ELSEWHERE = {
  salesforce: 'd365:1e0000f5-7c1b-f011-8e4f-002248a31d05',
  dynamics: '006000000000001AAA',
} as const;

describeLife('answers and reasons', { timeout: 120_000 }, (open, crm) => {
  let life: DealLife;
  const received: Record<string, string> = {};

  const receive = (label: string, options = {}): void => {
    received[label] = String(life.place.sandbox.partnerCenter.createInbound(options).id);
  };
  const opportunity = (label: string): string => opportunityOf(life, String(received[label]));
  const referral = (label: string) => life.place.sandbox.partnerCenter.referral(String(received[label]));

  beforeAll(async () => {
    life = await open({
      policy: {
        approvals: ['close'],
        inbound: { create: true, accounts: 'create', leads: true, marketplaceLeads: true },
      },
      mapping: (file) => file.set('reasons', { map: { 'No money': 1 } }),
    });
    for (const label of ['numbered', 'translated', 'unknown', 'lost']) receive(label);
    receive('lead', { kind: 'lead' });
    receive('marketplace', { kind: 'marketplaceLead' });
    await life.sync();
  });
  afterAll(async () => life.place.close());

  it('a reason is one of Partner Center’s, by number, by label or through the mapping', async () => {
    life.edit(opportunity('numbered'), { StageName: 'Declined', Decline_Reason__c: '3' });
    life.edit(opportunity('translated'), { StageName: 'Declined', Decline_Reason__c: 'No money' });

    await life.sync();

    expect(referral('numbered')).toMatchObject({ statusReason: 'Customer chose another vendor' });
    expect(referral('translated')).toMatchObject({ statusReason: 'Budget not adequate' });
    expect(life.column(opportunity('translated'), 'Decline_Reason__c')).toBe('No money');
  });

  it('one that Partner Center does not offer is not sent; the deal waits and the valid ones are listed', async () => {
    const id = opportunity('unknown');
    life.edit(id, { StageName: 'Declined', Decline_Reason__c: 'Bad weather' });
    const { code } = await life.sync();
    expect(code).toBe(3);
    expect(referral('unknown')).toMatchObject({ status: 'New' });
    const said = await life.said(id);
    expect(said).toContain('"Bad weather" is none that Partner Center offers');
    expect(said).toContain('6 Proposed timeline too short');

    life.edit(id, { Decline_Reason__c: 'not a customer' });
    await life.sync();

    expect(referral('unknown')).toMatchObject({ substatus: 'Declined', statusReason: 'Not a customer' });
    expect(await life.said(id)).not.toContain('Bad weather');
  });

  it('a received deal that is closed at once is accepted, and one approval is enough for the close', async () => {
    const id = opportunity('lost');
    life.edit(id, { StageName: 'Closed Lost', Loss_Reason__c: 'Others', Amount: 777 });
    await life.sync();
    expect(referral('lost')).toMatchObject({ status: 'Active', substatus: 'Accepted' });
    const approvals = async () => (await life.items()).filter(({ kind }) => kind === 'approval');
    const [item, ...more] = await approvals();
    expect(more).toEqual([]);
    await life.place.cli('attention', 'approve', String(item?.id));
    life.edit(id, { Description: 'A last remark.' });

    const { code } = await life.sync();

    expect(code).toBe(0);
    expect(referral('lost')).toMatchObject({
      status: 'Closed',
      substatus: 'Lost',
      statusReason: 'Others',
      details: { dealValue: 777, notes: 'A last remark.' },
    });
    expect(await approvals()).toEqual([]);
  });

  it('leads that are switched on arrive like deals, and are accepted like them', async () => {
    const ids = ['lead', 'marketplace'].map(opportunity);
    for (const id of ids) {
      expect(life.column(id, 'StageName')).toBe('Co-sell Received');
      life.edit(id, { StageName: 'Prospecting' });
    }

    await life.sync();

    expect(referral('lead')).toMatchObject({ substatus: 'Accepted', externalReferenceId: ids[0] });
    expect(referral('marketplace')).toMatchObject({ substatus: 'Accepted', externalReferenceId: ids[1] });
  });

  it('the deal of another CRM on the same tenant is nobody’s work here', async () => {
    const other = String(
      life.place.sandbox.partnerCenter.createOwn({ externalReferenceId: ELSEWHERE[crm] }).id,
    );

    const { code, attention } = await life.sync();

    expect([code, attention]).toEqual([0, { conflicts: 0, parked: 0, approvals: 0, notices: 0 }]);
    expect(await life.said(other)).toBe('');
  });

  it('no call was illegal', () => {
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});
