/** Adoption of records without tags: proposals from a complete reading, and links that a person accepted. */

import { withHeldGroups } from '../core/adoption.ts';
import type { FieldName } from '../core/deal.ts';
import { decideLinked } from '../core/decide-linked.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { toDeal } from '../core/mapping.ts';
import { TEXT_LIMITS } from '../core/mapping-write.ts';
import { namedReferral } from '../core/pairing.ts';
import type { Finding } from '../core/plan.ts';
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import type { HistoryEntry, Link } from '../core/store-port.ts';
import { differing } from './adopted.ts';
import { timingOf } from './decided.ts';
import type { EngineDependencies } from './dependencies.ts';
import { toItem } from './findings.ts';
import { newLink, withSiblings } from './link.ts';
import { chunks, isBlank, isOurs, type Pair, pairFingerprint } from './offer-pairs.ts';
import { pull, saveReferrals } from './pull.ts';

/** A pair that a person accepted. */
export interface AcceptedPair {
  readonly opportunityId: OpportunityId;
  readonly referralId: ReferralId;
  /** As proposed; null where the person named the pair without a proposal. */
  readonly fingerprint: string | null;
  /** Where it stands in the person's file; null for a pair named on the command line. */
  readonly line: number | null;
}

export interface AdoptedLink {
  readonly opportunityId: OpportunityId;
  readonly referralId: ReferralId;
  readonly agreed: readonly FieldName[];
  /** Fields that wait for a decision; neither side was overwritten. */
  readonly differs: readonly FieldName[];
}

export interface RefusedPair extends Omit<AcceptedPair, 'fingerprint'> {
  readonly reason: string;
}

export interface Adoption {
  readonly linked: readonly AdoptedLink[];
  readonly refused: readonly RefusedPair[];
  /** Pairs that were linked already. */
  readonly unchanged: number;
}

/**
 * Links accepted pairs after reading what changed on both sides: equal values are agreed on, different ones become
 * conflicts. Writes to no remote; the next run puts the ids on both sides. A pair that cannot be linked is refused alone.
 */
export async function adoptPairs(
  dependencies: EngineDependencies,
  accepted: readonly AcceptedPair[],
  options: CallOptions,
): Promise<Adoption> {
  const pulled = await pull(dependencies, false, options);
  const timing = { ...timingOf(dependencies, pulled.crmNow), settleSeconds: 0 };
  const linked: AdoptedLink[] = [];
  const refused: RefusedPair[] = [];
  let unchanged = 0;
  const uses = new Map<string, number>();
  for (const { opportunityId, referralId } of accepted)
    for (const id of [opportunityId, referralId]) uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const rows of chunks(accepted)) {
    const links: Link[] = [];
    const findings: Finding[] = [];
    for (const row of rows) {
      const { opportunityId, referralId, line } = row;
      const twice = [opportunityId, referralId].find((id) => (uses.get(id) ?? 0) > 1);
      const verdict =
        twice === undefined
          ? await judge(dependencies, row, options)
          : `${twice} is accepted in several rows; accept one of them`;
      if (typeof verdict === 'string') refused.push({ opportunityId, referralId, line, reason: verdict });
      else if (verdict === null) unchanged += 1;
      else {
        const adopted = await adopt(dependencies, verdict, timing);
        links.push(adopted.link);
        findings.push(...adopted.findings);
        linked.push(adopted.report);
      }
    }
    await commitLinks(dependencies, links, findings);
  }
  return { linked, refused, unchanged };
}

