/** A position in a query's tokens, with what every rule of the grammar needs. */
import type { SalesforceError } from './salesforce-error.ts';
import type { AggregateName, Path } from './soql-ast.ts';
import { errorAt, type Token, tokenize } from './soql-lexer.ts';

const AGGREGATES: ReadonlySet<string> = new Set(['count', 'count_distinct', 'sum', 'avg', 'min', 'max']);

export interface Cursor {
  readonly soql: string;
  peek(): Token;
  next(): Token;
  /** Takes the words when they come next. */
  accept(...words: readonly string[]): boolean;
  acceptSymbol(symbol: string): boolean;
  expect(word: string): void;
  expectSymbol(symbol: string): void;
  /** `A.B.C`, or a plain name. */
  path(): Path;
  unexpected(token?: Token): SalesforceError;
}

export function isAggregate(name: string): name is AggregateName {
  return AGGREGATES.has(name);
}

/** Starts at the beginning of a text. @throws SalesforceError MALFORMED_QUERY */
export function createCursor(soql: string): Cursor {
  const tokens = tokenize(soql);
  const end: Token = { type: 'end', value: '<EOF>', at: soql.length };
  let index = 0;
  const isWord = (token: Token, word: string): boolean =>
    token.type === 'word' && token.value.toLowerCase() === word;
  const cursor: Cursor = {
    soql,
    peek: () => tokens[index] ?? end,
    next() {
      const token = tokens[index] ?? end;
      index += 1;
      return token;
    },
    accept(...words) {
      const found = words.every((word, ahead) => isWord(tokens[index + ahead] ?? end, word));
      if (found) index += words.length;
      return found;
    },
    acceptSymbol(symbol) {
      const token = cursor.peek();
      const found = token.type === 'symbol' && token.value === symbol;
      if (found) index += 1;
      return found;
    },
    expect(word) {
      if (!cursor.accept(word)) throw cursor.unexpected();
    },
    expectSymbol(symbol) {
      if (!cursor.acceptSymbol(symbol)) throw cursor.unexpected();
    },
    path() {
      const first = cursor.next();
      if (first.type !== 'word') throw cursor.unexpected(first);
      const parts = [first.value];
      while (cursor.acceptSymbol('.')) {
        const part = cursor.next();
        if (part.type !== 'word') throw cursor.unexpected(part);
        parts.push(part.value);
      }
      return { parts, at: first.at };
    },
    unexpected: (token = cursor.peek()) =>
      errorAt(
        soql,
        token.at,
        'MALFORMED_QUERY',
        token.type === 'end' ? 'unexpected end of query' : `unexpected token: '${token.value}'`,
      ),
  };
  return cursor;
}
