/**
 * What the engine needs from the outside world. Adapters and stores implement these; the core owns them.
 * A CRM is any system whose opportunities can be listed by change, read and written in batches.
 */
import type { Deal, Person } from './deal.ts';
import type { RemoteError } from './errors.ts';
import type { OpportunityId, ReferralId, Tag } from './ids.ts';
import type { MicrosoftMember } from './microsoft-team.ts';
import type { Registration, RegistrationWrite } from './registration-values.ts';
import type { PersonQuery } from './team-directory.ts';

export interface CallOptions {
  /** Aborts the call; an aborted write's outcome is unknown. */
  readonly signal: AbortSignal;
}

// ── The CRM ────────────────────────────────────────────────────────────────────────────────────────────────

/** A column's value as the CRM returns it, already parsed from JSON. */
export type CrmValue = string | number | boolean | null;

/** A product or related row that can stand for a solution. */
export interface CrmProduct {
  readonly id: string;
  readonly name: string | null;
}

/** An opportunity as read, by the mapping's own paths. The core's mapping turns it into a deal. */
export interface OpportunityRecord {
  readonly id: OpportunityId;
  /** The CRM's version of the row (SystemModstamp, ETag): a hint that it changed, and the precondition of a write. */
  readonly version: string;
  /** When it last changed, as UTC text that sorts by time. */
  readonly modifiedAt: string;
  readonly createdAt: string;
  /** When the stage last changed, where the CRM keeps that; UTC text. */
  readonly stageChangedAt: string | null;
  /** Whether the row was last changed by the user the daemon signs in as. */
  readonly modifiedByUs: boolean;
  readonly deleted: boolean;
  /** The survivor's id when the row was merged away, where the CRM says so. */
  readonly mergedInto: OpportunityId | null;
  /** Values by mapping path (`Amount`, `Account.Name`); a path the caller may not see is absent. */
  readonly values: Readonly<Record<string, CrmValue>>;
  /** Id of the customer row (account, or contact), where there is one. */
  readonly customerId: string | null;
  /**
   * Related people, by source; a source that was not asked for or not visible is absent. Connections join an
   * opportunity with anybody: `connections` has the customer's contacts among them, `connectedUsers` our own people.
   */
  readonly people: Readonly<Partial<Record<PeopleSource | 'connectedUsers', readonly Person[]>>>;
  /** Line items' products, when `products` or a child table is a solution source; absent if not asked for. */
  readonly products?: readonly CrmProduct[];
}

export type PeopleSource = 'owner' | 'opportunityTeam' | 'contactRoles' | 'primaryContact' | 'connections';

/** A page of the change feed. Records are in (modifiedAt, id) order. */
export interface OpportunityPage {
  readonly records: readonly OpportunityRecord[];
  /** Where to go on after this page has been committed; opaque to the engine. */
  readonly next: string;
  /** The CRM's clock when it answered, UTC text. */
  readonly serverTime: string;
  /** Whether the feed is consumed up to now. */
  readonly last: boolean;
  /**
   * True when the cursor was refused and this walk delivers everything anew, as from no cursor: what it does not
   * deliver may be gone, and needs a look.
   */
  readonly restarted?: boolean;
}

/** Values to write to one opportunity, by mapping path. `null` clears. */
export interface OpportunityUpdate {
  readonly id: OpportunityId;
  readonly values: Readonly<Record<string, CrmValue>>;
  /** The version the decision was made on; absent for columns that nobody but the daemon writes. */
  readonly ifVersion?: string;
  /** Won, lost and reopened go through the CRM's own actions where it has them. */
  readonly transition?: 'win' | 'lose' | 'reopen';
}

/** A new opportunity. */
export interface OpportunityDraft {
  readonly values: Readonly<Record<string, CrmValue>>;
  readonly referralId: ReferralId;
  readonly customer: { readonly existingId: string } | { readonly create: AccountDraft } | null;
}

/** A new customer account; keys are canonical, the adapter knows its columns through the selection. */
export interface AccountDraft {
  readonly values: Readonly<Record<string, CrmValue>>;
}

