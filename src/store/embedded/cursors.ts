/**
 * Where each feed has been consumed to, in `cursors.json`: a file that a person can read and reset. A cursor that
 * cannot be trusted counts as none, and everything is read again, which costs requests and nothing else.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LowSync, MemorySync, type SyncAdapter } from 'lowdb';
import { z } from 'zod';
import type { Cursors } from '../../core/store-port.ts';
import { checksumOf } from './checksum.ts';
import { ensurePrivateDirectory, readText, tightenFile, writeDurably } from './files.ts';

export const CURSORS_FILE = 'cursors.json';

const Entry = z.object({
  value: z.string(),
  savedAt: z.string(),
  /** The ledger's serial when the cursor was saved: what the cursor passed is in that ledger or a later one. */
  serial: z.number().int().nonnegative(),
  /** Of key, value and serial: a cursor with a digit changed would pass records by. Absent in files of earlier releases. */
  checksum: z.number().optional(),
});
type Entry = z.infer<typeof Entry>;

/** Entries are checked one by one, so that a slip of the hand costs one cursor. */
const CursorFile = z.object({
  lineage: z.string(),
  connections: z.record(z.string(), z.object({ cursors: z.record(z.string(), z.unknown()) })),
});
type CursorFile = z.infer<typeof CursorFile>;

/**
 * Why saved cursors do not count.
 *
 * - `unreadable`: the file, or an entry in it, is not what this store writes
 * - `foreign`: the file belongs to another ledger
 * - `ahead`: it was saved over a later ledger than the one there is (which was restored from a backup)
 */
export type CursorDiscard = 'unreadable' | 'foreign' | 'ahead';

export type OpenCursorsOptions = {
  readonly connection: string;
  /** The ledger's identity. */
  readonly lineage: string;
  /** The ledger's serial at this moment. */
  readonly serial: () => Promise<number>;
  readonly now: () => Date;
  /** Told at most once for each reason. */
  readonly onDiscard?: (reason: CursorDiscard) => void;
} & (
  | {
      readonly dir: string;
      /** Keeps what is saved to itself and leaves the file alone. */
      readonly readOnly?: boolean;
    }
  | { readonly memory: true }
);

/** Opens a connection's cursors. Nothing is read before the first use, and nothing is written before a save. */
export function openCursors(options: OpenCursorsOptions): Cursors {
  const { connection, lineage, serial, now } = options;
  const told = new Set<CursorDiscard>();
  const discard = (reason: CursorDiscard): null => {
    if (!told.has(reason)) options.onDiscard?.(reason);
    told.add(reason);
    return null;
  };
  const empty = (): CursorFile => ({ lineage, connections: {} });
  const database = new LowSync<unknown>(adapterOf(options), null);

  /** The file as it is now (other connections write it too); a fresh one when it does not count. */
  const read = (): CursorFile => {
    // lowdb keeps what it has where it finds nothing.
    database.data = null;
    try {
      database.read();
    } catch {
      discard('unreadable');
      return empty();
    }
    if (database.data === null) return empty();
    const file = CursorFile.safeParse(database.data);
    if (!file.success) {
      discard('unreadable');
      return empty();
    }
    if (file.data.lineage === lineage) return file.data;
    discard('foreign');
    return empty();
  };
  const write = (file: CursorFile, entries: Readonly<Record<string, unknown>>): void => {
    database.data = { ...file, connections: { ...file.connections, [connection]: { cursors: entries } } };
    database.write();
  };
  const entriesIn = (file: CursorFile): Readonly<Record<string, unknown>> =>
    Object.hasOwn(file.connections, connection) ? (file.connections[connection]?.cursors ?? {}) : {};
  const entryOf = (key: string, value: unknown): Entry | null => {
    if (value === undefined || value === null) return null;
    const entry = Entry.safeParse(value);
    if (!entry.success) return discard('unreadable');
    const { checksum = null } = entry.data;
    return checksum === null || checksum === checksumOfEntry(key, entry.data)
      ? entry.data
      : discard('unreadable');
  };

  // One cursor from the future says that the ledger went back, so all of them are dropped, and dropped on disk before
  // the ledger's serial grows past them and hides it.
  let checked: Promise<void> | null = null;
  const check = async (): Promise<void> => {
    const current = await serial();
    const file = read();
    const entries = Object.entries(entriesIn(file)).map(([key, value]) => entryOf(key, value));
    if (!entries.some((entry) => entry !== null && entry.serial > current)) return;
    discard('ahead');
    write(file, {});
  };
  const ready = (): Promise<void> => {
    checked ??= check().catch((error: unknown) => {
      checked = null;
      throw error;
    });
    return checked;
  };

  return {
    async load(key) {
      await ready();
      const entries = entriesIn(read());
      return Object.hasOwn(entries, key) ? (entryOf(key, entries[key])?.value ?? null) : null;
    },
    async save(key, value) {
      await ready();
      const saved = { value, savedAt: now().toISOString(), serial: await serial() };
      const entry: Entry = { ...saved, checksum: checksumOfEntry(key, saved) };
      // Read and written without a pause in between: another connection's handle may be at work in this process.
      const file = read();
      write(file, { ...entriesIn(file), [key]: entry });
    },
    async reset() {
      await ready();
      const file = read();
      if (Object.keys(entriesIn(file)).length > 0) write(file, {});
    },
  };
}

function checksumOfEntry(key: string, { value, serial }: Pick<Entry, 'value' | 'serial'>): number {
  return checksumOf(key, value, String(serial));
}

function adapterOf(options: OpenCursorsOptions): SyncAdapter<unknown> {
  if ('memory' in options) return new MemorySync<unknown>();
  const file = new CursorFileAdapter(options.dir);
  return options.readOnly === true ? new Overlay(file) : file;
}

/** lowdb's own file adapter neither waits for the disk nor closes the file to others. */
class CursorFileAdapter implements SyncAdapter<unknown> {
  readonly #dir: string;
  readonly #path: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = join(dir, CURSORS_FILE);
  }

  read(): unknown {
    const text = readText(this.#path);
    return text === null ? null : JSON.parse(text);
  }

  write(data: unknown): void {
    ensurePrivateDirectory(this.#dir);
    tightenFile(this.#path);
    writeDurably(this.#path, `${JSON.stringify(data, null, 2)}\n`);
  }
}

/** Reads through to a file until the first write, which stays in memory. */
class Overlay implements SyncAdapter<unknown> {
  readonly #below: SyncAdapter<unknown>;
  #written: unknown = null;

  constructor(below: SyncAdapter<unknown>) {
    this.#below = below;
  }

  read(): unknown {
    return this.#written ?? this.#below.read();
  }

  write(data: unknown): void {
    this.#written = data;
  }
}

/** Forgets the cursors of all connections. */
export function removeCursors(dir: string): void {
  rmSync(join(dir, CURSORS_FILE), { force: true });
}
