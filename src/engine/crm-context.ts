/** What writing to the CRM shares, whatever is written. */
import { RemoteError } from '../core/errors.ts';
import type { WriteOutcome } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';
import type { EngineDependencies, RunOptions } from './dependencies.ts';
import type { RunState } from './run-state.ts';

export interface CrmContext {
  readonly dependencies: EngineDependencies;
  readonly state: RunState;
  readonly timing: Timing;
  readonly options: RunOptions;
}

/** Whether the CRM may still be written to in this run. */
export function mayGoOn({ state, options }: CrmContext): boolean {
  return !state.stopped.has('crm') && !options.stop.aborted;
}

/** A call that failed as a whole is the failure of each of its rows. */
export async function outcomesOf(
  rows: number,
  call: () => Promise<readonly WriteOutcome[]>,
): Promise<readonly WriteOutcome[]> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return Array.from({ length: rows }, () => ({ ok: false as const, error }));
  }
}

/** Rows that were written but not read back, read now: a trigger may have made something else of what was written. */
export async function withReadBack(
  { dependencies, state, options }: CrmContext,
  outcomes: readonly WriteOutcome[],
): Promise<readonly WriteOutcome[]> {
  const ids = outcomes.flatMap((outcome) => (outcome.ok && outcome.record === null ? [outcome.id] : []));
  if (ids.length === 0) return outcomes;
  try {
    const found = await dependencies.crm.read(ids, options);
    return outcomes.map((outcome) =>
      outcome.ok && outcome.record === null ? { ...outcome, record: found.get(outcome.id) ?? null } : outcome,
    );
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    if (error.stopsHost) state.stopped.set('crm', error);
    return outcomes;
  }
}
