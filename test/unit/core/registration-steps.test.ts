import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/lenses/canonical-json.ts';
import type { Referral } from '../../../src/core/ports.ts';
import { correctionsTo, registrationStatusOf } from '../../../src/core/registration.ts';
import type { RegistrationValues } from '../../../src/core/registration-values.ts';
import { referral, SOLUTION } from '../../support/builders.ts';
import { registering } from '../../support/registration.ts';
import { assess, HELD, lineOf, type RegistrationCase, reviewed } from '../../support/registration-case.ts';

const VALUES = { ...HELD, contractValue: '84000' } as RegistrationValues;
const stepOf = (made: RegistrationCase) => assess(made)?.step;
const others = [{ id: 'SOL-2', name: null }];

describe('the state of a review', () => {
  it.each(['ReviewPending', 'ActionRequired', 'Approved', 'Passed', 'Failed', 'Closed'])(
    '%s is known in whatever letters',
    (status) => {
      expect(registrationStatusOf(referral({}, { registrationStatus: status.toUpperCase() }))).toBe(status);
    },
  );

  it.each<[Partial<Referral>, string | null]>([
    [{ registrationStatus: ' ' }, null],
    [{ registrationStatus: 'none' }, null],
    [{ registrationStatus: 'none', registrations: [] }, null],
    [{ registrationStatus: null, registrations: [{ status: ' ', statusReason: null, values: {} }] }, null],
    [
      { registrationStatus: 'Approved', registrations: [{ status: null, statusReason: null, values: {} }] },
      'Approved',
    ],
    [
      { registrationStatus: null, registrations: [{ status: 'None', statusReason: null, values: {} }] },
      'ReviewPending',
    ],
  ])('of %j is %s', (overrides, status) => {
    expect(registrationStatusOf(referral({}, overrides))).toBe(status);
  });
});

describe('what is to be done about a registration', () => {
  it.each<[string, RegistrationCase, unknown]>([
    ['all is there', {}, { type: 'register', values: VALUES }],
    ['nobody asks for it', { crm: { Register_Deal__c: false } }, { type: 'none' }],
    [
      'the deal is open',
      { deal: { state: 'Accepted' } },
      { type: 'waiting', text: 'the deal is registered once it is won' },
    ],
    [
      'nobody knows the state of the deal',
      { deal: { state: null } },
      { type: 'waiting', text: 'the deal is registered once it is won' },
    ],
    [
      'the CRM has reopened the deal',
      { crm: { StageName: 'Prospecting' } },
      { type: 'waiting', text: "the opportunity's stage does not mean won" },
    ],
    [
      'the deal is lost, also in the CRM',
      { deal: { state: 'Lost' }, crm: { StageName: 'Closed Lost' } },
      { type: 'not-eligible', reasons: ['the deal is Lost, not won'] },
    ],
    ['it went through the marketplace', { crm: { Marketplace_Transacted__c: true } }, { type: 'not-needed' }],
    [
      'Microsoft reviews it',
      { referral: reviewed('ReviewPending') },
      { type: 'waiting', text: 'Microsoft has it (ReviewPending)' },
    ],
    [
      'something new is done about it',
      { referral: reviewed('Escalated') },
      { type: 'waiting', text: 'Microsoft has it (Escalated)' },
    ],
    ...['Approved', 'Passed', 'Failed', 'Closed'].map((status): [string, RegistrationCase, unknown] => [
      `it is ${status}`,
      { referral: reviewed(status) },
      { type: 'done', status },
    ]),
    [
      'it was sent back and nobody asks for it any more',
      {
        crm: { Register_Deal__c: false },
        referral: reviewed('ActionRequired', { ...HELD, term: 'Perpetual' }),
      },
      { type: 'action-required', text: 'the CRM does not ask for a registration any more' },
    ],
  ])('where %s', (_what, made, step) => {
    expect(stepOf(made)).toEqual(step);
  });

  it('is judged with the state that was read and what came from the mapping', () => {
    expect(assess({ crm: { Contract_Term__c: null }, referral: reviewed('passed') })).toEqual({
      wanted: true,
      status: 'Passed',
      lines: expect.arrayContaining([expect.objectContaining({ rule: 'won', ok: true })]),
      defaulted: ['term'],
      step: { type: 'done', status: 'Passed' },
    });
  });
});

