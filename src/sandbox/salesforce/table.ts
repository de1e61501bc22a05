/**
 * One object's rows with the indexes that queries use. Rows are replaced, never changed, so a reader may keep one.
 * A row written by a long transaction keeps showing what it was until the transaction commits: its shadow.
 */
import type { FieldValue, Values } from './values.ts';
import { textOf } from './values.ts';

export interface Shadow {
  /** What readers see meanwhile; null for a row that is not there yet. */
  readonly values: Values | null;
  /** When the write commits, in milliseconds since the epoch. */
  readonly untilMs: number;
}

export interface StoredRow {
  readonly id: string;
  readonly values: Values;
  readonly shadow: Shadow | null;
}

export interface Table {
  readonly size: number;
  get(id: string): StoredRow | undefined;
  put(row: StoredRow): void;
  remove(id: string): void;
  rows(): Iterable<StoredRow>;
  /** What readers see of a row at an instant; null when it is not there (yet). */
  view(row: StoredRow, nowMs: number): Values | null;
  /** Ids of rows whose column has the value, text in any case. May hold a few more; never fewer. */
  idsWith(column: string, value: FieldValue): Iterable<string>;
  /** Ids of rows whose stamp is in the range. May hold a few more; never fewer. */
  idsStamped(from: string | null, to: string | null): Iterable<string>;
  /** Ids of rows whose last write has not committed. */
  uncommitted(nowMs: number): readonly StoredRow[];
}

interface Stamped {
  readonly stamp: string;
  readonly id: string;
}

function keyOf(value: FieldValue | undefined): string {
  return value === null || value === undefined ? '' : String(value).toLowerCase();
}

/** An empty table. */
export function createTable(): Table {
  const rows = new Map<string, StoredRow>();
  const byValue = new Map<string, Map<string, Set<string>>>();
  const shadowed = new Set<string>();
  let stamps: Stamped[] = [];
  let isSorted = true;

  function indexOf(column: string): Map<string, Set<string>> {
    const existing = byValue.get(column);
    if (existing !== undefined) return existing;
    const built = new Map<string, Set<string>>();
    byValue.set(column, built);
    for (const row of rows.values()) enter(built, column, row);
    return built;
  }

  function enter(index: Map<string, Set<string>>, column: string, row: StoredRow): void {
    const key = keyOf(row.values[column]);
    const ids = index.get(key);
    if (ids === undefined) index.set(key, new Set([row.id]));
    else ids.add(row.id);
  }

  function leave(row: StoredRow): void {
    for (const [column, index] of byValue) index.get(keyOf(row.values[column]))?.delete(row.id);
  }

  /** Stamps of earlier versions stay in the list until it is twice as long as it needs to be. */
  function sortedStamps(): readonly Stamped[] {
    if (stamps.length > 2 * rows.size + 1_000) {
      stamps = [...rows.values()].map(({ id, values }) => ({
        id,
        stamp: textOf(values, 'SystemModstamp') ?? '',
      }));
      isSorted = false;
    }
    if (!isSorted) {
      stamps.sort((left, right) => (left.stamp < right.stamp ? -1 : left.stamp > right.stamp ? 1 : 0));
      isSorted = true;
    }
    return stamps;
  }

  function view(row: StoredRow, nowMs: number): Values | null {
    return row.shadow !== null && nowMs < row.shadow.untilMs ? row.shadow.values : row.values;
  }

  return {
    get size() {
      return rows.size;
    },
    get: (id) => rows.get(id),
    put(row) {
      const before = rows.get(row.id);
      if (before !== undefined) leave(before);
      rows.set(row.id, row);
      for (const [column, index] of byValue) enter(index, column, row);
      const stamp = textOf(row.values, 'SystemModstamp') ?? '';
      if (textOf(before?.values ?? {}, 'SystemModstamp') !== stamp) {
        if (stamp < (stamps.at(-1)?.stamp ?? '')) isSorted = false;
        stamps.push({ stamp, id: row.id });
      }
      if (row.shadow === null) shadowed.delete(row.id);
      else shadowed.add(row.id);
    },
    remove(id) {
      const row = rows.get(id);
      if (row === undefined) return;
      leave(row);
      rows.delete(id);
      shadowed.delete(id);
    },
    rows: () => rows.values(),
    view,
    *idsWith(column, value) {
      yield* indexOf(column).get(keyOf(value)) ?? [];
      yield* shadowed;
    },
    *idsStamped(from, to) {
      const sorted = sortedStamps();
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if ((sorted[middle]?.stamp ?? '') < (from ?? '')) low = middle + 1;
        else high = middle;
      }
      for (let index = low; index < sorted.length; index += 1) {
        const entry = sorted[index];
        if (entry === undefined || (to !== null && entry.stamp > to)) break;
        if (rows.get(entry.id)?.values.SystemModstamp === entry.stamp) yield entry.id;
      }
      yield* shadowed;
    },
    uncommitted(nowMs) {
      const found: StoredRow[] = [];
      for (const id of shadowed) {
        const row = rows.get(id);
        if (row?.shadow === null || row === undefined || row.shadow.untilMs <= nowMs) shadowed.delete(id);
        else found.push(row);
      }
      return found;
    },
  };
}
