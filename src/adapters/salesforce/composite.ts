/** Several requests in one: a composite counts as a single API call, whatever it holds. */
import type { RemoteError } from '../../core/errors.ts';
import type { SalesforceClient } from './client.ts';
import { errorOfBody, unreadable } from './errors.ts';
import { CompositeAnswer, type CompositePart } from './schema.ts';

/** Subrequests in a composite. */
export const MAX_PARTS = 25;
/** Of which at most so many queries and collections. */
export const MAX_HEAVY_PARTS = 5;

export interface Part {
  readonly referenceId: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly httpHeaders?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface CompositeRequest {
  readonly operation: string;
  readonly parts: readonly Part[];
  readonly isWrite: boolean;
  readonly signal: AbortSignal;
}

export interface CompositeResult {
  /** The org's clock when it answered, milliseconds since the epoch; null when the answer carried no `Date`. */
  readonly serverTime: number | null;
  readonly requestId: string | null;
  /** The part's answer; undefined when the composite's answer lacks it. */
  find(referenceId: string): CompositePart | undefined;
}

/**
 * Sends a composite. Parts are carried out in order, each on its own: one that fails undoes no other.
 * @throws RemoteError when the composite as a whole failed
 */
export async function sendComposite(
  client: SalesforceClient,
  request: CompositeRequest,
): Promise<CompositeResult> {
  const { operation, parts, isWrite, signal } = request;
  const answer = await client.call({
    operation,
    method: 'POST',
    path: '/composite',
    body: { allOrNone: false, collateSubrequests: false, compositeRequest: parts },
    isWrite,
    signal,
  });
  const parsed = CompositeAnswer.safeParse(answer.body);
  if (!parsed.success) {
    throw unreadable(operation, { ...answer, body: '' }, isWrite);
  }
  const byReference = new Map(parsed.data.compositeResponse.map((part) => [part.referenceId, part]));
  const time = Date.parse(answer.headers.date ?? '');
  return {
    serverTime: Number.isNaN(time) ? null : time,
    requestId: answer.requestId,
    find: (referenceId) => byReference.get(referenceId),
  };
}

/** The error of a part, or null when it succeeded. A missing part is unreadable. */
export function errorOfPart(
  part: CompositePart | undefined,
  context: { readonly operation: string; readonly requestId: string | null; readonly isWrite: boolean },
  isOneRecord = false,
): RemoteError | null {
  if (part === undefined) return unreadable(context.operation, null, context.isWrite);
  if (part.httpStatusCode < 400) return null;
  return errorOfBody(part.body, { ...context, status: part.httpStatusCode, isOneRecord, now: 0 });
}
