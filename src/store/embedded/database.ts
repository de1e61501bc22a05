/** Opening `ledger.db`: made whole or not at all, refused when it is not sound, never replaced. */
import { randomUUID } from 'node:crypto';
import { accessSync, constants, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StateError } from '../../core/errors.ts';
import {
  createPrivateFile,
  ensurePrivateDirectory,
  findStats,
  syncDirectory,
  systemCode,
  tightenFile,
} from './files.ts';
import { createSchema, latestVersion, MIGRATIONS, type Migration, migrate, versionOf } from './schema.ts';
import { asDamage, type Expectation, refuseLostCommits, verify } from './soundness.ts';
import { BUSY_TIMEOUT_MS, damaged, toStateError } from './sqlite.ts';

export const LEDGER_FILE = 'ledger.db';
/** What SQLite keeps beside a file that is open, or was when its process died. */
export const COMPANIONS = ['-wal', '-shm'] as const;

/** The log is cut back to this after a long transaction. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

export interface OpenDatabaseOptions {
  readonly dir: string;
  readonly now: Date;
  /** Never writes; a missing file is as good as an empty ledger. */
  readonly readOnly?: boolean;
  /** Beside the process that holds the lock: it may be written to, and its file is neither made nor brought up to date. */
  readonly beside?: boolean;
  /** For tests of the migration itself. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the ledger's file, making it when there is none and bringing an older one up to date.
 * Throws StateError, naming the remedy, for a damaged, foreign or newer file, which is left as it is.
 */
export function openDatabase({
  dir,
  now,
  readOnly = false,
  beside = false,
  migrations = MIGRATIONS,
}: OpenDatabaseOptions): DatabaseSync {
  const file = join(dir, LEDGER_FILE);
  if (!readOnly && !beside) ensurePrivateDirectory(dir);
  if (findStats(file) === null) {
    if (readOnly || beside) return createMemoryDatabase(now, migrations);
    createLedgerFile(file, now, migrations);
  }
  const stats = findStats(file);
  if (stats === null || !stats.isFile())
    throw new StateError(`${file} is not a file; choose another state.dir.`);
  // A file that exists and holds nothing lost its content: calling that a first run would create every deal again.
  if (stats.size === 0) throw damaged(file);
  if (!readOnly) tightenAll(file);
  const isSettled = findStats(`${file}-wal`) === null;
  refuseLostCommits(file);
  const expectation = { file, size: stats.size, isSettled, migrations };
  if (!isSettled) inspect(expectation);
  const database = connect(file, readOnly);
  try {
    if (isSettled) verify(database, expectation);
    database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF');
    if (readOnly) {
      refuseOlder(database, file, migrations);
      database.exec('PRAGMA query_only = ON');
    } else if (beside) refuseOlder(database, file, migrations);
    else {
      useLog(database, file);
      // What a killed process left goes into the file now: the log begins anew, and nothing old stays behind its end.
      if (!isSettled) database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      migrate(database, file, migrations);
      tightenAll(file);
    }
    return database;
  } catch (error) {
    database.close();
    throw asDamage(error, file);
  }
}

/** An empty ledger that lives as long as its handle. */
export function createMemoryDatabase(now: Date, migrations: readonly Migration[] = MIGRATIONS): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  createSchema(database, { now, migrations });
  return database;
}

/**
 * Reads the whole file and every row for damage, however large it is,; for `doctor`.
 * Throws StateError with the remedy.
 */
export function checkLedgerFile(dir: string): void {
  const file = join(dir, LEDGER_FILE);
  const stats = findStats(file);
  if (stats === null) return;
  if (stats.size === 0) throw damaged(file);
  refuseLostCommits(file);
  const isSettled = findStats(`${file}-wal`) === null;
  inspect({ file, size: stats.size, isSettled, migrations: MIGRATIONS, whole: true });
}

/** Whether a state directory holds a ledger, sound or not. */
export function hasLedger(dir: string): boolean {
  return findStats(join(dir, LEDGER_FILE)) !== null;
}

function tightenAll(file: string): void {
  tightenFile(file);
  for (const suffix of COMPANIONS) tightenFile(file + suffix);
}

/** SQLite itself would leave an empty file behind if the process died early; a whole one is linked into place. */
function createLedgerFile(file: string, now: Date, migrations: readonly Migration[]): void {
  setOrphansAside(file);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    createPrivateFile(temporary);
    const database = new DatabaseSync(temporary, { timeout: BUSY_TIMEOUT_MS });
    try {
      database.exec('PRAGMA synchronous = FULL');
      useLog(database, file);
      createSchema(database, { now, migrations });
    } finally {
      database.close();
    }
    placeNew(temporary, file);
  } catch (error) {
    throw toStateError(error, file);
  } finally {
    for (const suffix of ['', ...COMPANIONS]) rmSync(temporary + suffix, { force: true });
  }
  syncDirectory(join(file, '..'));
}

/** A log without its ledger would be played into the new one; it is kept under another name. */
function setOrphansAside(file: string): void {
  for (const suffix of COMPANIONS) {
    if (findStats(file + suffix) !== null) renameSync(file + suffix, `${file}${suffix}.orphan`);
  }
}

/** Gives a finished file its name; where another process was quicker, that one's file stays. */
function placeNew(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    // Some file systems have no hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    renameSync(temporary, file);
  }
}

function connect(file: string, readOnly: boolean): DatabaseSync {
  try {
    if (readOnly && !isWritable(file)) return connectUnwritable(file);
    // A read-only handle of SQLite would leave a log behind that nobody removes; `query_only` is set once it is open.
    return new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw toStateError(error, file);
  }
}

function connectUnwritable(file: string): DatabaseSync {
  const isOpenElsewhere = findStats(`${file}-wal`) !== null;
  const url = pathToFileURL(file);
  if (!isOpenElsewhere) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    accessSync(join(file, '..'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Verifies a ledger that has a log through a handle that does not, on closing, write the log into a damaged file. */
function inspect(expectation: Expectation): void {
  const { file } = expectation;
  let database: DatabaseSync | null = null;
  try {
    database = isWritable(file)
      ? new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
      : connectUnwritable(file);
    verify(database, expectation);
  } catch (error) {
    throw asDamage(error, file);
  } finally {
    database?.close();
  }
}

function refuseOlder(database: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  if (versionOf(database) === latestVersion(migrations)) return;
  throw new StateError(
    `${file} was written by an older cosell-sync; run \`cosell-sync sync\` or \`cosell-sync start\` once to bring it up to date.`,
  );
}

function useLog(database: DatabaseSync, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal') {
    throw new StateError(
      `${file} lies on a file system without shared memory (a network drive?); put state.dir on a local disk.`,
    );
  }
  database.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
}
