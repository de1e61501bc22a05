/** Values that lost: an item names the last one only, so the one before goes into the history first, unless it is there. */
import { canonicalJson } from '../core/lenses/canonical-json.ts';
import { type Finding, shown } from '../core/plan.ts';
import type { AttentionItem, HistoryEntry, Ledger } from '../core/store-port.ts';

/**
 * History entries for overruled values that items named so far and these findings will no longer name. Normally a write
 * has recorded what it replaced; a process that died between a write and its commit has not.
 * @param before the items as they are, by key
 */
export async function keepOverruled(
  ledger: Ledger,
  findings: readonly Finding[],
  before: ReadonlyMap<string, AttentionItem>,
  at: string,
  runId: string | null,
): Promise<readonly HistoryEntry[]> {
  const kept: HistoryEntry[] = [];
  for (const { key, kind, values } of findings) {
    const item = before.get(key);
    if (kind !== 'conflict' || item === undefined) continue;
    const { opportunityId, referralId, since } = item;
    for (const { field, applied, opportunity, referral } of item.values) {
      if (applied === null || opportunityId === null) continue;
      const [lost, won] = applied === 'crm' ? [referral, opportunity] : [opportunity, referral];
      const text = canonicalJson(shown(field, lost) ?? null);
      const isNamed = values.some(
        (value) =>
          value.field === field &&
          [value.opportunity, value.referral].some(
            (held) => canonicalJson(shown(field, held) ?? null) === text,
          ),
      );
      if (isNamed) continue;
      const history = await ledger.history({ opportunityId }, field);
      if (history.some((entry) => entry.at >= since && canonicalJson(entry.from ?? null) === text)) continue;
      kept.push({
        at,
        runId,
        opportunityId,
        referralId,
        field,
        who: applied,
        to: applied === 'crm' ? 'partnerCenter' : 'crm',
        from: shown(field, lost) ?? null,
        value: shown(field, won) ?? null,
        rule: `overruled on ${item.lastSeenAt.slice(0, 16).replace('T', ' ')}, as the mapping says`,
        requestId: null,
      });
    }
  }
  return kept;
}
