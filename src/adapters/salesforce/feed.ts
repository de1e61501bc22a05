/**
 * The change feed. One API call asks for everything that can have changed: opportunities by their own stamp, deleted
 * ones, and rows that do not move the opportunity's stamp (contact roles, team, products, account).
 *
 * A row's stamp is taken when it is written and the row is seen when it is committed, so each walk starts some minutes
 * before the end of the last one. The end is always the org's own clock, never ours.
 */
import { RemoteError } from '../../core/errors.ts';
import type { OpportunityId } from '../../core/ids.ts';
import type { CallOptions, OpportunityPage, OpportunityRecord } from '../../core/ports.ts';
import type { Columns } from './columns.ts';
import { type FeedCursor, parseCursor } from './cursor.ts';
import { unreadable } from './errors.ts';
import type { Org } from './org.ts';
import { PAGE_LIMIT, type QueryContext, type QueryPage, readIn, runQueries, runToEnd } from './query.ts';
import { instantOf, opportunityIdOf } from './records.ts';
import { opportunitiesOfChildren, type RelatedPlan, relatedPlans } from './related.ts';
import type { Row } from './schema.ts';
import { chunksOf, dateTime, quote } from './soql.ts';
import { createWalk, type Walk, type WalkOptions } from './walk.ts';

const OPERATION = 'Read changed opportunities';
const PAGE_RECORDS = 2_000;
const MIN_LIMIT = 250;

interface Related {
  readonly plans: readonly RelatedPlan[];
  readonly pages: readonly QueryPage[];
}

/** Reads the changes since a cursor; see `Crm.changes`. */
export async function* readChanges(
  options: WalkOptions,
  cursorText: string | null,
  { signal }: CallOptions,
): AsyncGenerator<OpportunityPage> {
  const { client, org, overlapMs } = options;
  const cursor = parseCursor(cursorText);
  const lower = cursor.since === null ? null : cursor.since - overlapMs;
  if (lower === null && cursor.after === null) org.forget();
  else org.recall(cursor.dropped);
  const { userId } = await client.signIn(signal);
  const context: QueryContext = { client, operation: OPERATION, signal };
  const walk = createWalk(options, cursor, userId);
  let related: Related | null = null;
  let limit = PAGE_LIMIT;
  let repeatFrom = cursorText ?? JSON.stringify(cursor);

  for (;;) {
    const isFirst: boolean = related === null;
    const rowLimit: number = limit;
    let answer: Related & { readonly serverTime: number | null };
    try {
      answer = await org.attempt(async (columns) => {
        const plans = isFirst && lower !== null ? relatedPlans(columns, lower) : [];
        const changed = { soql: changedQuery(columns, lower, walk.after, rowLimit) };
        const queries = [changed, ...plans.map(({ plan }) => plan(null))];
        const { pages, serverTime } = await runQueries(context, queries);
        return { plans, pages, serverTime };
      }, signal);
    } catch (error) {
      // Too much for the two minutes that a query may take: ask for less at a time.
      if (!isQueryTimeout(error) || limit <= MIN_LIMIT) throw error;
      limit = Math.ceil(limit / 2);
      continue;
    }
    const [page, ...relatedPages] = answer.pages;
    if (page === undefined) throw unreadable(OPERATION, null, false);
    related ??= { plans: answer.plans, pages: relatedPages };
    walk.answeredAt(answer.serverTime);
    const records = walk.deliver(page.rows, true);
    if (!page.done || page.rows.length >= limit) {
      walk.goOnAfter(page.rows);
      repeatFrom = walk.cursorWithin();
      yield { records, next: repeatFrom, serverTime: walk.serverTime(), last: false };
      continue;
    }

    const late = await readRelated(related, walk, context, org);
    const parts = chunksOf([...records, ...walk.deliver(late, false)].sort(byTime), PAGE_RECORDS);
    for (const part of parts.slice(0, -1)) {
      // Only the last part's cursor says that the walk is over: a crash in between repeats this stretch.
      yield { records: part, next: repeatFrom, serverTime: walk.serverTime(), last: false };
    }
    yield {
      records: parts.at(-1) ?? [],
      next: walk.cursorAtEnd(),
      serverTime: walk.serverTime(),
      last: true,
    };
    return;
  }
}

function isQueryTimeout(error: unknown): boolean {
  return error instanceof RemoteError && error.remoteCode === 'QUERY_TIMEOUT';
}

/** Changed opportunities in (stamp, id) order, behind the last row of the page before. */
function changedQuery(
  columns: Columns,
  lower: number | null,
  after: FeedCursor['after'],
  limit: number,
): string {
  const conditions = [columns.scope()];
  if (after === null) {
    if (lower !== null) conditions.push(`SystemModstamp >= ${dateTime(lower)}`);
  } else {
    const stamp = dateTime(instantOf(after.stamp) ?? 0);
    // The first condition is what the index can use; rows of one second are told apart by their ids.
    conditions.push(`SystemModstamp >= ${stamp}`);
    conditions.push(`(SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > ${quote(after.id)}))`);
  }
  return `SELECT ${columns.select} FROM Opportunity WHERE ${conditions.join(' AND ')} ORDER BY SystemModstamp ASC, Id ASC LIMIT ${limit}`;
}

/** Rows that changed otherwise: deleted, of a changed account, and those whose child rows changed, read again. */
async function readRelated(related: Related, walk: Walk, context: QueryContext, org: Org): Promise<Row[]> {
  const { plans, pages } = related;
  const results = await runToEnd(
    context,
    plans.map(({ plan }) => plan),
    pages,
  );
  const rows: Row[] = [];
  const again = new Set<OpportunityId>();
  plans.forEach(({ child }, index) => {
    const found = results[index] ?? [];
    if (child === null) rows.push(...found);
    else
      for (const id of opportunitiesOfChildren(child, found, walk.seen)) if (!walk.hasRead(id)) again.add(id);
  });
  for (const row of rows) {
    const id = opportunityIdOf(row);
    if (id !== null) again.delete(id);
  }
  const { columns } = org;
  const query = { select: columns.select, from: 'Opportunity', column: 'Id', and: columns.scope() };
  return [...rows, ...(await readIn(context, query, [...again]))];
}

function byTime(left: OpportunityRecord, right: OpportunityRecord): number {
  if (left.modifiedAt !== right.modifiedAt) return left.modifiedAt < right.modifiedAt ? -1 : 1;
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
