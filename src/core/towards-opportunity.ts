/** What a merge writes to the CRM; what its columns cannot hold is told instead. */
import type { Deal, FieldName } from './deal.ts';
import { specOf } from './fields.ts';
import type { LinkedInput } from './linked-input.ts';
import { toCrmChanges } from './mapping-write.ts';
import type { PairFindings } from './pair-findings.ts';
import { type Action, capitalised, plannedChanges, recordLabel, rulesInWords } from './plan.ts';
import type { Reconciliation } from './reconciliation.ts';

/** The action on the opportunity, if there is anything to write. */
export function towardsOpportunity(
  input: LinkedInput,
  merged: Reconciliation,
  findings: PairFindings,
): Action[] {
  const { link, opportunity, mapped, mapping, limits } = input;
  const { values, problems, transition } = toCrmChanges(
    merged.opportunityChanges,
    opportunity,
    mapping,
    limits,
  );
  for (const problem of problems) {
    // Nobody can answer an expired deal any more: an opportunity without a stage for that is told, not held up.
    const isExpired = problem.code === 'stage-unmapped' && merged.opportunityChanges.state === 'Expired';
    findings.add(
      isExpired ? 'notice' : 'parked',
      problem.code,
      [problem.field],
      `Opportunity ${link.opportunityId}: ${problem.text}. The other fields go on.`,
    );
  }
  if (Object.keys(values).length === 0) return [];
  const failed = new Set(problems.map(({ field }) => specOf(field).group));
  const deal = Object.fromEntries(
    Object.entries(merged.opportunityChanges).filter(
      ([field]) => !failed.has(specOf(field as FieldName).group),
    ),
  ) as Deal;
  return [
    {
      type: 'update-opportunity',
      opportunityId: link.opportunityId,
      referralId: link.referralId,
      update: {
        id: link.opportunityId,
        values,
        ifVersion: opportunity.version,
        ...(transition === null ? {} : { transition }),
      },
      deal,
      irreversible: [],
      changes: plannedChanges(mapped.deal, deal),
      reason: `${capitalised(recordLabel(link.opportunityId, link.referralId))}: ${rulesInWords(deal, merged.rules)}`,
      order: `${opportunity.modifiedAt} ${opportunity.id}`,
    },
  ];
}
