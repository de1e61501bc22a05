/** One write to Partner Center, under an intent, committed from what the server returned. */
import type { Deal, FieldName } from '../core/deal.ts';
import { RemoteError } from '../core/errors.ts';
import type { MappedOpportunity } from '../core/mapping.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import type { Baseline, Intent, Link } from '../core/store-port.ts';
import type { Timing } from '../core/timing.ts';
import { applyRegistration } from './apply-registration.ts';
import { baselineFrom, createdFields, notApplied } from './baseline.ts';
import type { EngineDependencies, RunOptions } from './dependencies.ts';
import { toItem } from './findings.ts';
import { carriesNothing, isUpdate, newIntent, updateIntent } from './intent.ts';
import { newLink, withSibling } from './link.ts';
import { saveReferrals } from './pull.ts';
import { MAX_UNANSWERED, type RunState, sentHistory } from './run-state.ts';

/** A pair (or an opportunity still alone) with the Partner Center actions that may be done for it. */
export interface ReferralWork {
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly link: Link | null;
  readonly referral: Referral | null;
  readonly actions: readonly Action[];
}

/** What writing to referrals works with. */
export interface ReferralContext {
  readonly dependencies: EngineDependencies;
  readonly state: RunState;
  readonly timing: Timing;
  readonly options: RunOptions;
}

type Update = Extract<
  Action,
  { type: 'update-referral' | 'accept-referral' | 'decline-referral' | 'close-referral' }
>;

