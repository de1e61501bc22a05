/**
 * Which opportunity and which referral describe one deal: by link, then by tag, never by name.
 * Whatever is doubtful (two referrals for one opportunity, a copied id, a tag that names nothing) is a finding.
 */
import type { OpportunityId, ReferralId } from './ids.ts';
import { canonicalGuid } from './ids.ts';
import { hasEnded } from './lifecycle.ts';
import type { Finding } from './plan.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import type { Link } from './store-port.ts';

/** What is known around one opportunity that no link holds. */
export interface UnlinkedOpportunity {
  readonly opportunity: OpportunityRecord;
  /** The column that carries the referral id. */
  readonly referralIdPath: string;
  /** Own referrals whose tag names this opportunity. */
  readonly tagged: readonly Referral[];
  /** The referral that the opportunity's id column names; null: looked for and not visible; undefined: column empty. */
  readonly named: Referral | null | undefined;
  /** Links that already hold one of those referrals. */
  readonly linkedReferrals: ReadonlyMap<ReferralId, Link>;
  /** Other opportunities whose id column names the same referral. */
  readonly rivals?: readonly OpportunityId[];
}

export type Pairing =
  | { readonly kind: 'link'; readonly referral: Referral }
  | { readonly kind: 'alone' }
  | { readonly kind: 'doubtful'; readonly finding: Finding };

/** The referral id that an opportunity's column holds, or null. */
export function namedReferral(opportunity: OpportunityRecord, referralIdPath: string): ReferralId | null {
  const value = opportunity.values[referralIdPath];
  return typeof value === 'string' ? (canonicalGuid(value) as ReferralId | null) : null;
}

function isOpen({ deal }: Referral): boolean {
  return !hasEnded(deal);
}

/** Finds an unlinked opportunity's referral. */
export function pairOpportunity({
  opportunity,
  referralIdPath,
  tagged,
  named,
  linkedReferrals,
  rivals = [],
}: UnlinkedOpportunity): Pairing {
  const doubtful = (code: string, message: string, referralId: ReferralId | null): Pairing => ({
    kind: 'doubtful',
    finding: {
      key: `parked:${code}:${opportunity.id}`,
      kind: 'parked',
      code,
      opportunityId: opportunity.id,
      referralId,
      fields: ['tag'],
      message,
      values: [],
    },
  });
  const raw = opportunity.values[referralIdPath];
  const namedId = namedReferral(opportunity, referralIdPath);
  if (typeof raw === 'string' && raw.trim() !== '' && namedId === null) {
    return doubtful(
      'referral-id-unreadable',
      `Opportunity ${opportunity.id}: ${referralIdPath} holds a text that is not a referral id; clear it to share the opportunity anew.`,
      null,
    );
  }
  if (named === null) {
    return doubtful(
      'referral-not-visible',
      `Opportunity ${opportunity.id} names referral ${namedId ?? '?'}, which Partner Center does not show us; correct or clear ${referralIdPath}. Nothing is created over it.`,
      namedId,
    );
  }
  if (named !== undefined) {
    const holder = linkedReferrals.get(named.id);
    if (holder !== undefined) {
      return doubtful(
        'referral-linked-elsewhere',
        `Opportunity ${opportunity.id} names referral ${named.id}, which belongs to opportunity ${holder.opportunityId}; it looks like a copy. Clear ${referralIdPath} on the copy.`,
        named.id,
      );
    }
    if (named.isMicrosofts) {
      return doubtful(
        'referral-not-ours',
        `Opportunity ${opportunity.id} names referral ${named.id}, which is Microsoft's record of the deal; put our own referral's id there.`,
        named.id,
      );
    }
    if (named.tag.kind === 'opportunity' && named.tag.id !== opportunity.id) {
      return doubtful(
        'tags-disagree',
        `Opportunity ${opportunity.id} names referral ${named.id}, but that referral carries the id of opportunity ${named.tag.id}; correct one of them.`,
        named.id,
      );
    }
    if (named.tag.kind === 'foreign') {
      return doubtful(
        'foreign-tag',
        `Opportunity ${opportunity.id} names referral ${named.id}, which carries a CRM id of another system; it is left alone.`,
        named.id,
      );
    }
    // The referral's own tag says which of several is meant; without it nobody knows.
    if (named.tag.kind === 'none' && rivals.length > 0) {
      return doubtful(
        'duplicate-opportunities',
        `Referral ${named.id} is named by ${rivals.length + 1} opportunities (${[opportunity.id, ...rivals].sort().join(', ')}) and carries the id of none; clear ${referralIdPath} on the wrong ones.`,
        named.id,
      );
    }
  }
  const free = tagged.filter((referral) => !referral.isMicrosofts && !linkedReferrals.has(referral.id));
  const candidates = named === undefined ? free : [named, ...free.filter(({ id }) => id !== named.id)];
  const choice = candidates.length > 1 ? candidates.filter(isOpen) : candidates;
  const [only] = choice;
  if (candidates.length > 0 && choice.length !== 1) {
    return doubtful(
      'duplicate-referrals',
      `Opportunity ${opportunity.id} has ${candidates.length} referrals that carry its id (${candidates.map(({ id }) => id).join(', ')}); close the wrong ones as errors in Partner Center.`,
      only?.id ?? null,
    );
  }
  return only === undefined ? { kind: 'alone' } : { kind: 'link', referral: only };
}

