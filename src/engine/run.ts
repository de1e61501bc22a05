/** One run: pull, pair, decide, guard, apply, commit, report. */
import { RemoteError } from '../core/errors.ts';
import type { Action } from '../core/plan.ts';
import type { RunReport } from '../core/store-port.ts';
import { lookForAbsent } from './absent.ts';
import { applyRound } from './apply-round.ts';
import { timingOf } from './decided.ts';
import { decidedSoFar, takeUpDecisions } from './decisions.ts';
import { type EngineDependencies, HaltError, type RunOptions } from './dependencies.ts';
import { withDirectory } from './directory.ts';
import { rememberedFailures, settleTrouble } from './failing-records.ts';
import { crmTime, followRelated, type Looks, look, noteCrmClock } from './looks.ts';
import { tellPeople } from './messages.ts';
import { noteLooksLeft, wakeInvitations } from './microsoft.ts';
import { CREDENTIAL_KEYS, raiseRefusedSignIns } from './notices.ts';
import { type Pulled, pull, referralCursorKey } from './pull.ts';
import { planStoppedBy, reportOf } from './report.ts';
import { type Planned, planRound, type Spent, spend } from './round.ts';
import { HALT_KEY, raiseApprovals, raiseHalt, raiseSystemItem, raiseUnreadable } from './run-items.ts';
import { withRunLog } from './run-log.ts';
import { createRunState, type RunState } from './run-state.ts';
import { withTroubleNoted } from './trouble.ts';

/** Rounds in which what was written is looked at again, until nothing is left to do. */
const MAX_ROUNDS = 6;
/** After more referral writes than a list page nearly holds, the feed's cursor is moved past them at once. */
const SETTLE_BEYOND = 50;

export interface RunInput extends RunOptions {
  /** Only these actions may be done (a saved plan); null: all that the guards allow. */
  readonly only: ReadonlySet<string> | null;
  /** How many records the run may create on both sides together; absent: as many as the guards allow. */
  readonly maxCreates?: number;
  /** Records to look at directly, besides the feeds or instead of them. */
  readonly looks?: Looks;
  /** Reads related rows that the CRM's feed does not follow. */
  readonly related?: boolean;
}

export type { Looks } from './looks.ts';

/** Reads both sides and plans; commits to the ledger it was given, writes to no remote. `stopped` says why it is not all that there is to do. */
export async function planRun(
  given: EngineDependencies,
  options: RunOptions,
): Promise<Planned & { readonly pulled: Pulled; readonly stopped: string | null }> {
  const state = createRunState(given.newId());
  const dependencies = withTroubleNoted(withDirectory(given, state), state);
  state.trouble.remembered = await rememberedFailures(given);
  const pulled = await pull(dependencies, options.full, options);
  const timing = timingOf(dependencies, pulled.crmNow);
  const planned = await planRound(dependencies, state, timing, options, {
    writes: 0,
    closes: 0,
    creates: 0,
  });
  return { ...planned, pulled, stopped: planStoppedBy(state, planned.heldUntilRead) };
}

