/**
 * A person's decisions about attention items, one by one or many at a time. Each says which version of the item it was
 * made on. Of two people who decide the same item one wins; the other is told who decided what, and when.
 */
import { DecidedElsewhereError } from '../../core/errors.ts';
import type { AttentionItem, Ledger } from '../../core/store-port.ts';
import { chooseAccountFor } from '../../engine/account-choice.ts';
import { approveItems, dismissItems, resolveConflict, retryItems } from '../../engine/operator.ts';
import { versionOf } from './attention.ts';

export type Action =
  | { readonly type: 'resolve'; readonly take: 'crm' | 'partnerCenter'; readonly field: string | null }
  /** Whose deal a received one is: an account's id, or `new`. */
  | { readonly type: 'account'; readonly account: string }
  | { readonly type: 'approve' }
  | { readonly type: 'retry' }
  | { readonly type: 'dismiss'; readonly why: string };

export interface Decision {
  readonly action: Action;
  readonly items: readonly { readonly id: string; readonly version: string }[];
  /** The name of who decides. */
  readonly by: string;
}

/** What became of the decision about one item. */
export interface DecisionResult {
  readonly id: string;
  readonly ok: boolean;
  /** `taken`: somebody else was first; `moved`: the item is another by now; `gone`; `refused`. */
  readonly reason: 'taken' | 'moved' | 'gone' | 'refused' | null;
  readonly message: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}

export interface DecisionOptions {
  readonly ledger: Ledger;
  readonly now: () => Date;
}

/** Carries a decision out for each item on its own: one that is refused stops no other. */
export async function decide(
  { ledger, now }: DecisionOptions,
  { action, items, by }: Decision,
): Promise<readonly DecisionResult[]> {
  const results: DecisionResult[] = [];
  for (const { id, version } of items) {
    const item = await ledger.findAttention(id);
    if (item === null || item.id !== id) {
      results.push(refusal(id, 'gone', 'This item is no longer on the list.'));
      continue;
    }
    if (versionOf(item) !== version) {
      results.push(await tooLate(ledger, item));
      continue;
    }
    try {
      await carryOut({ ledger, now, by }, item, action);
      results.push({
        id,
        ok: true,
        reason: null,
        message: '',
        decidedBy: by,
        decidedAt: now().toISOString(),
      });
    } catch (error) {
      if (error instanceof DecidedElsewhereError) {
        // Between our look and the commit; the item as it is now says by whom.
        results.push(await tooLate(ledger, (await ledger.findAttention(id)) ?? item));
        continue;
      }
      results.push(refusal(id, 'refused', error instanceof Error ? error.message : String(error)));
    }
  }
  return results;
}

async function carryOut(
  dependencies: Parameters<typeof approveItems>[0],
  item: AttentionItem,
  action: Action,
): Promise<void> {
  switch (action.type) {
    case 'resolve':
      await resolveConflict(dependencies, item, action.field, action.take);
      return;
    case 'account':
      await chooseAccountFor(dependencies, item, action.account);
      return;
    case 'approve':
      return approveItems(dependencies, [item]);
    case 'retry':
      return retryItems(dependencies, [item]);
    case 'dismiss':
      return dismissItems(dependencies, [item], action.why);
  }
}

function refusal(id: string, reason: NonNullable<DecisionResult['reason']>, message: string): DecisionResult {
  return { id, ok: false, reason, message, decidedBy: null, decidedAt: null };
}

/** Who was first, from the audit trail; where nobody decided, the item itself has moved. */
async function tooLate(ledger: Ledger, item: AttentionItem): Promise<DecisionResult> {
  const { id, opportunityId, referralId, state, decisions } = item;
  const isDecided = state === 'approved' || state === 'dismissed' || Object.keys(decisions).length > 0;
  if (state === 'resolved' && !isDecided)
    return refusal(id, 'gone', 'This has been settled in the meantime; nothing is left to decide.');
  if (!isDecided)
    return refusal(id, 'moved', 'The values have changed since you looked; look again, then decide.');
  const history = await ledger.history({
    ...(opportunityId === null ? {} : { opportunityId }),
    ...(referralId === null ? {} : { referralId }),
  });
  const fields = new Set<string>(item.values.map(({ field }) => field));
  const last = history.findLast(
    (entry) => entry.who === 'operator' && (fields.has(entry.field) || entry.value === id),
  );
  const who = last?.by ?? 'Somebody else';
  const when = last === undefined ? '' : ` at ${last.at.slice(11, 16)} UTC`;
  return {
    id,
    ok: false,
    reason: 'taken',
    message: `${who} decided this first${when}: ${wordsOf(item)}. Your choice was not applied.`,
    decidedBy: last?.by ?? null,
    decidedAt: last?.at ?? null,
  };
}

function wordsOf({ state, decisions, why }: AttentionItem): string {
  if (state === 'approved') return 'approved';
  if (state === 'dismissed') return `dismissed${why === null ? '' : ` (${why})`}`;
  return Object.entries(decisions)
    .map(([field, take]) => `${field} takes ${take === 'crm' ? 'the CRM’s value' : 'Partner Center’s value'}`)
    .join(', ');
}
