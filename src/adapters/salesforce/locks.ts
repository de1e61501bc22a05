/** Rows that another transaction holds for a moment: tried again a few times, and never a reason to stop for others. */
import { RemoteError, type RemoteErrorCode } from '../../core/errors.ts';
import type { Clock } from '../http/index.ts';

const ATTEMPTS = 3;
const WAIT_MS = 500;

type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: RemoteError };

/** Whether the row was refused for the moment only, and certainly not written. */
export function isLocked<T extends Outcome>(
  outcome: T | undefined,
): outcome is Extract<T, { readonly ok: false }> {
  if (outcome?.ok !== false) return false;
  const { code, status, remoteCode, outcomeUnknown } = outcome.error;
  // Sources differ on whether a locked row is a 400 or a 500.
  return code === 'unavailable' && !outcomeUnknown && (status === 400 || remoteCode === 'UNABLE_TO_LOCK_ROW');
}

/** Waits before the next attempt; false when there is none. */
export async function mayTryAgain(clock: Clock, attempt: number, signal: AbortSignal): Promise<boolean> {
  if (attempt >= ATTEMPTS || signal.aborted) return false;
  await clock.sleep(WAIT_MS * 2 ** attempt * clock.random(), signal).catch(() => {});
  return !signal.aborted;
}

/** The error under a code that says it is this one record's, not the host's. */
export function asOneRecords(error: RemoteError, code: RemoteErrorCode): RemoteError {
  return new RemoteError(error.message, {
    code,
    system: error.system,
    remoteCode: error.remoteCode,
    status: error.status,
    requestId: error.requestId,
    fields: error.fields,
  });
}