/** What a new opportunity gets beside its own columns. */
export interface RelatedRows {
  readonly opportunityId: OpportunityId;
  /** The customer's account; null where it has none. */
  readonly accountId: string | null;
  /** Customer contacts, each with an e-mail address, the main one first. */
  readonly contacts: readonly Person[];
  /** Whether contacts that the account lacks are created; else only those that it has are joined to the opportunity. */
  readonly createContacts: boolean;
  /** For each solution, what the CRM may call it, the best name first. */
  readonly solutions: readonly (readonly string[])[];
  /** Where solutions go: the CRM's own products, or the column of a child table, by mapping path. */
  readonly solutionsTo: 'products' | { readonly path: string } | null;
  /** The deal's value as decimal text, which line items must add up to. */
  readonly amount: string | null;
}

/** What became of it: how many rows were added, and what was left out, in words without contact details. */
export type RelatedOutcome =
  | { readonly ok: true; readonly added: number; readonly omitted: readonly string[] }
  | { readonly ok: false; readonly error: RemoteError };

/** A customer account found by a search. */
export interface AccountCandidate {
  readonly id: string;
  readonly name: string | null;
  readonly country: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly duns: string | null;
}

/** The outcome of one record's write: what the CRM holds now, or why not. */
export type WriteOutcome =
  | {
      readonly ok: true;
      readonly id: OpportunityId /** As read back with the write; null when it could not be. */;
      readonly record: OpportunityRecord | null;
      readonly requestId: string | null;
    }
  | { readonly ok: false; readonly error: RemoteError };

/** One fact that `doctor` checks. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** How to mend it; null when ok. */
  readonly remedy: string | null;
}

/** What a column that is to be added holds. */
export type ColumnShape =
  /** `length` in characters; a key is unique and finds its row. */
  | { readonly kind: 'text'; readonly length: number; readonly isKey?: boolean }
  | { readonly kind: 'longText'; readonly length: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'url' | 'flag' | 'money' | 'date' | 'email' };

/** A column to add to the CRM. */
export interface NewColumn {
  /** In the mapping's spelling. */
  readonly path: string;
  /** What people see; null: made from the name. */
  readonly label: string | null;
  /** What it is for. */
  readonly use: string;
  readonly shape: ColumnShape;
}

/** Names under which a wanted column may exist already. */
export interface ColumnSuggestion {
  /** As the mapping names it. */
  readonly path: string;
  /** Columns of a fitting type with the same name or label; one is a suggestion, several are a question. */
  readonly candidates: readonly { readonly path: string; readonly label: string; readonly type: string }[];
}

/** What became of columns that were to be added. */
export interface ColumnsCreated {
  /** Paths that the signed-in user can read now and could not before. */
  readonly created: readonly string[];
  /** What did not work, and what to do about it. */
  readonly problems: readonly string[];
}

/** What change events say: opportunities to look at; none when something may have changed somewhere. */
export interface ChangeHint {
  readonly opportunities: readonly OpportunityId[];
  /** Where to listen on after this; opaque. */
  readonly next: string | null;
}

