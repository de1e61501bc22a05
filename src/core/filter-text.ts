/** What can be said of a filter without evaluating it: its columns, its text, and an equal filter without negation. */
import type { Filter, FilterLiteral, FilterOperator } from './filter.ts';

/** The columns a filter reads, each once, in order of first use. */
export function filterColumns(filter: Filter): readonly string[] {
  switch (filter.type) {
    case 'and':
    case 'or':
      return [...new Set(filter.terms.flatMap(filterColumns))];
    case 'not':
      return filterColumns(filter.term);
    default:
      return [filter.column];
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeControls(text: string): string {
  return text.replace(/['\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

function quoted(text: string): string {
  return `'${escapeControls(text.replaceAll('\\', '\\\\'))}'`;
}

/** A pattern's escapes are the grammar's own; a backslash that escapes nothing special goes without saying. */
function quotedPattern(pattern: string): string {
  const written = pattern.replace(/\\([\s\S]?)/g, (pair: string, character: string) => {
    if (character === '') return '\\\\';
    return character === '%' || character === '_' || character === '\\' ? pair : character;
  });
  return `'${escapeControls(written)}'`;
}

function literalText(value: FilterLiteral): string {
  if (typeof value === 'string') return quoted(value);
  return value !== null && typeof value === 'object' ? value.date : String(value);
}

/** Prints a filter in the grammar; reading the text again gives an equal filter. */
export function filterText(filter: Filter): string {
  switch (filter.type) {
    case 'and':
    case 'or':
      return filter.terms.map((term) => partText(term, filter.type === 'or')).join(` ${filter.type} `);
    case 'not':
      return `not ${partText(filter.term, false)}`;
    case 'compare':
      return `${filter.column} ${filter.operator} ${literalText(filter.value)}`;
    case 'like':
      return `${filter.column} like ${quotedPattern(filter.pattern)}`;
    case 'in':
      return `${filter.column} in (${filter.values.map(literalText).join(', ')})`;
  }
}

/** A part in the parentheses it needs: `and` binds closer than `or`, so that inside an `or` it needs none. */
function partText(part: Filter, isInsideOr: boolean): string {
  const isChain = part.type === 'and' || part.type === 'or';
  return isChain && !(isInsideOr && part.type === 'and') ? `(${filterText(part)})` : filterText(part);
}

const OPPOSITE: Readonly<Record<FilterOperator, FilterOperator>> = {
  '=': '!=',
  '!=': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

const isNull = (column: string): Filter => ({ type: 'compare', column, operator: '=', value: null });

/**
 * An equal filter in which `not` stands only directly before `like`. Query languages disagree on what `not` makes
 * of an empty column (here every negated condition that fails on it holds); this form says it outright, so that
 * remote and local evaluation select the same rows.
 */
export function withoutNot(filter: Filter): Filter {
  switch (filter.type) {
    case 'and':
    case 'or':
      return { type: filter.type, terms: filter.terms.map(withoutNot) };
    case 'not':
      return negated(filter.term);
    default:
      return filter;
  }
}

function negated(filter: Filter): Filter {
  switch (filter.type) {
    case 'and':
    case 'or':
      return { type: filter.type === 'and' ? 'or' : 'and', terms: filter.terms.map(negated) };
    case 'not':
      return withoutNot(filter.term);
    case 'like':
      return { type: 'or', terms: [{ type: 'not', term: filter }, isNull(filter.column)] };
    case 'in':
      return {
        type: 'and',
        terms: filter.values.map((value) => ({
          type: 'compare',
          column: filter.column,
          operator: '!=',
          value,
        })),
      };
    case 'compare': {
      const opposite: Filter = { ...filter, operator: OPPOSITE[filter.operator] };
      const isOrder = filter.operator !== '=' && filter.operator !== '!=';
      return isOrder ? { type: 'or', terms: [opposite, isNull(filter.column)] } : opposite;
    }
  }
}
