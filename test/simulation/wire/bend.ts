/** How each fault of the wire looks to a client: rules for the sandbox's fault switchboard, and answers bent on their way. */
import type { FaultRule } from '../../../src/sandbox/kernel/faults.ts';
import type { SandboxSystem } from '../../../src/sandbox/kernel/journal.ts';
import type { SandboxRequest, SandboxResponse } from '../../../src/sandbox/kernel/server.ts';
import { AFTER, BEFORE, type WireFaultKind } from './scenario.ts';

/** A rule whose answer is decided when the server has made its own. */
export type OpenRule = { -readonly [Key in keyof FaultRule]: FaultRule[Key] };

const HTML = '<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Please wait.</body></html>';
const TEXT_KEPT = 0.6;
const LINK = /("(?:@odata\.nextLink|nextRecordsUrl)":\s*")([^"]+)(")/u;

export function isBefore(kind: WireFaultKind): boolean {
  return (BEFORE as readonly string[]).includes(kind);
}

export function isAfter(kind: WireFaultKind): boolean {
  return (AFTER as readonly string[]).includes(kind);
}

/** What refuses a request before it has any effect; null for `expired`, where the server itself refuses. */
export function ruleBefore(
  system: SandboxSystem,
  kind: WireFaultKind,
  retryAfterSeconds: number,
): FaultRule | null {
  const wait = { 'Retry-After': String(retryAfterSeconds) };
  switch (kind) {
    case 'reset-before':
      return { system, kind: 'reset', when: 'before' };
    case 'throttled':
      return { system, kind: 'status', when: 'before', status: 429, headers: wait };
    case 'unavailable':
      return { system, kind: 'status', when: 'before', status: 503, headers: wait };
    case 'broken':
      return { system, kind: 'status', when: 'before', status: 500, body: HTML, contentType: 'text/html' };
    default:
      return null;
  }
}

/** A rule that lets the request take effect; `bend` decides what its answer becomes. */
export function ruleAfter(system: SandboxSystem): OpenRule {
  return { system, kind: 'delay', when: 'after', delayMs: 0 };
}

export function textOf({ text, json }: SandboxResponse): string {
  if (text !== undefined) return text;
  return json === undefined ? '' : JSON.stringify(json);
}

/** The link to the next page in an answer; null when it has none. */
export function linkOf(text: string): string | null {
  return LINK.exec(text)?.[2] ?? null;
}

function fill(rule: OpenRule, response: SandboxResponse, body: string, contentType: string): void {
  const headers = Object.entries(response.headers ?? {});
  rule.kind = 'status';
  rule.status = response.status;
  rule.headers = Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== 'content-type'));
  rule.body = body;
  rule.contentType = contentType;
}

function typeOf(response: SandboxResponse): string {
  const [, header] =
    Object.entries(response.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  return response.contentType ?? header ?? 'application/json; charset=utf-8';
}

/**
 * Bends an answer. @param seenLink a link that was given out before
 * @returns whether there was anything to bend: an empty answer cannot be cut, a refusal is left as it is
 */
export function bend(
  rule: OpenRule,
  kind: WireFaultKind,
  request: SandboxRequest,
  response: SandboxResponse,
  seenLink: string | null,
): boolean {
  if (response.status >= 400) return false;
  const text = textOf(response);
  switch (kind) {
    case 'reset-after':
      rule.kind = 'reset';
      return true;
    case 'gateway':
      rule.kind = 'status';
      rule.status = 504;
      rule.body = HTML;
      rule.contentType = 'text/html';
      return true;
    case 'cut':
      rule.kind = text === '' ? 'reset' : 'cut';
      return true;
    case 'html':
      fill(rule, { status: 200 }, HTML, 'text/html');
      return true;
    case 'link-repeated': {
      if (linkOf(text) === null) return false;
      const back = request.method === 'GET' ? `${request.baseUrl}${request.target}` : seenLink;
      if (back === null) return false;
      fill(rule, response, text.replace(LINK, `$1${back}$3`), typeOf(response));
      return true;
    }
    default:
      if (text === '') return false;
      if (kind === 'truncated')
        fill(rule, response, text.slice(0, Math.floor(text.length * TEXT_KEPT)), typeOf(response));
      else if (kind === 'empty') fill(rule, { ...response, headers: {} }, '', typeOf(response));
      else fill(rule, response, text, 'text/plain');
      return true;
  }
}
