/** Reading many rows: a table, or what stands behind a collection. */
import { demand } from './access.ts';
import { aggregate, splitApply } from './aggregate.ts';
import { DataverseError } from './dataverse-error.ts';
import { isTracked, readTracked } from './delta-api.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  applied,
  contextUrl,
  optionsOf,
  queryWith,
  selected,
} from './http.ts';
import { bind } from './odata-match.ts';
import { parseFilter } from './odata-parser.ts';
import { readOrdering } from './ordering.ts';
import { readSkipToken, writeSkipToken } from './paging.ts';
import { type QueryOptions, wantsAnnotation } from './query-options.ts';
import { countText, renderContext } from './reading.ts';
import { renderRow } from './render.ts';
import { rowScope } from './row-scope.ts';
import { readSelection } from './selection.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import type { JsonRecord } from './values.ts';

const COUNT_LIMIT = 5000;
/** Other ways to query. */
const ELSEWHERE = new Set(['fetchxml', 'savedquery', 'userquery']);
const TOTAL = 'Microsoft.Dynamics.CRM.totalrecordcount';

/** The rows that a `$filter` leaves. */
export function filtered(
  { org, actor }: ApiContext,
  table: Table,
  options: QueryOptions,
  rows: Iterable<Row>,
): Row[] {
  if (options.filter === null) return [...rows];
  const test = bind(parseFilter(options.filter, options.aliases), rowScope(org.parts, actor, table));
  return [...rows].filter(test);
}

/** `GET {set}/$count`: a number as text. */
export function countRows(context: ApiContext, call: ApiCall, table: Table, rows: Iterable<Row>): ApiAnswer {
  demand(context.org.parts, context.actor, 'Read', table);
  const count = filtered(context, table, optionsOf(call), rows).length;
  return countText(Math.min(count, COUNT_LIMIT));
}

/**
 * `GET {set}`.
 * @param rows where the list is not of a whole table
 * @param path of the list below the API's root, for links
 */
export function listRows(
  context: ApiContext,
  call: ApiCall,
  table: Table,
  { rows, path = table.entitySet }: { readonly rows?: Iterable<Row>; readonly path?: string } = {},
): ApiAnswer {
  const { parts } = context.org;
  demand(parts, context.actor, 'Read', table);
  const unknown = call.rawQuery.find(([name]) => ELSEWHERE.has(name.toLowerCase()));
  if (unknown !== undefined)
    throw new DataverseError(501, '0x80040219', `${unknown[0]} is not part of this stand-in.`);
  const options = optionsOf(call);
  if (rows === undefined && isTracked(call, options)) return readTracked(context, call, table, options);
  const found = filtered(context, table, options, rows ?? parts.store.rows(table.name));
  if (options.apply !== null) {
    const { filter, apply } = splitApply(options.apply);
    const counted = filter === null ? found : filtered(context, table, { ...options, filter }, found);
    return aggregate(context, call, table, apply, counted);
  }
  const scope = rowScope(parts, context.actor, table);
  const ordering = readOrdering(options.orderBy, options.aliases, scope);
  const selection = readSelection({ parts, actor: context.actor }, table, options);
  const rendering = renderContext(context, call, true);
  found.sort((left, right) => ordering.compare(left, right));
  const state = options.skipToken === null ? null : readSkipToken(options.skipToken);
  const rest = state === null ? found : found.filter((row) => ordering.isAfter(row, state.at));
  // A page size wins over $top.
  const isTop = options.top !== null && call.preferences.maxPageSize === null;
  const size = isTop ? Math.min(options.top ?? 0, rendering.pageSize) : rendering.pageSize;
  const page = rest.slice(0, size);
  const last = page[page.length - 1];
  const json: JsonRecord = {
    '@odata.context': contextUrl(call, selected(table.entitySet, selection.context)),
  };
  if (options.count) json['@odata.count'] = Math.min(found.length, COUNT_LIMIT);
  if (wantsAnnotation(rendering.annotations, TOTAL)) {
    json[`@${TOTAL}`] = options.count ? Math.min(found.length, COUNT_LIMIT) : -1;
    json[`@${TOTAL}limitexceeded`] = options.count && found.length > COUNT_LIMIT;
  }
  json.value = page.map((row) => renderRow(rendering, row, selection));
  if (rest.length > page.length && !isTop && last !== undefined) {
    const token = writeSkipToken({ page: (state?.page ?? 1) + 1, at: ordering.position(last) });
    json['@odata.nextLink'] =
      `${call.apiUrl}/${path}?${queryWith(call, ['$skiptoken'], `$skiptoken=${token}`)}`;
  }
  return {
    status: 200,
    headers: applied(call, ['odata.include-annotations', 'odata.maxpagesize']),
    json,
  };
}
