/**
 * What commands are given. The composition root builds it; commands know neither adapters nor stores, and neither
 * the environment nor the process.
 */
import type { InitAnswers, RenderedConfiguration } from '../config/init.ts';
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import type { FieldName } from '../core/deal.ts';
import type {
  CallOptions,
  CheckResult,
  ColumnSuggestion,
  ColumnsCreated,
  Logger,
  NewColumn,
  RequestCounts,
} from '../core/ports.ts';
import type { Cursors, Ledger } from '../core/store-port.ts';
import type { Surroundings } from '../daemon/daemon.ts';
import type { WebhookAccount } from '../daemon/webhooks/index.ts';
import type { EngineDependencies, Progress } from '../engine/dependencies.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly connection: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Where text goes. */
export interface Terminal {
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Standard error: hints, progress, problems. */
  err(text: string): void;
  /** Whether a person can be asked: standard input and standard error are a terminal. */
  readonly isInteractive: boolean;
  /** Whether standard error is a terminal that a line can be redrawn on. */
  readonly canRedraw: boolean;
  readonly colour: boolean;
  /** Asks one line; a secret one is not shown while it is typed. Rejects when the input ends. */
  ask(question: string, isSecret?: boolean): Promise<string>;
}

/** Who works on the state at this moment. */
export interface StateHolder {
  readonly pid: number;
  readonly host: string;
  /** UTC. */
  readonly startedAt: string;
  /** The command, such as `start`. */
  readonly command: string;
}

/** What the daemon's `/readyz` says. */
export interface DaemonHealth {
  readonly ready: boolean;
  /** Why the configuration on disk is not in force; null when it is. */
  readonly configuration: string | null;
  readonly connections: readonly {
    readonly connection: string;
    readonly ready: boolean;
    /** Why it is not; null when it is. */
    readonly reason: string | null;
    readonly lastCompleteRun: string | null;
  }[];
}

/** An opened state: ledger and cursors by connection. */
export interface State {
  ledger(connection: string): Promise<Ledger>;
  cursors(connection: string): Promise<Cursors>;
  /** Forgets what is too old to be asked for; how many rows went. Absent where nothing grows. */
  tidy?(connection: string): Promise<number>;
  close(): Promise<void>;
}

/** How a state is opened. */
export type StateMode =
  /** Under the lock, made where it is missing. */
  | 'write'
  /** For a person's decisions: under the lock where it is free, else beside the process that holds it. */
  | 'decide'
  /** As it is, also while another process holds the lock; null where there is none. Writes nothing. */
  | 'read'
  /** A private copy that is removed when it is closed; the original keeps every byte. */
  | 'copy';

/** Fingerprints that tell when what a field means has changed. */
export interface MappingHashes {
  readonly hashOf: (field: FieldName) => string;
  readonly whole: string;
}

/** One connection's remotes, signed in on first use. */
export interface Remotes {
  readonly crm: EngineDependencies['crm'];
  readonly partnerCenter: EngineDependencies['partnerCenter'];
  readonly directory?: EngineDependencies['directory'];
  readonly channels?: NonNullable<EngineDependencies['channels']>;
  readonly messages?: NonNullable<EngineDependencies['messages']>;
  /** What `doctor` asks of Microsoft Graph; absent where it is not used. */
  readonly checkGraph?: (options: CallOptions) => Promise<readonly CheckResult[]>;
  readonly requests: () => RequestCounts;
  /** The mapped columns that the signed-in user cannot see; null where the adapter cannot tell. */
  readonly missingColumns: ((options: CallOptions) => Promise<readonly string[]>) | null;
  /** Existing columns that may be wanted ones under another name; absent where the adapter cannot tell. */
  readonly suggestColumns?: (
    wanted: readonly NewColumn[],
    options: CallOptions,
  ) => Promise<readonly ColumnSuggestion[]>;
  /** Creates columns and grants them to the signed-in user; null where the adapter cannot. */
  readonly createColumns:
    | ((columns: readonly NewColumn[], options: CallOptions) => Promise<ColumnsCreated>)
    | null;
}

/** What a sign-in of a connection looks like from here. */
export interface SignInStatus {
  readonly connection: string;
  /** `stored`: a token is kept; `configured`: one stands in the configuration, not used yet; `none`. */
  readonly state: 'stored' | 'configured' | 'none';
  /** When the stored token was last renewed, UTC; null when none is stored. */
  readonly renewedAt: string | null;
  /** Days for which it is good without being used; null when none is stored. */
  readonly daysLeft: number | null;
  /** The certificates that the connection signs in with, and how long they are good. */
  readonly certificates?: readonly {
    readonly what: string;
    readonly endsAt: string;
    readonly daysLeft: number;
  }[];
}

export interface DevicePrompt {
  readonly verificationUri: string;
  readonly userCode: string;
  readonly expiresInSeconds: number;
}

export interface Authentication {
  status(connection: ConnectionConfig): Promise<SignInStatus>;
  login(
    connection: ConnectionConfig,
    onPrompt: (prompt: DevicePrompt) => void,
    options: CallOptions,
  ): Promise<void>;
  /** False when nothing was stored. */
  logout(connection: ConnectionConfig): Promise<boolean>;
  /** Which key the stored sign-ins are encrypted with; null when nothing is stored. @throws StateError */
  key(): Promise<{ readonly source: string; readonly isCurrent: boolean } | null>;
  /** Encrypts the stored sign-ins with the key in force, or a new generated one. @throws StateError */
  rekey(): Promise<{ readonly entries: number; readonly from: string | null; readonly to: string | null }>;
  /** What `doctor` says of the connection's certificates. */
  checks(connection: ConnectionConfig): Promise<readonly CheckResult[]>;
}

