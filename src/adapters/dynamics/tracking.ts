/**
 * Changes by the server's own record of them. The request allows a list of columns and nothing else: no filter (so the
 * scope is decided here), no related rows (so those of changed opportunities in scope are read by one more batch), no
 * annotations (with them the server is known to leave out the link for next time).
 */
import { RemoteError } from '../../core/errors.ts';
import { canonicalGuid, type OpportunityId } from '../../core/ids.ts';
import type { OpportunityPage, OpportunityRecord } from '../../core/ports.ts';
import { createPageGuard, parseJsonText } from '../http/index.ts';
import { cursorText, type FeedCursor, START } from './cursor.ts';
import { unreadable } from './errors.ts';
import { changedRelated, followedPaths } from './following.ts';
import { queryText } from './odata.ts';
import type { FeedOptions } from './polling.ts';
import { readPage, rowsOfPart } from './queries.ts';
import { byTime, opportunityIdOf, toDeletedRecord, toRecord } from './records.ts';
import { readRecords } from './rows.ts';
import { type Row, RowPage } from './schema.ts';

const OPERATION = 'Read changed opportunities';

interface Page {
  readonly rows: readonly Row[];
  readonly nextLink: string | null;
  readonly deltaLink: string | null;
  readonly serverTime: number | null;
}

/** What a walk's first request brought beside the opportunities' own changes. */
interface Followed {
  /** Opportunities around which something changed. */
  readonly ids: readonly OpportunityId[];
  readonly seen: readonly string[];
}

/** Walks from a cursor's link on; without one: the whole table, and a link at its end. */
export async function* walkTracked(
  options: FeedOptions,
  cursor: FeedCursor,
  signal: AbortSignal,
): AsyncGenerator<OpportunityPage> {
  const { client, org, clock, pageSize } = options;
  // An interrupted walk starts over: nothing says for how long a page's link can be taken up.
  const repeatFrom = cursor.link === null ? cursorText(START) : cursorText(cursor);
  let followed: Followed | null = null;
  let startedAt: number | null = null;
  let page: Page;
  if (cursor.link === null) {
    const view = await org.view(signal);
    const path = `opportunities${queryText({ $select: view.select })}`;
    const prefer = `odata.track-changes,odata.maxpagesize=${pageSize}`;
    page = await readPage(client, { operation: OPERATION, path, prefer, signal });
  } else {
    ({ page, followed } = await takeUp(options, cursor, cursor.link, signal));
  }
  startedAt = page.serverTime;

  const follow = createPageGuard(OPERATION, 'crm');
  for (;;) {
    if (page.nextLink !== null) follow(page.nextLink);
    const isLast = page.nextLink === null;
    const serverTime = new Date(page.serverTime ?? startedAt ?? clock.now()).toISOString();
    const records = await recordsOf(
      options,
      page.rows,
      isLast ? (followed?.ids ?? []) : [],
      serverTime,
      signal,
    );
    const result = { records: records.sort(byTime), serverTime };
    if (page.nextLink !== null) {
      yield { ...result, next: repeatFrom, last: false };
      const path = client.pathOf(page.nextLink, OPERATION);
      // Every page wants the same wishes as the first; with a delta only the size may be wished for.
      const wish = cursor.link === null ? 'odata.track-changes,' : '';
      page = await readPage(client, {
        operation: OPERATION,
        path,
        prefer: `${wish}odata.maxpagesize=${pageSize}`,
        signal,
      });
      continue;
    }
    yield { ...result, next: endOf(options, cursor, page.deltaLink, startedAt, followed), last: true };
    return;
  }
}

/** The cursor after a whole walk. */
function endOf(
  { client, org, logger }: FeedOptions,
  cursor: FeedCursor,
  deltaLink: string | null,
  startedAt: number | null,
  followed: Followed | null,
): string {
  const shape = org.known?.shape ?? cursor.shape;
  if (deltaLink !== null) {
    const link = client.pathOf(deltaLink, OPERATION);
    // What could not be asked this time is asked next time, from the same moment on.
    const moved =
      followed === null && cursor.link !== null
        ? { since: cursor.since, seen: cursor.seen }
        : { since: startedAt ?? cursor.since, seen: [...(followed?.seen ?? [])] };
    return cursorText({ ...cursor, shape, link, ...moved });
  }
  // No link at the end of a first read: the table does not track changes, whatever it was asked for.
  logger.warn(
    { system: 'crm' },
    'Dataverse gave no link for the next changes; they are found by their times',
  );
  if (cursor.link !== null || startedAt === null) return cursorText(START);
  return cursorText({ ...START, shape, isPolling: true, since: startedAt });
}

