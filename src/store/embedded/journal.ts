/** What happened: intents under way, the trail of changes, reports of runs, and the connection's own notes. */
import type { HistoryEntry, Intent, Ledger, RunReport } from '../../core/store-port.ts';
import { checksumOf } from './checksum.ts';
import type { Partition } from './partition.ts';
import { millisecondTime, toJson } from './rows.ts';

export function saveIntent({ sql, id }: Partition, intent: Intent): void {
  const text = toJson(intent);
  sql.run(
    `INSERT INTO intents (connection, id, since, intent, checksum) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (connection, id) DO UPDATE SET
       since = excluded.since, intent = excluded.intent, checksum = excluded.checksum`,
    id,
    intent.id,
    intent.since,
    text,
    checksumOf(text),
  );
}

export function settleIntent({ sql, id }: Partition, intentId: string): void {
  sql.run('DELETE FROM intents WHERE connection = ? AND id = ?', id, intentId);
}

/** Open intents, oldest first. */
export function listIntents({ sql, id, rows }: Partition): readonly Intent[] {
  return sql
    .all('SELECT id, intent, checksum FROM intents WHERE connection = ? ORDER BY since, id', id)
    .map(rows.intent);
}

export function appendHistory({ sql, id }: Partition, entry: HistoryEntry): void {
  const text = toJson(entry);
  sql.run(
    `INSERT INTO history (connection, at, opportunity_id, referral_id, field, entry, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    id,
    millisecondTime(entry.at),
    entry.opportunityId,
    entry.referralId,
    entry.field,
    text,
    checksumOf(entry.field, text),
  );
}

/** Changes of a record, or of either of two, in the order in which they were committed. */
export function historyOf(
  { sql, id, rows }: Partition,
  { opportunityId, referralId }: Parameters<Ledger['history']>[0],
  field: string | undefined,
): readonly HistoryEntry[] {
  return sql
    .all(
      `SELECT sequence, field, entry, checksum FROM history WHERE sequence IN (
         SELECT sequence FROM history WHERE connection = ?1 AND opportunity_id = ?2
         UNION
         SELECT sequence FROM history WHERE connection = ?1 AND referral_id = ?3
       ) AND (?4 IS NULL OR field = ?4) ORDER BY sequence`,
      id,
      opportunityId ?? null,
      referralId ?? null,
      field ?? null,
    )
    .map(rows.history);
}

export function saveRun({ sql, id }: Partition, report: RunReport): void {
  const text = toJson(report);
  sql.run(
    `INSERT INTO runs (connection, id, report, checksum) VALUES (?, ?, ?, ?)
     ON CONFLICT (connection, id) DO UPDATE SET report = excluded.report, checksum = excluded.checksum`,
    id,
    report.runId,
    text,
    checksumOf(text),
  );
}

/** The latest runs, newest first. */
export function listRuns({ sql, id, rows }: Partition, limit: number): readonly RunReport[] {
  if (limit <= 0) return [];
  return sql
    .all(
      'SELECT id, report, checksum FROM runs WHERE connection = ? ORDER BY sequence DESC LIMIT ?',
      id,
      limit,
    )
    .map(rows.run);
}

export function saveMeta({ sql, id }: Partition, key: string, value: string | null): void {
  if (value === null) {
    sql.run('DELETE FROM meta WHERE connection = ? AND key = ?', id, key);
    return;
  }
  sql.run(
    `INSERT INTO meta (connection, key, value, checksum) VALUES (?, ?, ?, ?)
     ON CONFLICT (connection, key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum`,
    id,
    key,
    value,
    checksumOf(value),
  );
}

export function findMeta({ sql, id, rows }: Partition, key: string): string | null {
  const row = sql.get('SELECT key, value, checksum FROM meta WHERE connection = ? AND key = ?', id, key);
  return row === undefined ? null : rows.meta(row);
}

export interface Retention {
  /** UTC time before which history, and items that no longer apply, are forgotten. */
  readonly historyOlderThan: string;
  /** How many of the latest run reports stay. */
  readonly runsKeep: number;
}

/** Forgets what is older than the retention; returns how many rows went. Dismissed items stay dismissed. */
export function pruneJournal({ sql, id }: Partition, { historyOlderThan, runsKeep }: Retention): number {
  const before = millisecondTime(historyOlderThan);
  return sql.transaction(
    () =>
      sql.run('DELETE FROM history WHERE connection = ? AND at < ?', id, before) +
      sql.run(
        "DELETE FROM attention WHERE connection = ? AND state = 'resolved' AND last_seen_at < ?",
        id,
        before,
      ) +
      sql.run(
        `DELETE FROM runs WHERE connection = ?1 AND sequence NOT IN (
           SELECT sequence FROM runs WHERE connection = ?1 ORDER BY sequence DESC LIMIT ?2
         )`,
        id,
        Math.max(0, runsKeep),
      ),
  );
}
