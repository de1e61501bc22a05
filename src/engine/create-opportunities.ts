/** New opportunities for received deals: each under an intent, linked and committed from what was read back. */
import type { Deal } from '../core/deal.ts';
import type { RemoteError } from '../core/errors.ts';
import { groupOf } from '../core/fields.ts';
import type { OpportunityId } from '../core/ids.ts';
import { toDeal } from '../core/mapping.ts';
import type { Action, Finding } from '../core/plan.ts';
import type { OpportunityDraft, OpportunityRecord, Referral, WriteOutcome } from '../core/ports.ts';
import { mayHaveRelated } from '../core/related.ts';
import type { Baseline, Intent, Link } from '../core/store-port.ts';
import { agreedAtCreation, asDeal } from '../core/unheard.ts';
import { accountKey } from './account-choice.ts';
import { baselineFrom, createdFields } from './baseline.ts';
import { type CrmContext, mayGoOn, outcomesOf, withReadBack } from './crm-context.ts';
import type { EngineDependencies } from './dependencies.ts';
import { lookUpTeams } from './directory.ts';
import { toItem } from './findings.ts';
import { newIntent } from './intent.ts';
import { newLink } from './link.ts';
import { historyOf } from './run-state.ts';

const CREATE_ROWS = 200;

type Create = Extract<Action, { type: 'create-opportunity' }>;

/** Creates opportunities for inbound deals, each under an intent, and links them from what the CRM returned. */
export async function createOpportunities(
  context: CrmContext,
  work: readonly { readonly action: Create; readonly referral: Referral }[],
): Promise<void> {
  const { dependencies, options } = context;
  for (let start = 0; start < work.length && mayGoOn(context); start += CREATE_ROWS) {
    const chunk = work.slice(start, start + CREATE_ROWS);
    const intents = chunk.map(({ action, referral }) => ({
      ...intentFor(context, 'create-opportunity', action),
      carried: carriedBy(dependencies, action.draft, referral),
    }));
    const related = mayHaveRelated(dependencies.mapping, dependencies.policy.inbound)
      ? chunk.map(({ action }) => intentFor(context, 'add-related', action))
      : [];
    await dependencies.ledger.commit({ intents: [...intents, ...related] });
    const outcomes = await withReadBack(context, await createRows(context, chunk));
    const made = outcomes.flatMap((outcome) => (outcome.ok ? (outcome.record ?? []) : []));
    await lookUpTeams(dependencies, context.state, made, options);
    for (const [index, { action, referral }] of chunk.entries()) {
      const intent = intents[index];
      const outcome = outcomes[index];
      if (intent !== undefined && outcome !== undefined)
        await settleCreate(context, action, referral, intent, outcome);
    }
  }
}

function intentFor({ dependencies }: CrmContext, kind: Intent['kind'], { referralId }: Create): Intent {
  return newIntent(dependencies, kind, { opportunityId: null, referralId, engagementId: null });
}

/** What both sides will hold of a received deal: its own values, and in the row what the draft writes of them. */
function carriedBy(
  { mapping, hashOf }: Pick<EngineDependencies, 'mapping' | 'hashOf'>,
  { values }: OpportunityDraft,
  { deal }: Referral,
): Baseline {
  const writes = (path: string | null): boolean => path !== null && Object.hasOwn(values, path);
  const drafted: Deal = { ...deal, team: [], contacts: [] };
  // The stage is written by the stage table.
  for (const { field, crm, default: standsFor } of mapping.fields)
    if (!writes(crm) && !groupOf(field).includes('state')) Object.assign(drafted, { [field]: standsFor });
  if (!mapping.solutions.from.some((source) => 'path' in source && writes(source.path)))
    Object.assign(drafted, { solutions: [] });
  return baselineFrom(createdFields(deal), drafted, deal, hashOf);
}

/**
 * Creates rows; those that only lack a campaign of the deal's name are created without one. A deal that somebody waits
 * to be answered must not wait for a campaign.
 */
