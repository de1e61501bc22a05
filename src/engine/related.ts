/**
 * Contacts and solutions of received deals. Each new opportunity leaves an intent until they are there: adding looks
 * first, so what a crash or a lost answer cut off is simply done again.
 */
import { RemoteError } from '../core/errors.ts';
import type { Finding } from '../core/plan.ts';
import type { RelatedOutcome } from '../core/ports.ts';
import { type Related, relatedOf } from '../core/related.ts';
import type { Intent, Link } from '../core/store-port.ts';
import type { CrmContext } from './crm-context.ts';
import { relatedRecord } from './failing-records.ts';
import { toItem } from './findings.ts';
import type { RunState } from './run-state.ts';
import { refreshOpportunities } from './subjects.ts';

interface Work {
  readonly intent: Intent;
  readonly link: Link;
  readonly related: Related;
}

/** Adds what new opportunities still lack, those of earlier runs included. */
export async function addRelatedRows(context: CrmContext): Promise<void> {
  const { dependencies, state, options } = context;
  const open = await dependencies.ledger.intents();
  const waiting = open.filter(({ kind }) => kind === 'add-related');
  if (waiting.length === 0 || state.stopped.has('crm') || options.stop.aborted) return;
  const { work, done } = await workOf(context, waiting, open);
  const outcomes = await addAll(context, work);
  const at = dependencies.now().toISOString();
  const findings: Finding[] = [];
  const settled = [...done];
  const history = [];
  for (const [index, { intent, link, related }] of work.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    const record = relatedRecord(link);
    if (!outcome.ok && (outcome.error.stopsHost || outcome.error.outcomeUnknown)) {
      // One opportunity's contacts must not keep the others from their edits; those find out whether the CRM is down.
      if (outcome.error.code === 'unavailable') state.rowTrouble.failed.set(record, outcome.error);
      else if (outcome.error.stopsHost) state.stopped.set('crm', outcome.error);
      continue;
    }
    state.rowTrouble.answered.add(record);
    settled.push(intent.id);
    const omitted = outcome.ok
      ? [...related.omitted, ...outcome.omitted]
      : [`its contacts and solutions (refused: ${outcome.error.remoteCode ?? outcome.error.code})`];
    if (omitted.length > 0) findings.push(incomplete(link, omitted));
    if (outcome.ok && outcome.added > 0)
      history.push({
        at,
        runId: state.runId,
        opportunityId: link.opportunityId,
        referralId: link.referralId,
        field: 'related',
        who: 'partnerCenter' as const,
        to: 'crm' as const,
        from: null,
        value: outcome.added,
        rule: 'contacts and solutions of a received deal',
        requestId: null,
      });
  }
  await dependencies.ledger.commit({
    settledIntents: settled,
    attention: findings.map((finding) => toItem(finding, at, undefined)),
    history,
  });
  for (const { key } of findings) state.raised.set(key, 'notice');
  const added = work.filter((_, index) => hasAdded(outcomes[index]));
  // What was added is part of the opportunity now, and its next merge is to see it.
  if (added.length > 0 && !state.stopped.has('crm'))
    await refreshOpportunities(
      dependencies,
      added.map(({ link }) => link.opportunityId),
      options,
    );
}

function hasAdded(outcome: RelatedOutcome | undefined): boolean {
  return outcome?.ok === true && outcome.added > 0;
}

/** What there is to add; and the intents of which nothing came, or nothing is wanted. */
async function workOf(
  { dependencies, state }: CrmContext,
  waiting: readonly Intent[],
  open: readonly Intent[],
): Promise<{ readonly work: readonly Work[]; readonly done: readonly string[] }> {
  const { ledger, mapping, policy } = dependencies;
  const ids = waiting.flatMap(({ referralId }) => referralId ?? []);
  const links = await ledger.linksByReferral(ids);
  const referrals = await ledger.referrals(ids);
  const opportunities = await ledger.opportunities(
    [...links.values()].map(({ opportunityId }) => opportunityId),
  );
  const creating = new Set(
    open.filter(({ kind }) => kind === 'create-opportunity').map(({ referralId }) => referralId),
  );
  const work: Work[] = [];
  const done: string[] = [];
  for (const intent of waiting) {
    const link = intent.referralId === null ? undefined : links.get(intent.referralId);
    const referral = intent.referralId === null ? undefined : referrals.get(intent.referralId)?.record;
    const opportunity = link === undefined ? undefined : opportunities.get(link.opportunityId)?.record;
    // Whether the opportunity was made at all is still being looked for.
    if (link === undefined && creating.has(intent.referralId)) continue;
    // It could not be read back; the feed brings it.
    if (link !== undefined && opportunity === undefined) continue;
    if (link !== undefined && isLeftForLater(link, state, dependencies.now())) continue;
    const related =
      referral === undefined || opportunity === undefined
        ? null
        : relatedOf({ referral, opportunity, mapping, policy: policy.inbound });
    if (link === undefined || related === null) done.push(intent.id);
    else work.push({ intent, link, related });
  }
  return { work, done };
}

/** Whether it has failed in this run already, or its time has not come again. */
function isLeftForLater(link: Link, { rowTrouble, trouble }: RunState, now: Date): boolean {
  const record = relatedRecord(link);
  const retryAt = trouble.remembered.get(record)?.retryAt ?? null;
  return rowTrouble.failed.has(record) || (retryAt !== null && retryAt > now.toISOString());
}

async function addAll(
  { dependencies: { crm }, options }: CrmContext,
  work: readonly Work[],
): Promise<readonly RelatedOutcome[]> {
  const rows = work.map(({ related }) => related.rows);
  if (rows.length === 0) return [];
  if (crm.addRelated === undefined) return rows.map(() => ({ ok: true, added: 0, omitted: [] }));
  try {
    return await crm.addRelated(rows, options);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return rows.map(() => ({ ok: false, error }));
  }
}

function incomplete({ opportunityId, referralId }: Link, omitted: readonly string[]): Finding {
  return {
    key: `notice:related-incomplete:${opportunityId}`,
    kind: 'notice',
    code: 'related-incomplete',
    opportunityId,
    referralId,
    fields: ['contacts', 'solutions'],
    message: `Opportunity ${opportunityId} was created for referral ${referralId} without ${[...new Set(omitted)].join('; ')}. Add in the CRM what you need.`,
    values: [],
  };
}
