/** Linked pairs as rows of a list, and the filters on them: the same for the command line and the console. */
import { daysLeft, deadlineOf } from '../core/deadlines.ts';
import { DEAL_STATES, type DealKind, type DealState } from '../core/deal.ts';
import type { AttentionItem, Link } from '../core/store-port.ts';
import { dealOf, isOutOfStep, kindOfPair, lastChange, type PairView } from './pair-view.ts';

/** Who owns an unanswered deal is warned from here on. */
export const EXPIRING_DAYS = 7;
export const DEAL_KINDS: readonly DealKind[] = ['private', 'partner-led', 'co-sell'];

/** Which pairs are wanted; what is null or false lets every pair pass. */
export interface DealFilter {
  readonly state: DealState | null;
  readonly kind: DealKind | null;
  readonly origin: 'inbound' | 'outbound' | null;
  readonly favorites: boolean;
  /** E-mail address or full name of the opportunity's owner. */
  readonly owner: string | null;
  /** Unanswered inbound deals that expire within a week. */
  readonly expiring: boolean;
  /** Pairs with an edit that waits, a conflict or a parked field. */
  readonly outOfStep: boolean;
}

/** One pair as it is listed. */
export interface DealRow {
  readonly connection: string;
  readonly opportunityId: string;
  readonly referralId: string;
  readonly name: string | null;
  readonly customer: string | null;
  readonly state: DealState | null;
  readonly kind: DealKind;
  readonly origin: 'inbound' | 'outbound' | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly closeDate: string | null;
  readonly stage: string | null;
  readonly favorite: boolean;
  readonly expiresAt: string | null;
  /** Days in which an unanswered deal is to be answered; null when nothing is. */
  readonly daysLeft: number | null;
  readonly lastChange: string | null;
  readonly link: Link['status'];
  readonly inStep: boolean;
  /** Kinds of open attention items, each once. */
  readonly attention: readonly AttentionItem['kind'][];
}

/** The state that a person's word means, in any case; undefined when there is none. */
export function findDealState(text: string | null): DealState | undefined {
  return DEAL_STATES.find((known) => known.toLowerCase() === text?.toLowerCase());
}

/** The kind of deal that a person's word means, in any case; undefined when there is none. */
export function findDealKind(text: string | null): DealKind | undefined {
  return DEAL_KINDS.find((known) => known === text?.toLowerCase());
}

/** Whether all parts of a filter let a deal pass. @param owners as `ownersOf` gives them */
export function passes(filter: DealFilter, row: DealRow, owners: readonly string[]): boolean {
  if (filter.state !== null && row.state !== filter.state) return false;
  if (filter.kind !== null && row.kind !== filter.kind) return false;
  if (filter.origin !== null && row.origin !== filter.origin) return false;
  if (filter.favorites && !row.favorite) return false;
  if (filter.owner !== null && !owners.includes(filter.owner.trim().toLowerCase())) return false;
  if (filter.expiring && (row.daysLeft === null || row.daysLeft > EXPIRING_DAYS)) return false;
  return !filter.outOfStep || !row.inStep;
}

function originOf({ referral }: PairView): DealRow['origin'] {
  if (referral === null) return null;
  return referral.origin === 'inbound' ? 'inbound' : 'outbound';
}

/** The owner's addresses and names, in lower case. */
export function ownersOf({ opportunity }: PairView): readonly string[] {
  return (opportunity?.people.owner ?? []).flatMap(({ firstName, lastName, email }) =>
    [email ?? '', `${firstName ?? ''} ${lastName ?? ''}`.trim()]
      .filter((known) => known !== '')
      .map((known) => known.toLowerCase()),
  );
}

/** The row of a pair. */
export function toDealRow(connection: string, view: PairView, now: Date): DealRow {
  const { link, referral, mapped, items } = view;
  const deal = dealOf(view);
  const deadline = referral === null ? null : deadlineOf(referral);
  return {
    connection,
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    name: mapped?.deal.name ?? deal.name ?? null,
    customer: deal.customer?.name ?? null,
    state: deal.state ?? null,
    kind: kindOfPair(view),
    origin: originOf(view),
    amount: deal.amount ?? null,
    currency: deal.currency ?? null,
    closeDate: deal.closeDate ?? null,
    stage: mapped?.stage ?? null,
    favorite: referral?.favorite ?? false,
    expiresAt: deadline ?? referral?.expiresAt ?? null,
    daysLeft: deadline === null ? null : daysLeft(deadline, now.toISOString()),
    lastChange: lastChange(view),
    link: link.status,
    inStep: !isOutOfStep(view),
    attention: [...new Set(items.filter(({ state }) => state === 'open').map(({ kind }) => kind))],
  };
}
