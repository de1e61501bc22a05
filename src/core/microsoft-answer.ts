/**
 * What Microsoft said to an invitation. Its referral in the engagement (the sibling) waits, is accepted, engaged,
 * declined with a reason, or expires after fourteen days; asking guarantees no answer.
 */
import { answerDueAt } from './deadlines.ts';
import { microsoftTeamText } from './microsoft-team.ts';
import type { Finding } from './plan.ts';
import { recordLabel } from './plan.ts';
import type { Referral } from './ports.ts';
import type { Link } from './store-port.ts';

const MICROSOFT = 'msft';
const REASON_LIMIT = 200;

/** Where Microsoft's side stands. `waiting` and `silent` are no answers; `silent` is a wait that lasted too long. */
export type MicrosoftStand =
  | 'waiting'
  | 'silent'
  | 'accepted'
  | 'engaged'
  | 'declined'
  | 'expired'
  | 'won'
  | 'lost'
  | 'closed';

export interface MicrosoftAnswer {
  readonly referral: Referral;
  readonly stand: MicrosoftStand;
  /** Why it was declined or lost, shortened; null where nothing is said. */
  readonly reason: string | null;
  /** Until when Microsoft may answer, while it is waited for. */
  readonly until: string | null;
}

/** Whether another party's referral is Microsoft's. */
export function isOfMicrosoft({ organizationId }: { readonly organizationId: string | null }): boolean {
  return organizationId?.toLowerCase() === MICROSOFT;
}

/** Whether the invitation is still to be answered. */
export function isWaiting({ stand }: Pick<MicrosoftAnswer, 'stand'>): boolean {
  return stand === 'waiting' || stand === 'silent';
}

function standOf(referral: Referral, now: string): MicrosoftStand {
  switch (referral.deal.state) {
    case 'Accepted':
      return referral.substatus.toLowerCase() === 'engaged' ? 'engaged' : 'accepted';
    case 'Declined':
      return 'declined';
    case 'Expired':
      return 'expired';
    case 'Won':
      return 'won';
    case 'Lost':
      return 'lost';
    case 'Error':
      return 'closed';
    default: {
      const until = answerDueAt(referral);
      return until !== null && Date.parse(until) <= Date.parse(now) ? 'silent' : 'waiting';
    }
  }
}

/** The preferred of several invitations: one that was taken up, else one that waits, else the latest. */
const RANK: Readonly<Record<MicrosoftStand, number>> = {
  engaged: 3,
  accepted: 3,
  won: 3,
  lost: 2,
  waiting: 1,
  silent: 1,
  declined: 0,
  expired: 0,
  closed: 0,
};

/** Microsoft's answer to our invitation, from the siblings of an engagement; null where Microsoft was not invited. */
export function microsoftAnswer(siblings: readonly Referral[], now: string): MicrosoftAnswer | null {
  const [first] = siblings
    .filter((referral) => isOfMicrosoft(referral))
    .map((referral) => ({ referral, stand: standOf(referral, now) }))
    .sort(
      (a, b) =>
        RANK[b.stand] - RANK[a.stand] || Date.parse(b.referral.createdAt) - Date.parse(a.referral.createdAt),
    );
  if (first === undefined) return null;
  const { referral, stand } = first;
  const reason = (referral.deal.reason ?? '').replace(/\s+/g, ' ').trim();
  const told = (stand === 'declined' || stand === 'lost') && reason !== '';
  return {
    referral,
    stand,
    reason: told ? reason.slice(0, REASON_LIMIT) : null,
    until: isWaiting(first) ? answerDueAt(referral) : null,
  };
}

/** The answer in the words of a status column. */
export function answerText({ stand, reason, until }: MicrosoftAnswer): string {
  switch (stand) {
    case 'waiting':
      return until === null ? 'no answer yet' : `no answer yet, expires ${until.slice(0, 10)}`;
    case 'silent':
      return 'no answer in 14 days';
    case 'expired':
      return 'expired without an answer';
    default:
      return reason === null ? stand : `${stand} (${reason})`;
  }
}

/** The sibling's state as a link remembers it, to tell a new answer from one that was told. */
export function rememberedState({ stand, referral }: Pick<MicrosoftAnswer, 'stand' | 'referral'>): string {
  // A wait that ended in silence is told once, whether Partner Center calls it expired or not.
  return stand === 'silent' ? 'Expired' : siblingState(referral);
}

/** A sibling's state in one word: being engaged is more than having accepted. */
export function siblingState(referral: Referral): string {
  const { state } = referral.deal;
  const isEngaged = isOfMicrosoft(referral) && referral.substatus.toLowerCase() === 'engaged';
  return state === 'Accepted' && isEngaged ? 'Engaged' : (state ?? referral.substatus);
}

/** The link with its siblings as they stand. */
export function withSiblings(link: Link, siblings: readonly Referral[], now: string): Link {
  const seen = new Map(siblings.map((referral) => [referral.id, referral]));
  return {
    ...link,
    siblings: [
      ...link.siblings.filter(({ id }) => !seen.has(id)),
      ...[...seen.values()].map((referral) => ({
        id: referral.id,
        organizationId: referral.organizationId,
        state: isOfMicrosoft(referral)
          ? rememberedState({ stand: standOf(referral, now), referral })
          : siblingState(referral),
        createdAt: referral.createdAt,
      })),
    ],
  };
}

/**
 * Our referral with what Microsoft adds to a deal, from whichever of the two referrals shows it: its CRM id, our own
 * referral's first, and its people. People who show no more stay as they were: nobody says that they have left.
 */
export function withMicrosoftsPart(own: Referral, answer: MicrosoftAnswer | null): Referral {
  const id = own.deal.microsoftCrmId ?? answer?.referral.deal.microsoftCrmId ?? null;
  const team = microsoftTeamText([...(answer?.referral.microsoftTeam ?? []), ...(own.microsoftTeam ?? [])]);
  if (id === (own.deal.microsoftCrmId ?? null) && team === null) return own;
  return {
    ...own,
    deal: {
      ...own.deal,
      ...(id === null ? {} : { microsoftCrmId: id }),
      ...(team === null ? {} : { microsoftTeam: team }),
    },
  };
}

/** An answer that nobody was told of yet. */
export interface NewAnswer {
  readonly finding: Finding;
  readonly from: string | null;
  readonly to: string;
}

/**
 * What is new about Microsoft's answer to an invitation of ours. What was there before the link is taken as told.
 * @param link as the ledger holds it
 */
export function newAnswer(link: Link, own: Referral, answer: MicrosoftAnswer | null): NewAnswer | null {
  if (answer === null || own.origin !== 'own') return null;
  const told = link.siblings.find(({ id }) => id === answer.referral.id)?.state ?? null;
  const to = rememberedState(answer);
  if (told === to || answer.stand === 'waiting') return null;
  const invitedAfterLink = Date.parse(answer.referral.createdAt) >= Date.parse(link.linkedAt);
  if (told === null && !invitedAfterLink) return null;
  const label = recordLabel(link.opportunityId, link.referralId);
  return {
    from: told,
    to,
    finding: {
      key: `notice:microsoft-answered:${link.opportunityId}:${answer.referral.id}:${to}`,
      kind: 'notice',
      code: 'microsoft-answered',
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      fields: [],
      message: `Microsoft's answer for ${label}: ${answerText(answer)}.`,
      values: [],
    },
  };
}
