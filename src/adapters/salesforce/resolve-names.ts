/**
 * Finding a mapped column under another name. Microsoft's connector spelled its columns in several ways over the years,
 * and a managed package puts its prefix before them; label and type tell them apart whatever the spelling.
 */
import type { ColumnShape, ColumnSuggestion, NewColumn } from '../../core/ports.ts';
import { findRelationship, type Org } from './org.ts';
import type { DescribeAnswer } from './schema.ts';

type Field = DescribeAnswer['fields'][number];

/** Describe's types that can hold what a column is wanted for. */
const TYPES: Readonly<Record<ColumnShape['kind'], readonly string[]>> = {
  text: ['string', 'textarea', 'picklist', 'reference', 'id', 'email', 'url', 'phone'],
  longText: ['textarea', 'string'],
  choice: ['picklist', 'multipicklist', 'string'],
  url: ['url', 'string', 'textarea'],
  flag: ['boolean'],
  money: ['currency', 'double', 'percent', 'int'],
  date: ['date', 'datetime'],
  email: ['email', 'string'],
};
/** Letters that a hand-typed name may differ by, for names long enough that this says something. */
const MAX_SLIPS = 1;
const LONG_NAME = 12;

/** A name or label without prefix, ending, blanks and signs: `msft__Referral_Identifier__c` and `Referral Identifier` are one. */
function bare(name: string): string {
  const own = name.replace(/_+[cr]_?$/i, '');
  return own
    .replace(/^[a-z0-9]+__/i, '')
    .replace(/[^a-z0-9]/gi, '')
    .toLowerCase();
}

/** Whether two names differ by at most one letter left out, put in or changed. */
function isSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length < LONG_NAME || long.length - short.length > MAX_SLIPS) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  let end = 0;
  while (end < short.length - start && short.at(-1 - end) === long.at(-1 - end)) end += 1;
  return short.length - start - end <= (short.length === long.length ? MAX_SLIPS : 0);
}

/** Columns that may be the wanted one, the likeliest alone where there is one: same name, then same label, then a slip. */
function candidatesFor(wanted: NewColumn, column: string, fields: readonly Field[]): readonly Field[] {
  const fitting = fields.filter(
    ({ name, type }) =>
      TYPES[wanted.shape.kind].includes(type) && name.toLowerCase() !== column.toLowerCase(),
  );
  const name = bare(column);
  const label = wanted.label === null ? name : bare(wanted.label);
  const ways: readonly ((field: Field) => boolean)[] = [
    (field) => bare(field.name) === name,
    (field) => field.label !== '' && [name, label].includes(bare(field.label)),
    (field) => isSlip(bare(field.name), name),
  ];
  for (const way of ways) {
    const found = fitting.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

/** Suggests names for wanted columns that the org does not have under theirs; from the describe that is held already. */
export async function suggestColumns(
  org: Pick<Org, 'describe'>,
  wanted: readonly NewColumn[],
  signal: AbortSignal,
): Promise<readonly ColumnSuggestion[]> {
  const opportunity = await org.describe('Opportunity', signal);
  const suggestions: ColumnSuggestion[] = [];
  for (const column of wanted) {
    const [first = '', second] = column.path.split('.');
    const target = second === undefined ? null : findRelationship(opportunity, first)?.referenceTo?.[0];
    if (target === undefined) continue;
    const { fields } = target === null ? opportunity : await org.describe(target, signal);
    const found = candidatesFor(column, second ?? first, fields);
    if (found.length === 0) continue;
    const prefix = second === undefined ? '' : `${first}.`;
    suggestions.push({
      path: column.path,
      candidates: found.map(({ name, label, type }) => ({ path: `${prefix}${name}`, label, type })),
    });
  }
  return suggestions;
}
