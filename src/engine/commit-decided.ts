/** Commits what decisions leave in the ledger without a remote write: items, links, history, due times. */
import { canonicalJson } from '../core/lenses/equality.ts';
import type { Decision } from '../core/plan.ts';
import type { AttentionItem, Link } from '../core/store-port.ts';
import type { DecideContext, Decided } from './decided.ts';
import type { EngineDependencies } from './dependencies.ts';
import { FAILING } from './failing-records.ts';
import { isOwnItem, resolvesItself, toItem } from './findings.ts';
import { keepOverruled } from './overruled.ts';
import { opportunityOf, referralOf } from './subject.ts';

/** @param about open items by the id of the record they are about */
export async function commitDecided(
  { ledger, now }: EngineDependencies,
  decided: readonly Decided[],
  about: ReadonlyMap<string, readonly AttentionItem[]>,
  context: DecideContext,
): Promise<void> {
  const at = now().toISOString();
  const keys = decided.flatMap(({ decision }) => decision.findings.map(({ key }) => key));
  const before = await ledger.attentionByKeys(keys);
  const overruled = await keepOverruled(
    ledger,
    decided.flatMap(({ decision }) => decision.findings),
    before,
    at,
    context.runId,
  );
  const raised = new Set(keys);
  const resolved: string[] = [];
  for (const { subject, waits, decision } of decided) {
    // A record that only waits (a settling edit) has not been judged: what is open about it stays open.
    if (waits === true) continue;
    const ids = [opportunityOf(subject)?.id, referralOf(subject)?.id].filter((id) => id !== undefined);
    for (const id of ids)
      for (const item of about.get(id) ?? [])
        if (
          resolvesItself(item) &&
          isOwnItem(item, ids) &&
          !raised.has(item.key) &&
          // Whether Partner Center still fails is only known once what is to be done has been tried.
          !(item.code === FAILING && decision.actions.length > 0)
        )
          resolved.push(item.key);
  }
  await ledger.commit({
    attention: decided.flatMap(({ decision }) =>
      decision.findings.map((finding) => toItem(finding, at, before.get(finding.key))),
    ),
    resolved: [...new Set(resolved)],
    links: decided.flatMap(({ subject, link, decision }) =>
      link !== null &&
      (subject.kind !== 'linked' || subject.unsaved || changesLink(subject.link, link, decision))
        ? [link]
        : [],
    ),
    history: [
      ...overruled,
      ...decided.flatMap(({ history = [] }) =>
        history.map((entry) => ({ ...entry, at, runId: context.runId })),
      ),
    ],
    due: decided.flatMap(({ subject, decision, bookkeeping, parkedNote, siblingDues: dues = [] }) => {
      // What is to be written stays due until it has been.
      const dueAt =
        decision.actions.length > 0 || bookkeeping !== null || parkedNote !== null
          ? at
          : decision.lookAgainAt;
      const opportunity = opportunityOf(subject);
      const referral = referralOf(subject);
      return [
        ...dues,
        ...(opportunity === null
          ? []
          : [{ side: 'opportunity' as const, id: opportunity.id as string, dueAt }]),
        ...(referral === null
          ? []
          : [
              {
                side: 'referral' as const,
                id: referral.id as string,
                dueAt: subject.kind === 'linked' ? null : dueAt,
              },
            ]),
      ];
    }),
  });
}

function changesLink(before: Link, after: Link, decision: Decision): boolean {
  return (
    before.status !== after.status ||
    before.stageSeen?.value !== after.stageSeen?.value ||
    canonicalJson(before.siblings) !== canonicalJson(after.siblings) ||
    before.written !== after.written ||
    Object.keys(decision.baseline).length > 0
  );
}
