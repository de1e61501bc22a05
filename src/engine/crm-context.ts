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
