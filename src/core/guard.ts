/** Limits of a run, as pure functions over its planned actions: what may go ahead, what waits for a person. */
import type { Action } from './plan.ts';

export interface GuardInput {
  readonly actions: readonly Action[];
  readonly maxWrites: number;
  readonly maxCloses: number;
  /** Kinds of action that always wait for a person. */
  readonly approvals: readonly string[];
  /** Digests of actions that a person has approved. */
  readonly approved: ReadonlySet<string>;
  readonly digestOf: (action: Action) => string;
  /** Actions that come after all others, whatever their order. */
  readonly last?: ReadonlySet<Action>;
}

export interface Guarded {
  /** What may be done now, in order. */
  readonly allowed: readonly Action[];
  /** Closes and unlinks beyond the limit: none of them is done, the run counts as halted. */
  readonly halted: readonly Action[];
  /** Actions of a kind that waits for approval. */
  readonly waiting: readonly Action[];
  /** Beyond the write limit: done by the next runs, oldest first. */
  readonly capped: readonly Action[];
}

/** The approval kinds an action falls under. */
export function approvalKindsOf(action: Action): readonly string[] {
  const kinds: string[] = [];
  if (action.type === 'create-referral') kinds.push('create');
  if (action.irreversible.includes('invite')) kinds.push('invite');
  if (action.type === 'close-referral') kinds.push('close');
  if (action.type === 'accept-referral') kinds.push('accept');
  if (action.type === 'decline-referral') kinds.push('decline');
  if (action.type === 'unlink') kinds.push('unlink');
  if (action.type === 'register-deal') kinds.push('register');
  if (action.irreversible.includes('make-visible') || action.irreversible.includes('share-contact'))
    kinds.push('share');
  return kinds;
}

/** Whether an action ends something for good in front of Microsoft, or gives a link up. */
export function isClose(action: Action): boolean {
  return action.type === 'close-referral' || action.type === 'decline-referral' || action.type === 'unlink';
}

/** Whether an action writes a remote record of business (bookkeeping columns do not count). */
export function isWrite(action: Action): boolean {
  return action.type !== 'link' && action.type !== 'unlink';
}

/** Sorts the actions of a plan into what may go ahead and what may not. */
export function guard(input: GuardInput): Guarded {
  const { actions, maxWrites, maxCloses, approvals, approved, digestOf, last } = input;
  const sorted = [...actions].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const ordered = [
    ...sorted.filter((action) => last?.has(action) !== true),
    ...sorted.filter((action) => last?.has(action) === true),
  ];
  const isApproved = (action: Action): boolean => approved.has(digestOf(action));
  const waiting = ordered.filter(
    (action) => !isApproved(action) && approvalKindsOf(action).some((kind) => approvals.includes(kind)),
  );
  const waits = new Set(waiting);
  // Only an accepted deal is closed or edited: what follows an acceptance that waits is not done before it.
  const unanswered = new Set(
    waiting.filter(({ type }) => type === 'accept-referral').map(({ referralId }) => referralId),
  );
  const rest = ordered.filter(
    (action) =>
      !waits.has(action) && (action.type === 'update-opportunity' || !unanswered.has(action.referralId)),
  );
  const unapproved = rest.filter((action) => isClose(action) && !isApproved(action));
  const halted = unapproved.length > maxCloses ? unapproved : [];
  const stops = new Set(halted);
  // An opportunity does not say a state that its deal is kept from.
  const blocked = new Set([...waiting, ...halted].map(({ referralId }) => referralId));
  const allowed: Action[] = [];
  const capped: Action[] = [];
  let writes = 0;
  for (const action of rest) {
    if (
      stops.has(action) ||
      (action.type === 'update-opportunity' &&
        action.referralId !== null &&
        blocked.has(action.referralId) &&
        action.changes.some(({ field }) => field === 'state'))
    )
      continue;
    if (isWrite(action) && writes >= maxWrites) {
      capped.push(action);
      continue;
    }
    if (isWrite(action)) writes += 1;
    allowed.push(action);
  }
  return { allowed, halted, waiting, capped };
}
