/** One round of a run: decides every due record and lets the guards choose what may be done. */
import { CorruptRowError } from '../core/errors.ts';
import { type Guarded, guard, isClose } from '../core/guard.ts';
import type { Action } from '../core/plan.ts';
import type { DueRecord } from '../core/store-port.ts';
import type { Timing } from '../core/timing.ts';
import { decideAll } from './decide.ts';
import type { Decided } from './decided.ts';
import type { EngineDependencies, RunOptions } from './dependencies.ts';
import { approvalDigestOf, digestOf } from './digest.ts';
import { lookUpDueTeams, lookUpTeams } from './directory.ts';
import { settleIntents } from './intents.ts';
import { isCreate, limitCreates } from './limit-creates.ts';
import { hasLooksLeft } from './microsoft.ts';
import { referralCursorKey } from './pull.ts';
import { approvedDigests, raiseSystemItem } from './run-items.ts';
import type { RunState } from './run-state.ts';
import { settleUpdates } from './settle-updates.ts';
import { feedShowsSiblings } from './sibling-feed.ts';
import type { Subject } from './subject.ts';
import { subjectsOf } from './subjects.ts';
import { byTrouble } from './trouble.ts';

const CHUNK = 200;
const DUE_LIMIT = 1_000_000;

/** What a run found to do, before anything is written. */
export interface Planned {
  readonly decided: readonly Decided[];
  readonly actions: readonly Action[];
  readonly guarded: Guarded;
  /** Creates beyond the run's own limit on them; they stay due. */
  readonly heldCreates: readonly Action[];
  /** New deals that are not made before the list of deals was read to its end once. */
  readonly heldUntilRead: number;
}

/** What a run has used of its limits so far. */
export interface Spent {
  writes: number;
  closes: number;
  creates: number;
}

/** Counts actions against the limits of the run. @param sign -1 where they turned out not to be sent */
export function spend(spent: Spent, actions: readonly Action[], sign: 1 | -1 = 1): void {
  spent.writes += sign * actions.length;
  spent.closes += sign * actions.filter(isClose).length;
  spent.creates += sign * actions.filter(isCreate).length;
}

