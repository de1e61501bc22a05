/** A thin layer over node:sqlite: prepared once, one transaction at a time, failures told as state errors. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { StateError } from '../../core/errors.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** How long a statement waits for another process that is writing. */
export const BUSY_TIMEOUT_MS = 10_000;

/** What to do about a ledger that cannot be relied on. */
export const DAMAGE_REMEDY = 'restore a backup, or move the file away and run `cosell-sync rebuild`';

/** A database with its prepared statements. */
export interface Sql {
  /** For messages. */
  readonly file: string;
  all(text: string, ...values: readonly SQLInputValue[]): readonly Row[];
  get(text: string, ...values: readonly SQLInputValue[]): Row | undefined;
  /** Returns the number of rows changed. */
  run(text: string, ...values: readonly SQLInputValue[]): number;
  /** Runs all of the work in one transaction that takes the write lock at once, or none of it. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** Wraps an open database. */
export function createSql(database: DatabaseSync, file: string): Sql {
  const statements = new Map<string, StatementSync>();
  const prepared = (text: string): StatementSync => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toStateError(error, file);
    }
  };
  return {
    file,
    all: (text, ...values) => attempt(() => prepared(text).all(...values)),
    get: (text, ...values) => attempt(() => prepared(text).get(...values)),
    run: (text, ...values) => attempt(() => Number(prepared(text).run(...values).changes)),
    transaction(work) {
      attempt(() => database.exec('BEGIN IMMEDIATE'));
      try {
        const result = work();
        attempt(() => database.exec('COMMIT'));
        return result;
      } catch (error) {
        // SQLite rolls back by itself after some failures (a full disk).
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => attempt(() => database.close()),
  };
}

/** SQLite's result code with its extension, or null when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
export const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
export const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** The basic result code, without its extension. */
export function primaryCode(error: unknown): number | null {
  const code = sqliteCode(error);
  return code === null ? null : code & 0xff;
}

/** Whether the file could not be opened or written for reasons outside it. */
export function isUnwritable(error: unknown): boolean {
  const code = primaryCode(error);
  return code === SQLITE_READONLY || code === SQLITE_CANTOPEN;
}

/** Whether the file itself is not a sound database. */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** A StateError with the remedy for what can happen to a file; any other error unchanged. */
export function toStateError(error: unknown, file: string): unknown {
  const problem = (text: string) => new StateError(text, { cause: error });
  switch (primaryCode(error)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return problem(
        `${file} has been kept busy by another process for ${BUSY_TIMEOUT_MS / 1000} seconds; run again when it is done.`,
      );
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return problem(
        `${file} cannot be opened for writing; check the owner and mode of the state directory, then run again.`,
      );
    case SQLITE_IOERR:
      return problem(`The disk failed while ${file} was in use; check the disk, then run again.`);
    case SQLITE_FULL:
      return problem(`The disk is full, ${file} could not grow; make room, then run again.`);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(file, error);
    default:
      return error;
  }
}

/** The refusal of a file that is not a sound ledger. The file is left as it is. */
export function damaged(file: string, cause?: unknown): StateError {
  return new StateError(
    `${file} is damaged and was left as it is: ${DAMAGE_REMEDY}.`,
    cause === undefined ? undefined : { cause },
  );
}

function wrongType(column: string): StateError {
  return new StateError(`A row of the ledger holds no sensible ${column}: ${DAMAGE_REMEDY}.`);
}

/** Column values by their expected type; anything else means a row that was tampered with. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw wrongType(column);
  return value;
}

export function nullableTextOf(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw wrongType(column);
  return value;
}
