import { expect, it } from 'vitest';
import type { EligibilityLine } from '../../../src/core/registration-rules.ts';
import { OTHER_REFERRAL } from '../../support/builders.ts';
import { registering } from '../../support/registration.ts';
import { lineOf, microsoft, type RegistrationCase } from '../../support/registration-case.ts';

const line = (rule: string, ok: boolean | null, text: string, required = true): EligibilityLine => ({
  rule,
  ok,
  required,
  text,
});

const cases: readonly (readonly [string, EligibilityLine, RegistrationCase])[] = [
  [
    'a contract over three years',
    line('annual-value', true, 'the contract is worth 27974.45 USD a year; more than 25000 are needed'),
    { crm: { Contract_Start__c: '2026-11-19', Contract_End__c: '2029-11-19' } },
  ],
  [
    'a contract over half a year, which counts as one',
    line('annual-value', false, 'the contract is worth 25000 USD a year; more than 25000 are needed'),
    { crm: { Amount: 25_000, Contract_End__c: '2027-05-18' } },
  ],
  [
    'a contract without an end, which counts as six years',
    line('annual-value', false, 'the contract is worth 14000 USD a year; more than 25000 are needed'),
    { crm: { Contract_Term__c: 'Perpetual', Contract_End__c: null } },
  ],
  [
    'a perpetual contract, whatever end the CRM holds',
    line('annual-value', false, 'the contract is worth 14000 USD a year; more than 25000 are needed'),
    { crm: { Contract_Term__c: 'Perpetual', Contract_End__c: '2026-12-31' } },
  ],
  [
    'a contract in euros',
    line(
      'annual-value',
      null,
      'the contract is worth 84000 EUR a year; Microsoft asks for more than the equivalent of 25000 USD',
    ),
    { crm: { CurrencyIsoCode: 'EUR' } },
  ],
  [
    'a contract in euros that is worth nothing',
    line(
      'annual-value',
      false,
      'the contract is worth 0 EUR a year; Microsoft asks for more than the equivalent of 25000 USD',
    ),
    { crm: { CurrencyIsoCode: 'EUR', Amount: 0 } },
  ],
  [
    'a signature today',
    line('sign-date', true, 'the contract was signed on 2026-11-20'),
    { crm: { Contract_Signed__c: '2026-11-20' } },
  ],
  [
    'a signature tomorrow',
    line(
      'sign-date',
      false,
      "the contract's signature lies in the future (2026-11-21, today is 2026-11-20 in UTC)",
    ),
    { crm: { Contract_Signed__c: '2026-11-21' } },
  ],
  [
    'a signature too long ago',
    line('sign-date', false, 'the contract was signed on 2026-09-20, more than 60 days ago'),
    { crm: { Contract_Signed__c: '2026-09-20' }, referral: { createdAt: '2026-09-01T00:00:00Z' } },
  ],
  [
    'a signature on the last day that counts',
    line('sign-date', true, 'the contract was signed on 2026-09-21'),
    { crm: { Contract_Signed__c: '2026-09-21' }, referral: { createdAt: '2026-09-01T00:00:00Z' } },
  ],
  [
    'a signature on the day of the deal',
    line('sign-date', true, 'the contract was signed on 2026-11-01'),
    { crm: { Contract_Signed__c: '2026-11-01' } },
  ],
  [
    'a signature where nobody knows when Microsoft was invited',
    line('sign-date', true, 'the contract was signed on 2026-11-18'),
    { link: { siblings: [{ id: OTHER_REFERRAL, organizationId: 'msft', state: 'Accepted' }] } },
  ],
  [
    'a signature before the deal',
    line(
      'sign-date',
      false,
      'the contract was signed on 2026-10-31, before the deal was created (2026-11-01)',
    ),
    { crm: { Contract_Signed__c: '2026-10-31' } },
  ],
  [
    'a signature before the invitation',
    line(
      'sign-date',
      false,
      'the contract was signed on 2026-11-18, before Microsoft was invited (2026-11-19)',
    ),
    { link: microsoft('Accepted', '2026-11-19T08:00:00Z') },
  ],
  [
    'a signature before the day of deal and invitation',
    line(
      'sign-date',
      false,
      'the contract was signed on 2026-10-31, before the deal was created (2026-11-01)',
    ),
    { crm: { Contract_Signed__c: '2026-10-31' }, link: microsoft('Accepted', '2026-11-01T11:00:00Z') },
  ],
  [
    'a start 90 days ago',
    line('start-date', true, 'the contract starts on 2026-08-22'),
    { crm: { Contract_Start__c: '2026-08-22' } },
  ],
  [
    'a start 91 days ago',
    line('start-date', false, 'the contract starts on 2026-08-21, more than 90 days ago'),
    { crm: { Contract_Start__c: '2026-08-21' } },
  ],
  [
    'a perpetual contract',
    line('end-date', true, 'the contract has no end'),
    { crm: { Contract_Term__c: 'Perpetual', Contract_End__c: null } },
  ],
  [
    'an end on the day of the start',
    line('end-date', true, 'the contract ends on 2026-11-19'),
    { crm: { Contract_End__c: '2026-11-19' } },
  ],
  [
    'an end before the start',
    line('end-date', false, 'the contract ends on 2026-11-18, before it starts'),
    { crm: { Contract_End__c: '2026-11-18' } },
  ],
  [
    'a solution worth more than the contract',
    line('solution-value', false, "the solution is worth 84000.01 of the contract's 84000 USD"),
    {
      crm: { Solution_Value__c: 84_000.01 },
      mapping: registering({
        values: {
          ...registering().registration?.values,
          solutionValue: { crm: 'Solution_Value__c', default: null },
        },
      }),
    },
  ],
  [
    'what went through the marketplace',
    line(
      'marketplace',
      false,
      'the deal was transacted through the marketplace, for which Microsoft needs no registration',
      false,
    ),
    { crm: { Marketplace_Transacted__c: true } },
  ],
  [
    'a start in the future',
    line('start-date', true, 'the contract starts on 2027-01-01'),
    { crm: { Contract_Start__c: '2027-01-01' } },
  ],
];

it.each(cases)('the rules of a registration judge %s', (_what, expected, made) => {
  expect(lineOf(expected.rule, made)).toEqual(expected);
});
