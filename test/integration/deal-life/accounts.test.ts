import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DealLife, describeLife } from './deal-life.ts';

describeLife('whose deal it is, answered by a person', { timeout: 120_000 }, (open, crm) => {
  let life: DealLife;
  const received: Record<string, string> = {};
  let accounts: readonly string[] = [];

  const receive = (label: string, name: string): void => {
    received[label] = String(
      life.place.sandbox.partnerCenter.createInbound({
        referral: {
          customerProfile: { name, address: { city: 'Utrecht', postalCode: '3511 LN', country: 'NL' } },
        },
      }).id,
    );
  };
  const opportunities = (label: string): readonly string[] =>
    life.crm.find('Opportunity', { Referral_Identifier__c: String(received[label]) });
  const itemOf = async (label: string): Promise<string> => {
    const [item] = (await life.items()).filter(
      ({ kind, referralId }) => kind === 'parked' && referralId === received[label],
    );
    return String(item?.id);
  };

  beforeAll(async () => {
    life = await open({ policy: { inbound: { create: true, accounts: 'match' } } });
    const address = { BillingCity: 'Utrecht', BillingPostalCode: '3511 LN', BillingCountry: 'Netherlands' };
    accounts = [1, 2].map(() => life.add('Account', { Name: 'Twins', ...address }));
    receive('twins', 'Twins');
    receive('unknown', 'Nobody yet');
    await life.sync();
  });
  afterAll(async () => life.place.close());

  it('the question says how it is answered', async () => {
    expect([opportunities('twins'), opportunities('unknown')]).toEqual([[], []]);
    for (const label of ['twins', 'unknown'])
      expect(await life.said(String(received[label]))).toContain('attention resolve ITEM --account ID');
  });

  it('an answer that is no account is refused, and so is one to another question', async () => {
    const wrong = await life.place.cli('attention', 'resolve', await itemOf('twins'), '--account', 'Twins');
    const both = await life.place.cli('attention', 'resolve', await itemOf('twins'));

    expect([wrong.code, both.code]).toEqual([2, 2]);
    expect(wrong.stderr).toContain('is no id of an account');
    expect(both.stderr).toContain('--take');
  });

  it('an account that is not there is refused by the CRM, and the question can be answered anew', async () => {
    const nowhere = crm === 'salesforce' ? '001Sb0000099999' : '1e0000f5-7c1b-f011-8e4f-002248a31d99';
    await life.place.cli('attention', 'resolve', await itemOf('twins'), '--account', nowhere);

    const { code } = await life.sync();

    expect([code, opportunities('twins')]).toEqual([3, []]);
    expect(await life.said(String(received.twins))).toContain('No opportunity could be created');
  });

  it('the account that a person names gets the deal, or a new one is made', async () => {
    const [first = ''] = accounts;
    await life.place.cli('attention', 'resolve', await itemOf('twins'), '--account', first);
    await life.place.cli('attention', 'resolve', await itemOf('unknown'), '--account', 'new');

    const { code } = await life.sync();

    expect(code).toBe(0);
    const [twin = ''] = opportunities('twins');
    const [fresh = ''] = opportunities('unknown');
    expect(life.column(twin, 'AccountId')).toBe(first);
    expect(life.crm.row('Account', String(life.column(fresh, 'AccountId')))).toMatchObject({
      Name: 'Nobody yet',
    });
    expect((await life.items()).filter(({ kind }) => kind === 'parked')).toEqual([]);
  });
});
