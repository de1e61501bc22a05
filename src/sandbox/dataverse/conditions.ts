/** `If-Match` and `If-None-Match`. */
import { badRequest, DataverseError, versionMismatch } from './dataverse-error.ts';
import type { ApiCall } from './http.ts';
import { etagOf } from './render.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';

export interface Conditions {
  /** `*`, an ETag, or null. */
  readonly match: string | null;
  readonly noneMatch: string | null;
}

/** The literal word `null` means nothing but "do not cache". */
export function conditionsOf({ headers }: ApiCall): Conditions {
  const read = (name: string): string | null => {
    const value = headers[name]?.trim();
    return value === undefined || value === '' || value === 'null' ? null : value;
  };
  return { match: read('if-match'), noneMatch: read('if-none-match') };
}

const isSameVersion = (row: Row, etag: string): boolean =>
  etag === etagOf(row) || `W/${etag}` === etagOf(row);

/** @throws DataverseError 412 when the row has moved on, 400 where the table does not compare versions */
export function checkMatch(table: Table, row: Row, { match }: Conditions): void {
  if (match === null || match === '*') return;
  if (!table.optimisticConcurrency) {
    throw badRequest(
      '0x8006088d',
      `Optimistic concurrency isn't enabled for entity type ${table.name}. The IfVersionMatches value of ConcurrencyBehavior can only be used if optimistic concurrency is enabled.`,
    );
  }
  if (!isSameVersion(row, match)) throw versionMismatch();
}

/** Whether a read can be answered "not modified". */
export function isUnmodified(table: Table, row: Row, { noneMatch }: Conditions): boolean {
  return noneMatch !== null && table.optimisticConcurrency && isSameVersion(row, noneMatch);
}

/** @throws DataverseError 412 for a create-only write of a row that is there */
export function checkNoneMatch({ noneMatch }: Conditions): void {
  if (noneMatch !== '*') return;
  throw new DataverseError(412, '0x80040237', 'A record with matching key values already exists.');
}
