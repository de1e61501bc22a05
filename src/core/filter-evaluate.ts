/** Decides a filter for one record, as the remotes would. */
import { Decimal } from 'decimal.js';
import type { Filter, FilterLiteral, FilterOperator } from './filter.ts';
import { normaliseInstant, parseDay } from './lenses/calendar.ts';
import { parseAmount } from './lenses/money.ts';

type Scalar = Exclude<FilterLiteral, null>;

/** Nothing, a missing column and empty text are one: neither CRM stores empty text. */
function scalarOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Both CRMs compare text without regard to case. */
function fold(text: string): string {
  return text.toLowerCase();
}

/** A bare day counts as its first moment in UTC, so that days and instants can be told apart and ordered. */
function instantOf(text: string): string | null {
  const day = parseDay(text);
  return normaliseInstant(day === null ? text : `${day}T00:00:00Z`);
}

function order(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number.NaN;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function decimalOf(value: string | number | boolean): Decimal | null {
  const amount = parseAmount(value);
  return typeof amount === 'string' ? new Decimal(amount) : null;
}

const FLAG_TEXT: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/**
 * How a column's value stands to a literal: negative, zero, positive, or NaN when they cannot be compared, of which
 * only "differs" holds.
 */
function compare(value: string | number | boolean, literal: Scalar): number {
  if (typeof literal === 'object')
    return typeof value === 'string' ? order(instantOf(value), instantOf(literal.date)) : Number.NaN;
  if (typeof literal === 'number') return decimalOf(value)?.comparedTo(literal) ?? Number.NaN;
  if (typeof literal === 'boolean') return Number(FLAG_TEXT.get(fold(String(value)))) - Number(literal);
  return order(fold(String(value)), fold(literal));
}

const HOLDS: Readonly<Record<FilterOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function holds(
  operator: FilterOperator,
  value: string | number | boolean | null,
  literal: FilterLiteral,
): boolean {
  const isLiteralEmpty = literal === null || literal === '';
  if (value === null || isLiteralEmpty) {
    const bothEmpty = value === null && isLiteralEmpty;
    if (operator === '=') return bothEmpty;
    return operator === '!=' && !bothEmpty;
  }
  return HOLDS[operator](compare(value, literal));
}

type PatternPiece =
  | { readonly kind: 'any' | 'one' }
  | { readonly kind: 'character'; readonly character: string };

function piecesOf(pattern: string): readonly PatternPiece[] {
  const pieces: PatternPiece[] = [];
  let isEscaped = false;
  for (const character of fold(pattern)) {
    if (isEscaped) {
      pieces.push({ kind: 'character', character });
      isEscaped = false;
    } else if (character === '\\') isEscaped = true;
    else if (character === '%') pieces.push({ kind: 'any' });
    else if (character === '_') pieces.push({ kind: 'one' });
    else pieces.push({ kind: 'character', character });
  }
  if (isEscaped) pieces.push({ kind: 'character', character: '\\' });
  return pieces;
}

/** Matches without a regular expression: time grows with text times pattern, whatever the pattern. */
function matchesLike(text: string, pattern: string): boolean {
  const characters = [...fold(text)];
  const pieces = piecesOf(pattern);
  let [position, piece, retryPiece, retryPosition] = [0, 0, -1, 0];
  while (position < characters.length) {
    const wanted = pieces[piece];
    if (wanted?.kind === 'any') {
      [retryPiece, retryPosition] = [piece, position];
      piece += 1;
    } else if (
      wanted?.kind === 'one' ||
      (wanted?.kind === 'character' && wanted.character === characters[position])
    ) {
      position += 1;
      piece += 1;
    } else if (retryPiece >= 0) {
      retryPosition += 1;
      [position, piece] = [retryPosition, retryPiece + 1];
    } else return false;
  }
  return pieces.slice(piece).every((rest) => rest.kind === 'any');
}

/**
 * Whether a record passes a filter. Text compares without case; an empty column equals only null, differs from
 * everything else and is neither below nor above anything; `not` turns the result around; numbers compare as
 * decimals, dates as instants (a bare day is its first moment in UTC).
 *
 * @param columnValue gives a column's value; undefined counts as null.
 */
export function evaluateFilter(filter: Filter, columnValue: (name: string) => unknown): boolean {
  switch (filter.type) {
    case 'and':
      return filter.terms.every((term) => evaluateFilter(term, columnValue));
    case 'or':
      return filter.terms.some((term) => evaluateFilter(term, columnValue));
    case 'not':
      return !evaluateFilter(filter.term, columnValue);
    case 'compare':
      return holds(filter.operator, scalarOf(columnValue(filter.column)), filter.value);
    case 'like': {
      const value = scalarOf(columnValue(filter.column));
      return value !== null && matchesLike(String(value), filter.pattern);
    }
    case 'in': {
      const value = scalarOf(columnValue(filter.column));
      return filter.values.some((candidate) => holds('=', value, candidate));
    }
  }
}
