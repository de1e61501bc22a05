/** Short stable fingerprints of actions and plans. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/lenses/equality.ts';
import type { Action } from '../core/plan.ts';

export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}

/**
 * Names what a person approves. Of a close that is how it ends and what else cannot be undone with it: what it starts
 * from may move on the way (a received deal is accepted first), and other values are no part of the question.
 */
export function approvalDigestOf(action: Action): string {
  const { type, opportunityId, referralId, changes, irreversible } = action;
  if (type !== 'close-referral' && type !== 'decline-referral') return digestOf(action);
  const end = changes
    .filter(({ field }) => field === 'state' || field === 'reason')
    .map(({ field, to }) => ({ field, to }));
  return fingerprint({ type, opportunityId, referralId, irreversible, end });
}

/** Names an action by what it does to which record; not by when it was planned. */
export function digestOf(action: Action): string {
  const { type, opportunityId, referralId, changes } = action;
  return fingerprint({ type, opportunityId, referralId, changes });
}
