/** The customer of an opportunity, as the deal names it. */
import { describe, expect, it } from 'vitest';
import { toDeal } from '../../../src/core/mapping.ts';
import type { CrmValue } from '../../../src/core/ports.ts';
import { mapping, opportunity } from '../../support/builders.ts';

const ACCOUNT = {
  name: 'Account.Name',
  addressLine1: 'Account.Street',
  addressLine2: 'Account.Street2',
  city: 'Account.City',
  state: 'Account.State',
  postalCode: 'Account.BillingPostalCode',
  country: 'Account.BillingCountry',
  size: 'Account.Employees',
  duns: 'Account.DunsNumber',
};

function read(values: Readonly<Record<string, CrmValue>>, customer: Partial<typeof ACCOUNT> = ACCOUNT) {
  const { deal, problems } = toDeal(opportunity(values), mapping({ customer }));
  return { customer: deal.customer, problems };
}

describe('the customer', () => {
  it('has all that its account says', () => {
    const { customer, problems } = read({
      'Account.Street': 'Limbecker Platz 1',
      'Account.Street2': 'Aufgang B',
      'Account.City': 'Essen',
      'Account.State': 'NW',
      'Account.Employees': 120,
      'Account.DunsNumber': '123456789',
    });

    expect(customer).toStrictEqual({
      name: 'Fabrikam GmbH',
      address: {
        line1: 'Limbecker Platz 1',
        line2: 'Aufgang B',
        city: 'Essen',
        state: 'NW',
        postalCode: '45127',
        country: 'DE',
      },
      duns: '123456789',
      size: '51to250employees',
    });
    expect(problems).toEqual([]);
  });

  it('has nothing where the account says nothing or the mapping names no column', () => {
    const nothing = {
      name: 'Fabrikam GmbH',
      address: { line1: null, line2: null, city: null, state: null, postalCode: null, country: null },
      duns: null,
      size: null,
    };

    expect(read({}, { name: 'Account.Name' }).customer).toStrictEqual(nothing);
    expect(
      read({ 'Account.BillingCountry': ' ', 'Account.BillingPostalCode': null, 'Account.Employees': null }),
    ).toStrictEqual({ customer: nothing, problems: [] });
  });

  it('has no size that nobody can read', () => {
    expect(read({ 'Account.Employees': 'many' }).customer?.size).toBeNull();
  });

  it('is none where the account has no name', () => {
    expect(read({ 'Account.Name': ' ' })).toStrictEqual({ customer: null, problems: [] });
    expect(read({}, {})).toStrictEqual({ customer: null, problems: [] });
  });

  it('is unknown where its name is hidden', () => {
    const { 'Account.Name': _hidden, ...values } = opportunity().values;

    const { deal, problems } = toDeal(opportunity({}, { values }), mapping());

    expect(deal).not.toHaveProperty('customer');
    expect(problems).toEqual([]);
  });

  it('gives its country to the phone numbers of its contacts', () => {
    const contact = {
      firstName: 'Mia',
      lastName: 'Kunde',
      email: 'mia@fabrikam.example',
      phone: '0201 123456',
    };
    const record = opportunity({}, { people: { owner: [], contactRoles: [contact] } });

    expect(toDeal(record, mapping()).deal.contacts).toEqual([{ ...contact, phone: '+49201123456' }]);
  });
});

describe('the customer’s country', () => {
  it.each([
    ['Deutschland', 'DE', null],
    ['Germny', null, 'the customer\'s country "Germny" is not a country we know (did you mean DE?)'],
    ['Xyzzyland-on-Sea', null, 'the customer\'s country "Xyzzyland-on-Sea" is not a country we know'],
    ['Korea', null, 'the customer\'s country "Korea" could be several countries (did you mean KP or KR?)'],
  ])('"%s" is %j, or said to be none', (text, country, problem) => {
    const { customer, problems } = read({ 'Account.BillingCountry': text });

    expect(customer?.address.country).toBe(country);
    expect(problems).toEqual(problem === null ? [] : [{ field: 'customer', code: 'country', text: problem }]);
  });
});
