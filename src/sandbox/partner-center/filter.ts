/**
 * The `$filter` grammar of the referral list: `eq` on documented fields and nested paths, `and`, parentheses,
 * `collection/any(x:x/field eq 'text')`, and ranges over the two times. What OData knows beyond that parses, so that
 * it can be refused (or ignored) by name instead of as a syntax error.
 */
import { type ApiError, invalidRequest } from './api-error.ts';
import { isObject, type Json, type JsonObject, listAt, valueAt } from './json.ts';
import { toStamp } from './stamps.ts';
import type { PartnerCenterSwitches } from './switches.ts';

export type Predicate = (referral: JsonObject) => boolean;

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|(\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?)?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w]*(?:\/[A-Za-z_][\w]*)*)|([():,]))/iy;

type Literal =
  | { readonly kind: 'text' | 'guid' | 'date'; readonly text: string }
  | { readonly kind: 'value'; readonly value: Json };
interface Sign {
  readonly kind: 'word' | 'mark';
  readonly text: string;
}
type Token = Literal | Sign;

const TEXT_FIELDS: ReadonlySet<string> = new Set([
  'engagementId',
  'status',
  'substatus',
  'qualification',
  'type',
  'direction',
]);
const TIME_FIELDS: ReadonlySet<string> = new Set(['updatedDateTime', 'createdDateTime']);
const NESTED_ROOTS: ReadonlySet<string> = new Set(['customerProfile', 'details', 'consent', 'inviteContext']);
const COLLECTIONS: ReadonlySet<string> = new Set(['team', 'target', 'customerProfile/team', 'tags']);
const RANGES: ReadonlySet<string> = new Set(['eq', 'ge', 'gt', 'le', 'lt']);
const OPERATORS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);

function syntaxError(): ApiError {
  return invalidRequest('The filter is not a valid expression.', '$filter', 'invalidFilter');
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    if (text.slice(TOKEN.lastIndex).trim() === '') break;
    const match = TOKEN.exec(text);
    if (match === null) throw syntaxError();
    const [, quoted, guid, date, number, word, mark] = match;
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.slice(1, -1).replaceAll("''", "'") });
    else if (guid !== undefined) tokens.push({ kind: 'guid', text: guid });
    else if (date !== undefined) tokens.push({ kind: 'date', text: date });
    else if (number !== undefined) tokens.push({ kind: 'value', value: Number(number) });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (word === 'null') tokens.push({ kind: 'value', value: null });
    else if (word === 'true' || word === 'false') tokens.push({ kind: 'value', value: word === 'true' });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

function isSign(token: Token): token is Sign {
  return token.kind === 'word' || token.kind === 'mark';
}

