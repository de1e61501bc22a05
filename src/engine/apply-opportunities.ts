/** Edits and bookkeeping of opportunities, in batches, committed from what was read back. */
import type { FieldName } from '../core/deal.ts';
import type { RemoteError } from '../core/errors.ts';
import type { OpportunityId } from '../core/ids.ts';
import { toDeal } from '../core/mapping.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { CrmValue, OpportunityRecord, OpportunityUpdate, WriteOutcome } from '../core/ports.ts';
import type { Intent, Link } from '../core/store-port.ts';
import { baselineFrom } from './baseline.ts';
import { type CrmContext, mayGoOn, outcomesOf, withReadBack } from './crm-context.ts';
import { noteKey } from './decide.ts';
import type { Decided } from './decided.ts';
import type { EngineDependencies } from './dependencies.ts';
import { fingerprint } from './digest.ts';
import { toItem } from './findings.ts';
import { carriesNothing, updateIntent } from './intent.ts';
import { opportunityContent } from './pull.ts';
import { historyOf } from './run-state.ts';
import { refreshOpportunities } from './subjects.ts';
import { beforeTelling, type ToldBefore } from './told.ts';

/** Rows handed over in one call and committed after it; the adapter cuts them up, and needs several batches to save reads. */
const EDIT_ROWS = 1000;
const BOOKKEEPING_ROWS = 1000;

type Edit = Extract<Action, { type: 'update-opportunity' }>;

/** One opportunity's columns to write, with the decision they came from. */
interface Row {
  readonly id: OpportunityId;
  readonly update: OpportunityUpdate;
  readonly edit: Edit | null;
  readonly decided: Decided;
}

/** Writes edits and bookkeeping. @param deferred opportunities whose bookkeeping the next round works out anew */
export async function updateOpportunities(
  context: CrmContext,
  decided: readonly Decided[],
  allowed: ReadonlySet<Action>,
  deferred: ReadonlySet<string>,
): Promise<void> {
  const rows = decided.flatMap((entry) => rowOf(entry, allowed, deferred));
  const edits = rows.filter(({ update }) => update.ifVersion !== undefined);
  const bookkeeping = rows.filter(({ update }) => update.ifVersion === undefined);
  for (const [list, size] of [
    [edits, EDIT_ROWS],
    [bookkeeping, BOOKKEEPING_ROWS],
  ] as const) {
    for (let start = 0; start < list.length && mayGoOn(context); start += size)
      await writeRows(context, list.slice(start, start + size));
  }
}

function rowOf(decided: Decided, allowed: ReadonlySet<Action>, deferred: ReadonlySet<string>): Row[] {
  const edit =
    decided.decision.actions.find(
      (action): action is Edit => action.type === 'update-opportunity' && allowed.has(action),
    ) ?? null;
  const id = edit?.opportunityId ?? decided.bookkeeping?.update.id ?? decided.parkedNote?.id;
  if (id === undefined) return [];
  // What is not written now must not count as written either.
  const told = deferred.has(id) ? { ...decided, bookkeeping: null, parkedNote: null } : decided;
  const notes = { ...told.bookkeeping?.update.values, ...told.parkedNote?.values };
  const values: Record<string, CrmValue> = { ...notes, ...edit?.update.values };
  if (Object.keys(values).length === 0) return [];
  return [{ id, edit, decided: told, update: edit === null ? { id, values } : { ...edit.update, values } }];
}