export async function planRound(
  dependencies: EngineDependencies,
  state: RunState,
  timing: Timing,
  options: RunOptions,
  spent: Spent,
  only: ReadonlySet<string> | null = null,
  maxCreates: number | null = null,
): Promise<Planned> {
  const { ledger, policy, progress } = dependencies;
  const written = await ledger.intents();
  const unread = await settleUpdates(dependencies, written, state.trouble, options);
  for (const id of unread) state.passed.add(id);
  const intents = await settleIntents(dependencies, written, options);
  const openIntents = new Map(
    intents.flatMap((intent) =>
      [intent.opportunityId, intent.referralId]
        .filter((id) => id !== null)
        .map((id) => [id as string, intent] as const),
    ),
  );
  const { createdAt } = await ledger.identity();
  const looks = {
    budget: state.invitations,
    showsSiblings: await feedShowsSiblings(dependencies),
    isFull: options.full || (await hasLooksLeft(dependencies)),
  };
  const context = {
    timing,
    stateCreatedAt: createdAt,
    openIntents,
    looks,
    runId: state.runId,
    accountSearches: { failures: 0, last: null },
  };
  const now = dependencies.now().toISOString();
  const due = await ledger.due([now, timing.now].sort().at(-1) ?? now, DUE_LIMIT);
  await lookUpDueTeams(dependencies, state, due, options);
  const taken = new Set<string>(state.passed);
  const found: Decided[] = [];
  let chunk: (typeof due)[number][] = [];
  const flush = async (): Promise<void> => {
    const fresh = chunk.filter(({ id }) => !taken.has(id));
    chunk = [];
    if (fresh.length === 0) return;
    const subjects = await readableSubjects(dependencies, state, fresh, options);
    const distinct = subjects.filter((subject) => {
      const ids = [
        subject.kind === 'referral' ? null : subject.opportunity?.id,
        subject.kind === 'opportunity' ? null : subject.referral?.id,
      ].filter((id) => id !== null && id !== undefined);
      return !ids.some((id) => taken.has(id));
    });
    for (const subject of distinct) {
      if (subject.kind !== 'referral' && subject.opportunity !== null) taken.add(subject.opportunity.id);
      if (subject.kind !== 'opportunity' && subject.referral !== null) taken.add(subject.referral.id);
    }
    for (const { id } of fresh) taken.add(id);
    const opportunities = distinct.flatMap((subject) =>
      subject.kind === 'referral' ? [] : (subject.opportunity ?? []),
    );
    await lookUpTeams(dependencies, state, opportunities, options);
    const results = await decideAll(dependencies, distinct, context, options);
    for (const entry of results) noteDecision(state, entry);
    found.push(
      ...results.filter(
        ({ decision, bookkeeping, parkedNote }) =>
          decision.actions.length > 0 || bookkeeping !== null || parkedNote !== null,
      ),
    );
    progress({ phase: 'deciding', done: taken.size, total: due.length, what: 'records' });
  };
  for (const record of due) {
    chunk.push(record);
    if (chunk.length >= CHUNK) await flush();
    if (options.stop.aborted) break;
  }
  await flush();

  const { sound, failing } = byTrouble(state.trouble, found, ({ link }) =>
    link === null ? [] : [link.referralId, link.engagementId],
  );
  const decided = [...sound, ...failing];
  const wanted = decided
    .flatMap(({ decision }) => decision.actions)
    .filter(
      (action) =>
        only === null ||
        only.has(digestOf(action)) ||
        (action.type === 'invite-microsoft' && state.begun.has(action.opportunityId)),
    );
  const held = await newDealsBeforeTheList(dependencies, wanted);
  state.heldUntilRead += held.size;
  for (const { opportunityId } of held) if (opportunityId !== null) state.passed.add(opportunityId);
  const actions = wanted.filter((action) => !held.has(action));
  const checked = guard({
    actions,
    maxWrites: policy.maxWritesPerRun - spent.writes,
    maxCloses: policy.maxClosesPerRun - spent.closes,
    approvals: policy.approvals,
    approved: await approvedDigests(dependencies),
    digestOf: approvalDigestOf,
    last: new Set(failing.flatMap(({ decision }) => decision.actions)),
  });
  const { guarded, held: heldCreates } = limitCreates(
    checked,
    maxCreates === null ? null : maxCreates - spent.creates,
  );
  spend(spent, guarded.allowed);
  return { decided, actions, guarded, heldCreates, heldUntilRead: held.size };
}

/**
 * New deals that are not to be made yet. Until the list of deals was read to its end once, the deal of an opportunity
 * may stand in the part that is missing: after a lost ledger, it does.
 */
async function newDealsBeforeTheList(
  dependencies: EngineDependencies,
  wanted: readonly Action[],
): Promise<ReadonlySet<Action>> {
  const creates = wanted.filter(({ type }) => type === 'create-referral');
  if (creates.length === 0) return new Set();
  const cursor = await dependencies.cursors.load(referralCursorKey(dependencies));
  return new Set(cursor === null ? creates : []);
}

/** The subjects of due records; a row of the ledger that cannot be read is set aside, the others go on. */
async function readableSubjects(
  dependencies: EngineDependencies,
  state: RunState,
  due: readonly DueRecord[],
  options: RunOptions,
): Promise<readonly Subject[]> {
  let rest = due;
  for (;;) {
    try {
      return await subjectsOf(dependencies, rest, state, options);
    } catch (error) {
      if (!(error instanceof CorruptRowError) || !rest.some(({ id }) => id === error.id)) throw error;
      rest = rest.filter(({ id }) => id !== error.id);
      state.passed.add(error.id);
      await raiseSystemItem(dependencies, state, 'parked', `unreadable-row-${error.id}`, error.message);
    }
  }
}

function noteDecision(state: RunState, { subject, decision, bookkeeping, parkedNote }: Decided): void {
  for (const { key, kind, values } of decision.findings) {
    state.raised.set(
      key,
      kind === 'conflict' && values.every(({ applied }) => applied !== null) ? 'notice' : kind,
    );
  }
  if (subject.kind === 'linked' && subject.unsaved) state.linked += 1;
  if (
    decision.actions.length === 0 &&
    bookkeeping === null &&
    parkedNote === null &&
    decision.findings.length === 0
  )
    state.unchanged += 1;
}
