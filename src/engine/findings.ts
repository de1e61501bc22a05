/** From findings of the core to attention items of the ledger. */

import { WIN_TOO_EARLY } from '../core/closing-hold.ts';
import { DEADLINE, INBOUND } from '../core/deadlines.ts';
import type { FieldName } from '../core/deal.ts';
import { canonicalJson } from '../core/lenses/equality.ts';
import type { Finding } from '../core/plan.ts';
import type { AttentionItem } from '../core/store-port.ts';

/** An open item for a finding; the ledger keeps id, first date and count of one that is already there. */
export function toItem(finding: Finding, now: string, before: AttentionItem | undefined): AttentionItem {
  return {
    ...finding,
    id: before?.id ?? '',
    since: before?.since ?? now,
    lastSeenAt: now,
    count: (before?.count ?? 0) + 1,
    state: 'open',
    covers: [],
    decisions: {},
    why: null,
  };
}

/**
 * A person's decisions on conflicts, where the values are still those that were shown; and the keys of items whose
 * decision came too late because a side has moved since.
 */
export function usableDecisions(
  items: readonly AttentionItem[],
  current: (field: FieldName) => { readonly opportunity: unknown; readonly referral: unknown },
): {
  readonly decisions: Partial<Record<FieldName, 'crm' | 'partnerCenter'>>;
  readonly stale: readonly string[];
} {
  const decisions: Partial<Record<FieldName, 'crm' | 'partnerCenter'>> = {};
  const stale: string[] = [];
  for (const item of items) {
    if (item.kind !== 'conflict' || Object.keys(item.decisions).length === 0) continue;
    const moved = item.values.some((value) => {
      const now = current(value.field);
      return (
        canonicalJson(now.opportunity ?? null) !== canonicalJson(value.opportunity ?? null) ||
        canonicalJson(now.referral ?? null) !== canonicalJson(value.referral ?? null)
      );
    });
    if (moved) stale.push(item.key);
    else Object.assign(decisions, item.decisions);
  }
  return { decisions, stale };
}

/** Whether an item goes away by itself once its cause is no longer found. */
export function resolvesItself(item: AttentionItem): boolean {
  return (
    item.kind === 'parked' ||
    item.code === DEADLINE ||
    item.code === INBOUND ||
    item.code === WIN_TOO_EARLY ||
    (item.kind === 'conflict' && item.values.some(({ applied }) => applied === null))
  );
}

/** Whether an item is about one of these records itself; one about another record may name them too (a copied id). */
export function isOwnItem({ key }: AttentionItem, ids: readonly string[]): boolean {
  const [, , id] = key.split(':');
  return id !== undefined && ids.includes(id);
}