/** Performs one action; the pair as it is afterwards. */
export async function perform(
  context: ReferralContext,
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

/** Sends under an intent, where there is anything to settle: an outcome that stays unknown leaves the intent, a refusal settles it, an answer is the caller's to commit. */
async function underIntent(
  context: ReferralContext,
  intent: Intent,
  send: () => Promise<Referral>,
): Promise<Referral> {
  const { dependencies, state } = context;
  if (isUpdate(intent) && carriesNothing(intent)) return send();
  await dependencies.ledger.commit({ intents: [intent] });
  try {
    return await send();
  } catch (error) {
    const unknown = !(error instanceof RemoteError) || error.outcomeUnknown;
    await dependencies.ledger.commit(
      unknown ? { intents: [{ ...intent, state: 'unknown' }] } : { settledIntents: [intent.id] },
    );
    if (unknown && !isUpdate(intent)) {
      state.unanswered += 1;
      if (state.unanswered >= MAX_UNANSWERED && error instanceof RemoteError)
        state.stopped.set('partnerCenter', error);
      state.raised.set(`parked:unknown-outcome:${intent.opportunityId ?? intent.referralId ?? ''}`, 'parked');
    }
    throw error;
  }
}

async function create(
  context: ReferralContext,
  work: ReferralWork,
  action: Extract<Action, { type: 'create-referral' }>,
): Promise<{ link: Link; referral: Referral }> {
  const { dependencies, state, options } = context;
  const { deal: sent } = action.draft;
  const intent = {
    ...newIntent(dependencies, 'create-referral', {
      opportunityId: action.opportunityId,
      referralId: null,
      engagementId: null,
    }),
    carried: baselineFrom(createdFields(sent), work.mapped.deal, sent, dependencies.hashOf),
  };
  const referral = await underIntent(context, intent, () =>
    dependencies.partnerCenter.create(action.draft, intent.requestId, options),
  );
  const at = dependencies.now().toISOString();
  const link: Link = {
    ...newLink(dependencies, action.opportunityId, referral),
    baseline: baselineFrom(createdFields(sent), work.mapped.deal, referral.deal, dependencies.hashOf),
    stageSeen: work.mapped.stage === null ? null : { value: work.mapped.stage, at },
    written: { event: `Shared with Partner Center as a ${action.kind} deal.` },
  };
  await dependencies.ledger.commit({
    links: [link],
    referrals: [{ record: referral, dueAt: null }],
    settledIntents: [intent.id],
    due: [{ side: 'opportunity', id: action.opportunityId, dueAt: at }],
    history: sentHistory(state, at, action, {
      opportunityId: action.opportunityId,
      referralId: referral.id,
      requestId: intent.requestId,
    }),
  });
  state.wrote.referralsCreated += 1;
  if (action.kind === 'co-sell') state.begun.add(action.opportunityId);
  return { link, referral };
}

async function invite(
  context: ReferralContext,
  action: Extract<Action, { type: 'invite-microsoft' }>,
  link: Link,
): Promise<Link> {
  const { dependencies, state, options } = context;
  const members = await dependencies.partnerCenter.listEngagement(link.engagementId, options);
  // It shows our own deal as well, and what was read is what later writes go by.
  await saveReferrals(
    dependencies,
    members.filter(({ id, version }) => id === link.referralId && version !== null),
  );
  const known = members.find(({ isMicrosofts }) => isMicrosofts);
  const intent = newIntent(dependencies, 'invite-microsoft', {
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
    history: sentHistory(state, at, action, {
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      requestId: intent.requestId,
    }),
  });
  if (known === undefined) state.wrote.invitations += 1;
  return updated;
}

async function update(
  context: ReferralContext,
  work: ReferralWork,
  action: Update,
  link: Link,
  before: Referral,
): Promise<{ link: Link; referral: Referral }> {
  const { dependencies, state, options } = context;
  // An ETag that no answer carried must be read first; nothing is written without a precondition.
  const version =
    before.version ?? (await dependencies.partnerCenter.find(before.id, options))?.version ?? null;
  if (version === null)
    throw new RemoteError(`Referral ${before.id} shows no version, so it cannot be written safely.`, {
      code: 'not-visible',
      system: 'partnerCenter',
    });
  const sent = { ...before.deal, ...action.write.deal };
  const intent = updateIntent(
    dependencies,
    'update-referral',
    link,
    version,
    agreement(context, work, action, link, sent),
  );
  const { requestId } = intent;
  const referral = await underIntent(context, intent, () =>
    dependencies.partnerCenter.update(before.id, version, action.write, requestId, options),
  );
  const at = dependencies.now().toISOString();
  const current =
    (await dependencies.ledger.linksByOpportunity([link.opportunityId])).get(link.opportunityId) ?? link;
  const updated: Link = {
    ...current,
    baseline: { ...current.baseline, ...agreement(context, work, action, current, referral.deal) },
    changedAt: at,
  };
  const ignored = notApplied(action.write.deal, referral.deal);
  await dependencies.ledger.commit({
    links: [updated],
    referrals: [{ record: referral, dueAt: null }],
    settledIntents: [intent.id],
    due: [{ side: 'opportunity', id: link.opportunityId, dueAt: at }],
    attention: ignored.length === 0 ? [] : [toItem(notAppliedFinding(link, ignored), at, undefined)],
    history: sentHistory(state, at, action, {
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      requestId,
    }),
  });
  state.wrote.referralsUpdated += 1;
  return { link: updated, referral };
}

/**
 * What an update makes both sides agree on, by what the referral then holds. Accepting on the way to another state
 * agrees on nothing yet: the opportunity's stage stays an edit to carry, in case the next step does not follow at once.
 */
function agreement(
  { dependencies }: ReferralContext,
  { mapped }: ReferralWork,
  { type, write }: Update,
  { baseline }: Link,
  held: Deal,
): Baseline {
  const isHalfway = type === 'accept-referral' && mapped.deal.state !== held.state;
  const fields = (Object.keys(write.deal) as FieldName[]).filter(
    (field) => !(isHalfway && field === 'state'),
  );
  return {
    ...baselineFrom(fields, mapped.deal, held, dependencies.hashOf),
    ...(isHalfway && baseline.state !== undefined
      ? { state: { ...baseline.state, referral: held.state } }
      : {}),
  };
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
