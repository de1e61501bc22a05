import { describe, expect, it } from 'vitest';
import { decideInvite, type InviteInput, isInvited } from '../../../src/core/decide-invite.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import type { CrmValue, OpportunityRecord } from '../../../src/core/ports.ts';
import {
  link,
  mapping,
  OPPORTUNITY,
  OTHER_REFERRAL,
  opportunity,
  REFERRAL,
  referral,
  SELLER,
  SOLUTION,
  timing,
} from '../../support/builders.ts';

const CONTACT = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+4920112345' };
const ASKING = { How_can_Microsoft_help__c: 'Quotes or Licensing', Customer_Consent__c: true };
const nothing = { actions: [], findings: [] };

const sibling = (organizationId: string | null) =>
  link(null, { siblings: [{ id: OTHER_REFERRAL, organizationId, state: 'Received' }] });

function decide(
  values: Readonly<Record<string, CrmValue>> = {},
  rest: Partial<InviteInput> = {},
  record: Partial<OpportunityRecord> = {},
) {
  const here = opportunity(
    { ...ASKING, ...values },
    { people: { owner: [SELLER], contactRoles: [CONTACT] }, ...record },
  );
  const mapped = toDeal(here, mapping());
  return decideInvite({
    link: link(),
    opportunity: here,
    deal: mapped.deal,
    referral: referral(),
    mapped,
    timing: timing(),
    ...rest,
  });
}

describe('an opportunity that asks Microsoft for help', () => {
  it('invites Microsoft into the engagement with all that the deal holds', () => {
    const { people: _people, ...parts } = opportunity();

    expect(decide({ CloseDate: '2026-01-31' })).toEqual({
      findings: [],
      actions: [
        {
          type: 'invite-microsoft',
          opportunityId: OPPORTUNITY,
          referralId: REFERRAL,
          draft: {
            deal: {
              name: parts.values.Name,
              amount: '84000',
              currency: 'USD',
              closeDate: '2026-01-31',
              notes: 'Renewal with added scope.',
              customer: referral().deal.customer,
              contacts: [CONTACT],
              team: [SELLER],
              solutions: [{ id: SOLUTION, name: 'GTX Pro' }],
              salesStage: 'Qualify',
              help: 'QuotesOrLicensing',
              visibleToMicrosoft: true,
              consentToShareContact: true,
            },
            opportunityId: OPPORTUNITY,
            type: 'Shared',
            invite: {
              engagementId: '22222222-0000-4000-8000-000000000001',
              notes: 'Renewal with added scope.',
            },
          },
          irreversible: ['invite', 'make-visible', 'share-contact'],
          changes: [{ field: 'help', from: null, to: 'QuotesOrLicensing' }],
          reason: `opportunity ${OPPORTUNITY} asks Microsoft for help`,
          order: `2026-11-20T11:00:00.000Z ${OPPORTUNITY}`,
        },
      ],
    });
  });

  it('invites without a word where it has no notes', () => {
    expect(decide({ Description: null }).actions).toMatchObject([{ draft: { invite: { notes: null } } }]);
  });

  it.each([
    ['has withdrawn its wish', decide({ How_can_Microsoft_help__c: null })],
    ['has won the deal already', decide({ StageName: 'Closed Won' })],
    ['is in a stage that the mapping does not know', decide({ StageName: 'Limbo' })],
    ['has Microsoft in the deal', decide({}, { link: sibling('MSFT') })],
    ['waits for its deal to be accepted', decide({}, { referral: referral({ state: 'Received' }) })],
    ['has a deal that is closed in Partner Center', decide({}, { referral: referral({ state: 'Lost' }) })],
    ['has a deal that came from Microsoft', decide({}, { referral: referral({}, { origin: 'inbound' }) })],
  ])('invites nobody where it %s', (_what, decided) => {
    expect(decided).toEqual(nothing);
  });

  it('invites nobody where the daemon may not see its stage, which could be a closed one', () => {
    const { StageName: _hidden, ...values } = opportunity(ASKING).values;

    expect(decide({}, {}, { values })).toEqual(nothing);
  });

  it('is told everything at once that an invitation lacks, while the deal goes on', () => {
    const decided = decide(
      { Customer_Consent__c: false, Product__c: null, Amount: null },
      {},
      {
        people: { owner: [], contactRoles: [{ ...CONTACT, email: null, phone: null }] },
      },
    );

    expect(decided).toEqual({
      actions: [],
      findings: [
        {
          key: `parked:invite-missing-parts:${OPPORTUNITY}`,
          kind: 'parked',
          code: 'invite-missing-parts',
          opportunityId: OPPORTUNITY,
          referralId: REFERRAL,
          fields: ['team', 'solutions', 'contacts', 'consentToShareContact'],
          message:
            'Microsoft cannot be asked for help yet. The sales team is empty; it needs a member with first name, last name, e-mail address and phone number. The opportunity has no product that maps to a solution; choose one. The customer contact has no valid e-mail address. The customer contact has no phone number. ' +
            "The customer's consent to share contact details with Microsoft is not recorded; asking for help needs it. The deal goes on as it is.",
          values: [],
        },
      ],
    });
  });
});

describe('Microsoft is in a deal', () => {
  it.each([
    ['where its record is among the others', sibling('msft'), true],
    ['in whatever letters it is named', sibling('MSFT'), true],
    ['but not where another partner is', sibling('33333333-0000-4000-8000-000000000009'), false],
    ['but not where nobody knows whose record it is', sibling(null), false],
    ['but not where it is the only record', link(), false],
  ])('%s', (_what, pair, isThere) => {
    expect(isInvited(pair)).toBe(isThere);
  });
});