/** What is known around one own referral that no link holds. */
export interface UnlinkedReferral {
  readonly referral: Referral;
  /** The opportunity that the tag names; null: looked for and not there; undefined: no such tag. */
  readonly named: OpportunityRecord | null | undefined;
  /** Opportunities whose id column names this referral. */
  readonly carrying: readonly OpportunityRecord[];
  readonly linkedOpportunities: ReadonlyMap<OpportunityId, Link>;
  /**
   * Whether the tag names another CRM's opportunity: `yes` by the id's form, or because another connection holds it;
   * `unclear` while that connection has not read its side yet.
   */
  readonly isElsewhere?: 'yes' | 'unclear' | 'no';
}

/** Finds an unlinked referral's opportunity: `link` says pair it through that opportunity; `elsewhere` is not ours. */
export function pairReferral({
  referral,
  named,
  carrying,
  linkedOpportunities,
  isElsewhere = 'no',
}: UnlinkedReferral):
  | { readonly kind: 'opportunity'; readonly id: OpportunityId }
  | { readonly kind: 'alone' }
  | { readonly kind: 'elsewhere'; readonly isSure: boolean }
  | { readonly kind: 'doubtful'; readonly finding: Finding } {
  const doubtful = (code: string, message: string, opportunityId: OpportunityId | null) => ({
    kind: 'doubtful' as const,
    finding: {
      key: `parked:${code}:${referral.id}`,
      kind: 'parked' as const,
      code,
      opportunityId,
      referralId: referral.id,
      fields: ['tag'],
      message,
      values: [],
    },
  });
  if (referral.tag.kind === 'opportunity') {
    const { id } = referral.tag;
    if (isElsewhere !== 'no') return { kind: 'elsewhere', isSure: isElsewhere === 'yes' };
    const holder = linkedOpportunities.get(id);
    if (holder !== undefined) {
      return doubtful(
        'duplicate-referrals',
        `Referral ${referral.id} carries the id of opportunity ${id}, which already belongs to referral ${holder.referralId}; close the wrong one as an error in Partner Center.`,
        id,
      );
    }
    if (named === null || named === undefined || named.deleted) {
      return doubtful(
        'tag-unknown',
        `Referral ${referral.id} carries the id of opportunity ${id}, which the CRM does not show us; another system may own it, so it is left alone.`,
        id,
      );
    }
    return { kind: 'opportunity', id };
  }
  if (referral.tag.kind === 'foreign') return { kind: 'alone' };
  const free = carrying.filter(({ id, deleted }) => !deleted && !linkedOpportunities.has(id));
  const [only] = free;
  if (free.length > 1) {
    return doubtful(
      'duplicate-opportunities',
      `Referral ${referral.id} is named by ${free.length} opportunities (${free.map(({ id }) => id).join(', ')}); clear it on the wrong ones.`,
      null,
    );
  }
  return only === undefined ? { kind: 'alone' } : { kind: 'opportunity', id: only.id };
}
