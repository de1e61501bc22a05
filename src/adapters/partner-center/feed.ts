/**
 * The change feed made of the referral list: newest first, down to where the last walk began.
 *
 * The list has no change token and no snapshot, and it lags behind writes. So a walk covers what is newer than the
 * watermark; from time to time it also walks the window below the watermark again, until everything in it has had
 * time to appear. The filter only saves pages: rows are judged by their own timestamps.
 */
import { z } from 'zod';
import type { ReferralId } from '../../core/ids.ts';
import type { Referral, ReferralFeed } from '../../core/ports.ts';
import { parseJsonText } from '../http/index.ts';
import { createFilterForms, type Pages, toQuery, type WalkEnd } from './pages.ts';
import { latest, shiftTimestamp, sortableTimestamp, timeOf } from './timestamps.ts';

export type IsKnown = (id: ReferralId, version: string | null) => boolean;

export interface FeedOptions {
  readonly pages: Pages;
  /** How far below the watermark late rows are looked for. */
  readonly overlapMs: number;
  /** How often the whole window below the watermark is walked while late rows may still appear. */
  readonly sweepIntervalMs: number;
}

export interface Feed {
  changes(cursor: string | null, isKnown: IsKnown, signal: AbortSignal): Promise<ReferralFeed>;
  settle(cursor: string, isKnown: IsKnown, signal: AbortSignal): Promise<string>;
}

const Cursor = z.object({
  /** `updatedDateTime`, as sent, of the newest row delivered together with all older ones; null: nothing yet. */
  watermark: z
    .string()
    .refine((text) => sortableTimestamp(text) !== null)
    .nullable(),
  /** Server time of the last walk over the whole window below the watermark. */
  sweptAt: z
    .string()
    .refine((text) => sortableTimestamp(text) !== null)
    .nullable(),
  /** Which form of the filter the server took: 0 plain, 1 quoted, 2 none. */
  filter: z.number().int().min(0).max(2).default(0),
});
type Cursor = z.infer<typeof Cursor>;

const EVERYTHING: Cursor = { watermark: null, sweptAt: null, filter: 0 };
/** Timestamps further ahead than this are wrong, whatever our clock says: they come from the server's own rows. */
const FUTURE_TOLERANCE_MS = 60_000;
const OPERATION = 'List changed referrals';

/** A row, with the time it is ordered by; null when it carries none. */
interface Row {
  readonly referral: Referral;
  readonly updatedAt: string | null;
}

interface Walk {
  readonly end: WalkEnd;
  /** Each referral once, in its newest version. */
  readonly rows: readonly Row[];
  readonly unreadable: number;
  /** Milliseconds since the epoch, at the first page. */
  readonly serverTime: number;
  /** Whether everything from the start of the overlap on was seen. */
  readonly coveredOverlap: boolean;
}

