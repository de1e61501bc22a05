import { RemoteError, type RemoteErrorCode, type System } from '../../core/errors.ts';
import { retryAfterMs } from './retry-after.ts';
import type { HttpResponse } from './types.ts';

const CODE_BY_STATUS: Readonly<Record<number, RemoteErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-visible',
  410: 'not-visible',
  412: 'version-conflict',
  420: 'rate-limited',
  423: 'unavailable',
  428: 'version-conflict',
  429: 'rate-limited',
  509: 'rate-limited',
};

/** What a status means where the remote's own code says nothing better. */
export function codeForStatus(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): RemoteErrorCode {
  if (status === 503 && headers['retry-after'] !== undefined) return 'rate-limited';
  return CODE_BY_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'rejected');
}

export interface StatusErrorContext {
  readonly operation: string;
  readonly system: System;
  /** Whether the request writes: its outcome is unknown after a 5xx. */
  readonly isWrite: boolean;
  /** What the remote said, already bounded and free of personal data. */
  readonly detail?: string | null;
  readonly remoteCode?: string | null;
  readonly fields?: readonly string[];
  /** Milliseconds since the epoch, to read a `Retry-After` date. */
  readonly now: number;
}

/** The error for an answer that is none of the expected ones, decided by its status. */
export function errorForStatus(response: HttpResponse, context: StatusErrorContext): RemoteError {
  const { operation, system, isWrite, detail = null, remoteCode = null, fields = [], now } = context;
  const code = codeForStatus(response.status, response.headers);
  const said = detail === null || detail === '' ? '' : `: ${detail}`;
  return new RemoteError(`${operation} failed (HTTP ${response.status})${said}`, {
    code,
    system,
    status: response.status,
    remoteCode,
    fields,
    requestId: response.requestId,
    retryAfterMs: retryAfterMs(response.headers, now) ?? 0,
    outcomeUnknown: isWrite && code === 'unavailable' && response.status >= 500,
  });
}
