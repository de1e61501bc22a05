/** Queries, packed into composites so that a whole group of them is one API call. */
import { createPageGuard } from '../http/index.ts';
import type { SalesforceClient } from './client.ts';
import { type CompositeResult, errorOfPart, MAX_HEAVY_PARTS, type Part, sendComposite } from './composite.ts';
import { unreadable } from './errors.ts';
import { QueryAnswer, type Row } from './schema.ts';
import { chunksOf, quote, renderIn } from './soql.ts';

/** Values in one `IN (…)`, and their length once encoded: a URL may have 16 KiB, and the columns need some of it. */
const MAX_IN_VALUES = 400;
const MAX_IN_LENGTH = 10_000;
/** The comma after a value, encoded. */
const SEPARATOR_LENGTH = 3;

/**
 * The server's page is 2,000 rows at most. Asking for one more makes `done` tell a full last page from one with a
 * successor, so that exactly 2,000 rows do not cost an empty page.
 */
export const PAGE_LIMIT = 2001;

export interface QueryPlan {
  readonly soql: string;
  /** Deleted and archived rows too. */
  readonly includeDeleted?: boolean;
}

export interface QueryPage {
  readonly rows: readonly Row[];
  readonly done: boolean;
}

export interface QueryContext {
  readonly client: SalesforceClient;
  readonly operation: string;
  readonly signal: AbortSignal;
}

/** A query as a part of a composite. */
export function queryPart(client: SalesforceClient, referenceId: string, plan: QueryPlan): Part {
  const resource = plan.includeDeleted === true ? 'queryAll' : 'query';
  return {
    referenceId,
    method: 'GET',
    url: `${client.root}/${resource}?q=${encodeURIComponent(plan.soql)}`,
  };
}

/** The rows a query part brought. @throws RemoteError of the part */
export function pageOfPart(result: CompositeResult, referenceId: string, operation: string): QueryPage {
  const part = result.find(referenceId);
  const context = { operation, requestId: result.requestId, isWrite: false };
  const error = errorOfPart(part, context);
  if (error !== null) throw error;
  const parsed = QueryAnswer.safeParse(part?.body);
  if (!parsed.success) throw unreadable(operation, null, false);
  const { records, done, nextRecordsUrl } = parsed.data;
  return { rows: records, done: done && (nextRecordsUrl ?? null) === null };
}

/** Runs up to five queries in one API call; each brings its first page. */
export async function runQueries(
  { client, operation, signal }: QueryContext,
  plans: readonly QueryPlan[],
): Promise<{ readonly pages: readonly QueryPage[]; readonly serverTime: number | null }> {
  const parts = plans.map((plan, index) => queryPart(client, `query${index}`, plan));
  const result = await sendComposite(client, { operation, parts, isWrite: false, signal });
  const pages: QueryPage[] = [];
  for (const part of parts) {
    const page = pageOfPart(result, part.referenceId, operation);
    pages.push({ ...page, rows: await completeChildren({ client, operation, signal }, page.rows) });
  }
  return { pages, serverTime: result.serverTime };
}

/** Builds a query from what follows a row's id: `after` is `Id > '…'` or empty, for the next page. */
export type KeyedPlan = (afterId: string | null) => QueryPlan;

/** All rows of queries that are ordered by id: pages after the first continue behind the last id. */
export async function runToEnd(
  context: QueryContext,
  plans: readonly KeyedPlan[],
  firstPages: readonly QueryPage[] = [],
): Promise<Row[][]> {
  const results: Row[][] = plans.map(() => []);
  let open: { readonly index: number; readonly afterId: string | null }[] = [];
  plans.forEach((_plan, index) => {
    const first = firstPages[index];
    if (first === undefined) open.push({ index, afterId: null });
    else open.push(...collect(index, first, null));
  });

  function collect(
    index: number,
    page: QueryPage,
    previous: string | null,
  ): { index: number; afterId: string }[] {
    results[index]?.push(...page.rows);
    if (page.done && page.rows.length < PAGE_LIMIT) return [];
    const afterId = page.rows.at(-1)?.Id;
    // More is promised, but nothing says where to go on: better an error than an endless or shortened read.
    if (typeof afterId !== 'string' || afterId === previous) throw unreadable(context.operation, null, false);
    return [{ index, afterId }];
  }

  while (open.length > 0) {
    const next: typeof open = [];
    for (const batch of chunksOf(open, MAX_HEAVY_PARTS)) {
      const batchPlans = batch.flatMap(({ index, afterId }) => plans[index]?.(afterId) ?? []);
      const { pages } = await runQueries(context, batchPlans);
      batch.forEach(({ index, afterId }, position) => {
        const page = pages[position];
        if (page !== undefined) next.push(...collect(index, page, afterId));
      });
    }
    open = next;
  }
  return results;
}

