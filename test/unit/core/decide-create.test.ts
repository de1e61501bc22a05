import { describe, expect, it } from 'vitest';
import { type CreateInput, decideCreate, shareable } from '../../../src/core/decide-create.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import type { CrmValue, OpportunityRecord } from '../../../src/core/ports.ts';
import {
  mapping,
  OPPORTUNITY,
  opportunity,
  referralDeal,
  SELLER,
  SOLUTION,
  timing,
} from '../../support/builders.ts';

function decide(
  values: Readonly<Record<string, CrmValue>> = {},
  record: Partial<OpportunityRecord> = {},
  input: Partial<CreateInput> = {},
) {
  const here = opportunity(values, record);
  return decideCreate({
    opportunity: here,
    mapped: toDeal(here, mapping()),
    timing: timing(),
    pastCloseDate: 'park',
    ...input,
  });
}

describe('an opportunity without a referral', () => {
  it('is shared as a private deal when nothing says more, with all it holds but a state of its own', () => {
    const deal = {
      name: 'Fabrikam renewal',
      amount: '84000',
      currency: 'USD',
      closeDate: '2026-12-31',
      notes: 'Renewal with added scope.',
      customer: {
        name: 'Fabrikam GmbH',
        address: { line1: null, line2: null, city: null, state: null, postalCode: '45127', country: 'DE' },
        duns: null,
        size: null,
      },
      team: [SELLER],
      solutions: [{ id: SOLUTION, name: 'GTX Pro' }],
      salesStage: 'Qualify',
      help: null,
      visibleToMicrosoft: false,
      consentToShareContact: false,
    };

    expect(decide()).toEqual({
      findings: [],
      baseline: {},
      rules: {},
      lookAgainAt: null,
      actions: [
        {
          type: 'create-referral',
          kind: 'private',
          opportunityId: OPPORTUNITY,
          referralId: null,
          draft: { deal, opportunityId: OPPORTUNITY, type: 'Independent' },
          irreversible: ['create'],
          changes: expect.arrayContaining([
            { field: 'amount', from: null, to: '84000' },
            { field: 'salesStage', from: null, to: 'Qualify' },
          ]),
          reason: `opportunity ${OPPORTUNITY} is to be shared as a private deal`,
          order: `2026-11-20T11:00:00.000Z ${OPPORTUNITY}`,
        },
      ],
    });
  });

  it('says nothing of what only Microsoft sets', () => {
    const deal = referralDeal({
      state: 'Accepted',
      reason: 'Others',
      microsoftCrmId: '7-ABC',
      microsoftTeam: 'Somebody',
      favorite: true,
    });
    const { state, reason, microsoftCrmId, microsoftTeam, favorite, contacts, ...rest } = {
      microsoftTeam: null,
      favorite: null,
      ...deal,
    };

    expect(shareable(deal)).toEqual(rest);
    expect(shareable({ ...deal, consentToShareContact: true })).toEqual({
      ...rest,
      contacts,
      consentToShareContact: true,
    });
  });

  it('is shared as partner-led on an explicit yes, which cannot be undone', () => {
    expect(decide({ Visible_to_Microsoft__c: true }).actions).toMatchObject([
      { kind: 'partner-led', irreversible: ['create', 'make-visible'] },
    ]);
  });

  it('becomes a co-sell deal when help is asked, contacts are complete and consent is recorded', () => {
    const contact = {
      firstName: 'Mia',
      lastName: 'Kunde',
      email: 'mia@fabrikam.example',
      phone: '+4920112345',
    };
    const decision = decide(
      { How_can_Microsoft_help__c: 'Quotes or Licensing', Customer_Consent__c: true },
      { people: { owner: [SELLER], contactRoles: [contact] } },
    );

    expect(decision.actions).toMatchObject([
      {
        kind: 'co-sell',
        draft: { type: 'Shared', deal: { visibleToMicrosoft: true, help: 'QuotesOrLicensing' } },
        irreversible: ['create', 'make-visible', 'share-contact', 'invite'],
      },
    ]);
  });

  it('never carries contact details without consent', () => {
    const contact = {
      firstName: 'Mia',
      lastName: 'Kunde',
      email: 'mia@fabrikam.example',
      phone: '+4920112345',
    };
    const [action] = decide({}, { people: { owner: [SELLER], contactRoles: [contact] } }).actions;

    expect(action?.type === 'create-referral' ? action.draft.deal : {}).not.toHaveProperty('contacts');
  });

  it('that was closed before it was ever shared is left alone, with a notice', () => {
    expect(decide({ StageName: 'Closed Lost' })).toEqual({
      actions: [],
      baseline: {},
      rules: {},
      lookAgainAt: null,
      findings: [
        {
          key: `notice:closed-before-sharing:${OPPORTUNITY}`,
          kind: 'notice',
          code: 'closed-before-sharing',
          opportunityId: OPPORTUNITY,
          referralId: null,
          fields: ['state'],
          message: `Opportunity ${OPPORTUNITY} is already closed in the CRM and was never shared, so no deal is created for it.`,
          values: [],
        },
      ],
    });
  });

  it.each([
    ['out of the filter', { Sync_with_Partner_Center__c: false }, {}],
    ['deleted', {}, { deleted: true }],
  ] as const)('that is %s leads to nothing', (_name, values, record) => {
    expect(decide(values, record)).toMatchObject({ actions: [], findings: [] });
  });

  it('waits while somebody is still editing it', () => {
    expect(decide({}, { modifiedAt: '2026-11-20T11:59:59.000Z' })).toMatchObject({
      actions: [],
      lookAgainAt: '2026-11-20T12:00:59.000Z',
    });
  });
});

