/**
 * How long an answer may take. A deal that arrives must be answered within fourteen days, and so must Microsoft answer
 * an invitation; then Partner Center expires it. Answering quickly is what earns more deals, so whoever owns an
 * unanswered deal is warned before.
 */
import type { Finding } from './plan.ts';
import type { Referral } from './ports.ts';

/** Days for an answer where the referral does not say until when. */
export const ANSWER_DAYS = 14;
/** Days before the deadline at which a warning is due, the last one last. */
export const WARNING_DAYS = [7, 3, 1] as const;
const DAY_MS = 86_400_000;
/** The code that all deadline notices share. */
export const DEADLINE = 'deadline';

/** Until when a referral is to be answered, as UTC text: as it says, else fourteen days from its creation. */
export function answerDueAt(referral: Pick<Referral, 'expiresAt' | 'createdAt'>): string | null {
  const said = referral.expiresAt === null ? Number.NaN : Date.parse(referral.expiresAt);
  const at = Number.isNaN(said) ? Date.parse(referral.createdAt) + ANSWER_DAYS * DAY_MS : said;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Until when we must answer this deal; null when nothing is to be answered. */
export function deadlineOf(referral: Referral): string | null {
  // A lead is ours to answer once it is in the CRM.
  const isOurs =
    !referral.isMicrosofts && (referral.category === 'deal' || referral.tag.kind === 'opportunity');
  return isOurs && referral.deal.state === 'Received' ? answerDueAt(referral) : null;
}

/** Days to a deadline, begun ones counted whole; negative once it has passed. */
export function daysLeft(deadline: string, now: string): number {
  return Math.ceil((Date.parse(deadline) - Date.parse(now)) / DAY_MS);
}

export interface DeadlineView {
  /** That the deal is there and wants an answer, as long as it does. */
  readonly arrival: Finding | null;
  /** The one warning in force now; earlier ones that nobody could be given are not made up for. */
  readonly finding: Finding | null;
  /** When this changes without anybody's doing, UTC text; null: never. */
  readonly wakeAt: string | null;
}

/** What the deadline of a deal asks for at a time. @param opportunityId the deal's opportunity, where it has one */
export function deadlineView(
  referral: Referral,
  opportunityId: Finding['opportunityId'],
  now: string,
): DeadlineView {
  const deadline = deadlineOf(referral);
  if (deadline === null) return { arrival: null, finding: null, wakeAt: null };
  const end = Date.parse(deadline);
  const left = end - Date.parse(now);
  if (!(left > 0)) return { arrival: null, finding: null, wakeAt: null };
  const inForce = WARNING_DAYS.findLast((days) => left <= days * DAY_MS);
  const next = WARNING_DAYS.find((days) => left > days * DAY_MS);
  return {
    arrival: arrivalOf(referral, opportunityId, deadline),
    finding: inForce === undefined ? null : warning(referral, opportunityId, deadline, inForce),
    wakeAt: next === undefined ? deadline : new Date(end - next * DAY_MS).toISOString(),
  };
}

/** The code of notices about deals that arrived and want an answer. */
export const INBOUND = 'inbound';

function labelOf(referral: Referral, opportunityId: Finding['opportunityId']): string {
  return opportunityId === null
    ? `Referral ${referral.id}`
    : `Referral ${referral.id} (opportunity ${opportunityId})`;
}

function howToAnswer(opportunityId: Finding['opportunityId']): string {
  return opportunityId === null
    ? 'Answer it in Partner Center.'
    : 'Move the opportunity on to accept it, or to the declined stage with a reason.';
}

function shownTime(deadline: string): string {
  return `${deadline.slice(0, 16).replace('T', ' ')} UTC`;
}

function arrivalOf(referral: Referral, opportunityId: Finding['opportunityId'], deadline: string): Finding {
  return {
    key: `notice:${INBOUND}:${referral.id}`,
    kind: 'notice',
    code: INBOUND,
    opportunityId,
    referralId: referral.id,
    fields: [],
    message: `${labelOf(referral, opportunityId)} is a deal that others sent; it wants an answer before ${shownTime(deadline)}. ${howToAnswer(opportunityId)}`,
    values: [],
  };
}

function warning(
  referral: Referral,
  opportunityId: Finding['opportunityId'],
  deadline: string,
  days: number,
): Finding {
  return {
    key: `notice:${DEADLINE}:${referral.id}:${days}`,
    kind: 'notice',
    code: DEADLINE,
    opportunityId,
    referralId: referral.id,
    fields: [],
    message: `${labelOf(referral, opportunityId)} waits for an answer and expires at ${shownTime(deadline)}: ${days === 1 ? 'within a day' : `within ${days} days`}. ${howToAnswer(opportunityId)}`,
    values: [],
  };
}
