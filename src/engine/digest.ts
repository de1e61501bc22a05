/** Short stable fingerprints of actions and plans. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/lenses/equality.ts';
import type { Action } from '../core/plan.ts';

export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}

/** Names an action by what it does to which record; not by when it was planned. */
export function digestOf(action: Action): string {
  const { type, opportunityId, referralId, changes } = action;
  return fingerprint({ type, opportunityId, referralId, changes });
}
