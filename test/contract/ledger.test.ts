import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryState, openLedger } from '../../src/store/index.ts';
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

async function createMemoryHome(): Promise<LedgerHome> {
  const state = createMemoryState({ now });
  return {
    open: async (connection) => state.ledger(connection),
    dispose: () => state.close(),
  };
}

for (const [name, createHome] of [
  ['ledger in a file', createFileHome],
  ['ledger in memory', createMemoryHome],
] as const) {
  describeLedgerContract(name, createHome);
  describeAttentionContract(name, createHome);
}
