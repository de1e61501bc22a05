/** A CRM: any system whose opportunities can be listed by change, read and written in batches. */
import type { Person } from './deal.ts';
import type { RemoteError } from './errors.ts';
import type { OpportunityId, ReferralId } from './ids.ts';
import type { CallOptions, CheckResult } from './port-calls.ts';

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
  /**
   * Mapped paths that the CRM is known to have no column for and that writes leave out, in the mapping's spelling: the
   * currency, in an org of one currency. Known once the feed or a row was read. Absent where nothing is left out.
   */
  lacking?(): readonly string[];
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
