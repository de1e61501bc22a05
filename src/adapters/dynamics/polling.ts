/** Changes found by their times, in (modifiedon, id) order, each walk starting some minutes before the last one's end. */
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { Logger, OpportunityPage, OpportunityRecord } from '../../core/ports.ts';
import { type Clock, createPageGuard } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { cursorText, type FeedCursor } from './cursor.ts';
import { unreadable } from './errors.ts';
import { dateTime, queryText } from './odata.ts';
import type { Org } from './org.ts';
import { FORMATTED_VALUES, readPage } from './queries.ts';
import { byTime, opportunityIdOf, toRecord } from './records.ts';
import { relatedQueries } from './related.ts';
import { readRecords } from './rows.ts';
import type { Row } from './schema.ts';
import type { View } from './view.ts';

export interface FeedOptions {
  readonly client: DynamicsClient;
  readonly org: Org;
  readonly selection: CrmSelection;
  readonly logger: Logger;
  readonly clock: Clock;
  /** `auto` uses the server's record of changes where there is one. */
  readonly changeTracking: 'auto' | 'off';
  /** How far before the last walk's beginning times are looked at again, milliseconds: rows are seen when committed. */
  readonly overlapMs: number;
  readonly pageSize: number;
}

const OPERATION = 'Read changed opportunities';

/** Walks from a cursor's time on; from none: everything in scope. */
export async function* walkByTime(
  { client, org, clock, overlapMs, pageSize }: FeedOptions,
  cursor: FeedCursor,
  signal: AbortSignal,
): AsyncGenerator<OpportunityPage> {
  const first = await org.view(signal);
  const lower = cursor.since === null ? null : cursor.since - overlapMs;
  const seen = new Set(cursor.seen);
  const marks = new Map<string, number>();
  let latest = cursor.since;
  let startedAt: number | null = null;
  let path: string | null = changedPath(first, lower);

  const follow = createPageGuard(OPERATION, 'crm');
  while (path !== null) {
    follow(path);
    const page = await readPage(client, {
      operation: OPERATION,
      path,
      prefer: `odata.maxpagesize=${pageSize},${FORMATTED_VALUES}`,
      signal,
    });
    startedAt ??= page.serverTime;
    const fresh = page.rows.filter((row) => {
      const changedAt = Date.parse(String(row.modifiedon));
      const mark = `${String(row.opportunityid)}:${String(row['@odata.etag'])}`;
      if (!Number.isNaN(changedAt)) {
        latest = Math.max(latest ?? 0, changedAt);
        marks.set(mark, changedAt);
      }
      return !seen.has(mark);
    });
    const view = await org.viewFor(fresh, signal);
    const records = await toRecords({ client, view, operation: OPERATION, signal }, fresh);
    path = page.nextLink === null ? null : client.pathOf(page.nextLink, OPERATION);
    // Without the server's clock the newest time is the best end.
    const since = path === null ? Math.max(startedAt ?? latest ?? 0, cursor.since ?? 0) : latest;
    const floor = (since ?? 0) - overlapMs;
    const kept = [...marks].filter(([, changedAt]) => changedAt >= floor).map(([mark]) => mark);
    yield {
      records: records.filter(({ values }) => view.isInScope(values)).sort(byTime),
      next: cursorText({ ...cursor, shape: view.shape, isPolling: true, link: null, since, seen: kept }),
      serverTime: new Date(page.serverTime ?? startedAt ?? clock.now()).toISOString(),
      last: path === null,
    };
  }
}

function changedPath(view: View, lower: number | null): string {
  const conditions = [view.scope(), lower === null ? null : `modifiedon ge ${dateTime(lower)}`];
  return `opportunities${queryText({
    $select: view.select,
    $expand: view.expand,
    $filter: conditions.filter((condition) => condition !== null).join(' and '),
    $orderby: 'modifiedon asc,opportunityid asc',
  })}`;
}

async function toRecords(
  context: Parameters<typeof readRecords>[0],
  rows: readonly Row[],
): Promise<OpportunityRecord[]> {
  const { view } = context;
  if (relatedQueries(view).length === 0) {
    return rows.map((row) => {
      const record = toRecord(row, null, view);
      if (record === null) throw unreadable(OPERATION, null, false);
      return record;
    });
  }
  const ids = rows.map(opportunityIdOf).filter((id) => id !== null);
  return ids.length === 0 ? [] : [...(await readRecords(context, ids)).values()];
}
