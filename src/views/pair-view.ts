/** A linked pair as operators look at it, from the ledger alone: both deals, and what the merge would say now. */

import { validBaseline } from '../core/agreed.ts';
import type { Deal, DealKind, FieldName } from '../core/deal.ts';
import { kindOf } from '../core/deal.ts';
import { canonicalText, stripMarks } from '../core/lenses/text.ts';
import { type MappedOpportunity, toDeal } from '../core/mapping.ts';
import { stageTextOf } from '../core/mapping-stages.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { microsoftAnswer, withMicrosoftsPart } from '../core/microsoft-answer.ts';
import { frozenOn, policiesOf } from '../core/policies.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import { reconcile } from '../core/reconcile.ts';
import type { Reconciliation } from '../core/reconciliation.ts';
import type { AttentionItem, Ledger, Link } from '../core/store-port.ts';
import { rememberedPeople } from '../engine/directory.ts';

export interface PairView {
  readonly link: Link;
  readonly opportunity: OpportunityRecord | null;
  readonly referral: Referral | null;
  readonly mapped: MappedOpportunity | null;
  /** What the merge says about the values the ledger holds; null when a side is missing. */
  readonly verdict: Reconciliation | null;
  readonly items: readonly AttentionItem[];
}

const MICROSOFT = 'msft';

/** Builds the views of links, in the links' order. */
export async function viewPairs(
  ledger: Ledger,
  links: readonly Link[],
  mapping: Mapping,
  hashOf: (field: FieldName) => string,
): Promise<readonly PairView[]> {
  const opportunityIds = links.map(({ opportunityId }) => opportunityId);
  const referralIds = links.map(({ referralId }) => referralId);
  const [opportunities, referrals, items] = await Promise.all([
    ledger.opportunities(opportunityIds),
    ledger.referrals(referralIds),
    ledger.attentionAbout({ opportunityIds, referralIds }),
  ]);
  const siblings = await ledger.referrals(links.flatMap((link) => link.siblings.map(({ id }) => id)));
  // As a run sees them: with what the company's directory said of colleagues.
  const seen = [...opportunities.values()].map(({ record }) => record);
  const known = await rememberedPeople(ledger, mapping, seen);
  const byRecord = new Map<string, Set<AttentionItem>>();
  for (const item of items) {
    for (const id of [item.opportunityId, item.referralId]) {
      if (id !== null) byRecord.set(id, (byRecord.get(id) ?? new Set()).add(item));
    }
  }
  return links.map((link) => {
    const opportunity = opportunities.get(link.opportunityId)?.record ?? null;
    const own = referrals.get(link.referralId)?.record ?? null;
    const others = link.siblings.flatMap(({ id }) => siblings.get(id)?.record ?? []);
    const referral = own === null ? null : withMicrosoftsPart(own, microsoftAnswer(others, own.updatedAt));
    const mapped = opportunity === null ? null : toDeal(opportunity, known);
    const verdict =
      mapped === null || referral === null
        ? null
        : reconcile({
            baseline: validBaseline(link.baseline, hashOf),
            opportunity: mapped.deal,
            referral: referral.deal,
            policy: policiesOf(mapping, referral, mapped.deal),
            frozen: frozenOn(referral, link),
            withheld: new Set(),
            decisions: {},
          });
    const about = new Set([
      ...(byRecord.get(link.opportunityId) ?? []),
      ...(byRecord.get(link.referralId) ?? []),
    ]);
    return { link, opportunity, referral, mapped, verdict, items: [...about] };
  });
}

/**
 * The views of links that a run has settled: nothing is open about them and neither record is due, so nothing waits to
 * travel. Only what lists show is worked out, which is twenty times quicker than the whole merge.
 */
export async function viewSettled(
  ledger: Ledger,
  links: readonly Link[],
  mapping: Mapping,
): Promise<readonly PairView[]> {
  const [opportunities, referrals] = await Promise.all([
    ledger.opportunities(links.map(({ opportunityId }) => opportunityId)),
    ledger.referrals(links.map(({ referralId }) => referralId)),
  ]);
  return links.map((link) => {
    const opportunity = opportunities.get(link.opportunityId)?.record ?? null;
    const referral = referrals.get(link.referralId)?.record ?? null;
    const mapped = opportunity === null ? null : listedPart(opportunity, mapping);
    const verdict = mapped === null || referral === null ? null : SETTLED;
    return { link, opportunity, referral, mapped, verdict, items: [] };
  });
}

const SETTLED: Reconciliation = {
  referralChanges: {},
  opportunityChanges: {},
  baselineChanges: {},
  conflicts: [],
  notices: [],
  rules: {},
};

function listedPart(opportunity: OpportunityRecord, mapping: Mapping): MappedOpportunity {
  const name = nameOf(opportunity, mapping);
  return {
    deal: name === null ? {} : { name },
    problems: [],
    defaulted: [],
    inScope: true,
    stage: stageTextOf(opportunity.values, mapping) || null,
  };
}

/** An opportunity's name as the mapping reads it, without the rest of the deal. */
export function nameOf({ values }: OpportunityRecord, mapping: Mapping): string | null {
  const path = mapping.fields.find(({ field }) => field === 'name')?.crm ?? null;
  const name = path === null ? null : (values[path] ?? null);
  return name === null ? null : canonicalText(stripMarks(String(name)));
}

/** Whether an edit still waits to travel, or a conflict or parked field stands in its way. */
export function isOutOfStep({ verdict, items }: PairView): boolean {
  if (items.some(({ kind }) => kind === 'conflict' || kind === 'parked')) return true;
  if (verdict === null) return true;
  return (
    Object.keys(verdict.referralChanges).length +
      Object.keys(verdict.opportunityChanges).length +
      verdict.conflicts.length >
    0
  );
}

/** What Microsoft can see of the deal and was asked: an invitation makes it co-sell. */
export function kindOfPair({ link, referral }: Pick<PairView, 'link' | 'referral'>): DealKind {
  if (link.siblings.some(({ organizationId }) => organizationId?.toLowerCase() === MICROSOFT))
    return 'co-sell';
  return referral === null ? 'private' : kindOf(referral.deal);
}

/** The later of both sides' last changes. */
export function lastChange({ opportunity, referral }: PairView): string | null {
  const times = [opportunity?.modifiedAt, referral?.updatedAt].filter((time) => time !== undefined);
  return times.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null;
}

/** The deal to show: Partner Center's, else the CRM's. */
export function dealOf({ referral, mapped }: PairView): Deal {
  return referral?.deal ?? mapped?.deal ?? {};
}
