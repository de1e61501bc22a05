/** All rows, one counter of versions over them, what was deleted, and the history of every accepted write. */
import { createGuidSource, isReference, isSameValue, type Value, type Values } from './values.ts';

export interface Row {
  /** Lower-case GUID. */
  readonly id: string;
  readonly values: Values;
  /** Also its ETag and its `versionnumber`. */
  readonly version: number;
}

export interface Tombstone {
  readonly id: string;
  readonly version: number;
}

/** One accepted write: who changed what from what to what. */
export interface WriteLogEntry {
  readonly n: number;
  /** `2026-04-13T15:00:00Z` */
  readonly at: string;
  readonly table: string;
  readonly id: string;
  readonly operation: 'create' | 'update' | 'delete';
  /** Id of the systemuser who wrote. */
  readonly actor: string;
  /** Through the API, by a person, or by the platform as a consequence. */
  readonly origin: 'api' | 'user' | 'system';
  readonly changes: readonly { readonly column: string; readonly from: Value; readonly to: Value }[];
}

export interface Store {
  readonly writeLog: readonly WriteLogEntry[];
  /** The version that was given last. */
  readonly version: number;
  nextVersion(): number;
  newId(): string;
  get(table: string, id: string): Row | undefined;
  rows(table: string): Iterable<Row>;
  count(table: string): number;
  /** Rows whose lookup leads to an id. */
  referring(table: string, column: string, id: string): readonly Row[];
  put(table: string, row: Row): void;
  remove(table: string, id: string): void;
  /** Rows with a version after `from` and up to `to`, oldest version first. */
  changed(table: string, from: number, to: number): readonly Row[];
  /** Deletions after `from` and up to `to` of rows that have not come back. */
  deleted(table: string, from: number, to: number): readonly Tombstone[];
  log(entry: Omit<WriteLogEntry, 'n' | 'changes'>, before: Values, after: Values): void;
  clearWriteLog(): void;
  /** Runs once the transaction that is under way has succeeded; at once when there is none. */
  onCommit(action: () => void): void;
  /** Runs something that is undone as a whole when it throws. Transactions may nest. */
  transaction<T>(run: () => T): T;
}

interface TableRows {
  readonly rows: Map<string, Row>;
  /** Every version a row had, in order; only the latest of a row still counts. */
  readonly versions: { readonly version: number; readonly id: string }[];
  readonly tombstones: Tombstone[];
  /** `column id` → ids of the rows that point there. */
  readonly references: Map<string, Set<string>>;
}

function firstAfter(versions: readonly { readonly version: number }[], version: number): number {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((versions[middle]?.version ?? 0) > version) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** An empty store. */
export function createStore(): Store {
  const tables = new Map<string, TableRows>();
  const writeLog: WriteLogEntry[] = [];
  const newId = createGuidSource();
  let version = 1_000_000;
  let writes = 0;
  let undo: (() => void)[] | null = null;
  let afterCommit: (() => void)[] = [];

  const tableOf = (name: string): TableRows => {
    const known = tables.get(name);
    if (known !== undefined) return known;
    const made: TableRows = { rows: new Map(), versions: [], tombstones: [], references: new Map() };
    tables.set(name, made);
    return made;
  };

  function index(table: TableRows, row: Row, add: boolean): void {
    for (const [column, value] of Object.entries(row.values)) {
      if (!isReference(value)) continue;
      const key = `${column} ${value.id}`;
      const ids = table.references.get(key) ?? new Set();
      if (add) ids.add(row.id);
      else ids.delete(row.id);
      table.references.set(key, ids);
    }
  }

  function replace(table: TableRows, id: string, row: Row | undefined): void {
    const before = table.rows.get(id);
    if (before !== undefined) index(table, before, false);
    if (row === undefined) table.rows.delete(id);
    else {
      table.rows.set(id, row);
      index(table, row, true);
    }
  }

  return {
    writeLog,
    get version() {
      return version;
    },
    nextVersion() {
      version += 1;
      return version;
    },
    newId,
    get: (table, id) => tableOf(table).rows.get(id),
    rows: (table) => tableOf(table).rows.values(),
    count: (table) => tableOf(table).rows.size,
    referring(table, column, id) {
      const rows = tableOf(table);
      return [...(rows.references.get(`${column} ${id}`) ?? [])].flatMap((each) => rows.rows.get(each) ?? []);
    },
    put(name, row) {
      const table = tableOf(name);
      const before = table.rows.get(row.id);
      replace(table, row.id, row);
      table.versions.push({ version: row.version, id: row.id });
      undo?.push(() => {
        table.versions.pop();
        replace(table, row.id, before);
      });
    },
    remove(name, id) {
      const table = tableOf(name);
      const before = table.rows.get(id);
      if (before === undefined) return;
      version += 1;
      replace(table, id, undefined);
      table.tombstones.push({ id, version });
      undo?.push(() => {
        table.tombstones.pop();
        replace(table, id, before);
      });
    },
    changed(name, from, to) {
      const { rows, versions } = tableOf(name);
      const found: Row[] = [];
      for (let at = firstAfter(versions, from); at < versions.length; at += 1) {
        const entry = versions[at];
        if (entry === undefined || entry.version > to) break;
        const row = rows.get(entry.id);
        if (row?.version === entry.version) found.push(row);
      }
      return found;
    },
    deleted(name, from, to) {
      const { rows, tombstones } = tableOf(name);
      const last = new Map<string, Tombstone>();
      for (let at = firstAfter(tombstones, from); at < tombstones.length; at += 1) {
        const tombstone = tombstones[at];
        if (tombstone === undefined || tombstone.version > to) break;
        if (!rows.has(tombstone.id)) last.set(tombstone.id, tombstone);
      }
      return [...last.values()].sort((left, right) => left.version - right.version);
    },
    log(entry, before, after) {
      const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((column) => {
        const [from, to] = [before[column] ?? null, after[column] ?? null];
        return isSameValue(from, to) ? [] : [{ column, from, to }];
      });
      writes += 1;
      writeLog.push({ n: writes, ...entry, changes });
      undo?.push(() => void writeLog.pop());
    },
    clearWriteLog() {
      writeLog.length = 0;
    },
    onCommit(action) {
      if (undo === null) action();
      else afterCommit.push(action);
    },
    transaction(run) {
      const isOutermost = undo === null;
      const steps = undo ?? [];
      const savepoint = steps.length;
      const queued = afterCommit.length;
      undo = steps;
      try {
        const result = run();
        if (isOutermost) for (const action of afterCommit.splice(0)) action();
        return result;
      } catch (error) {
        afterCommit = afterCommit.slice(0, queued);
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
