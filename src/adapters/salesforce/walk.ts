/** One walk of the change feed: where it stands, what it has delivered, and the cursors it can be resumed from. */
import type { OpportunityId } from '../../core/ids.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { OpportunityRecord } from '../../core/ports.ts';
import { createPageGuard } from '../http/index.ts';
import type { SalesforceClient } from './client.ts';
import { ACCOUNT_STAMP } from './columns.ts';
import { createSeen, type FeedCursor, hashOf, type Seen } from './cursor.ts';
import { unreadable } from './errors.ts';
import type { Org } from './org.ts';
import { instantOf, lowerKeys, toRecord, valueAt } from './records.ts';
import { rememberChildren } from './related.ts';
import type { Row } from './schema.ts';

const OPERATION = 'Read changed opportunities';

export interface WalkOptions {
  readonly client: SalesforceClient;
  readonly org: Org;
  readonly selection: CrmSelection;
  /** How far before the last walk's end each walk starts, milliseconds. */
  readonly overlapMs: number;
  /** Milliseconds since the epoch; only for a page's `serverTime` when the org's answer tells no time at all. */
  readonly now: () => number;
}

export interface Walk {
  readonly after: FeedCursor['after'];
  readonly seen: Seen;
  answeredAt(serverTime: number | null): void;
  /** The records of rows that are new to the reader of the feed. */
  deliver(rows: readonly Row[], isOwnChange: boolean): OpportunityRecord[];
  /** Whether this walk has read the opportunity with its related rows already. */
  hasRead(id: OpportunityId): boolean;
  goOnAfter(rows: readonly Row[]): void;
  cursorWithin(): string;
  cursorAtEnd(): string;
  serverTime(): string;
}

/** Starts a walk at a cursor. */
export function createWalk(options: WalkOptions, cursor: FeedCursor, userId: string | null): Walk {
  const { org, selection, overlapMs, now } = options;
  const lower = cursor.since === null ? 0 : cursor.since - overlapMs;
  const seen = createSeen(cursor.seen);
  const delivered = new Set<string>();
  const follow = createPageGuard(OPERATION, 'crm');
  const read = new Set<OpportunityId>();
  let { after, startedAt } = cursor;
  let answered: number | null = null;
  let latest = cursor.since ?? 0;

  /** What is older cannot come again in the next walk. */
  const floor = (): number => Math.max(lower, (startedAt ?? latest) - overlapMs);

  return {
    get after() {
      return after;
    },
    seen,
    answeredAt(serverTime) {
      answered = serverTime ?? answered;
      startedAt ??= serverTime;
    },
    deliver(rows, isOwnChange) {
      const { people, products } = selection;
      const context = { paths: org.columns.paths, people, products, userId };
      return rows.flatMap((row) => {
        const record = toRecord(row, context);
        if (record === null) throw unreadable(OPERATION, null, false);
        const ownChangeAt = instantOf(record.version) ?? 0;
        if (isOwnChange) latest = Math.max(latest, ownChangeAt);
        const changedAt = Math.max(ownChangeAt, instantOf(valueAt(lowerKeys(row), ACCOUNT_STAMP)) ?? 0);
        // During the first full read every row comes once, and there may be a million of them.
        if (cursor.since !== null) read.add(record.id);
        const hash = hashOf('Opportunity', row);
        const isKnown = seen.has(hash, changedAt) || delivered.has(hash);
        if (changedAt >= floor()) seen.add(hash, changedAt);
        if (cursor.since !== null) delivered.add(hash);
        rememberChildren(org.columns.children, row, floor(), seen);
        return isKnown ? [] : [record];
      });
    },
    hasRead: (id) => read.has(id),
    goOnAfter(rows) {
      const last = rows.at(-1);
      // More is promised, but nothing says where to go on: better an error than an endless or shortened read.
      if (typeof last?.SystemModstamp !== 'string' || typeof last.Id !== 'string')
        throw unreadable(OPERATION, null, false);
      // A server that delivers the same stretch again would be read for ever.
      follow(`${last.SystemModstamp} ${last.Id}`);
      after = { stamp: last.SystemModstamp, id: last.Id };
    },
    cursorWithin: () =>
      JSON.stringify({
        ...cursor,
        after,
        startedAt,
        seen: seen.keep(cursor.since === null ? floor() : lower),
        dropped: [...org.dropped],
      } satisfies FeedCursor),
    cursorAtEnd() {
      // Without a `Date` header the newest stamp is the best end; without either there is none to move to.
      const end = Math.max(startedAt ?? latest, cursor.since ?? 0);
      return JSON.stringify({
        ...cursor,
        since: end > 0 ? end : null,
        after: null,
        startedAt: null,
        seen: seen.keep(end - overlapMs),
        dropped: [...org.dropped],
      } satisfies FeedCursor);
    },
    serverTime: () => new Date(answered ?? (latest > 0 ? latest : now())).toISOString(),
  };
}
