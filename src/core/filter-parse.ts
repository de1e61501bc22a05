/** Reads the `include` grammar (see `filter.ts`) by recursive descent. */
import { Decimal } from 'decimal.js';
import type { Filter, FilterLiteral, FilterOperator } from './filter.ts';
import { filterError, type Token, tokenise } from './filter-tokens.ts';

/** Longer or deeper than any person writes, and far from what would exhaust the stack or a remote's limits. */
export const MAX_FILTER_LENGTH = 10_000;
export const MAX_FILTER_DEPTH = 50;

const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);
/** What can stand where a column is wanted and is none; `not` has been taken before. */
const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'like', 'true', 'false', 'null']);
/** Operators of the two query languages, which people write here by habit. */
const WRITTEN_OTHERWISE: ReadonlyMap<string, string> = new Map([
  ['eq', '='],
  ['ne', '!='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
  ['is', '='],
  ['contains', "like '%…%'"],
]);
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  "'": "'",
  '"': '"',
  '\\': '\\',
};

interface End {
  readonly kind: 'end';
  readonly at: number;
}

interface Parser {
  readonly tokens: readonly Token[];
  readonly end: End;
  position: number;
  depth: number;
}

function peek(parser: Parser): Token | End {
  return parser.tokens[parser.position] ?? parser.end;
}

function take(parser: Parser): Token | End {
  const token = peek(parser);
  parser.position += 1;
  return token;
}

function isKeyword(token: Token | End, keyword: string): boolean {
  return token.kind === 'word' && token.text.toLowerCase() === keyword;
}

function takeKeyword(parser: Parser, keyword: string): boolean {
  if (!isKeyword(peek(parser), keyword)) return false;
  parser.position += 1;
  return true;
}

function takeSymbol(parser: Parser, symbol: string): boolean {
  const token = peek(parser);
  if (token.kind !== 'symbol' || token.text !== symbol) return false;
  parser.position += 1;
  return true;
}

function found(token: Token | End): string {
  if (token.kind === 'end') return 'the filter ends here';
  return token.kind === 'text' ? 'there is a text here' : `there is "${token.text}" here`;
}

function expected(token: Token | End, what: string): Error {
  return filterError(token.at, `${found(token)}, but ${what} was expected.`);
}

/**
 * Reads a filter.
 *
 * @throws ConfigurationError naming the place (in characters, from 1) and the remedy.
 */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_FILTER_LENGTH) {
    throw filterError(
      MAX_FILTER_LENGTH,
      `the filter is longer than ${MAX_FILTER_LENGTH} characters; shorten it.`,
    );
  }
  const end: End = { kind: 'end', at: text.length };
  const parser: Parser = { tokens: tokenise(text), end, position: 0, depth: 0 };
  const filter = parseChain(parser, 'or');
  const rest = peek(parser);
  if (rest.kind !== 'end') throw expected(rest, '"and", "or" or the end');
  return filter;
}

function parseChain(parser: Parser, type: 'and' | 'or'): Filter {
  const parsePart = () => (type === 'or' ? parseChain(parser, 'and') : parseFactor(parser));
  const first = parsePart();
  const terms = [first];
  while (takeKeyword(parser, type)) terms.push(parsePart());
  return terms.length === 1 ? first : { type, terms };
}

function nested(parser: Parser, at: number, parse: () => Filter): Filter {
  parser.depth += 1;
  if (parser.depth > MAX_FILTER_DEPTH) {
    throw filterError(at, `the filter is nested more than ${MAX_FILTER_DEPTH} deep; write it flatter.`);
  }
  const filter = parse();
  parser.depth -= 1;
  return filter;
}

function parseFactor(parser: Parser): Filter {
  const start = peek(parser);
  if (takeKeyword(parser, 'not')) {
    return nested(parser, start.at, () => ({ type: 'not', term: parseFactor(parser) }));
  }
  if (takeSymbol(parser, '(')) {
    return nested(parser, start.at, () => {
      const filter = parseChain(parser, 'or');
      if (!takeSymbol(parser, ')')) throw expected(peek(parser), '")"');
      return filter;
    });
  }
  return parseComparison(parser);
}

