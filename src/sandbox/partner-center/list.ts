/** The list: query options, order, pages. Pages have no snapshot: each is cut from the rows as they are then. */
import { z } from 'zod';
import { type ApiError, invalidRequest } from './api-error.ts';
import { compileFilter } from './filter.ts';
import { type JsonObject, setAt, valueAt } from './json.ts';
import { canonicalKey } from './model.ts';
import type { PartnerCenterSwitches } from './switches.ts';

const ListQuery = z.object({
  filter: z.string().nullable(),
  orderBy: z.enum(['createdDateTime', 'updatedDateTime']),
  descending: z.boolean(),
  /** Rows still wanted; null for all. */
  top: z.number().nullable(),
  /** Position of the page's first row in the whole. */
  skip: z.number(),
  select: z.array(z.string()).nullable(),
  withTotal: z.boolean(),
  /** 1 for the first page. */
  page: z.number(),
});
export type ListQuery = z.infer<typeof ListQuery>;

export interface ListPage {
  readonly rows: readonly JsonObject[];
  readonly total: number;
  /** The next page's query, when there are more rows. */
  readonly next: ListQuery | null;
}

const KNOWN_OPTIONS = new Set([
  '$filter',
  '$orderby',
  '$top',
  '$skip',
  '$select',
  '$count',
  '$expand',
  '$skiptoken',
]);

function optionError(option: string): ApiError {
  return invalidRequest(`The query option '${option}' is not valid.`, option, 'invalidQueryOption');
}

function wholeNumber(query: URLSearchParams, option: string): number | null {
  const text = query.get(option);
  if (text === null) return null;
  if (!/^\d+$/.test(text)) throw optionError(option);
  return Number(text);
}

function parseOrder(text: string | null): Pick<ListQuery, 'orderBy' | 'descending'> {
  if (text === null) return { orderBy: 'createdDateTime', descending: true };
  const parts = /^(createdDateTime|updatedDateTime)(?:\s+(asc|desc))?$/.exec(text.trim());
  if (parts === null) throw optionError('$orderby');
  return {
    orderBy: parts[1] === 'updatedDateTime' ? 'updatedDateTime' : 'createdDateTime',
    descending: parts[2] === 'desc',
  };
}

/** What a skip token says; opaque to clients, and only meaningful to this process. */
function encodeToken(query: ListQuery): string {
  const bytes = Buffer.from(JSON.stringify(query), 'utf8');
  return Buffer.from(bytes.map((byte) => byte ^ 0x5a)).toString('base64url');
}

function decodeToken(token: string): ListQuery {
  try {
    const bytes = Buffer.from(token, 'base64url').map((byte) => byte ^ 0x5a);
    return ListQuery.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    throw optionError('$skiptoken');
  }
}

/**
 * Reads the query options of a list call.
 * @throws ApiError 400 for an option that is unknown or malformed.
 */
export function parseListQuery(query: URLSearchParams): ListQuery {
  for (const option of query.keys())
    if (option.startsWith('$') && !KNOWN_OPTIONS.has(option)) throw optionError(option);
  const token = query.get('$skiptoken');
  if (token !== null) return decodeToken(token);
  const select = query.get('$select');
  return {
    filter: query.get('$filter'),
    ...parseOrder(query.get('$orderby')),
    top: wholeNumber(query, '$top'),
    skip: wholeNumber(query, '$skip') ?? 0,
    select: select === null ? null : select.split(',').map((field) => canonicalKey(field.trim())),
    withTotal: query.get('$count') === 'true',
    page: 1,
  };
}

/** Rows that match, in order. */
export function selectRows(
  rows: Iterable<JsonObject>,
  query: ListQuery,
  switches: PartnerCenterSwitches,
): readonly JsonObject[] {
  const matches = query.filter === null ? () => true : compileFilter(query.filter, switches);
  const found: JsonObject[] = [];
  for (const row of rows) if (matches(row)) found.push(row);
  const sign = query.descending ? -1 : 1;
  const key = query.orderBy;
  return found.sort((left, right) => {
    const [a, b] = [String(left[key]), String(right[key])];
    if (a === b) return String(left.id) < String(right.id) ? -1 : 1;
    return a < b ? -sign : sign;
  });
}

/** Cuts one page out of the matching rows. */
export function cutPage(
  matching: readonly JsonObject[],
  query: ListQuery,
  switches: PartnerCenterSwitches,
): ListPage {
  const wanted = query.top ?? Number.POSITIVE_INFINITY;
  const size =
    switches.longTop === 'honoured' && query.top !== null ? wanted : Math.min(wanted, switches.pageSize);
  const fresh = matching.slice(query.skip, query.skip + size);
  const repeated = switches.duplicateRows && query.page > 1 ? matching.slice(query.skip - 1, query.skip) : [];
  const end = query.skip + fresh.length;
  const hasMore = end < matching.length && wanted > fresh.length && fresh.length > 0;
  return {
    rows: [...repeated, ...fresh],
    total: matching.length,
    next: hasMore
      ? {
          ...query,
          skip: end,
          top: query.top === null ? null : query.top - fresh.length,
          page: query.page + 1,
        }
      : null,
  };
}

const DEFAULT_HOST = 'http://api.partner.microsoft.com';

/** The address of the next page, in one of the shapes that have been seen. */
export function nextLink(
  baseUrl: string,
  next: ListQuery,
  asked: URLSearchParams,
  switches: PartnerCenterSwitches,
): string {
  const form = switches.nextLink;
  const path =
    form === 'withoutEngagements' || form === 'documented'
      ? '/v1.0/referrals'
      : '/v1.0/engagements/referrals';
  const host = form === 'foreignHost' ? DEFAULT_HOST : baseUrl;
  const origin = form === 'http' || form === 'documented' ? host.replace(/^https:/, 'http:') : host;
  const carried = [...asked].filter(([name]) => switches.nextLinkCarriesQuery && name !== '$skiptoken');
  const parts = [...carried, ['$skiptoken', encodeToken(next)] as const].map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return `${origin}${path}?${parts.join('&')}`;
}

/** Only the selected fields (and nested paths) of a row. */
export function projectRow(row: JsonObject, select: readonly string[] | null): JsonObject {
  if (select === null) return row;
  const projected: JsonObject = {};
  for (const path of select) {
    const value = valueAt(row, path);
    if (value !== undefined) setAt(projected, path, value);
  }
  return projected;
}
