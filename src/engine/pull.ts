/**
 * Reading both feeds into the ledger. What arrives is saved with its due time first and the cursor after it, so that a
 * cursor never passes a record that the ledger does not hold.
 */

import { evaluateFilter } from '../core/filter.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { normaliseInstant } from '../core/lenses/calendar.ts';
import { canonicalJson } from '../core/lenses/equality.ts';
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import type { Seen } from '../core/store-port.ts';
import { type EngineDependencies, HaltError } from './dependencies.ts';
import { noteSiblings } from './sibling-feed.ts';

const COMMIT_ROWS = 500;

export interface Pulled {
  readonly opportunities: number;
  readonly referrals: number;
  /** The CRM's clock. */
  readonly crmNow: string;
  /** Opportunities that this reading delivered: the ledger holds them as they were just now. */
  readonly delivered: ReadonlySet<OpportunityId>;
  /** Ids delivered, when a side was read completely; null when only its changes were. */
  readonly allOpportunities: ReadonlySet<OpportunityId> | null;
  readonly allReferrals: ReadonlySet<ReferralId> | null;
  /** Rows of the referral list that name no referral: they cannot be kept, so a person is told. */
  readonly unreadable: number;
}

/** What of an opportunity decides anything: not its version, nor who touched it. */
export function opportunityContent({
  values,
  people,
  products,
  deleted,
  customerId,
}: OpportunityRecord): string {
  return canonicalJson({ values, people, products: products ?? null, deleted, customerId });
}

/** What of a referral decides anything: not its version, nor when it changed. */
export function referralContent(referral: Referral): string {
  const { version: _version, updatedAt: _updatedAt, ...content } = referral;
  return canonicalJson(content);
}

/**
 * Reads both sides from their cursors. Throws the first side's RemoteError; what the other read is kept.
 * @param onOther told why the other side failed where both did: one's outage must not hide that the other wants a person
 */
export async function pull(
  dependencies: EngineDependencies,
  full: boolean,
  options: CallOptions,
  onOther: (reason: unknown) => void = () => {},
): Promise<Pulled> {
  const [crm, partnerCenter] = await Promise.allSettled([
    pullCrm(dependencies, full, options),
    pullPartnerCenter(dependencies, full, options),
  ]);
  if (crm.status === 'rejected') {
    if (partnerCenter.status === 'rejected') onOther(partnerCenter.reason);
    throw crm.reason;
  }
  if (partnerCenter.status === 'rejected') throw partnerCenter.reason;
  const { links } = await dependencies.ledger.counts();
  if (links > 0 && crm.value.ids !== null && crm.value.ids.size === 0) {
    throw new HaltError(
      `The CRM delivered no opportunity at all although ${links} are linked; a permission or the filter has changed. Nothing was written; run \`cosell-sync doctor\`.`,
    );
  }
  if (links > 0 && partnerCenter.value.ids !== null && partnerCenter.value.ids.size === 0) {
    throw new HaltError(
      `Partner Center delivered no referral at all although ${links} are linked; the account's role has changed. Nothing was written; run \`cosell-sync doctor\`.`,
    );
  }
  return {
    opportunities: crm.value.read,
    referrals: partnerCenter.value.read,
    crmNow: crm.value.serverTime,
    delivered: crm.value.delivered,
    allOpportunities: crm.value.ids,
    allReferrals: partnerCenter.value.ids,
    unreadable: partnerCenter.value.unreadable,
  };
}

async function pullCrm(dependencies: EngineDependencies, full: boolean, options: CallOptions) {
  const { crm, cursors, progress } = dependencies;
  const key = `crm:${crm.feedIdentity}`;
  const cursor = full ? null : await cursors.load(key);
  const delivered = new Set<OpportunityId>();
  let isComplete = cursor === null;
  let read = 0;
  let serverTime = dependencies.now().toISOString();
  for await (const page of crm.changes(cursor, options)) {
    serverTime = page.serverTime;
    // The CRM no longer knew the cursor and tells everything anew: what it leaves out may be gone.
    if (page.restarted === true) isComplete = true;
    read += page.records.length;
    for (const record of page.records) if (!record.deleted) delivered.add(record.id);
    await saveOpportunities(dependencies, page.records);
    await cursors.save(key, page.next);
    progress({ phase: 'reading', done: read, total: 0, what: 'opportunities' });
  }
  return { read, serverTime, delivered, ids: isComplete ? delivered : null };
}