describe('an opportunity that cannot be shared', () => {
  it('is parked with everything that is missing in one message, before any call', () => {
    const decision = decide(
      {
        Amount: null,
        CloseDate: '2026-01-31',
        'Account.BillingCountry': 'Philipines',
        Product__c: 'GTK 500',
      },
      { people: { owner: [{ ...SELLER, phone: null }] } },
    );

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toHaveLength(1);
    expect(decision.findings[0]).toMatchObject({ kind: 'parked', code: 'missing-parts' });
    const { message = '', fields = [] } = decision.findings[0] ?? {};
    expect([...fields].sort()).toEqual(['amount', 'closeDate', 'customer', 'solutions', 'team']);
    expect(message).toContain('Philipines');
    expect(message).toContain('GTK 500');
    expect(message).toMatch(/phone number/);
    expect(message).not.toContain(SELLER.email);
    expect(message).not.toContain('Kim');
  });

  it.each([
    [
      'in the stage of deals from Microsoft',
      { StageName: 'Co-sell Received' },
      'The stage means a deal received from Microsoft; move it to a stage of your own.',
    ],
    [
      'in a stage that the mapping does not know',
      { StageName: 'Limbo' },
      'The stage "Limbo" is not in the mapping\'s stage table; add a row for it.',
    ],
    [
      'in a stage that the daemon may not see, which could be a closed one',
      null,
      'The stage could not be read; check that the daemon may see its column.',
    ],
  ])('because it is %s waits for that, and is looked at again tomorrow', (_what, values, words) => {
    const { StageName: _hidden, ...without } = opportunity().values;

    expect(decide(values ?? {}, values === null ? { values: without } : {})).toEqual({
      actions: [],
      baseline: {},
      rules: {},
      lookAgainAt: '2026-11-21T12:00:00.000Z',
      findings: [
        {
          key: `parked:missing-parts:${OPPORTUNITY}`,
          kind: 'parked',
          code: 'missing-parts',
          opportunityId: OPPORTUNITY,
          referralId: null,
          fields: ['state'],
          message: `Cannot be shared yet. ${words} Once that is corrected, it is shared by itself.`,
          values: [],
        },
      ],
    });
  });

  it('for want of an account says so', () => {
    const decision = decide({ 'Account.Name': null, 'Account.BillingCountry': null }, { customerId: null });

    expect(decision.findings[0]?.fields).toEqual(['customer']);
  });

  it('by an ambiguous country names the candidates and picks none', () => {
    const { message = '' } = decide({ 'Account.BillingCountry': 'Korea' }).findings[0] ?? {};

    expect(message).toContain('KR');
    expect(message).toContain('KP');
  });

  it('is said the same way every time, so that it counts as one item', () => {
    expect(decide({ Amount: null }).findings).toEqual(decide({ Amount: null }).findings);
  });
});
