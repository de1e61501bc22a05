/**
 * What the engine remembers between runs, behind one port. All of it belongs to one connection: a store handle is
 * opened for a connection and can reach no other.
 *
 * The shape of the work: a run first saves what the feeds delivered (`seen` records, each marked due), then saves the
 * cursors, then works through what is due. A record that cannot be finished now (parked, held back, over a limit)
 * stays due for a later time. So a cursor never passes a record that the ledger does not hold.
 */
import type { FieldName, FieldValue } from './deal.ts';
import type { OpportunityId, ReferralId } from './ids.ts';
import type { AccountCandidate, OpportunityRecord, Referral } from './ports.ts';

export type Side = 'opportunity' | 'referral';

/** A record as last read, and when it is to be looked at. */
export interface Seen<T> {
  readonly record: T;
  /** UTC time from which the record wants processing; null: nothing to do. */
  readonly dueAt: string | null;
}

/** A field's values that both servers really held when they last agreed. */
export interface BaselineEntry {
  readonly opportunity: FieldValue;
  readonly referral: FieldValue;
  /** Hash of the field's mapping; an entry made under another mapping counts as no baseline. */
  readonly mapping: string;
}
export type Baseline = Readonly<Partial<Record<FieldName, BaselineEntry>>>;

/** Why a link no longer syncs. */
export type LinkStatus = 'active' | 'out-of-scope' | 'opportunity-deleted' | 'referral-gone';

/** Joins one opportunity and one own referral. Unique per opportunity and per referral. */
export interface Link {
  readonly opportunityId: OpportunityId;
  readonly referralId: ReferralId;
  readonly engagementId: string;
  readonly status: LinkStatus;
  readonly baseline: Baseline;
  /** Sibling referrals of the engagement that we know (Microsoft's, other partners'). */
  readonly siblings: readonly {
    readonly id: ReferralId;
    readonly organizationId: string | null;
    readonly state: string;
    /** When the sibling was created, which for Microsoft's is the invitation; raw text. */
    readonly createdAt?: string;
  }[];
  readonly linkedAt: string;
  readonly changedAt: string;
  readonly verifiedAt: string;
  /** The CRM stage as last seen and since when the ledger knows it, for CRMs that do not date stage changes. */
  readonly stageSeen: { readonly value: string; readonly at: string } | null;
  /** What the bookkeeping columns of the opportunity last got from us, so that the same is never written twice. */
  readonly written: Readonly<Record<string, string | null>>;
}

/** Written before a remote mutation whose outcome could become unknown; settled by looking, never by repeating. */
export interface Intent {
  readonly id: string;
  readonly kind:
    | 'create-referral'
    | 'invite-microsoft'
    | 'create-opportunity'
    | 'create-account'
    /** An update: what people do while its outcome is not known must not be mixed up with what it wrote. */
    | 'update-referral'
    | 'update-opportunity'
    /** What a received deal's opportunity gets beside its columns; done again until it is there. */
    | 'add-related';
  readonly opportunityId: OpportunityId | null;
  readonly referralId: ReferralId | null;
  readonly engagementId: string | null;
  /** UTC time from which a search must look. */
  readonly since: string;
  readonly state: 'planned' | 'unknown';
  readonly requestId: string;
  /** Searches that found nothing. */
  readonly searches: number;
  /** For an update: the version that it changes. */
  readonly version?: string;
  /** What both sides will have agreed on when it has taken effect. */
  readonly carried?: Baseline;
}

export type AttentionKind = 'conflict' | 'parked' | 'approval' | 'notice';

/** The three values of a field in a conflict. */
export interface ConflictValues {
  readonly field: FieldName;
  readonly baseline: FieldValue | undefined;
  readonly opportunity: FieldValue;
  readonly referral: FieldValue;
  /** Which side's value was applied; null while a person must decide. */
  readonly applied: 'crm' | 'partnerCenter' | null;
}

/** What a person must look at. One open item per `key`; seeing it again counts and refreshes it. */
/** An account that fits a received deal, as the question for it lists it. Without its name: it may be a person's. */
export type FittingAccount = Omit<AccountCandidate, 'name'>;

export interface AttentionItem {
  /** Short and stable: derived from the key. */
  readonly id: string;
  readonly key: string;
  readonly kind: AttentionKind;
  /** A cause that items share, for bulk retry (`missing-parts`, `stage-unmapped`, `rejected`). */
  readonly code: string;
  readonly opportunityId: OpportunityId | null;
  readonly referralId: ReferralId | null;
  readonly fields: readonly string[];
  /** What happened, to which record, what to do next. No contact details. */
  readonly message: string;
  readonly values: readonly ConflictValues[];
  /** Where several accounts fit a received deal: those; absent for other causes. */
  readonly accounts?: readonly FittingAccount[];
  readonly since: string;
  readonly lastSeenAt: string;
  readonly count: number;
  readonly state: 'open' | 'resolved' | 'dismissed' | 'approved';
  /** For an approval: digests of the actions that it covers. */
  readonly covers: readonly string[];
  /** A person's decision that the next run applies, field by field. */
  readonly decisions: Readonly<Partial<Record<FieldName, 'crm' | 'partnerCenter'>>>;
  readonly why: string | null;
}

/** One change of one field, for the audit trail. Values of personal fields are masked before they get here. */
export interface HistoryEntry {
  readonly at: string;
  readonly runId: string | null;
  readonly opportunityId: OpportunityId | null;
  readonly referralId: ReferralId | null;
  readonly field: string;
  /** Whose value it was: a side, the daemon, or the operator. */
  readonly who: 'crm' | 'partnerCenter' | 'daemon' | 'operator';
  /** The operator's name, where it is known (the console asks for one). */
  readonly by?: string;
  readonly to: 'crm' | 'partnerCenter' | 'ledger';
  readonly from: unknown;
  readonly value: unknown;
  readonly rule: string;
  readonly requestId: string | null;
}

