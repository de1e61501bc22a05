/** What a received deal brings beside the columns of its new opportunity. */
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/core/config-types.ts';
import type { Deal, Person } from '../../../src/core/deal.ts';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import { mayHaveRelated, relatedOf } from '../../../src/core/related.ts';
import { mapping, OPPORTUNITY, opportunity, referral, SOLUTION } from '../../support/builders.ts';

const MIA: Person = {
  firstName: 'Mia',
  lastName: 'Kunde',
  email: 'mia@fabrikam.example',
  phone: '+49201123456',
};
const NO_EMAIL: Person = { ...MIA, email: null };
const PRODUCTS: Mapping['solutions']['from'] = [{ source: 'products' }];
const CHILD: Mapping['solutions']['from'] = [{ path: 'Lines__r.Name' }];
const COLUMN: Mapping['solutions']['from'] = [{ path: 'Product__c' }];
const catalogue = { 'GTX Pro': SOLUTION, 'GTX Pro (EU)': SOLUTION.toLowerCase(), Other: 'SOL-2' };

const policy = (rest: Partial<Policy['inbound']> = {}): Policy['inbound'] => ({
  create: true,
  accounts: 'match',
  existing: 'leave',
  ...rest,
});
const mapped = (from: Mapping['solutions']['from']) =>
  mapping({ solutions: { from, catalogue, default: null } });
const related = (deal: Deal, from: Mapping['solutions']['from'], rest: Partial<Policy['inbound']> = {}) =>
  relatedOf({
    referral: referral(deal),
    opportunity: opportunity(),
    mapping: mapped(from),
    policy: policy(rest),
  });

const ROWS = {
  opportunityId: OPPORTUNITY,
  accountId: '0015500000AAAAA',
  contacts: [],
  createContacts: false,
  solutions: [],
  solutionsTo: null,
  amount: '84000',
};

describe('rows beside a new opportunity', () => {
  it.each([
    ['none where solutions are a column of it', COLUMN, {}, false],
    ['none where the mapping names no solutions', [], {}, false],
    ['its products', PRODUCTS, {}, true],
    ['rows of a child table', CHILD, {}, true],
    ['one of several sources', [...COLUMN, ...PRODUCTS], {}, true],
    ['no products where they are to be left', PRODUCTS, { solutions: 'leave' }, false],
    ['contacts to look for', COLUMN, { contacts: 'match' }, true],
    ['contacts to create', COLUMN, { contacts: 'create' }, true],
    ['no contacts where they are not wanted', COLUMN, { contacts: 'none' }, false],
    ['contacts, though products are left', PRODUCTS, { solutions: 'leave', contacts: 'match' }, true],
  ] as const)('are %s', (_what, from, rest, expected) => {
    expect(mayHaveRelated(mapped(from), policy(rest as Partial<Policy['inbound']>))).toBe(expected);
  });
});

describe('solutions of a received deal', () => {
  const solutions = [
    { id: SOLUTION, name: 'GTX' },
    { id: 'SOL-9', name: null },
  ];
  const names = [['GTX Pro', 'GTX Pro (EU)', SOLUTION], ['SOL-9']];

  it('become products, under every name the catalogue has for them and the id last', () => {
    expect(related({ solutions }, PRODUCTS)).toEqual({
      rows: { ...ROWS, solutions: names, solutionsTo: 'products' },
      omitted: [],
    });
  });

  it('are left out as products where the opportunity is in another currency, which is told', () => {
    const deal = { solutions, currency: 'EUR' };

    expect(related(deal, PRODUCTS)).toEqual({
      rows: ROWS,
      omitted: ['its products, whose prices would not be in EUR as the deal’s value is'],
    });
    expect(related(deal, CHILD)?.rows.solutions).toEqual(names);
  });

  it('become products where the deal names no currency, or the opportunity shows none', () => {
    const { CurrencyIsoCode: _currency, ...values } = opportunity().values;
    const rule = mapped(PRODUCTS);
    const fields = rule.fields.map((field) =>
      field.field === 'currency' ? { ...field, default: null } : field,
    );

    expect(related({ solutions, currency: null }, PRODUCTS)?.rows.solutionsTo).toBe('products');
    expect(
      relatedOf({
        referral: referral({ solutions, currency: 'EUR' }),
        opportunity: { ...opportunity(), values: { ...values, CurrencyIsoCode: null } },
        mapping: { ...rule, fields },
        policy: policy(),
      })?.rows.solutionsTo,
    ).toBe('products');
  });

  it('become rows of the child table', () => {
    expect(related({ solutions, amount: null }, CHILD)).toEqual({
      rows: { ...ROWS, amount: null, solutions: names, solutionsTo: { path: 'Lines__r.Name' } },
      omitted: [],
    });
  });

  it.each([
    ['the mapping names no source', [], {}],
    ['the mapping names several, so none is the right one', [...PRODUCTS, ...CHILD], {}],
    ['they are a column of the opportunity', COLUMN, {}],
    ['they are to be left', PRODUCTS, { solutions: 'leave' }],
  ] as const)('are not added where %s', (_why, from, rest) => {
    expect(related({ solutions }, from, rest as Partial<Policy['inbound']>)).toBeNull();
  });

  it('are not added where the deal has none', () => {
    const { solutions: _none, ...deal } = referral().deal;

    expect(related({ solutions: [] }, PRODUCTS)).toBeNull();
    expect(
      relatedOf({
        referral: referral({}, { deal }),
        opportunity: opportunity(),
        mapping: mapped(PRODUCTS),
        policy: policy(),
      }),
    ).toBeNull();
  });
});

describe('contacts of a received deal', () => {
  const only = { solutions: [], contacts: [MIA] };

  it('are looked for, or made where the policy says so', () => {
    expect(related(only, PRODUCTS, { contacts: 'match' })).toEqual({
      rows: { ...ROWS, contacts: [MIA] },
      omitted: [],
    });
    expect(related(only, PRODUCTS, { contacts: 'create' })).toEqual({
      rows: { ...ROWS, contacts: [MIA], createContacts: true },
      omitted: [],
    });
  });

  it('are left where the policy does not want them', () => {
    expect(related(only, PRODUCTS)).toBeNull();
    expect(related(only, PRODUCTS, { contacts: 'none' })).toBeNull();
  });

  it('without an e-mail address are left out, and told', () => {
    expect(related({ solutions: [], contacts: [NO_EMAIL] }, PRODUCTS, { contacts: 'match' })).toEqual({
      rows: ROWS,
      omitted: ['a contact without an e-mail address'],
    });
    expect(
      related({ solutions: [], contacts: [NO_EMAIL, MIA, NO_EMAIL] }, PRODUCTS, { contacts: 'match' }),
    ).toEqual({ rows: { ...ROWS, contacts: [MIA] }, omitted: ['2 contacts without an e-mail address'] });
  });

  it('that the deal does not tell are none', () => {
    const { contacts: _none, ...deal } = referral({ solutions: [] }).deal;

    expect(
      relatedOf({
        referral: referral({}, { deal }),
        opportunity: opportunity(),
        mapping: mapped(PRODUCTS),
        policy: policy({ contacts: 'match' }),
      }),
    ).toBeNull();
  });
});
