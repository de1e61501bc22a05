/** Exit codes: fixed, because other people's scripts act on them. */
import { ConfigurationError, LockedError, RemoteError, StateError } from '../core/errors.ts';
import { safeRemoteText } from '../core/lenses/remote-text.ts';
import type { RunOutcome } from '../core/store-port.ts';
import { HaltError } from '../engine/dependencies.ts';

/**
 * - 0: all in agreement
 * - 1: a bug
 * - 2: wrong usage or configuration
 * - 3: finished, some items need attention
 * - 4: stopped early (remote unavailable, credentials, limit hit, asked to stop); safe to run again
 * - 5: halted by a guard, a person must decide
 * - 6: another process holds the state
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Wrong usage stops everything before anything runs, so it outranks what connections end with. */
const GRAVEST_FIRST: readonly ExitCode[] = [2, 1, 5, 6, 4, 3, 0];

const CODE_BY_OUTCOME: Readonly<Record<RunOutcome, ExitCode>> = {
  clean: 0,
  attention: 3,
  incomplete: 4,
  halted: 5,
};

/** A command that was asked to stop before it was done. Exit code 4. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** The gravest of several connections' codes; 0 for none. */
export function gravest(codes: readonly ExitCode[]): ExitCode {
  return GRAVEST_FIRST.find((code) => codes.includes(code)) ?? 0;
}

export function exitCodeOfOutcome(outcome: RunOutcome): ExitCode {
  return CODE_BY_OUTCOME[outcome];
}

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof ConfigurationError) return 2;
  if (error instanceof RemoteError || error instanceof StateError || error instanceof InterruptedError)
    return 4;
  if (error instanceof HaltError) return 5;
  if (error instanceof LockedError) return 6;
  return 1;
}

/**
 * What a person reads about an error; a bug is named as one, without its stack. What a bug came across may be anything,
 * so it is masked as a remote's words are.
 */
export function messageOfError(error: unknown): string {
  if (exitCodeOfError(error) !== 1) return error instanceof Error ? error.message : String(error);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something went wrong that should not have: ${safeRemoteText(what)}\nSet COSELL_SYNC_DEBUG=1 to see where, and report it.`;
}
