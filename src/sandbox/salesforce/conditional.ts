/** Conditional requests: HTTP dates to the second for every object, entity tags for accounts only. */
import { createHash } from 'node:crypto';
import type { ApiAnswer, ApiCall, ApiContext } from './http.ts';
import { refuse, SalesforceError } from './salesforce-error.ts';
import { stampToMs, textOf, toHttpDate, type Values } from './values.ts';

/** The tag of a row's content, as accounts have it. */
export function etagOf(content: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(content)).digest('base64')}"`;
}

function dateHeader(call: ApiCall, name: string): number | null {
  const text = call.headers[name];
  if (text === undefined) return null;
  const instant = Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  if (call.method === 'GET') return null;
  throw refuse('INVALID_HTTP_HEADER', `Invalid value for HTTP header ${name}: ${text}`);
}

/** The refusal of a precondition that does not hold. */
export class PreconditionFailed extends SalesforceError {
  constructor() {
    super(412, [{ code: 'PRECONDITION_FAILED', message: 'The requested resource has been modified' }]);
  }
}

/** Last-Modified, and for accounts ETag. */
export function versionHeaders(objectName: string, values: Values): Record<string, string> {
  const headers: Record<string, string> = {};
  if (objectName === 'Account') headers.ETag = etagOf(values);
  headers['Last-Modified'] = toHttpDate(textOf(values, 'SystemModstamp') ?? '');
  return headers;
}

/** @throws PreconditionFailed when somebody changed the row */
export function checkUnmodified(
  context: ApiContext,
  call: ApiCall,
  objectName: string,
  values: Values,
): void {
  const { switches } = context.org;
  const isHeeded = !call.isPart || switches.ifUnmodifiedSinceInComposite;
  const since = isHeeded ? dateHeader(call, 'if-unmodified-since') : null;
  if (since !== null && stampToMs(textOf(values, 'SystemModstamp') ?? '') > since)
    throw new PreconditionFailed();
  const tags = objectName === 'Account' ? call.headers['if-match'] : undefined;
  if (
    tags !== undefined &&
    tags.trim() !== '*' &&
    !tags.split(',').some((tag) => tag.trim() === etagOf(values))
  ) {
    throw new PreconditionFailed();
  }
}

/** The answer of a GET, or 304 when the client has it already. */
export function unlessKnown(call: ApiCall, answer: ApiAnswer): ApiAnswer {
  const headers = answer.headers ?? {};
  const modified = Date.parse(headers['Last-Modified'] ?? '');
  const since = dateHeader(call, 'if-modified-since');
  const tags = headers.ETag === undefined ? undefined : call.headers['if-none-match'];
  const isKnown =
    (since !== null && modified <= since) ||
    tags?.split(',').some((tag) => tag.trim() === headers.ETag || tag.trim() === '*') === true;
  return isKnown ? { status: 304, headers } : answer;
}
