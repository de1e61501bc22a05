/** Decisions that people make while a run is on. */
import { questionOf } from '../core/decided-elsewhere.ts';
import type { AttentionItem, Ledger } from '../core/store-port.ts';
import { answeredQuestions } from './account-choice.ts';
import { dueOf } from './operator.ts';

/** What had been decided, by item. */
export type DecidedItems = ReadonlyMap<string, string>;

/** An item with what was decided about it, as comparable text. */
interface Decided {
  readonly item: AttentionItem;
  readonly decision: string;
}

async function decidedItems(ledger: Ledger): Promise<readonly Decided[]> {
  const [conflicts, approvals, answers] = await Promise.all([
    ledger.attention({ state: 'open', kind: 'conflict' }),
    ledger.attention({ state: 'approved', kind: 'approval' }),
    answeredQuestions(ledger),
  ]);
  const items = [...conflicts.filter(({ decisions }) => Object.keys(decisions).length > 0), ...approvals];
  return [
    ...items.map((item) => ({ item, decision: questionOf(item) })),
    ...answers.map(({ item, account }) => ({ item, decision: account })),
  ];
}

/** What is decided at the beginning of a run: it sees all of that. */
export async function decidedSoFar(ledger: Ledger): Promise<DecidedItems> {
  return new Map((await decidedItems(ledger)).map(({ item, decision }) => [item.key, decision]));
}

/**
 * Makes the records of what was decided since then due again. A run that had decided about a pair before the person did
 * puts the pair aside at its end, and the person's decision with it, unless it is taken up here.
 */
export async function takeUpDecisions(ledger: Ledger, before: DecidedItems, at: string): Promise<void> {
  const fresh = (await decidedItems(ledger)).filter(
    ({ item, decision }) => before.get(item.key) !== decision,
  );
  if (fresh.length > 0) await ledger.commit({ due: fresh.flatMap(({ item }) => dueOf(item, at)) });
}
