/**
 * One process at a time works on a state directory. The lock is the operating system's, taken through SQLite on a
 * small file, so it is free the moment its holder dies, however that happens; what the file says about the holder is
 * only for messages.
 *
 * What a transaction writes is seen by others only after its commit, which also gives the lock back. So a starter
 * commits its name first and takes the lock again; if its name still stands there, nobody came in between.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { LockedError, StateError } from '../../core/errors.ts';
import { createPrivateFile, ensurePrivateDirectory, findStats, tightenFile } from './files.ts';
import { isDamage, primaryCode, SQLITE_BUSY, SQLITE_LOCKED, toStateError } from './sqlite.ts';

export const LOCK_FILE = 'daemon.lock';

/** Who holds the lock, for messages. */
const LockHolder = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** UTC. */
  startedAt: z.string(),
  /** What it was started to do: `start`, `sync`. */
  command: z.string(),
});
export type LockHolder = z.infer<typeof LockHolder>;

export interface Lock {
  readonly holder: LockHolder;
  /** Gives the lock back; a second time does nothing. */
  release(): void;
}

const TABLE =
  'CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY, token TEXT NOT NULL, holder TEXT NOT NULL) STRICT';

/** How long a starter tries while nobody's name is readable (others are starting at the same moment). */
const CONTEST_MS = 5_000;
const PAUSE_MS = 15;
/** A commit waits this long for somebody who is just reading the holder's name. */
const READERS_MS = 2_000;

/**
 * Takes the lock of a state directory. Exactly one of many simultaneous starters gets it.
 * Throws LockedError naming the holder's process id, host and start time.
 */
export function acquireLock({
  dir,
  describe,
}: {
  readonly dir: string;
  readonly describe: LockHolder;
}): Lock {
  const file = join(dir, LOCK_FILE);
  ensurePrivateDirectory(dir);
  if (findStats(file) === null) createPrivateFile(file);
  tightenFile(file);
  const database = connect(file);
  const token = randomUUID();
  try {
    contest(database, { dir, token, describe });
  } catch (error) {
    database.close();
    throw error instanceof LockedError ? error : lockFileError(error, file);
  }
  let isHeld = true;
  return {
    holder: describe,
    release() {
      if (!isHeld) return;
      isHeld = false;
      try {
        database.exec('DELETE FROM holder; COMMIT');
      } catch {
        // A name that stays behind is no obstacle; closing gives the lock back in any case.
      } finally {
        database.close();
      }
    },
  };
}

/** Who holds the lock at this moment; null when nobody does. */
export function findLockHolder(dir: string): LockHolder | null {
  const file = join(dir, LOCK_FILE);
  if (findStats(file) === null) return null;
  const database = connect(file);
  try {
    if (begin(database)) {
      database.exec('ROLLBACK');
      return null;
    }
    return readHolder(database)?.holder ?? null;
  } catch (error) {
    throw lockFileError(error, file);
  } finally {
    database.close();
  }
}

interface Contest {
  readonly dir: string;
  readonly token: string;
  readonly describe: LockHolder;
}

/**
 * Returns with the lock held and our name readable, or throws LockedError. Whoever wrote its name last never gives up
 * on account of its own name, and nobody overwrites a name without taking the lock: so one wins, and only one.
 */
function contest(database: DatabaseSync, { dir, token, describe }: Contest): void {
  const giveUpAt = performance.now() + CONTEST_MS;
  for (;;) {
    if (begin(database)) {
      if (readHolder(database)?.token === token) return;
      database.exec(TABLE);
      database
        .prepare('INSERT OR REPLACE INTO holder (one, token, holder) VALUES (1, ?, ?)')
        .run(token, JSON.stringify(describe));
      database.exec('COMMIT');
      continue;
    }
    const rival = readHolder(database);
    const isNamed = rival !== null && rival.token !== token && mayBeAlive(rival.holder, describe.host);
    if (isNamed || performance.now() > giveUpAt) throw lockedBy(rival?.holder ?? null, dir);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Whether the lock was free; it is ours until the transaction ends. */
function begin(database: DatabaseSync): boolean {
  database.exec('PRAGMA busy_timeout = 0');
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    const code = primaryCode(error);
    if (code === SQLITE_BUSY || code === SQLITE_LOCKED) return false;
    throw error;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${READERS_MS}`);
  }
}

function readHolder(database: DatabaseSync): { readonly token: string; readonly holder: LockHolder } | null {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'holder'").get();
  if (table === undefined) return null;
  const row = database.prepare('SELECT token, holder FROM holder WHERE one = 1').get();
  if (typeof row?.token !== 'string' || typeof row.holder !== 'string') return null;
  try {
    return { token: row.token, holder: LockHolder.parse(JSON.parse(row.holder)) };
  } catch {
    return null;
  }
}

/** A name of a process that died without giving the lock back is not the holder's. */
function mayBeAlive(holder: LockHolder, ourHost: string): boolean {
  if (holder.host !== ourHost) return true;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function connect(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: READERS_MS });
  } catch (error) {
    throw lockFileError(error, file);
  }
}

function lockedBy(holder: LockHolder | null, dir: string): LockedError {
  const who =
    holder === null
      ? 'Another cosell-sync that is just starting'
      : `Another cosell-sync (process ${holder.pid} on ${holder.host}, started ${holder.startedAt}, \`${holder.command}\`)`;
  return new LockedError(`${who} works on ${dir}; stop it, or wait until it is done.`);
}

function lockFileError(error: unknown, file: string): unknown {
  const known = toStateError(error, file);
  // Only what is wrong with the file itself is mended by deleting it; a full disk or a wrong owner is not.
  if (!isDamage(error) || known === error) return known;
  return new StateError(
    `${file} cannot be used as a lock; if no other cosell-sync works on the directory, delete it and run again.`,
    { cause: error },
  );
}
