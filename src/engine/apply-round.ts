/** Carries out what a round may do: new opportunities, then Partner Center pair by pair, then the CRM in batches. */
import pLimit from 'p-limit';
import type { Action } from '../core/plan.ts';
import type { Timing } from '../core/timing.ts';
import { updateOpportunities } from './apply-opportunities.ts';
import { applyReferralWork } from './apply-referrals.ts';
import { createOpportunities } from './create-opportunities.ts';
import type { Decided } from './decided.ts';
import type { EngineDependencies, RunOptions } from './dependencies.ts';
import { withRefusals } from './refusals.ts';
import { addRelatedRows } from './related.ts';
import type { Planned } from './round.ts';
import type { RunState } from './run-state.ts';
import { refreshOpportunities } from './subjects.ts';
import type { ReferralWork } from './write-referral.ts';

/** Pairs written side by side; the HTTP layer holds the real limit for the host. */
const PAIRS_AT_ONCE = 16;

/** How a round went. */
export interface Applied {
  /** False when it wrote nothing, so that another would not either. */
  readonly goesOn: boolean;
  /** Allowed actions that were not sent, because their opportunity is not what it was when they were decided. */
  readonly unsent: readonly Action[];
}

/** Applies one round. */
export async function applyRound(
  dependencies: EngineDependencies,
  state: RunState,
  timing: Timing,
  { decided, guarded }: Planned,
  delivered: ReadonlySet<string>,
  options: RunOptions,
): Promise<Applied> {
  const allowed = new Set<Action>(guarded.allowed);
  const context = { dependencies, state, timing, options };
  const creates = decided.flatMap(({ decision, subject }) =>
    decision.actions.flatMap((action) =>
      action.type === 'create-opportunity' && allowed.has(action) && subject.kind === 'referral'
        ? [{ action, referral: subject.referral }]
        : [],
    ),
  );
  await createOpportunities(context, creates);
  await addRelatedRows(context);

  const { work, unsent } = await referralWork(dependencies, decided, allowed, delivered, options);
  const limit = pLimit(PAIRS_AT_ONCE);
  let done = 0;
  await Promise.all(
    work.map((pair) =>
      limit(async () => {
        if (state.stopped.has('partnerCenter') || options.stop.aborted) return;
        await applyReferralWork(context, pair);
        done += 1;
        dependencies.progress({ phase: 'writing', done, total: work.length, what: 'referrals' });
      }),
    ),
  );
  const unlinks = guarded.allowed.flatMap((action) => (action.type === 'unlink' ? [action] : []));
  if (unlinks.length > 0) {
    await dependencies.ledger.commit({
      links: unlinks.map(({ link }) => link),
      due: unlinks.map(({ opportunityId }) => ({
        side: 'opportunity' as const,
        id: opportunityId as string,
        dueAt: null,
      })),
    });
  }
  // An opportunity whose deal was just written gets its bookkeeping from what the next round finds.
  const deferred = new Set<string>(
    work.map(({ opportunity }) => opportunity.id).filter((id) => !state.refused.has(id)),
  );
  const told = await withRefusals(dependencies, decided, state.refused, timing);
  await updateOpportunities(context, told, allowed, deferred);
  state.refused.clear();
  return { goesOn: guarded.allowed.length > 0 && state.stopped.size === 0, unsent };
}

/** The pairs with Partner Center actions; what cannot be undone is checked against the CRM as it is this moment. */
async function referralWork(
  dependencies: EngineDependencies,
  decided: readonly Decided[],
  allowed: ReadonlySet<Action>,
  delivered: ReadonlySet<string>,
  options: RunOptions,
): Promise<{ readonly work: readonly ReferralWork[]; readonly unsent: readonly Action[] }> {
  const work: ReferralWork[] = [];
  for (const { subject, decision, mapped, link } of decided) {
    if (subject.kind === 'referral' || subject.opportunity === null || mapped === null) continue;
    const actions = decision.actions.filter(
      (action) =>
        allowed.has(action) &&
        action.type !== 'update-opportunity' &&
        action.type !== 'unlink' &&
        action.type !== 'link',
    );
    if (actions.length === 0) continue;
    work.push({
      opportunity: subject.opportunity,
      mapped,
      link,
      referral: subject.kind === 'linked' ? subject.referral : null,
      actions,
    });
  }
  // An opportunity that waited since an earlier run may have left the filter, of which the feed says nothing.
  const final = work.filter(
    ({ actions, opportunity }) =>
      actions.some(
        ({ type, irreversible }) =>
          irreversible.length > 0 && (type !== 'create-referral' || !delivered.has(opportunity.id)),
      ) || actions.some(({ irreversible }) => irreversible.includes('share-contact')),
  );
  if (final.length === 0) return { work, unsent: [] };
  const moved = await refreshOpportunities(
    dependencies,
    final.map(({ opportunity }) => opportunity.id),
    options,
  );
  return {
    work: work.filter(({ opportunity }) => !moved.has(opportunity.id)),
    unsent: work.flatMap(({ opportunity, actions }) => (moved.has(opportunity.id) ? actions : [])),
  };
}