async function createRows(
  { dependencies, state, options }: CrmContext,
  chunk: readonly { readonly action: Create; readonly referral: Referral }[],
): Promise<readonly WriteOutcome[]> {
  const create = (drafts: readonly OpportunityDraft[]): Promise<readonly WriteOutcome[]> =>
    outcomesOf(drafts.length, () => dependencies.crm.create(drafts, options));
  const outcomes = [...(await create(chunk.map(({ action }) => action.draft)))];
  const path = dependencies.mapping.fields.find(({ field }) => field === 'campaignId')?.crm ?? null;
  const again = outcomes.flatMap((outcome, index) => {
    const entry = chunk[index];
    const lacksCampaign =
      !outcome.ok && outcome.error.code === 'rejected' && outcome.error.fields.join() === path;
    return lacksCampaign && path !== null && entry !== undefined
      ? [{ index, entry, why: outcome.error.message }]
      : [];
  });
  if (again.length === 0 || path === null) return outcomes;
  const second = await create(
    again.map(({ entry: { action } }) => {
      const { [path]: _campaign, ...values } = action.draft.values;
      return { ...action.draft, values };
    }),
  );
  const notices: Finding[] = [];
  for (const [position, { index, entry, why }] of again.entries()) {
    const outcome = second[position];
    if (outcome === undefined) continue;
    outcomes[index] = outcome;
    if (outcome.ok) notices.push(withoutCampaign(entry.referral, outcome.id, why));
  }
  const at = dependencies.now().toISOString();
  await dependencies.ledger.commit({ attention: notices.map((notice) => toItem(notice, at, undefined)) });
  for (const { key } of notices) state.raised.set(key, 'notice');
  return outcomes;
}

function withoutCampaign({ id: referralId }: Referral, id: OpportunityId, why: string): Finding {
  return {
    key: `notice:no-campaign:${id}`,
    kind: 'notice',
    code: 'no-campaign',
    opportunityId: id,
    referralId,
    fields: ['campaignId'],
    message: `Opportunity ${id} was created without a campaign for referral ${referralId}: ${why}`,
    values: [],
  };
}

async function settleCreate(
  context: CrmContext,
  action: Create,
  referral: Referral,
  intent: Intent,
  outcome: WriteOutcome,
): Promise<void> {
  const { dependencies, state, timing } = context;
  const at = dependencies.now().toISOString();
  if (!outcome.ok) {
    if (outcome.error.stopsHost) state.stopped.set('crm', outcome.error);
    const unknown = outcome.error.outcomeUnknown;
    const parked = outcome.error.stopsHost && !unknown ? null : createFinding(referral, outcome.error);
    await dependencies.ledger.commit({
      ...(unknown
        ? { intents: [{ ...intent, state: 'unknown' as const }] }
        : { settledIntents: [intent.id] }),
      attention: parked === null ? [] : [toItem(parked, at, undefined)],
      due: [
        {
          side: 'referral',
          id: referral.id,
          dueAt: unknown || outcome.error.stopsHost ? at : timing.after(24 * 60),
        },
      ],
    });
    if (parked !== null) state.raised.set(parked.key, 'parked');
    state.passed.add(referral.id);
    return;
  }
  const record = outcome.record;
  const fresh = newLink(dependencies, outcome.id, referral);
  const mapped = record === null ? null : toDeal(record, dependencies.mapping);
  const link: Link = {
    ...fresh,
    baseline:
      record === null || mapped === null ? {} : agreedOn(context, intent, record, mapped.deal, referral),
    stageSeen: mapped === null || mapped.stage === null ? null : { value: mapped.stage, at },
    written: { event: 'Received from Partner Center.' },
  };
  await dependencies.ledger.commit({
    links: [link],
    opportunities: record === null ? [] : [{ record, dueAt: at }],
    // Made, but nobody can say yet what it holds: until it is found, both sides have agreed on nothing.
    ...(record === null
      ? { intents: [{ ...intent, state: 'unknown' as const }] }
      : { settledIntents: [intent.id] }),
    meta: { [accountKey(referral.id)]: null },
    due: [{ side: 'referral', id: referral.id, dueAt: at }],
    history: historyOf(state, at, {
      opportunityId: outcome.id,
      referralId: referral.id,
      who: 'partnerCenter',
      to: 'crm',
      changes: action.changes,
      rule: action.reason,
      requestId: outcome.requestId,
    }),
  });
  state.wrote.opportunitiesCreated += 1;
}

/** What both sides agree on once the row was read; who has saved it meanwhile has edited it. */
function agreedOn(
  { dependencies: { mapping, hashOf } }: CrmContext,
  intent: Intent,
  record: OpportunityRecord,
  deal: Deal,
  referral: Referral,
): Baseline {
  return record.modifiedByUs
    ? baselineFrom(createdFields(referral.deal), deal, referral.deal, hashOf)
    : agreedAtCreation(intent, asDeal(record, mapping), mapping);
}

function createFinding(referral: Referral, error: RemoteError): Finding {
  const code = error.outcomeUnknown
    ? 'unknown-outcome'
    : error.code === 'duplicate'
      ? 'duplicate-in-crm'
      : 'rejected';
  const others =
    error.duplicateIds.length === 0 ? '' : ` Existing records: ${error.duplicateIds.join(', ')}.`;
  return {
    key: `parked:${code}:${referral.id}`,
    kind: 'parked',
    code,
    opportunityId: null,
    referralId: referral.id,
    fields: error.fields,
    message: `No opportunity could be created for referral ${referral.id}: ${error.message}${others}`,
    values: [],
  };
}