export type RunOutcome = 'clean' | 'attention' | 'incomplete' | 'halted';

/** A run's report, as printed by `sync --json`. */
export interface RunReport {
  readonly runId: string;
  readonly connection: string;
  readonly outcome: RunOutcome;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly read: { readonly opportunities: number; readonly referrals: number };
  readonly wrote: {
    readonly opportunitiesCreated: number;
    readonly opportunitiesUpdated: number;
    readonly referralsCreated: number;
    readonly referralsUpdated: number;
    readonly invitations: number;
  };
  readonly linked: number;
  readonly unchanged: number;
  readonly attention: {
    readonly conflicts: number;
    readonly parked: number;
    readonly approvals: number;
    readonly notices: number;
  };
  readonly requests: {
    readonly crm: number;
    readonly partnerCenter: number;
    readonly graph: number;
    readonly retries: number;
  };
  /** Why it stopped early or halted; null otherwise. */
  readonly stopped: string | null;
}

/** Changes that become visible together or not at all. */
export interface LedgerChanges {
  /**
   * Items as a person saw them before deciding: where one asks something else by now, or was decided by somebody else,
   * nothing of the commit is saved and it throws DecidedElsewhereError.
   */
  readonly asSeen?: readonly AttentionItem[];
  /** Notes as they were read before deciding; one that is another by now refuses the commit in the same way. */
  readonly metaAsSeen?: Readonly<Record<string, string | null>>;
  readonly opportunities?: readonly Seen<OpportunityRecord>[];
  readonly referrals?: readonly Seen<Referral>[];
  /** Only moves the due time of records already held. */
  readonly due?: readonly { readonly side: Side; readonly id: string; readonly dueAt: string | null }[];
  readonly links?: readonly Link[];
  readonly unlink?: readonly OpportunityId[];
  readonly intents?: readonly Intent[];
  readonly settledIntents?: readonly string[];
  /** Items by key: `id`, `since` and `count` of an open item with this key are kept and counted up. */
  readonly attention?: readonly AttentionItem[];
  /** Keys of items that no longer apply. */
  readonly resolved?: readonly string[];
  readonly history?: readonly HistoryEntry[];
  readonly run?: RunReport;
  readonly meta?: Readonly<Record<string, string | null>>;
}

export interface DueRecord {
  readonly side: Side;
  readonly id: string;
  readonly dueAt: string;
  readonly modifiedAt: string;
}

export interface LinkFilter {
  readonly status?: LinkStatus;
  readonly limit?: number;
  /** Continue after this opportunity id (links are listed in id order). */
  readonly after?: OpportunityId;
}

/** The ledger of one connection. Reads see every earlier commit of this handle. */
export interface Ledger {
  /** The state's identity: `lineage` is made once; `serial` grows with every commit. `created` is true when this opening made it. */
  identity(): Promise<{
    readonly lineage: string;
    readonly serial: number;
    readonly createdAt: string;
    readonly created: boolean;
  }>;
  commit(changes: LedgerChanges): Promise<void>;

  opportunities(ids: readonly OpportunityId[]): Promise<ReadonlyMap<OpportunityId, Seen<OpportunityRecord>>>;
  referrals(ids: readonly ReferralId[]): Promise<ReadonlyMap<ReferralId, Seen<Referral>>>;
  /** Version of a referral held, for the feed's early stop; undefined when it is not held. */
  referralVersion(id: ReferralId): string | null | undefined;
  referralsTagged(ids: readonly OpportunityId[]): Promise<readonly Referral[]>;
  referralsOfEngagement(engagementId: string): Promise<readonly Referral[]>;
  opportunitiesTagged(ids: readonly ReferralId[]): Promise<readonly OpportunityRecord[]>;
  due(now: string, limit: number): Promise<readonly DueRecord[]>;
  countDue(now: string): Promise<number>;

  linksByOpportunity(ids: readonly OpportunityId[]): Promise<ReadonlyMap<OpportunityId, Link>>;
  linksByReferral(ids: readonly ReferralId[]): Promise<ReadonlyMap<ReferralId, Link>>;
  links(filter: LinkFilter): Promise<readonly Link[]>;
  counts(): Promise<{ readonly links: number; readonly opportunities: number; readonly referrals: number }>;

  intents(): Promise<readonly Intent[]>;

  attention(filter: {
    readonly state?: AttentionItem['state'];
    readonly kind?: AttentionKind;
    readonly code?: string;
    readonly since?: string;
  }): Promise<readonly AttentionItem[]>;
  /** Open items about any of these records. */
  attentionAbout(records: {
    readonly opportunityIds: readonly OpportunityId[];
    readonly referralIds: readonly ReferralId[];
  }): Promise<readonly AttentionItem[]>;
  attentionByKeys(keys: readonly string[]): Promise<ReadonlyMap<string, AttentionItem>>;
  /** By id, or by any unambiguous beginning of one; null when none or several match. */
  findAttention(id: string): Promise<AttentionItem | null>;

  history(
    record: { readonly opportunityId?: OpportunityId; readonly referralId?: ReferralId },
    field?: string,
  ): Promise<readonly HistoryEntry[]>;
  runs(limit: number): Promise<readonly RunReport[]>;
  meta(key: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Where each feed has been consumed to. Readable and resettable by a person; losing it costs reads, nothing else. */
export interface Cursors {
  load(key: string): Promise<string | null>;
  save(key: string, value: string): Promise<void>;
  reset(): Promise<void>;
}
