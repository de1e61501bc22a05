/**
 * Writes that were not heard of: no answer came, or the process died. What a write would make both sides agree on was
 * kept before it was sent, so that a value of ours that a server is then seen to hold is not taken for an edit of
 * somebody else's. Otherwise a person's change back would look like the older value, and be undone.
 */
import { withUnclearGroups } from './adoption.ts';
import type { Deal, FieldName } from './deal.ts';
import { FIELD_NAMES, specOf } from './fields.ts';
import { sameValue } from './lenses/equality.ts';
import { isCompletePerson } from './lenses/people.ts';
import { toDeal } from './mapping.ts';
import type { Mapping } from './mapping-types.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import type { Baseline, BaselineEntry, Intent, Link } from './store-port.ts';

type Half = keyof Pick<BaselineEntry, 'opportunity' | 'referral'>;

/** A record as its server holds it now. */
export interface Held {
  readonly version: string | null;
  readonly deal: Deal;
  /** Whether nobody has saved it after us. */
  readonly savedByUs: boolean;
  /** Fields that a row has no column for: what it shows of them is the mapping's default, which nobody can edit. */
  readonly lacks?: ReadonlySet<FieldName>;
}

/** A referral, which does not tell whose its last version is. */
export function heldBy({ version, deal }: Referral): Held {
  return { version, deal, savedByUs: false };
}

/** An opportunity in the terms of a deal. */
export function asDeal(record: OpportunityRecord, mapping: Mapping): Held {
  const { version, modifiedByUs: savedByUs, values } = record;
  const lacking = mapping.fields.filter(({ crm }) => crm === null || !Object.hasOwn(values, crm));
  const lacks = new Set(lacking.map(({ field }) => field));
  return { version, deal: toDeal(record, mapping).deal, savedByUs, lacks };
}

/** What of a write a server is seen to hold, as entries of the baseline. */
function tookEffect({ carried = {}, version }: Intent, side: Half, held: Held): Baseline {
  if (held.version === version) return {};
  const entries: Partial<Record<FieldName, BaselineEntry>> = {};
  for (const field of FIELD_NAMES) {
    const entry = carried[field];
    if (entry === undefined || !Object.hasOwn(held.deal, field)) continue;
    // A row that nobody has saved after us holds what a trigger made of what we wrote.
    if (held.savedByUs || sameValue(field, held.deal[field], entry[side]))
      entries[field] = { ...entry, [side]: held.deal[field] };
  }
  return entries;
}

/**
 * The groups of which a later version shows something else than was sent: somebody took our write back or went on from
 * it, or it never arrived and they went on from what there was. That decides whether a change back on the other side is
 * an edit, and nobody can tell. Partner Center's states only go forward, so there it never arrived.
 */
function unclearAfter(
  { carried = {}, version }: Intent,
  side: Half,
  held: Held,
  mapping: Mapping,
): ReadonlySet<FieldName> {
  if (held.version === version || held.savedByUs) return new Set();
  const groups = FIELD_NAMES.filter((field) => {
    const entry = carried[field];
    return (
      entry !== undefined &&
      Object.hasOwn(held.deal, field) &&
      !sameValue(field, held.deal[field], entry[side])
    );
  }).map((field) => specOf(field).group);
  const travelsOneWay = (group: FieldName): boolean =>
    mapping.fields.some(({ field, sync }) => field === group && sync !== 'both');
  return new Set(
    groups.filter((group) => !travelsOneWay(group) && !(side === 'referral' && group === 'state')),
  );
}

/**
 * What a create made both sides agree on, where its record was found: what was sent, as the record shows it. What the
 * record shows otherwise was changed since, and is somebody's edit. Of a new opportunity that is true of the stage, of
 * the columns that got the referral's value, and of lists, which are merged entry by entry so that nobody's is lost;
 * what else it shows may be the CRM's doing.
 */
export function agreedAtCreation(intent: Intent, made: Held, { fields }: Mapping): Baseline {
  const side = intent.kind === 'create-referral' ? 'referral' : 'opportunity';
  const isSent = (field: FieldName, { opportunity, referral }: BaselineEntry): boolean => {
    if (side === 'referral' || isList(field)) return true;
    const isWritten = specOf(field).group === 'state' || fields.some((mapped) => mapped.field === field);
    return isWritten && sameValue(field, opportunity, referral);
  };
  const sent = FIELD_NAMES.flatMap((field) => {
    const entry = intent.carried?.[field];
    if (entry === undefined || !Object.hasOwn(made.deal, field)) return [];
    if (made.lacks?.has(field) === true)
      return [[field, { ...entry, opportunity: made.deal[field] }] as const];
    // A new row belongs to whoever made it; one whom Partner Center would not take is not named there.
    if (field === 'team' && side === 'opportunity' && made.deal.team?.some(isCompletePerson) !== true)
      return [[field, { ...entry, opportunity: made.deal.team }] as const];
    return isSent(field, entry) ? [[field, entry] as const] : [];
  });
  return { ...Object.fromEntries(sent), ...tookEffect(intent, side, made) };
}

function isList(field: FieldName): boolean {
  const { kind } = specOf(field);
  return kind === 'people' || kind === 'solutions';
}

/** The link once an update's record was seen again: what took effect is agreed on, and what became unclear waits for a person. */
export function asSettled(link: Link, intent: Intent, held: Held, mapping: Mapping): Link {
  const side = intent.kind === 'update-referral' ? 'referral' : 'opportunity';
  const unclear = unclearAfter(intent, side, held, mapping);
  const agreed = Object.entries({ ...link.baseline, ...tookEffect(intent, side, held) });
  return {
    ...link,
    baseline: Object.fromEntries(agreed.filter(([field]) => !unclear.has(specOf(field as FieldName).group))),
    written: withUnclearGroups(link.written, unclear),
  };
}