function parseColumn(parser: Parser): string {
  const token = take(parser);
  if (token.kind !== 'word' || KEYWORDS.has(token.text.toLowerCase()))
    throw expected(token, 'the name of a column');
  return token.text;
}

function parseComparison(parser: Parser): Filter {
  const column = parseColumn(parser);
  const token = peek(parser);
  if (takeKeyword(parser, 'not')) {
    const isList = isKeyword(peek(parser), 'in') || isKeyword(peek(parser), 'like');
    if (!isList) throw expected(peek(parser), '"in" or "like"');
    return { type: 'not', term: parseListOrPattern(parser, column) };
  }
  if (isKeyword(token, 'in') || isKeyword(token, 'like')) return parseListOrPattern(parser, column);
  if (token.kind === 'symbol' && OPERATORS.has(token.text)) {
    take(parser);
    return parseOperand(parser, column, token.text as FilterOperator);
  }
  const instead = token.kind === 'word' ? WRITTEN_OTHERWISE.get(token.text.toLowerCase()) : undefined;
  if (instead !== undefined) throw filterError(token.at, `${found(token)}; write ${instead} instead.`);
  throw expected(token, `a comparison (such as "${column} = true")`);
}

function parseOperand(parser: Parser, column: string, operator: FilterOperator): Filter {
  const start = peek(parser);
  const value = parseLiteral(parser);
  const hasOrder = value !== null && value !== '' && typeof value !== 'boolean';
  if (!hasOrder && operator !== '=' && operator !== '!=') {
    throw filterError(
      start.at,
      `${value === '' ? 'empty text' : String(value)} has no order; compare it with = or != only.`,
    );
  }
  return { type: 'compare', column, operator, value };
}

function parseListOrPattern(parser: Parser, column: string): Filter {
  if (takeKeyword(parser, 'like')) {
    const token = take(parser);
    if (token.kind !== 'text') throw expected(token, 'a text in quotes');
    return { type: 'like', column, pattern: resolveEscapes(token, true) };
  }
  take(parser);
  if (!takeSymbol(parser, '(')) throw expected(peek(parser), '"("');
  const values = [parseLiteral(parser)];
  while (takeSymbol(parser, ',')) values.push(parseLiteral(parser));
  if (!takeSymbol(parser, ')')) throw expected(peek(parser), '"," or ")"');
  return { type: 'in', column, values };
}

function parseLiteral(parser: Parser): FilterLiteral {
  const token = take(parser);
  if (token.kind === 'text') return resolveEscapes(token, false);
  if (token.kind === 'date') return { date: token.text };
  if (token.kind === 'number') return exactNumber(token);
  if (isKeyword(token, 'null')) return null;
  if (isKeyword(token, 'true')) return true;
  if (isKeyword(token, 'false')) return false;
  if (token.kind === 'word') throw expected(token, 'a value (text goes in quotes)');
  throw expected(token, 'a value');
}

function exactNumber(token: { readonly at: number; readonly text: string }): number {
  const value = Number(token.text);
  if (!new Decimal(value).equals(token.text)) {
    throw filterError(token.at, `${token.text} has more digits than can be compared exactly.`);
  }
  return value === 0 ? 0 : value;
}

/** Resolves escapes; in a pattern, an escaped wildcard or backslash stays escaped, for there the escape still counts. */
function resolveEscapes(token: { readonly at: number; readonly raw: string }, isPattern: boolean): string {
  return token.raw.replace(/\\([\s\S])/g, (written: string, character: string, offset: number) => {
    if (isPattern && (character === '%' || character === '_' || character === '\\')) return written;
    const plain = ESCAPES[character];
    if (plain !== undefined) return plain;
    const remedy =
      character === '%' || character === '_' ? 'has a meaning only after "like"' : 'is no known escape';
    throw filterError(token.at + 1 + offset, `"${written}" ${remedy}; write \\\\ for a backslash.`);
  });
}
