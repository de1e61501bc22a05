/**
 * A person's decisions about attention items, one by one or many at a time. Each says which version of the item it was
 * made on. Of two people who decide the same item one wins; the other is told who decided what, and when.
 */
import { ConfigurationError, DecidedElsewhereError } from '../../core/errors.ts';
import type { AttentionItem, HistoryEntry, Ledger } from '../../core/store-port.ts';
import { accountAnswer, chooseAccountFor, NEW_ACCOUNT, parseAccountId } from '../../engine/account-choice.ts';
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
    const answer = await accountAnswer(ledger, item);
    if (versionOf(item, answer) !== version) {
      results.push(await tooLate(ledger, item, answer));
      continue;
    }
    try {
      await carryOut({ ledger, now, by }, { item, answer }, action);
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
        const current = (await ledger.findAttention(id)) ?? item;
        results.push(await tooLate(ledger, current, await accountAnswer(ledger, current)));
        continue;
      }
      results.push(refusal(id, 'refused', error instanceof Error ? error.message : String(error)));
    }
  }
  return results;
}

async function carryOut(
  dependencies: Parameters<typeof approveItems>[0],
  { item, answer }: { readonly item: AttentionItem; readonly answer: string | null },
  action: Action,
): Promise<void> {
  switch (action.type) {
    case 'resolve':
      await resolveConflict(dependencies, item, action.field, action.take);
      return;
    case 'account':
      ensureCandidate(item, action.account);
      await chooseAccountFor(dependencies, item, action.account, answer);
      return;
    case 'approve':
      return approveItems(dependencies, [item]);
    case 'retry':
      return retryItems(dependencies, [item]);
    case 'dismiss':
      return dismissItems(dependencies, [item], action.why);
  }
}

/**
 * The page offers the accounts that fit; one that is none of them is a page out of date or a slip.
 * @throws ConfigurationError naming those that fit
 */
function ensureCandidate({ id, accounts = [] }: AttentionItem, account: string): void {
  if (accounts.length === 0 || account === NEW_ACCOUNT) return;
  const chosen = parseAccountId(account);
  if (chosen !== null && accounts.some((candidate) => parseAccountId(candidate.id) === chosen)) return;
  throw new ConfigurationError([
    `${account} is none of the accounts that fit this deal (${accounts.map((candidate) => candidate.id).join(', ')}). Choose one of those or a new account; any other is for the command: cosell-sync attention resolve ${id} --account ${account}`,
  ]);
}

function refusal(id: string, reason: NonNullable<DecisionResult['reason']>, message: string): DecisionResult {
  return { id, ok: false, reason, message, decidedBy: null, decidedAt: null };
}

/** Who was first, from the audit trail; where nobody decided, the item itself has moved. */
async function tooLate(ledger: Ledger, item: AttentionItem, answer: string | null): Promise<DecisionResult> {
  const { id, opportunityId, referralId, state, decisions } = item;
  const isDecided =
    state === 'approved' ||
    state === 'dismissed' ||
    Object.keys(decisions).length > 0 ||
    (state === 'open' && answer !== null);
  if (state === 'resolved' && !isDecided)
    return refusal(id, 'gone', 'This has been settled in the meantime; nothing is left to decide.');
  if (!isDecided)
    return refusal(id, 'moved', 'The values have changed since you looked; look again, then decide.');
  const history = await ledger.history({
    ...(opportunityId === null ? {} : { opportunityId }),
    ...(referralId === null ? {} : { referralId }),
  });
  const fields = new Set<string>(item.values.map(({ field }) => field));
  const isAnswer = ({ field, value }: HistoryEntry): boolean =>
    state === 'open' && field === 'customer' && value === answer;
  const last = history.findLast(
    (entry) => entry.who === 'operator' && (fields.has(entry.field) || entry.value === id || isAnswer(entry)),
  );
  const who = last?.by ?? 'Somebody else';
  const when = last === undefined ? '' : ` at ${last.at.slice(11, 16)} UTC`;
  return {
    id,
    ok: false,
    reason: 'taken',
    message: `${who} decided this first${when}: ${wordsOf(item, answer)}. Your choice was not applied.`,
    decidedBy: last?.by ?? null,
    decidedAt: last?.at ?? null,
  };
}

function wordsOf({ state, decisions, why }: AttentionItem, answer: string | null): string {
  if (state === 'approved') return 'approved';
  if (state === 'dismissed') return `dismissed${why === null ? '' : ` (${why})`}`;
  if (answer !== null) return answer === NEW_ACCOUNT ? 'a new account' : `account ${answer}`;
  return Object.entries(decisions)
    .map(([field, take]) => `${field} takes ${take === 'crm' ? 'the CRM’s value' : 'Partner Center’s value'}`)
    .join(', ');
}
