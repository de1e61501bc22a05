/**
 * Rows to what the engine knows and back. Reading checks lightly: a row that was edited by hand or damaged is told
 * by its id instead of travelling on as nonsense.
 */
import { z } from 'zod';
import { CorruptRowError } from '../../core/errors.ts';
import { canonicalGuid, type OpportunityId, type ReferralId } from '../../core/ids.ts';
import type { OpportunityRecord, Referral } from '../../core/ports.ts';
import type {
  AttentionItem,
  HistoryEntry,
  Intent,
  Link,
  RunReport,
  Seen,
  Side,
} from '../../core/store-port.ts';
import { type CheckedTable, isIntact } from './checksum.ts';
import { nullableTextOf, type Row } from './sqlite.ts';

/** A row's place, for the error that it may deserve. */
interface Place {
  readonly connection: string;
  readonly kind: 'opportunity' | 'referral' | 'link' | 'intent' | 'attention' | 'history' | 'run' | 'note';
  readonly side: Side | null;
  readonly id: string;
}

const OpportunityShape = z.looseObject({
  id: z.string(),
  version: z.string(),
  modifiedAt: z.string(),
  createdAt: z.string(),
  modifiedByUs: z.boolean(),
  deleted: z.boolean(),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  people: z.record(z.string(), z.array(z.looseObject({}))),
});

const ReferralShape = z.looseObject({
  id: z.string(),
  engagementId: z.string(),
  version: z.string().nullable(),
  updatedAt: z.string(),
  tag: z.looseObject({ kind: z.enum(['none', 'opportunity', 'foreign']) }),
  status: z.string(),
  substatus: z.string(),
  deal: z.looseObject({}),
  malformed: z.array(z.string()),
});

const BaselineShape = z.record(z.string(), z.looseObject({ mapping: z.string() }));

const LinkDetailsShape = z.looseObject({
  siblings: z.array(z.looseObject({ id: z.string(), state: z.string() })),
  stageSeen: z.object({ value: z.string(), at: z.string() }).nullable(),
  written: z.record(z.string(), z.string().nullable()),
});

const LinkStatusShape = z.enum(['active', 'out-of-scope', 'opportunity-deleted', 'referral-gone']);

const IntentShape = z.looseObject({
  id: z.string(),
  kind: z.enum([
    'create-referral',
    'invite-microsoft',
    'create-opportunity',
    'create-account',
    'update-referral',
    'update-opportunity',
    'add-related',
  ]),
  since: z.string(),
  state: z.enum(['planned', 'unknown']),
  requestId: z.string(),
  searches: z.number(),
  version: z.string().optional(),
  carried: BaselineShape.optional(),
});

const AttentionShape = z.looseObject({
  id: z.string(),
  key: z.string(),
  kind: z.enum(['conflict', 'parked', 'approval', 'notice']),
  fields: z.array(z.string()),
  message: z.string(),
  values: z.array(z.looseObject({ field: z.string() })),
  since: z.string(),
  lastSeenAt: z.string(),
  count: z.number(),
  state: z.enum(['open', 'resolved', 'dismissed', 'approved']),
  covers: z.array(z.string()),
  decisions: z.record(z.string(), z.enum(['crm', 'partnerCenter'])),
});

const HistoryShape = z.looseObject({ at: z.string(), field: z.string(), rule: z.string() });

const RunShape = z.looseObject({
  runId: z.string(),
  outcome: z.enum(['clean', 'attention', 'incomplete', 'halted']),
  startedAt: z.string(),
  finishedAt: z.string(),
});

