/** Writing to Partner Center: one writer a pair, pairs side by side, every outcome committed before the next call. */
import type { FieldName } from '../core/deal.ts';
import { decideLinked } from '../core/decide-linked.ts';
import { RemoteError } from '../core/errors.ts';
import { approvalKindsOf } from '../core/guard.ts';
import type { MappedOpportunity } from '../core/mapping.ts';
import { TEXT_LIMITS } from '../core/mapping-write.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import type { Intent, Link } from '../core/store-port.ts';
import type { Timing } from '../core/timing.ts';
import { applyRegistration } from './apply-registration.ts';
import { baselineFrom, createdFields, notApplied } from './baseline.ts';
import type { EngineDependencies, RunOptions } from './dependencies.ts';
import { toItem } from './findings.ts';
import { newLink, withSibling } from './link.ts';
import { keepOverruled } from './overruled.ts';
import { isOlder, saveReferrals } from './pull.ts';
import { historyOf, MAX_UNANSWERED, type RunState } from './run-state.ts';

/** A pair (or an opportunity still alone) with the Partner Center actions that may be done for it. */
export interface ReferralWork {
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly link: Link | null;
  readonly referral: Referral | null;
  readonly actions: readonly Action[];
}

interface Context {
  readonly dependencies: EngineDependencies;
  readonly state: RunState;
  readonly timing: Timing;
  readonly options: RunOptions;
}

/** Attempts for one pair before it is left alone for a while: somebody is editing it right now. */
const MAX_MERGES = 5;

/** Performs a pair's actions. Failures of the record park it; failures of the host stop the run's writes there. */
export async function applyReferralWork(context: Context, work: ReferralWork): Promise<void> {
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
      if (!(error instanceof RemoteError)) throw error;
      if (error.stopsHost) {
        if (!error.outcomeUnknown || link !== null) state.stopped.set('partnerCenter', error);
        return void state.passed.add(work.opportunity.id);
      }
      const fresh = link === null ? null : await reread(context, link, error);
      if (state.stopped.has('partnerCenter')) return void state.passed.add(work.opportunity.id);
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
  { dependencies, options, state }: Context,
  link: Link,
  cause: RemoteError,
): Promise<Referral | null> {
  try {
    const fresh = await dependencies.partnerCenter.find(link.referralId, options);
    if (fresh !== null) await saveReferrals(dependencies, [fresh]);
    return fresh;
  } catch (error) {
    if (!(error instanceof RemoteError) || !error.stopsHost) throw error;
    state.stopped.set('partnerCenter', error);
    dependencies.logger.warn(
      { runId: state.runId, referralId: link.referralId, code: cause.code },
      'A refused write could not be looked at',
    );
    return null;
  }
}

