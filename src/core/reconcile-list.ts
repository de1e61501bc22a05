/** The merge of a list, entry by entry: Partner Center takes only whole lists, to which others may have added. */
import type { FieldName, FieldValue } from './deal.ts';
import { canonicalJson, sameValue } from './lenses/equality.ts';
import { mergeList } from './merge-list.ts';
import type { AgreedPair, Draft, FieldPolicy, ReconcileInput } from './reconciliation.ts';

/** Whether one side still holds what it held at the last agreement. Sales stages count every move, even to "none". */
export function unchanged(field: FieldName, before: FieldValue, now: FieldValue): boolean {
  return (
    canonicalJson(before ?? null) === canonicalJson(now ?? null) ||
    (field !== 'salesStage' && sameValue(field, before, now))
  );
}

/**
 * Decides a list that both sides have agreed on before.
 * @param pair what they agreed on
 */
export function reconcileList(
  input: ReconcileInput,
  field: FieldName,
  pair: AgreedPair,
  { conflict }: FieldPolicy,
  draft: Draft,
): void {
  const { opportunity, referral, frozen, decisions } = input;
  const opportunityChanged = !unchanged(field, pair.opportunity, opportunity[field]);
  if (!opportunityChanged) {
    if (!unchanged(field, pair.referral, referral[field])) {
      draft.baselineChanges[field] = { opportunity: opportunity[field], referral: referral[field] };
      draft.rules[field] = 'changed in Partner Center, where others may add entries';
    }
    return;
  }
  const why = frozen.get(field);
  if (why !== undefined) {
    draft.notices.push({ field, code: 'frozen', text: why });
    return;
  }
  const merged = mergeList(field, pair, opportunity[field], referral[field], decisions[field] ?? conflict);
  draft.notices.push(...merged.notices.map((notice) => ({ field, ...notice })));
  if (merged.conflict !== null) {
    draft.conflicts.push({
      field,
      baseline: pair.opportunity,
      opportunity: opportunity[field],
      referral: referral[field],
      applied: merged.conflict.applied,
    });
    if (merged.conflict.applied === null) {
      draft.rules[field] = 'changed on both sides, waiting for a decision';
      return;
    }
  }
  if (merged.result === null) return;
  if (sameValue(field, merged.result, referral[field])) {
    draft.baselineChanges[field] = { opportunity: opportunity[field], referral: referral[field] };
    draft.rules[field] = 'same on both sides';
    return;
  }
  draft.referralChanges[field] = merged.result;
  draft.rules[field] = 'list merged: as last read plus the changes of the CRM';
}
