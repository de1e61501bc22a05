/** Bookkeeping of what is added beside opportunities, row by row. */
import type { RemoteError } from '../../core/errors.ts';
import { canonicalGuid } from '../../core/ids.ts';
import type { RelatedRows } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import type { Customers } from './customers.ts';
import type { BatchItem } from './multipart.ts';
import { chunksOf, inOptions, queryText } from './odata.ts';
import type { Org } from './org.ts';
import { readQueries } from './queries.ts';
import { MAX_IDS } from './rows.ts';
import type { Row } from './schema.ts';

export interface RelatedOptions {
  readonly client: DynamicsClient;
  readonly org: Org;
  readonly customers: Customers;
  readonly clock: Clock;
}

/** What is known so far about each of the rows asked for. */
export interface Tally {
  readonly rows: RelatedRows;
  added: number;
  readonly omitted: string[];
  error: RemoteError | null;
}

/** One row to add, or one column to fill. */
export interface Addition {
  readonly tally: Tally;
  /** What is left out when the environment refuses it, in words. */
  readonly what: string;
  readonly item: BatchItem;
}

/** Rows of a table by a column's values. */
export async function rowsBy(
  { client }: Pick<RelatedOptions, 'client'>,
  query: { readonly set: string; readonly select: string; readonly column: string; readonly and?: string },
  values: readonly string[],
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const { set, select, column, and } = query;
  const paths = chunksOf([...new Set(values)], MAX_IDS).map(
    (chunk) => `${set}${queryText({ $select: select, ...inOptions(column, chunk, and ?? null) })}`,
  );
  if (paths.length === 0) return [];
  return (await readQueries(client, paths, { operation: 'Find related rows', signal })).rows.flat();
}

/** A lookup's id in its canonical form. */
export function idAt(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? canonicalGuid(value) : null;
}
