/** Requests and answers inside the stand-in: the same for one that came alone and for a part of a composite. */
import type { Locators } from './locators.ts';
import type { SalesforceOrg } from './org.ts';
import type { Actor } from './parts.ts';
import { refuse } from './salesforce-error.ts';
import type { JsonRecord } from './values.ts';
import { isRecord } from './values.ts';

export interface ApiCall {
  readonly method: string;
  /** Decoded parts of the path behind `/services/data/vXX.X`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** `66.0` */
  readonly version: string;
  readonly baseUrl: string;
  readonly isPart: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent for an empty body. */
  readonly json?: unknown;
}

export interface ApiContext {
  readonly org: SalesforceOrg;
  readonly locators: Locators;
  readonly actor: Actor;
}

export type Handler = (context: ApiContext, call: ApiCall) => ApiAnswer;

/** The parts of a path behind the version, or null when it is no data path. Undecodable parts stay as they are. */
export function parseTarget(
  target: string,
): { readonly version: string; readonly segments: string[]; readonly query: URLSearchParams } | null {
  const [path = '', ...rest] = target.split('?');
  const match = /^\/services\/data\/v(\d+\.\d)(?:\/(.*))?$/.exec(path);
  if (match === null) return null;
  const segments = (match[2] ?? '')
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  return { version: match[1] ?? '', segments, query: new URLSearchParams(rest.join('?')) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function bodyRecord({ body }: ApiCall): JsonRecord {
  if (isRecord(body)) return body;
  throw refuse('JSON_PARSER_ERROR', 'The HTTP entity body is required, but this request has no entity body.');
}

/** @throws SalesforceError METHOD_NOT_ALLOWED */
export function notAllowed({ method }: ApiCall, allowed: readonly string[]): never {
  throw refuse(
    'METHOD_NOT_ALLOWED',
    `HTTP Method '${method}' not allowed. Allowed are ${allowed.join(',')}`,
    undefined,
    405,
  );
}

/** The actor with what the request's headers allow. */
export function withHeaders(call: ApiCall, actor: Actor): Actor {
  const allowDuplicates = /allowSave\s*=\s*true/i.test(call.headers['sforce-duplicate-rule-header'] ?? '');
  return { ...actor, allowDuplicates };
}
