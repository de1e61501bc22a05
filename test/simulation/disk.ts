/** What survives the death of the daemon's process: the real store, in memory or in files copied as a killed process leaves them. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cursors, Ledger } from '../../src/core/store-port.ts';
import { createMemoryStore, openEmbeddedStore } from '../../src/store/index.ts';
import { createPlainState, openPlainLedger, plainCursors } from '../support/plain-ledger.ts';

export interface OpenState {
  readonly ledger: Ledger;
  readonly cursors: Cursors;
}

export interface Disk {
  /** The state of another connection in the same store; null where there is none. */
  neighbour(): Promise<OpenState | null>;
  /** The state as the running process has it. */
  open(): Promise<OpenState>;
  /** Leaves everything as it is, and opens what a new process would find. */
  crash(): Promise<OpenState>;
  /** Begins anew with nothing. */
  lose(): Promise<OpenState>;
  dispose(): Promise<void>;
}

const CONNECTION = 'contoso';
const NEIGHBOUR = 'fabrikam';

/**
 * - `plain`: maps held to the ledger's contract, many times faster than any database
 * - `memory`: the real store without a file
 * - `file`: the real store in files
 */
export type DiskKind = 'plain' | 'memory' | 'file';

export function createDisk(kind: DiskKind, now: () => Date): Disk {
  if (kind === 'plain') return createPlainDisk(now);
  return kind === 'memory' ? createMemoryDisk(now) : createFileDisk(now);
}

function createPlainDisk(now: () => Date): Disk {
  let lives = 0;
  let state = createPlainState('plain-0');
  const open = async (): Promise<OpenState> => ({
    ledger: openPlainLedger(state, CONNECTION, now),
    cursors: plainCursors(state),
  });
  return {
    neighbour: async () => null,
    open,
    crash: open,
    lose() {
      lives += 1;
      state = createPlainState(`plain-${lives}`);
      return open();
    },
    dispose: async () => {},
  };
}

function createMemoryDisk(now: () => Date): Disk {
  let store = createMemoryStore({ now });
  const open = async (): Promise<OpenState> => ({
    ledger: await store.ledger(CONNECTION),
    cursors: await store.cursors(CONNECTION),
  });
  return {
    neighbour: async () => ({
      ledger: await store.ledger(NEIGHBOUR),
      cursors: await store.cursors(NEIGHBOUR),
    }),
    open,
    crash: open,
    async lose() {
      await store.close();
      store = createMemoryStore({ now });
      return open();
    },
    dispose: () => store.close(),
  };
}

function createFileDisk(now: () => Date): Disk {
  const root = mkdtempSync(join(tmpdir(), 'cosell-simulation-'));
  let life = 0;
  let close: () => Promise<void> = async () => {};
  let next: OpenState | null = null;
  const dir = (): string => join(root, String(life));
  const open = async (): Promise<OpenState> => {
    const store = openEmbeddedStore({ dir: dir(), now });
    close = () => store.close();
    next = { ledger: await store.ledger(NEIGHBOUR), cursors: await store.cursors(NEIGHBOUR) };
    return { ledger: await store.ledger(CONNECTION), cursors: await store.cursors(CONNECTION) };
  };
  return {
    neighbour: async () => next,
    open,
    async crash() {
      // Copied while the handle is open: the log has not been played into the file, as after a kill.
      const before = dir();
      life += 1;
      cpSync(before, dir(), { recursive: true });
      await close();
      rmSync(before, { recursive: true, force: true });
      return open();
    },
    async lose() {
      await close();
      life += 1;
      return open();
    },
    async dispose() {
      await close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
