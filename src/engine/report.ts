/** What a run says of itself when it ends. */
import type { RemoteError, System } from '../core/errors.ts';
import type { RequestCounts } from '../core/ports.ts';
import type { RunReport } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import type { Pulled } from './pull.ts';
import type { RunState } from './run-state.ts';
import { countUnanswered } from './settle-updates.ts';
import type { Trouble } from './trouble.ts';

export interface Ending {
  readonly startedAt: string;
  readonly pulled: Pulled | null;
  readonly halted: string | null;
  readonly capped: number;
  readonly heldCreates: number;
  readonly maxCreates: number;
  readonly before: RequestCounts;
  readonly stopped: boolean;
}

export async function reportOf(
  dependencies: EngineDependencies,
  state: RunState,
  ending: Ending,
): Promise<RunReport> {
  const requests = dependencies.requests();
  const { before } = ending;
  const open = await dependencies.ledger.attention({ state: 'open' });
  // Undecided conflicts and waiting approvals keep a run from being clean until somebody decides; parked records and
  // notices count in the run that raises them.
  const undecided = open.filter(
    ({ kind, values }) => kind === 'conflict' && values.some(({ applied }) => applied === null),
  ).length;
  const approvals = open.filter(({ kind }) => kind === 'approval').length;
  const openKeys = new Set(open.map(({ key }) => key));
  const raised = [...state.raised].filter(([key]) => openKeys.has(key)).map(([, kind]) => kind);
  const parked = raised.filter((kind) => kind === 'parked').length;
  const notices = raised.filter((kind) => kind === 'notice').length;
  const unanswered = await countUnanswered(dependencies.ledger);
  const stoppedBy = stoppedByOf(dependencies, state, ending);
  const outcome =
    ending.halted !== null
      ? 'halted'
      : stoppedBy !== null
        ? 'incomplete'
        : undecided + approvals + parked + unanswered > 0
          ? 'attention'
          : 'clean';
  return {
    runId: state.runId,
    connection: dependencies.connection,
    outcome,
    startedAt: ending.startedAt,
    finishedAt: dependencies.now().toISOString(),
    read: { opportunities: ending.pulled?.opportunities ?? 0, referrals: ending.pulled?.referrals ?? 0 },
    wrote: { ...state.wrote },
    linked: state.linked,
    unchanged: state.unchanged,
    attention: { conflicts: undecided, parked, approvals, notices },
    requests: {
      crm: requests.crm - before.crm,
      partnerCenter: requests.partnerCenter - before.partnerCenter,
      graph: requests.graph - before.graph,
      retries: requests.retries - before.retries,
    },
    stopped: stoppedBy,
  };
}

/** Why a run did not do everything that was due, the weightiest reason first; null when it did. */
function stoppedByOf(
  { policy }: Pick<EngineDependencies, 'policy'>,
  state: RunState,
  { halted, stopped, capped, heldCreates, maxCreates }: Ending,
): string | null {
  const { heldUntilRead } = state;
  if (halted !== null) return halted;
  const remotes = stopReason(state.stopped);
  if (remotes !== null) return remotes;
  if (stopped) return 'It was asked to stop.';
  if (state.trouble.untold !== null) return passedOver(state.trouble);
  if (heldUntilRead > 0) return `${unfinishedList(heldUntilRead, ['was', 'were'])} The next run goes on.`;
  if (capped > 0)
    return `The limit of ${policy.maxWritesPerRun} writes a run was reached; ${capped} go on in the next run.`;
  if (heldCreates > 0)
    return `The limit of ${maxCreates} creates for this run was reached; ${heldCreates} more are due and go on in the next run.`;
  return null;
}

/** Why opportunities are not shared. @param verb what becomes of one of them, and of several */
function unfinishedList(held: number, [one, many]: readonly [one: string, many: string]): string {
  return `Partner Center's list of deals could not be read to its end yet, so ${held} ${held === 1 ? `opportunity ${one}` : `opportunities ${many}`} not shared: the deal may be there already.`;
}

/** Why a plan is not all that there is to do; null when it is. @param heldUntilRead as in `Planned` */
export function planStoppedBy({ trouble }: Pick<RunState, 'trouble'>, heldUntilRead: number): string | null {
  if (trouble.failed.size > 0) return `${passedOver(trouble)} Plan again later.`;
  return heldUntilRead === 0
    ? null
    : `${unfinishedList(heldUntilRead, ['is', 'are'])} A run goes on reading; plan again after it.`;
}

function passedOver({ failed, untold }: Trouble): string {
  const error = untold ?? [...failed.values()][0];
  return `${failed.size} ${failed.size === 1 ? 'deal' : 'deals'} had to be passed over: ${error?.message ?? ''}`;
}

function stopReason(stopped: ReadonlyMap<System, RemoteError>): string | null {
  const reasons = [...stopped.values()].map(({ message }) => message);
  return reasons.length === 0 ? null : reasons.join(' ');
}
