/** Partner Center, as far as referrals go. */
import type { Deal } from './deal.ts';
import type { OpportunityId, ReferralId, Tag } from './ids.ts';
import type { MicrosoftMember } from './microsoft-team.ts';
import type { CallOptions, CheckResult } from './port-calls.ts';
import type { Registration, RegistrationWrite } from './registration-values.ts';

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