/** A CRM. All methods throw `RemoteError` for failures of the whole call. */
export interface Crm {
  readonly kind: 'salesforce' | 'dynamics';
  /** What a cursor of this feed covers (host, object, filter, columns): part of the cursor's key. */
  readonly feedIdentity: string;
  /** True where something around an opportunity can change without the feed telling (a removed team member). */
  readonly hasSilentChanges?: boolean;
  /**
   * The change feed from a cursor (null: everything the filter selects or our tag marks), oldest change first.
   * Deleted rows come as records with `deleted: true` and whatever values are left.
   */
  changes(cursor: string | null, options: CallOptions): AsyncIterable<OpportunityPage>;
  /** Reads rows by id, wherever they are; a missing one maps to null (deleted, or not visible to us). */
  read(
    ids: readonly OpportunityId[],
    options: CallOptions,
  ): Promise<ReadonlyMap<OpportunityId, OpportunityRecord | null>>;
  /** Rows that carry one of these referral ids, also outside the filter: to settle creates whose answer never came. */
  findByReferralIds(ids: readonly ReferralId[], options: CallOptions): Promise<readonly OpportunityRecord[]>;
  /** Outcomes in the order of the drafts. */
  create(drafts: readonly OpportunityDraft[], options: CallOptions): Promise<readonly WriteOutcome[]>;
  /**
   * Adds contacts and solutions to new opportunities. Looks first and adds only what is missing: contacts are matched by
   * e-mail within the account, so it may be repeated. Outcomes are in the order of the rows.
   */
  addRelated?(rows: readonly RelatedRows[], options: CallOptions): Promise<readonly RelatedOutcome[]>;
  /** Outcomes in the order of the updates; one record's failure is its own. */
  update(updates: readonly OpportunityUpdate[], options: CallOptions): Promise<readonly WriteOutcome[]>;
  /** Accounts by D-U-N-S number, else by exact name; the caller narrows down. */
  findAccounts(
    search: { readonly duns: string | null; readonly name: string },
    options: CallOptions,
  ): Promise<readonly AccountCandidate[]>;
  /**
   * Listens to change events until the signal is set, through every failure; then resolves. Events are hints only.
   * Absent where the CRM sends none.
   * @param from where an earlier listener was told to go on; null: what changes from now on
   */
  listen?(from: string | null, onHint: (hint: ChangeHint) => void, options: CallOptions): Promise<void>;
  /** Names of all stages the CRM has. */
  listStages(options: CallOptions): Promise<readonly CrmStage[]>;
  /** Everything checkable about this connection; never throws. */
  check(options: CallOptions): Promise<readonly CheckResult[]>;
  /** What the org last reported of its daily requests, all of its apps together; null before it did. */
  dailyRequests?(): { readonly used: number; readonly limit: number } | null;
  /** The mapped columns, in the mapping's spelling, that the signed-in user cannot see: for `setup`. */
  missingColumns?(options: CallOptions): Promise<readonly string[]>;
  /** Existing columns that may be the wanted ones under another name: by label and type, whatever the prefix. */
  suggestColumns?(wanted: readonly NewColumn[], options: CallOptions): Promise<readonly ColumnSuggestion[]>;
  /** Adds columns and lets the signed-in user read and edit them. A column that cannot be made is a problem of its own. */
  createColumns?(columns: readonly NewColumn[], options: CallOptions): Promise<ColumnsCreated>;
}

export interface CrmStage {
  readonly name: string;
  readonly isActive: boolean;
  readonly isClosed: boolean;
  readonly isWon: boolean;
}

// ── Partner Center ─────────────────────────────────────────────────────────────────────────────────────────

/** A referral as read, in the core's terms. */
export interface Referral {
  readonly id: ReferralId;
  readonly engagementId: string;
  readonly organizationId: string | null;
  readonly organizationName: string | null;
  /** The ETag, quotes included, byte for byte; null when the answer carried none (then read before writing). */
  readonly version: string | null;
  /** Raw timestamps, as sent (0 to 7 fractional digits). */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string | null;
  readonly acceptedAt: string | null;
  readonly closedAt: string | null;
  readonly tag: Tag;
  /** Decided by who invited, not by the direction field. */
  readonly origin: 'own' | 'inbound';
  readonly category: 'deal' | 'lead' | 'marketplace';
  /** True for another party's record of the deal (Microsoft's is organization `msft`). */
  readonly isMicrosofts: boolean;
  readonly invitedByOrganizationId: string | null;
  readonly status: string;
  readonly substatus: string;
  readonly type: string;
  readonly favorite: boolean;
  /** Microsoft's people among the members of this referral; absent where the answer does not list members. */
  readonly microsoftTeam?: readonly MicrosoftMember[];
  readonly registrationStatus: string | null;
  /** Registrations of the won deal; absent when the answer does not say. */
  readonly registrations?: readonly Registration[];
  readonly deal: Deal;
  /** Members of enumerations we do not know, by field, shown and never sent back changed. */
  readonly unknown: Readonly<Record<string, string>>;
  /** What is malformed (path and what was found), if the record cannot be relied on. */
  readonly malformed: readonly string[];
}

/** A referral to create. */
export interface ReferralDraft {
  readonly deal: Deal;
  /** The tag: the canonical opportunity id. */
  readonly opportunityId: OpportunityId;
  readonly type: 'Independent' | 'Shared';
  /** Present for the second create of a co-sell deal, which invites Microsoft to the engagement. */
  readonly invite?: { readonly engagementId: string; readonly notes: string | null };
}

