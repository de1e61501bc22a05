/** What a run counts and remembers while it works: figures for the report, hosts that asked for a pause, records passed over. */
import type { Person } from '../core/deal.ts';
import type { RemoteError, System } from '../core/errors.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { HistoryEntry } from '../core/store-port.ts';
import type { LookBudget } from './microsoft.ts';
import { noTrouble, type RowTrouble, type Trouble } from './trouble.ts';

export interface RunState {
  readonly runId: string;
  readonly wrote: {
    opportunitiesCreated: number;
    opportunitiesUpdated: number;
    referralsCreated: number;
    referralsUpdated: number;
    invitations: number;
  };
  linked: number;
  unchanged: number;
  /** The first error of a host that makes every further call to it useless in this run. */
  readonly stopped: Map<System, RemoteError>;
  /** New deals that were not created because the list of deals was never read to its end. */
  heldUntilRead: number;
  /** Creates without an answer so far; a host that keeps doing that is given up. */
  unanswered: number;
  /** What the company's directory says of people, as far as this run asked. */
  readonly people: Map<string, Person | null>;
  /** The directory did not answer; it is not asked again in this run. */
  directoryFailed: boolean;
  /** Records at which Partner Center failed although it answers about others. */
  readonly trouble: Trouble;
  readonly rowTrouble: RowTrouble;
  /** Direct looks at unanswered invitations that this run may still take. */
  readonly invitations: LookBudget;
  /** Opportunities whose co-sell deal this run created: their invitation belongs to what was planned. */
  readonly begun: Set<string>;
  /** Record ids that are not to be taken up again in this run (failed, capped, waiting). */
  readonly passed: Set<string>;
  /** What Partner Center refused in the present round, by opportunity: the opportunity is told. */
  readonly refused: Map<string, Finding>;
  /** Keys of items this run raised, by kind. */
  readonly raised: Map<string, 'conflict' | 'parked' | 'approval' | 'notice'>;
}

export function createRunState(runId: string): RunState {
  return {
    runId,
    wrote: {
      opportunitiesCreated: 0,
      opportunitiesUpdated: 0,
      referralsCreated: 0,
      referralsUpdated: 0,
      invitations: 0,
    },
    linked: 0,
    unchanged: 0,
    stopped: new Map(),
    heldUntilRead: 0,
    unanswered: 0,
    people: new Map(),
    directoryFailed: false,
    trouble: noTrouble(),
    rowTrouble: { failed: new Map(), answered: new Set() },
    invitations: { left: MAX_INVITATION_LOOKS, passedOver: new Set() },
    begun: new Set(),
    passed: new Set(),
    refused: new Map(),
    raised: new Map(),
  };
}

/** Direct looks at unanswered invitations in one run. */
const MAX_INVITATION_LOOKS = 50;

/** Creates without an answer after which a run stops writing to the host. */
export const MAX_UNANSWERED = 5;

/** The audit trail's entries of an action of the CRM's that Partner Center took. */
export function sentHistory(
  state: RunState,
  at: string,
  action: Pick<Action, 'changes' | 'reason'>,
  ids: Pick<HistoryEntry, 'opportunityId' | 'referralId' | 'requestId'>,
): HistoryEntry[] {
  const { changes, reason: rule } = action;
  return historyOf(state, at, { ...ids, who: 'crm', to: 'partnerCenter', changes, rule });
}

/** The audit trail's entries of a write: one a field. */
export function historyOf(
  state: RunState,
  at: string,
  write: {
    readonly opportunityId: HistoryEntry['opportunityId'];
    readonly referralId: HistoryEntry['referralId'];
    readonly who: HistoryEntry['who'];
    readonly to: HistoryEntry['to'];
    readonly changes: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
    readonly rule: string;
    readonly requestId: string | null;
  },
): HistoryEntry[] {
  const { opportunityId, referralId, who, to, rule, requestId } = write;
  return write.changes.map(({ field, from, to: value }) => ({
    at,
    runId: state.runId,
    opportunityId,
    referralId,
    field,
    who,
    to,
    from,
    value,
    rule,
    requestId,
  }));
}
