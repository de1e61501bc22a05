/** Creates whose outcome is unknown: settled by looking for the tag, sent again only after the grace period. */

import type { OpportunityId, ReferralId } from '../core/ids.ts';
import type { CallOptions, Referral } from '../core/ports.ts';
import type { Intent, Link } from '../core/store-port.ts';
import { addSeconds } from '../core/timing.ts';
import { agreedAtCreation, asDeal, type Held, heldBy } from '../core/unheard.ts';
import type { EngineDependencies } from './dependencies.ts';
import { isUpdate } from './intent.ts';
import { newLink } from './link.ts';
import { saveOpportunities, saveReferrals } from './pull.ts';
import { isOfOneRecord } from './trouble.ts';

/** Clocks differ: a search begins this long before the intent was written. */
const SKEW_SECONDS = 300;

/** What a search found: the two records that an intent was about. */
interface FoundPair {
  readonly intent: Intent;
  readonly opportunityId: OpportunityId;
  readonly referral: Referral;
  /** The one of the two that was made, as it stands now. */
  readonly made: Held;
}

/** Looks for the record of every create that is among what was written down, and links what it finds; returns those still open. */
export async function settleIntents(
  dependencies: EngineDependencies,
  written: readonly Intent[],
  options: CallOptions,
): Promise<readonly Intent[]> {
  const open = written.filter((intent) => intent.kind !== 'add-related' && !isUpdate(intent));
  if (open.length === 0) return [];
  const found = new Set<string>();
  const referrals = await findReferrals(
    dependencies,
    open.filter(({ kind }) => kind === 'create-referral'),
    options,
  );
  const unread = await findInvitations(
    dependencies,
    open.filter(({ kind }) => kind === 'invite-microsoft'),
    found,
    options,
  );
  const opportunities = await findOpportunities(
    dependencies,
    open.filter(({ kind }) => kind === 'create-opportunity'),
    options,
  );
  const pairs = [...referrals, ...opportunities];
  for (const { intent } of pairs) found.add(intent.id);

  const now = dependencies.now();
  const graceMs = dependencies.policy.createGraceMinutes * 60_000;
  const settled: string[] = [];
  const kept: Intent[] = [];
  for (const intent of open) {
    const waitedMs = now.getTime() - Date.parse(intent.since);
    const isOver = waitedMs >= graceMs && !unread.has(intent.id);
    if (found.has(intent.id) || isOver) settled.push(intent.id);
    else kept.push({ ...intent, state: 'unknown', searches: intent.searches + 1 });
  }
  await dependencies.ledger.commit({
    // Linked in the same step: once the intent is gone, only the tag would tell, and a person may clear that.
    links: await linksOf(dependencies, pairs),
    settledIntents: settled,
    intents: kept,
    due: open
      .filter(({ id }) => settled.includes(id))
      .flatMap(({ opportunityId, referralId }) => [
        ...(opportunityId === null
          ? []
          : [{ side: 'opportunity' as const, id: opportunityId as string, dueAt: now.toISOString() }]),
        ...(referralId === null
          ? []
          : [{ side: 'referral' as const, id: referralId as string, dueAt: now.toISOString() }]),
      ]),
  });
  return kept;
}

/** The links of what was found; where several were found, or one is linked already, pairing has to judge. */
async function linksOf(
  dependencies: EngineDependencies,
  pairs: readonly FoundPair[],
): Promise<readonly Link[]> {
  const { ledger } = dependencies;
  const single = pairs.filter(
    ({ intent }) => pairs.filter((other) => other.intent.id === intent.id).length === 1,
  );
  const ours = await ledger.linksByOpportunity(single.map(({ opportunityId }) => opportunityId));
  const theirs = await ledger.linksByReferral(single.map(({ referral }) => referral.id));
  return single.flatMap(({ intent, opportunityId, referral, made }) => {
    const mine = ours.get(opportunityId);
    const isNew = mine === undefined && !theirs.has(referral.id);
    // Linked by the answer to its creation, which did not say what the row holds.
    const isBare = mine?.referralId === referral.id && Object.keys(mine.baseline).length === 0;
    if (!isNew && !isBare) return [];
    const baseline = agreedAtCreation(intent, made, dependencies.mapping);
    return [{ ...(mine ?? newLink(dependencies, opportunityId, referral)), baseline }];
  });
}

