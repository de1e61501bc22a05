import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryDatabase } from '../../src/store/embedded/database.ts';
import { openEmbeddedStore, openLedger } from '../../src/store/index.ts';
import { createPlainState, openPlainLedger, type PlainState } from '../support/plain-ledger.ts';
import { describeLedgerContract, type LedgerHome } from './ledger.ts';
import { describeAttentionContract } from './ledger-attention.ts';
import { NOON } from './ledger-samples.ts';

const now = () => new Date(NOON);

async function createFileHome(): Promise<LedgerHome> {
  const dir = mkdtempSync(join(tmpdir(), 'cosell-ledger-'));
  return {
    open: async (connection) => openLedger({ dir, connection, now }),
    dispose: async () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** All connections through one handle, as a daemon has it. */
async function createSharedHome(): Promise<LedgerHome> {
  const dir = mkdtempSync(join(tmpdir(), 'cosell-ledger-'));
  let store = openEmbeddedStore({ dir, now });
  return {
    async open(connection) {
      const ledger = await store.ledger(connection);
      return {
        ...ledger,
        async close() {
          await store.close();
          store = openEmbeddedStore({ dir, now });
        },
      };
    },
    async dispose() {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function createMemoryHome(): Promise<LedgerHome> {
  const memory = createMemoryDatabase(now());
  return {
    open: async (connection) => openLedger({ memory, connection, now }),
    dispose: async () => memory.close(),
  };
}

async function createPlainHome(): Promise<LedgerHome> {
  const states = new Map<string, PlainState>();
  return {
    async open(connection) {
      const state = states.get(connection) ?? createPlainState('plain');
      states.set(connection, state);
      return openPlainLedger(state, connection, now);
    },
    dispose: async () => {},
  };
}

for (const [name, createHome] of [
  ['ledger in a file', createFileHome],
  ['ledger behind a shared handle', createSharedHome],
  ['ledger in memory', createMemoryHome],
  ['ledger of plain maps', createPlainHome],
] as const) {
  describeLedgerContract(name, createHome);
  describeAttentionContract(name, createHome);
}