/** Merges again with what the server holds now; what nobody planned or approved waits for the next run. */
async function replan(
  { dependencies, timing, state }: Context,
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

async function perform(
  context: Context,
  work: ReferralWork,
  action: Action,
  link: Link | null,
  referral: Referral | null,
): Promise<{ link: Link | null; referral: Referral | null }> {
  switch (action.type) {
    case 'create-referral':
      return create(context, work, action);
    case 'invite-microsoft':
      return { link: link === null ? null : await invite(context, action, link), referral };
    case 'register-deal':
      if (link === null || referral === null) throw new TypeError('A registration needs a linked referral.');
      return applyRegistration(context, action, link, referral);
    case 'update-referral':
    case 'accept-referral':
    case 'decline-referral':
    case 'close-referral':
      if (link === null || referral === null)
        throw new TypeError(`A ${action.type} needs a linked referral.`);
      return update(context, work, action, link, referral);
    default:
      throw new TypeError(`A ${action.type} is not written to Partner Center.`);
  }
}

function intentFor(
  { dependencies }: Context,
  kind: Intent['kind'],
  ids: Pick<Intent, 'opportunityId' | 'referralId' | 'engagementId'>,
): Intent {
  return {
    ...ids,
    id: dependencies.newId(),
    kind,
    since: dependencies.now().toISOString(),
    state: 'planned',
    requestId: dependencies.newId(),
    searches: 0,
  };
}

/** Runs a create under an intent: an outcome that stays unknown leaves the intent, every other settles it. */
async function underIntent(
  context: Context,
  intent: Intent,
  send: () => Promise<Referral>,
): Promise<Referral> {
  const { dependencies, state } = context;
  await dependencies.ledger.commit({ intents: [intent] });
  try {
    return await send();
  } catch (error) {
    const unknown = !(error instanceof RemoteError) || error.outcomeUnknown;
    await dependencies.ledger.commit(
      unknown ? { intents: [{ ...intent, state: 'unknown' }] } : { settledIntents: [intent.id] },
    );
    if (unknown) {
      state.unanswered += 1;
      if (state.unanswered >= MAX_UNANSWERED && error instanceof RemoteError)
        state.stopped.set('partnerCenter', error);
      state.raised.set(`parked:unknown-outcome:${intent.opportunityId ?? intent.referralId ?? ''}`, 'parked');
    }
    throw error;
  }
}

async function create(
  context: Context,
  work: ReferralWork,
  action: Extract<Action, { type: 'create-referral' }>,
): Promise<{ link: Link; referral: Referral }> {
  const { dependencies, state, options } = context;
  const intent = intentFor(context, 'create-referral', {
    opportunityId: action.opportunityId,
    referralId: null,
    engagementId: null,
  });
  const referral = await underIntent(context, intent, () =>
    dependencies.partnerCenter.create(action.draft, intent.requestId, options),
  );
  const at = dependencies.now().toISOString();
  const link: Link = {
    ...newLink(dependencies, action.opportunityId, referral),
    baseline: baselineFrom(
      createdFields(action.draft.deal),
      work.mapped.deal,
      referral.deal,
      dependencies.hashOf,
    ),
    stageSeen: work.mapped.stage === null ? null : { value: work.mapped.stage, at },
    written: { event: `Shared with Partner Center as a ${action.kind} deal.` },
  };
  await dependencies.ledger.commit({
    links: [link],
    referrals: [{ record: referral, dueAt: null }],
    settledIntents: [intent.id],
    due: [{ side: 'opportunity', id: action.opportunityId, dueAt: at }],
    history: historyOf(state, at, {
      opportunityId: action.opportunityId,
      referralId: referral.id,
      who: 'crm',
      to: 'partnerCenter',
      changes: action.changes,
      rule: action.reason,
      requestId: intent.requestId,
    }),
  });
  state.wrote.referralsCreated += 1;
  if (action.kind === 'co-sell') state.begun.add(action.opportunityId);
  return { link, referral };
}

function isInvitation({ type }: Action): boolean {
  return type === 'invite-microsoft';
}

/** The pair as its engagement shows it now, committed: with Microsoft's referral, and our own as read; null when nothing is new. */
async function asEngagementShows(
  { dependencies, options }: Context,
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

async function invite(
  context: Context,
  action: Extract<Action, { type: 'invite-microsoft' }>,
  link: Link,
): Promise<Link> {
  const { dependencies, state, options } = context;
  const known = (await dependencies.partnerCenter.listEngagement(link.engagementId, options)).find(
    ({ isMicrosofts }) => isMicrosofts,
  );
  const intent = intentFor(context, 'invite-microsoft', {
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    engagementId: link.engagementId,
  });
  const sibling =
    known ??
    (await underIntent(context, intent, () =>
      dependencies.partnerCenter.create(action.draft, intent.requestId, options),
    ));
  const at = dependencies.now().toISOString();
  const current =
    (await dependencies.ledger.linksByOpportunity([link.opportunityId])).get(link.opportunityId) ?? link;
  const updated = withSibling(current, sibling);
  await dependencies.ledger.commit({
    links: [updated],
    referrals: [{ record: sibling, dueAt: null }],
    settledIntents: [intent.id],
    due: [{ side: 'opportunity', id: link.opportunityId, dueAt: at }],
    history: historyOf(state, at, {
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      who: 'crm',
      to: 'partnerCenter',
      changes: action.changes,
      rule: action.reason,
      requestId: intent.requestId,
    }),
  });
  if (known === undefined) state.wrote.invitations += 1;
  return updated;
}

async function update(
  context: Context,
  work: ReferralWork,
  action: Extract<
    Action,
    { type: 'update-referral' | 'accept-referral' | 'decline-referral' | 'close-referral' }
  >,
  link: Link,
  before: Referral,
): Promise<{ link: Link; referral: Referral }> {
  const { dependencies, state, options } = context;
  const requestId = dependencies.newId();
  // An ETag that no answer carried must be read first; nothing is written without a precondition.
  const version =
    before.version ?? (await dependencies.partnerCenter.find(before.id, options))?.version ?? null;
  if (version === null)
    throw new RemoteError(`Referral ${before.id} shows no version, so it cannot be written safely.`, {
      code: 'not-visible',
      system: 'partnerCenter',
    });
  const referral = await dependencies.partnerCenter.update(
    before.id,
    version,
    action.write,
    requestId,
    options,
  );
  const at = dependencies.now().toISOString();
  const current =
    (await dependencies.ledger.linksByOpportunity([link.opportunityId])).get(link.opportunityId) ?? link;
  const fields = Object.keys(action.write.deal) as FieldName[];
  const updated: Link = {
    ...current,
    baseline: {
      ...current.baseline,
      ...baselineFrom(fields, work.mapped.deal, referral.deal, dependencies.hashOf),
      ...halfway(action, work, current, referral),
    },
    changedAt: at,
  };
  const ignored = notApplied(action.write.deal, referral.deal);
  await dependencies.ledger.commit({
    links: [updated],
    referrals: [{ record: referral, dueAt: null }],
    due: [{ side: 'opportunity', id: link.opportunityId, dueAt: at }],
    attention: ignored.length === 0 ? [] : [toItem(notAppliedFinding(link, ignored), at, undefined)],
    history: historyOf(state, at, {
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      who: 'crm',
      to: 'partnerCenter',
      changes: action.changes,
      rule: action.reason,
      requestId,
    }),
  });
  state.wrote.referralsUpdated += 1;
  return { link: updated, referral };
}

/**
 * Accepting on the way to another state agrees on nothing yet: the opportunity's stage stays an edit to carry, in case
 * the next step does not follow at once.
 */
function halfway(
  { type }: Action,
  { mapped }: ReferralWork,
  { baseline }: Link,
  { deal }: Referral,
): Link['baseline'] {
  if (type !== 'accept-referral' || mapped.deal.state === deal.state || baseline.state === undefined)
    return {};
  return { state: { ...baseline.state, referral: deal.state } };
}

function notAppliedFinding(link: Link, fields: readonly FieldName[]): Finding {
  return {
    key: `notice:not-applied:${link.opportunityId}:${fields.join('+')}`,
    kind: 'notice',
    code: 'not-applied',
    opportunityId: link.opportunityId,
    referralId: link.referralId,
    fields,
    message: `Partner Center accepted the change of ${fields.join(', ')} on referral ${link.referralId} but holds another value; it is not sent again.`,
    values: [],
  };
}

/** Sets a record aside with what Partner Center said; the others go on. */
async function park(
  { dependencies, state, timing }: Context,
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
