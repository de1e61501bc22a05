/** From due records to the pairs they belong to, with everything that deciding about them needs, read in chunks. */
import { evaluateFilter } from '../core/filter.ts';
import { crmKindOf, type OpportunityId, type ReferralId } from '../core/ids.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { namedReferral, pairOpportunity, pairReferral } from '../core/pairing.ts';
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import type { DueRecord, Link } from '../core/store-port.ts';
import { addSeconds } from '../core/timing.ts';
import type { EngineDependencies } from './dependencies.ts';
import { newLink, withSiblings } from './link.ts';
import { opportunityContent, saveOpportunities, saveReferrals } from './pull.ts';
import type { RunState } from './run-state.ts';
import type { Subject } from './subject.ts';
import { isOfOneRecord } from './trouble.ts';

/** When to look again for a linked opportunity that the CRM does not show; of one that is back as it was no feed tells. */
const LOOK_AGAIN_SECONDS = 600;

/** Builds the subjects of a chunk of due records; each pair once. */
export async function subjectsOf(
  dependencies: EngineDependencies,
  due: readonly DueRecord[],
  state: Pick<RunState, 'passed' | 'trouble'>,
  options: CallOptions,
): Promise<readonly Subject[]> {
  const { ledger } = dependencies;
  const opportunityIds = due
    .filter(({ side }) => side === 'opportunity')
    .map(({ id }) => id as OpportunityId);
  const referralIds = due.filter(({ side }) => side === 'referral').map(({ id }) => id as ReferralId);
  const [dueOpportunities, dueReferrals] = await Promise.all([
    ledger.opportunities(opportunityIds),
    ledger.referrals(referralIds),
  ]);

  const subjects: Subject[] = [];
  const links = new Map<OpportunityId, Link>();
  for (const link of (await ledger.linksByOpportunity(opportunityIds)).values())
    links.set(link.opportunityId, link);
  for (const link of (await ledger.linksByReferral(referralIds)).values())
    links.set(link.opportunityId, link);
  // A sibling that changed (Microsoft answered) is news for the link of its engagement; without one it is nobody's.
  const orphans: DueRecord['id'][] = [];
  for (const { record } of dueReferrals.values()) {
    if (!record.isMicrosofts) continue;
    const members = await ledger.referralsOfEngagement(record.engagementId);
    const found = [...(await ledger.linksByReferral(members.map(({ id }) => id))).values()];
    for (const link of found) if (!links.has(link.opportunityId)) links.set(link.opportunityId, link);
    if (found.length === 0) orphans.push(record.id);
  }
  if (orphans.length > 0)
    await ledger.commit({ due: orphans.map((id) => ({ side: 'referral' as const, id, dueAt: null })) });

  const linked = await loadLinked(dependencies, [...links.values()]);
  subjects.push(...linked);
  const taken = new Set<string>(
    linked.flatMap(({ link }) => [link.opportunityId as string, link.referralId as string]),
  );

  // Referrals first: what they say about opportunities is then handled through the opportunity.
  const through = new Set<OpportunityId>();
  for (const { record } of dueReferrals.values()) {
    if (taken.has(record.id) || record.isMicrosofts) continue;
    const verdict = await pairOne(dependencies, record, options);
    if (verdict.kind === 'opportunity') through.add(verdict.id);
    else if (verdict.kind === 'doubtful')
      subjects.push({ kind: 'doubtful', finding: verdict.finding, opportunity: null, referral: record });
    else if (verdict.kind === 'elsewhere')
      subjects.push({ kind: 'referral', referral: record, isElsewhere: verdict.isSure ? 'yes' : 'unclear' });
    else subjects.push({ kind: 'referral', referral: record });
  }
  const unlinked = new Map([...dueOpportunities].map(([id, { record }]) => [id, record]));
  for (const [id, { record }] of await ledger.opportunities([...through].filter((id) => !unlinked.has(id))))
    unlinked.set(id, record);
  for (const record of unlinked.values()) {
    if (taken.has(record.id)) continue;
    const subject = await subjectOfOpportunity(dependencies, record, state, options);
    if (subject !== null) subjects.push(subject);
  }
  return withSiblingRecords(dependencies, subjects);
}

