/** What the modules of one org share. */
import type { SandboxClock } from '../kernel/clock.ts';
import type { Guards } from './guards.ts';
import type { Schema } from './schema.ts';
import type { Store } from './store.ts';
import type { SalesforceSwitches } from './switches.ts';

export interface OrgParts {
  readonly clock: SandboxClock;
  readonly switches: SalesforceSwitches;
  readonly schema: Schema;
  readonly store: Store;
  readonly guards: Guards;
  /** 18-character id of the org's own row. */
  readonly organizationId: string;
}

/** Who acts, and how. People see and edit every column; API users what field-level security leaves them. */
export interface Actor {
  readonly userId: string;
  readonly origin: 'api' | 'user' | 'system';
  /** The caller asked to save in spite of duplicate alerts. */
  readonly allowDuplicates?: boolean;
}
