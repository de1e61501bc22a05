/**
 * A plan kept in a file: what it was made from, so that it can be refused once anything named in it has moved. The
 * file says only *which* actions are meant; their values are always planned afresh.
 */
import { z } from 'zod';
import { ConfigurationError } from '../core/errors.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { nestsDeeper } from '../core/lenses/json-depth.ts';
import type { Action } from '../core/plan.ts';
import type { Ledger } from '../core/store-port.ts';
import { HaltError } from './dependencies.ts';
import { digestOf, fingerprint } from './digest.ts';

/** Deeper than any field's value. */
const MAX_DEPTH = 40;

const Change = z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() });

const PlannedAction = z.strictObject({
  type: z.string(),
  irreversible: z.boolean(),
  opportunityId: z.string().nullable(),
  referralId: z.string().nullable(),
  changes: z.array(Change),
  reason: z.string(),
});
/** An action as `plan --json` prints it. */
export type PlannedAction = z.infer<typeof PlannedAction>;

const MadeFrom = z.strictObject({
  /** The ledger's identity when it was copied; null when there was none. */
  lineage: z.string().nullable(),
  serial: z.int(),
  /** Hash of the mapping. */
  mapping: z.string(),
  /** Fingerprint of the version of every record named in an action, by id. */
  records: z.record(z.string(), z.string()),
});
export type MadeFrom = z.infer<typeof MadeFrom>;

const ConnectionPlan = z.strictObject({
  connection: z.string(),
  madeFrom: MadeFrom,
  actions: z.array(PlannedAction),
});
export type ConnectionPlan = z.infer<typeof ConnectionPlan>;

const SavedPlan = z.strictObject({ plans: z.array(ConnectionPlan), digest: z.string() });
export type SavedPlan = z.infer<typeof SavedPlan>;

/** The action without what only a run needs. */
export function toPlannedAction(action: Action): PlannedAction {
  const { type, irreversible, opportunityId, referralId, changes, reason } = action;
  return {
    type,
    irreversible: irreversible.length > 0,
    opportunityId,
    referralId,
    changes: changes.map(({ field, from, to }) => ({ field, from: from ?? null, to: to ?? null })),
    reason,
  };
}

/** Where a ledger stood when a plan was made. */
export type Standing = Pick<MadeFrom, 'lineage' | 'serial'>;

/**
 * Fingerprints of the records that actions name, as the ledger holds them after both sides were read.
 * Partner Center's version is the ETag; an answer without one is known by its time.
 */
export async function recordVersions(
  ledger: Ledger,
  actions: readonly Pick<Action, 'opportunityId' | 'referralId'>[],
): Promise<Record<string, string>> {
  const opportunityIds = idsOf<OpportunityId>(actions.map(({ opportunityId }) => opportunityId));
  const referralIds = idsOf<ReferralId>(actions.map(({ referralId }) => referralId));
  const [opportunities, referrals] = await Promise.all([
    ledger.opportunities(opportunityIds),
    ledger.referrals(referralIds),
  ]);
  const versions: Record<string, string> = {};
  for (const id of opportunityIds) versions[id] = fingerprint(opportunities.get(id)?.record.version ?? null);
  for (const id of referralIds) {
    const record = referrals.get(id)?.record;
    versions[id] = fingerprint(record?.version ?? record?.updatedAt ?? null);
  }
  return versions;
}

function idsOf<Id extends string>(ids: readonly (Id | null)[]): Id[] {
  return [...new Set(ids.filter((id) => id !== null))].sort();
}

/** The file's content: the plans with a digest over all of them. */
export function savePlans(plans: readonly ConnectionPlan[]): string {
  return `${JSON.stringify({ plans, digest: fingerprint(plans) }, null, 2)}\n`;
}

/**
 * Reads a saved plan.
 * @throws ConfigurationError when the text is no plan
 * @throws HaltError when the plan was altered after it was made
 */
export function readPlans(text: string, file: string): readonly ConnectionPlan[] {
  let content: unknown;
  try {
    if (nestsDeeper(text, MAX_DEPTH)) throw altered(file);
    content = JSON.parse(text);
  } catch (error) {
    if (error instanceof HaltError) throw error;
    throw new ConfigurationError([
      `${file} is not a saved plan: it is not JSON. Make one with cosell-sync plan --out FILE.`,
    ]);
  }
  const parsed = SavedPlan.safeParse(content);
  if (!parsed.success) {
    if (looksLikePlan(content)) throw altered(file);
    throw new ConfigurationError([`${file} is not a saved plan. Make one with cosell-sync plan --out FILE.`]);
  }
  if (parsed.data.digest !== fingerprint(parsed.data.plans)) throw altered(file);
  return parsed.data.plans;
}

function looksLikePlan(content: unknown): boolean {
  return typeof content === 'object' && content !== null && 'plans' in content && 'digest' in content;
}

function altered(file: string): HaltError {
  return new HaltError(
    `${file} was altered after the plan was made. Nothing was written; make a new plan with cosell-sync plan --out FILE.`,
  );
}

/** A plan made just now, to hold a saved one against. */
export interface FreshPlan {
  readonly standing: Standing;
  readonly mapping: string;
  readonly records: Readonly<Record<string, string>>;
  readonly actions: readonly Action[];
}

/**
 * The digests of a saved plan's actions, if everything it was made from is still as it was.
 * @throws HaltError naming what moved; nothing has been written by then
 */
export function verifyPlan(saved: ConnectionPlan, fresh: FreshPlan): ReadonlySet<string> {
  const { madeFrom, connection } = saved;
  const refuse = (why: string): HaltError =>
    new HaltError(
      `The saved plan for ${connection} is refused: ${why}. Nothing was written; make a new plan with cosell-sync plan --out FILE.`,
    );
  if (madeFrom.lineage !== fresh.standing.lineage)
    throw refuse('the state is another one than the plan was made from');
  if (madeFrom.serial !== fresh.standing.serial) throw refuse('the state has moved since it was made');
  if (madeFrom.mapping !== fresh.mapping)
    throw refuse('the mapping is another one than the plan was made with');
  const moved = Object.keys(madeFrom.records).filter((id) => madeFrom.records[id] !== fresh.records[id]);
  if (moved.length > 0) throw refuse(`${listOf(moved)} changed since it was made`);
  const planned = new Map(
    fresh.actions.map((action) => [digestOfSaved(toPlannedAction(action)), digestOf(action)]),
  );
  const meant = saved.actions.map((action) => ({ action, digest: planned.get(digestOfSaved(action)) }));
  const missing = meant.filter(({ digest }) => digest === undefined).map(({ action }) => action);
  if (missing.length > 0) {
    throw refuse(
      `${listOf(missing.map(({ type, opportunityId, referralId }) => `${type} of ${opportunityId ?? referralId}`))} would not be done the same way now`,
    );
  }
  return new Set(meant.flatMap(({ digest }) => digest ?? []));
}

/** What an action does to which record, in the form a file keeps. */
function digestOfSaved({ type, opportunityId, referralId, changes }: PlannedAction): string {
  return fingerprint({ type, opportunityId, referralId, changes });
}

const NAMED = 5;

function listOf(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
