/** What a run works with. Everything that touches the world comes in here; nothing in the engine reads a clock or an environment. */
import type { Policy } from '../core/config-types.ts';
import type { CredentialLife } from '../core/credential-lives.ts';
import type { FieldName } from '../core/deal.ts';
import type { Delivery } from '../core/delivery.ts';
import type { OpportunityId } from '../core/ids.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type {
  CallOptions,
  Crm,
  Directory,
  Logger,
  MessageChannel,
  OwnerMail,
  PartnerCenter,
  RequestCounts,
} from '../core/ports.ts';
import type { Cursors, Ledger } from '../core/store-port.ts';

/** What messages to people need beside the channels. */
export interface MessageSettings {
  readonly delivery: Delivery;
  /** Where people reach the console; null: messages name commands. */
  readonly consoleUrl: string | null;
  /** Mail to the owners of opportunities; null: owners are not reminded. */
  readonly ownerMail: OwnerMail | null;
  readonly credentialLives: () => Promise<readonly CredentialLife[]>;
  /** Days before the end of a credential at which to warn. */
  readonly warnDays: readonly number[];
}

/** A step of a run, for a terminal or a page. */
export interface Progress {
  readonly phase: 'reading' | 'deciding' | 'writing';
  readonly done: number;
  /** 0 when nobody knows yet. */
  readonly total: number;
  readonly what: string;
}

export interface EngineDependencies {
  readonly connection: string;
  readonly crm: Crm;
  /** Where missing phones and e-mails of team members are looked up; absent: nowhere. */
  readonly directory?: Directory | null;
  /** How operators are told of what is new. */
  readonly channels?: readonly MessageChannel[];
  /** When they are told, and what else is; absent: at once, and nothing. */
  readonly messages?: MessageSettings;
  readonly partnerCenter: PartnerCenter;
  readonly ledger: Ledger;
  readonly cursors: Cursors;
  /**
   * Whether another connection on the same Partner Center tenant holds an opportunity; `unclear` while one of them has
   * never read its CRM. Absent where there is no such connection.
   */
  readonly holdsElsewhere?: (id: OpportunityId) => Promise<'yes' | 'unclear' | 'no'>;
  readonly mapping: Mapping;
  readonly hashOf: (field: FieldName) => string;
  readonly policy: Policy;
  /** The zone whose calendar decides what "today" is. */
  readonly timeZone: string;
  readonly now: () => Date;
  /** A fresh GUID. */
  readonly newId: () => string;
  readonly requests: () => RequestCounts;
  readonly logger: Logger;
  readonly progress: (progress: Progress) => void;
}

export interface RunOptions extends CallOptions {
  /** Asks the run to stop cleanly: the write under way is finished and committed, nothing new begins. */
  readonly stop: AbortSignal;
  /** Reads both sides completely instead of what changed, and looks for links that were not delivered. */
  readonly full: boolean;
}

/** A guard stopped the run before its first write; a person must decide. Exit code 5. */
export class HaltError extends Error {
  override readonly name = 'HaltError';
}