/** The pair as it stands; null when it is linked already; else why it cannot be linked, and what to do. */
async function judge(
  dependencies: EngineDependencies,
  row: AcceptedPair,
  options: CallOptions,
): Promise<Pair | null | string> {
  const { ledger, mapping } = dependencies;
  const { opportunityId, referralId } = row;
  const ours = (await ledger.linksByOpportunity([opportunityId])).get(opportunityId);
  if (ours?.referralId === referralId) return null;
  if (ours !== undefined)
    return `opportunity ${opportunityId} is linked with referral ${ours.referralId} already`;
  const theirs = (await ledger.linksByReferral([referralId])).get(referralId);
  if (theirs !== undefined)
    return `referral ${referralId} is linked with opportunity ${theirs.opportunityId} already`;
  const opportunity = await findOpportunity(dependencies, opportunityId, options);
  if (opportunity === null) return `the CRM shows no opportunity ${opportunityId}`;
  const referral = await findReferral(dependencies, referralId, options);
  if (referral === null) return `Partner Center shows no referral ${referralId}`;
  if (!toDeal(opportunity, mapping).inScope)
    return `the mapping's filter does not select opportunity ${opportunityId}; mark it for synchronization first`;
  if (referral.isMicrosofts) return `referral ${referralId} is another party's record of the deal`;
  if (!isOurs(referral)) return `referral ${referralId} is no open deal, so nothing can be kept in agreement`;
  if (referral.tag.kind === 'foreign') return `referral ${referralId} carries a CRM id of another system`;
  if (referral.tag.kind === 'opportunity' && referral.tag.id !== opportunityId)
    return `referral ${referralId} carries the id of opportunity ${referral.tag.id}`;
  const path = mapping.tag.referralId;
  if (!isBlank(opportunity.values[path]) && namedReferral(opportunity, path) !== referralId)
    return `opportunity ${opportunityId} carries another referral's id in ${path}`;
  if (row.fingerprint !== null && row.fingerprint !== pairFingerprint({ opportunity, referral }))
    return 'a side has changed since the pair was proposed; look at a fresh proposal';
  return { opportunity, referral };
}

async function findOpportunity(
  { ledger, crm }: EngineDependencies,
  id: OpportunityId,
  options: CallOptions,
): Promise<OpportunityRecord | null> {
  const held = (await ledger.opportunities([id])).get(id)?.record;
  const record = held ?? (await crm.read([id], options)).get(id) ?? null;
  if (held === undefined && record !== null)
    await ledger.commit({ opportunities: [{ record, dueAt: null }] });
  return record === null || record.deleted ? null : record;
}

async function findReferral(
  dependencies: EngineDependencies,
  id: ReferralId,
  options: CallOptions,
): Promise<Referral | null> {
  const held = (await dependencies.ledger.referrals([id])).get(id)?.record;
  if (held !== undefined) return held;
  const found = await dependencies.partnerCenter.find(id, options);
  if (found !== null) await saveReferrals(dependencies, [found]);
  return found;
}

async function adopt(
  dependencies: EngineDependencies,
  { opportunity, referral }: Pair,
  timing: ReturnType<typeof timingOf>,
): Promise<{ readonly link: Link; readonly findings: readonly Finding[]; readonly report: AdoptedLink }> {
  const { mapping, hashOf, policy, crm } = dependencies;
  const fresh = await withSiblings(dependencies, newLink(dependencies, opportunity.id, referral));
  const mapped = toDeal(opportunity, mapping);
  const groups = differing({ link: fresh, opportunity, mapped, referral, mapping });
  const link = { ...fresh, written: withHeldGroups(fresh.written, groups) };
  const decision = decideLinked({
    link,
    opportunity,
    mapped,
    referral,
    mapping,
    hashOf,
    limits: TEXT_LIMITS[crm.kind],
    timing,
    pastCloseDate: policy.pastCloseDate,
    decisions: {},
  });
  const findings = decision.findings.filter(({ code }) => code === 'differs-at-adoption');
  return {
    link: { ...link, baseline: decision.baseline },
    findings,
    report: {
      opportunityId: opportunity.id,
      referralId: referral.id,
      agreed: (Object.keys(decision.baseline) as FieldName[]).filter(
        (field) => !findings.some(({ fields }) => fields.includes(field)),
      ),
      differs: groups,
    },
  };
}

async function commitLinks(
  { ledger, now }: EngineDependencies,
  links: readonly Link[],
  findings: readonly Finding[],
): Promise<void> {
  if (links.length === 0) return;
  const at = now().toISOString();
  const before = await ledger.attentionByKeys(findings.map(({ key }) => key));
  await ledger.commit({
    links,
    attention: findings.map((finding) => toItem(finding, at, before.get(finding.key))),
    resolved: links.map(({ referralId }) => `notice:not-adopted:${referralId}`),
    due: links.flatMap(({ opportunityId, referralId }) => [
      { side: 'opportunity' as const, id: opportunityId as string, dueAt: at },
      { side: 'referral' as const, id: referralId as string, dueAt: at },
    ]),
    history: links.map(
      ({ opportunityId, referralId }): HistoryEntry => ({
        at,
        runId: null,
        opportunityId,
        referralId,
        field: 'link',
        who: 'operator',
        to: 'ledger',
        from: null,
        value: referralId,
        rule: 'a person accepted the pair',
        requestId: null,
      }),
    ),
  });
}
