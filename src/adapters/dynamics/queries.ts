/** Queries, alone or packed into a batch so that a whole group of them is one request. */
import { createPageGuard, parseJsonText } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { unreadable } from './errors.ts';
import type { BatchItem, ItemAnswer } from './multipart.ts';
import { RowPage } from './schema.ts';

/** Asks for the names of lookups' rows and the labels of options beside their ids and numbers. */
export const FORMATTED_VALUES = 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"';

/** Reads a page of rows. @param request `prefer` is the same for every page of a walk. @throws RemoteError */
export async function readPage(
  client: DynamicsClient,
  request: {
    readonly operation: string;
    readonly path: string;
    readonly prefer: string;
    readonly signal: AbortSignal;
  },
): Promise<RowPage & { readonly serverTime: number | null }> {
  const { operation, path, prefer, signal } = request;
  const answer = await client.call({
    operation,
    method: 'GET',
    path,
    headers: { Prefer: prefer },
    isWrite: false,
    signal,
  });
  const page = RowPage.safeParse(answer.body);
  if (!page.success) throw unreadable(operation, answer.requestId, false);
  return { ...page.data, serverTime: answer.serverTime };
}

/**
 * Reads several queries as one request, each to its end.
 * @param paths below the API's root
 * @returns rows by position of the queries
 */
export async function readQueries(
  client: DynamicsClient,
  paths: readonly string[],
  { operation, signal }: { readonly operation: string; readonly signal: AbortSignal },
): Promise<{ readonly rows: readonly RowPage['rows'][]; readonly serverTime: number | null }> {
  const answer = await client.batch(
    paths.map((path) => queryPart(client, path)),
    { operation, isWrite: false, signal },
  );
  const rows: RowPage['rows'][] = [];
  for (const item of answer.items) rows.push(await rowsOfPart(client, item, { operation, signal }));
  return { rows, serverTime: answer.serverTime };
}

/** A query as a part of a batch. */
export function queryPart(client: DynamicsClient, path: string): BatchItem {
  return { method: 'GET', url: `${client.root}/${path}`, headers: { Prefer: FORMATTED_VALUES } };
}

/** The rows that a query part brought, and those of the pages after it. @throws RemoteError of the part */
export async function rowsOfPart(
  client: DynamicsClient,
  item: ItemAnswer | undefined,
  { operation, signal }: { readonly operation: string; readonly signal: AbortSignal },
): Promise<RowPage['rows']> {
  const part = item?.[0];
  if (part === undefined) throw unreadable(operation, null, false);
  if (part.status >= 400) throw client.errorOf(part, { operation, isWrite: false });
  const first = RowPage.safeParse(parseJsonText(part.body));
  if (!first.success) throw unreadable(operation, null, false);
  const rows = [...first.data.rows];
  let next = first.data.nextLink;
  const follow = createPageGuard(operation, 'crm');
  while (next !== null) {
    follow(next);
    const path = client.pathOf(next, operation);
    const page = await readPage(client, { operation, path, prefer: FORMATTED_VALUES, signal });
    rows.push(...page.rows);
    next = page.nextLink;
  }
  for (const row of rows) await completeCollections(client, row, { operation, signal });
  return rows;
}

const LINK = '@odata.nextLink';

/**
 * Fetches what is left of the expanded collections of a row: a long one comes in pages, and older servers send a list's
 * collections empty with a link to them. Taken as it came, such a team would look dismissed.
 */
async function completeCollections(
  client: DynamicsClient,
  row: RowPage['rows'][number],
  { operation, signal }: { readonly operation: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const key of Object.keys(row)) {
    const link = row[key];
    const name = key.endsWith(LINK) ? key.slice(0, -LINK.length) : '';
    if (name === '' || typeof link !== 'string') continue;
    const members: unknown[] = Array.isArray(row[name]) ? [...row[name]] : [];
    let next: string | null = link;
    const follow = createPageGuard(operation, 'crm');
    while (next !== null) {
      follow(next);
      const path = client.pathOf(next, operation);
      const page = await readPage(client, { operation, path, prefer: FORMATTED_VALUES, signal });
      members.push(...page.rows);
      next = page.nextLink;
    }
    row[name] = members;
    delete row[key];
  }
}
