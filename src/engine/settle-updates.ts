/**
 * Updates whose outcome was not heard of, settled by what the records show since: by what the feed has brought of them,
 * else by a look.
 */
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import type { Intent, Ledger, Link } from '../core/store-port.ts';
import { asDeal, asSettled, type Held, heldBy } from '../core/unheard.ts';
import type { EngineDependencies } from './dependencies.ts';
import { isUpdate } from './intent.ts';
import { saveOpportunities, saveReferrals } from './pull.ts';
import { byTrouble, isOfOneRecord, type Trouble } from './trouble.ts';

/** An update that was not heard of, with its pair. */
interface LinkedIntent {
  readonly intent: Intent;
  readonly link: Link;
}

/** The same with the record that it was for, as it stands. */
interface Pair extends LinkedIntent {
  readonly held: Held;
}

/** Looks at what became of every update that was not heard of. Returns the records that could not be read and must wait. */
export async function settleUpdates(
  dependencies: EngineDependencies,
  open: readonly Intent[],
  trouble: Trouble,
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const updates = open.filter(isUpdate);
  const waiting = new Set<string>();
  if (updates.length === 0) return waiting;
  const links = await dependencies.ledger.linksByOpportunity(
    updates.flatMap(({ opportunityId }) => opportunityId ?? []),
  );
  const pairs = updates.flatMap((intent) => {
    const link = intent.opportunityId === null ? undefined : links.get(intent.opportunityId);
    return link?.referralId === intent.referralId ? [{ intent, link }] : [];
  });
  const unlinked = updates.filter((intent) => !pairs.some((pair) => pair.intent === intent));
  if (unlinked.length > 0) await dependencies.ledger.commit({ settledIntents: unlinked.map(({ id }) => id) });
  const referralUpdates = pairs.filter(({ intent }) => intent.kind === 'update-referral');
  const opportunityUpdates = pairs.filter(({ intent }) => intent.kind === 'update-opportunity');
  await conclude(dependencies, [
    ...(await asReferralsShow(dependencies, referralUpdates, trouble, waiting, options)),
    ...(await asOpportunitiesShow(dependencies, opportunityUpdates, options)),
  ]);
  return waiting;
}

/** How many outcomes are still to be found out; of pairs that were given up nobody can tell, nor needs to. */
export async function countUnanswered(
  ledger: Pick<Ledger, 'intents' | 'linksByOpportunity'>,
): Promise<number> {
  const open = await ledger.intents();
  const updates = open.filter(isUpdate);
  if (updates.length === 0) return open.length;
  const links = await ledger.linksByOpportunity(updates.flatMap(({ opportunityId }) => opportunityId ?? []));
  const moot = updates.filter(
    ({ opportunityId }) => opportunityId !== null && isGivenUp(links.get(opportunityId)),
  );
  return open.length - moot.length;
}

function isGivenUp(link: Link | undefined): boolean {
  return link === undefined || link.status === 'referral-gone' || link.status === 'opportunity-deleted';
}

/** The updates of a pair that were not heard of, judged by the referral as it was just read. */
export async function settleReferralUpdates(
  dependencies: EngineDependencies,
  link: Link,
  referral: Referral,
): Promise<void> {
  const open = (await dependencies.ledger.intents()).filter(
    ({ kind, referralId }) => kind === 'update-referral' && referralId === link.referralId,
  );
  await conclude(
    dependencies,
    open.map((intent) => ({ intent, link, held: heldBy(referral) })),
  );
}

