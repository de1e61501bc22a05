/**
 * A checksum of what a row says. SQLite notices damage to its own structure, but a bit that flips inside a text is a
 * text like any other to it, and a wrong amount here would be written to a deal there.
 */

import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Row } from './sqlite.ts';

/** The tables whose rows carry a checksum, each with the columns that it covers, in order. */
export const CHECKED_COLUMNS = {
  opportunities: ['record'],
  referrals: ['record'],
  links: [
    'opportunity_id',
    'referral_id',
    'engagement_id',
    'status',
    'linked_at',
    'changed_at',
    'verified_at',
    'baseline',
    'details',
  ],
  intents: ['intent'],
  attention: ['kind', 'code', 'item'],
  history: ['field', 'entry'],
  runs: ['report'],
  meta: ['value'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type CheckedTable = keyof typeof CHECKED_COLUMNS;

/** CRC-32 of texts in their order, as a number of at least 0; their lengths are part of it. */
export function checksumOf(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => crc32(text, crc32(`${text.length}:`, sum)), 0);
}

/** Makes `checksum_of(...)` known to a database: SQLite has no checksum of its own. */
export function offerChecksum(database: DatabaseSync): void {
  database.function('checksum_of', { deterministic: true, varargs: true }, (...values) =>
    checksumOf(...values.map(String)),
  );
}

/** Tables with rows that do not say what they said when they were saved, each with their number. Reads every row. */
export function changedRows(database: DatabaseSync): readonly string[] {
  offerChecksum(database);
  return Object.entries(CHECKED_COLUMNS).flatMap(([table, columns]) => {
    const found = database
      .prepare(
        `SELECT count(*) AS number FROM ${table} WHERE checksum IS NOT checksum_of(${columns.join(', ')})`,
      )
      .get()?.number;
    return found === 0 ? [] : [`${String(found)} of ${table}`];
  });
}

/** The columns of a table that a reader must select so that `isIntact` can tell, for a SELECT. */
export function checkedColumns(table: CheckedTable): string {
  return [...CHECKED_COLUMNS[table], 'checksum'].join(', ');
}

/** Whether a row still says what it said when it was saved. */
export function isIntact(table: CheckedTable, row: Row): boolean {
  const texts = CHECKED_COLUMNS[table].map((column) => row[column]);
  return texts.every((text) => typeof text === 'string') && checksumOf(...texts) === row.checksum;
}
