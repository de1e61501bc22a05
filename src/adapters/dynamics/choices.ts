/**
 * Choice columns. Dataverse stores numbers, people know labels, and a mapping may name either. A value is read as its
 * label, so that texts can be compared, mapped and shown; an option that the mapping names by its number is read as
 * that number, so that the mapping's own comparison finds it.
 */
import { ConfigurationError } from '../../core/errors.ts';
import type { Filter } from '../../core/filter.ts';
import type { StageRow } from '../../core/mapping-types.ts';
import type { OwnColumn } from './shape.ts';

/** How a mapping names options of choice columns, by column in lower case. */
export type NamedOptions = ReadonlyMap<
  string,
  { readonly values: readonly (string | number)[]; readonly isOrdered: boolean }
>;

/** Collects the options that stage rows and the filter name. */
export function namedOptions(stages: readonly StageRow[], stageField: string, include: Filter): NamedOptions {
  const named = new Map<string, { values: (string | number)[]; isOrdered: boolean }>();
  const of = (column: string) => {
    const key = column.toLowerCase();
    const entry = named.get(key) ?? { values: [], isOrdered: false };
    named.set(key, entry);
    return entry;
  };
  for (const { crm } of stages) {
    if (typeof crm === 'string') of(stageField).values.push(crm);
    else for (const [column, value] of Object.entries(crm)) of(column).values.push(value);
  }
  const visit = (filter: Filter): void => {
    if (filter.type === 'and' || filter.type === 'or') filter.terms.forEach(visit);
    else if (filter.type === 'not') visit(filter.term);
    else if (filter.type === 'in') {
      for (const value of filter.values) if (isOption(value)) of(filter.column).values.push(value);
    } else if (filter.type === 'compare') {
      if (isOption(filter.value)) of(filter.column).values.push(filter.value);
      if (typeof filter.value === 'number' && filter.operator !== '=' && filter.operator !== '!=')
        of(filter.column).isOrdered = true;
    }
  };
  visit(include);
  return named;
}

function isOption(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

/** The number of an option, given its label or its number; null when the column has none such. */
export function numberOf({ choices }: Pick<OwnColumn, 'choices'>, value: string | number): number | null {
  const text = String(value).trim().toLowerCase();
  if (typeof value === 'string') {
    const labelled = choices.find(({ label }) => label.trim().toLowerCase() === text);
    if (labelled !== undefined) return labelled.value;
  }
  const number = /^-?\d+$/.test(text) ? Number(text) : null;
  if (number === null) return null;
  return choices.length === 0 || choices.some((choice) => choice.value === number) ? number : null;
}

/** How a column's options are told in values. */
export type Spelling = (value: number) => string | number;

/**
 * The spelling of one column's options.
 * @throws ConfigurationError when the mapping names one option in both ways
 */
export function spellingOf(column: OwnColumn, named: NamedOptions): Spelling {
  const { values, isOrdered } = named.get(column.path.toLowerCase()) ?? { values: [], isOrdered: false };
  const byNumber = new Set<number>();
  const byLabel = new Set<number>();
  for (const value of values) {
    const number = numberOf(column, value);
    if (number === null) continue;
    const isNumber =
      String(value).trim() === String(number) && labelOf(column, number) !== String(value).trim();
    (isNumber ? byNumber : byLabel).add(number);
  }
  const both = [...byNumber].find((number) => byLabel.has(number));
  if (both !== undefined) {
    throw new ConfigurationError([
      `The mapping names one option of ${column.path} both as "${labelOf(column, both)}" and as ${both}. Use one of the two everywhere.`,
    ]);
  }
  return (value) => (isOrdered || byNumber.has(value) ? value : (labelOf(column, value) ?? value));
}

function labelOf({ choices }: OwnColumn, value: number): string | null {
  return choices.find((choice) => choice.value === value)?.label.trim() ?? null;
}
