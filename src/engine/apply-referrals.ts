import { decideLinked } from '../core/decide-linked.ts';
import { RemoteError } from '../core/errors.ts';
import { approvalKindsOf } from '../core/guard.ts';
import { TEXT_LIMITS } from '../core/mapping-write.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { Referral } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import { SLOW_RETRY_MINUTES } from '../core/timing.ts';
import { toItem } from './findings.ts';
import { withSibling } from './link.ts';
import { isMistake, mistakeAt, placesOf } from './mistakes.ts';
import { keepOverruled } from './overruled.ts';
import { isOlder, saveReferrals } from './pull.ts';
import { settleReferralUpdates } from './settle-updates.ts';
import { perform, type ReferralContext, type ReferralWork } from './write-referral.ts';

/** Attempts for one pair before it is left alone for a while: somebody is editing it right now. */
const MAX_MERGES = 5;

/** Performs a pair's actions. Failures of the record park it; failures of the host stop the run's writes there. */
export async function applyReferralWork(context: ReferralContext, work: ReferralWork): Promise<void> {
  const { dependencies, state, options } = context;
  let { actions, link, referral } = work;
  for (let attempt = 1; attempt <= MAX_MERGES; attempt += 1) {
    try {
      if (link !== null && referral !== null && actions.length > 1 && actions.some(isInvitation)) {
        // What Partner Center takes depends on whether Microsoft is in the deal already, so that is asked first.
        const found = await asEngagementShows(context, link, referral);
        if (found !== null) {
          ({ link, referral } = found);
          actions = await replan(context, work, found.link, found.referral, actions);
        }
      }
      for (const action of actions) {
        if (state.stopped.has('partnerCenter') || options.stop.aborted)
          return void state.passed.add(work.opportunity.id);
        ({ link, referral } = await perform(context, work, action, link, referral));
      }
      return;
    } catch (error) {
      if (isMistake(error)) return setAsideMistake(context, work, link, error);
      if (!(error instanceof RemoteError)) throw error;
      if (error.stopsHost) {
        if (!error.outcomeUnknown || link !== null) state.stopped.set('partnerCenter', error);
        return void state.passed.add(work.opportunity.id);
      }
      // Partner Center fails at this one: nothing was refused, and nobody knows more of it.
      if (error.code === 'unavailable') return void state.passed.add(work.opportunity.id);
      const fresh = link === null ? null : await reread(context, link, error);
      if (fresh === 'unreadable') return void state.passed.add(work.opportunity.id);
      if (link !== null && fresh === null) return park(context, work, link, outOfSight(link));
      if (
        link === null ||
        fresh === null ||
        (error.code !== 'version-conflict' && fresh.version === referral?.version)
      ) {
        return park(context, work, link, error);
      }
      referral = fresh;
      actions = await replan(context, work, link, fresh, actions);
      if (actions.length === 0) return;
    }
  }
  await park(
    context,
    work,
    link,
    new RemoteError(
      `Referral ${referral?.id ?? '?'} kept changing while it was written to; it is tried again later.`,
      { code: 'version-conflict', system: 'partnerCenter' },
    ),
  );
  dependencies.logger.warn(
    { runId: state.runId, referralId: referral?.id ?? null },
    'A referral kept changing while it was written to',
  );
}

function outOfSight({ referralId }: Link): RemoteError {
  return new RemoteError(
    `Referral ${referralId} is not to be seen in Partner Center any more; a role or team may have changed.`,
    { code: 'not-visible', system: 'partnerCenter' },
  );
}

async function reread(
  { dependencies, options, state }: ReferralContext,
  link: Link,
  cause: RemoteError,
): Promise<Referral | null | 'unreadable'> {
  try {
    const fresh = await dependencies.partnerCenter.find(link.referralId, options);
    if (fresh !== null) {
      await saveReferrals(dependencies, [fresh]);
      await settleReferralUpdates(dependencies, link, fresh);
    }
    return fresh;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    if (error.stopsHost) state.stopped.set('partnerCenter', error);
    dependencies.logger.warn(
      { runId: state.runId, referralId: link.referralId, code: cause.code },
      'A refused write could not be looked at',
    );
    return 'unreadable';
  }
}