/** Follows a link; in the same request, asks what changed around opportunities. */
async function takeUp(
  options: FeedOptions,
  cursor: FeedCursor,
  link: string,
  signal: AbortSignal,
): Promise<{ readonly page: Page; readonly followed: Followed | null }> {
  const { client, org, overlapMs, pageSize, logger } = options;
  const prefer = `odata.maxpagesize=${pageSize}`;
  const view = org.known ?? (await org.view(signal));
  const paths = cursor.since === null ? [] : followedPaths(view, cursor.since - overlapMs);
  if (paths.length === 0) {
    return {
      page: await readPage(client, { operation: OPERATION, path: link, prefer, signal }),
      followed: null,
    };
  }
  const answer = await client.batch(
    [
      { method: 'GET', url: link, headers: { Prefer: prefer } },
      ...paths.map((path) => ({ method: 'GET' as const, url: `${client.root}/${path}` })),
    ],
    { operation: OPERATION, isWrite: false, signal },
  );
  const [first, ...rest] = answer.items;
  const part = first?.[0];
  if (part === undefined) throw unreadable(OPERATION, answer.requestId, false);
  if (part.status >= 400) throw client.errorOf(part, { operation: OPERATION, isWrite: false });
  const parsed = RowPage.safeParse(parseJsonText(part.body));
  if (!parsed.success) throw unreadable(OPERATION, answer.requestId, false);
  const page = { ...parsed.data, serverTime: answer.serverTime };
  try {
    const rows: Row[][] = [];
    for (const item of rest) rows.push(await rowsOfPart(client, item, { operation: OPERATION, signal }));
    return { page, followed: changedRelated(view, rows, new Set(cursor.seen)) };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    // The opportunities' own changes matter more; these are asked for again in the next run.
    logger.warn(
      { system: 'crm', remoteCode: error.remoteCode, status: error.status },
      'Dataverse did not tell what changed around opportunities',
    );
    return { page, followed: null };
  }
}

/** The records of a page: deleted rows, and changed ones in scope with all that is around them. */
async function recordsOf(
  { client, org }: FeedOptions,
  rows: readonly Row[],
  around: readonly OpportunityId[],
  serverTime: string,
  signal: AbortSignal,
): Promise<OpportunityRecord[]> {
  const deleted = new Set(rows.map(deletedIdOf).filter((id) => id !== null));
  const changed = rows.filter((row) => opportunityIdOf(row) !== null && deletedIdOf(row) === null);
  if (changed.length + deleted.size < rows.length) throw unreadable(OPERATION, null, false);
  const gone = [...deleted].map((id) => toDeletedRecord(id, serverTime));
  if (changed.length === 0 && around.length === 0) return gone;

  const view = await org.viewFor(changed, signal);
  const wanted = new Map<OpportunityId, Row | null>();
  for (const row of changed) {
    const id = opportunityIdOf(row);
    if (id !== null && view.isInScope(view.valuesOf(row))) wanted.set(id, row);
  }
  for (const id of around) if (!wanted.has(id) && !deleted.has(id)) wanted.set(id, null);
  const read =
    view.needsRelated && wanted.size > 0
      ? await readRecords({ client, view, operation: OPERATION, signal }, [...wanted.keys()])
      : new Map<OpportunityId, OpportunityRecord>();
  const records = [...wanted].flatMap(([id, row]): OpportunityRecord[] => {
    // A row that is gone by now comes as deleted in the next walk; until then it is what the delta said.
    const record = read.get(id) ?? (row === null ? null : toRecord(row, null, view));
    if (record === null && row !== null) throw unreadable(OPERATION, null, false);
    return record === null || !view.isInScope(record.values) ? [] : [record];
  });
  return [...gone, ...records];
}

/** The id of a row that tells of a deletion, or null. */
function deletedIdOf(row: Row): OpportunityId | null {
  const context = row['@odata.context'];
  const isDeleted =
    row.reason === 'deleted' || (typeof context === 'string' && context.endsWith('/$deletedEntity'));
  return isDeleted && typeof row.id === 'string' ? (canonicalGuid(row.id) as OpportunityId | null) : null;
}
