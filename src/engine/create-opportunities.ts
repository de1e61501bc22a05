/** New opportunities for received deals: each under an intent, linked and committed from what was read back. */
import type { Deal } from '../core/deal.ts';
import type { RemoteError } from '../core/errors.ts';
import { toDeal } from '../core/mapping.ts';
import type { Finding } from '../core/plan.ts';
import type { OpportunityRecord, Referral, WriteOutcome } from '../core/ports.ts';
import { mayHaveRelated } from '../core/related.ts';
import type { Baseline, Intent, Link } from '../core/store-port.ts';
import { agreedAtCreation, asDeal } from '../core/unheard.ts';
import { accountKey } from './account-choice.ts';
import { baselineFrom, createdFields } from './baseline.ts';
import { type Create, carriedBy, createRows, type Row } from './create-rows.ts';
import { type CrmContext, mayGoOn, withReadBack } from './crm-context.ts';
import { lookUpTeams } from './directory.ts';
import { toItem } from './findings.ts';
import { newIntent } from './intent.ts';
import { newLink } from './link.ts';
import { historyOf } from './run-state.ts';

const CREATE_ROWS = 200;

/** Creates opportunities for inbound deals, each under an intent, and links them from what the CRM returned. */
export async function createOpportunities(
  context: CrmContext,
  work: readonly { readonly action: Create; readonly referral: Referral }[],
): Promise<void> {
  const { dependencies, options } = context;
  for (let start = 0; start < work.length && mayGoOn(context); start += CREATE_ROWS) {
    const chunk = work.slice(start, start + CREATE_ROWS);
    const planned = chunk.map(({ action, referral }): Row => {
      const intent = intentFor(context, 'create-opportunity', action);
      return { action, referral, intent: { ...intent, carried: carriedBy(dependencies, action, referral) } };
    });
    const related = mayHaveRelated(dependencies.mapping, dependencies.policy.inbound)
      ? chunk.map(({ action }) => intentFor(context, 'add-related', action))
      : [];
    await dependencies.ledger.commit({ intents: [...planned.map(({ intent }) => intent), ...related] });
    const { rows, outcomes: answers } = await createRows(context, planned);
    const outcomes = await withReadBack(context, answers);
    const made = outcomes.flatMap((outcome) => (outcome.ok ? (outcome.record ?? []) : []));
    await lookUpTeams(dependencies, context.state, made, options);
    for (const [index, row] of rows.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) await settleCreate(context, row, outcome);
    }
  }
}

function intentFor({ dependencies }: CrmContext, kind: Intent['kind'], { referralId }: Create): Intent {
  return newIntent(dependencies, kind, { opportunityId: null, referralId, engagementId: null });
}

async function settleCreate(
  context: CrmContext,
  { action, referral, intent }: Row,
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