/** A parsed condition; null stands for one that is ignored. */
type Condition = Predicate | null;

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #switches: PartnerCenterSwitches;
  #at = 0;

  constructor(text: string, switches: PartnerCenterSwitches) {
    this.#tokens = tokenize(text);
    this.#switches = switches;
  }

  parse(): Predicate {
    const condition = this.#or();
    if (this.#at < this.#tokens.length) throw syntaxError();
    return condition ?? (() => true);
  }

  #unsupported(what: string): null {
    if (this.#switches.unsupportedFilter === 'ignore') return null;
    throw invalidRequest(`The filter uses ${what}, which is not supported.`, '$filter', 'unsupportedFilter');
  }

  #take(kind: Token['kind'], text?: string): string | null {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind !== kind || token.kind === 'value') return null;
    if (text !== undefined && token.text !== text) return null;
    this.#at += 1;
    return token.text;
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#take('word', 'or') !== null) {
      this.#and();
      left = this.#unsupported("'or'");
    }
    return left;
  }

  #and(): Condition {
    let left = this.#factor();
    while (this.#take('word', 'and') !== null) {
      const first = left;
      const second = this.#factor();
      if (first === null) left = second;
      else if (second !== null) left = (referral) => first(referral) && second(referral);
    }
    return left;
  }

  #factor(): Condition {
    if (this.#take('word', 'not') !== null) {
      this.#factor();
      return this.#unsupported("'not'");
    }
    if (this.#take('mark', '(') !== null) {
      const inner = this.#or();
      if (this.#take('mark', ')') === null) throw syntaxError();
      return inner;
    }
    const path = this.#take('word');
    if (path === null) throw syntaxError();
    if (this.#take('mark', '(') !== null) return this.#call(path);
    return this.#comparison(path);
  }

  #call(path: string): Condition {
    if (!path.endsWith('/any')) return this.#skipCall(path);
    const collection = path.slice(0, -'/any'.length);
    const variable = this.#take('word');
    if (variable === null || this.#take('mark', ':') === null) throw syntaxError();
    const field = this.#take('word');
    const operator = this.#take('word');
    const literal = this.#literal();
    if (field === null || operator === null || literal === null || this.#take('mark', ')') === null)
      throw syntaxError();
    if (operator !== 'eq' || !field.startsWith(`${variable}/`) || !COLLECTIONS.has(collection))
      return this.#unsupported(`the expression over '${collection}'`);
    const inner = field.slice(variable.length + 1);
    return (referral) => listAt(referral, collection).some((item) => isEqual(valueAt(item, inner), literal));
  }

  #skipCall(name: string): Condition {
    let depth = 1;
    while (depth > 0) {
      const token = this.#tokens[this.#at];
      if (token === undefined) throw syntaxError();
      this.#at += 1;
      if (token.kind === 'mark' && token.text === '(') depth += 1;
      if (token.kind === 'mark' && token.text === ')') depth -= 1;
    }
    const next = this.#tokens[this.#at];
    if (next?.kind === 'word' && OPERATORS.has(next.text)) this.#at += 2;
    return this.#unsupported(`the function '${name}'`);
  }

  #literal(): Literal | null {
    const token = this.#tokens[this.#at];
    if (token === undefined || isSign(token)) return null;
    this.#at += 1;
    return token;
  }

  #comparison(path: string): Condition {
    const operator = this.#take('word');
    if (operator === null || !OPERATORS.has(operator)) throw syntaxError();
    const literal = this.#literal();
    if (literal === null) throw syntaxError();
    if (TIME_FIELDS.has(path)) return this.#time(path, operator, literal);
    const root = path.split('/')[0] ?? '';
    if (operator !== 'eq') return this.#unsupported(`'${operator}' on '${path}'`);
    if (!TEXT_FIELDS.has(path) && !(path.includes('/') && NESTED_ROOTS.has(root)))
      return this.#unsupported(`the field '${path}'`);
    if (path === 'engagementId') this.#checkGuid(literal);
    return (referral) => isEqual(valueAt(referral, path), literal);
  }

  #checkGuid(literal: Literal): void {
    const form = literal.kind === 'guid' ? 'unquoted' : literal.kind === 'text' ? 'quoted' : null;
    const wanted = this.#switches.guidLiteral;
    if (form === null || (wanted !== 'both' && wanted !== form))
      throw invalidRequest('The literal does not fit the type of engagementId.', '$filter', 'invalidFilter');
  }

  #time(path: string, operator: string, literal: Literal): Condition {
    if (this.#switches.dateFilter === 'unsupported') return this.#unsupported(`the field '${path}'`);
    if (!RANGES.has(operator)) return this.#unsupported(`'${operator}' on '${path}'`);
    const form = literal.kind === 'date' ? 'unquoted' : literal.kind === 'text' ? 'quoted' : null;
    const wanted = this.#switches.dateLiteral;
    const stamp = literal.kind === 'value' ? null : toStamp(literal.text);
    if (form === null || stamp === null || (wanted !== 'both' && wanted !== form))
      throw invalidRequest(`The literal does not fit the type of ${path}.`, '$filter', 'invalidFilter');
    return (referral) => {
      const value = referral[path];
      if (typeof value !== 'string') return false;
      if (operator === 'eq') return value === stamp;
      if (operator === 'ge') return value >= stamp;
      if (operator === 'gt') return value > stamp;
      return operator === 'le' ? value <= stamp : value < stamp;
    };
  }
}

function isEqual(value: Json | undefined, literal: Literal): boolean {
  if (literal.kind === 'value') return (value ?? null) === literal.value;
  if (typeof value !== 'string' || isObject(value)) return false;
  return literal.kind === 'guid'
    ? value.toLowerCase() === literal.text.toLowerCase()
    : value === literal.text ||
        (/^[0-9a-f-]{36}$/i.test(value) && value.toLowerCase() === literal.text.toLowerCase());
}

/**
 * Compiles a `$filter`.
 * @throws ApiError 400 for a syntax error or, unless unsupported parts are ignored, for those.
 */
export function compileFilter(text: string, switches: PartnerCenterSwitches): Predicate {
  return new FilterParser(text, switches).parse();
}
