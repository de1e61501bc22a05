/** Splits a filter into tokens, each with the place where it starts, for messages that point at the mistake. */
import { ConfigurationError } from './errors.ts';
import { normaliseInstant, parseDay } from './lenses/calendar.ts';

export type Token =
  | { readonly kind: 'word'; readonly at: number; readonly text: string }
  | { readonly kind: 'symbol'; readonly at: number; readonly text: string }
  /** Text as written between its quotes: what its escapes mean depends on where it stands. */
  | { readonly kind: 'text'; readonly at: number; readonly raw: string }
  | { readonly kind: 'number'; readonly at: number; readonly text: string }
  | { readonly kind: 'date'; readonly at: number; readonly text: string };

const BLANK = /\s/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SYMBOL = /!=|<=|>=|<>|==|&&|\|\||[=<>(),!]/y;
const TEXT = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const DATE = /\d{4}-\d{2}-\d{2}(?:[Tt][0-9:.]*(?:[Zz]|[+-]\d{2}:?\d{2})?)?/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD_OR_NUMBER_GOES_ON = /[A-Za-z0-9_.$-]/;

const WRITTEN_OTHERWISE: Readonly<Record<string, string>> = {
  '==': '=',
  '<>': '!=',
  '&&': 'and',
  '||': 'or',
  '!': 'not',
};

/** A mistake in a filter; the place is counted in characters from 1. */
export function filterError(at: number, problem: string): ConfigurationError {
  return new ConfigurationError([`include, character ${at + 1}: ${problem}`]);
}

/** Splits the whole text. @throws ConfigurationError */
export function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    if (match(BLANK) !== null) {
      at += 1;
      continue;
    }
    const [token, length] = nextToken(text, at, match);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function nextToken(
  text: string,
  at: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): readonly [Token, number] {
  const quoted = match(TEXT);
  if (quoted !== null) return [{ kind: 'text', at, raw: quoted[0].slice(1, -1) }, quoted[0].length];
  const date = match(DATE);
  if (date !== null) return [dateToken(text, at, date[0]), date[0].length];
  const number = match(NUMBER);
  if (number !== null) return [numberToken(text, at, number[0]), number[0].length];
  const word = match(WORD);
  if (word !== null) return [wordToken(text, at, word[0]), word[0].length];
  const symbol = match(SYMBOL)?.[0];
  if (symbol !== undefined) {
    const instead = WRITTEN_OTHERWISE[symbol];
    if (instead !== undefined) throw filterError(at, `"${symbol}" is written "${instead}" here.`);
    return [{ kind: 'symbol', at, text: symbol }, symbol.length];
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === "'" || character === '"')
    throw filterError(at, 'this text is not closed by a second quote.');
  throw filterError(at, `the character ${JSON.stringify(character)} has no meaning outside quotes.`);
}

function wordToken(text: string, at: number, word: string): Token {
  const next = text.charAt(at + word.length);
  if (next === '.') {
    throw filterError(
      at,
      `"${word}." reads another record; only the opportunity's own columns can be used here.`,
    );
  }
  return { kind: 'word', at, text: word };
}

function numberToken(text: string, at: number, number: string): Token {
  if (WORD_OR_NUMBER_GOES_ON.test(text.charAt(at + number.length))) {
    throw filterError(at, 'this is neither a number nor a date; put text in quotes.');
  }
  return { kind: 'number', at, text: number };
}

function dateToken(text: string, at: number, date: string): Token {
  const isValid = date.length === 10 ? parseDay(date) !== null : normaliseInstant(date) !== null;
  if (!isValid || WORD_OR_NUMBER_GOES_ON.test(text.charAt(at + date.length))) {
    throw filterError(at, 'this is no date; write 2026-01-31 or 2026-01-31T08:00:00Z.');
  }
  return { kind: 'date', at, text: date };
}