/** What `init` asked; the mapping shipped for this CRM is added by `renderInit`. */
export type InitQuestions = Omit<InitAnswers, 'mappingTemplate' | 'schemaFolder'>;

export interface SandboxOptions {
  /** Control API's port; the stand-ins take the next ones. 0: free ports. */
  readonly port: number;
  /** Which CRM stands there, with records in it. */
  readonly crm: 'salesforce' | 'dynamics';
  /** How many opportunities are made up. */
  readonly opportunities: number;
  /** Other seeds make up other records. */
  readonly seed: number;
  /** Folder of a Salesforce data export to load instead. */
  readonly salesforceExport: string | null;
  /** How many opportunities of an export are flagged for sharing. */
  readonly flag: number | null;
}

/** The stand-ins, up, as far as commands use them. */
export interface RunningSandbox {
  readonly urls: {
    readonly control: string;
    readonly salesforce: string;
    readonly partnerCenter: string;
    readonly entra: string;
    /** Only where the CRM is Dynamics 365. */
    readonly dynamics?: string;
  };
  readonly people: SandboxPeople;
  close(): Promise<void>;
}

/** People at work in the stand-ins, and what the servers hold: for the demonstration. */
export interface SandboxPeople {
  /** What the CRM calls the columns that people edit. */
  readonly columns: { readonly name: string; readonly amount: string; readonly notes: string };
  /** One column of an opportunity, as the CRM's server holds it. */
  opportunityValue(id: string, column: string): unknown;
  /** A CRM user's edit. */
  editOpportunity(id: string, values: Readonly<Record<string, string | number | boolean | null>>): void;
  /** What a path such as `details/notes` of a referral holds at Partner Center's server. */
  referralValue(id: string, path: string): unknown;
  /** A portal user's edit; objects are merged. */
  editReferral(id: string, changes: SandboxValues): void;
  /** A deal that Microsoft sends for the customer of another referral; its id. */
  receiveDeal(name: string, customerOf: string): string;
  /** Data requests and accepted writes so far, as the servers count them. */
  counts(): ServerCounts;
}

export type SandboxValues = { readonly [key: string]: string | number | boolean | null | SandboxValues };

export interface ServerCounts {
  readonly crm: number;
  readonly partnerCenter: number;
  readonly writes: number;
}

export interface Services {
  readonly terminal: Terminal;
  readonly globals: GlobalOptions;
  readonly now: () => Date;
  /** Set by the first signal: finish the write under way. */
  readonly stop: AbortSignal;
  /** Set when finishing has taken too long. */
  readonly abort: AbortSignal;
  readonly configFile: string;
  logger(): Promise<Logger>;
  /** Calls the handler at each SIGHUP, which ends the process where nobody listens. @returns ends that */
  onHangup(handler: () => void): () => void;
  /** Who holds the state's lock; null when nobody does. */
  holder(config: Config): Promise<StateHolder | null>;
  /** Asks the daemon where the configuration says that it listens; null when none answers. */
  askDaemon(config: Config): Promise<DaemonHealth | null>;
  /** What the daemon gets from this machine. */
  surroundings(): Promise<Surroundings>;

  /** @throws ConfigurationError with every problem */
  loadConfig(options?: { readonly mappingFile?: string }): Promise<Config>;
  /** @throws LockedError, StateError */
  openState(config: Config, mode: 'write' | 'decide' | 'copy'): Promise<State>;
  openState(config: Config, mode: 'read'): Promise<State | null>;
  /**
   * Moves the ledger aside, forgets the cursors and opens a new state, all under one lock.
   * `oldLedger` is the old one's new path, null if there was none.
   */
  startNewLedger(config: Config): Promise<{ readonly oldLedger: string | null; readonly state: State }>;
  /** Builds the adapters of a connection; nothing is sent. Rotated tokens are saved in the real state, whatever copy a run works on. */
  connect(config: Config, connection: ConnectionConfig): Promise<Remotes>;
  /** The registration for events of the connection's partner account; nothing is sent. */
  webhooks(config: Config, connection: ConnectionConfig): Promise<WebhookAccount>;
  /** How to listen to the change events of the connection's CRM; null where it sends none. Nothing is sent. */
  changes(
    config: Config,
    connection: ConnectionConfig,
  ): Promise<NonNullable<EngineDependencies['crm']['listen']> | null>;
  /** Fingerprints of the connection's mapping: of each field, and of all of it. */
  mappingHashes(connection: ConnectionConfig): Promise<MappingHashes>;
  /** What a run works with. */
  engine(
    connection: ConnectionConfig,
    remotes: Remotes,
    state: State,
    progress: (progress: Progress) => void,
  ): Promise<EngineDependencies>;
  authentication(config: Config): Promise<Authentication>;
  /** State directory, free space, lock and runtime of this machine. */
  checkMachine(config: Config): Promise<readonly CheckResult[]>;
  renderInit(answers: InitQuestions): Promise<RenderedConfiguration>;
  startSandbox(options: SandboxOptions): Promise<RunningSandbox>;
  /** The same services over a configuration for a sandbox, kept in a private directory that `remove` deletes. */
  forSandbox(sandbox: RunningSandbox): Promise<{ readonly services: Services; remove(): Promise<void> }>;
}
