/** Where state lives: the embedded store in a directory, or in memory. */
export { CorruptRowError, LinkConflictError } from '../core/errors.ts';
export {
  type Credentials,
  type KeyInUse,
  type OpenCredentialsOptions,
  openCredentials,
  type Rekeyed,
} from './embedded/credentials.ts';
export { type CursorDiscard, type OpenCursorsOptions, openCursors } from './embedded/cursors.ts';
export { checkLedgerFile, hasLedger } from './embedded/database.ts';
export type { Retention } from './embedded/journal.ts';
export { type EmbeddedLedger, type OpenLedgerOptions, openLedger } from './embedded/ledger.ts';
export { acquireLock, findLockHolder, type Lock, type LockHolder } from './embedded/lock.ts';
export { copyLedger, setLedgerAside } from './embedded/snapshot.ts';
export {
  type EmbeddedState,
  type EmbeddedStore,
  type OpenEmbeddedStateOptions,
  type OpenEmbeddedStoreOptions,
  openEmbeddedState,
  openEmbeddedStore,
} from './embedded/state.ts';
export { createMemoryStore } from './memory.ts';
