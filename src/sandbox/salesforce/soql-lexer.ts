/** Cuts SOQL into tokens. */
import { type ErrorItem, refuse, type SalesforceError } from './salesforce-error.ts';

export interface Token {
  readonly type: 'word' | 'text' | 'number' | 'date' | 'datetime' | 'symbol' | 'end';
  /** Text literals unescaped; a LIKE pattern keeps `\%` and `\_`. */
  readonly value: string;
  readonly at: number;
}

const BLANK = /\s+/y;
const DATE_TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})/iy;
const DATE = /\d{4}-\d{2}-\d{2}(?![\dT])/iy;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w])/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SYMBOL = /<=|>=|!=|<>|[=<>(),.:]/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const MAX_QUERY_LENGTH = 100_000;
const MAX_TEXT_LENGTH = 4_000;
/** Characters shown on either side of the place an error is at. */
const WINDOW = 100;

/** The error of a place in a query, with the line and a caret below it. */
export function errorAt(soql: string, at: number, code: string, message: string): SalesforceError {
  return refuse(code, textAt(soql, at, message));
}

export function textAt(soql: string, at: number, message: string): ErrorItem['message'] {
  const lineStart = soql.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = soql.indexOf('\n', at);
  const row = soql.slice(0, at).split('\n').length;
  const column = at - lineStart + 1;
  const from = Math.max(lineStart, at - WINDOW);
  const line = soql.slice(from, Math.min(lineEnd < 0 ? soql.length : lineEnd, at + WINDOW));
  return `\n${line}\n${' '.repeat(at - from)}^\nERROR at Row:${row}:Column:${column}\n${message}`;
}

/** @throws SalesforceError MALFORMED_QUERY */
export function tokenize(soql: string): Token[] {
  if (soql.length > MAX_QUERY_LENGTH) {
    throw refuse('MALFORMED_QUERY', `SOQL statements cannot be longer than ${MAX_QUERY_LENGTH} characters.`);
  }
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(soql)?.[0] ?? null;
  };
  const take = (type: Token['type'], value: string): void => {
    tokens.push({ type, value, at });
    at += value.length;
  };
  for (;;) {
    at += match(BLANK)?.length ?? 0;
    if (at >= soql.length) break;
    if (soql[at] === "'") {
      const { value, end } = readText(soql, at);
      tokens.push({ type: 'text', value, at });
      at = end;
      continue;
    }
    const dateTime = match(DATE_TIME);
    const date = dateTime ?? match(DATE);
    const number = date ?? match(NUMBER);
    const word = number ?? match(WORD);
    const symbol = word ?? match(SYMBOL);
    if (dateTime !== null) take('datetime', dateTime);
    else if (date !== null) take('date', date);
    else if (number !== null) take('number', number);
    else if (word !== null) take('word', word);
    else if (symbol !== null) take('symbol', symbol);
    else
      throw errorAt(
        soql,
        at,
        'MALFORMED_QUERY',
        `line 1:${at} no viable alternative at character '${soql[at]}'`,
      );
  }
  tokens.push({ type: 'end', value: '<EOF>', at });
  return tokens;
}

function readText(soql: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start + 1; at < soql.length; at += 1) {
    const character = soql.charAt(at);
    if (character === "'") {
      if (value.length > MAX_TEXT_LENGTH)
        throw errorAt(soql, start, 'MALFORMED_QUERY', 'String literal is too long.');
      return { value, end: at + 1 };
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    at += 1;
    const escaped = soql.charAt(at);
    // A pattern tells `\%` from `%` only later, when it is known to be one.
    if (escaped === '%' || escaped === '_') value += `\\${escaped}`;
    else if (/['"\\nrtbf]/i.test(escaped)) value += ESCAPES[escaped.toLowerCase()] ?? escaped;
    else throw errorAt(soql, at, 'MALFORMED_QUERY', `Illegal string literal: invalid escape '\\${escaped}'`);
  }
  throw errorAt(
    soql,
    start,
    'MALFORMED_QUERY',
    'Bind variables only allowed in Apex code: unterminated string',
  );
}