async function writeRows(context: CrmContext, rows: readonly Row[]): Promise<void> {
  const { dependencies, options } = context;
  const intents = intentsOf(dependencies, rows);
  const { changes: first, before } = await beforeTelling(dependencies.ledger, rows);
  if (intents.length > 0 || Object.keys(first).length > 0)
    await dependencies.ledger.commit({ ...first, intents });
  const written = await outcomesOf(rows.length, () =>
    dependencies.crm.update(
      rows.map(({ update }) => update),
      options,
    ),
  );
  const outcomes = await withReadBack(context, written);
  const links = await dependencies.ledger.linksByOpportunity(rows.map(({ id }) => id));
  const held = await dependencies.ledger.opportunities(rows.map(({ id }) => id));
  const changes: Collected = { opportunities: [], due: [], links: [], attention: [], history: [], meta: {} };
  for (const [index, row] of rows.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    const link = links.get(row.id) ?? null;
    if (outcome.ok) {
      noteWritten(context, row);
      settleUpdate(context, row, link, held.get(row.id)?.record ?? null, outcome, changes);
    } else {
      failUpdate(context, row, outcome.error, changes);
      if (isHeardOf(outcome)) keepAsTold(row.id, link, before, changes);
    }
  }
  const heardOf = new Set<string | null>(
    rows.filter((_, index) => isHeardOf(outcomes[index])).map(({ id }) => id),
  );
  await dependencies.ledger.commit({
    ...changes,
    settledIntents: intents.filter(({ opportunityId }) => heardOf.has(opportunityId)).map(({ id }) => id),
  });
  // The feed says nothing of a row that has left the filter, so what moved is read here for the next merge.
  const moved = rows.filter((_, index) => hasMoved(outcomes[index])).map(({ id }) => id);
  if (moved.length > 0 && mayGoOn(context)) await refreshOpportunities(dependencies, moved, options);
}

/** What is kept of edits before they are sent; bookkeeping is nobody's edit. */
function intentsOf(dependencies: EngineDependencies, rows: readonly Row[]): readonly Intent[] {
  const intents = rows.flatMap(({ edit, update: { ifVersion }, decided: { subject } }) =>
    edit === null || ifVersion === undefined || subject.kind !== 'linked' || subject.referral === null
      ? []
      : [
          updateIntent(
            dependencies,
            'update-opportunity',
            subject.link,
            ifVersion,
            baselineFrom(
              Object.keys(edit.deal) as FieldName[],
              edit.deal,
              subject.referral.deal,
              dependencies.hashOf,
            ),
          ),
        ],
  );
  return intents.filter((intent) => !carriesNothing(intent));
}

/** Refused, and so not told: the columns hold what they held. */
function keepAsTold(id: OpportunityId, link: Link | null, before: ToldBefore, changes: Collected): void {
  const written = before.written.get(id);
  if (link !== null && written !== undefined) changes.links.push({ ...link, written });
  const note = before.notes.get(id);
  if (note !== undefined) changes.meta[noteKey(id)] = note;
}

function isHeardOf(outcome: WriteOutcome | undefined): boolean {
  return outcome !== undefined && (outcome.ok || !outcome.error.outcomeUnknown);
}

function hasMoved(outcome: WriteOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.error.code === 'version-conflict';
}

interface Collected {
  readonly opportunities: { record: OpportunityRecord; dueAt: string | null }[];
  readonly due: { side: 'opportunity' | 'referral'; id: string; dueAt: string | null }[];
  readonly links: Link[];
  readonly attention: ReturnType<typeof toItem>[];
  readonly history: ReturnType<typeof historyOf>[number][];
  readonly meta: Record<string, string | null>;
}