/** The text that a value is kept as. */
export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Readers of one connection's rows; each throws CorruptRowError for a row that says nothing sensible. */
export function rowsOf(connection: string) {
  return {
    opportunity(row: Row): Seen<OpportunityRecord> {
      const place = { connection, kind: 'opportunity', side: 'opportunity', id: String(row.id) } as const;
      refuseChanged('opportunities', row, place);
      const record = decode<OpportunityRecord>(OpportunityShape, row, 'record', place);
      return { record: sameId(record, place), dueAt: column(row, 'due_at', place) };
    },

    referral(row: Row): Seen<Referral> {
      const place = { connection, kind: 'referral', side: 'referral', id: String(row.id) } as const;
      refuseChanged('referrals', row, place);
      const record = decode<Referral>(ReferralShape, row, 'record', place);
      return { record: sameId(record, place), dueAt: column(row, 'due_at', place) };
    },

    link(row: Row): Link {
      const id = String(row.opportunity_id);
      const place = { connection, kind: 'link', side: 'opportunity', id } as const;
      refuseChanged('links', row, place);
      const status = LinkStatusShape.safeParse(row.status);
      if (!status.success) throw corrupt(place, 'its status is none');
      type Details = Pick<Link, 'siblings' | 'stageSeen' | 'written'>;
      const { siblings, stageSeen, written } = decode<Details>(LinkDetailsShape, row, 'details', place);
      return {
        opportunityId: id as OpportunityId,
        referralId: required(row, 'referral_id', place) as ReferralId,
        engagementId: required(row, 'engagement_id', place),
        status: status.data,
        baseline: decode<Link['baseline']>(BaselineShape, row, 'baseline', place),
        siblings,
        linkedAt: required(row, 'linked_at', place),
        changedAt: required(row, 'changed_at', place),
        verifiedAt: required(row, 'verified_at', place),
        stageSeen,
        written,
      };
    },

    intent(row: Row): Intent {
      const place = { connection, kind: 'intent', side: null, id: String(row.id) } as const;
      refuseChanged('intents', row, place);
      return sameId(decode<Intent>(IntentShape, row, 'intent', place), place);
    },

    attention(row: Row): AttentionItem {
      const place = { connection, kind: 'attention', side: null, id: String(row.id) } as const;
      refuseChanged('attention', row, place);
      return sameId(decode<AttentionItem>(AttentionShape, row, 'item', place), place);
    },

    history(row: Row): HistoryEntry {
      const place = { connection, kind: 'history', side: null, id: String(row.sequence) } as const;
      refuseChanged('history', row, place);
      return decode<HistoryEntry>(HistoryShape, row, 'entry', place);
    },

    run(row: Row): RunReport {
      const place = { connection, kind: 'run', side: null, id: String(row.id) } as const;
      refuseChanged('runs', row, place);
      return decode<RunReport>(RunShape, row, 'report', place);
    },

    /** A note of the connection's own. */
    meta(row: Row): string {
      const place = { connection, kind: 'note', side: null, id: String(row.key) } as const;
      refuseChanged('meta', row, place);
      return required(row, 'value', place);
    },
  };
}

export type Rows = ReturnType<typeof rowsOf>;

/** The parts of a link that are kept as JSON. */
export function linkDetails({ siblings, stageSeen, written }: Link): string {
  return toJson({ siblings, stageSeen, written });
}

/**
 * Referral ids that an opportunity carries, whatever the mapping calls their column: a GUID in another column names
 * no referral, and a mapping that changes needs no new index.
 */
export function referralIdsIn({ id, values }: OpportunityRecord): ReadonlySet<string> {
  const found = new Set<string>();
  for (const value of Object.values(values)) {
    const guid = typeof value === 'string' ? canonicalGuid(value) : null;
    if (guid !== null && guid !== id) found.add(guid);
  }
  return found;
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:?00)?$/;

/** A UTC time with seven fractional digits, so that times of both sides sort as text; Partner Center sends 0 to 7. */
export function sortableTime(text: string): string {
  const [, seconds, fraction = ''] = INSTANT.exec(text) ?? [];
  if (seconds !== undefined) return `${seconds}.${fraction.padEnd(7, '0').slice(0, 7)}Z`;
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : `${new Date(time).toISOString().slice(0, -1)}0000Z`;
}

/** A UTC time to the millisecond, so that due times compare as text. */
export function millisecondTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}

function refuseChanged(table: CheckedTable, row: Row, place: Place): void {
  if (!isIntact(table, row)) throw corrupt(place, 'it is not what was saved');
}

function decode<T>(shape: z.ZodType, row: Row, name: string, place: Place): T {
  const text = required(row, name, place);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(place, `its ${name} is not JSON`);
  }
  const result = shape.safeParse(value);
  if (!result.success) {
    const path = result.error.issues[0]?.path.join('.') ?? '';
    throw corrupt(place, `its ${name} is invalid${path === '' ? '' : ` at ${path}`}`);
  }
  // What the shape leaves unchecked was written from a value of this very type.
  return result.data as T;
}

function sameId<T extends { readonly id: string }>(value: T, place: Place): T {
  if (value.id !== place.id) throw corrupt(place, 'it holds another record');
  return value;
}

function required(row: Row, name: string, place: Place): string {
  const value = column(row, name, place);
  if (value === null) throw corrupt(place, `its ${name} is empty`);
  return value;
}

function column(row: Row, name: string, place: Place): string | null {
  try {
    return nullableTextOf(row, name);
  } catch {
    throw corrupt(place, `its ${name} is not text`);
  }
}

function corrupt(place: Place, problem: string): CorruptRowError {
  return new CorruptRowError({ ...place, problem });
}
