import { describe, expect, it } from 'vitest';
import type { Customer } from '../../../src/core/deal.ts';
import { chooseAccount, type InboundInput, wantsOpportunity } from '../../../src/core/decide-inbound.ts';
import { parseFilter } from '../../../src/core/filter.ts';
import type { AccountCandidate, Referral } from '../../../src/core/ports.ts';
import { mapping, referralDeal, SOLUTION } from '../../support/builders.ts';
import { account, arrived, decide, inbound, POLICY } from '../../support/inbound-case.ts';

describe('which deals are brought in', () => {
  it.each<[string, boolean, Partial<InboundInput>]>([
    ['a new one', true, {}],
    [
      'one that was accepted and made after this state',
      true,
      { referral: arrived({ state: 'Accepted' }, { createdAt: '2026-11-10T00:00:01Z' }) },
    ],
    [
      'one made in the moment of this state',
      true,
      { referral: arrived({ state: 'Accepted' }, { createdAt: '2026-11-10T00:00:00Z' }) },
    ],
    [
      'an older one that nobody has answered',
      true,
      { referral: arrived({}, { createdAt: '2026-10-01T00:00:00Z' }) },
    ],
    [
      'an older one where those are asked for',
      true,
      {
        referral: arrived({ state: 'Accepted' }, { createdAt: '2026-10-01T00:00:00Z' }),
        policy: { ...POLICY, existing: 'create' },
      },
    ],
    [
      'an older one',
      false,
      { referral: arrived({ state: 'Accepted' }, { createdAt: '2026-10-01T00:00:00Z' }) },
    ],
    ['one that ended', false, { referral: arrived({ state: 'Expired' }) }],
    ['one without a state', false, { referral: arrived({ state: null }) }],
    ['Microsoft’s own record', false, { referral: arrived({}, { isMicrosofts: true }) }],
    ['one that cannot be trusted', false, { referral: arrived({}, { malformed: ['no state'] }) }],
    ['one that carries an id', false, { referral: arrived({}, { tag: { kind: 'foreign', text: 'PO 1' } }) }],
    ['any, where creating is off', false, { policy: { ...POLICY, create: false } }],
    ['a lead', false, { referral: arrived({}, { category: 'lead' }) }],
    [
      'a lead where only those of the marketplace are asked for',
      false,
      { referral: arrived({}, { category: 'lead' }), policy: { ...POLICY, marketplaceLeads: true } },
    ],
    [
      'a lead where leads are asked for',
      true,
      { referral: arrived({}, { category: 'lead' }), policy: { ...POLICY, leads: true } },
    ],
    [
      'a lead of the marketplace where those are asked for',
      true,
      { referral: arrived({}, { category: 'marketplace' }), policy: { ...POLICY, marketplaceLeads: true } },
    ],
    [
      'a lead of the marketplace where other leads are asked for',
      false,
      { referral: arrived({}, { category: 'marketplace' }), policy: { ...POLICY, leads: true } },
    ],
  ])('is %s: %s', (_what, isWanted, rest) => {
    expect(wantsOpportunity(inbound(rest))).toBe(isWanted);
    expect(decide(rest).actions).toHaveLength(isWanted ? 1 : 0);
  });
});

