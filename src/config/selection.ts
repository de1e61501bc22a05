/** What follows from a mapping alone: the columns to read, and fingerprints that tell when a field's meaning changed. */
import { createHash } from 'node:crypto';
import type { FieldName } from '../core/deal.ts';
import { specOf } from '../core/fields.ts';
import { filterColumns } from '../core/filter.ts';
import { canonicalJson } from '../core/lenses/canonical-json.ts';
import type { CrmSelection, FieldMapping, ListSource, Mapping } from '../core/mapping-types.ts';
import { registrationColumns } from './mapping-registration.ts';

function pathsOf(sources: readonly ListSource<string>[]): readonly string[] {
  return sources.flatMap((from) => ('path' in from ? [from.path] : []));
}

function namesOf<Named extends string>(sources: readonly ListSource<Named>[]): readonly Named[] {
  return sources.flatMap((from) => ('source' in from ? [from.source] : []));
}

function stageColumns({ stages, stageField }: Mapping): readonly string[] {
  return stages.flatMap(({ crm }) => (typeof crm === 'string' ? [stageField] : Object.keys(crm)));
}

function present(columns: readonly (string | null)[]): readonly string[] {
  return [...new Set(columns.filter((column) => column !== null))];
}

/**
 * The columns and related rows that a CRM adapter reads and writes for a mapping.
 * @param withOwner whether owners are wanted although no team is taken from them
 */
export function selectionFor(mapping: Mapping, withOwner = false): CrmSelection {
  const { tag, fields, customer, contacts, team, solutions, stages, stageField, include, registration } =
    mapping;
  return {
    paths: present([
      tag.referralId,
      // Read so that a pair made by another connector keeps its link; the other bookkeeping columns are only written.
      tag.referralLink,
      ...fields.map(({ crm }) => crm),
      ...Object.values(customer),
      ...stageColumns(mapping),
      ...stages.map(({ reason }) => reason),
      ...pathsOf(contacts),
      ...pathsOf(team.from),
      ...pathsOf(solutions.from),
      ...filterColumns(include),
      ...registrationColumns(registration),
    ]),
    bookkeeping: present([
      tag.status,
      tag.audit,
      tag.referralLink,
      tag.referralId,
      registration?.status ?? null,
    ]),
    referralIdPath: tag.referralId,
    people: [
      ...new Set([...namesOf(team.from), ...namesOf(contacts), ...(withOwner ? (['owner'] as const) : [])]),
    ],
    products: namesOf(solutions.from).length > 0,
    include,
    customer,
    stageField,
  };
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

/** A fingerprint of a whole mapping: anything that could change a plan changes it. */
export function mappingHash(mapping: Mapping): string {
  return digest(mapping);
}

/**
 * A fingerprint of all that a field's canonical value depends on. Who may change the field, and who wins, is not part of
 * it: a new rule concerns later edits, not what both sides already agree on.
 */
export function fieldHash(mapping: Mapping, field: FieldName): string {
  return digest([field, meaningOf(mapping, field)]);
}

function meaningOf(mapping: Mapping, field: FieldName): unknown {
  const { customer, contacts, team, solutions, stages, stageField, reasons } = mapping;
  const ruleOf = (name: FieldName): unknown =>
    valueRule(mapping.fields.find((entry) => entry.field === name));
  switch (field) {
    case 'customer':
      return customer;
    case 'contacts':
      // A phone number without a country code is read as one of the customer's country.
      return { contacts, country: customer.country ?? null };
    case 'team':
      return team;
    case 'solutions':
      return solutions;
    case 'visibleToMicrosoft':
      // Asking for help makes a deal visible.
      return [ruleOf('visibleToMicrosoft'), ruleOf('help')];
    default:
      if (specOf(field).group !== 'state') return ruleOf(field);
      return reasons === undefined ? { stages, stageField } : { stages, stageField, reasons: reasons.map };
  }
}

function valueRule(entry: FieldMapping | undefined): unknown {
  if (entry === undefined) return null;
  const { crm, map, strict } = entry;
  return { crm, default: entry.default, map, strict };
}
