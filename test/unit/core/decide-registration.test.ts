import { describe, expect, it } from 'vitest';
import { registrationChanges } from '../../../src/core/decide-registration.ts';
import type { Finding } from '../../../src/core/plan.ts';
import { mapping, OPPORTUNITY, REFERRAL, SOLUTION } from '../../support/builders.ts';
import { REGISTRATION, registering } from '../../support/registration.ts';
import { decide, HELD, type RegistrationCase, reviewed } from '../../support/registration-case.ts';

const PAIR = `opportunity ${OPPORTUNITY} / referral ${REFERRAL}`;
const VALUES = { ...HELD, contractValue: '84000' };
const action = {
  type: 'register-deal',
  opportunityId: OPPORTUNITY,
  referralId: REFERRAL,
  irreversible: ['register'],
  order: `2026-11-20T11:00:00.000Z ${OPPORTUNITY}`,
};

const told = (kind: Finding['kind'], code: string, message: string) => ({
  actions: [],
  findings: [
    {
      key: `${kind}:${code}:${OPPORTUNITY}`,
      kind,
      code,
      opportunityId: OPPORTUNITY,
      referralId: REFERRAL,
      fields: ['registration'],
      message,
      values: [],
    },
  ],
});

describe('a won deal whose registration the CRM asks for', () => {
  it('is registered with every value', () => {
    expect(decide()).toEqual({
      findings: [],
      actions: [
        {
          ...action,
          values: VALUES,
          registration: { type: 'register', values: VALUES },
          changes: [
            { field: 'registration.contractValue', from: null, to: '84000' },
            { field: 'registration.contractCurrency', from: null, to: 'USD' },
            { field: 'registration.signDate', from: null, to: '2026-11-18' },
            { field: 'registration.startDate', from: null, to: '2026-11-19' },
            { field: 'registration.endDate', from: null, to: '2027-11-18' },
            { field: 'registration.term', from: null, to: 'Finite' },
            { field: 'registration.solutionId', from: null, to: SOLUTION },
            { field: 'registration.solutionValue', from: null, to: '84000' },
            { field: 'registration.solutionCurrency', from: null, to: 'USD' },
            { field: 'registration.deployedOnAzure', from: null, to: true },
            { field: 'registration.primaryDeploymentOn', from: null, to: 'Customer' },
            { field: 'registration.pricingModel', from: null, to: 'Other' },
            { field: 'registration.marketplaceTransacted', from: null, to: false },
            { field: 'registration.marketplaceTransactionDate', from: null, to: null },
          ],
          reason: `${PAIR}: the deal is won and the CRM asks for its registration`,
        },
      ],
    });
  });

  it('is registered with a word on what is not the CRM’s own and on what Microsoft may do', () => {
    const { actions } = decide({
      crm: { Contract_Term__c: null },
      mapping: registering({
        values: { ...REGISTRATION.values, pricingModel: { crm: null, default: 'Other' } },
      }),
      referral: { createdAt: '2026-11-18T10:00:00Z', closedAt: '2026-11-19T10:00:00Z' },
    });

    expect(actions.map(({ reason }) => reason)).toEqual([
      `${PAIR}: the deal is won and the CRM asks for its registration; term, pricingModel from the mapping's defaults; the deal was won 24 hours after it was created; with less than 72 Microsoft may refuse the registration`,
    ]);
  });

  it('is corrected with what differs, in Microsoft’s words why', () => {
    const before = { ...HELD, signDate: '2026-11-17', endDate: null };

    expect(decide({ referral: reviewed('ActionRequired', before, ' Wrong\n  date. ') })).toEqual({
      findings: [],
      actions: [
        {
          ...action,
          values: VALUES,
          registration: {
            type: 'correct',
            changes: { signDate: '2026-11-18', endDate: '2027-11-18' },
            before,
          },
          changes: [
            { field: 'registration.signDate', from: '2026-11-17', to: '2026-11-18' },
            { field: 'registration.endDate', from: null, to: '2027-11-18' },
          ],
          reason: `${PAIR}: Microsoft wants the registration corrected, and the CRM holds other values ("Wrong date")`,
        },
      ],
    });
  });

  it.each<[string, RegistrationCase, ReturnType<typeof told>]>([
    [
      'does not qualify',
      { deal: { visibleToMicrosoft: false }, crm: { Contract_Start__c: '2026-08-21' } },
      told(
        'parked',
        'registration-not-eligible',
        `Opportunity ${OPPORTUNITY} asks for a registration that Microsoft would not take. It is a private deal, which can never be registered. The contract starts on 2026-08-21, more than 90 days ago. Correct the opportunity, or take the wish back.`,
      ),
    ],
    [
      'is sent back although the CRM holds what was sent',
      { referral: reviewed('ActionRequired', HELD, 'No proof.') },
      told(
        'parked',
        'registration-action-required',
        `Microsoft wants the registration of ${PAIR} corrected ("No proof"). Nothing is sent: the CRM holds what was sent. Correct the opportunity's registration columns, or the registration in Partner Center.`,
      ),
    ],
    [
      'is sent back without a word',
      { referral: { registrationStatus: 'ActionRequired' }, crm: { Register_Deal__c: false } },
      told(
        'parked',
        'registration-action-required',
        `Microsoft wants the registration of ${PAIR} corrected. Nothing is sent: the CRM does not ask for a registration any more. Correct the opportunity's registration columns, or the registration in Partner Center.`,
      ),
    ],
    [
      'is sent back and nobody may read it',
      {
        referral: { registrationStatus: 'ActionRequired', registrations: [] },
        crm: { Register_Deal__c: false },
      },
      told(
        'parked',
        'registration-action-required',
        `Microsoft wants the registration of ${PAIR} corrected. Nothing is sent: the CRM does not ask for a registration any more. Correct the opportunity's registration columns, or the registration in Partner Center.`,
      ),
    ],
    [
      'went through the marketplace',
      { crm: { Marketplace_Transacted__c: true } },
      told(
        'notice',
        'registration-not-needed',
        `Opportunity ${OPPORTUNITY} asks for a registration, but was transacted through the marketplace, for which Microsoft needs none. Nothing is sent.`,
      ),
    ],
    [
      'is refused',
      { referral: reviewed('Failed', HELD, 'x'.repeat(200)) },
      told(
        'notice',
        'registration-failed',
        `Microsoft refused the registration of ${PAIR} ("${'x'.repeat(200)}").`,
      ),
    ],
    [
      'is refused at length',
      { referral: reviewed('Failed', HELD, 'x'.repeat(201)) },
      told(
        'notice',
        'registration-failed',
        `Microsoft refused the registration of ${PAIR} ("${'x'.repeat(200)}").`,
      ),
    ],
    [
      'is refused with a full stop alone',
      { referral: reviewed('Failed', HELD, '.') },
      told('notice', 'registration-failed', `Microsoft refused the registration of ${PAIR}.`),
    ],
    [
      'is refused with a full stop within',
      { referral: reviewed('Failed', HELD, 'No. 7') },
      told('notice', 'registration-failed', `Microsoft refused the registration of ${PAIR} ("No. 7").`),
    ],
  ])('is told of where it %s', (_what, made, expected) => {
    expect(decide(made)).toEqual(expected);
  });

  it.each(['Approved', 'Passed', 'Closed', 'ReviewPending'])('needs no word while it is %s', (status) => {
    expect(decide({ referral: reviewed(status) })).toEqual({ actions: [], findings: [] });
  });
});

it('a mapping that registers nothing needs no word', () => {
  expect(decide({ mapping: mapping(), crm: { Register_Deal__c: true } })).toEqual({
    actions: [],
    findings: [],
  });
});

it('a correction is printed against what is known to be there', () => {
  expect(
    registrationChanges({ type: 'correct', changes: { term: 'Finite', endDate: null }, before: {} }),
  ).toEqual([
    { field: 'registration.endDate', from: null, to: null },
    { field: 'registration.term', from: null, to: 'Finite' },
  ]);
});
