/** Opportunities and referrals as last read, and the queue of those that are due. */
import type { OpportunityId, ReferralId } from '../../core/ids.ts';
import type { OpportunityRecord, Referral } from '../../core/ports.ts';
import type { DueRecord, LedgerChanges, Seen, Side } from '../../core/store-port.ts';
import { checksumOf } from './checksum.ts';
import { idList, type Partition } from './partition.ts';
import { millisecondTime, referralIdsIn, sortableTime, toJson } from './rows.ts';
import { integerOf, nullableTextOf, type Row, textOf } from './sqlite.ts';

// Without statistics SQLite likes to walk a whole partition in the wanted order; `INDEXED BY` says what each look-up
// goes by, and fails where an index is missing.
const IN_LIST = 'IN (SELECT value FROM json_each(?))';

export function saveOpportunity({ sql, id }: Partition, { record, dueAt }: Seen<OpportunityRecord>): void {
  const text = toJson(record);
  sql.run(
    `INSERT INTO opportunities (connection, id, modified_at, due_at, record, checksum) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (connection, id) DO UPDATE SET
       modified_at = excluded.modified_at, due_at = excluded.due_at, record = excluded.record,
       checksum = excluded.checksum`,
    id,
    record.id,
    sortableTime(record.modifiedAt),
    dueAt === null ? null : millisecondTime(dueAt),
    text,
    checksumOf(text),
  );
  const tags = referralIdsIn(record);
  const held = new Set(
    sql
      .all(
        'SELECT referral_id FROM opportunity_tags WHERE connection = ? AND opportunity_id = ?',
        id,
        record.id,
      )
      .map((row) => textOf(row, 'referral_id')),
  );
  for (const tag of held) {
    if (tags.has(tag)) continue;
    sql.run(
      'DELETE FROM opportunity_tags WHERE connection = ? AND referral_id = ? AND opportunity_id = ?',
      id,
      tag,
      record.id,
    );
  }
  for (const tag of tags) {
    if (held.has(tag)) continue;
    sql.run(
      'INSERT INTO opportunity_tags (connection, referral_id, opportunity_id) VALUES (?, ?, ?)',
      id,
      tag,
      record.id,
    );
  }
}

export function saveReferral({ sql, id }: Partition, { record, dueAt }: Seen<Referral>): void {
  const text = toJson(record);
  sql.run(
    `INSERT INTO referrals (connection, id, engagement_id, version, modified_at, due_at, tag, record, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (connection, id) DO UPDATE SET
       engagement_id = excluded.engagement_id, version = excluded.version, modified_at = excluded.modified_at,
       due_at = excluded.due_at, tag = excluded.tag, record = excluded.record, checksum = excluded.checksum`,
    id,
    record.id,
    record.engagementId,
    record.version,
    sortableTime(record.updatedAt),
    dueAt === null ? null : millisecondTime(dueAt),
    record.tag.kind === 'opportunity' ? record.tag.id : null,
    text,
    checksumOf(text),
  );
}

/** Moves the due time of a record that is held; one that is not held has none. */
export function moveDue({ sql, id }: Partition, move: NonNullable<LedgerChanges['due']>[number]): void {
  sql.run(
    `UPDATE ${tableOf(move.side)} SET due_at = ?1 WHERE connection = ?2 AND id = ?3 AND due_at IS NOT ?1`,
    move.dueAt === null ? null : millisecondTime(move.dueAt),
    id,
    move.id,
  );
}

export function opportunitiesById(
  { sql, id, rows }: Partition,
  ids: readonly OpportunityId[],
): ReadonlyMap<OpportunityId, Seen<OpportunityRecord>> {
  const found = sql.all(
    `SELECT id, due_at, record, checksum FROM opportunities WHERE connection = ? AND id ${IN_LIST}`,
    id,
    idList(ids),
  );
  return new Map(found.map(rows.opportunity).map((seen) => [seen.record.id, seen]));
}

export function referralsById(
  { sql, id, rows }: Partition,
  ids: readonly ReferralId[],
): ReadonlyMap<ReferralId, Seen<Referral>> {
  const found = sql.all(
    `SELECT id, due_at, record, checksum FROM referrals WHERE connection = ? AND id ${IN_LIST}`,
    id,
    idList(ids),
  );
  return new Map(found.map(rows.referral).map((seen) => [seen.record.id, seen]));
}

