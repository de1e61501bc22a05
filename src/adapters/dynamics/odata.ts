/** Renders OData. Everything that comes from outside a query's own text goes through here. */
import { ConfigurationError } from '../../core/errors.ts';
import { type Filter, type FilterLiteral, type FilterOperator, withoutNot } from '../../core/filter.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A table's, column's or relationship's name, checked: names are the only text that enters a query unquoted.
 * @throws ConfigurationError
 */
export function nameText(name: string): string {
  if (NAME.test(name)) return name;
  throw new ConfigurationError([
    `"${name}" is not the name of a Dataverse table or column. Correct it in the mapping.`,
  ]);
}

/** A quoted text literal; an apostrophe is doubled. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An instant literal to the second, as Dataverse keeps them. @param instant milliseconds since the epoch */
export function dateTime(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** Query options joined to a query string; values are encoded, names are ours. */
export function queryText(options: Readonly<Record<string, string | null>>): string {
  const parts = Object.entries(options).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/**
 * The options that select rows whose column has one of the values: the function that Dataverse has for long lists,
 * with its arguments as aliases. The caller keeps the list short enough for a URL.
 * @param and a further condition
 */
export function inOptions(
  column: string,
  values: readonly string[],
  and: string | null = null,
): Record<string, string> {
  const isIn = 'Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)';
  return {
    $filter: and === null ? isIn : `${isIn} and ${and}`,
    '@p1': quote(nameText(column)),
    '@p2': JSON.stringify(values),
  };
}

/** How a column can be compared with a literal. */
export type FilterKind = 'text' | 'number' | 'flag' | 'day' | 'instant' | 'choice';

/** A column that a filter names: its name on the wire, and the numbers of its choices by label. */
export interface FilterColumn {
  readonly property: string;
  readonly kind: FilterKind;
  readonly numberOf: (value: string | number) => number | null;
}

const OPERATORS: Readonly<Record<FilterOperator, string>> = {
  '=': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

/**
 * An OData condition that holds for every row the filter selects, and perhaps for others: what cannot be said in OData
 * is left out, and the rows that come are filtered once more here. Null: no condition.
 */
export function renderFilter(filter: Filter, columnOf: (name: string) => FilterColumn | null): string | null {
  return render(withoutNot(filter), columnOf);
}

function render(filter: Filter, columnOf: (name: string) => FilterColumn | null): string | null {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const terms = filter.terms.map((term) => render(term, columnOf));
      const known = terms.filter((term) => term !== null);
      if (known.length === 0 || (filter.type === 'or' && known.length < terms.length)) return null;
      return known.length === 1 ? known.join('') : `(${known.join(` ${filter.type} `)})`;
    }
    case 'not':
      return null;
    case 'compare':
      return compare(columnOf(filter.column), filter.operator, filter.value);
    case 'in': {
      const column = columnOf(filter.column);
      const terms = filter.values.map((value) => compare(column, '=', value));
      return terms.length === 0 || terms.includes(null) ? null : `(${terms.join(' or ')})`;
    }
    case 'like':
      return like(columnOf(filter.column), filter.pattern);
  }
}

function compare(column: FilterColumn | null, operator: FilterOperator, value: FilterLiteral): string | null {
  if (column === null) return null;
  const { property } = column;
  if (value === null || value === '') {
    // Empty text counts as nothing, and some columns hold it.
    const isEmpty =
      column.kind === 'text' ? `(${property} eq null or ${property} eq '')` : `${property} eq null`;
    if (operator === '=') return isEmpty;
    return operator === '!=' ? `${property} ne null` : null;
  }
  const text = literal(column, value);
  if (text === null) return null;
  // An empty column differs from everything; whether the server thinks so too is not promised.
  if (operator === '!=') return `(${property} ne ${text} or ${property} eq null)`;
  // Text has an order of its own on the server (its collation).
  if (column.kind === 'text' && operator !== '=') return null;
  return `${property} ${OPERATORS[operator]} ${text}`;
}

function literal(column: FilterColumn, value: Exclude<FilterLiteral, null>): string | null {
  switch (column.kind) {
    case 'text':
      return typeof value === 'string' ? quote(value) : null;
    case 'number':
      return typeof value === 'number' ? decimalText(value) : null;
    case 'flag':
      return typeof value === 'boolean' ? String(value) : null;
    case 'choice': {
      if (typeof value !== 'string' && typeof value !== 'number') return null;
      const number = column.numberOf(value);
      return number === null ? null : decimalText(number);
    }
    case 'day':
      return typeof value === 'object' && DAY.test(value.date) ? value.date : null;
    case 'instant': {
      const instant = typeof value === 'object' ? Date.parse(value.date) : Number.NaN;
      return Number.isNaN(instant) ? null : dateTime(instant);
    }
  }
}

function decimalText(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  return Number.isSafeInteger(value) ? value.toFixed(0) : /e/i.test(String(value)) ? null : String(value);
}

/** The longest piece of plain text in a pattern must occur; where exactly is checked on the rows that come. */
function like(column: FilterColumn | null, pattern: string): string | null {
  if (column?.kind !== 'text') return null;
  const pieces = pattern
    .replace(/\\([\s\S])/g, (_pair, character: string) => (/[%_\\]/.test(character) ? '\u0000' : character))
    .split(/[%_\u0000]/);
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return longest === '' ? null : `contains(${column.property},${quote(longest)})`;
}

/** Cuts a list into pieces of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