describe('the account of a deal that arrives', () => {
  const customers = (rest: Partial<InboundInput>) =>
    decide(rest).actions.map((action) =>
      action.type === 'create-opportunity' ? action.draft.customer : null,
    );

  it('is the one a person chose, whatever fits', () => {
    expect(customers({ accounts: [account(), account({ id: '002' })], chosenAccount: '009' })).toEqual([
      { existingId: '009' },
    ]);
  });

  it('is a new one where a person says so, whatever the policy', () => {
    expect(customers({ chosenAccount: 'new' })).toEqual([
      {
        create: {
          values: {
            'Account.Name': 'Fabrikam GmbH',
            'Account.BillingCountry': 'DE',
            'Account.BillingPostalCode': '45127',
          },
        },
      },
    ]);
  });

  it('is a new one where the policy makes them, and none fits or nobody has looked', () => {
    const policy = { ...POLICY, accounts: 'create' } as const;

    expect(customers({ accounts: [], policy })).toMatchObject([{ create: {} }]);
    expect(customers({ accounts: null, policy })).toMatchObject([{ create: {} }]);
    expect(customers({ policy })).toEqual([{ existingId: '001' }]);
  });

  const customer = referralDeal().customer ?? null;
  const unnamed = { name: null, country: null, postalCode: null };
  it.each<[string, Partial<AccountCandidate>, Partial<Customer>, boolean]>([
    [
      'in other letters and with marks of HTML',
      { name: 'FABRIKAM & CO' },
      { name: 'Fabrikam &amp; Co' },
      true,
    ],
    ['by a name that only capitals would make the same', { name: 'Groß AG' }, { name: 'GROSS AG' }, false],
    ['by another name', { name: 'Fabrikam AG' }, {}, false],
    ['without a name', { name: null }, {}, false],
    ['with a blank postal code', { postalCode: ' ' }, {}, false],
    ['without a postal code', { postalCode: null }, {}, false],
    ['in a country that nobody knows, spelled alike', { country: 'Atlantis' }, {}, false],
    ['without a country', { country: null }, {}, false],
    ['with another D-U-N-S number', { duns: '987654321' }, { duns: '123456789' }, true],
    ['with nothing but the D-U-N-S number', { ...unnamed, duns: '123456789' }, { duns: '123456789' }, true],
    [
      'where neither has a D-U-N-S number, and nothing else fits',
      { ...unnamed, duns: null },
      { duns: null },
      false,
    ],
  ])('%s fits: %#', (_what, candidate, rest, fits) => {
    if (customer === null) throw new TypeError('The deal needs a customer.');

    expect(chooseAccount({ ...customer, ...rest }, [account(candidate)])).toEqual(
      fits ? { kind: 'existing', id: '001' } : { kind: 'none' },
    );
  });

  it.each([
    ['the same unknown country', 'Atlantis', 'Atlantis', true],
    ['another unknown country', 'Atlantis', 'Lemuria', false],
    ['the same unknown country in other blanks', ' Atlantis', 'Atlantis', true],
    ['a country on one side only', null, 'Atlantis', false],
    ['no country on either side', null, '', true],
  ])('with %s fits: %s, %s', (_what, here, there, fits) => {
    if (customer === null) throw new TypeError('The deal needs a customer.');
    const address = { ...customer.address, country: there };

    expect(chooseAccount({ ...customer, address }, [account({ country: here })]).kind).toBe(
      fits ? 'existing' : 'none',
    );
  });
});

describe('the columns of an opportunity that is brought in', () => {
  const valuesOf = (rest: Partial<InboundInput>) =>
    decide(rest).actions.flatMap((action) =>
      action.type === 'create-opportunity' ? [action.draft.values] : [],
    )[0] ?? {};
  const catalogue = { 'GTX Pro': SOLUTION, 'GTX Lite': 'SOL-2' };
  const two = arrived({ solutions: [SOLUTION, 'SOL-2', 'SOL-3'].map((id) => ({ id, name: null })) });
  const from = (paths: readonly string[]) =>
    mapping({ solutions: { from: paths.map((path) => ({ path })), catalogue, default: null } });

  it('name the products that the catalogue knows', () => {
    expect(valuesOf({ referral: two, mapping: from(['Product__c']) })).toMatchObject({
      Product__c: 'GTX Pro;GTX Lite',
    });
  });

  it.each([
    ['no product is known', arrived({ solutions: [{ id: 'SOL-3', name: null }] }), from(['Product__c'])],
    ['the deal says nothing of products', withoutSolutions(), from(['Product__c'])],
    ['no column names them', two, from([])],
    ['several columns name them', two, from(['Product__c', 'Other__c'])],
    ['the column is another record’s', two, from(['Account.Product__c'])],
    [
      'they are rows of a table',
      two,
      mapping({ solutions: { from: [{ source: 'products' }], catalogue, default: null } }),
    ],
  ])('leave the products alone where %s', (_what, referral, map) => {
    expect(
      Object.keys(valuesOf({ referral, mapping: map })).filter((name) => name.includes('Product')),
    ).toEqual([]);
  });

  it.each([
    ['Sync__c = true', { Sync__c: true }],
    ['Sync__c = true and Closed__c = false and Name != "Test"', { Sync__c: true, Closed__c: false }],
    ['Sync__c = true and (Ours__c = true and Kind__c = "Deal")', { Sync__c: true, Ours__c: true }],
    ['Sync__c != true', {}],
    ['Sync__c = true or Ours__c = true', {}],
    ['not Hidden__c = true', {}],
  ])('meet the yes-and-no conditions of the filter %s', (text, wanted) => {
    const values = valuesOf({ mapping: mapping({ include: parseFilter(text) }) });
    const flags = Object.entries(values).filter(([name]) => /^(Sync|Closed|Ours|Hidden|Kind)__c$/.test(name));

    expect(Object.fromEntries(flags)).toEqual(wanted);
  });
});

function withoutSolutions(): Referral {
  const { solutions: _solutions, ...deal } = arrived().deal;
  return { ...arrived(), deal };
}