export function referralVersion({ sql, id }: Partition, referralId: ReferralId): string | null | undefined {
  const row = sql.get('SELECT version FROM referrals WHERE connection = ? AND id = ?', id, referralId);
  return row === undefined ? undefined : nullableTextOf(row, 'version');
}

export function referralsTagged(
  { sql, id, rows }: Partition,
  ids: readonly OpportunityId[],
): readonly Referral[] {
  return sql
    .all(
      `SELECT id, due_at, record, checksum FROM referrals INDEXED BY referrals_tag
       WHERE connection = ? AND tag IS NOT NULL AND tag ${IN_LIST} ORDER BY id`,
      id,
      idList(ids),
    )
    .map((row) => rows.referral(row).record);
}

export function referralsOfEngagement(
  { sql, id, rows }: Partition,
  engagementId: string,
): readonly Referral[] {
  return sql
    .all(
      `SELECT id, due_at, record, checksum FROM referrals INDEXED BY referrals_engagement
       WHERE connection = ? AND engagement_id = ? ORDER BY id`,
      id,
      engagementId,
    )
    .map((row) => rows.referral(row).record);
}

export function opportunitiesTagged(
  { sql, id, rows }: Partition,
  ids: readonly ReferralId[],
): readonly OpportunityRecord[] {
  return sql
    .all(
      `SELECT o.id, o.due_at, o.record, o.checksum FROM opportunities AS o
       WHERE o.connection = ?1 AND o.id IN (
         SELECT t.opportunity_id FROM opportunity_tags AS t
         WHERE t.connection = ?1 AND t.referral_id IN (SELECT value FROM json_each(?2))
       ) ORDER BY o.id`,
      id,
      idList(ids),
    )
    .map((row) => rows.opportunity(row).record);
}

/** Records that want processing by `now`, those changed longest ago first. */
export function dueRecords(partition: Partition, now: string, limit: number): readonly DueRecord[] {
  if (limit <= 0) return [];
  const time = millisecondTime(now);
  const opportunities = dueOf(partition, 'opportunity', time, limit);
  const referrals = dueOf(partition, 'referral', time, limit);
  if (referrals.length === 0) return opportunities;
  if (opportunities.length === 0) return referrals;
  return [...opportunities, ...referrals].sort(inOrder).slice(0, limit);
}

export function countDue({ sql, id }: Partition, now: string): number {
  const time = millisecondTime(now);
  const count = (side: Side): number => {
    const row = sql.get(
      `SELECT count(*) AS number FROM ${tableOf(side)} WHERE connection = ? AND due_at <= ?`,
      id,
      time,
    );
    return row === undefined ? 0 : integerOf(row, 'number');
  };
  return count('opportunity') + count('referral');
}

/**
 * Few are due: they are found by due time and sorted. Many are due: they are walked in order, passing those that wait
 * for a later time. Either way the cost follows the rows that wait, never those that are settled.
 */
function dueOf({ sql, id }: Partition, side: Side, now: string, limit: number): readonly DueRecord[] {
  const table = tableOf(side);
  const enough = limit * 2;
  const counted = sql.get(
    `SELECT count(*) AS number FROM (SELECT 1 FROM ${table} WHERE connection = ? AND due_at <= ? LIMIT ?)`,
    id,
    now,
    enough,
  );
  const number = counted === undefined ? 0 : integerOf(counted, 'number');
  if (number === 0) return [];
  const index = number < enough ? `${table}_due` : `${table}_queue`;
  return sql
    .all(
      `SELECT id, due_at, modified_at FROM ${table} INDEXED BY ${index}
       WHERE connection = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY modified_at, id LIMIT ?`,
      id,
      now,
      limit,
    )
    .map((row) => dueRecord(side, row));
}

function dueRecord(side: Side, row: Row): DueRecord {
  return {
    side,
    id: textOf(row, 'id'),
    dueAt: textOf(row, 'due_at'),
    modifiedAt: textOf(row, 'modified_at'),
  };
}

function inOrder(a: DueRecord, b: DueRecord): number {
  if (a.modifiedAt !== b.modifiedAt) return a.modifiedAt < b.modifiedAt ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function tableOf(side: Side): 'opportunities' | 'referrals' {
  return side === 'opportunity' ? 'opportunities' : 'referrals';
}
