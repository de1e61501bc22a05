/**
 * Whether a ledger's file can be relied on.
 *
 * At every opening: the marks of the file, its schema word for word, the log, and up to 128 MiB every page and index.
 * A larger file is read through by `doctor` only; that would take longer than a run. Each row is held against its
 * checksum when it is read, whatever the size.
 */
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StateError } from '../../core/errors.ts';
import { changedRows } from './checksum.ts';
import { findStats } from './files.ts';
import { hasLostCommits } from './log-check.ts';
import {
  APPLICATION_ID,
  applyMigrations,
  FIRST_WITH_CHECKSUMS,
  latestVersion,
  type Migration,
  versionOf,
} from './schema.ts';
import { DAMAGE_REMEDY, damaged, primaryCode, SQLITE_ERROR, toStateError } from './sqlite.ts';

/** Up to this size a file is read through when it is opened; beyond, that takes longer than a run. */
const CHECKED_WHOLE_BYTES = 128 * 1024 * 1024;
/** What a ledger's file is held against. */
export interface Expectation {
  readonly file: string;
  readonly size: number;
  /** Whether there is no log: then the file itself must be whole. */
  readonly isSettled: boolean;
  readonly migrations: readonly Migration[];
  /** Reads a large file through as well, and every row. */
  readonly whole?: boolean;
}

/**
 * Holds an open file against what a ledger is. Changes nothing.
 * Throws StateError, naming the remedy, for a damaged, foreign or newer one.
 */
export function verify(
  database: DatabaseSync,
  { file, size, isSettled, migrations, whole = false }: Expectation,
): void {
  const latest = latestVersion(migrations);
  database.exec('PRAGMA trusted_schema = OFF');
  const version = versionOf(database);
  const id = database.prepare('PRAGMA application_id').get()?.application_id;
  if (version <= 0 || id !== APPLICATION_ID) {
    throw new StateError(`${file} is not a ledger of cosell-sync and was left as it is: ${DAMAGE_REMEDY}.`);
  }
  if (version > latest) {
    throw new StateError(
      `${file} was written by a newer cosell-sync (version ${version}, this one knows ${latest}) and was left as it is; run the newer release, or restore the copy it kept (ledger.db.v${latest}.bak). If none ever ran here, the file is damaged: ${DAMAGE_REMEDY}.`,
    );
  }
  if (version === latest && schemaOf(database) !== expectedSchema(migrations)) throw damaged(file);
  // SQLite reads a page that was cut short as if it ended in zeros.
  const pageBytes = database.prepare('PRAGMA page_size').get()?.page_size;
  if (isSettled && typeof pageBytes === 'number' && size % pageBytes !== 0) throw damaged(file);
  if (whole || size <= CHECKED_WHOLE_BYTES) readThrough(database, file);
  if (!whole || version < FIRST_WITH_CHECKSUMS) return;
  const changed = changedRows(database);
  if (changed.length > 0) {
    throw new StateError(
      `${file} holds rows that are not what was saved (${changed.join(', ')}) and was left as it is: ${DAMAGE_REMEDY}.`,
    );
  }
}

/** All that a database declares, as text. A bit may flip in the name of an index as well as in a value. */
function schemaOf(database: DatabaseSync): string {
  const rows = database
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
    .all();
  return JSON.stringify(rows);
}

const schemas = new WeakMap<readonly Migration[], string>();

function expectedSchema(migrations: readonly Migration[]): string {
  const known = schemas.get(migrations);
  if (known !== undefined) return known;
  const database = new DatabaseSync(':memory:');
  applyMigrations(database, migrations);
  const schema = schemaOf(database);
  database.close();
  schemas.set(migrations, schema);
  return schema;
}

/** SQLite calls some damage an error of the statement; while a ledger is opened, all statements are known to be right. */
export function asDamage(error: unknown, file: string): unknown {
  return primaryCode(error) === SQLITE_ERROR ? damaged(file, error) : toStateError(error, file);
}

/**
 * Refuses a ledger whose log has lost confirmed commits: SQLite would go on with an earlier state. To be asked before
 * SQLite opens the file, which may take the log in and remove it.
 */
export function refuseLostCommits(file: string): void {
  const log = `${file}-wal`;
  const read = (): Buffer | null => (findStats(log) === null ? null : readFileSync(log));
  const first = read();
  if (first === null || !hasLostCommits(first)) return;
  // Another process may just be writing it.
  const again = read();
  if (again?.equals(first) !== true) return;
  throw new StateError(
    `${log} is damaged: SQLite would drop what was saved after the damage. It and ${file} were left as they are: ${DAMAGE_REMEDY}.`,
  );
}

function readThrough(database: DatabaseSync, file: string): void {
  // The quick check would miss an index that has lost a row: a link that is not found is a deal created twice.
  const verdict = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
  if (verdict !== 'ok') throw damaged(file);
}
