/** What the three-way merge is given, and what it answers. */
import type { Deal, FieldName, FieldValue } from './deal.ts';
import type { Direction, Winner } from './fields.ts';

/** The values both sides held when they last agreed on a field. */
export interface AgreedPair {
  readonly opportunity: FieldValue;
  readonly referral: FieldValue;
}

/** How edits of a field travel. */
export interface FieldPolicy {
  readonly sync: Direction;
  readonly conflict: Winner;
}

export interface ReconcileInput {
  /** Fields without an entry were never agreed on. */
  readonly baseline: Readonly<Partial<Record<FieldName, AgreedPair>>>;
  readonly opportunity: Deal;
  readonly referral: Deal;
  /** The mapped groups, by the field that names each; others are never touched. */
  readonly policy: ReadonlyMap<FieldName, FieldPolicy>;
  /** Groups that Partner Center does not take on this referral any more, with the reason in words. */
  readonly frozen: ReadonlyMap<FieldName, string>;
  /** Groups whose edits from the CRM wait (an inbound deal nobody accepted yet): skipped while the CRM's half differs. */
  readonly withheld: ReadonlySet<FieldName>;
  /** A person's decisions on open conflicts. */
  readonly decisions: Readonly<Partial<Record<FieldName, 'crm' | 'partnerCenter'>>>;
  /** Groups that differed when the pair was adopted: while they have no baseline, only a person decides. */
  readonly undecided?: ReadonlySet<FieldName>;
}

/** Both sides changed a field differently, or never agreed on it. All three values are kept. */
export interface Conflict {
  readonly field: FieldName;
  readonly baseline: FieldValue | undefined;
  readonly opportunity: FieldValue;
  readonly referral: FieldValue;
  /** Whose value was applied; null while a person must decide. */
  readonly applied: 'crm' | 'partnerCenter' | null;
}

/** Something worth saying that blocks nothing. */
export interface FieldNotice {
  readonly field: FieldName;
  readonly code: 'frozen' | 'one-way' | 'edit-beats-removal' | 'last-entry' | 'differs-at-adoption';
  readonly text: string;
}

export interface Reconciliation {
  readonly referralChanges: Deal;
  readonly opportunityChanges: Deal;
  /** Pairs that can be agreed on without any write. */
  readonly baselineChanges: Readonly<Partial<Record<FieldName, AgreedPair>>>;
  readonly conflicts: readonly Conflict[];
  readonly notices: readonly FieldNotice[];
  /** The rule that decided each field that appears above, for the audit trail. */
  readonly rules: Readonly<Partial<Record<FieldName, string>>>;
}

/** An answer as it is put together. */
export interface Draft {
  readonly referralChanges: Record<string, FieldValue>;
  readonly opportunityChanges: Record<string, FieldValue>;
  readonly baselineChanges: Partial<Record<FieldName, AgreedPair>>;
  readonly conflicts: Conflict[];
  readonly notices: FieldNotice[];
  readonly rules: Partial<Record<FieldName, string>>;
}
