/** What the console is given. It knows the ledgers and the runner, and neither adapters nor the configuration file. */
import type { ConnectionConfig } from '../../core/config-types.ts';
import type { FieldName } from '../../core/deal.ts';
import type { AttentionItem, Ledger, RunReport } from '../../core/store-port.ts';
import type { Progress } from '../../engine/dependencies.ts';
import type { PlannedAction } from '../../engine/saved-plan.ts';
import type { SecondFactor } from './second-factor.ts';
import type { SessionLimits, Wrong } from './sessions.ts';

/** What a run would do, worked out on a private copy of the state. */
export interface Preview {
  readonly actions: readonly (PlannedAction & { readonly marks: readonly string[] })[];
  /** Actions that the guards would hold back, by reason. */
  readonly held: {
    readonly halted: number;
    readonly waiting: number;
    readonly capped: number;
    /** Why these are not all the actions there are; null when they are. */
    readonly stopped: string | null;
  };
  /** What would be left to a person. */
  readonly items: readonly AttentionItem[];
}

/** How the sign-in to Partner Center stands. */
export interface SignIn {
  readonly state: 'stored' | 'configured' | 'none';
  /** Days for which the stored token is good without being used; null when none is stored. */
  readonly daysLeft: number | null;
}

/** The CRM's daily requests: what the whole org used of its limit, and what part of the limit is ours. */
export interface CrmQuota {
  readonly used: number;
  readonly limit: number;
  /** 0 to 1. */
  readonly share: number;
}

export interface ConsoleConnection {
  readonly config: ConnectionConfig;
  readonly hashOf: (field: FieldName) => string;
  /** The ledger that runs commit to. */
  ledger(): Promise<Ledger>;
  /** Plans on a copy. @throws RemoteError, StateError */
  preview(onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Preview>;
  signIn(): Promise<SignIn>;
  /** Null where the CRM has none, or has not told of it yet. */
  quota(): CrmQuota | null;
}

/** The runner, as far as the console uses it. */
export interface ConsoleRunner {
  request(
    connection: string,
    request: { readonly kind: 'manual' | 'audit'; readonly who: string },
  ): Promise<RunReport | null>;
  status(): readonly ConsoleRunStatus[];
  subscribe(listener: (event: ConsoleRunEvent) => void): () => void;
}

export interface ConsoleRunStatus {
  readonly connection: string;
  readonly running: {
    readonly kind: string;
    readonly since: string;
    readonly progress: Progress | null;
  } | null;
  readonly waiting: boolean;
  readonly nextRun: string | null;
  readonly lastRun: RunReport | null;
  readonly lastCompleteRun: string | null;
  /** Why the last run ended without a report. */
  readonly failure: { readonly at: string; readonly message: string } | null;
  readonly credentials: 'ok' | 'dying' | 'dead' | 'unknown';
}

/** The daemon's events that the page follows; others pass unseen. */
export interface ConsoleRunEvent {
  readonly type: string;
  readonly connection?: string;
  readonly progress?: Progress;
  readonly report?: RunReport;
  readonly message?: string;
}

export interface ConsoleAccess {
  /** Whether no token is asked for, which is only right on loopback. */
  readonly isOpen: boolean;
  /** Compares in constant time. */
  isToken(text: string): boolean;
  /** What is asked for beside the token; null: nothing. */
  readonly secondFactor: SecondFactor | null;
  /** The address that the server is bound to. */
  readonly host: string;
  /** Names besides by which browsers may address it. */
  readonly allowedHosts: readonly string[];
  readonly sessions: SessionLimits;
}

export interface ConsoleDependencies {
  readonly access: ConsoleAccess;
  /** The connections of the configuration in force. */
  readonly connections: () => readonly ConsoleConnection[];
  readonly runner: ConsoleRunner;
  readonly now: () => Date;
  /** Gives way to others, between slices of long work. */
  readonly rest: () => Promise<void>;
  /** Told of what went wrong behind an answer of 500. */
  readonly onError: (error: unknown) => void;
  /** Told of every attempt to sign in. */
  readonly onSignIn?: (attempt: SignInAttempt) => void;
}

export interface SignInAttempt {
  readonly outcome: 'signed-in' | 'throttled' | Wrong;
  /** What the person calls themselves; nobody checks it. */
  readonly name: string;
  readonly address: string;
}
