/**
 * The change feed. Dataverse keeps a record of changes that a link takes up where the last walk ended; the link dies
 * of age and of changed metadata, and then everything is read again. Where changes are not tracked they are found by
 * their times, which misses deletions.
 */
import { RemoteError } from '../../core/errors.ts';
import type { CallOptions, OpportunityPage } from '../../core/ports.ts';
import { type FeedCursor, isStart, parseCursor, START } from './cursor.ts';
import { EXPIRED_VERSION_STAMP, PRIVILEGE_DENIED, TRACKING_NOT_ENABLED } from './errors.ts';
import { type FeedOptions, walkByTime } from './polling.ts';
import { walkTracked } from './tracking.ts';

export type { FeedOptions } from './polling.ts';

/** Reads the changes since a cursor; see `Crm.changes`. */
export async function* readChanges(
  options: FeedOptions,
  text: string | null,
  { signal }: CallOptions,
): AsyncGenerator<OpportunityPage> {
  const { org, logger, changeTracking } = options;
  let cursor = parseCursor(text);
  if (isStart(cursor)) org.forget();
  else if (cursor.shape !== null) org.recall(cursor.shape);
  // A cursor that leads nowhere any more: its owner thinks that this walk brings changes only.
  let isRestarted = text !== null && isStart(cursor);

  if (!cursor.isPolling && changeTracking === 'auto') {
    try {
      yield* marked(walkTracked(options, cursor, signal), isRestarted);
      return;
    } catch (error) {
      if (isStart(cursor) && isUntracked(error)) {
        cursor = { ...START, isPolling: true };
      } else if (!isStart(cursor) && isRefusedLink(error)) {
        logger.warn(
          { system: 'crm', remoteCode: error.remoteCode, status: error.status },
          'Dataverse no longer accepts where the last read ended; every opportunity is read again',
        );
        yield* restart(options, signal);
        return;
      } else throw error;
    }
    logger.warn(
      { system: 'crm' },
      'Dataverse does not track changes of opportunities for this user; they are found by their times, deletions only by a full comparison',
    );
  } else if (!cursor.isPolling) {
    isRestarted = text !== null;
    cursor = { ...START, isPolling: true };
  }
  yield* marked(walkByTime(options, cursor, signal), isRestarted);
}

/** Reads everything after a link was refused, whichever way is open now. */
async function* restart(options: FeedOptions, signal: AbortSignal): AsyncGenerator<OpportunityPage> {
  options.org.forget();
  try {
    yield* marked(walkTracked(options, START, signal), true);
  } catch (error) {
    if (!isUntracked(error)) throw error;
    const cursor: FeedCursor = { ...START, isPolling: true };
    yield* marked(walkByTime(options, cursor, signal), true);
  }
}

async function* marked(
  pages: AsyncGenerator<OpportunityPage>,
  isRestarted: boolean,
): AsyncGenerator<OpportunityPage> {
  for await (const page of pages) yield isRestarted ? { ...page, restarted: true } : page;
}

/** Whether a first read was refused because it asked for tracking, or for rights that only tracking needs. */
function isUntracked(error: unknown): boolean {
  return (
    error instanceof RemoteError &&
    (error.remoteCode === TRACKING_NOT_ENABLED || error.remoteCode === PRIVILEGE_DENIED)
  );
}

/**
 * Whether a link is dead. The status of an expired one is not documented, so every refusal counts that is not about
 * the caller, the pace or a missing table.
 */
function isRefusedLink(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError)) return false;
  const { remoteCode, status, code } = error;
  if (remoteCode === EXPIRED_VERSION_STAMP) return true;
  if (status === null || status < 400 || status >= 500 || code === 'rate-limited') return false;
  const isTableMissing = status === 404 && code === 'configuration';
  return status !== 401 && status !== 403 && !isTableMissing;
}
