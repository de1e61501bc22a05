/** What a person must look at: one item a key, however often its cause is seen. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/lenses/canonical-json.ts';
import type { AttentionItem, AttentionKind, ConflictValues } from '../../core/store-port.ts';
import { checkedColumns, checksumOf } from './checksum.ts';
import { idList, type Partition } from './partition.ts';
import { millisecondTime, toJson } from './rows.ts';
import { textOf } from './sqlite.ts';

/** Digits of a short id; a key whose first eight are taken gets as many more as it takes. */
const ID_LENGTH = 8;
const COLUMNS = `id, ${checkedColumns('attention')}`;
const ID = /^[0-9a-f]{1,64}$/;

/** Saves an item as `mergeItem` says. */
export function saveAttention(partition: Partition, given: AttentionItem): void {
  const { sql, id, rows } = partition;
  const row = sql.get(`SELECT ${COLUMNS} FROM attention WHERE connection = ? AND key = ?`, id, given.key);
  const item =
    row === undefined
      ? { ...given, id: freeId(partition, given.key) }
      : mergeItem(rows.attention(row), given);
  const text = toJson(item);
  sql.run(
    `INSERT INTO attention
       (connection, key, id, kind, code, state, since, last_seen_at, opportunity_id, referral_id, item, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (connection, key) DO UPDATE SET
       kind = excluded.kind, code = excluded.code, state = excluded.state, since = excluded.since,
       last_seen_at = excluded.last_seen_at, opportunity_id = excluded.opportunity_id,
       referral_id = excluded.referral_id, item = excluded.item, checksum = excluded.checksum`,
    id,
    item.key,
    item.id,
    item.kind,
    item.code,
    item.state,
    millisecondTime(item.since),
    millisecondTime(item.lastSeenAt),
    item.opportunityId,
    item.referralId,
    text,
    checksumOf(item.kind, item.code, text),
  );
}

/**
 * What becomes of an item that is there when it is given again.
 *
 * - Open: id and first date stay, a later sighting counts up, everything else is as given. A person's decisions that
 *   the sighting does not know of stay while the values are the ones that were decided on.
 * - Dismissed: stays so while message and values are the same.
 * - Approved: stays so while it covers the same actions, because it is the same question.
 * - Else it begins anew under the same id.
 */
export function mergeItem(stored: AttentionItem, given: AttentionItem): AttentionItem {
  const seen = { ...given, id: stored.id, key: stored.key };
  if (given.state !== 'open' || stored.state === 'open') {
    const keepsDecisions =
      Object.keys(given.decisions).length === 0 && given.state === 'open' && sameValues(stored, given);
    return {
      ...seen,
      since: stored.since,
      count: countOf(stored, given),
      decisions: keepsDecisions ? stored.decisions : given.decisions,
    };
  }
  const isAnswered =
    (stored.state === 'dismissed' && stored.message === given.message && sameValues(stored, given)) ||
    (stored.state === 'approved' && canonicalJson(stored.covers) === canonicalJson(given.covers));
  if (isAnswered) return { ...stored, lastSeenAt: given.lastSeenAt, count: countOf(stored, given) };
  return { ...seen, since: given.lastSeenAt, count: 1 };
}

/** Marks the item of a key as no longer applying. */
export function resolveAttention({ sql, id, rows }: Partition, key: string): void {
  const row = sql.get(`SELECT ${COLUMNS} FROM attention WHERE connection = ? AND key = ?`, id, key);
  if (row === undefined) return;
  const item: AttentionItem = { ...rows.attention(row), state: 'resolved' };
  const text = toJson(item);
  sql.run(
    "UPDATE attention SET state = 'resolved', item = ?, checksum = ? WHERE connection = ? AND key = ?",
    text,
    checksumOf(item.kind, item.code, text),
    id,
    key,
  );
}

export interface AttentionFilter {
  readonly state?: AttentionItem['state'];
  readonly kind?: AttentionKind;
  readonly code?: string;
  /** Items that were raised at this time or later. */
  readonly since?: string;
}

/** Items in the order in which they were raised. */
export function listAttention(
  { sql, id, rows }: Partition,
  { state, kind, code, since }: AttentionFilter,
): readonly AttentionItem[] {
  const conditions = ['connection = ?'];
  const values: (string | number)[] = [id];
  const add = (condition: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add('state = ?', state);
  add('kind = ?', kind);
  add('code = ?', code);
  add('since >= ?', since === undefined ? undefined : millisecondTime(since));
  return sql
    .all(`SELECT ${COLUMNS} FROM attention WHERE ${conditions.join(' AND ')} ORDER BY since, id`, ...values)
    .map(rows.attention);
}

/** Open items about any of the records, each once. */
export function attentionAbout(
  { sql, id, rows }: Partition,
  opportunityIds: readonly string[],
  referralIds: readonly string[],
): readonly AttentionItem[] {
  return sql
    .all(
      `SELECT ${COLUMNS}, since FROM attention INDEXED BY attention_opportunity
         WHERE connection = ?1 AND state = 'open' AND opportunity_id IN (SELECT value FROM json_each(?2))
       UNION
       SELECT ${COLUMNS}, since FROM attention INDEXED BY attention_referral
         WHERE connection = ?1 AND state = 'open' AND referral_id IN (SELECT value FROM json_each(?3))
       ORDER BY since, id`,
      id,
      idList(opportunityIds),
      idList(referralIds),
    )
    .map(rows.attention);
}

export function attentionByKeys(
  { sql, id, rows }: Partition,
  keys: readonly string[],
): ReadonlyMap<string, AttentionItem> {
  const found = sql.all(
    `SELECT ${COLUMNS} FROM attention WHERE connection = ? AND key IN (SELECT value FROM json_each(?))`,
    id,
    idList(keys),
  );
  return new Map(found.map(rows.attention).map((item) => [item.key, item]));
}

/** The item with this id, or the only one whose id begins so. */
export function findAttention({ sql, id, rows }: Partition, text: string): AttentionItem | null {
  const prefix = text.trim().toLowerCase();
  if (!ID.test(prefix)) return null;
  // "g" sorts after every digit of an id.
  const found = sql.all(
    `SELECT ${COLUMNS} FROM attention WHERE connection = ? AND id >= ? AND id < ? ORDER BY id LIMIT 2`,
    id,
    prefix,
    `${prefix}g`,
  );
  const [first, second] = found;
  if (first === undefined) return null;
  if (second !== undefined && textOf(first, 'id') !== prefix) return null;
  return rows.attention(first);
}

function countOf(stored: AttentionItem, given: AttentionItem): number {
  const again = Date.parse(given.lastSeenAt) > Date.parse(stored.lastSeenAt) ? 1 : 0;
  return Math.max(stored.count + again, given.count);
}

function sameValues(a: AttentionItem, b: AttentionItem): boolean {
  return canonicalJson(a.values.map(comparable)) === canonicalJson(b.values.map(comparable));
}

function comparable({ field, baseline, opportunity, referral, applied }: ConflictValues): unknown {
  return [field, baseline ?? null, opportunity ?? null, referral ?? null, applied];
}

function freeId({ sql, id, connection }: Partition, key: string): string {
  const digest = createHash('sha256')
    .update(connection + key)
    .digest('hex');
  for (let length = ID_LENGTH; length < digest.length; length += 1) {
    const candidate = digest.slice(0, length);
    if (sql.get('SELECT 1 FROM attention WHERE connection = ? AND id = ?', id, candidate) === undefined)
      return candidate;
  }
  return digest;
}
