/** An opportunity without a referral: create one, wait, or say everything that is missing at once. */
import { missingParts } from './checklist.ts';
import { type Deal, kindOf } from './deal.ts';
import { FIELDS } from './fields.ts';
import { isTerminal } from './lifecycle.ts';
import type { MappedOpportunity } from './mapping.ts';
import {
  type Decision,
  type Finding,
  irreversibleOf,
  NOTHING,
  plannedChanges,
  recordLabel,
  sentences,
} from './plan.ts';
import type { OpportunityRecord } from './ports.ts';
import { SLOW_RETRY_MINUTES, settledAt, type Timing } from './timing.ts';

export interface CreateInput {
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly timing: Timing;
  readonly pastCloseDate: 'park' | 'send';
}

/** The values a new referral is created with: what was decided, and contacts only with recorded consent. */
export function shareable(deal: Deal): Deal {
  const kind = kindOf(deal);
  const draft: Record<string, unknown> = {};
  for (const { name } of FIELDS) if (Object.hasOwn(deal, name)) draft[name] = deal[name];
  if (kind !== 'private') draft.visibleToMicrosoft = true;
  if (deal.consentToShareContact !== true) delete draft.contacts;
  delete draft.microsoftCrmId;
  delete draft.microsoftTeam;
  delete draft.favorite;
  delete draft.state;
  delete draft.reason;
  return draft as Deal;
}

/** Decides on an opportunity that no referral belongs to. */
export function decideCreate({ opportunity, mapped, timing, pastCloseDate }: CreateInput): Decision {
  if (opportunity.deleted || !mapped.inScope) return NOTHING;
  const quietAt = settledAt(opportunity, timing);
  if (quietAt !== null) return { ...NOTHING, lookAgainAt: quietAt };

  const { deal } = mapped;
  const finding = (
    kind: Finding['kind'],
    code: string,
    fields: readonly string[],
    text: string,
  ): Finding => ({
    key: `${kind}:${code}:${opportunity.id}`,
    kind,
    code,
    opportunityId: opportunity.id,
    referralId: null,
    fields,
    message: text,
    values: [],
  });
  if (deal.state !== undefined && deal.state !== null && isTerminal(deal.state)) {
    const text = `Opportunity ${opportunity.id} is already closed in the CRM and was never shared, so no deal is created for it.`;
    return { ...NOTHING, findings: [finding('notice', 'closed-before-sharing', ['state'], text)] };
  }
  const kind = kindOf(deal);
  const missing = [
    ...missingParts(deal, { now: timing.today, pastCloseDate, kind, problems: mapped.problems }),
  ];
  if (deal.state === 'Received') {
    missing.push({
      field: 'state',
      text: 'the stage means a deal received from Microsoft; move it to a stage of your own',
    });
  }
  if (missing.length > 0) {
    const parts = sentences(missing.map((part) => part.text));
    return {
      ...NOTHING,
      findings: [
        finding(
          'parked',
          'missing-parts',
          [...new Set(missing.map((part) => part.field))],
          `Cannot be shared yet. ${parts} Once that is corrected, it is shared by itself.`,
        ),
      ],
      lookAgainAt: timing.after(SLOW_RETRY_MINUTES),
    };
  }
  const draft = shareable(deal);
  return {
    ...NOTHING,
    actions: [
      {
        type: 'create-referral',
        kind,
        opportunityId: opportunity.id,
        referralId: null,
        draft: {
          deal: draft,
          opportunityId: opportunity.id,
          type: kind === 'co-sell' ? 'Shared' : 'Independent',
        },
        irreversible: [
          'create',
          ...irreversibleOf(draft),
          ...(kind === 'co-sell' ? (['invite'] as const) : []),
        ],
        changes: plannedChanges({}, draft),
        reason: `${recordLabel(opportunity.id, null)} is to be shared as a ${kind} deal`,
        order: `${opportunity.modifiedAt} ${opportunity.id}`,
      },
    ],
  };
}
