/** Ledgers and cursors together, because the cursors count only with the ledger that they were saved over. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Cursors } from '../../core/store-port.ts';
import { type CursorDiscard, openCursors } from './cursors.ts';
import { LEDGER_FILE, openDatabase } from './database.ts';
import { type EmbeddedLedger, ledgerOn } from './ledger.ts';
import { createSql } from './sqlite.ts';

/** The state of all connections, through one handle on the database. */
export interface EmbeddedStore {
  /** The connection's ledger; closing it leaves the store open. */
  ledger(connection: string): Promise<EmbeddedLedger>;
  cursors(connection: string): Promise<Cursors>;
  close(): Promise<void>;
}

export interface OpenEmbeddedStoreOptions {
  readonly dir: string;
  readonly now: () => Date;
  /** Writes no byte: commits are refused, saved cursors stay in memory. */
  readonly readOnly?: boolean;
  /** Beside the process that holds the lock, to save a person's decisions; cursors are not written. */
  readonly beside?: boolean;
  /** Where the cursors are read from when the ledger is a copy elsewhere; they then are never written. */
  readonly cursorsFrom?: string;
  readonly onDiscard?: (connection: string, reason: CursorDiscard) => void;
}

/** Opens a state directory. Throws StateError, with the remedy, when it cannot be used as it is. */
export function openEmbeddedStore(options: OpenEmbeddedStoreOptions): EmbeddedStore {
  const { dir, now, readOnly = false, beside = false, cursorsFrom, onDiscard } = options;
  const database = openDatabase({ dir, now: now(), readOnly, beside });
  return createStore(database, join(dir, LEDGER_FILE), {
    now,
    readOnly,
    place: { dir: cursorsFrom ?? dir, readOnly: readOnly || beside || cursorsFrom !== undefined },
    ...(onDiscard === undefined ? {} : { onDiscard }),
  });
}

interface StoreOptions {
  readonly now: () => Date;
  readonly readOnly: boolean;
  /** Where the cursors are kept. */
  readonly place: { readonly dir: string; readonly readOnly: boolean } | { readonly memory: true };
  readonly onDiscard?: (connection: string, reason: CursorDiscard) => void;
}

/** A store over an open database; each connection has one ledger and one set of cursors, opened when first asked for. */
export function createStore(
  database: DatabaseSync,
  file: string,
  { now, readOnly, place, onDiscard }: StoreOptions,
): EmbeddedStore {
  const sql = createSql(database, file);
  const ledgers = new Map<string, EmbeddedLedger>();
  const opened = new Map<string, Promise<Cursors>>();
  const ledgerOf = (connection: string): EmbeddedLedger => {
    const ledger = ledgers.get(connection) ?? ledgerOn(sql, { connection, now: now(), readOnly });
    ledgers.set(connection, ledger);
    return ledger;
  };
  const open = async (connection: string): Promise<Cursors> => {
    const ledger = ledgerOf(connection);
    const { lineage } = await ledger.identity();
    return openCursors({
      ...place,
      connection,
      lineage,
      serial: async () => (await ledger.identity()).serial,
      now,
      onDiscard: (reason) => onDiscard?.(connection, reason),
    });
  };
  let isOpen = true;
  return {
    ledger: async (connection) => ledgerOf(connection),
    cursors(connection) {
      const cursors = opened.get(connection) ?? open(connection);
      opened.set(connection, cursors);
      return cursors;
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      sql.close();
    },
  };
}

export interface EmbeddedState {
  readonly ledger: EmbeddedLedger;
  readonly cursors: Cursors;
  close(): Promise<void>;
}

export interface OpenEmbeddedStateOptions extends Omit<OpenEmbeddedStoreOptions, 'onDiscard'> {
  readonly connection: string;
  readonly onDiscard?: (reason: CursorDiscard) => void;
}

/** Opens one connection's state. Throws StateError, with the remedy, when it cannot be used as it is. */
export async function openEmbeddedState({
  connection,
  onDiscard,
  ...options
}: OpenEmbeddedStateOptions): Promise<EmbeddedState> {
  const store = openEmbeddedStore({ ...options, onDiscard: (_, reason) => onDiscard?.(reason) });
  try {
    const ledger = await store.ledger(connection);
    return { ledger, cursors: await store.cursors(connection), close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}