/** Adds to each linked pair what the ledger holds of the engagement's other parties. */
async function withSiblingRecords(
  { ledger }: EngineDependencies,
  subjects: readonly Subject[],
): Promise<readonly Subject[]> {
  const byEngagement = new Map<string, readonly ReferralId[]>();
  for (const subject of subjects) {
    if (subject.kind !== 'linked') continue;
    const { engagementId } = subject.link;
    const members = await ledger.referralsOfEngagement(engagementId);
    byEngagement.set(
      engagementId,
      members.filter(({ isMicrosofts }) => isMicrosofts).map(({ id }) => id),
    );
  }
  const seen = await ledger.referrals([...byEngagement.values()].flat());
  return subjects.map((subject) =>
    subject.kind === 'linked'
      ? {
          ...subject,
          siblings: (byEngagement.get(subject.link.engagementId) ?? []).flatMap((id) => seen.get(id) ?? []),
        }
      : subject,
  );
}

async function loadLinked({ ledger }: EngineDependencies, links: readonly Link[]) {
  const opportunities = await ledger.opportunities(links.map(({ opportunityId }) => opportunityId));
  const referrals = await ledger.referrals(links.map(({ referralId }) => referralId));
  return links.map((link) => ({
    kind: 'linked' as const,
    link,
    unsaved: false,
    opportunity: opportunities.get(link.opportunityId)?.record ?? null,
    referral: referrals.get(link.referralId)?.record ?? null,
    siblings: [],
  }));
}

async function pairOne(dependencies: EngineDependencies, referral: Referral, options: CallOptions) {
  const { ledger, crm } = dependencies;
  let named: OpportunityRecord | null | undefined;
  const isElsewhere = await whereIs(dependencies, referral);
  if (referral.tag.kind === 'opportunity' && isElsewhere === 'no') {
    const { id } = referral.tag;
    named = (await ledger.opportunities([id])).get(id)?.record;
    if (named === undefined) {
      // Not in the filter, or gone: one look, because "not listed" is not "not there".
      const found = (await crm.read([id], options)).get(id) ?? null;
      if (found !== null)
        await dependencies.ledger.commit({ opportunities: [{ record: found, dueAt: null }] });
      named = found;
    }
  }
  const carrying = await ledger.opportunitiesTagged([referral.id]);
  const ids = [
    ...carrying.map(({ id }) => id),
    ...(referral.tag.kind === 'opportunity' ? [referral.tag.id] : []),
  ];
  return pairReferral({
    referral,
    named,
    carrying,
    linkedOpportunities: await ledger.linksByOpportunity(ids),
    isElsewhere,
  });
}

/**
 * Whether a tag names an opportunity of another CRM. An id of another kind of CRM is never asked for here; of two of
 * one kind the other connection says whether it holds the opportunity, and nothing else about it.
 */
async function whereIs(
  { ledger, crm, mapping, holdsElsewhere }: EngineDependencies,
  { tag }: Referral,
): Promise<'yes' | 'unclear' | 'no'> {
  if (tag.kind !== 'opportunity') return 'no';
  if (crmKindOf(tag.id) !== crm.kind) return 'yes';
  if (holdsElsewhere === undefined) return 'no';
  const held = (await ledger.opportunities([tag.id])).get(tag.id)?.record;
  return held !== undefined && selects(mapping, held) ? 'no' : holdsElsewhere(tag.id);
}

/** Whether the mapping's filter selects the opportunity. */
function selects({ include }: Mapping, { deleted, values }: OpportunityRecord): boolean {
  return !deleted && evaluateFilter(include, (column) => values[column]);
}

