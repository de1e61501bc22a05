/** A person's answer to the question whose deal it is: the account of a received deal that several fit, or none. */
import { ConfigurationError } from '../core/errors.ts';
import { canonicalGuid, canonicalSalesforceId, type ReferralId } from '../core/ids.ts';
import type { AttentionItem, Ledger } from '../core/store-port.ts';
import { dueOf, entry, type OperatorDependencies } from './operator.ts';

/** Causes that are answered by an account. */
const QUESTIONS: ReadonlySet<string> = new Set(['account-ambiguous', 'account-missing']);
/** Key prefixes of what a deal may belong to in Salesforce. */
const ACCOUNT_PREFIX = '001';
/** The answer that a new account is to be made. */
export const NEW_ACCOUNT = 'new';

/** Open questions for an account that have an answer, with it: no run has come to them since. */
export async function answeredQuestions(
  ledger: Ledger,
): Promise<readonly { readonly item: AttentionItem; readonly account: string }[]> {
  const lists = await Promise.all([...QUESTIONS].map((code) => ledger.attention({ state: 'open', code })));
  const found: { readonly item: AttentionItem; readonly account: string }[] = [];
  for (const item of lists.flat()) {
    const account = item.referralId === null ? null : await ledger.meta(accountKey(item.referralId));
    if (account !== null) found.push({ item, account });
  }
  return found;
}

/** An opportunity that the CRM refused may have been refused for the account that was answered. */
function asksForAccount({ code, opportunityId }: AttentionItem): boolean {
  return QUESTIONS.has(code) || (code === 'rejected' && opportunityId === null);
}

/** Where the ledger keeps the answer for a referral until its opportunity is there. */
export function accountKey(referralId: ReferralId): string {
  return `account:${referralId}`;
}

/** What was answered and no run has carried out yet: an account's id, `new`, or null (also for what asks no such thing). */
export async function accountAnswer(ledger: Ledger, item: AttentionItem): Promise<string | null> {
  const { referralId } = item;
  return referralId === null || !asksForAccount(item) ? null : ledger.meta(accountKey(referralId));
}

/** An account's id in its canonical form, or null. */
export function parseAccountId(text: string): string | null {
  const salesforce = canonicalSalesforceId(text);
  if (salesforce !== null) return salesforce.startsWith(ACCOUNT_PREFIX) ? salesforce : null;
  return canonicalGuid(text);
}

/**
 * Answers: the next run creates the opportunity on this account, or on a new one.
 * @param account an account's id, or `new`
 * @param seen the answer that the person saw beside the question; absent: whichever is there
 * @throws ConfigurationError when the item is no such question, or the text no account's id
 * @throws DecidedElsewhereError when it changed or was decided since it was read
 */
export async function chooseAccountFor(
  { ledger, now, by }: OperatorDependencies,
  item: AttentionItem,
  account: string,
  seen?: string | null,
): Promise<string> {
  const { referralId } = item;
  if (!asksForAccount(item) || referralId === null) {
    throw new ConfigurationError([
      `${item.id} does not ask for an account; only received deals that no account or several accounts fit are resolved with --account.`,
    ]);
  }
  if (item.state !== 'open')
    throw new ConfigurationError([`${item.id} is ${item.state} already; nothing is left to decide.`]);
  const chosen = account === NEW_ACCOUNT ? NEW_ACCOUNT : parseAccountId(account);
  if (chosen === null) {
    throw new ConfigurationError([
      `--account "${account}" is no id of an account; give one of those that \`cosell-sync attention show ${item.id}\` lists, or "new".`,
    ]);
  }
  const at = now().toISOString();
  const key = accountKey(referralId);
  await ledger.commit({
    asSeen: [item],
    metaAsSeen: { [key]: seen === undefined ? await ledger.meta(key) : seen },
    attention: [item],
    meta: { [key]: chosen },
    due: dueOf(item, at),
    history: [entry({ item, at, by, rule: 'a person chose the account', value: chosen, field: 'customer' })],
  });
  return chosen;
}
