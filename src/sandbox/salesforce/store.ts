/** All rows of the org, transactions over them, the delete log, and the history of every accepted write. */
import type { SandboxClock } from '../kernel/clock.ts';
import { createIdSource, type IdSource } from './ids.ts';
import { createTable, type StoredRow, type Table } from './table.ts';
import { type FieldValue, toStamp, type Values } from './values.ts';

export interface DeletedEntry {
  readonly object: string;
  readonly id: string;
  /** Stamp of the deletion. */
  readonly at: string;
}

/** One accepted write: who changed what from what to what. */
export interface WriteLogEntry {
  readonly n: number;
  /** Stamp of the row after the write. */
  readonly at: string;
  readonly object: string;
  readonly id: string;
  readonly operation: 'create' | 'update' | 'delete' | 'undelete';
  /** User id of the writer. */
  readonly actor: string;
  /** Through the API, by a person, or by the org itself as a consequence. */
  readonly origin: 'api' | 'user' | 'system';
  readonly changes: readonly { readonly field: string; readonly from: FieldValue; readonly to: FieldValue }[];
}

export interface Store {
  readonly ids: IdSource;
  readonly writeLog: readonly WriteLogEntry[];
  readonly deletedLog: readonly DeletedEntry[];
  table(object: string): Table;
  put(object: string, row: StoredRow): void;
  /** Takes a row away for good. */
  remove(object: string, id: string): void;
  log(entry: Omit<WriteLogEntry, 'n'>): void;
  logDeleted(entry: DeletedEntry): void;
  clearWriteLog(): void;
  /** What readers see of a row now, deleted or not. */
  read(object: string, id: string): Values | null;
  /** The stamp of a write made now: whole seconds, never before the one handed out last. */
  stamp(): string;
  /** Calls the listener after writes, once what they belong to is done. */
  onCommit(listener: () => void): void;
  /** Runs something that is undone as a whole when it throws. Transactions may nest. */
  transaction<T>(run: () => T): T;
}

/** An empty store on a clock. */
export function createStore(clock: SandboxClock): Store {
  const tables = new Map<string, Table>();
  const writeLog: WriteLogEntry[] = [];
  const deletedLog: DeletedEntry[] = [];
  let undo: (() => void)[] | null = null;
  let lastStamp = '';
  let writes = 0;
  const listeners: (() => void)[] = [];
  let isTelling = false;
  /** Transactions never wait for anything, so whatever is told later is told of what is committed. */
  const tell = (): void => {
    if (isTelling || listeners.length === 0) return;
    isTelling = true;
    queueMicrotask(() => {
      isTelling = false;
      for (const listener of listeners) listener();
    });
  };

  const tableOf = (object: string): Table => {
    const existing = tables.get(object);
    if (existing !== undefined) return existing;
    const table = createTable();
    tables.set(object, table);
    return table;
  };
  const restoring = (object: string, id: string): (() => void) => {
    const table = tableOf(object);
    const before = table.get(id);
    return () => (before === undefined ? table.remove(id) : table.put(before));
  };

  return {
    ids: createIdSource(),
    writeLog,
    deletedLog,
    table: tableOf,
    put(object, row) {
      undo?.push(restoring(object, row.id));
      tableOf(object).put(row);
    },
    remove(object, id) {
      undo?.push(restoring(object, id));
      tableOf(object).remove(id);
    },
    log(entry) {
      writes += 1;
      writeLog.push({ n: writes, ...entry });
      undo?.push(() => void writeLog.pop());
      tell();
    },
    logDeleted(entry) {
      deletedLog.push(entry);
      undo?.push(() => void deletedLog.pop());
    },
    clearWriteLog() {
      writeLog.length = 0;
    },
    read(object, id) {
      const table = tableOf(object);
      const row = table.get(id);
      return row === undefined ? null : table.view(row, clock.now().getTime());
    },
    stamp() {
      const now = toStamp(clock.now().getTime());
      if (now > lastStamp) lastStamp = now;
      return lastStamp;
    },
    onCommit: (listener) => void listeners.push(listener),
    transaction(run) {
      const isOutermost = undo === null;
      const steps = undo ?? [];
      const savepoint = steps.length;
      undo = steps;
      try {
        return run();
      } catch (error) {
        const rolledBack = steps.splice(savepoint);
        undo = null;
        for (const step of rolledBack.reverse()) step();
        throw error;
      } finally {
        undo = isOutermost ? null : steps;
      }
    },
  };
}
