/** Query options: `$select`, `$expand` and the rest, split but not yet given meaning. */
import { badRequest } from './dataverse-error.ts';
import { syntaxError } from './odata-lexer.ts';

export interface ExpandItem {
  readonly name: string;
  /** Only the link to the row. */
  readonly isReference: boolean;
  readonly options: QueryOptions;
}

/** Options of a request, or of an `$expand` item. */
export interface QueryOptions {
  readonly select: readonly string[] | null;
  readonly filter: string | null;
  readonly orderBy: string | null;
  readonly top: number | null;
  readonly count: boolean;
  readonly expand: readonly ExpandItem[];
  readonly apply: string | null;
  readonly skipToken: string | null;
  readonly deltaToken: string | null;
  /** Parameters such as `@p1`. */
  readonly aliases: ReadonlyMap<string, string>;
}

const KNOWN = new Set([
  '$select',
  '$filter',
  '$orderby',
  '$top',
  '$count',
  '$expand',
  '$apply',
  '$skiptoken',
  '$deltatoken',
]);
const MAX_EXPANDS = 15;

/** Splits at a separator that stands outside parentheses and quotes. */
export function splitTop(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const each = text[at];
    if (each === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (each === '(' || each === '[') depth += 1;
    else if (each === ')' || each === ']') depth -= 1;
    else if (each === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function readTop(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) {
    throw badRequest(
      '0x80060888',
      `Invalid value '${text}' for $top query option found. It must be a positive integer.`,
    );
  }
  return Number(text);
}

function readExpand(text: string): ExpandItem[] {
  return splitTop(text, ',').map((item) => {
    const match = /^([\w.]+)(\/\$ref)?(?:\((.*)\))?$/s.exec(item);
    if (match === null) throw syntaxError(`'${item.slice(0, 60)}' is not valid in $expand.`);
    const [, name = '', reference, inner = ''] = match;
    const pairs = splitTop(inner, ';').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
    return { name, isReference: reference !== undefined, options: readOptions(pairs) };
  });
}

const countExpands = (items: readonly ExpandItem[]): number =>
  items.reduce((sum, { options }) => sum + 1 + countExpands(options.expand), 0);

/**
 * @param pairs names and decoded values
 * @throws DataverseError for options that the platform does not have
 */
export function readOptions(pairs: Iterable<readonly [string, string]>): QueryOptions {
  const given = new Map<string, string>();
  const aliases = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (name.startsWith('@')) aliases.set(name, value);
    else if (name.startsWith('$')) {
      if (!KNOWN.has(name)) {
        throw badRequest('0x80060888', `The query parameter ${name} is not supported`);
      }
      given.set(name, value);
    }
  }
  const text = (name: string): string | null => given.get(name) ?? null;
  const expand = readExpand(text('$expand') ?? '');
  if (countExpands(expand) > MAX_EXPANDS) {
    throw badRequest(
      '0x8004430d',
      `Number of link entities in query exceeded maximum limit. The limit is ${MAX_EXPANDS}.`,
    );
  }
  const select = text('$select');
  const top = text('$top');
  return {
    select: select === null ? null : splitTop(select, ','),
    filter: text('$filter'),
    orderBy: text('$orderby'),
    top: top === null ? null : readTop(top),
    count: text('$count') === 'true',
    expand,
    apply: text('$apply'),
    skipToken: text('$skiptoken'),
    deltaToken: text('$deltatoken'),
    aliases,
  };
}

/** What a client prefers, from the `Prefer` header. */
export interface Preferences {
  readonly maxPageSize: number | null;
  /** Patterns of annotations, as `*` or `OData.Community.Display.V1.FormattedValue`. */
  readonly annotations: readonly string[];
  readonly representation: boolean;
  readonly trackChanges: boolean;
  readonly continueOnError: boolean;
  /** The items of the header as they came, by name. */
  readonly items: ReadonlyMap<string, string>;
}

/** @param header absent when there is none */
export function readPreferences(header: string | undefined): Preferences {
  const items = new Map<string, string>();
  for (const match of (header ?? '').matchAll(/([\w.-]+)(?:\s*=\s*("[^"]*"|[^,\s]+))?/g)) {
    const [whole, name = ''] = match;
    items.set(name.toLowerCase(), whole.replace(/\s*=\s*/, '='));
  }
  const value = (name: string): string | null => {
    const item = items.get(name);
    return item === undefined ? null : item.slice(item.indexOf('=') + 1).replace(/^"|"$/g, '');
  };
  const size = Number(value('odata.maxpagesize') ?? Number.NaN);
  return {
    maxPageSize: Number.isInteger(size) && size > 0 ? size : null,
    annotations: (value('odata.include-annotations') ?? '')
      .split(',')
      .map((pattern) => pattern.trim())
      .filter((pattern) => pattern !== ''),
    representation: value('return') === 'representation',
    trackChanges: items.has('odata.track-changes'),
    continueOnError: items.has('odata.continue-on-error'),
    items,
  };
}

/** Whether an annotation is asked for by one of the patterns; `-name` leaves it out. */
export function wantsAnnotation(patterns: readonly string[], name: string): boolean {
  const covers = (pattern: string): boolean =>
    pattern === '*' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1)));
  if (patterns.some((pattern) => pattern.startsWith('-') && covers(pattern.slice(1)))) return false;
  return patterns.some(covers);
}
