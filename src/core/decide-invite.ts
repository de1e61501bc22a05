/** Asking Microsoft for help: the second create of a co-sell deal, sent once per engagement. */
import { missingParts } from './checklist.ts';
import { type Deal, type FieldName, kindOf } from './deal.ts';
import { shareable } from './decide-create.ts';
import { isOpen } from './lifecycle.ts';
import type { MappedOpportunity } from './mapping.ts';
import { type Action, type Finding, sentences } from './plan.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import type { Link } from './store-port.ts';
import type { Timing } from './timing.ts';

export interface InviteInput {
  readonly link: Link;
  readonly opportunity: OpportunityRecord;
  /** The CRM's deal with what it implies. */
  readonly deal: Deal;
  readonly referral: Referral;
  readonly mapped: MappedOpportunity;
  readonly timing: Timing;
}

/** What an invitation carries that the deal may lack; that help was asked for is why there is one. */
const INVITE_FIELDS: ReadonlySet<FieldName> = new Set([
  'contacts',
  'consentToShareContact',
  'solutions',
  'team',
]);

/** Whether Microsoft already has a referral in the link's engagement. */
export function isInvited(link: Link): boolean {
  return link.siblings.some(({ organizationId }) => organizationId?.toLowerCase() === 'msft');
}

/** Invites Microsoft when the CRM asks for help and nobody was invited yet. */
export function decideInvite({ link, opportunity, deal, referral, mapped, timing }: InviteInput): {
  readonly actions: readonly Action[];
  readonly findings: readonly Finding[];
} {
  const nothing = { actions: [], findings: [] };
  if (
    kindOf(deal) !== 'co-sell' ||
    isInvited(link) ||
    referral.deal.state !== 'Accepted' ||
    // Nobody is asked to help with a deal that the CRM has ended, whether or not the close has gone out; a stage
    // that nobody can read may be such an end.
    !isOpen(deal) ||
    referral.origin !== 'own'
  )
    return nothing;
  const missing = missingParts(mapped.deal, { now: timing.today, pastCloseDate: 'send' }).filter(
    ({ field }) => INVITE_FIELDS.has(field),
  );
  if (missing.length > 0) {
    return {
      actions: [],
      findings: [
        {
          key: `parked:invite-missing-parts:${link.opportunityId}`,
          kind: 'parked',
          code: 'invite-missing-parts',
          opportunityId: link.opportunityId,
          referralId: link.referralId,
          fields: [...new Set(missing.map(({ field }) => field))],
          message: `Microsoft cannot be asked for help yet. ${sentences(missing.map(({ text }) => text))} The deal goes on as it is.`,
          values: [],
        },
      ],
    };
  }
  return {
    findings: [],
    actions: [
      {
        type: 'invite-microsoft',
        opportunityId: link.opportunityId,
        referralId: link.referralId,
        draft: {
          deal: shareable(mapped.deal),
          opportunityId: link.opportunityId,
          type: 'Shared',
          invite: { engagementId: link.engagementId, notes: deal.notes ?? null },
        },
        irreversible: ['invite', 'make-visible', 'share-contact'],
        changes: [{ field: 'help', from: null, to: deal.help ?? null }],
        reason: `opportunity ${link.opportunityId} asks Microsoft for help`,
        order: `${opportunity.modifiedAt} ${opportunity.id}`,
      },
    ],
  };
}
