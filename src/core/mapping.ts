/**
 * The lenses of a mapping file: an opportunity's columns to the canonical deal, and changes of the deal back to columns.
 * A value that cannot be read is a problem of its field alone; the field is then unknown and decides nothing.
 */
import type { Customer, Deal, DealState, FieldName, HelpCode, Person, SalesStage, Solution } from './deal.ts';
import { HELP_CODES, SALES_STAGES } from './deal.ts';
import { specOf } from './fields.ts';
import { evaluateFilter } from './filter.ts';
import { parseDay } from './lenses/calendar.ts';
import { toAlpha2 } from './lenses/country.ts';
import { parseFlag } from './lenses/flag.ts';
import { helpLabel, parseHelp } from './lenses/help.ts';
import { currencyScale, parseAmount, parseCurrency, roundToScale } from './lenses/money.ts';
import { canonicalPeople, canonicalPerson, isCompletePerson } from './lenses/people.ts';
import { parseSize } from './lenses/size.ts';
import { canonicalSolutions } from './lenses/solutions.ts';
import { canonicalText, shorten, stripMarks } from './lenses/text.ts';
import type { CustomerKey, FieldMapping, Mapping, StageRow } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';
import { completedFrom } from './team-directory.ts';

/** Why a field of one record could not be read or written. */
export interface MappingProblem {
  readonly field: FieldName;
  /** A cause that records share: `stage-unmapped`, `unreadable`, `country`, `unknown-product`, `unmapped-value`. */
  readonly code: string;
  /** What is wrong and what to do, in a seller's words; without contact details. */
  readonly text: string;
}

export interface MappedOpportunity {
  readonly deal: Deal;
  readonly problems: readonly MappingProblem[];
  /** Fields whose value came from the mapping's default, or in part from the company's directory. */
  readonly defaulted: readonly FieldName[];
  /** Whether the mapping's `include` selects the record. */
  readonly inScope: boolean;
  /** The stage as the CRM names it, for messages and for how long it has held. */
  readonly stage: string | null;
}

/** Text limits of the CRM's columns, in UTF-16 units. */
export type TextLimits = Readonly<Partial<Record<FieldName, number>>>;
export const TEXT_LIMITS: Readonly<Record<'salesforce' | 'dynamics', TextLimits>> = {
  salesforce: { name: 120, notes: 32_000, reason: 255, campaignId: 80 },
  dynamics: { name: 300, notes: 2_000, reason: 255, campaignId: 128 },
};

/** Decimals that a CRM's money column holds. */
const CRM_SCALE = 2;

type Writable = { -readonly [K in keyof Deal]: Deal[K] };

function isEmpty(value: CrmValue | undefined): boolean {
  return (
    value === undefined || value === null || (typeof value === 'string' && canonicalText(value) === null)
  );
}

function asText(value: CrmValue | undefined): string | null {
  return value === undefined || value === null ? null : canonicalText(String(value));
}

/** Reads an opportunity as a deal. Never throws: what cannot be read is listed. */
export function toDeal(record: OpportunityRecord, mapping: Mapping): MappedOpportunity {
  const problems: MappingProblem[] = [];
  const defaulted: FieldName[] = [];
  const deal: Writable = {};
  const reader = { record, mapping, problems, defaulted, deal };

  for (const field of mapping.fields) readField(reader, field);
  const country = readCustomer(reader);
  // Decimals that no coin of the currency can pay are rounding noise of the CRM, not an edit.
  if (typeof deal.amount === 'string')
    deal.amount = roundToScale(
      deal.amount,
      typeof deal.currency === 'string' ? currencyScale(deal.currency) : CRM_SCALE,
    );
  readPeople(reader, country);
  readSolutions(reader);
  const stage = readStage(reader);
  const inScope = !record.deleted && evaluateFilter(mapping.include, (column) => record.values[column]);
  return { deal, problems, defaulted, inScope, stage };
}

interface Reader {
  readonly record: OpportunityRecord;
  readonly mapping: Mapping;
  readonly problems: MappingProblem[];
  readonly defaulted: FieldName[];
  readonly deal: Writable;
}

function readField({ record, problems, defaulted, deal }: Reader, field: FieldMapping): void {
  const key = field.field;
  // The stage table alone says what the stage means; an entry here only carries the rule.
  if (specOf(key).group === 'state') return;
  const known = field.crm === null || Object.hasOwn(record.values, field.crm);
  const found = field.crm === null ? null : record.values[field.crm];
  let raw: CrmValue | undefined = found;
  if (isEmpty(found)) {
    // A hidden column is unknown, not empty; only the currency may be missing as a whole (single-currency orgs).
    if (field.default !== null && (known || key === 'currency')) {
      raw = field.default;
      defaulted.push(key);
    } else if (!known) return;
    else raw = null;
  } else if (field.map !== null) {
    const mapped = field.map[String(found)];
    if (mapped !== undefined) raw = mapped;
    else if (field.strict) {
      problems.push({
        field: key,
        code: 'unmapped-value',
        text: `${field.crm} holds "${String(found)}", which the mapping does not translate`,
      });
      return;
    }
  }
  const value = readValue(key, raw);
  if (value instanceof Unreadable) {
    problems.push({ field: key, code: 'unreadable', text: `${field.crm ?? key} ${value.why}` });
    return;
  }
  Object.assign(deal, { [key]: value });
}