describe('the solution of a registration', () => {
  it.each<[string, RegistrationCase, string | null]>([
    [
      'the deal’s in whatever letters',
      { deal: { solutions: [{ id: SOLUTION.toLowerCase(), name: null }] } },
      SOLUTION.toLowerCase(),
    ],
    ['the one that qualifies', { deal: { solutions: [...others, { id: SOLUTION, name: null }] } }, SOLUTION],
    ['none where none of the deal’s qualifies', { deal: { solutions: others } }, null],
    [
      'one that the mapping names in other letters',
      { mapping: registering({ eligibleSolutions: [SOLUTION.toLowerCase()] }) },
      SOLUTION,
    ],
    [
      'the one that is registered, whatever qualifies by now',
      { deal: { solutions: others }, referral: reviewed('ReviewPending') },
      SOLUTION,
    ],
    [
      'the deal’s where nobody knows what is registered',
      { referral: reviewed('ReviewPending', { ...HELD, solutionId: null }) },
      SOLUTION,
    ],
  ])('is %s', (_what, made, solution) => {
    expect(lineOf('solution', made)?.text).toBe(
      solution === null
        ? 'none of its solutions is listed as eligible for Azure IP co-sell (registration.eligibleSolutions)'
        : `solution ${solution} is eligible for Azure IP co-sell`,
    );
  });

  it('is the opportunity’s where Partner Center does not show any, and none where neither does', () => {
    const solutions = { from: [{ path: 'Hidden__c' }], catalogue: {}, default: null };
    const hidden = { solutions: undefined } as unknown as RegistrationCase['deal'] & object;

    expect(lineOf('solution', { deal: hidden })?.ok).toBe(true);
    expect(lineOf('solution', { deal: hidden, crm: { Product__c: null } })?.ok).toBe(false);
    expect(lineOf('solution', { deal: hidden, mapping: { ...registering(), solutions } })?.ok).toBe(false);
  });
});

describe('a registration that was sent back', () => {
  const back = (values = HELD): RegistrationCase['referral'] & object => reviewed('ActionRequired', values);
  const unread = { registrationStatus: 'ActionRequired' };
  const sent = { written: { registrationSent: canonicalJson(VALUES) } };

  it.each<[string, RegistrationCase, unknown]>([
    [
      'gets what differs',
      { referral: back({ ...HELD, signDate: '2026-11-17', contractCurrency: 'EUR' }) },
      {
        type: 'correct',
        values: VALUES,
        before: { ...HELD, signDate: '2026-11-17', contractCurrency: 'EUR' },
        changes: { signDate: '2026-11-18' },
      },
    ],
    [
      'gets everything that can be corrected where nobody may read it',
      { referral: unread },
      {
        type: 'correct',
        values: VALUES,
        before: {},
        changes: Object.fromEntries(
          Object.entries(VALUES).filter(([field]) => field !== 'contractCurrency' && field !== 'solutionId'),
        ),
      },
    ],
    [
      'gets nothing twice where nobody may read it',
      { referral: unread, link: sent },
      { type: 'action-required', text: 'the CRM holds what was sent' },
    ],
    [
      'gets nothing twice where it was not taken',
      { referral: back({ ...HELD, signDate: '2026-11-17', term: 'Perpetual' }), link: sent },
      {
        type: 'action-required',
        text: "the CRM's signDate, term was sent, but Partner Center holds another",
      },
    ],
    [
      'gets nothing where nothing differs',
      { referral: back() },
      { type: 'action-required', text: 'the CRM holds what was sent' },
    ],
    [
      'says what cannot be changed any more',
      { referral: back({ ...HELD, contractCurrency: 'EUR', solutionId: null }), link: sent },
      {
        type: 'action-required',
        text: 'the CRM holds another contractCurrency, solutionId, which cannot be changed after registration',
      },
    ],
    [
      'gets no values that break a rule',
      {
        crm: { Contract_End__c: '2026-11-18', Contract_Start__c: '2026-11-19' },
        deal: { amount: '1', visibleToMicrosoft: false },
        referral: back(),
      },
      { type: 'not-eligible', reasons: ['the contract ends on 2026-11-18, before it starts'] },
    ],
    [
      'gets no values that are incomplete',
      { crm: { Pricing_Model__c: null }, referral: back() },
      { type: 'not-eligible', reasons: ['the pricing model is missing (Pricing_Model__c)'] },
    ],
    [
      'is corrected also where the deal itself would not qualify any more',
      {
        deal: { state: 'Lost', amount: '1', visibleToMicrosoft: false },
        referral: back({ ...HELD, signDate: '2026-11-17' }),
      },
      {
        type: 'correct',
        values: VALUES,
        before: { ...HELD, signDate: '2026-11-17' },
        changes: { signDate: '2026-11-18' },
      },
    ],
    [
      'is not corrected without a solution',
      { deal: { state: 'Lost', solutions: others }, referral: unread },
      {
        type: 'not-eligible',
        reasons: [
          'none of its solutions is listed as eligible for Azure IP co-sell (registration.eligibleSolutions)',
        ],
      },
    ],
  ])('%s', (_what, made, step) => {
    expect(stepOf(made)).toEqual(step);
  });

  it('is corrected, once it was read anew, by what differs and may be changed', () => {
    expect(correctionsTo(VALUES, { ...HELD, contractCurrency: 'EUR', term: 'Perpetual' })).toEqual({
      term: 'Finite',
    });
    expect(correctionsTo(VALUES, HELD)).toEqual({});
  });
});
