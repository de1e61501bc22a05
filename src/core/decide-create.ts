/** An opportunity without a referral: create one, wait, or say everything that is missing at once. */
import { type Missing, missingParts } from './checklist.ts';
import { type Deal, type FieldName, kindOf } from './deal.ts';
import { hasEnded } from './lifecycle.ts';
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

/** What a new referral says nothing of: it has no state of ours yet, and the others are Microsoft's to set. */
const NOT_CREATED: ReadonlySet<string> = new Set<FieldName>([
  'state',
  'reason',
  'microsoftCrmId',
  'microsoftTeam',
  'favorite',
]);

/** The values a new referral is created with: what was decided, and contacts only with recorded consent. */
export function shareable(deal: Deal): Deal {
  const mayShareContacts = deal.consentToShareContact === true;
  const draft: Deal = Object.fromEntries(
    Object.entries(deal).filter(
      ([field]) => !NOT_CREATED.has(field) && (field !== 'contacts' || mayShareContacts),
    ),
  );
  return kindOf(deal) === 'private' ? draft : { ...draft, visibleToMicrosoft: true };
}

/** What speaks against sharing an opportunity in its stage. A stage that nobody may see could be a closed one. */
function stageDoubts({ deal, stage }: MappedOpportunity): readonly Missing[] {
  if (stage === null)
    return [
      { field: 'state', text: 'the stage could not be read; check that the daemon may see its column' },
    ];
  return deal.state === 'Received'
    ? [
        {
          field: 'state',
          text: 'the stage means a deal received from Microsoft; move it to a stage of your own',
        },
      ]
    : [];
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
  if (hasEnded(deal)) {
    const text = `Opportunity ${opportunity.id} is already closed in the CRM and was never shared, so no deal is created for it.`;
    return { ...NOTHING, findings: [finding('notice', 'closed-before-sharing', ['state'], text)] };
  }
  const kind = kindOf(deal);
  const missing = [
    ...missingParts(deal, { now: timing.today, pastCloseDate, kind, problems: mapped.problems }),
    ...stageDoubts(mapped),
  ];
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
