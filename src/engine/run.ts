/** One run: pull, pair, decide, guard, apply, commit, report. */
import pLimit from 'p-limit';
import { CorruptRowError, RemoteError, type System } from '../core/errors.ts';
import { type Guarded, guard } from '../core/guard.ts';
import type { Action } from '../core/plan.ts';
import type { RequestCounts } from '../core/ports.ts';
import type { AttentionItem, DueRecord, RunReport } from '../core/store-port.ts';
import type { Timing } from '../core/timing.ts';
import { lookForAbsent } from './absent.ts';
import { createOpportunities, updateOpportunities } from './apply-opportunities.ts';
import { applyReferralWork, type ReferralWork } from './apply-referrals.ts';
import { type Decided, decideAll, timingOf } from './decide.ts';
import { type EngineDependencies, HaltError, type RunOptions } from './dependencies.ts';
import { digestOf, fingerprint } from './digest.ts';
import { lookUpDueTeams, lookUpTeams, withDirectory } from './directory.ts';
import { settleIntents } from './intents.ts';
import { limitCreates } from './limit-creates.ts';
import { wakeInvitations } from './microsoft.ts';
import { CREDENTIAL_KEYS, raiseRefusedSignIns, sendNotices } from './notices.ts';
import { type Pulled, pull } from './pull.ts';
import { withRefusals } from './refusals.ts';
import { createRunState, type RunState } from './run-state.ts';
import { feedShowsSiblings } from './sibling-feed.ts';
import { refreshOpportunities, type Subject, subjectsOf } from './subjects.ts';

/** The item that a halt before the first write raises; it goes when both sides can be read again. */
const HALT_KEY = 'approval:halted:';
/** Rounds in which what was written is looked at again, until nothing is left to do. */
const MAX_ROUNDS = 6;
const CHUNK = 200;
const DUE_LIMIT = 1_000_000;
/** Pairs written side by side; the HTTP layer holds the real limit for the host. */
const PAIRS_AT_ONCE = 16;
/** After more referral writes than a list page nearly holds, the feed's cursor is moved past them at once. */
const SETTLE_BEYOND = 50;

/** What a run found to do, before anything is written. */
export interface Planned {
  readonly decided: readonly Decided[];
  readonly actions: readonly Action[];
  readonly guarded: Guarded;
  /** Creates beyond the run's own limit on them; they stay due. */
  readonly heldCreates: readonly Action[];
}

export interface RunInput extends RunOptions {
  /** Only these actions may be done (a saved plan); null: all that the guards allow. */
  readonly only: ReadonlySet<string> | null;
  /** How many records the run may create on both sides together; absent: as many as the guards allow. */
  readonly maxCreates?: number;
}

/** What a run has used of its limits so far. */
interface Spent {
  writes: number;
  closes: number;
  creates: number;
}

/** Reads both sides and plans; commits to the ledger it was given, writes to no remote. */
export async function planRun(
  given: EngineDependencies,
  options: RunOptions,
): Promise<Planned & { readonly pulled: Pulled }> {
  const state = createRunState(given.newId());
  const dependencies = withDirectory(given, state);
  const pulled = await pull(dependencies, options.full, options);
  const timing = timingOf(dependencies, pulled.crmNow);
  const planned = await planRound(dependencies, state, timing, options, {
    writes: 0,
    closes: 0,
    creates: 0,
  });
  return { ...planned, pulled };
}

