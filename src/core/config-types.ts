/** A configuration after validation: every default filled in, every `${NAME}` replaced, every path absolute. */
import type { Mapping } from './mapping-types.ts';

export type Concurrency = number | 'auto';

export interface HostLimits {
  readonly concurrency: Concurrency;
  readonly requestsPerSecond: number | null;
}

export interface SalesforceConfig {
  readonly kind: 'salesforce';
  readonly loginUrl: string;
  readonly apiVersion: string;
  /** Whether the daemon listens to change events of opportunities. */
  readonly changeEvents?: boolean;
  readonly auth:
    | { readonly flow: 'clientCredentials'; readonly clientId: string; readonly clientSecret: string }
    | {
        readonly flow: 'jwtBearer';
        readonly clientId: string;
        readonly username: string;
        readonly privateKeyFile: string;
        readonly audience: string | null;
      };
}

/** How an app signs in to Microsoft without a person. */
export type AppSignIn =
  | {
      readonly flow: 'clientCredentials';
      readonly authority: string;
      readonly tenantId: string;
      readonly clientId: string;
      /** Null where a certificate is given. */
      readonly clientSecret: string | null;
      /** Certificate and private key, PEM; an absolute path. */
      readonly certificateFile: string | null;
    }
  | {
      /** A token that the platform writes to a file, such as a Kubernetes service account's, proves who we are. */
      readonly flow: 'workloadIdentity';
      readonly authority: string;
      readonly tenantId: string;
      readonly clientId: string;
      readonly tokenFile: string;
    }
  | {
      /** The identity of the machine in Azure. */
      readonly flow: 'managedIdentity';
      /** Which of several; null for the machine's own. */
      readonly clientId: string | null;
    };

export interface DynamicsConfig {
  readonly kind: 'dynamics';
  readonly url: string;
  readonly apiVersion: string;
  readonly auth: AppSignIn;
}

export interface PartnerCenterConfig {
  readonly baseUrl: string;
  readonly webhookBaseUrl: string;
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** Certificate and private key, PEM, instead of a secret; an absolute path. */
  readonly certificateFile?: string | null;
  readonly refreshToken: string | null;
  /** Our organisation's id in Partner Center, where several organisations share a view; else learnt. */
  readonly organizationId: string | null;
  /** The zone in which a day of Partner Center's instants is read, such as `America/New_York`. */
  readonly timeZone: string;
}

export interface Policy {
  readonly settleSeconds: number;
  readonly closeHoldMinutes: number;
  readonly maxWritesPerRun: number;
  readonly maxClosesPerRun: number;
  readonly createGraceMinutes: number;
  readonly pastCloseDate: 'park' | 'send';
  readonly inbound: {
    readonly create: boolean;
    readonly accounts: 'match' | 'create';
    /** What to do with open deals that were there before the first run and carry no CRM id: leave them to `adopt`. */
    readonly existing: 'leave' | 'create';
    /** Customer contacts of deals that arrive: left out, joined where the account has them, or created; absent: left out. */
    readonly contacts?: 'none' | 'match' | 'create';
    /** Solutions of deals that arrive, where they are products or rows of a table; absent: added. */
    readonly solutions?: 'add' | 'leave';
    /** Leads of Microsoft's, and those of the marketplace, are treated as deals that arrive; absent: left alone. */
    readonly leads?: boolean;
    readonly marketplaceLeads?: boolean;
  };
  /** Action types that wait for a person: `create`, `invite`, `close`, `share`, `accept`, `decline`, `unlink`, `register`. */
  readonly approvals: readonly string[];
  /** Minutes a run may take before it stops cleanly. */
  readonly runMinutes: number;
}

/** Events that make the daemon look sooner; without them nothing is missed. */
export interface WebhooksConfig {
  readonly partnerCenter: {
    /** Whether the daemon registers, and mends the registration. */
    readonly register: boolean;
    readonly events: readonly string[];
    /** `host` or `host:port`, in lower case. */
    readonly certificateHosts: readonly string[];
    /** Absolute path of further certificates to trust. */
    readonly trustFile: string | null;
  } | null;
  readonly dynamics: { readonly header: string; readonly key: string } | null;
}

/** A span of every day; where `to` comes before `from`, it ends on the next day. */
export interface QuietHours {
  /** Times of day, `HH:MM`. */
  readonly from: string;
  readonly to: string;
  /** Whether Saturday and Sunday are quiet all day. */
  readonly weekends: boolean;
}

export interface NotifyConfig {
  /** The address is a secret. */
  readonly webhook: { readonly url: string; readonly on: readonly string[] } | null;
  /** The zone of `quietHours` and `digest`. */
  readonly timeZone: string;
  readonly quietHours: QuietHours | null;
  /** Time of the one message a day, `HH:MM`; null: a message after each run with something new. */
  readonly digest: string | null;
  /** Occasions that wait neither for the digest nor for the end of quiet hours. */
  readonly urgent: readonly string[];
}

/** When runs begin: cron expressions of five fields, or six that begin with seconds, in UTC. */
export interface Schedule {
  /** What changed. */
  readonly sync: string;
  /** Both sides completely. */
  readonly audit: string;
  /** What the CRM's feed does not follow. */
  readonly related: string;
}

export interface ConnectionConfig {
  readonly name: string;
  readonly crm: SalesforceConfig | DynamicsConfig;
  readonly partnerCenter: PartnerCenterConfig;
  readonly limits: {
    readonly partnerCenter: HostLimits;
    readonly crm: HostLimits & { readonly shareOfDailyQuota: number };
  };
  readonly graph: {
    readonly baseUrl: string;
    readonly directory: boolean;
    readonly notify: {
      readonly from: string;
      readonly to: readonly string[];
      readonly on: readonly string[];
    } | null;
    /** Mail to the owner of an opportunity before its unanswered deal expires; null: none. */
    readonly reminders: { readonly from: string } | null;
    /** What signs in: Partner Center's app, unless another is configured. */
    readonly app: AppSignIn;
  } | null;
  /** When operators are told, and ways to tell them besides mail; absent: at once, by mail alone. */
  readonly notify?: NotifyConfig;
  readonly webhooks?: WebhooksConfig;
  /** Its own, or what the configuration says for all. */
  readonly schedule: Schedule;
  /** The mapping file's absolute path, for messages. */
  readonly mappingFile: string;
  readonly mapping: Mapping;
  readonly policy: Policy;
  readonly setup: { readonly publisherPrefix: string; readonly solutionName: string };
  /** Other connections on the same Partner Center tenant with a CRM of the same kind: their deals are listed here too. */
  readonly neighbours?: readonly string[];
}

export interface Config {
  readonly file: string;
  readonly state:
    | { readonly kind: 'embedded'; readonly dir: string }
    | { readonly kind: 'postgres'; readonly url: string };
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly token: string | null;
    /** Secret of the console's second factor, in base32; absent: none is asked for. */
    readonly totpSecret?: string;
    /** Where the internet reaches the server, without a slash at the end. */
    readonly publicUrl?: string;
    /** Names besides by which browsers may address the console. */
    readonly allowedHosts?: readonly string[];
    /** How long the console keeps somebody signed in. */
    readonly sessions: { readonly idleMinutes: number; readonly maxHours: number };
  };
  readonly credentials: {
    /** File of the key that stored sign-ins are encrypted with; null: `secret.key` in the state folder. */
    readonly keyFile: string | null;
    /** Days before an end at which to warn, most first. */
    readonly warnDays: readonly number[];
  };
  readonly schedule: Schedule;
  readonly connections: readonly ConnectionConfig[];
}
