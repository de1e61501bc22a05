/**
 * Change tracking: a first read that ends in a delta link, and reads of what changed since. The version in a token is
 * the store's; its time stamp says when it grows too old.
 */
import { demandOrganizationRead } from './access.ts';
import { badRequest, DataverseError } from './dataverse-error.ts';
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
import { type PageState, readSkipToken, writeSkipToken } from './paging.ts';
import type { QueryOptions } from './query-options.ts';
import { countText, pageSizeOf, renderContext } from './reading.ts';
import { renderRow } from './render.ts';
import { readSelection } from './selection.ts';
import type { Row, Tombstone } from './store.ts';
import type { Table } from './table.ts';
import { type JsonRecord, numberOf } from './values.ts';

const DAY_MS = 86_400_000;
const TOKEN = /^(\d+)!(\d{2})\/(\d{2})\/(\d{4}) (\d{2}:\d{2}:\d{2})$/;

/** Whether a read asks for change tracking, begins from a token, or goes on with such a read. */
export function isTracked({ preferences }: ApiCall, options: QueryOptions): boolean {
  const isNextPage = options.skipToken !== null && readSkipToken(options.skipToken).to !== undefined;
  return preferences.trackChanges || options.deltaToken !== null || isNextPage;
}

/** `919042%2108%2f22%2f2017%2008%3a10%3a44` */
function writeToken(version: number, now: Date): string {
  const iso = now.toISOString();
  const stamp = `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`;
  return encodeURIComponent(`${version}!${stamp}`)
    .replace('!', '%21')
    .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** The version in a token. @throws DataverseError 0x80044352 when it is too old, or made useless since */
function readToken({ org }: ApiContext, table: Table, token: string): number {
  const expired = new DataverseError(
    org.switches.expiredTokenStatus,
    '0x80044352',
    'Version stamp associated with the client has expired. Please perform a full sync.',
  );
  const match = TOKEN.exec(token);
  if (match === null) throw badRequest('0x80060888', 'The delta token is not valid.');
  const [, version = '', month, day, year, time] = match;
  const madeAt = Date.parse(`${year}-${month}-${day}T${time}Z`);
  const organization = org.find('organization', org.organizationId) ?? {};
  const days = numberOf(organization, 'expirechangetrackingindays') ?? 7;
  if (org.parts.clock.now().getTime() - madeAt > days * DAY_MS) throw expired;
  const from = Number(version);
  if (from > org.store.version || from < (org.parts.tokensDeadUpTo.get(table.name) ?? 0)) throw expired;
  return from;
}

/** @throws DataverseError for options that cannot go together with change tracking */
function checkOptions(options: QueryOptions): void {
  const given = {
    $filter: options.filter !== null,
    $orderby: options.orderBy !== null,
    $expand: options.expand.length > 0,
    $top: options.top !== null,
    $apply: options.apply !== null,
  };
  for (const [option, isGiven] of Object.entries(given)) {
    if (!isGiven) continue;
    throw badRequest(
      '0x80060888',
      `The "${option}" query parameter isn't supported when Change Tracking is enabled.`,
    );
  }
}

/** The part of a tracked read that a request asks for. */
function stateOf(context: ApiContext, table: Table, options: QueryOptions): PageState {
  if (options.skipToken !== null) return readSkipToken(options.skipToken);
  const to = context.org.store.version;
  if (options.deltaToken === null) return { page: 1, at: [], to };
  return { page: 1, at: [], to, from: readToken(context, table, options.deltaToken) };
}

type Entry = { readonly row: Row } | { readonly tombstone: Tombstone };

const versionOf = (entry: Entry): number => ('row' in entry ? entry.row.version : entry.tombstone.version);

/** What is left to show: rows by version and deletions after them, or every row by id. */
function entriesOf({ org }: ApiContext, table: Table, { from, to = 0, at }: PageState): readonly Entry[] {
  const { store } = org;
  if (from === undefined) {
    const [last = ''] = at;
    return [...store.rows(table.name)]
      .filter(({ id }) => id > String(last))
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .map((row) => ({ row }));
  }
  const [kind = 'row', version = from] = at;
  const rows = kind === 'row' ? store.changed(table.name, Number(version), to) : [];
  const tombstones = store.deleted(table.name, kind === 'row' ? from : Number(version), to);
  return [...rows.map((row) => ({ row })), ...tombstones.map((tombstone) => ({ tombstone }))];
}

/** `GET {set}/$count?$deltatoken=…`: how many changes there are, without consuming them. */
export function countChanges(context: ApiContext, call: ApiCall, table: Table): ApiAnswer {
  demandOrganizationRead(context.org.parts, context.actor, table);
  return countText(entriesOf(context, table, stateOf(context, table, optionsOf(call))).length);
}

/** A tracked read of a table. @throws DataverseError */
export function readTracked(
  context: ApiContext,
  call: ApiCall,
  table: Table,
  options: QueryOptions,
): ApiAnswer {
  const { org, actor } = context;
  checkOptions(options);
  demandOrganizationRead(org.parts, actor, table);
  const isOn = table.changeTracking && !org.switches.changeTrackingOff.includes(table.name);
  if (!isOn && (options.deltaToken !== null || org.switches.untrackedAnswer === 'refuse')) {
    throw badRequest('0x80072491', `Entity ${table.name} isn't enabled for change tracking.`);
  }
  const selection = readSelection({ parts: org.parts, actor }, table, options);
  const state = stateOf(context, table, options);
  const size = pageSizeOf(org.switches.maxPageSize, call);
  const entries = entriesOf(context, table, state);
  const page = entries.slice(0, size);
  const rendering = renderContext(context, call, true);
  const shown = org.switches.annotationsWithTracking ? rendering : { ...rendering, annotations: [] };
  const base = selected(table.entitySet, selection.context);
  const json: JsonRecord = {
    '@odata.context': contextUrl(call, state.from === undefined ? base : `${base}/$delta`),
  };
  const isLast = page.length === entries.length;
  const link = (added: string): string =>
    `${call.apiUrl}/${table.entitySet}?${queryWith(call, ['$skiptoken', '$deltatoken'], added)}`;
  if (isLast && isOn) {
    json['@odata.deltaLink'] = link(
      `$deltatoken=${writeToken(state.to ?? org.store.version, org.parts.clock.now())}`,
    );
  }
  json.value = page.map((entry) =>
    'row' in entry
      ? renderRow(shown, entry.row, selection)
      : {
          '@odata.context': contextUrl(call, `${table.entitySet}/$deletedEntity`),
          id: entry.tombstone.id,
          reason: 'deleted',
        },
  );
  const last = page[page.length - 1];
  if (!isLast && last !== undefined) {
    const at =
      state.from === undefined && 'row' in last
        ? [last.row.id]
        : ['row' in last ? 'row' : 'tombstone', versionOf(last)];
    json['@odata.nextLink'] = link(`$skiptoken=${writeSkipToken({ ...state, page: state.page + 1, at })}`);
  }
  const annotations = org.switches.annotationsWithTracking ? ['odata.include-annotations'] : [];
  return {
    status: 200,
    headers: applied(call, ['odata.track-changes', ...annotations, 'odata.maxpagesize']),
    json,
  };
}