/** The opportunity with its partner; null where that cannot be read, so that nothing may be decided. */
async function subjectOfOpportunity(
  dependencies: EngineDependencies,
  opportunity: OpportunityRecord,
  { passed, trouble }: Pick<RunState, 'passed' | 'trouble'>,
  options: CallOptions,
): Promise<Subject | null> {
  const { ledger, mapping, partnerCenter, holdsElsewhere } = dependencies;
  // Two connections may share an org, each with a filter of its own: what the other one shares is its business.
  if (
    holdsElsewhere !== undefined &&
    !selects(mapping, opportunity) &&
    (await holdsElsewhere(opportunity.id)) === 'yes'
  )
    return { kind: 'opportunity', opportunity };
  const referralIdPath = mapping.tag.referralId;
  const tagged = await ledger.referralsTagged([opportunity.id]);
  const namedId = namedReferral(opportunity, referralIdPath);
  let named: Referral | null | undefined;
  if (namedId !== null) {
    named = (await ledger.referrals([namedId])).get(namedId)?.record;
    if (named === undefined) {
      try {
        named = await partnerCenter.find(namedId, options);
      } catch (error) {
        if (!isOfOneRecord(error)) throw error;
        trouble.waiting.set(namedId, opportunity.id);
        passed.add(opportunity.id);
        return null;
      }
      if (named !== null) await saveReferrals(dependencies, [named]);
    }
  }
  const ids = [...tagged.map(({ id }) => id), ...(named === undefined || named === null ? [] : [named.id])];
  const pairing = pairOpportunity({
    opportunity,
    referralIdPath,
    tagged,
    named,
    linkedReferrals: await ledger.linksByReferral(ids),
    rivals:
      namedId === null
        ? []
        : (await ledger.opportunitiesTagged([namedId]))
            .filter(
              (other) =>
                other.id !== opportunity.id &&
                !other.deleted &&
                namedReferral(other, referralIdPath) === namedId,
            )
            .map(({ id }) => id),
  });
  if (pairing.kind === 'alone') return { kind: 'opportunity', opportunity };
  if (pairing.kind === 'doubtful')
    return { kind: 'doubtful', finding: pairing.finding, opportunity, referral: named ?? null };
  return {
    kind: 'linked',
    link: await withSiblings(dependencies, newLink(dependencies, opportunity.id, pairing.referral)),
    unsaved: true,
    opportunity,
    referral: pairing.referral,
    siblings: [],
  };
}

/** Reads opportunities afresh and saves what moved; the ids that no longer are as they were. */
export async function refreshOpportunities(
  dependencies: EngineDependencies,
  ids: readonly OpportunityId[],
  options: CallOptions,
): Promise<ReadonlySet<OpportunityId>> {
  const held = await dependencies.ledger.opportunities(ids);
  const found = await dependencies.crm.read(ids, options);
  const moved = new Set<OpportunityId>();
  const records: OpportunityRecord[] = [];
  const gone: OpportunityId[] = [];
  for (const id of ids) {
    const now = found.get(id) ?? null;
    if (now === null) {
      moved.add(id);
      gone.push(id);
    } else {
      const before = held.get(id)?.record;
      if (before === undefined || opportunityContent(before) !== opportunityContent(now)) moved.add(id);
      records.push(now);
    }
  }
  await saveOpportunities(dependencies, records);
  if (gone.length > 0) await setAside(dependencies, gone, held);
  return moved;
}

/** What the CRM does not show: nothing is written for it until it does, and it does not come up in every round. */
async function setAside(
  { ledger, now }: EngineDependencies,
  ids: readonly OpportunityId[],
  held: Awaited<ReturnType<EngineDependencies['ledger']['opportunities']>>,
): Promise<void> {
  const links = await ledger.linksByOpportunity(ids);
  const later = addSeconds(now().toISOString(), LOOK_AGAIN_SECONDS);
  await ledger.commit({
    opportunities: ids.flatMap((id) => {
      const record = links.has(id) ? undefined : held.get(id)?.record;
      return record === undefined ? [] : [{ record: { ...record, deleted: true }, dueAt: null }];
    }),
    due: ids.filter((id) => links.has(id)).map((id) => ({ side: 'opportunity' as const, id, dueAt: later })),
  });
}
