/** Reads answers as JSON without trusting them. */
import { RemoteError, type System } from '../../core/errors.ts';
import { nestsDeeper } from '../../core/lenses/json-depth.ts';
import type { HttpResponse } from './types.ts';

/** Deeper nesting than any real answer has; the parsers behind this one recurse. */
const MAX_DEPTH = 200;
/** A double holds 15 significant digits for certain; longer numbers may lose some. */
const LONG_NUMBER = /\d[\d.]{15,}/;

export interface ParseContext {
  readonly operation: string;
  readonly system: System;
  /** True when the answer belongs to a write that the host confirmed: it was done, but what it made is unreadable. */
  readonly outcomeUnknown?: boolean;
  /** Deliver numbers that a double cannot hold as their text. Default false. */
  readonly exactNumbers?: boolean;
}

/** Whether the answer claims to be JSON. */
export function isJson({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return /^[^;]*[/+]json\b/i.test(headers['content-type'] ?? '');
}

/** @throws RemoteError `unavailable` when the answer is a page for people: a proxy's, a gateway's, a login form */
export function ensureNotHtml(response: HttpResponse, context: ParseContext): void {
  const type = response.headers['content-type'] ?? '';
  if (/\bhtml\b/i.test(type) || /^\s*<(?:!doctype|html)/i.test(response.body.slice(0, 200))) {
    throw unusable(response, context, 'the answer is a web page, not data');
  }
}

/**
 * The answer's JSON. Keys named `__proto__` are left out.
 * @throws RemoteError `unavailable` when it is not JSON, cut short, or nested absurdly deep
 */
export function parseJson(response: HttpResponse, context: ParseContext): unknown {
  ensureNotHtml(response, context);
  if (!isJson(response)) throw unusable(response, context, 'the answer is not JSON');
  const value = parseJsonText(response.body, context.exactNumbers ?? false);
  if (value === undefined)
    throw unusable(response, context, 'the JSON in the answer is damaged or cut short');
  return value;
}

/** The value of a JSON text from outside, or undefined when it is damaged or nested absurdly deep. */
export function parseJsonText(text: string, exactNumbers = false): unknown {
  if (nestsDeeper(text, MAX_DEPTH)) return undefined;
  const hasPrototypeKey = text.includes('__proto__') || /\\u005f/i.test(text);
  const wantsReviver = hasPrototypeKey || (exactNumbers && LONG_NUMBER.test(text));
  try {
    if (!wantsReviver) return JSON.parse(text) as unknown;
    return JSON.parse(text, (key: string, entry: unknown, source?: { readonly source?: string }) =>
      revive(key, entry, source?.source, exactNumbers),
    ) as unknown;
  } catch {
    return undefined;
  }
}

function revive(key: string, value: unknown, source: string | undefined, exactNumbers: boolean): unknown {
  // An undefined result removes the key from its parent.
  if (key === '__proto__') return undefined;
  if (!exactNumbers || typeof value !== 'number' || source === undefined) return value;
  return source.replace(/[-.]/g, '').length > 15 && String(value) !== source ? source : value;
}

function unusable(response: HttpResponse, context: ParseContext, problem: string): RemoteError {
  const { operation, system, outcomeUnknown = false } = context;
  return new RemoteError(
    `${operation} failed: ${problem} (HTTP ${response.status}). Try again later; if it stays, check the base URL.`,
    {
      code: 'unavailable',
      system,
      status: response.status,
      requestId: response.requestId,
      outcomeUnknown,
    },
  );
}