function settleUpdate(
  context: CrmContext,
  row: Row,
  link: Link | null,
  held: OpportunityRecord | null,
  outcome: Extract<WriteOutcome, { ok: true }>,
  changes: Collected,
): void {
  const { dependencies, state } = context;
  const at = dependencies.now().toISOString();
  // Where the write could not be read back, the row is taken as held plus what was written, and the feed corrects it.
  const record =
    outcome.record ??
    (held === null ? null : { ...held, values: { ...held.values, ...knownValues(held, row.update.values) } });
  const moved = outcome.record !== null && !outcome.record.modifiedByUs;
  // An edit that came between the decision and this write, or an action that was not done yet, is looked at next.
  const unseen = outcome.record !== null && !isAsDecided(row, outcome.record);
  const again =
    unseen || moved || row.decided.decision.actions.length > 0 ? at : row.decided.decision.lookAgainAt;
  if (record !== null) changes.opportunities.push({ record, dueAt: again });
  else changes.due.push({ side: 'opportunity', id: row.id, dueAt: again });
  if (row.edit !== null) {
    state.wrote.opportunitiesUpdated += 1;
    changes.history.push(
      ...historyOf(state, at, {
        opportunityId: row.id,
        referralId: row.edit.referralId,
        who: 'partnerCenter',
        to: 'crm',
        changes: row.edit.changes,
        rule: row.edit.reason,
        requestId: outcome.requestId,
      }),
    );
  }
  const told =
    row.decided.parkedNote === null
      ? undefined
      : row.decided.decision.findings.find(({ kind }) => kind === 'parked');
  if (told !== undefined) changes.meta[noteKey(row.id)] = fingerprint(told.message);
  if (link === null) return;
  const written = row.decided.bookkeeping === null ? link.written : row.decided.bookkeeping.written;
  let baseline = link.baseline;
  // The referral as it was decided on: one read since may hold an edit that nobody has carried yet.
  const { subject } = row.decided;
  const referral = subject.kind === 'linked' ? subject.referral : null;
  if (row.edit !== null && referral !== null && record !== null) {
    // What our own write left behind (a trigger may have changed it) is the agreed value; somebody else's edit is not.
    const deal = moved
      ? { ...toDeal(record, dependencies.mapping).deal, ...row.edit.deal }
      : toDeal(record, dependencies.mapping).deal;
    baseline = {
      ...baseline,
      ...baselineFrom(Object.keys(row.edit.deal) as FieldName[], deal, referral.deal, dependencies.hashOf),
    };
  }
  changes.links.push({ ...link, baseline, written, ...(row.edit === null ? {} : { changedAt: at }) });
}

/** Whether a row holds what the decision was made on and what was written, and nothing else. */
function isAsDecided({ decided: { subject }, update }: Row, record: OpportunityRecord): boolean {
  const before = subject.kind === 'referral' ? null : subject.opportunity;
  if (before === null) return false;
  const values = { ...before.values, ...knownValues(before, update.values) };
  return opportunityContent({ ...before, values }) === opportunityContent(record);
}

function knownValues(
  held: OpportunityRecord,
  written: Readonly<Record<string, CrmValue>>,
): Record<string, CrmValue> {
  return Object.fromEntries(Object.entries(written).filter(([path]) => Object.hasOwn(held.values, path)));
}

function noteWritten({ state }: CrmContext, { id, edit }: Row): void {
  if (edit !== null) state.rowTrouble.answered.add(id);
}

function failUpdate(context: CrmContext, row: Row, error: RemoteError, changes: Collected): void {
  const { dependencies, state, timing } = context;
  const at = dependencies.now().toISOString();
  state.passed.add(row.id);
  if (error.stopsHost) {
    state.stopped.set('crm', error);
    changes.due.push({ side: 'opportunity', id: row.id, dueAt: at });
    return;
  }
  if (error.code === 'version-conflict') {
    // Somebody edited the row after it was read: the next look merges again.
    state.rowTrouble.failed.set(row.id, error);
    changes.due.push({ side: 'opportunity', id: row.id, dueAt: at });
    return;
  }
  const key = `parked:crm-${error.code}:${row.id}`;
  const finding: Finding = {
    key,
    kind: 'parked',
    code: `crm-${error.code}`,
    opportunityId: row.id,
    referralId: row.edit?.referralId ?? null,
    fields: error.fields,
    message: `Opportunity ${row.id} could not be written: ${error.message} Correct it and run \`cosell-sync attention retry\`.`,
    values: [],
  };
  changes.attention.push(toItem(finding, at, undefined));
  changes.due.push({ side: 'opportunity', id: row.id, dueAt: timing.after(24 * 60) });
  state.raised.set(key, 'parked');
}