function isHelpCode(value: unknown): value is HelpCode {
  return (HELP_CODES as readonly unknown[]).includes(value);
}

class Unreadable {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

function readValue(field: FieldName, raw: CrmValue | undefined): unknown {
  if (raw === undefined || raw === null) return null;
  switch (specOf(field).kind) {
    case 'money':
      return readable(parseAmount(raw), `holds "${String(raw)}", which is not an amount`);
    case 'currency':
      return readable(parseCurrency(raw), `holds "${String(raw)}", which is not a currency code`);
    case 'date':
      return readable(parseDay(String(raw)) ?? undefined, `holds "${String(raw)}", which is not a date`);
    case 'flag':
      return readable(parseFlag(raw), `holds "${String(raw)}", which is neither yes nor no`);
    default:
      if (field === 'help')
        return readable(
          parseHelp(raw),
          `asks for "${String(raw)}", which is no kind of help Microsoft offers`,
        );
      return field === 'name' ? canonicalText(stripMarks(String(raw))) : canonicalText(String(raw));
  }
}

/** The lenses say `undefined` for what they cannot read. */
function readable(value: unknown, why: string): unknown {
  return value === undefined ? new Unreadable(why) : value;
}

function readCustomer({ record, mapping, problems, deal }: Reader): string | null {
  const path = mapping.customer;
  const text = (key: CustomerKey): string | null => {
    const at = path[key];
    return at === undefined ? null : asText(record.values[at]);
  };
  if (path.name !== undefined && !Object.hasOwn(record.values, path.name)) return null;
  const name = text('name');
  if (name === null) {
    deal.customer = null;
    return null;
  }
  const countryText = text('country');
  let country: string | null = null;
  if (countryText !== null) {
    const read = toAlpha2(countryText);
    if ('code' in read) country = read.code;
    else {
      const hint = read.candidates.length === 0 ? '' : ` (did you mean ${read.candidates.join(' or ')}?)`;
      const verdict =
        read.problem === 'ambiguous' ? 'could be several countries' : 'is not a country we know';
      problems.push({
        field: 'customer',
        code: 'country',
        text: `the customer's country "${countryText}" ${verdict}${hint}`,
      });
    }
  }
  const sizeText = path.size === undefined ? undefined : record.values[path.size];
  const customer: Customer = {
    name,
    address: {
      line1: text('addressLine1'),
      line2: text('addressLine2'),
      city: text('city'),
      state: text('state'),
      postalCode: text('postalCode'),
      country,
    },
    duns: text('duns'),
    size: sizeText === undefined ? null : (parseSize(sizeText) ?? null),
  };
  deal.customer = customer;
  return country;
}

type PeopleFrom = { readonly source: keyof OpportunityRecord['people'] } | { readonly path: string };

function gatherPeople(record: OpportunityRecord, sources: readonly PeopleFrom[]): Person[] | null {
  const people: Person[] = [];
  let known = false;
  for (const from of sources) {
    if ('source' in from) {
      const found = record.people[from.source];
      if (found === undefined) continue;
      known = true;
      people.push(...found);
    } else if (Object.hasOwn(record.values, from.path)) {
      known = true;
      const email = asText(record.values[from.path]);
      if (email !== null) people.push({ firstName: null, lastName: null, email, phone: null });
    }
  }
  return known ? people : null;
}

/** The sales team as the CRM holds it; null where it is not to be seen. */
export function crmTeamOf(record: OpportunityRecord, mapping: Mapping): readonly Person[] | null {
  // A connection of the sales team is one with a colleague, one of the customer's is one with a contact.
  const team = gatherPeople(
    record,
    mapping.team.from.map((from) =>
      'source' in from && from.source === 'connections' ? { source: 'connectedUsers' as const } : from,
    ),
  );
  // Colleagues' numbers are read without a country: nothing says where a colleague sits.
  return team === null ? null : canonicalPeople(team.map((person) => canonicalPerson(person, null)));
}

function readPeople({ record, mapping, defaulted, deal }: Reader, country: string | null): void {
  const held = crmTeamOf(record, mapping);
  if (held !== null) {
    const known = mapping.team.directory ?? new Map();
    const completed = held.map((member) => completedFrom(member, known));
    const members = canonicalPeople(completed);
    if (completed.some((member, index) => member !== held[index])) defaulted.push('team');
    const complete = members.filter(isCompletePerson);
    const { fallback } = mapping.team;
    // Partner Center takes only complete members, and one is enough; without any, what is missing is said.
    if (complete.length > 0) deal.team = complete;
    else if (fallback !== null) {
      deal.team = [canonicalPerson(fallback, null)];
      if (!defaulted.includes('team')) defaulted.push('team');
    } else deal.team = members;
  }
  if (mapping.contacts.length > 0) {
    const contacts = gatherPeople(record, mapping.contacts);
    if (contacts !== null)
      deal.contacts = canonicalPeople(contacts.map((person) => canonicalPerson(person, country)));
  }
}

/** Ids of our own solutions, and of Microsoft's. */
export const SOLUTION_ID = /^(?:SOL-[A-Z0-9-]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

function readSolutions({ record, mapping, problems, defaulted, deal }: Reader): void {
  const names: { readonly id: string | null; readonly name: string }[] = [];
  let known = false;
  for (const from of mapping.solutions.from) {
    if ('source' in from) {
      if (record.products === undefined) continue;
      known = true;
      for (const product of record.products) names.push({ id: product.id, name: product.name ?? product.id });
    } else if (Object.hasOwn(record.values, from.path)) {
      known = true;
      const text = asText(record.values[from.path]);
      for (const name of text?.split(';') ?? [])
        if (name.trim() !== '') names.push({ id: null, name: name.trim() });
    }
  }
  if (!known && mapping.solutions.from.length > 0) return;
  const solutions: Solution[] = [];
  let unknown = 0;
  for (const { id, name } of names) {
    const catalogued =
      mapping.solutions.catalogue[name] ?? (id === null ? undefined : mapping.solutions.catalogue[id]);
    if (catalogued !== undefined) solutions.push({ id: catalogued, name });
    else if (SOLUTION_ID.test(name)) solutions.push({ id: name, name: null });
    else {
      unknown += 1;
      problems.push({
        field: 'solutions',
        code: 'unknown-product',
        text: `the product "${name}" has no solution id in the mapping's catalogue`,
      });
    }
  }
  if (solutions.length === 0 && mapping.solutions.default !== null) {
    solutions.push({ id: mapping.solutions.default, name: null });
    defaulted.push('solutions');
  }
  // A product nobody knows makes the whole list unknown: sending the rest would remove it at Microsoft.
  if (unknown > 0) return;
  deal.solutions = canonicalSolutions(solutions);
}

// ── Stages ─────────────────────────────────────────────────────────────────────────────────────────────────

function sameChoice(value: CrmValue | undefined, wanted: string | number): boolean {
  if (value === undefined || value === null) return false;
  return String(value).trim().toLowerCase() === String(wanted).trim().toLowerCase();
}

function isStage(values: OpportunityRecord['values'], row: StageRow, mapping: Mapping): boolean {
  if (typeof row.crm === 'string') return sameChoice(values[mapping.stageField], row.crm);
  return Object.entries(row.crm).every(([column, wanted]) => sameChoice(values[column], wanted));
}

/** The first row that names the opportunity's stage, or null. */
export function stageRowOf(values: OpportunityRecord['values'], mapping: Mapping): StageRow | null {
  return mapping.stages.find((row) => isStage(values, row, mapping)) ?? null;
}

/**
 * The deal in the referral's words: where a stage means several deal states (a lost stage may also stand for an expired
 * deal), it means the one the referral is in.
 */
export function inWordsOf(
  referralState: DealState | null | undefined,
  deal: Deal,
  record: OpportunityRecord,
  mapping: Mapping,
): Deal {
  if (referralState === null || referralState === undefined || deal.state === referralState) return deal;
  const row = mapping.stages.find(
    (candidate) => candidate.deal === referralState && isStage(record.values, candidate, mapping),
  );
  return row === undefined ? deal : { ...deal, state: row.deal, salesStage: row.salesStage };
}

const REASONED: ReadonlySet<DealState> = new Set(['Lost', 'Declined', 'Error']);

function readStage({ record, mapping, problems, deal }: Reader): string | null {
  const columns = stageColumns(mapping);
  if (!columns.every((column) => Object.hasOwn(record.values, column))) return null;
  const stage = columns.map((column) => asText(record.values[column]) ?? '').join(' / ');
  const row = stageRowOf(record.values, mapping);
  if (row === null) {
    problems.push({
      field: 'state',
      code: 'stage-unmapped',
      text: `the stage "${stage}" is not in the mapping's stage table; add a row for it`,
    });
    return stage;
  }
  deal.state = row.deal;
  deal.salesStage = row.salesStage;
  deal.reason = REASONED.has(row.deal) && row.reason !== null ? asText(record.values[row.reason]) : null;
  return stage;
}

function stageColumns(mapping: Mapping): readonly string[] {
  const columns = new Set<string>();
  for (const row of mapping.stages) {
    if (typeof row.crm === 'string') columns.add(mapping.stageField);
    else for (const column of Object.keys(row.crm)) columns.add(column);
  }
  return [...columns];
}

/** Whether a stage row already means what the deal says: a coarse deal state never overwrites a finer CRM stage. */
function means(row: StageRow, state: DealState, salesStage: SalesStage | null): boolean {
  if (row.deal !== state) return false;
  return salesStage === null || row.salesStage === null || row.salesStage === salesStage;
}

/** The row to move to for a deal state: exact sales stage first, then the nearest one below, then the first row. */
export function stageRowFor(
  mapping: Mapping,
  state: DealState,
  salesStage: SalesStage | null,
): StageRow | null {
  const rows = mapping.stages.filter((row) => row.deal === state);
  if (salesStage === null) return rows[0] ?? null;
  const rank = (stage: SalesStage | null): number => (stage === null ? -1 : SALES_STAGES.indexOf(stage));
  const wanted = rank(salesStage);
  const exact = rows.find((row) => row.salesStage === salesStage);
  if (exact !== undefined) return exact;
  const below = rows
    .filter((row) => rank(row.salesStage) <= wanted)
    .sort((a, b) => rank(b.salesStage) - rank(a.salesStage));
  return below[0] ?? rows[0] ?? null;
}

// ── Towards the CRM ────────────────────────────────────────────────────────────────────────────────────────

export interface CrmChanges {
  readonly values: Readonly<Record<string, CrmValue>>;
  readonly problems: readonly MappingProblem[];
  readonly transition: 'win' | 'lose' | 'reopen' | null;
}

/**
 * Turns changes of the deal into columns to write.
 * @param record the opportunity as it stands, or null for a new one
 */
export function toCrmChanges(
  changes: Deal,
  record: OpportunityRecord | null,
  mapping: Mapping,
  limits: TextLimits,
): CrmChanges {
  const values: Record<string, CrmValue> = {};
  const problems: MappingProblem[] = [];
  for (const field of mapping.fields) {
    if (field.crm === null || !Object.hasOwn(changes, field.field) || specOf(field.field).group === 'state')
      continue;
    if (record !== null && !Object.hasOwn(record.values, field.crm)) {
      // A column the org lacks or hides: said once, never written.
      if (field.field !== 'currency') {
        problems.push({
          field: field.field,
          code: 'no-column',
          text: `the CRM shows no column ${field.crm} to write the deal's ${field.field} to`,
        });
      }
      continue;
    }
    const value = writeValue(field, changes[field.field]);
    if (value instanceof Unreadable)
      problems.push({ field: field.field, code: 'cannot-hold', text: value.why });
    else values[field.crm] = typeof value === 'string' ? shortened(field.field, value, limits) : value;
  }
  const transition = writeStage(changes, record, mapping, values, problems);
  return { values, problems, transition };
}

function shortened(field: FieldName, text: string, limits: TextLimits): string {
  const limit = limits[field];
  return limit === undefined ? text : shorten(text, limit, 'utf16');
}

function writeValue(field: FieldMapping, value: unknown): CrmValue | Unreadable {
  if (value === null || value === undefined) return null;
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

function writeStage(
  changes: Deal,
  record: OpportunityRecord | null,
  mapping: Mapping,
  values: Record<string, CrmValue>,
  problems: MappingProblem[],
): CrmChanges['transition'] {
  const { state } = changes;
  if (state === undefined || state === null) return null;
  const current = record === null ? null : stageRowOf(record.values, mapping);
  const salesStage = changes.salesStage ?? null;
  let row = current;
  const already =
    record !== null &&
    mapping.stages.some(
      (candidate) => isStage(record.values, candidate, mapping) && means(candidate, state, salesStage),
    );
  if (!already) {
    row = stageRowFor(mapping, state, salesStage);
    if (row === null) {
      problems.push({
        field: 'state',
        code: 'stage-unmapped',
        text: `no row of the stage table names the deal state ${state}; add one so that the opportunity can follow`,
      });
      return null;
    }
    if (typeof row.crm === 'string') values[mapping.stageField] = row.crm;
    else Object.assign(values, row.crm);
  }
  if (row !== null && row.reason !== null && changes.reason !== undefined && changes.reason !== null)
    values[row.reason] = changes.reason;
  const isOpen = (stage: DealState): boolean => stage === 'Received' || stage === 'Accepted';
  if (state === 'Won' && current?.deal !== 'Won') return 'win';
  if (!isOpen(state) && state !== 'Won' && (current === null || isOpen(current.deal))) return 'lose';
  return isOpen(state) && current !== null && !isOpen(current.deal) ? 'reopen' : null;
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
