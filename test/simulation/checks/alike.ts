/** When two values of a field, or a stage and a state, are as good as one to both sides. */
import type { DealState, FieldName, FieldValue } from '../../../src/core/deal.ts';
import { sameValue } from '../../../src/core/lenses/equality.ts';
import type { OpportunityRecord } from '../../../src/core/ports.ts';
import { rounded, type Server } from '../server.ts';

/** As `sameValue`; where a trigger rounds amounts, what it makes of one is as good as the amount itself. */
export function alike({ circumstances }: Server, field: FieldName, a: FieldValue, b: FieldValue): boolean {
  if (sameValue(field, a, b)) return true;
  if (circumstances.trigger !== 'rounds' || field !== 'amount') return false;
  return typeof a === 'string' && typeof b === 'string' && rounded(Number(a)) === rounded(Number(b));
}

/** Whether a row's stage stands for a state, be it beside others. */
export function standsFor({ mapping }: Server, { values }: OpportunityRecord, state: DealState): boolean {
  return mapping.stages.some(({ crm, deal }) => crm === values[mapping.stageField] && deal === state);
}
