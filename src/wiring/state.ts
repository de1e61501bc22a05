/** The state directory as commands open it: under the lock, only for reading, or as a private copy. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { State, StateHolder } from '../cli/services.ts';
import type { Config } from '../core/config-types.ts';
import { ConfigurationError, LockedError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { EmbeddedState, LockHolder } from '../store/index.ts';

export interface StateOptions {
  readonly dir: string;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** The directory of an embedded state. @throws ConfigurationError for another kind */
export function stateDirOf({ state, file }: Config): string {
  if (state.kind === 'embedded') return state.dir;
  throw new ConfigurationError([
    `${file}: state.kind ${state.kind} is not supported by this release; use embedded.`,
  ]);
}

interface Opening {
  /** Where the ledger is. */
  readonly dir: string;
  readonly readOnly: boolean;
  /** Whether another process holds the lock. */
  readonly beside?: boolean;
  /** Where the cursors are read from when the ledger is a copy. */
  readonly cursorsFrom: string | null;
  /** Runs once everything is closed, whatever happened. */
  readonly afterwards: () => void | Promise<void>;
}

/** The audit trail goes back two years. */
const HISTORY_MS = 730 * 86_400_000;
/** A month of runs every five minutes, two days of runs every fifteen seconds. */
const RUNS_KEPT = 10_000;

/** Connections are opened on first use, so that a command that ends before that makes no file. */
async function createState({ now, logger }: StateOptions, opening: Opening): Promise<State> {
  const { openEmbeddedState } = await import('../store/index.ts');
  const { dir, readOnly, beside = false, cursorsFrom, afterwards } = opening;
  const opened = new Map<string, Promise<EmbeddedState>>();
  const open = (connection: string): Promise<EmbeddedState> => {
    const existing = opened.get(connection);
    if (existing !== undefined) return existing;
    const state = openEmbeddedState({
      dir,
      connection,
      now,
      readOnly,
      beside,
      ...(cursorsFrom === null ? {} : { cursorsFrom }),
      onDiscard: (reason) =>
        logger.info({ connection, reason }, 'Saved cursors do not count; everything is read again'),
    });
    opened.set(connection, state);
    return state;
  };
  return {
    ledger: async (connection) => (await open(connection)).ledger,
    cursors: async (connection) => (await open(connection)).cursors,
    async tidy(connection) {
      const { ledger } = await open(connection);
      const historyOlderThan = new Date(now().getTime() - HISTORY_MS).toISOString();
      return ledger.prune({ historyOlderThan, runsKeep: RUNS_KEPT });
    },
    async close() {
      try {
        const states = await Promise.allSettled(opened.values());
        for (const state of states) if (state.status === 'fulfilled') await state.value.close();
      } finally {
        await afterwards();
      }
    },
  };
}

function describeUs(command: string, now: Date): LockHolder {
  return { pid: process.pid, host: hostname(), startedAt: now.toISOString(), command };
}

/** Opens the state under the lock. @throws LockedError, StateError */
export async function openForWriting(options: StateOptions, command: string): Promise<State> {
  const { acquireLock } = await import('../store/index.ts');
  const lock = acquireLock({ dir: options.dir, describe: describeUs(command, options.now()) });
  return createState(options, {
    dir: options.dir,
    readOnly: false,
    cursorsFrom: null,
    afterwards: () => lock.release(),
  });
}

/**
 * Opens the state for a person's decisions: under the lock, or beside the process that holds it. A decision is one
 * small transaction that says what the person saw, and a run takes decisions that fall into it up again at its end.
 * @throws StateError
 */
export async function openForDeciding(options: StateOptions, command: string): Promise<State> {
  try {
    return await openForWriting(options, command);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    const { dir } = options;
    return createState(options, {
      dir,
      readOnly: false,
      beside: true,
      cursorsFrom: null,
      afterwards: () => {},
    });
  }
}

/** Opens the state as it is; null where there is none. */
export async function openForReading(options: StateOptions): Promise<State | null> {
  if (!existsSync(options.dir)) return null;
  return createState(options, { dir: options.dir, readOnly: true, cursorsFrom: null, afterwards: () => {} });
}

/** Copies the ledger into a private directory, which goes when the state is closed. */
export async function openCopy(options: StateOptions): Promise<State> {
  const { copyLedger } = await import('../store/index.ts');
  const folder = await mkdtemp(join(tmpdir(), 'cosell-sync-plan-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await copyLedger({ dir: options.dir, to: folder });
    return await createState(options, {
      dir: folder,
      readOnly: false,
      cursorsFrom: options.dir,
      afterwards: remove,
    });
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Moves the ledger aside and opens a new state, under one lock. */
export async function startNew(
  options: StateOptions,
  command: string,
): Promise<{ readonly oldLedger: string | null; readonly state: State }> {
  const { setLedgerAside } = await import('../store/index.ts');
  const state = await openForWriting(options, command);
  try {
    return { oldLedger: setLedgerAside({ dir: options.dir, now: options.now() }), state };
  } catch (error) {
    await state.close();
    throw error;
  }
}

/** Who holds the lock; null when nobody does. */
export async function holderOf(dir: string): Promise<StateHolder | null> {
  if (!existsSync(dir)) return null;
  const { findLockHolder } = await import('../store/index.ts');
  return findLockHolder(dir);
}

/** The same in words. */
export async function lockHolderOf(dir: string): Promise<string | null> {
  const holder = await holderOf(dir);
  return holder === null
    ? null
    : `process ${holder.pid} on ${holder.host}, started ${holder.startedAt} (${holder.command})`;
}
