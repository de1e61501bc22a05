import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import { type EligibilityLine, eligibility, MIN_OPEN_HOURS } from '../../../src/core/registration-rules.ts';
import type { Link } from '../../../src/core/store-port.ts';
import { NOW, OTHER_REFERRAL, REFERRAL, SOLUTION } from '../../support/builders.ts';
import {
  assess,
  inputOf,
  lineOf,
  microsoft,
  type RegistrationCase,
} from '../../support/registration-case.ts';

const line = (rule: string, ok: boolean | null, text: string, required = true): EligibilityLine => ({
  rule,
  ok,
  required,
  text,
});

describe('the rules of a registration', () => {
  it('are told one by one of a deal that meets them all', () => {
    expect(assess()?.lines).toEqual([
      line('wanted', true, 'the CRM asks for the registration', false),
      line('won', true, 'the deal is won'),
      line('kind', true, 'it is a partner-led deal that Microsoft can see'),
      line('solution', true, `solution ${SOLUTION} is eligible for Azure IP co-sell`),
      line('value', true, 'the deal is worth 84000 USD; at least 25000 are needed'),
      line('values', true, 'everything that a registration says is there'),
      line('annual-value', true, 'the contract is worth 84000 USD a year; more than 25000 are needed'),
      line('sign-date', true, 'the contract was signed on 2026-11-18'),
      line('start-date', true, 'the contract starts on 2026-11-19'),
      line('end-date', true, 'the contract ends on 2027-11-18'),
      line('solution-value', true, "the solution is worth 84000 of the contract's 84000 USD"),
      line('marketplace', true, 'the deal was not transacted through the marketplace', false),
      line('open-time', true, 'the deal was won 432 hours after it was created', false),
      line('managed', null, 'whether Microsoft manages the customer is known to Microsoft alone', false),
    ]);
  });

  it('say nothing of a contract whose values are not all there', () => {
    const made = { crm: { Contract_Signed__c: null, Pricing_Model__c: null } };

    expect(assess(made)?.lines.map(({ rule }) => rule)).toEqual([
      'wanted',
      'won',
      'kind',
      'solution',
      'value',
      'values',
      'open-time',
      'managed',
    ]);
    expect(lineOf('values', made)).toEqual(
      line(
        'values',
        false,
        'the date of signature is missing (Contract_Signed__c), the pricing model is missing (Pricing_Model__c)',
      ),
    );
  });

  const TAKEN = 'it is a co-sell deal that Microsoft accepted';
  const invited = (...states: readonly (readonly [state: string, day: string])[]): Partial<Link> => ({
    siblings: states.map(([state, day], index) => ({
      id: index === 0 ? REFERRAL : OTHER_REFERRAL,
      organizationId: 'MSFT',
      state,
      createdAt: `${day}T08:00:00Z`,
    })),
  });
  const cases: readonly (readonly [string, EligibilityLine, RegistrationCase])[] = [
    [
      'no wish for it',
      line('wanted', false, 'the CRM does not ask for the registration', false),
      { crm: { Register_Deal__c: false } },
    ],
    ['a lost deal', line('won', false, 'the deal is Lost, not won'), { deal: { state: 'Lost' } }],
    [
      'a deal whose state nobody knows',
      line('won', false, 'the deal is unknown, not won'),
      { deal: { state: null } },
    ],
    ['a deal that Microsoft accepted', line('kind', true, TAKEN), { link: microsoft('Accepted') }],
    ['a deal that Microsoft works on', line('kind', true, TAKEN), { link: microsoft('Engaged') }],
    ['a deal that Microsoft has won', line('kind', true, TAKEN), { link: microsoft('Won') }],
    [
      'a deal that Microsoft refused',
      line('kind', false, 'it is a co-sell deal that Microsoft has not accepted (Declined)'),
      { link: microsoft('Declined') },
    ],
    [
      'a deal that Microsoft accepted when it was asked again',
      line('kind', true, TAKEN),
      { link: invited(['Expired', '2026-11-01'], ['Accepted', '2026-11-02']) },
    ],
    [
      'a deal that Microsoft accepted before it was asked again',
      line('kind', true, TAKEN),
      { link: invited(['Accepted', '2026-11-01'], ['Received', '2026-11-02']) },
    ],
    [
      'a deal that Microsoft was asked for twice, without success',
      line('kind', false, 'it is a co-sell deal that Microsoft has not accepted (Declined)'),
      { link: invited(['Expired', '2026-11-01'], ['Declined', '2026-11-02']) },
    ],
    [
      'a deal that another partner is in',
      line('kind', true, 'it is a partner-led deal that Microsoft can see'),
      {
        link: {
          siblings: [
            { id: OTHER_REFERRAL, organizationId: 'partner', state: 'Declined' },
            { id: REFERRAL, organizationId: null, state: 'Declined' },
          ],
        },
      },
    ],
    [
      'a deal that Microsoft brought',
      line('kind', true, 'it is a co-sell deal that Microsoft brought'),
      { referral: { invitedByOrganizationId: 'MSFT' }, deal: { visibleToMicrosoft: false } },
    ],
    [
      'a private deal of nobody’s inviting',
      line('kind', false, 'it is a private deal, which can never be registered'),
      { referral: { invitedByOrganizationId: null }, deal: { visibleToMicrosoft: false } },
    ],
    [
      'a deal that asks for help of which nothing came',
      line('kind', false, "it asks Microsoft for help, but Microsoft's record of the deal is not to be seen"),
      { deal: { help: 'GeneralOrOther' } },
    ],
    [
      'no solution that qualifies',
      line(
        'solution',
        false,
        'none of its solutions is listed as eligible for Azure IP co-sell (registration.eligibleSolutions)',
      ),
      { deal: { solutions: [] } },
    ],
    [
      'a deal without a value',
      line('value', false, 'the deal has no value; at least 25000 USD are needed'),
      { deal: { amount: null } },
    ],
    [
      'a deal of too little',
      line('value', false, 'the deal is worth 24999.99 USD; at least 25000 are needed'),
      { deal: { amount: '24999.99' } },
    ],
    [
      'a deal of just enough',
      line('value', true, 'the deal is worth 25000 USD; at least 25000 are needed'),
      { deal: { amount: '25000' } },
    ],
    [
      'a deal in euros',
      line('value', null, 'the deal is worth 84000 EUR; Microsoft asks for the equivalent of 25000 USD'),
      { deal: { currency: 'EUR' } },
    ],
    [
      'a deal in euros that is worth nothing',
      line('value', false, 'the deal is worth 0 EUR; Microsoft asks for the equivalent of 25000 USD'),
      { deal: { amount: '0', currency: 'EUR' } },
    ],
    [
      'a deal in a currency nobody knows',
      line(
        'value',
        null,
        'the deal is worth 84000 (currency unknown); Microsoft asks for the equivalent of 25000 USD',
      ),
      { deal: { currency: null } },
    ],
    [
      'a deal won too early',
      line(
        'open-time',
        false,
        'the deal was won 71 hours after it was created; with less than 72 Microsoft may refuse the registration',
        false,
      ),
      { referral: { createdAt: '2026-11-01T10:00:00Z', closedAt: '2026-11-04T09:59:59.999Z' } },
    ],
    [
      'a deal won just late enough',
      line('open-time', true, 'the deal was won 72 hours after it was created', false),
      { referral: { createdAt: '2026-11-01T10:00:00Z', closedAt: '2026-11-04T10:00:00Z' } },
    ],
    [
      'a deal that is still open',
      line('open-time', true, 'the deal has been open for 458 hours', false),
      { referral: { createdAt: '2026-11-01T10:00:00Z', closedAt: null } },
    ],
    [
      'a deal of nobody knows when',
      line('open-time', null, 'how long the deal was open is not known', false),
      { referral: { createdAt: 'soon' } },
    ],
  ];
  it.each(cases)('judge %s', (_what, expected, made) => {
    expect(lineOf(expected.rule, made)).toEqual(expected);
  });

  it('judge a deal that says nothing of its value', () => {
    const { amount: _amount, ...deal }: Deal = inputOf({}).referral.deal;
    const input = { ...inputOf({}), now: NOW };
    const read = { wanted: true, values: null, problems: [], defaulted: [] };

    const lines = eligibility({ ...input, referral: { ...input.referral, deal } }, read, null);

    expect(lines.find(({ rule }) => rule === 'value')).toEqual(
      line('value', false, 'the deal has no value; at least 25000 USD are needed'),
    );
  });

  it('ask for three days between creation and win', () => {
    expect(MIN_OPEN_HOURS).toBe(72);
  });
});