/** Merges again with what the server holds now; what nobody planned or approved waits for the next run. */
async function replan(
  { dependencies, timing, state }: ReferralContext,
  work: ReferralWork,
  link: Link,
  referral: Referral,
  before: readonly Action[],
): Promise<readonly Action[]> {
  const current =
    (await dependencies.ledger.linksByOpportunity([link.opportunityId])).get(link.opportunityId) ?? link;
  const decision = decideLinked({
    link: current,
    opportunity: work.opportunity,
    mapped: work.mapped,
    referral,
    mapping: dependencies.mapping,
    hashOf: dependencies.hashOf,
    limits: TEXT_LIMITS[dependencies.crm.kind],
    timing,
    pastCloseDate: dependencies.policy.pastCloseDate,
    decisions: {},
  });
  const at = dependencies.now().toISOString();
  const { ledger } = dependencies;
  const items = await ledger.attentionByKeys(decision.findings.map(({ key }) => key));
  await ledger.commit({
    links: [{ ...current, baseline: { ...current.baseline, ...decision.baseline } }],
    attention: decision.findings.map((finding) => toItem(finding, at, items.get(finding.key))),
    history: await keepOverruled(ledger, decision.findings, items, at, state.runId),
  });
  const kinds = new Set(before.flatMap(approvalKindsOf));
  const marks = new Set(before.flatMap(({ irreversible }) => irreversible));
  return decision.actions.filter(
    (action) =>
      action.type !== 'update-opportunity' &&
      approvalKindsOf(action).every((kind) => kinds.has(kind)) &&
      action.irreversible.every((mark) => marks.has(mark)),
  );
}

function isInvitation({ type }: Action): boolean {
  return type === 'invite-microsoft';
}

/** The pair as its engagement shows it now, committed: with Microsoft's referral, and our own as read; null when nothing is new. */
async function asEngagementShows(
  { dependencies, options }: ReferralContext,
  link: Link,
  referral: Referral,
): Promise<{ readonly link: Link; readonly referral: Referral } | null> {
  const members = await dependencies.partnerCenter.listEngagement(link.engagementId, options);
  const sibling = members.find(({ isMicrosofts }) => isMicrosofts);
  const listed = members.find(({ id, version }) => id === referral.id && version !== null);
  const own = listed === undefined || isOlder(listed, referral) ? referral : listed;
  if (sibling === undefined && own.version === referral.version) return null;
  const held = await dependencies.ledger.linksByOpportunity([link.opportunityId]);
  const current = held.get(link.opportunityId) ?? link;
  const updated = sibling === undefined ? current : withSibling(current, sibling);
  const seen = sibling === undefined ? [own] : [own, sibling];
  await dependencies.ledger.commit({
    links: [updated],
    referrals: seen.map((record) => ({ record, dueAt: null })),
    due: [{ side: 'opportunity', id: link.opportunityId, dueAt: dependencies.now().toISOString() }],
  });
  return { link: updated, referral: own };
}

/** Sets a record aside at which we made a mistake; whatever was under way is settled like a write without an answer. */
async function setAsideMistake(
  { dependencies: { ledger, logger, now }, state, timing }: ReferralContext,
  { opportunity: { id } }: ReferralWork,
  link: Link | null,
  error: Error,
): Promise<void> {
  logger.error({ opportunityId: id, where: placesOf(error) }, 'A mistake was made at a record');
  const finding = mistakeAt(link ?? { opportunityId: id }, error);
  await ledger.commit({
    attention: [toItem(finding, now().toISOString(), undefined)],
    due: [{ side: 'opportunity', id, dueAt: timing.after(SLOW_RETRY_MINUTES) }],
  });
  state.raised.set(finding.key, 'parked');
  state.passed.add(id);
}

/** Sets a record aside with what Partner Center said; the others go on. */
async function park(
  { dependencies, state, timing }: ReferralContext,
  work: ReferralWork,
  link: Link | null,
  error: RemoteError,
): Promise<void> {
  const code =
    error.code === 'not-visible'
      ? 'referral-not-visible'
      : error.code === 'version-conflict'
        ? 'hot-record'
        : 'rejected';
  const key = `parked:${code}:${work.opportunity.id}`;
  const finding: Finding = {
    key,
    kind: 'parked',
    code,
    opportunityId: work.opportunity.id,
    referralId: link?.referralId ?? null,
    fields: error.fields,
    message: `Opportunity ${work.opportunity.id}: ${error.message} Correct it and run \`cosell-sync attention retry\`, or edit the record.`,
    values: [],
  };
  const at = dependencies.now().toISOString();
  const before = (await dependencies.ledger.attentionByKeys([key])).get(key);
  await dependencies.ledger.commit({
    attention: [toItem(finding, at, before)],
    due: [
      {
        side: 'opportunity',
        id: work.opportunity.id,
        dueAt: timing.after(code === 'hot-record' ? 5 : 24 * 60),
      },
    ],
  });
  state.raised.set(key, 'parked');
  state.passed.add(work.opportunity.id);
  if (code === 'rejected') state.refused.set(work.opportunity.id, finding);
}
