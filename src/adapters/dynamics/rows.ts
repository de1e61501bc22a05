/** Reads whole opportunities: rows with the rows their lookups lead to, and what points to them, in one batch. */
import type { OpportunityId } from '../../core/ids.ts';
import type { OpportunityRecord } from '../../core/ports.ts';
import type { DynamicsClient } from './client.ts';
import { unreadable } from './errors.ts';
import type { BatchItem, ItemAnswer } from './multipart.ts';
import { chunksOf, inOptions, queryText } from './odata.ts';
import { queryPart, rowsOfPart } from './queries.ts';
import { opportunityIdOf, toRecord } from './records.ts';
import { emptyRelated, parentOf, type Related, relatedPath, relatedQueries } from './related.ts';
import type { Row } from './schema.ts';
import type { View } from './view.ts';

/** Ids in one query: with its columns it stays far below the 64 KiB that a URL in a batch may have. */
export const MAX_IDS = 100;
/** Queries in one batch: they are worked off one after the other, within one deadline. */
const MAX_QUERIES = 20;

export interface ReadContext {
  readonly client: DynamicsClient;
  readonly view: View;
  readonly operation: string;
  readonly signal: AbortSignal;
}

/** The path, below the API's root, that reads rows by a column's values, with what their lookups lead to. */
export function rowsPath(view: View, column: string, values: readonly string[]): string {
  return `opportunities${queryText({
    $select: view.select,
    $expand: view.expand,
    ...inOptions(column, values),
  })}`;
}

/** The queries that read opportunities by id; put behind writes of a batch they read back what was written. */
export function recordParts({ client, view }: ReadContext, ids: readonly OpportunityId[]): BatchItem[] {
  return [
    rowsPath(view, 'opportunityid', ids),
    ...relatedQueries(view).map((query) => relatedPath(query, ids)),
  ].map((path) => queryPart(client, path));
}

/** The records that the answers to `recordParts` bring. @throws RemoteError of a part */
export async function recordsOfParts(
  context: ReadContext,
  answers: readonly ItemAnswer[],
): Promise<Map<OpportunityId, OpportunityRecord>> {
  const { client, view } = context;
  const [rowsAnswer, ...relatedAnswers] = answers;
  const rows = await rowsOfPart(client, rowsAnswer, context);
  const around = new Map<OpportunityId, Related>();
  for (const row of rows) {
    const id = opportunityIdOf(row);
    if (id !== null) around.set(id, emptyRelated(view));
  }
  for (const [index, query] of relatedQueries(view).entries()) {
    for (const row of await rowsOfPart(client, relatedAnswers[index], context)) {
      const id = parentOf(query, row);
      const related = id === null ? undefined : around.get(id);
      if (related !== undefined) query.add(related, row);
    }
  }
  return recordsOf(context, rows, around);
}

function recordsOf(
  { view, operation }: ReadContext,
  rows: readonly Row[],
  around: ReadonlyMap<OpportunityId, Related>,
): Map<OpportunityId, OpportunityRecord> {
  const records = new Map<OpportunityId, OpportunityRecord>();
  for (const row of rows) {
    const id = opportunityIdOf(row);
    const record = toRecord(row, id === null ? null : (around.get(id) ?? null), view);
    if (record === null) throw unreadable(operation, null, false);
    records.set(record.id, record);
  }
  return records;
}

/** Reads opportunities by id; one that is missing is not in the result. @throws RemoteError */
export async function readRecords(
  context: ReadContext,
  ids: readonly OpportunityId[],
): Promise<Map<OpportunityId, OpportunityRecord>> {
  const { client, view, operation, signal } = context;
  const width = 1 + relatedQueries(view).length;
  const records = new Map<OpportunityId, OpportunityRecord>();
  const chunks = chunksOf([...new Set(ids)], MAX_IDS);
  for (const group of chunksOf(chunks, Math.max(1, Math.floor(MAX_QUERIES / width)))) {
    const items = group.flatMap((chunk) => recordParts(context, chunk));
    const answer = await client.batch(items, { operation, isWrite: false, signal });
    for (const index of group.keys()) {
      const part = answer.items.slice(index * width, (index + 1) * width);
      for (const [id, record] of await recordsOfParts(context, part)) records.set(id, record);
    }
  }
  return records;
}