/** Performs a run and stores its report. Never throws for remote failures: the report says what stopped it. */
export async function performRun(given: EngineDependencies, input: RunInput): Promise<RunReport> {
  const { ledger } = given;
  const startedAt = given.now().toISOString();
  const state = createRunState(given.newId());
  const dependencies = withTroubleNoted(withDirectory(withRunLog(given, state.runId), state), state);
  const { logger } = dependencies;
  const before = dependencies.requests();
  const decided = await decidedSoFar(ledger);
  state.trouble.remembered = await rememberedFailures(given);
  let pulled: Pulled | null = null;
  let halted: string | null = null;
  let capped = 0;
  let heldCreates = 0;
  // Reading may be cut off at any time; a write under way is always finished and committed.
  const reading: RunOptions = { ...input, signal: AbortSignal.any([input.signal, input.stop]) };
  try {
    const linkedBefore = (await ledger.counts()).links;
    const looked = await lookOnly(dependencies, input, reading);
    pulled =
      looked ??
      (await pullAll(dependencies, input, reading, (reason) => {
        if (!(reason instanceof RemoteError)) throw reason;
        state.stopped.set(reason.system, reason);
      }));
    if (looked === null) await ledger.commit({ resolved: [HALT_KEY, ...CREDENTIAL_KEYS] });
    await raiseUnreadable(dependencies, state, pulled.unreadable);
    // A side that told everything tells by what it leaves out; where nothing was linked, nothing can be missing.
    const isComplete = pulled.allOpportunities !== null || pulled.allReferrals !== null;
    const spent: Spent = { writes: 0, closes: 0, creates: 0 };
    if (input.full || (isComplete && linkedBefore > 0)) {
      const absent = await lookForAbsent(dependencies, state, pulled, reading);
      spent.closes += absent.allowed.length;
      if (absent.halted.length > 0) halted = await raiseHalt(dependencies, state, absent.halted);
      if (absent.waiting.length > 0) await raiseApprovals(dependencies, state, absent.waiting);
    }
    if (input.full) await wakeInvitations(dependencies, pulled.allReferrals);
    const timing = timingOf(dependencies, pulled.crmNow);
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
      heldCreates += planned.heldCreates.length;
      const { halted: stopped, waiting, capped: beyond } = planned.guarded;
      const applied = await applyRound(dependencies, state, timing, planned, pulled.delivered, input);
      // What was not sent uses up no limit: it makes room for others, in the next round.
      spend(spent, applied.unsent, -1);
      const hasRoom = applied.unsent.length > 0 && round < MAX_ROUNDS;
      if (!hasRoom) capped += beyond.length;
      for (const action of [...stopped, ...waiting, ...(hasRoom ? [] : beyond), ...planned.heldCreates])
        passOver(state, action);
      if (!applied.goesOn) break;
    }
    if (!input.stop.aborted) await noteLooksLeft(dependencies, state.invitations, input.full);
    if (looked === null) await finishFeeds(dependencies, state, input);
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
  await takeUpDecisions(ledger, decided, dependencies.now().toISOString());
  await settleTrouble(dependencies, state);
  await raiseRefusedSignIns(dependencies, state);
  if (!input.stop.aborted) await tellPeople(dependencies, input);
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

/** Reads only the named records, where that is asked for; null: the feeds are to be walked. */
async function lookOnly(
  dependencies: EngineDependencies,
  { looks, full }: RunInput,
  options: RunOptions,
): Promise<Pulled | null> {
  if (looks?.only !== true || full) return null;
  // Before the first walk nothing is known that a look could be judged against.
  const crmNow = await crmTime(dependencies);
  return crmNow === null ? null : look(dependencies, looks, crmNow, options);
}

/** Walks both feeds; then reads what they do not tell of, and records that were named. */
async function pullAll(
  dependencies: EngineDependencies,
  { full, related, looks }: RunInput,
  options: RunOptions,
  onOther: (reason: unknown) => void,
): Promise<Pulled> {
  const pulled = await pull(dependencies, full, options, onOther);
  await noteCrmClock(dependencies, pulled.crmNow);
  if (looks !== undefined) await look(dependencies, looks, pulled.crmNow, options);
  if (related === true && !full) await followRelated(dependencies, options);
  return pulled;
}

function passOver(state: RunState, action: Action): void {
  for (const id of [action.opportunityId, action.referralId]) if (id !== null) state.passed.add(id);
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
  const key = referralCursorKey(dependencies);
  const cursor = await cursors.load(key);
  if (cursor === null) return;
  const next = await partnerCenter.settle(
    cursor,
    (id, version) => version !== null && ledger.referralVersion(id) === version,
    options,
  );
  await cursors.save(key, next);
}
