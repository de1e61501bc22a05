/** Renders SOQL. Everything that comes from outside a query's own text goes through here. */
import { ConfigurationError } from '../../core/errors.ts';
import type { Filter, FilterLiteral } from '../../core/filter.ts';

const PATH = /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A column or `Lookup.Column`, checked: a path is the only text that enters a query unquoted.
 * @throws ConfigurationError
 */
export function pathText(path: string): string {
  if (PATH.test(path)) return path;
  throw new ConfigurationError([
    `"${path}" is not a Salesforce column or \`Lookup.Column\`. Correct it in the mapping.`,
  ]);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A quoted text literal. */
export function quote(text: string): string {
  return `'${text.replace(/[\\'"\n\r\t\b\f]/g, (character) => ESCAPES[character] ?? character)}'`;
}

/** A quoted LIKE pattern: `%` and `_` stay wildcards, `\%` and `\_` stay literal characters. */
function quotePattern(pattern: string): string {
  const kept = pattern.split(/(\\[%_])/);
  const parts = kept.map((part, index) => (index % 2 === 1 ? part : quote(part).slice(1, -1)));
  return `'${parts.join('')}'`;
}

/** A datetime literal, to the second: Salesforce ignores fractions when it compares. */
export function dateTime(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function literal(value: FilterLiteral): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    case 'number':
      return Number.isSafeInteger(value) ? value.toFixed(0) : String(value);
    case 'object':
      return dateLiteral(value.date);
  }
}

function dateLiteral(text: string): string {
  if (DATE.test(text)) return text;
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) {
    throw new ConfigurationError([
      `The filter compares with "${text}", which is no date. Write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.`,
    ]);
  }
  return dateTime(instant);
}

/**
 * The filter as a SOQL condition.
 * @param prefix a relationship in front of every column, such as `Opportunity.` in a query of child rows
 */
export function renderFilter(filter: Filter, prefix = ''): string {
  switch (filter.type) {
    case 'and':
    case 'or': {
      // No term at all: `and` of nothing holds, `or` of nothing does not.
      if (filter.terms.length === 0) return `${prefix}Id ${filter.type === 'and' ? '!=' : '='} null`;
      const terms = filter.terms.map((term) => renderFilter(term, prefix));
      return terms.length === 1 ? terms.join('') : `(${terms.join(` ${filter.type.toUpperCase()} `)})`;
    }
    case 'not':
      return `(NOT ${renderFilter(filter.term, prefix)})`;
    case 'compare':
      return `${prefix}${pathText(filter.column)} ${filter.operator} ${literal(filter.value)}`;
    case 'like':
      return `${prefix}${pathText(filter.column)} LIKE ${quotePattern(filter.pattern)}`;
    case 'in':
      return filter.values.length === 0
        ? `${prefix}Id = null`
        : `${prefix}${pathText(filter.column)} IN (${filter.values.map(literal).join(',')})`;
  }
}

/** `Column IN ('a','b')`; the caller keeps the list short enough. */
export function renderIn(column: string, values: readonly string[]): string {
  return `${pathText(column)} IN (${values.map(quote).join(',')})`;
}

/** Cuts a list into pieces of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