/** Performs a run and stores its report. Never throws for remote failures: the report says what stopped it. */
export async function performRun(given: EngineDependencies, input: RunInput): Promise<RunReport> {
  const { ledger, logger } = given;
  const startedAt = given.now().toISOString();
  const state = createRunState(given.newId());
  const dependencies = withDirectory(given, state);
  const before = dependencies.requests();
  let pulled: Pulled | null = null;
  let halted: string | null = null;
  let capped = 0;
  let heldCreates = 0;
  // Reading may be cut off at any time; a write under way is always finished and committed.
  const reading: RunOptions = { ...input, signal: AbortSignal.any([input.signal, input.stop]) };
  try {
    const linkedBefore = (await ledger.counts()).links;
    pulled = await pull(dependencies, input.full, reading);
    await ledger.commit({ resolved: [HALT_KEY, ...CREDENTIAL_KEYS] });
    // A side that told everything tells by what it leaves out; where nothing was linked, nothing can be missing.
    const isComplete = pulled.allOpportunities !== null || pulled.allReferrals !== null;
    if (input.full || (isComplete && linkedBefore > 0))
      await lookForAbsent(dependencies, state, pulled, reading);
    if (input.full) await wakeInvitations(dependencies, pulled.allReferrals);
    const timing = timingOf(dependencies, pulled.crmNow);
    const spent: Spent = { writes: 0, closes: 0, creates: 0 };
    for (let round = 1; round <= MAX_ROUNDS && !input.stop.aborted; round += 1) {
      const planned = await planRound(
        dependencies,
        state,
        timing,
        reading,
        spent,
        input.only,
        input.maxCreates ?? null,
      );
      if (planned.guarded.halted.length > 0)
        halted = await raiseHalt(dependencies, state, planned.guarded.halted);
      if (planned.guarded.waiting.length > 0)
        await raiseApprovals(dependencies, state, planned.guarded.waiting);
      capped += planned.guarded.capped.length;
      heldCreates += planned.heldCreates.length;
      const { halted: stopped, waiting, capped: beyond } = planned.guarded;
      for (const action of [...stopped, ...waiting, ...beyond, ...planned.heldCreates])
        passOver(state, action);
      if (!(await applyRound(dependencies, state, timing, planned, pulled.delivered, input))) break;
    }
    await finishFeeds(dependencies, state, input);
  } catch (error) {
    if (error instanceof HaltError) {
      halted = error.message;
      await raiseSystemItem(dependencies, state, 'approval', 'halted', error.message);
    } else if (input.stop.aborted || input.signal.aborted)
      logger.info({ runId: state.runId }, 'Run was asked to stop');
    else if (error instanceof RemoteError) state.stopped.set(error.system, error);
    else throw error;
    logger.warn(
      { runId: state.runId, code: error instanceof RemoteError ? error.code : 'halted' },
      'Run stopped early',
    );
  }
  await raiseRefusedSignIns(dependencies, state);
  if (!input.stop.aborted) await sendNotices(dependencies, input);
  const report = await reportOf(dependencies, state, {
    startedAt,
    pulled,
    halted,
    capped,
    heldCreates,
    maxCreates: input.maxCreates ?? 0,
    before,
    stopped: input.stop.aborted,
  });
  await ledger.commit({ run: report });
  return report;
}

function passOver(state: RunState, action: Action): void {
  for (const id of [action.opportunityId, action.referralId]) if (id !== null) state.passed.add(id);
}

