/** A connection as the daemon runs it. The composition root makes one for each of the configuration. */
import type { Schedule } from '../core/config-types.ts';
import type { Ledger } from '../core/store-port.ts';
import type { EngineDependencies, Progress } from '../engine/dependencies.ts';

/**
 * - `ok`: the last run was let in by both sides
 * - `dying`: it still works, and ends soon unless somebody acts
 * - `dead`: a side refused the sign-in
 * - `unknown`: nothing was tried yet
 */
export type CredentialState = 'ok' | 'dying' | 'dead' | 'unknown';

export interface DaemonConnection {
  readonly name: string;
  readonly schedule: Schedule;
  /** How long a run may take before it stops cleanly; 0: as long as it takes. */
  readonly runMinutes: number;
  ledger(): Promise<Ledger>;
  /** What a run works with; the same adapters for every run. */
  engine(progress: (progress: Progress) => void): Promise<EngineDependencies>;
  credentials(): Promise<CredentialState>;
  /** Forgets what is too old to be asked for; called after each complete audit. How many rows went. */
  tidy?(): Promise<number>;
}
