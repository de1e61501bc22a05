/** Graph's refusals in our terms: its own words may name people, so only its codes are passed on. */
import { z } from 'zod';
import { RemoteError } from '../../core/errors.ts';
import { codeForStatus, type HttpResponse, parseJsonText, retryAfterMs } from '../http/index.ts';

const ErrorBody = z.object({ error: z.object({ code: z.string().max(100) }) });

export interface GraphErrorContext {
  readonly operation: string;
  /** What a 403 asks for, such as `the application permission User.Read.All`. */
  readonly permission: string;
  readonly isWrite: boolean;
  readonly now: number;
}

/** Remedies by what Graph calls the failure. */
const REMEDIES: Readonly<Record<string, string>> = {
  MailboxNotEnabledForRESTAPI: 'The sender has no Exchange mailbox; set graph.notify.from to one that has.',
  ErrorInvalidUser: 'The sender is unknown; correct graph.notify.from.',
  ErrorInvalidRecipients: 'A recipient is not accepted; correct graph.notify.to.',
};

/** The error of an answer that is none of the expected ones. */
export function graphError(response: HttpResponse, context: GraphErrorContext): RemoteError {
  const { operation, permission, isWrite, now } = context;
  const remoteCode = graphCodeOf(response.body);
  const code = codeForStatus(response.status, response.headers);
  const label = remoteCode === null ? `HTTP ${response.status}` : `HTTP ${response.status}, ${remoteCode}`;
  const remedy =
    REMEDIES[remoteCode ?? ''] ??
    (code === 'forbidden'
      ? `The app needs ${permission}, with consent of an administrator.`
      : code === 'unauthorized'
        ? "Check the app's client id and secret."
        : 'It is tried again in the next run.');
  return new RemoteError(`${operation} failed (${label}). ${remedy}`, {
    code,
    system: 'graph',
    status: response.status,
    remoteCode,
    requestId: response.requestId,
    retryAfterMs: retryAfterMs(response.headers, now) ?? 0,
    outcomeUnknown: isWrite && response.status >= 500 && code === 'unavailable',
  });
}

/** Graph's own name of a failure, from the body of its answer; null where there is none. */
export function graphCodeOf(body: string): string | null {
  const read = ErrorBody.safeParse(parseJsonText(body));
  return read.success && /^[\w.]+$/.test(read.data.error.code) ? read.data.error.code : null;
}