/** Changes to an existing referral; absent keys stay. Lists are whole. */
export interface ReferralChanges {
  readonly deal: Deal;
  readonly tag?: OpportunityId;
}

/** The referral list walked from a cursor. */
export interface ReferralFeed {
  /** Every referral that changed, each once, newest version. */
  readonly referrals: readonly Referral[];
  readonly next: string;
  readonly serverTime: string;
  /** False when the walk hit a cap: then absence means nothing and the cursor must not be saved. */
  readonly complete: boolean;
  /** Rows without a usable id, where there were any: they cannot be kept, only reported. */
  readonly unreadable?: number;
}

export interface PartnerCenter {
  /** What a cursor of this feed covers. */
  readonly feedIdentity: string;
  /**
   * Everything that changed since the cursor (null: everything), with overlap.
   * @param isKnown says whether this id at this version is already in the ledger, so that a walk through our own
   *   writes can stop early.
   */
  changes(
    cursor: string | null,
    isKnown: (id: ReferralId, version: string | null) => boolean,
    options: CallOptions,
  ): Promise<ReferralFeed>;
  /**
   * After a run that wrote more referrals than a page holds: walks the feed and returns the cursor moved up to just
   * below the oldest change that is not known, so that the next run need not walk through our own writes.
   */
  settle?(
    cursor: string,
    isKnown: (id: ReferralId, version: string | null) => boolean,
    options: CallOptions,
  ): Promise<string>;
  /** Reads one referral; null when it is not visible (which never means deleted). */
  find(id: ReferralId, options: CallOptions): Promise<Referral | null>;
  /** All referrals of one deal that we can see, siblings included. */
  listEngagement(engagementId: string, options: CallOptions): Promise<readonly Referral[]>;
  /** Referrals created at or after a time that carry one of the tags: to settle creates whose answer never came. */
  findByTags(
    tags: ReadonlySet<OpportunityId>,
    createdSince: string,
    options: CallOptions,
  ): Promise<readonly Referral[]>;
  /** @param requestId stays the same when one logical write is repeated. */
  create(draft: ReferralDraft, requestId: string, options: CallOptions): Promise<Referral>;
  /** @param ifMatch the ETag as read, quotes included. */
  update(
    id: ReferralId,
    ifMatch: string,
    changes: ReferralChanges,
    requestId: string,
    options: CallOptions,
  ): Promise<Referral>;
  /** Registers a won deal, or corrects a registration that Microsoft sent back. @param ifMatch as for `update` */
  register?(
    id: ReferralId,
    ifMatch: string,
    registration: RegistrationWrite,
    requestId: string,
    options: CallOptions,
  ): Promise<Referral>;
  check(options: CallOptions): Promise<readonly CheckResult[]>;
}

// ── The company's directory, and messages ──────────────────────────────────────────────────────────────────

/** The company's directory of people. */
export interface Directory {
  /**
   * What is known of people, by their key; null for those it does not know or cannot tell apart. Whom it could not
   * answer for (throttled) is left out.
   * @throws RemoteError when nobody could be asked for
   */
  find(people: readonly PersonQuery[], options: CallOptions): Promise<ReadonlyMap<string, Person | null>>;
}

/** A message to the operators: plain text, without contact details and secrets. */
export interface Message {
  /** Stays the same when the message is sent again. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

/** A way to reach the operators. */
export interface MessageChannel {
  readonly name: string;
  /** The occasions it wants to hear of. */
  readonly on: readonly string[];
  /** @throws RemoteError; with `outcomeUnknown` it may have arrived all the same */
  send(message: Message, options: CallOptions): Promise<void>;
}

/** Mail to one person of the company: what it says carries nobody's contact details. */
export interface OwnerMail {
  /**
   * @param to the person's own address
   * @throws RemoteError; with `outcomeUnknown` it may have arrived all the same
   */
  send(to: string, message: Message, options: CallOptions): Promise<void>;
}

/** Requests to data routes since the process started, as the server counts them. */
export interface RequestCounts {
  readonly crm: number;
  readonly partnerCenter: number;
  readonly graph: number;
  readonly retries: number;
}

/** The logger the engine uses; messages are static, fields carry no personal data. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
