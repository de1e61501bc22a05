/** The way back: changes of the deal as columns of the CRM. A value that a column cannot hold is a problem of its field alone. */
import type { Customer, Deal, FieldName, FieldValue } from './deal.ts';
import { specOf } from './fields.ts';
import { helpLabel, isHelpCode } from './lenses/help.ts';
import { CRM_SCALE, parseAmount, parseCurrency, roundToScale } from './lenses/money.ts';
import { shorten } from './lenses/text.ts';
import { type MappingProblem, Unreadable } from './mapping-reader.ts';
import { type StageTransition, writeStage } from './mapping-stages.ts';
import type { CustomerKey, FieldMapping, Mapping } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';

/** Text limits of the CRM's columns, in UTF-16 units. */
export type TextLimits = Readonly<Partial<Record<FieldName, number>>>;

export const TEXT_LIMITS: Readonly<Record<'salesforce' | 'dynamics', TextLimits>> = {
  salesforce: { name: 120, notes: 32_000, reason: 255, campaignId: 80, microsoftTeam: 2_000 },
  dynamics: { name: 300, notes: 2_000, reason: 255, campaignId: 128, microsoftTeam: 2_000 },
};

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** What to write to one opportunity. */
export interface CrmChanges {
  readonly values: Readonly<Record<string, CrmValue>>;
  readonly problems: readonly MappingProblem[];
  readonly transition: StageTransition;
}

const NOTHING_LACKING: ReadonlySet<string> = new Set();

/**
 * Turns changes of the deal into columns to write. What one field of a group cannot have, none of it gets: an amount
 * without its currency is another amount.
 * @param record the opportunity as it stands, or null for a new one
 * @param lacking paths that the CRM has no column for: what a new one will not have, as no record shows it yet
 */
export function toCrmChanges(
  changes: Deal,
  record: OpportunityRecord | null,
  mapping: Mapping,
  limits: TextLimits,
  lacking: ReadonlySet<string> = NOTHING_LACKING,
): CrmChanges {
  const shows = (path: string): boolean =>
    record === null ? !lacking.has(path) : Object.hasOwn(record.values, path);
  const columns: { readonly group: FieldName; readonly column: string; readonly value: CrmValue }[] = [];
  const problems: MappingProblem[] = [];
  for (const field of mapping.fields) {
    const { group } = specOf(field.field);
    if (!Object.hasOwn(changes, field.field) || group === 'state') continue;
    const wanted = changes[field.field] ?? null;
    if (field.crm === null || !shows(field.crm)) {
      const problem = withoutColumn(field, wanted);
      if (problem !== null) problems.push(problem);
      continue;
    }
    const value = writeValue(field, wanted);
    if (value instanceof Unreadable)
      problems.push({ field: field.field, code: 'cannot-hold', text: value.why });
    else
      columns.push({
        group,
        column: field.crm,
        value: typeof value === 'string' ? shorten(value, limits[field.field] ?? NO_LIMIT, 'utf16') : value,
      });
  }
  const failed = new Set(problems.map(({ field }) => specOf(field).group));
  const values: Record<string, CrmValue> = Object.fromEntries(
    columns.filter(({ group }) => !failed.has(group)).map(({ column, value }) => [column, value]),
  );
  const transition = writeStage(changes, record, mapping, values, problems);
  return { values, problems, transition };
}

/** A column that the org lacks or hides is said, never written; an org of one currency has none for it and needs none. */
function withoutColumn(
  { field, crm, default: standsFor }: FieldMapping,
  wanted: FieldValue,
): MappingProblem | null {
  if (field !== 'currency')
    return crm === null
      ? null
      : {
          field,
          code: 'no-column',
          text: `the CRM shows no column ${crm} to write the deal's ${field} to`,
        };
  const own = parseCurrency(standsFor) ?? null;
  if (own === null || wanted === null || wanted === own) return null;
  const why =
    crm === null
      ? `the mapping names no column for it and gives ${own} for every amount`
      : `the CRM shows no column ${crm} and its amounts are in ${own}`;
  return { field, code: 'cannot-hold', text: `the deal is in ${String(wanted)}, but ${why}` };
}

function writeValue(field: FieldMapping, value: FieldValue): CrmValue | Unreadable {
  if (value === null) return null;
  if (field.map !== null) {
    const entry = Object.entries(field.map).find(([, mapped]) => String(mapped) === String(value));
    if (entry !== undefined) return entry[0];
    if (field.strict)
      return new Unreadable(`the mapping has no CRM value for the deal's ${field.field} "${String(value)}"`);
  }
  switch (specOf(field.field).kind) {
    case 'money': {
      const rounded = roundToScale(String(value), CRM_SCALE);
      const number = Number(rounded);
      return parseAmount(number) === rounded
        ? number
        : new Unreadable(`the amount ${String(value)} is finer or larger than a CRM number can hold`);
    }
    case 'flag':
      return value === true;
    case 'choice':
      return isHelpCode(value) ? helpLabel(value) : String(value);
    default:
      return typeof value === 'string'
        ? value
        : new Unreadable(`the deal's ${field.field} cannot be written to one column`);
  }
}

/** A new account's columns for the customer of an inbound deal. */
export function toAccountValues(customer: Customer, mapping: Mapping): Readonly<Record<string, CrmValue>> {
  const values: Record<string, CrmValue> = {};
  const put = (key: CustomerKey, value: CrmValue): void => {
    const path = mapping.customer[key];
    if (path !== undefined && value !== null) values[path] = value;
  };
  put('name', customer.name);
  put(
    'addressLine1',
    [customer.address.line1, customer.address.line2].filter((line) => line !== null).join('\n') || null,
  );
  put('city', customer.address.city);
  put('state', customer.address.state);
  put('postalCode', customer.address.postalCode);
  put('country', customer.address.country);
  put('duns', customer.duns);
  return values;
}
