/**
 * The `include` grammar: conditions over the opportunity's own columns. One tree serves three readers: it is sent as
 * SOQL, sent as OData, or evaluated here where the remote cannot filter, with the same result.
 *
 *     condition  = term { "or" term }
 *     term       = factor { "and" factor }
 *     factor     = "not" factor | "(" condition ")" | comparison
 *     comparison = column ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) literal
 *                | column [ "not" ] "in" "(" literal { "," literal } ")"
 *                | column [ "not" ] "like" text
 *     literal    = text | number | "true" | "false" | "null" | date
 *
 * Keywords may be in any case. Text is in single or double quotes; a backslash escapes a quote, a backslash, or
 * stands for a line break or tab (`\n`, `\r`, `\t`). Dates are bare: `2026-01-31` or `2026-01-31T08:00:00Z`.
 */

export { evaluateFilter } from './filter-evaluate.ts';
export { parseFilter } from './filter-parse.ts';
export { filterColumns, filterText, withoutNot } from './filter-text.ts';

export type FilterLiteral = string | number | boolean | null | { readonly date: string };

export type FilterOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Filter =
  | { readonly type: 'and' | 'or'; readonly terms: readonly Filter[] }
  | { readonly type: 'not'; readonly term: Filter }
  | {
      readonly type: 'compare';
      readonly column: string;
      readonly operator: FilterOperator;
      readonly value: FilterLiteral;
    }
  /** `%` stands for any text, `_` for one character; a backslash makes the next character plain. */
  | { readonly type: 'like'; readonly column: string; readonly pattern: string }
  | { readonly type: 'in'; readonly column: string; readonly values: readonly FilterLiteral[] };