async function planRound(
  dependencies: EngineDependencies,
  state: RunState,
  timing: Timing,
  options: RunOptions,
  spent: Spent,
  only: ReadonlySet<string> | null = null,
  maxCreates: number | null = null,
): Promise<Planned> {
  const { ledger, policy, progress } = dependencies;
  const intents = await settleIntents(dependencies, options);
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
    isFull: options.full,
  };
  const context = { timing, stateCreatedAt: createdAt, openIntents, looks, runId: state.runId };
  const now = dependencies.now().toISOString();
  const due = await ledger.due([now, timing.now].sort().at(-1) ?? now, DUE_LIMIT);
  await lookUpDueTeams(dependencies, state, due, options);
  const taken = new Set<string>(state.passed);
  const decided: Decided[] = [];
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
    decided.push(
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

  const actions = decided
    .flatMap(({ decision }) => decision.actions)
    .filter(
      (action) =>
        only === null ||
        only.has(digestOf(action)) ||
        (action.type === 'invite-microsoft' && state.begun.has(action.opportunityId)),
    );
  const checked = guard({
    actions,
    maxWrites: policy.maxWritesPerRun - spent.writes,
    maxCloses: policy.maxClosesPerRun - spent.closes,
    approvals: policy.approvals,
    approved: await approvedDigests(dependencies),
    digestOf,
  });
  const {
    guarded,
    creates,
    held: heldCreates,
  } = limitCreates(checked, maxCreates === null ? null : maxCreates - spent.creates);
  spent.creates += creates;
  spent.writes += guarded.allowed.length;
  spent.closes += guarded.allowed.filter(
    ({ type }) => type === 'close-referral' || type === 'decline-referral' || type === 'unlink',
  ).length;
  return { decided, actions, guarded, heldCreates };
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
      return await subjectsOf(dependencies, rest, options);
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

async function approvedDigests({ ledger }: EngineDependencies): Promise<ReadonlySet<string>> {
  const items = await ledger.attention({ state: 'approved', kind: 'approval' });
  return new Set(items.flatMap(({ covers }) => covers));
}

/** Applies one round; false when it wrote nothing, so that another would not either. */
async function applyRound(
  dependencies: EngineDependencies,
  state: RunState,
  timing: Timing,
  { decided, guarded }: Planned,
  delivered: ReadonlySet<string>,
  options: RunOptions,
): Promise<boolean> {
  const allowed = new Set<Action>(guarded.allowed);
  const context = { dependencies, state, timing, options };
  const creates = decided.flatMap(({ decision, subject }) =>
    decision.actions.flatMap((action) =>
      action.type === 'create-opportunity' && allowed.has(action) && subject.kind === 'referral'
        ? [{ action, referral: subject.referral }]
        : [],
    ),
  );
  await createOpportunities(context, creates);

  const work = await referralWork(dependencies, decided, allowed, delivered, options);
  const limit = pLimit(PAIRS_AT_ONCE);
  let done = 0;
  await Promise.all(
    work.map((pair) =>
      limit(async () => {
        if (state.stopped.has('partnerCenter') || options.stop.aborted) return;
        await applyReferralWork(context, pair);
        done += 1;
        dependencies.progress({ phase: 'writing', done, total: work.length, what: 'referrals' });
      }),
    ),
  );
  const unlinks = guarded.allowed.flatMap((action) => (action.type === 'unlink' ? [action] : []));
  if (unlinks.length > 0) {
    await dependencies.ledger.commit({
      links: unlinks.map(({ link }) => link),
      due: unlinks.map(({ opportunityId }) => ({
        side: 'opportunity' as const,
        id: opportunityId as string,
        dueAt: null,
      })),
    });
  }
  // An opportunity whose deal was just written gets its bookkeeping from what the next round finds.
  const deferred = new Set<string>(
    work.map(({ opportunity }) => opportunity.id).filter((id) => !state.refused.has(id)),
  );
  const told = await withRefusals(dependencies, decided, state.refused, timing);
  await updateOpportunities(context, told, allowed, deferred);
  state.refused.clear();
  return guarded.allowed.length > 0 && state.stopped.size === 0;
}

/** The pairs with Partner Center actions; what cannot be undone is checked against the CRM as it is this moment. */
async function referralWork(
  dependencies: EngineDependencies,
  decided: readonly Decided[],
  allowed: ReadonlySet<Action>,
  delivered: ReadonlySet<string>,
  options: RunOptions,
): Promise<readonly ReferralWork[]> {
  const work: ReferralWork[] = [];
  for (const { subject, decision, mapped, link } of decided) {
    if (subject.kind === 'referral' || subject.opportunity === null || mapped === null) continue;
    const actions = decision.actions.filter(
      (action) =>
        allowed.has(action) &&
        action.type !== 'update-opportunity' &&
        action.type !== 'unlink' &&
        action.type !== 'link',
    );
    if (actions.length === 0) continue;
    work.push({
      opportunity: subject.opportunity,
      mapped,
      link,
      referral: subject.kind === 'linked' ? subject.referral : null,
      actions,
    });
  }
  // An opportunity that waited since an earlier run may have left the filter, of which the feed says nothing.
  const final = work.filter(
    ({ actions, opportunity }) =>
      actions.some(
        ({ type, irreversible }) =>
          irreversible.length > 0 && (type !== 'create-referral' || !delivered.has(opportunity.id)),
      ) || actions.some(({ irreversible }) => irreversible.includes('share-contact')),
  );
  if (final.length === 0) return work;
  const moved = await refreshOpportunities(
    dependencies,
    final.map(({ opportunity }) => opportunity.id),
    options,
  );
  return work.filter(({ opportunity }) => !moved.has(opportunity.id));
}

async function raiseHalt(
  dependencies: EngineDependencies,
  state: RunState,
  actions: readonly Action[],
): Promise<string> {
  const covers = actions.map(digestOf).sort();
  const list = actions.slice(0, 10).map(({ type, referralId }) => `${type} ${referralId ?? ''}`.trim());
  const more = actions.length > list.length ? ` and ${actions.length - list.length} more` : '';
  const message = `${actions.length} deals would be closed or unlinked, more than the limit of ${dependencies.policy.maxClosesPerRun} a run: ${list.join(', ')}${more}. None of them was; approve with \`cosell-sync attention approve\` if that is meant.`;
  await raiseSystemItem(dependencies, state, 'approval', 'too-many-closes', message, covers);
  return message;
}

async function raiseApprovals(
  dependencies: EngineDependencies,
  state: RunState,
  actions: readonly Action[],
): Promise<void> {
  const at = dependencies.now().toISOString();
  const items = actions.map((action): AttentionItem => {
    const digest = digestOf(action);
    const key = `approval:${action.type}:${action.opportunityId ?? action.referralId ?? ''}:${digest}`;
    state.raised.set(key, 'approval');
    return {
      id: '',
      key,
      kind: 'approval',
      code: action.type,
      opportunityId: action.opportunityId,
      referralId: action.referralId,
      fields: action.changes.map(({ field }) => field),
      message: `${action.type} waits for approval: ${action.reason}.`,
      values: [],
      since: at,
      lastSeenAt: at,
      count: 1,
      state: 'open',
      covers: [digest],
      decisions: {},
      why: null,
    };
  });
  await dependencies.ledger.commit({ attention: items });
}

async function raiseSystemItem(
  dependencies: EngineDependencies,
  state: RunState,
  kind: AttentionItem['kind'],
  code: string,
  message: string,
  covers: readonly string[] = [],
): Promise<void> {
  const at = dependencies.now().toISOString();
  const key = `${kind}:${code}:${covers.length === 0 ? '' : fingerprint(covers)}`;
  state.raised.set(key, kind);
  await dependencies.ledger.commit({
    attention: [
      {
        id: '',
        key,
        kind,
        code,
        opportunityId: null,
        referralId: null,
        fields: [],
        message,
        values: [],
        since: at,
        lastSeenAt: at,
        count: 1,
        state: 'open',
        covers,
        decisions: {},
        why: null,
      },
    ],
  });
}

/** Moves the referral feed's cursor past what this run wrote itself, when that is more than the next run reads in one page. */
async function finishFeeds(
  dependencies: EngineDependencies,
  state: RunState,
  options: RunOptions,
): Promise<void> {
  const { partnerCenter, cursors, ledger } = dependencies;
  const written = state.wrote.referralsCreated + state.wrote.referralsUpdated + state.wrote.invitations;
  if (
    written <= SETTLE_BEYOND ||
    partnerCenter.settle === undefined ||
    state.stopped.has('partnerCenter') ||
    options.stop.aborted
  )
    return;
  const key = `partner-center:${partnerCenter.feedIdentity}`;
  const cursor = await cursors.load(key);
  if (cursor === null) return;
  const next = await partnerCenter.settle(
    cursor,
    (id, version) => version !== null && ledger.referralVersion(id) === version,
    options,
  );
  await cursors.save(key, next);
}

interface Ending {
  readonly startedAt: string;
  readonly pulled: Pulled | null;
  readonly halted: string | null;
  readonly capped: number;
  readonly heldCreates: number;
  readonly maxCreates: number;
  readonly before: RequestCounts;
  readonly stopped: boolean;
}

async function reportOf(
  dependencies: EngineDependencies,
  state: RunState,
  ending: Ending,
): Promise<RunReport> {
  const requests = dependencies.requests();
  const { before } = ending;
  const open = await dependencies.ledger.attention({ state: 'open' });
  // Undecided conflicts and waiting approvals keep a run from being clean until somebody decides; parked records and
  // notices count in the run that raises them.
  const undecided = open.filter(
    ({ kind, values }) => kind === 'conflict' && values.some(({ applied }) => applied === null),
  ).length;
  const approvals = open.filter(({ kind }) => kind === 'approval').length;
  const openKeys = new Set(open.map(({ key }) => key));
  const raised = [...state.raised].filter(([key]) => openKeys.has(key)).map(([, kind]) => kind);
  const parked = raised.filter((kind) => kind === 'parked').length;
  const notices = raised.filter((kind) => kind === 'notice').length;
  const intents = (await dependencies.ledger.intents()).length;
  const stoppedBy =
    ending.halted ??
    stopReason(state.stopped) ??
    (ending.stopped
      ? 'It was asked to stop.'
      : ending.capped > 0
        ? `The limit of ${dependencies.policy.maxWritesPerRun} writes a run was reached; ${ending.capped} go on in the next run.`
        : ending.heldCreates > 0
          ? `The limit of ${ending.maxCreates} creates for this run was reached; ${ending.heldCreates} more are due and go on in the next run.`
          : null);
  const outcome =
    ending.halted !== null
      ? 'halted'
      : stoppedBy !== null
        ? 'incomplete'
        : undecided + approvals + parked + intents > 0
          ? 'attention'
          : 'clean';
  return {
    runId: state.runId,
    connection: dependencies.connection,
    outcome,
    startedAt: ending.startedAt,
    finishedAt: dependencies.now().toISOString(),
    read: { opportunities: ending.pulled?.opportunities ?? 0, referrals: ending.pulled?.referrals ?? 0 },
    wrote: { ...state.wrote },
    linked: state.linked,
    unchanged: state.unchanged,
    attention: { conflicts: undecided, parked, approvals, notices },
    requests: {
      crm: requests.crm - before.crm,
      partnerCenter: requests.partnerCenter - before.partnerCenter,
      graph: requests.graph - before.graph,
      retries: requests.retries - before.retries,
    },
    stopped: stoppedBy,
  };
}

function stopReason(stopped: ReadonlyMap<System, RemoteError>): string | null {
  const reasons = [...stopped.values()].map(({ message }) => message);
  return reasons.length === 0 ? null : reasons.join(' ');
}
