/** State that is gone with its process: the same code as on disk, for tests and demonstrations. */
import type { DatabaseSync } from 'node:sqlite';
import type { Cursors } from '../core/store-port.ts';
import { openCursors } from './embedded/cursors.ts';
import { createMemoryDatabase } from './embedded/database.ts';
import { type EmbeddedLedger, openLedger } from './embedded/ledger.ts';

export interface MemoryState {
  /** The ledger of a connection; handles of one connection see each other's commits. */
  ledger(connection: string): EmbeddedLedger;
  /** The cursors of a connection, always the same handle. */
  cursors(connection: string): Promise<Cursors>;
  close(): Promise<void>;
}

/** Creates an empty state in memory. */
export function createMemoryState({ now }: { readonly now: () => Date }): MemoryState {
  const database: DatabaseSync = createMemoryDatabase(now());
  const opened = new Map<string, Promise<Cursors>>();
  const ledger = (connection: string): EmbeddedLedger => openLedger({ memory: database, connection, now });
  const open = async (connection: string): Promise<Cursors> => {
    const own = ledger(connection);
    const { lineage } = await own.identity();
    const serial = async () => (await own.identity()).serial;
    return openCursors({ memory: true, connection, lineage, serial, now });
  };
  return {
    ledger,
    cursors(connection) {
      const cursors = opened.get(connection) ?? open(connection);
      opened.set(connection, cursors);
      return cursors;
    },
    async close() {
      database.close();
    },
  };
}
