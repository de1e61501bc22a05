/**
 * What Partner Center says when it refuses. Three shapes of body are in use (a nested envelope, a flat one of its
 * sister host, a short one for throttling), besides web pages and nothing at all; its texts are for people, never
 * to branch on.
 */
import { RemoteError, type RemoteErrorCode } from '../../core/errors.ts';
import { codeForStatus, type HttpResponse, isJson, parseJsonText, retryAfterMs } from '../http/index.ts';

const MAX_MESSAGE_LENGTH = 1_024;
/** Deeper than any real nesting of inner errors. */
const MAX_INNER_ERRORS = 20;

export interface ErrorBody {
  /** The deepest code: outer ones say less. */
  readonly code: string | null;
  readonly message: string | null;
  /** The field the complaint is about. */
  readonly target: string | null;
}

const NOTHING: ErrorBody = { code: null, message: null, target: null };

/** What the body of a refusal says, whichever shape it has. */
export function readErrorBody(response: Pick<HttpResponse, 'headers' | 'body'>): ErrorBody {
  if (!isJson(response)) return NOTHING;
  const body = parseJsonText(response.body);
  const error = property(body, 'error');
  if (typeof error === 'object' && error !== null) return readEnvelope(error);
  return {
    code: textAt(body, 'code'),
    message: textAt(body, 'message') ?? textAt(body, 'description'),
    target: textAt(body, 'target'),
  };
}

function readEnvelope(error: object): ErrorBody {
  let code: string | null = null;
  let target: string | null = null;
  const messages: string[] = [];
  let level: unknown = error;
  for (let depth = 0; depth < MAX_INNER_ERRORS && typeof level === 'object' && level !== null; depth += 1) {
    code = textAt(level, 'code') ?? code;
    target = textAt(level, 'target') ?? target;
    const message = textAt(level, 'message');
    if (message !== null && !messages.includes(message)) messages.push(message);
    level = property(level, 'innerError');
  }
  return {
    code,
    target,
    message: messages.length === 0 ? null : messages.join(' / ').slice(0, MAX_MESSAGE_LENGTH),
  };
}

/** A property by name, whatever its case: both `innerError` and `innererror` occur. */
function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function textAt(value: unknown, name: string): string | null {
  const found = property(value, name);
  const text = typeof found === 'number' ? String(found) : found;
  if (typeof text !== 'string') return null;
  const clean = text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH);
  return clean === '' ? null : clean;
}

export interface RefusalContext {
  /** What was being done, in words: `Update referral 1234`. */
  readonly operation: string;
  /** Whether it writes; then a server error leaves open whether it was done. */
  readonly isWrite: boolean;
  /** Whether it concerns one referral, so that a missing right may be about that referral only. */
  readonly isSingle: boolean;
  /** What a person runs to sign in again. */
  readonly signInCommand: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The id we gave the request, where the answer carries none. */
  readonly requestId: string;
}

const VERSION_CODES = new Set(['preconditionfailed', 'resourcemodified']);
const CLAIMS = /insufficient_claims/i;

/** The error for an answer that refuses, by its status and, where that is ambiguous, by its code. */
export function toRemoteError(response: HttpResponse, context: RefusalContext): RemoteError {
  const { operation, isWrite, now } = context;
  const said = readErrorBody(response);
  const code = codeOf(response, said, context);
  const about = said.target === null ? '' : ` (${said.target})`;
  const message = said.message === null ? '' : `: ${said.message}${about}`;
  return new RemoteError(
    `${operation} failed (HTTP ${response.status})${message}${remedyFor(code, response, context)}`,
    {
      code,
      system: 'partnerCenter',
      status: response.status,
      remoteCode: said.code,
      requestId: response.requestId ?? context.requestId,
      fields: said.target === null ? [] : [said.target],
      retryAfterMs: retryAfterMs(response.headers, now) ?? 0,
      outcomeUnknown:
        isWrite && (response.afterUnheard === true || (code === 'unavailable' && response.status >= 500)),
    },
  );
}

function codeOf(response: HttpResponse, { code }: ErrorBody, { isSingle }: RefusalContext): RemoteErrorCode {
  const { status, headers } = response;
  if (status === 403) {
    if (wantsClaims(response)) return 'unauthorized';
    return isSingle ? 'not-visible' : 'forbidden';
  }
  if (code !== null && VERSION_CODES.has(code.toLowerCase()) && status >= 400 && status < 500)
    return 'version-conflict';
  if (status === 507 || status === 509) return 'quota';
  if (status === 405) return 'configuration';
  return codeForStatus(status, headers);
}

/** Conditional access refuses a valid token until the user signs in afresh. */
function wantsClaims({ headers, body }: HttpResponse): boolean {
  return CLAIMS.test(headers['www-authenticate'] ?? '') || CLAIMS.test(body.slice(0, 4_096));
}

function remedyFor(code: RemoteErrorCode, response: HttpResponse, { signInCommand }: RefusalContext): string {
  switch (code) {
    case 'unauthorized':
      return wantsClaims(response)
        ? `. Conditional access wants a fresh sign-in (claims challenge). Run: ${signInCommand}`
        : `. Check that the app may call https://api.partner.microsoft.com for a user, then sign in again: ${signInCommand}`;
    case 'forbidden':
      return '. The signed-in user needs the Referrals admin role with company scope in Partner Center (a new role can take an hour to work).';
    case 'not-visible':
      return '. The signed-in user cannot see this referral; look at its role, team and location in Partner Center.';
    case 'version-conflict':
      return '. It was changed meanwhile and is read again.';
    case 'configuration':
      return '. Check partnerCenter.baseUrl in the configuration.';
    default:
      return '';
  }
}
