/** Ledger and cursors of one connection in a state directory, opened together because the cursors need the ledger's identity. */
import type { Cursors } from '../../core/store-port.ts';
import { type CursorDiscard, openCursors } from './cursors.ts';
import { type EmbeddedLedger, openLedger } from './ledger.ts';

export interface EmbeddedState {
  readonly ledger: EmbeddedLedger;
  readonly cursors: Cursors;
  close(): Promise<void>;
}

export interface OpenEmbeddedStateOptions {
  readonly dir: string;
  readonly connection: string;
  readonly now: () => Date;
  /** Writes no byte: commits are refused, saved cursors stay in memory. */
  readonly readOnly?: boolean;
  /** Where the cursors are read from when the ledger is a copy elsewhere; they then are never written. */
  readonly cursorsFrom?: string;
  readonly onDiscard?: (reason: CursorDiscard) => void;
}

/** Opens a connection's state. Throws StateError, with the remedy, when it cannot be used as it is. */
export async function openEmbeddedState(options: OpenEmbeddedStateOptions): Promise<EmbeddedState> {
  const { dir, connection, now, readOnly = false, cursorsFrom, onDiscard } = options;
  const ledger = openLedger({ dir, connection, now, readOnly });
  try {
    const { lineage } = await ledger.identity();
    const cursors = openCursors({
      dir: cursorsFrom ?? dir,
      connection,
      lineage,
      serial: async () => (await ledger.identity()).serial,
      now,
      readOnly: readOnly || cursorsFrom !== undefined,
      ...(onDiscard === undefined ? {} : { onDiscard }),
    });
    return { ledger, cursors, close: () => ledger.close() };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}
