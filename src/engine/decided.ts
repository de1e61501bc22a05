/** What was decided about a subject, and what decisions are made with. */
import { dayOf } from '../core/lenses/calendar.ts';
import type { MappedOpportunity } from '../core/mapping.ts';
import type { Decision } from '../core/plan.ts';
import type { OpportunityUpdate } from '../core/ports.ts';
import type { HistoryEntry, Intent, Link } from '../core/store-port.ts';
import { type Timing, timingAt } from '../core/timing.ts';
import type { AccountSearches } from './account-search.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import type { EngineDependencies } from './dependencies.ts';
import type { InvitationLooks, SiblingDue } from './microsoft.ts';
import type { Subject } from './subject.ts';

/** A subject with what was decided about it. */
export interface Decided {
  readonly subject: Subject;
  readonly decision: Decision;
  /** The opportunity as a deal, where there is one. */
  readonly mapped: MappedOpportunity | null;
  readonly bookkeeping: Bookkeeping | null;
  /** What to tell an opportunity that cannot be shared. */
  readonly parkedNote: OpportunityUpdate | null;
  /** The link as it is to be stored (new baselines, siblings, status). */
  readonly link: Link | null;
  /** The record only waits (a settling edit): it has not been judged. */
  readonly waits?: boolean;
  /** When other parties' referrals of the deal want a look. */
  readonly siblingDues?: readonly SiblingDue[];
  /** What became known without a write. */
  readonly history?: readonly Omit<HistoryEntry, 'at' | 'runId'>[];
}

/** What a round decides with. */
export interface DecideContext {
  readonly timing: Timing;
  readonly stateCreatedAt: string;
  /** Creates whose answer never came, by the record they were for. */
  readonly openIntents: ReadonlyMap<string, Intent>;
  /** Direct looks at unanswered invitations that the run may still take. */
  readonly looks: InvitationLooks;
  readonly runId: string | null;
  readonly accountSearches: AccountSearches;
}

/** The clock of a run's decisions. */
export function timingOf({ policy, timeZone }: EngineDependencies, now: string): Timing {
  return timingAt(now, dayOf(now, timeZone) ?? now.slice(0, 10), policy);
}
