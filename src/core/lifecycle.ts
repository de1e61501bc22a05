/**
 * The life of a deal. A deal that arrives is Received until somebody answers; answering is accepting or declining,
 * and fourteen days of silence expire it. Deals we create start Accepted. Won, Lost, Declined, Expired and Error are
 * the end: Partner Center takes no further change of state, and a deal closed by mistake has to be made anew.
 *
 * Whether a Received deal may be closed in one step is not documented, so it is accepted first.
 */
import { DEAL_STATES, type Deal, type DealState } from './deal.ts';

export interface Transition {
  readonly from: DealState;
  readonly to: DealState;
  /** Who may cause it: us (`partner`), or only Microsoft's own timer (`system`). */
  readonly by: 'partner' | 'system';
  /** Whether it ends the deal, which nothing undoes at Microsoft. */
  readonly irreversible: boolean;
}

const TRANSITIONS: readonly Transition[] = [
  { from: 'Received', to: 'Accepted', by: 'partner', irreversible: false },
  { from: 'Received', to: 'Declined', by: 'partner', irreversible: true },
  { from: 'Received', to: 'Expired', by: 'system', irreversible: true },
  { from: 'Accepted', to: 'Won', by: 'partner', irreversible: true },
  { from: 'Accepted', to: 'Lost', by: 'partner', irreversible: true },
  { from: 'Accepted', to: 'Error', by: 'partner', irreversible: true },
];

/** The step from one state to another, or null when there is none. */
export function findTransition(from: DealState, to: DealState): Transition | null {
  return TRANSITIONS.find((transition) => transition.from === from && transition.to === to) ?? null;
}

/** Whether a deal is known to be one whose state can still change. */
export function isOpen({ state }: Deal): boolean {
  return TRANSITIONS.some((transition) => transition.from === state);
}

/** Whether a deal in this state can never change its state again. */
export function isTerminal(state: DealState): boolean {
  return !isOpen({ state });
}

/** Whether a deal is known to have ended. */
export function hasEnded({ state }: Deal): boolean {
  return state !== undefined && state !== null && isTerminal(state);
}

/** The states one step ahead, the system's own included. */
export function nextStates(state: DealState): readonly DealState[] {
  return TRANSITIONS.filter((transition) => transition.from === state).map((transition) => transition.to);
}

/** Whether a deal may go from one state to the other in one step, whoever causes it; staying is always legal. */
export function isLegal(from: DealState, to: DealState): boolean {
  return from === to || findTransition(from, to) !== null;
}

/** Whether we may send this step: a legal one that is ours to cause. */
export function isSendable(from: DealState, to: DealState): boolean {
  return findTransition(from, to)?.by === 'partner';
}

/** Whether the step ends the deal for good. */
export function isIrreversible(from: DealState, to: DealState): boolean {
  return findTransition(from, to)?.irreversible ?? false;
}

/** The shortest way along the allowed steps. */
function walk(
  from: DealState,
  to: DealState,
  isAllowed: (step: Transition) => boolean,
): readonly DealState[] | null {
  const paths = new Map<DealState, readonly DealState[]>([[from, []]]);
  for (const [state, path] of paths) {
    if (state === to) return path;
    for (const step of TRANSITIONS) {
      if (step.from === state && isAllowed(step) && !paths.has(step.to))
        paths.set(step.to, [...path, step.to]);
    }
  }
  return null;
}

/**
 * The states to send, in order, to bring a deal from one state to another: none when it is there already, null when
 * we cannot bring it there. Received → Won goes through Accepted; nothing leads to Expired, which only the system sets.
 */
export function pathBetween(from: DealState, to: DealState): readonly DealState[] | null {
  return walk(from, to, (step) => step.by === 'partner');
}

/** Whether a deal last seen in one state can honestly be in the other by now; if not, the remote contradicts itself. */
export function isReachable(from: DealState, to: DealState): boolean {
  return walk(from, to, () => true) !== null;
}

/** The states that end a deal. */
export const TERMINAL_STATES: readonly DealState[] = DEAL_STATES.filter(isTerminal);
