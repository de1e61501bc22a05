/** One thing to decide about: a pair, a record without a partner, or a doubt. */
import type { Finding } from '../core/plan.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import type { Link, Seen } from '../core/store-port.ts';

/** One thing to decide about. */
export type Subject =
  | {
      readonly kind: 'linked';
      readonly link: Link;
      /** Whether the link differs from what the ledger holds. */
      readonly unsaved: boolean;
      readonly opportunity: OpportunityRecord | null;
      readonly referral: Referral | null;
      /** Other parties' referrals of the engagement, as the ledger holds them. */
      readonly siblings: readonly Seen<Referral>[];
    }
  | { readonly kind: 'opportunity'; readonly opportunity: OpportunityRecord }
  | {
      readonly kind: 'referral';
      readonly referral: Referral;
      /** Its opportunity is another CRM's, which is none of this connection's business. */
      readonly isElsewhere?: 'yes' | 'unclear';
    }
  | {
      readonly kind: 'doubtful';
      readonly finding: Finding;
      readonly opportunity: OpportunityRecord | null;
      readonly referral: Referral | null;
    };

/** A subject's opportunity, where it has one. */
export function opportunityOf(subject: Subject): OpportunityRecord | null {
  return subject.kind === 'referral' ? null : subject.opportunity;
}

/** A subject's referral, where it has one. */
export function referralOf(subject: Subject): Referral | null {
  return subject.kind === 'opportunity' ? null : subject.referral;
}