async function findReferrals(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  options: CallOptions,
): Promise<readonly FoundPair[]> {
  const wanted = new Map<OpportunityId, Intent>();
  for (const intent of intents) if (intent.opportunityId !== null) wanted.set(intent.opportunityId, intent);
  if (wanted.size === 0) return [];
  const known = pairsTagged(await dependencies.ledger.referralsTagged([...wanted.keys()]), wanted);
  const missing = new Set(
    [...wanted.keys()].filter((id) => !known.some(({ opportunityId }) => opportunityId === id)),
  );
  if (missing.size === 0) return known;
  const since = [...wanted.values()].map((intent) => intent.since).sort()[0] ?? '';
  const referrals = await dependencies.partnerCenter.findByTags(
    missing,
    addSeconds(since, -SKEW_SECONDS),
    options,
  );
  await saveReferrals(dependencies, referrals);
  return [...known, ...pairsTagged(referrals, wanted)];
}

function pairsTagged(
  referrals: readonly Referral[],
  wanted: ReadonlyMap<OpportunityId, Intent>,
): readonly FoundPair[] {
  return referrals.flatMap((referral) => {
    const { tag, isMicrosofts } = referral;
    if (isMicrosofts || tag.kind !== 'opportunity') return [];
    const intent = wanted.get(tag.id);
    return intent === undefined ? [] : [{ intent, opportunityId: tag.id, referral, made: heldBy(referral) }];
  });
}

/** Notes the invitations that are there. Returns those whose engagement could not be read: they are looked for again. */
async function findInvitations(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  found: Set<string>,
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const unread = new Set<string>();
  for (const intent of intents) {
    if (intent.engagementId === null) continue;
    const referrals = await membersOf(dependencies, intent.engagementId, options);
    if (referrals === null) unread.add(intent.id);
    const sibling = referrals?.find(({ isMicrosofts }) => isMicrosofts);
    if (sibling === undefined) continue;
    await saveReferrals(dependencies, [sibling]);
    found.add(intent.id);
  }
  return unread;
}

/** The referrals of an engagement; none where it is out of sight, null where Partner Center fails at it. */
async function membersOf(
  { partnerCenter, logger }: EngineDependencies,
  engagementId: string,
  options: CallOptions,
): Promise<readonly Referral[] | null> {
  try {
    return await partnerCenter.listEngagement(engagementId, options);
  } catch (error) {
    if (!isOfOneRecord(error)) throw error;
    if (error.code === 'not-visible') return [];
    logger.warn({ engagementId, code: error.code }, 'An engagement could not be read');
    return null;
  }
}

async function findOpportunities(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  options: CallOptions,
): Promise<readonly FoundPair[]> {
  const wanted = new Map<ReferralId, Intent>();
  for (const intent of intents) if (intent.referralId !== null) wanted.set(intent.referralId, intent);
  if (wanted.size === 0) return [];
  const records = await dependencies.crm.findByReferralIds([...wanted.keys()], options);
  await saveOpportunities(dependencies, records);
  const referrals = await dependencies.ledger.referrals([...wanted.keys()]);
  const path = dependencies.mapping.tag.referralId;
  return records.flatMap((record) => {
    const id = String(record.values[path] ?? '').toLowerCase() as ReferralId;
    const intent = wanted.get(id);
    const referral = referrals.get(id)?.record;
    return intent === undefined || referral === undefined
      ? []
      : [{ intent, opportunityId: record.id, referral, made: asDeal(record, dependencies.mapping) }];
  });
}
