/** The `fields` section: each field's column and rule, against what the catalogue allows. */
import type { FieldName } from '../core/deal.ts';
import { type Direction, type FieldSpec, specOf, type Winner } from '../core/fields.ts';
import { parseDay } from '../core/lenses/calendar.ts';
import { parseFlag } from '../core/lenses/flag.ts';
import { parseHelp } from '../core/lenses/help.ts';
import { parseAmount, parseCurrency } from '../core/lenses/money.ts';
import type { FieldMapping } from '../core/mapping-types.ts';
import type { Problem } from './config-rules.ts';
import { COLUMN_FIELDS, type FieldRule, FieldsSchema } from './mapping-schema.ts';
import { valueAt } from './tree.ts';

type Value = string | number | boolean;

interface Rule {
  readonly sync: Direction;
  readonly conflict: Winner;
}

export interface ReadFields {
  readonly fields: readonly FieldMapping[];
  /** Columns of reasons by the key they were given under. */
  readonly reasons: ReadonlyMap<ReasonKey, string>;
  readonly problems: readonly Problem[];
}

export const REASON_KEYS = ['declineReason', 'lossReason', 'reason'] as const;
export type ReasonKey = (typeof REASON_KEYS)[number];

/** Reads the section; entries that are malformed in themselves are left to the schema's own messages. */
export function readFields(section: unknown): ReadFields {
  const problems: Problem[] = [];
  const fields: FieldMapping[] = [];
  const rules = new Map<FieldName, Rule>();
  for (const name of COLUMN_FIELDS) {
    const entry = FieldsSchema.shape[name].safeParse(valueAt(section, [name])).data;
    if (entry === undefined) continue;
    const spec = specOf(name);
    const note = (key: string | null, text: string): void => {
      problems.push({ path: ['fields', name, ...(key === null ? [] : [key])], text });
    };
    const leader = spec.group === name ? undefined : rules.get(spec.group);
    const rule = {
      sync: entry.sync ?? leader?.sync ?? spec.direction,
      conflict: entry.conflict ?? leader?.conflict ?? 'ask',
    };
    rules.set(name, rule);
    checkRule(spec, rule, leader, note);
    checkEntry(spec, entry, note);
    fields.push({
      field: name,
      crm: entry.crm ?? null,
      ...rule,
      default: entry.default ?? null,
      map: entry.map === undefined ? null : dictionary(entry.map),
      strict: entry.strict ?? false,
    });
  }
  const stage = FieldsSchema.shape.stage.safeParse(valueAt(section, ['stage'])).data;
  if (stage !== undefined) {
    const rule = { sync: stage.sync ?? 'both', conflict: stage.conflict ?? 'ask' } as const;
    fields.push({ field: 'state', crm: null, ...rule, default: null, map: null, strict: false });
  }
  const reasons = new Map<ReasonKey, string>();
  for (const key of REASON_KEYS) {
    const entry = FieldsSchema.shape[key].safeParse(valueAt(section, [key])).data;
    if (entry !== undefined) reasons.set(key, entry.crm);
  }
  return { fields, reasons, problems };
}

/** A table without the names that every object has, so that a product called "constructor" is no surprise. */
export function dictionary<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null), entries);
}

type Note = (key: string | null, text: string) => void;

function checkRule(spec: FieldSpec, rule: Rule, leader: Rule | undefined, note: Note): void {
  if (spec.direction !== 'both' && rule.sync !== spec.direction) {
    note('sync', `can only be ${spec.direction}: ${whyOneWay(spec)}`);
  }
  if (leader === undefined) return;
  for (const key of ['sync', 'conflict'] as const) {
    if (rule[key] !== leader[key]) {
      note(
        key,
        `must be the same as fields.${spec.group}.${key} (${leader[key]}), for the two travel together; leave it out`,
      );
    }
  }
}

function whyOneWay({ referral, direction }: FieldSpec): string {
  if (referral === 'never') return 'only Microsoft writes it in Partner Center';
  if (referral === 'create')
    return 'Partner Center takes it when a deal is created, and never changes it afterwards';
  return direction === 'toCrm' ? 'Partner Center does not take it' : 'the CRM does not take it';
}

function checkEntry(spec: FieldSpec, entry: FieldRule, note: Note): void {
  if (entry.crm === undefined) {
    // A default stands in for a value to send; it is no use to a field that only arrives.
    const arrives = spec.direction === 'toCrm' || entry.sync === 'toCrm';
    if (entry.default === undefined) note('crm', 'is missing (it may be left out only beside a default)');
    else if (arrives) note('crm', 'is missing; there is no column to write to');
  }
  if (entry.strict === true && entry.map === undefined) note('strict', 'needs a map');
  if (entry.map !== undefined && Object.keys(entry.map).length === 0) note('map', 'must not be empty');
  for (const [from, to] of Object.entries(entry.map ?? {})) {
    const problem = valueProblem(spec, to);
    if (problem !== null) note('map', `"${from}" becomes ${JSON.stringify(to)}, which ${problem}`);
  }
  if (entry.default === undefined) return;
  // Visibility, consent and help cannot be taken back at Microsoft: only a seller's own value may send them.
  if (spec.irreversible && parseFlag(entry.default) !== false) {
    note(
      'default',
      'is not allowed: what cannot be taken back at Microsoft goes out only on a value from the CRM',
    );
    return;
  }
  const problem = valueProblem(spec, entry.default);
  if (problem !== null) note('default', `${JSON.stringify(entry.default)} ${problem}`);
}

/** What is wrong with a deal value, or null; the lenses say `undefined` for what they cannot read, null for nothing. */
function valueProblem(spec: FieldSpec, value: Value): string | null {
  const isUsable = (read: unknown): boolean => read !== undefined && read !== null;
  if (spec.name === 'help')
    return isUsable(parseHelp(value)) ? null : 'is no kind of help that Microsoft offers';
  switch (spec.kind) {
    case 'money':
      return isUsable(parseAmount(value)) ? null : 'is not an amount';
    case 'currency':
      return isUsable(parseCurrency(value)) ? null : 'is not a currency code';
    case 'date':
      return isUsable(parseDay(String(value))) ? null : 'is not a date such as 2026-01-31';
    case 'flag':
      return isUsable(parseFlag(value)) ? null : 'is neither true nor false';
    default:
      return String(value).trim() === '' ? 'is empty' : null;
  }
}