/** Saves opportunities as read; those that say something new become due. */
export async function saveOpportunities(
  { ledger, mapping, now }: EngineDependencies,
  records: readonly OpportunityRecord[],
): Promise<void> {
  const path = mapping.tag.referralId;
  const due = now().toISOString();
  for (let start = 0; start < records.length; start += COMMIT_ROWS) {
    const chunk = records.slice(start, start + COMMIT_ROWS);
    const held = await ledger.opportunities(chunk.map(({ id }) => id));
    const seen: Seen<OpportunityRecord>[] = [];
    for (const record of chunk) {
      const before = held.get(record.id);
      const tagged = typeof record.values[path] === 'string' && record.values[path] !== '';
      const wanted =
        tagged || (!record.deleted && evaluateFilter(mapping.include, (column) => record.values[column]));
      if (before === undefined && (!wanted || record.deleted)) continue;
      const same = before !== undefined && opportunityContent(before.record) === opportunityContent(record);
      if (same && before.record.version === record.version) continue;
      seen.push({ record, dueAt: same ? before.dueAt : due });
    }
    if (seen.length > 0) await ledger.commit({ opportunities: seen });
  }
}

/** Under which the cursor of the list of deals is kept; nothing stands there until the list was read to its end. */
export function referralCursorKey({ partnerCenter }: Pick<EngineDependencies, 'partnerCenter'>): string {
  return `partner-center:${partnerCenter.feedIdentity}`;
}

async function pullPartnerCenter(dependencies: EngineDependencies, full: boolean, options: CallOptions) {
  const { partnerCenter, ledger, cursors, progress } = dependencies;
  const key = referralCursorKey(dependencies);
  const cursor = full ? null : await cursors.load(key);
  const ids = cursor === null ? new Set<ReferralId>() : null;
  const known: ReferralId[] = [];
  const isKnown = (id: ReferralId, version: string | null): boolean => {
    ids?.add(id);
    const isHeld = version !== null && ledger.referralVersion(id) === version;
    if (isHeld) known.push(id);
    return isHeld;
  };
  const feed = await partnerCenter.changes(cursor, isKnown, options);
  for (const referral of feed.referrals) ids?.add(referral.id);
  await saveReferrals(dependencies, feed.referrals);
  await noteSiblings(dependencies, feed.referrals, known, cursor === null && feed.complete);
  if (feed.complete) await cursors.save(key, feed.next);
  progress({
    phase: 'reading',
    done: feed.referrals.length,
    total: feed.referrals.length,
    what: 'referrals',
  });
  const { unreadable = 0 } = feed;
  return { read: feed.referrals.length, ids: feed.complete ? ids : null, unreadable };
}

/** Saves referrals as read; those that say something new become due, siblings with the link of their engagement. */
export async function saveReferrals(
  { ledger, now }: EngineDependencies,
  referrals: readonly Referral[],
): Promise<void> {
  const due = now().toISOString();
  for (let start = 0; start < referrals.length; start += COMMIT_ROWS) {
    const chunk = referrals.slice(start, start + COMMIT_ROWS);
    const held = await ledger.referrals(chunk.map(({ id }) => id));
    const seen: Seen<Referral>[] = [];
    for (const record of chunk) {
      const before = held.get(record.id);
      const same = before !== undefined && referralContent(before.record) === referralContent(record);
      if (same && before.record.version === record.version) continue;
      if (before !== undefined && isOlder(record, before.record)) continue;
      seen.push({ record, dueAt: same ? before.dueAt : due });
    }
    if (seen.length > 0) await ledger.commit({ referrals: seen });
  }
}

/** Lists lag behind writes: a row from before what is held says nothing new, and taken as news it would undo an edit. */
export function isOlder(record: Referral, held: Referral): boolean {
  const [then, now] = [normaliseInstant(record.updatedAt), normaliseInstant(held.updatedAt)];
  return then !== null && now !== null && then < now;
}