/** All rows whose column has one of the values; long lists are cut into several queries. */
export async function readIn(
  context: QueryContext,
  query: { readonly select: string; readonly from: string; readonly column: string; readonly and?: string },
  values: readonly string[],
): Promise<Row[]> {
  if (values.length === 0) return [];
  const { select, from, column, and } = query;
  const plans = chunksForIn(values).map((chunk): KeyedPlan => {
    const fixed = [renderIn(column, chunk), ...(and === undefined ? [] : [and])];
    return (afterId) => ({
      soql: `SELECT ${select} FROM ${from} WHERE ${[...fixed, ...after(afterId)].join(' AND ')} ORDER BY Id ASC`,
    });
  });
  return (await runToEnd(context, plans)).flat();
}

/** Cuts a list of values into pieces that fit into one query each. */
export function chunksForIn(values: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let current: string[] = [];
  let length = 0;
  for (const value of values) {
    const added = encodeURIComponent(quote(value)).length + SEPARATOR_LENGTH;
    if (current.length > 0 && (current.length === MAX_IN_VALUES || length + added > MAX_IN_LENGTH)) {
      chunks.push(current);
      current = [];
      length = 0;
    }
    current.push(value);
    length += added;
  }
  return current.length === 0 ? chunks : [...chunks, current];
}

/** The condition that continues behind an id, as a list of none or one. */
export function after(afterId: string | null): string[] {
  return afterId === null ? [] : [`Id > ${quote(afterId)}`];
}

/** Whether every envelope of children in the row is complete. */
export function hasAllChildren(row: Row): boolean {
  return Object.values(row).every(
    (value) =>
      value === null ||
      typeof value !== 'object' ||
      !('records' in value) ||
      !('done' in value) ||
      value.done === true,
  );
}

/** Child rows count towards the page, so an envelope of children may itself be cut: its rest is fetched here. */
async function completeChildren(context: QueryContext, rows: readonly Row[]): Promise<readonly Row[]> {
  const completed: Row[] = [];
  for (const row of rows) {
    let whole = row;
    for (const [name, value] of Object.entries(row)) {
      if (value === null || typeof value !== 'object' || !('records' in value)) continue;
      if ('done' in value && value.done === true) continue;
      const envelope = QueryAnswer.safeParse(value);
      if (!envelope.success) throw unreadable(context.operation, null, false);
      whole = { ...whole, [name]: await readEnvelope(context, envelope.data) };
    }
    completed.push(whole);
  }
  return completed;
}

async function readEnvelope(
  { client, operation, signal }: QueryContext,
  first: QueryAnswer,
): Promise<QueryAnswer> {
  const records = [...first.records];
  let next = first.nextRecordsUrl ?? null;
  const follow = createPageGuard(operation, 'crm');
  while (next !== null) {
    follow(next);
    // The server names the path; it may lead nowhere but to more rows.
    if (!/^\/services\/data\/v[\d.]+\/query(?:All)?\/[\w-]+$/.test(next))
      throw unreadable(operation, null, false);
    const answer = await client.call({ operation, method: 'GET', path: next, isWrite: false, signal });
    const page = QueryAnswer.safeParse(answer.body);
    if (!page.success || page.data.records.length === 0) throw unreadable(operation, null, false);
    records.push(...page.data.records);
    next = page.data.done ? null : (page.data.nextRecordsUrl ?? null);
  }
  return { totalSize: records.length, done: true, records };
}
