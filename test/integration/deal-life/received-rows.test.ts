import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/partner-center/index.ts';
import { type DealLife, describeLife } from './deal-life.ts';

const DAY_MS = 86_400_000;
const person = (firstName: string, email: string): JsonObject => ({
  firstName,
  lastName: 'Kunde',
  phoneNumber: '+49 201 5550111',
  email,
});

describeLife('contacts and solutions of received deals', { timeout: 120_000 }, (open, crm) => {
  let life: DealLife;
  const received: Record<string, string> = {};

  const receive = (label: string, team: JsonObject[], referral: JsonObject = {}): void => {
    received[label] = String(
      life.place.sandbox.partnerCenter.createInbound({
        referral: { customerProfile: { team }, ...referral },
      }).id,
    );
  };
  const opportunity = (label: string): string =>
    life.crm.find('Opportunity', { Referral_Identifier__c: String(received[label]) })[0] ?? '';
  const contacts = (email: string): readonly string[] => life.crm.find('Contact', { Email: email });
  const solutionsOf = (label: string): readonly Readonly<Record<string, unknown>>[] => {
    const { salesforce, dynamics } = life.place.sandbox;
    if (crm === 'salesforce')
      return salesforce.query(
        `SELECT Product2.Name, UnitPrice FROM OpportunityLineItem WHERE OpportunityId = '${opportunity(label)}' ORDER BY UnitPrice DESC`,
      );
    return [...(dynamics?.list('msft_microsoftsolution') ?? [])];
  };

  beforeAll(async () => {
    life = await open({
      policy: { inbound: { create: true, accounts: 'create', contacts: 'create' } },
      mapping: (file) => {
        const from = crm === 'salesforce' ? 'products' : 'msft_microsoftsolutions.msft_solutionidentifier';
        file.setIn(['solutions', 'from'], from);
        if (crm === 'dynamics') file.setIn(['solutions', 'catalogue'], {});
      },
    });
    if (crm === 'salesforce')
      life.crm.sell(
        life.crm.add('Opportunity', { Name: 'Shelf', StageName: 'Prospecting', CloseDate: life.day(9) }),
        ['GTX Pro', 'GTX Basic'],
      );
    const solutions = ['SOL-10002-AAA', 'SOL-10001-AAA', 'SOL-99999-ZZZ'].map((id) => ({
      id,
      name: id,
      type: 'Name',
    }));
    receive('first', [person('Mia', 'MIA@fabrikam.example'), person('Max', 'max@fabrikam.example')], {
      details: { dealValue: 40_000, currency: 'USD', requirements: { solutions } },
    });
    receive('second', [
      person('Max', 'max@fabrikam.example'),
      { firstName: 'Nobody', lastName: null, phoneNumber: null, email: null },
    ]);
    receive('mistyped', [person('Ina', 'ina at home')]);
    await life.sync();
  });
  afterAll(async () => life.place.close());

  it('contacts that the account has are taken, others are made once, whatever the number of deals', () => {
    expect(contacts('mia@fabrikam.example')).toHaveLength(1);
    expect(contacts('max@fabrikam.example')).toHaveLength(1);
  });

  it('they are joined to the opportunity, the first as the main one', () => {
    const joined = (label: string) =>
      life.crm.find('OpportunityContactRole', { OpportunityId: opportunity(label) }).length;

    expect([joined('first'), joined('second')]).toEqual([2, 1]);
    if (crm === 'salesforce') {
      const roles = life.place.sandbox.salesforce.query(
        `SELECT Contact.Email FROM OpportunityContactRole WHERE OpportunityId = '${opportunity('first')}' AND IsPrimary = true`,
      );
      expect(roles).toHaveLength(1);
    }
  });

  it('one without an e-mail address is left out, which is told without details', async () => {
    const said = await life.said(String(received.second));

    expect(said).toContain('without a contact without an e-mail address');
    expect(said).not.toContain('Nobody');
  });

  it('what the CRM refuses is told by a code, without the contact’s details', async () => {
    const said = await life.said(String(received.mistyped));

    expect(said).not.toContain('ina at home');
    if (crm === 'salesforce') expect(said).toContain('a contact (refused: INVALID_EMAIL_ADDRESS)');
  });

  it('solutions become rows, and the value of the deal stays what it was', async () => {
    expect(life.column(opportunity('first'), 'Amount')).toBe(40_000);
    if (crm === 'salesforce') {
      expect(solutionsOf('first')).toMatchObject([
        { Product2: { Name: expect.stringContaining('GTX') }, UnitPrice: 40_000 },
        { Product2: { Name: expect.stringContaining('GTX') }, UnitPrice: 0 },
      ]);
      expect(await life.said(String(received.first))).toContain('SOL-99999-ZZZ (no active price book entry)');
    } else
      expect(solutionsOf('first').map((row) => row.msft_solutionidentifier)).toEqual(
        expect.arrayContaining(['SOL-10002-AAA', 'SOL-10001-AAA', 'SOL-99999-ZZZ']),
      );
  });

  it('then nothing more is written, and the deal keeps its solutions and its value when it is accepted', async () => {
    await life.sync();
    const writes = life.crm.writes();
    const { outcome, wrote } = await life.sync();
    expect([outcome, wrote.opportunitiesUpdated, life.crm.writes()]).toEqual(['clean', 0, writes]);

    life.edit(opportunity('first'), { StageName: 'Prospecting' });
    await life.sync();

    expect(life.place.sandbox.partnerCenter.referral(String(received.first))).toMatchObject({
      substatus: 'Accepted',
      details: { dealValue: 40_000, requirements: { solutions: [{}, {}, {}] } },
    });
  });

  it('contact details that an expired deal hides are not taken away', async () => {
    const id = opportunity('second');
    life.place.sandbox.clock.advance(15 * DAY_MS);
    await life.sync();

    expect(life.place.sandbox.partnerCenter.referral(String(received.second))).toMatchObject({
      substatus: 'Expired',
      customerProfile: { team: [] },
    });
    expect(life.crm.find('OpportunityContactRole', { OpportunityId: id })).toHaveLength(1);
    expect(life.place.sandbox.partnerCenter.illegalCalls).toEqual([]);
  });
});