/** Referrals by what the feed has brought of them since, else as they are now; those that cannot be read are noted in `waiting`. */
async function asReferralsShow(
  dependencies: EngineDependencies,
  pairs: readonly LinkedIntent[],
  trouble: Trouble,
  waiting: Set<string>,
  options: CallOptions,
): Promise<readonly Pair[]> {
  const known = await dependencies.ledger.referrals(pairs.map(({ link }) => link.referralId));
  const shown: Pair[] = [];
  const { sound, failing } = byTrouble(trouble, pairs, ({ link: { referralId } }) => [referralId]);
  for (const { intent, link } of [...sound, ...failing]) {
    const held = known.get(link.referralId)?.record;
    // Every version after the one that was to be changed tells whether it was.
    if (held !== undefined && held.version !== intent.version)
      shown.push({ intent, link, held: heldBy(held) });
    // A look at one that was given up as out of sight would be repeated in every run.
    else if (link.status !== 'referral-gone') {
      const isTooSoon = await isLeftAlone(dependencies, link, trouble);
      const referral = isTooSoon ? 'unreadable' : await readReferral(dependencies, link, options);
      if (referral === 'unreadable') for (const id of [link.opportunityId, link.referralId]) waiting.add(id);
      else if (referral !== null) shown.push({ intent, link, held: heldBy(referral) });
    }
  }
  return shown;
}

/** Whether what was sent in this run may still be on its way, or Partner Center fails at the deal and its time has not come. */
async function isLeftAlone(
  { ledger, now }: EngineDependencies,
  { referralId, opportunityId }: Link,
  { failed, remembered }: Trouble,
): Promise<boolean> {
  if (failed.has(referralId)) return true;
  if ((remembered.get(referralId)?.retryAt ?? null) === null) return false;
  // Whoever edits the opportunity, or asks to try again, makes it due sooner.
  const dueAt = (await ledger.opportunities([opportunityId])).get(opportunityId)?.dueAt ?? null;
  return dueAt !== null && dueAt > now().toISOString();
}

async function readReferral(
  dependencies: EngineDependencies,
  { referralId }: Link,
  options: CallOptions,
): Promise<Referral | null | 'unreadable'> {
  try {
    const referral = await dependencies.partnerCenter.find(referralId, options);
    if (referral !== null) await saveReferrals(dependencies, [referral]);
    return referral;
  } catch (error) {
    if (!isOfOneRecord(error)) throw error;
    dependencies.logger.warn(
      { referralId, code: error.code },
      'A referral could not be read after an update without an answer',
    );
    return 'unreadable';
  }
}

/** Rows by what the feed has brought of them since, else as they are now. A deleted row tells when it is restored. */
async function asOpportunitiesShow(
  dependencies: EngineDependencies,
  pairs: readonly LinkedIntent[],
  options: CallOptions,
): Promise<readonly Pair[]> {
  const { ledger, crm, mapping } = dependencies;
  const known = await ledger.opportunities(pairs.map(({ link }) => link.opportunityId));
  const moved = ({ intent, link }: LinkedIntent): OpportunityRecord | null => {
    const record = known.get(link.opportunityId)?.record;
    return record !== undefined && !record.deleted && record.version !== intent.version ? record : null;
  };
  const asked = pairs.filter((pair) => moved(pair) === null && pair.link.status !== 'opportunity-deleted');
  const ids = asked.map(({ link }) => link.opportunityId);
  const read = ids.length === 0 ? new Map<string, null>() : await crm.read(ids, options);
  await saveOpportunities(
    dependencies,
    [...read.values()].filter((record) => record !== null),
  );
  return pairs.flatMap((pair) => {
    const record = moved(pair) ?? read.get(pair.link.opportunityId) ?? null;
    if (record === null || record.deleted) return [];
    return [{ ...pair, held: asDeal(record, mapping) }];
  });
}

/** Agrees on what took effect and lets the intents go, in one commit; the pairs are looked at again. */
async function conclude({ ledger, mapping, now }: EngineDependencies, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0) return;
  const links = new Map(await ledger.linksByOpportunity(pairs.map(({ link }) => link.opportunityId)));
  for (const { intent, link: asked, held } of pairs) {
    const link = links.get(asked.opportunityId) ?? asked;
    links.set(link.opportunityId, asSettled(link, intent, held, mapping));
  }
  await ledger.commit({
    links: [...links.values()],
    settledIntents: pairs.map(({ intent }) => intent.id),
    due: pairs.map(({ link }) => ({
      side: 'opportunity' as const,
      id: link.opportunityId as string,
      dueAt: now().toISOString(),
    })),
  });
}