/** Builds the feed. */
export function createFeed({ pages, overlapMs, sweepIntervalMs }: FeedOptions): Feed {
  let forms = createFilterForms();
  let isFresh = true;

  /** A damaged or foreign cursor costs a full walk, nothing else. */
  function parseCursor(text: string | null): Cursor {
    const parsed = Cursor.safeParse(text === null ? null : parseJsonText(text));
    const cursor = parsed.success ? parsed.data : EVERYTHING;
    if (isFresh) forms = createFilterForms(cursor.filter);
    isFresh = false;
    return cursor;
  }

  const print = (cursor: Omit<Cursor, 'filter'>): string =>
    JSON.stringify({ ...cursor, filter: forms.accepted });

  async function walk(cursor: Cursor, signal: AbortSignal): Promise<Walk> {
    const watermark = cursor.watermark === null ? null : sortableTimestamp(cursor.watermark);
    const start = watermark === null ? null : shiftTimestamp(watermark, -overlapMs);
    const literal = start === null ? null : `${start.slice(0, 19)}Z`;
    const filters =
      literal === null ? [null] : [`updatedDateTime ge ${literal}`, `updatedDateTime ge '${literal}'`, null];
    const walkOnce = (): Promise<Walk> => {
      const query = (filter: string | null): string =>
        toQuery({ $filter: filter, $orderby: 'updatedDateTime desc' });
      const run = (filter: string | null): Promise<Walk> =>
        walkFrom(query(filter), cursor, watermark, start, signal);
      // Without a start there is no filter to try, and nothing to learn about filters.
      return literal === null ? run(null) : forms.attempt(OPERATION, filters, run);
    };
    const first = await walkOnce();
    // Page tokens expire: the walk starts over, once.
    return first.end === 'expired' ? walkOnce() : first;
  }

  async function walkFrom(
    query: string,
    cursor: Cursor,
    watermark: string | null,
    start: string | null,
    signal: AbortSignal,
  ): Promise<Walk> {
    const byId = new Map<ReferralId, Row>();
    let unreadable = 0;
    let serverTime: number | null = null;
    let goal = watermark;
    let previous: string | null = null;
    let isOrdered = true;
    let leftSomeOut = false;
    const end = await pages.walk({
      operation: OPERATION,
      query,
      signal,
      onPage: (page) => {
        if (serverTime === null) {
          serverTime = page.serverTime;
          if (isSweepDue(cursor, watermark, serverTime)) goal = start;
        }
        unreadable += page.unreadable;
        previous = null;
        for (const referral of page.referrals) {
          const updatedAt = sortableTimestamp(referral.updatedAt);
          // Within one answer the order must hold; a server that ignores it allows no early stop.
          if (previous !== null && updatedAt !== null && updatedAt > previous) isOrdered = false;
          previous = updatedAt ?? previous;
          keepNewest(byId, { referral, updatedAt });
        }
        const isBelow = (bound: string | null): boolean =>
          isOrdered && bound !== null && previous !== null && previous < bound;
        if (!isBelow(goal)) return true;
        leftSomeOut = page.hasMore && !isBelow(start);
        return false;
      },
    });
    return {
      end,
      rows: [...byId.values()],
      unreadable,
      serverTime: serverTime ?? 0,
      coveredOverlap: end === 'done' && !leftSomeOut,
    };
  }

  /** Whether late rows may still appear below the watermark, and were not looked for lately. */
  function isSweepDue({ sweptAt }: Cursor, watermark: string | null, serverTime: number): boolean {
    const swept = sweptAt === null ? null : sortableTimestamp(sweptAt);
    if (watermark === null || swept === null) return true;
    const mayStillAppear = timeOf(swept) < timeOf(watermark) + overlapMs;
    return mayStillAppear && serverTime - timeOf(swept) > sweepIntervalMs;
  }

  return {
    async changes(cursorText, isKnown, signal) {
      const cursor = parseCursor(cursorText);
      const { end, rows, unreadable, serverTime, coveredOverlap } = await walk(cursor, signal);
      const complete = end === 'done';
      const referrals = rows
        .filter(({ referral }) => !isKnown(referral.id, referral.version))
        .sort((left, right) => compareRows(left, right))
        .map(({ referral }) => referral);
      const serverText = new Date(serverTime).toISOString();
      const next = {
        watermark: newestOf(rows, serverTime, cursor.watermark),
        sweptAt: coveredOverlap ? serverText : cursor.sweptAt,
      };
      return {
        referrals,
        next: complete ? print(next) : (cursorText ?? print(EVERYTHING)),
        serverTime: serverText,
        complete,
        ...(unreadable === 0 ? {} : { unreadable }),
      };
    },
    async settle(cursorText, isKnown, signal) {
      const cursor = parseCursor(cursorText);
      const { end, rows, serverTime, coveredOverlap } = await walk(cursor, signal);
      if (end !== 'done') return cursorText;
      const unknown = rows.filter(({ referral }) => !isKnown(referral.id, referral.version));
      if (unknown.some(({ updatedAt }) => updatedAt === null)) return cursorText;
      const oldestUnknown = unknown.reduce<string | null>(
        (oldest, { updatedAt }) => (oldest === null || (updatedAt ?? '') < oldest ? updatedAt : oldest),
        null,
      );
      const below = rows.filter(
        ({ updatedAt }) => oldestUnknown === null || (updatedAt ?? '') < oldestUnknown,
      );
      // With nothing left to deliver, the window below the watermark counts as walked.
      const isSwept = coveredOverlap && unknown.length === 0;
      return print({
        watermark: newestOf(below, serverTime, cursor.watermark),
        sweptAt: isSwept ? new Date(serverTime).toISOString() : cursor.sweptAt,
      });
    },
  };
}

function keepNewest(byId: Map<ReferralId, Row>, row: Row): void {
  const held = byId.get(row.referral.id);
  if (held === undefined || (row.updatedAt ?? '') >= (held.updatedAt ?? '')) byId.set(row.referral.id, row);
}

function compareRows(left: Row, right: Row): number {
  const [earlier, later] = [left.updatedAt ?? '', right.updatedAt ?? ''];
  if (earlier !== later) return earlier < later ? -1 : 1;
  return left.referral.id < right.referral.id ? -1 : 1;
}

/**
 * The raw timestamp of the newest row, never before the old watermark. Rows from the future do not count, or one of
 * them would hide every change until then; a watermark that already lies in the future comes back to now.
 */
function newestOf(rows: readonly Row[], serverTime: number, watermark: string | null): string | null {
  const now = new Date(serverTime).toISOString();
  const horizon = sortableTimestamp(new Date(serverTime + FUTURE_TOLERANCE_MS).toISOString());
  const isPast = (sortable: string | null): boolean =>
    sortable !== null && horizon !== null && sortable <= horizon;
  let newest: string | null = watermark;
  if (watermark !== null && !isPast(sortableTimestamp(watermark))) newest = now;
  for (const { referral, updatedAt } of rows) {
    if (!isPast(updatedAt)) continue;
    const held = newest === null ? null : sortableTimestamp(newest);
    if (latest(updatedAt, held) !== held) newest = referral.updatedAt;
  }
  // Only rows from the future: everything up to now has been seen.
  return newest ?? (rows.some(({ updatedAt }) => updatedAt !== null) ? now : null);
}
