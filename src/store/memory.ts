/** State that is gone with its process: the same code as on disk, for tests and demonstrations. */
import { createMemoryDatabase } from './embedded/database.ts';
import { MEMORY } from './embedded/ledger.ts';
import { createStore, type EmbeddedStore } from './embedded/state.ts';

/** Creates an empty state in memory. */
export function createMemoryStore({ now }: { readonly now: () => Date }): EmbeddedStore {
  return createStore(createMemoryDatabase(now()), MEMORY, { now, readOnly: false, place: { memory: true } });
}
