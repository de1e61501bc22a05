/** A limit on creates: a backlog is shared in waves, those edited longest ago first. */
import type { Guarded } from '../core/guard.ts';
import type { Action } from '../core/plan.ts';

/** Whether an action makes a new record; inviting Microsoft belongs to the create that asked for it. */
export function isCreate({ type }: Action): boolean {
  return type === 'create-referral' || type === 'create-opportunity';
}

/** What of the allowed actions goes ahead under a limit on creates, and what it holds back. */
export interface Limited {
  readonly guarded: Guarded;
  /** Creates that stay due for a later run. */
  readonly held: readonly Action[];
}

/** @param left how many creates the run may still do; null: as many as there are */
export function limitCreates(guarded: Guarded, left: number | null): Limited {
  const all = guarded.allowed.filter(isCreate);
  const held = left === null ? [] : all.slice(Math.max(0, left));
  if (held.length === 0) return { guarded, held };
  const stays = new Set<Action>(held);
  return {
    guarded: { ...guarded, allowed: guarded.allowed.filter((action) => !stays.has(action)) },
    held,
  };
}
