/** Deciding in bulk about what differed when pairs were adopted: one field, one side, every pair. */
import type { FieldName, FieldValue } from '../core/deal.ts';
import { specOf } from '../core/fields.ts';
import type { AttentionItem } from '../core/store-port.ts';
import { type OperatorDependencies, resolveConflict } from './operator.ts';

export interface BulkDecision {
  readonly decided: number;
  /** Pairs left as they are because the chosen side holds nothing, which would empty the other. */
  readonly skipped: number;
}

function isNothing(value: FieldValue): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Takes one side's value of a field wherever the two sides differed at adoption; the next run carries it over. */
export async function decideDifferences(
  dependencies: OperatorDependencies,
  field: FieldName,
  take: 'crm' | 'partnerCenter',
): Promise<BulkDecision> {
  const { group } = specOf(field);
  const open = await dependencies.ledger.attention({
    state: 'open',
    kind: 'conflict',
    code: 'differs-at-adoption',
  });
  const items = open.filter((item: AttentionItem) =>
    item.values.some((value) => specOf(value.field).group === group),
  );
  let decided = 0;
  for (const item of items) {
    const values = item.values.filter((value) => specOf(value.field).group === group);
    if (values.some(({ opportunity, referral }) => isNothing(take === 'crm' ? opportunity : referral)))
      continue;
    await resolveConflict(dependencies, item, group, take);
    decided += 1;
  }
  return { decided, skipped: items.length - decided };
}
