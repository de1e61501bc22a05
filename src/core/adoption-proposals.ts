/**
 * Which opportunity and which referral without tags may describe one deal: proposals with their reasons for a person to
 * judge. Nothing here links anything, and what is doubtful is shown with all its candidates.
 */
import {
  type Confidence,
  confidenceOf,
  customerKey,
  type Evidence,
  evidenceFor,
  plain,
  pointsOf,
  reasonsOf,
} from './adoption-evidence.ts';
import type { Deal, FieldName } from './deal.ts';
import type { OpportunityId, ReferralId } from './ids.ts';
import { sameValue } from './lenses/equality.ts';

/** A record that may be half of a pair. */
export interface Half<Id extends string> {
  readonly id: Id;
  readonly deal: Deal;
}

/** A field on which the two records do not agree. */
export interface Disagreement {
  readonly field: FieldName;
  readonly opportunity: unknown;
  readonly referral: unknown;
}

export interface Proposal {
  readonly opportunityId: OpportunityId;
  readonly referralId: ReferralId;
  readonly confidence: Confidence;
  /** Several candidates fit about as well: a person picks one, or none. */
  readonly ambiguous: boolean;
  readonly reasons: readonly string[];
  readonly disagreements: readonly Disagreement[];
}

interface Candidate {
  readonly opportunity: Half<OpportunityId>;
  readonly referral: Half<ReferralId>;
  readonly evidence: Evidence;
  readonly confidence: Confidence;
  readonly points: number;
}

/** Candidates whose points differ by less than this are not told apart. */
const CLEAR_LEAD = 3;
/** As many combinations of one customer's records are compared in a moment. */
const MAX_COMBINATIONS = 40_000;

const RANK: Readonly<Record<Confidence, number>> = { high: 2, medium: 1, low: 0 };
/** Fields whose difference is worth a word beside a proposal. */
const SHOWN: readonly FieldName[] = [
  'name',
  'customer',
  'amount',
  'currency',
  'closeDate',
  'state',
  'notes',
  'solutions',
];

/** The fields on which two deals differ, as far as both are known. */
export function disagreementsBetween(opportunity: Deal, referral: Deal): readonly Disagreement[] {
  return SHOWN.filter(
    (field) =>
      Object.hasOwn(opportunity, field) &&
      Object.hasOwn(referral, field) &&
      !sameValue(field, opportunity[field], referral[field]),
  ).map((field) => ({
    field,
    opportunity: opportunity[field] ?? null,
    referral: referral[field] ?? null,
  }));
}

/** What two records must share to be compared at all. */
function keysOf(deal: Deal): { readonly wide: readonly string[]; readonly narrow: readonly string[] } {
  const { amount, currency, closeDate } = deal;
  const duns = deal.customer?.duns ?? null;
  const customer = customerKey(deal);
  const name = plain(deal.name);
  const wide = [duns === null ? null : `duns ${duns}`, customer === null ? null : `customer ${customer}`];
  const narrow = [
    name === null ? null : `name ${name}`,
    amount && closeDate ? `terms ${amount} ${currency ?? ''} ${closeDate}` : null,
  ];
  const present = (keys: readonly (string | null)[]): string[] => keys.filter((key) => key !== null);
  return { wide: present(wide), narrow: present(narrow) };
}

/** Pairs that share a key; a key shared by too many on both sides gives way to the narrower ones. */
function* combinations(
  opportunities: readonly Half<OpportunityId>[],
  referrals: readonly Half<ReferralId>[],
  maxCombinations: number,
): Iterable<readonly [Half<OpportunityId>, Half<ReferralId>]> {
  type Bucket = { here: Half<OpportunityId>[]; there: Half<ReferralId>[] };
  const buckets = new Map<string, Bucket>();
  const bucket = (key: string): Bucket => {
    const found = buckets.get(key) ?? { here: [], there: [] };
    buckets.set(key, found);
    return found;
  };
  for (const half of opportunities) {
    const { wide, narrow } = keysOf(half.deal);
    for (const key of [...wide, ...narrow]) bucket(key).here.push(half);
  }
  for (const half of referrals) {
    const { wide, narrow } = keysOf(half.deal);
    for (const key of [...wide, ...narrow]) bucket(key).there.push(half);
  }
  const seen = new Set<string>();
  for (const { here, there } of buckets.values()) {
    if (here.length * there.length > maxCombinations) continue;
    for (const opportunity of here)
      for (const referral of there) {
        const key = pairKey({ opportunity, referral });
        if (seen.has(key)) continue;
        seen.add(key);
        yield [opportunity, referral];
      }
  }
}

function pairKey({ opportunity, referral }: Pick<Candidate, 'opportunity' | 'referral'>): string {
  return `${opportunity.id} ${referral.id}`;
}

function better(a: Candidate, b: Candidate): number {
  return RANK[b.confidence] - RANK[a.confidence] || b.points - a.points || (pairKey(a) < pairKey(b) ? -1 : 1);
}

/**
 * Proposes pairs among records without tags, the surest first. Each record is in one proposal, unless several fit about
 * as well: then all of those are given, marked ambiguous and of low confidence.
 *
 * @param maxCombinations how many combinations of records that have one thing in common are compared at most; of more,
 *   only those are that have another thing in common
 */
export function proposePairs(
  opportunities: readonly Half<OpportunityId>[],
  referrals: readonly Half<ReferralId>[],
  maxCombinations = MAX_COMBINATIONS,
): readonly Proposal[] {
  const candidates: Candidate[] = [];
  for (const [opportunity, referral] of combinations(opportunities, referrals, maxCombinations)) {
    const evidence = evidenceFor(opportunity.deal, referral.deal);
    const confidence = confidenceOf(evidence);
    if (confidence !== null)
      candidates.push({ opportunity, referral, evidence, confidence, points: pointsOf(evidence) });
  }
  candidates.sort(better);
  const byRecord = new Map<string, Candidate[]>();
  for (const candidate of candidates)
    for (const { id } of [candidate.opportunity, candidate.referral])
      byRecord.set(id, [...(byRecord.get(id) ?? []), candidate]);

  const taken = new Set<string>();
  const proposals: Proposal[] = [];
  for (const first of candidates) {
    if (taken.has(first.opportunity.id) || taken.has(first.referral.id)) continue;
    const group = contenders(first, byRecord, taken);
    for (const candidate of group) proposals.push(toProposal(candidate, group.length > 1));
    for (const { opportunity, referral } of group) taken.add(opportunity.id).add(referral.id);
  }
  return proposals;
}

/** A candidate with all that cannot be told from it, through whichever record they share. */
function contenders(
  first: Candidate,
  byRecord: ReadonlyMap<string, readonly Candidate[]>,
  taken: ReadonlySet<string>,
): readonly Candidate[] {
  const group = new Set<Candidate>([first]);
  for (const member of group) {
    for (const { id } of [member.opportunity, member.referral]) {
      for (const other of byRecord.get(id) ?? []) {
        const isFree = !taken.has(other.opportunity.id) && !taken.has(other.referral.id);
        if (isFree && other.points > first.points - CLEAR_LEAD) group.add(other);
      }
    }
  }
  return [...group].sort(better);
}

function toProposal(
  { opportunity, referral, evidence, confidence }: Candidate,
  ambiguous: boolean,
): Proposal {
  return {
    opportunityId: opportunity.id,
    referralId: referral.id,
    confidence: ambiguous ? 'low' : confidence,
    ambiguous,
    reasons: reasonsOf(evidence),
    disagreements: disagreementsBetween(opportunity.deal, referral.deal),
  };
}
