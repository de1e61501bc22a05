/** A consistent copy of the ledger, for plans and backups; the original keeps every byte. */
import { constants, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StateError } from '../../core/errors.ts';
import { removeCursors } from './cursors.ts';
import { COMPANIONS, LEDGER_FILE } from './database.ts';
import { createPrivateFile, ensurePrivateDirectory, findStats, tightenFile } from './files.ts';
import { refuseLostCommits } from './soundness.ts';
import { BUSY_TIMEOUT_MS, isUnwritable, toStateError } from './sqlite.ts';

/** Pages copied before other work gets a turn. */
const PAGES_AT_ONCE = 2_000;
/** How often a copy is taken again because the ledger was opened or written meanwhile. */
const ATTEMPTS = 10;

/**
 * Copies the ledger into another directory, which is made. Works while another process writes.
 * Returns false, having made nothing, when there is no ledger. Throws StateError when it cannot be copied.
 */
export async function copyLedger({
  dir,
  to,
}: {
  readonly dir: string;
  readonly to: string;
}): Promise<boolean> {
  const source = join(dir, LEDGER_FILE);
  if (findStats(source) === null) return false;
  refuseLostCommits(source);
  ensurePrivateDirectory(to);
  const target = join(to, LEDGER_FILE);
  for (const suffix of ['', ...COMPANIONS]) rmSync(target + suffix, { force: true });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    // The log and its index are both there exactly while somebody has the ledger open (or died with it open). Then the
    // copy goes through SQLite, read-only, which neither empties the log nor removes it.
    if (COMPANIONS.every((suffix) => existsSync(source + suffix))) {
      if (await copyOpen(source, target)) return true;
    } else if (copyClosed(source, target)) return true;
  }
  throw new StateError(`${source} changed every time it was copied; run again.`);
}

async function copyOpen(source: string, target: string): Promise<boolean> {
  createPrivateFile(target);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(source, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    // One read transaction around all steps, so that a busy writer does not send the copy back to its start.
    database.exec('BEGIN');
    database.prepare('SELECT lineage FROM ledger').get();
    await backup(database, target, { rate: PAGES_AT_ONCE });
    return true;
  } catch (error) {
    // A directory that we may not write to has no place for the reader's marks; the files are copied as they are.
    if (isUnwritable(error)) return copyClosed(source, target);
    throw toStateError(error, source);
  } finally {
    database?.close();
    tightenFile(target);
  }
}

/** Copies ledger and log as files; false when either changed meanwhile. Nobody in this process has them open. */
function copyClosed(source: string, target: string): boolean {
  const before = fingerprintOf(source);
  for (const suffix of ['', '-wal']) {
    rmSync(target + suffix, { force: true });
    if (!existsSync(source + suffix)) continue;
    try {
      copyFileSync(source + suffix, target + suffix, constants.COPYFILE_FICLONE);
    } catch (error) {
      throw new StateError(
        `Could not copy ${source}; check the space and the owner of ${target}, then run again.`,
        { cause: error },
      );
    }
    tightenFile(target + suffix);
  }
  return before === fingerprintOf(source);
}

function fingerprintOf(file: string): string {
  return ['', '-wal']
    .map((suffix) => {
      const stats = statSync(file + suffix, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? '-' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
    })
    .join(' / ');
}

/**
 * Moves the ledger out of the way, for a rebuild, and forgets the cursors, which belong to it. Nothing is deleted of
 * the ledger. To be called with the lock held. Returns the old ledger's new path; null when there was none.
 */
export function setLedgerAside({ dir, now }: { readonly dir: string; readonly now: Date }): string | null {
  const file = join(dir, LEDGER_FILE);
  const stamp = now.toISOString().replace(/[:.]/g, '-');
  const aside = join(dir, `ledger.${stamp}.db`);
  const isThere = findStats(file) !== null;
  removeCursors(dir);
  // The ledger first: a log that is left alone is never played into another ledger, a ledger without its log is older.
  for (const suffix of ['', ...COMPANIONS]) {
    if (findStats(file + suffix) !== null) renameSync(file + suffix, aside + suffix);
  }
  return isThere ? aside : null;
}
