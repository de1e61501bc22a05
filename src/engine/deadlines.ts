/** Deadlines while a run decides: the warning in force joins what was decided, and the next one gets its time. */
import { deadlineView } from '../core/deadlines.ts';
import type { Decision } from '../core/plan.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';

/** A decision with the deadline of the deal it is about. */
export function withDeadline(
  decision: Decision,
  referral: Referral | null,
  opportunity: OpportunityRecord | null,
  now: string,
): Decision {
  if (referral === null) return decision;
  const { finding, arrival, wakeAt } = deadlineView(referral, opportunity?.id ?? null, now);
  if (wakeAt === null) return decision;
  const found = [arrival, finding].filter((one) => one !== null);
  return {
    ...decision,
    findings: [...decision.findings, ...found],
    lookAgainAt: earlier(decision.lookAgainAt, wakeAt),
  };
}

/** The earlier of two times, where null is never. */
export function earlier(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return Date.parse(left) <= Date.parse(right) ? left : right;
}
