import { describe, expect, it } from 'vitest';
import {
  type Confidence,
  confidenceOf,
  customerKey,
  type Evidence,
  emails,
  evidenceFor,
  plain,
  pointsOf,
  reasonsOf,
} from '../../../src/core/adoption-evidence.ts';
import type { Customer, Deal } from '../../../src/core/deal.ts';
import { referralDeal, SELLER } from '../../support/builders.ts';

const NOTHING: Evidence = {
  duns: false,
  name: false,
  customer: false,
  amount: null,
  closeDate: null,
  email: false,
  otherCompany: false,
};
const ALL: Evidence = {
  ...NOTHING,
  duns: true,
  name: true,
  customer: true,
  amount: 'same',
  closeDate: 'same',
  email: true,
};

function customer(duns: string | null, name: string | null = 'Fabrikam GmbH', country: string | null = 'DE') {
  const address = { line1: null, line2: null, city: null, state: null, postalCode: null, country };
  return { name, address, duns, size: null } satisfies Customer;
}

describe('text as people compare it', () => {
  it.each([
    ['✔ Fabrikam \n RENEWAL ', 'fabrikam renewal'],
    ['A &amp; B', 'a & b'],
    [' ', null],
    [null, null],
    [undefined, null],
  ])('%j is %j', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it('names a customer by name and country, and nobody by one of them', () => {
    expect(customerKey({ customer: customer(null) })).toBe('fabrikam gmbh\nde');
    expect(customerKey({ customer: customer(null, null) })).toBeNull();
    expect(customerKey({ customer: customer(null, 'Fabrikam', null) })).toBeNull();
    expect(customerKey({ customer: null })).toBeNull();
    expect(customerKey({})).toBeNull();
  });

  it('names the members of a team who have an address', () => {
    const team = [{ ...SELLER, email: ' Kim@Partner.example' }, { ...SELLER, email: null }, SELLER];

    expect(emails({ team })).toEqual(new Set(['kim@partner.example']));
    expect(emails({})).toEqual(new Set());
  });
});

describe('what speaks for a pair', () => {
  const SAME: Evidence = { ...ALL, duns: false };
  const anonymous = { name: null, customer: null, team: [] };

  it.each<readonly [string, Deal, Deal, Evidence]>([
    ['is everything where both say the same', { customer: customer('1') }, { customer: customer('1') }, ALL],
    ['is no number that nobody gives', {}, {}, SAME],
    ['is no number that one side gives', { customer: customer('1') }, { customer: customer(null) }, SAME],
    [
      'is little where the numbers are those of two companies',
      { customer: customer('1') },
      { customer: customer('2') },
      { ...SAME, otherCompany: true },
    ],
    [
      'is nothing that neither side knows',
      { ...anonymous, amount: null, closeDate: null },
      { ...anonymous, amount: null, closeDate: null },
      NOTHING,
    ],
    ['is no amount that one side lacks', { amount: null }, {}, { ...SAME, amount: null }],
    [
      'is no amount of nought that one side lacks',
      { amount: null },
      { amount: '0' },
      { ...SAME, amount: null },
    ],
    ['is an amount however it is written', { amount: '84000.00' }, { amount: '84000' }, SAME],
    [
      'is an amount within a twentieth of the larger',
      { amount: '100' },
      { amount: '95' },
      { ...SAME, amount: 'near' },
    ],
    [
      'is no amount further apart than that',
      { amount: '100' },
      { amount: '94.99' },
      { ...SAME, amount: null },
    ],
    ['is no amount in another currency', { currency: 'EUR' }, {}, { ...SAME, amount: null }],
    ['is no amount where one currency is unknown', { currency: null }, {}, { ...SAME, amount: null }],
    ['is an amount where both currencies are unknown', { currency: null }, { currency: null }, SAME],
    ['is no day that one side lacks', { closeDate: null }, {}, { ...SAME, closeDate: null }],
    [
      'is a day within a fortnight',
      { closeDate: '2026-12-17' },
      { closeDate: '2026-12-31' },
      { ...SAME, closeDate: 'near' },
    ],
    [
      'is no day further away than that',
      { closeDate: '2026-12-16' },
      { closeDate: '2026-12-31' },
      { ...SAME, closeDate: null },
    ],
    ['is no other name', { name: 'Other' }, {}, { ...SAME, name: false }],
    [
      'is no customer of that name in another country',
      { customer: customer(null, 'Fabrikam GmbH', 'AT') },
      {},
      { ...SAME, customer: false },
    ],
    [
      'is one member of the team in common',
      { team: [{ ...SELLER, email: 'lee@partner.example' }, SELLER] },
      {
        team: [
          { ...SELLER, email: 'max@partner.example' },
          { ...SELLER, email: 'KIM@partner.example' },
        ],
      },
      SAME,
    ],
    [
      'is no member whom only one side has',
      { team: [{ ...SELLER, email: 'lee@partner.example' }] },
      {},
      { ...SAME, email: false },
    ],
  ])('%s', (_name, one, other, expected) => {
    expect(evidenceFor(referralDeal(one), referralDeal(other))).toEqual(expected);
    expect(evidenceFor(referralDeal(other), referralDeal(one))).toEqual(expected);
  });
});

describe('how sure a pair is', () => {
  it.each<readonly [Confidence | null, string, Partial<Evidence>]>([
    ['high', 'a number with the same terms', { duns: true, amount: 'same', closeDate: 'same' }],
    ['high', 'a name at a known customer near in amount', { name: true, customer: true, amount: 'near' }],
    ['high', 'a name at a known company near in time', { name: true, duns: true, closeDate: 'near' }],
    [
      'medium',
      'a number and a day, with an amount that is near',
      { duns: true, amount: 'near', closeDate: 'same' },
    ],
    [
      'medium',
      'a number and an amount, with a day that is near',
      { duns: true, amount: 'same', closeDate: 'near' },
    ],
    ['medium', 'a customer with the same terms', { customer: true, amount: 'same', closeDate: 'same' }],
    ['medium', 'a name at a known customer', { name: true, customer: true }],
    ['medium', 'a name at a known company', { name: true, duns: true }],
    ['medium', 'a name and an amount', { name: true, amount: 'near' }],
    ['medium', 'a name and a day', { name: true, closeDate: 'near' }],
    ['low', 'a name and a colleague', { name: true, email: true }],
    ['low', 'a customer and an amount', { customer: true, amount: 'near' }],
    ['low', 'a company and a day', { duns: true, closeDate: 'same' }],
    ['low', 'a customer and a colleague', { customer: true, email: true }],
    ['low', 'the same terms and a colleague', { amount: 'same', closeDate: 'same', email: true }],
    [null, 'a customer alone', { customer: true }],
    [null, 'a company alone', { duns: true }],
    [null, 'a name alone', { name: true }],
    [null, 'a colleague alone', { email: true }],
    [null, 'the same terms alone', { amount: 'same', closeDate: 'same' }],
    [
      null,
      'a colleague and terms of which one is only near',
      { amount: 'near', closeDate: 'same', email: true },
    ],
    [
      null,
      'a colleague and terms of which the other is only near',
      { amount: 'same', closeDate: 'near', email: true },
    ],
    ['low', 'a name at two companies', { otherCompany: true, customer: true, name: true, amount: 'same' }],
    [
      'low',
      'near terms at two companies',
      { otherCompany: true, customer: true, amount: 'near', closeDate: 'near' },
    ],
    [
      null,
      'one near term at two companies',
      { otherCompany: true, customer: true, amount: 'same', email: true },
    ],
    ['low', 'a name and a colleague at two companies', { otherCompany: true, name: true, email: true }],
    [null, 'a name alone at two companies', { otherCompany: true, name: true }],
    [null, 'nothing', {}],
  ])('%s: %s', (expected, _what, given) => {
    expect(confidenceOf({ ...NOTHING, ...given })).toBe(expected);
  });
});

describe('what a pair is given', () => {
  it.each<readonly [number, string[], Partial<Evidence>]>([
    [0, [], {}],
    [6, ['same D-U-N-S number'], { duns: true }],
    [6, ['same name'], { name: true }],
    [4, ['same customer and country'], { customer: true }],
    [4, ['same amount and currency'], { amount: 'same' }],
    [1, ['amounts within 5 %, same currency'], { amount: 'near' }],
    [3, ['same close date'], { closeDate: 'same' }],
    [1, ['close dates within 14 days'], { closeDate: 'near' }],
    [2, ['a team member in common'], { email: true }],
    [
      25,
      [
        'same D-U-N-S number',
        'same name',
        'same customer and country',
        'same amount and currency',
        'same close date',
        'a team member in common',
      ],
      ALL,
    ],
  ])('%i points, for %j', (points, reasons, given) => {
    expect(pointsOf({ ...NOTHING, ...given })).toBe(points);
    expect(reasonsOf({ ...NOTHING, ...given })).toEqual(reasons);
  });
});
