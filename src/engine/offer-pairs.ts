/** Pairs among records without ids that may belong together, with their reasons; nobody is linked by it. */

import { type Proposal, proposePairs } from '../core/adoption-proposals.ts';
import { RemoteError } from '../core/errors.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { hasEnded, isOpen } from '../core/lifecycle.ts';
import { type MappedOpportunity, toDeal } from '../core/mapping.ts';
import { namedReferral } from '../core/pairing.ts';
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import type { EngineDependencies } from './dependencies.ts';
import { fingerprint } from './digest.ts';
import { opportunityContent, pull, referralContent } from './pull.ts';

const CHUNK = 500;

/** A proposal with what a person needs to judge it. */
export interface OfferedPair extends Proposal {
  readonly opportunityName: string | null;
  readonly referralName: string | null;
  readonly customer: string | null;
  /** Stands for both records as they were read; another one means that a side has moved since. */
  readonly fingerprint: string;
}

export interface Offer {
  readonly pairs: readonly OfferedPair[];
  /** Records without a tag for which nothing was found. */
  readonly alone: { readonly opportunities: number; readonly referrals: number };
}

/** Two records that are not linked. */
export interface Pair {
  readonly opportunity: OpportunityRecord;
  readonly referral: Referral;
}

/** Changes when either record says something else: what a person accepted was about the records as shown. */
export function pairFingerprint({ opportunity, referral }: Pair): string {
  return fingerprint([opportunityContent(opportunity), referralContent(referral)]);
}

/**
 * Reads both sides completely into the ledger it was given (a copy) and proposes pairs. Writes to no remote, links nothing.
 * @throws RemoteError when a side cannot be read to its end
 */
export async function offerPairs(dependencies: EngineDependencies, options: CallOptions): Promise<Offer> {
  const pulled = await pull(dependencies, true, options);
  if (pulled.allOpportunities === null || pulled.allReferrals === null) {
    throw new RemoteError('A side could not be read to its end, so pairs cannot be told; try again later.', {
      code: 'unavailable',
      system: 'partnerCenter',
    });
  }
  const opportunities = new Map<OpportunityId, { record: OpportunityRecord; mapped: MappedOpportunity }>();
  for (const ids of chunks([...pulled.allOpportunities]))
    for (const record of await loneOpportunities(dependencies, ids))
      opportunities.set(record.id, { record, mapped: toDeal(record, dependencies.mapping) });
  for (const [id, { mapped }] of opportunities)
    if (!mapped.inScope || hasEnded(mapped.deal)) opportunities.delete(id);
  const referrals = new Map<ReferralId, Referral>();
  for (const ids of chunks([...pulled.allReferrals]))
    for (const record of await loneReferrals(dependencies, ids)) referrals.set(record.id, record);

  const proposals = proposePairs(
    [...opportunities].map(([id, { mapped }]) => ({ id, deal: mapped.deal })),
    [...referrals.values()].map(({ id, deal }) => ({ id, deal })),
  );
  const pairs = proposals.flatMap((proposal): OfferedPair[] => {
    const opportunity = opportunities.get(proposal.opportunityId);
    const referral = referrals.get(proposal.referralId);
    if (opportunity === undefined || referral === undefined) return [];
    return [
      {
        ...proposal,
        opportunityName: opportunity.mapped.deal.name ?? null,
        referralName: referral.deal.name ?? null,
        customer: opportunity.mapped.deal.customer?.name ?? referral.deal.customer?.name ?? null,
        fingerprint: pairFingerprint({ opportunity: opportunity.record, referral }),
      },
    ];
  });
  const paired = new Set<string>(
    pairs.flatMap(({ opportunityId, referralId }) => [opportunityId, referralId]),
  );
  return {
    pairs,
    alone: {
      opportunities: [...opportunities.keys()].filter((id) => !paired.has(id)).length,
      referrals: [...referrals.keys()].filter((id) => !paired.has(id)).length,
    },
  };
}

/** Rows in pieces that the ledger reads at once. */
export function* chunks<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK);
}

/** Opportunities that no link, no id of their own and no referral's tag joins with anything. */
async function loneOpportunities(
  { ledger, mapping }: EngineDependencies,
  ids: readonly OpportunityId[],
): Promise<readonly OpportunityRecord[]> {
  const [held, links, tagged] = await Promise.all([
    ledger.opportunities(ids),
    ledger.linksByOpportunity(ids),
    ledger.referralsTagged(ids),
  ]);
  // Microsoft's record of a deal may carry our id too; it says nothing about our own.
  const own = tagged.filter(({ isMicrosofts }) => !isMicrosofts);
  const named = new Set(own.flatMap(({ tag }) => (tag.kind === 'opportunity' ? [tag.id] : [])));
  return [...held.values()]
    .map(({ record }) => record)
    .filter(
      ({ id, deleted, values }) =>
        !deleted && !links.has(id) && !named.has(id) && isBlank(values[mapping.tag.referralId]),
    );
}

/** Whether a column says nothing. */
export function isBlank(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** Own open referrals that no link, no tag and no opportunity's id joins with anything. */
async function loneReferrals(
  { ledger, mapping }: EngineDependencies,
  ids: readonly ReferralId[],
): Promise<readonly Referral[]> {
  const [held, links, carrying] = await Promise.all([
    ledger.referrals(ids),
    ledger.linksByReferral(ids),
    ledger.opportunitiesTagged(ids),
  ]);
  const named = new Set(carrying.flatMap((record) => namedReferral(record, mapping.tag.referralId) ?? []));
  return [...held.values()]
    .map(({ record }) => record)
    .filter(
      (record) =>
        !links.has(record.id) && !named.has(record.id) && isOurs(record) && record.tag.kind === 'none',
    );
}

/** Whether a deal can still be taken into the CRM: open, readable, and not another party's. */
export function isOurs({ isMicrosofts, category, malformed, deal }: Referral): boolean {
  return !isMicrosofts && category === 'deal' && malformed.length === 0 && isOpen(deal);
}
