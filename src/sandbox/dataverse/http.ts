/** Requests and answers inside the stand-in: the same for one that came alone and for a part of a batch. */
import { badRequest } from './dataverse-error.ts';
import { toJson } from './json-text.ts';
import type { DataverseOrg } from './org.ts';
import type { Actor } from './parts.ts';
import { type Preferences, type QueryOptions, readOptions } from './query-options.ts';
import type { JsonRecord, Reference } from './values.ts';

/** A part of a path: a name, and what stands in parentheses behind it. */
export interface Segment {
  readonly name: string;
  /** null without parentheses. */
  readonly key: string | null;
}

export interface ApiCall {
  readonly method: string;
  readonly segments: readonly Segment[];
  /** Query options as they came: name, and value still encoded. */
  readonly rawQuery: readonly (readonly [string, string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly preferences: Preferences;
  readonly body: string;
  /** `http://127.0.0.1:8804/api/data/v9.2` */
  readonly apiUrl: string;
  /** The whole request URI, for messages. */
  readonly uri: string;
  readonly isPart: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent for an empty body. */
  readonly json?: unknown;
  readonly text?: string;
  readonly contentType?: string;
}

export interface ApiContext {
  readonly org: DataverseOrg;
  readonly actor: Actor;
  /** Rows written earlier in the same change set. */
  readonly references: ReadonlyMap<string, Reference>;
}

export type Handler = (context: ApiContext, call: ApiCall) => ApiAnswer;

export const JSON_TYPE = 'application/json; odata.metadata=minimal';
const ROOT = /^\/api\/data\/(v9\.[0-2])(?:\/(.*))?$/;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What a target asks for, or null when it is not below the API's root. */
export function parseTarget(target: string): {
  readonly version: string;
  readonly segments: readonly Segment[];
  readonly rawQuery: readonly (readonly [string, string])[];
} | null {
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  const match = ROOT.exec(path);
  if (match === null) return null;
  const segments = (match[2] ?? '')
    .split('/')
    .filter((part) => part !== '')
    .map((part): Segment => {
      const [, name = '', key] = /^([^(]*)(?:\((.*)\))?$/s.exec(decode(part)) ?? [];
      return { name, key: key ?? null };
    });
  const query = at === -1 ? '' : target.slice(at + 1);
  const rawQuery = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return equals === -1 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), pair.slice(equals + 1)];
    });
  return { version: match[1] ?? 'v9.2', segments, rawQuery };
}

/** A query option's value as text. */
export const decodeValue = (raw: string): string => decode(raw.replace(/\+/g, ' '));

/** @throws DataverseError for options that the platform does not have */
export function optionsOf({ rawQuery }: ApiCall): QueryOptions {
  return readOptions(rawQuery.map(([name, raw]) => [name, decodeValue(raw)] as const));
}

/** The query as it came, without some options and with others behind. */
export function queryWith(call: ApiCall, without: readonly string[], added: string): string {
  const kept = call.rawQuery
    .filter(([name]) => !without.includes(name))
    .map(([name, raw]) => `${name}=${raw}`);
  return [...kept, added].filter((part) => part !== '').join('&');
}

/** The parsed body. @throws DataverseError 0x80048d19 when it is no JSON */
export function bodyOf(call: ApiCall, entitySet: string): unknown {
  try {
    return JSON.parse(call.body);
  } catch {
    throw badRequest(
      '0x80048d19',
      `Error identified in Payload provided by the user for Entity :'${entitySet}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: The payload is not valid JSON.`,
    );
  }
}

/** `Preference-Applied`, with the preferences that were honoured, as they were sent. */
export function applied(call: ApiCall, names: readonly string[]): Readonly<Record<string, string>> {
  const items = names.flatMap((name) => call.preferences.items.get(name) ?? []);
  return items.length === 0 ? {} : { 'Preference-Applied': items.join(',') };
}

/** Headers and body of an answer as text. */
export function bodyText({ json, text }: ApiAnswer): string {
  if (text !== undefined) return text;
  return json === undefined ? '' : toJson(json);
}

export const contextUrl = (call: ApiCall, rest: string): string => `${call.apiUrl}/$metadata#${rest}`;

/** `#opportunities(name,statecode)`, without parentheses when everything is selected. */
export const selected = (entitySet: string, context: string): string =>
  context === '' ? entitySet : `${entitySet}(${context})`;

export type { JsonRecord };
