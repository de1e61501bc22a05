/** A merge's changes sent to Partner Center, for tests of what goes and what is held back. */
import type { Deal } from '../../src/core/deal.ts';
import type { LinkedInput } from '../../src/core/linked-input.ts';
import { toDeal } from '../../src/core/mapping.ts';
import { findingsFor } from '../../src/core/pair-findings.ts';
import type { Action, Finding } from '../../src/core/plan.ts';
import type { Reconciliation } from '../../src/core/reconciliation.ts';
import { towardsReferral } from '../../src/core/towards-referral.ts';
import { hashOf, link, mapping, OPPORTUNITY, opportunity, REFERRAL, referral, timing } from './builders.ts';

export const RULE = 'changed in the CRM only';

/** What is sent for these changes. @param there what Partner Center holds otherwise than the opportunity */
export function send(
  changes: Deal,
  there: Deal = {},
  rest: Partial<Pick<LinkedInput, 'referral' | 'pastCloseDate'>> = {},
): { readonly actions: readonly Action[]; readonly findings: readonly Finding[] } {
  const record = opportunity();
  const findings = findingsFor(link());
  const merged: Reconciliation = {
    referralChanges: changes,
    opportunityChanges: {},
    baselineChanges: {},
    conflicts: [],
    notices: [],
    rules: Object.fromEntries(Object.keys(changes).map((field) => [field, RULE])),
  };
  const input: LinkedInput = {
    link: link(),
    opportunity: record,
    mapped: toDeal(record, mapping()),
    referral: referral(there),
    mapping: mapping(),
    hashOf,
    limits: {},
    timing: timing(),
    pastCloseDate: 'park',
    decisions: {},
    ...rest,
  };
  return { actions: towardsReferral(input, merged, findings), findings: findings.list };
}

/** What all actions on the pair have in common. */
export const ON_PAIR = {
  opportunityId: OPPORTUNITY,
  referralId: REFERRAL,
  order: `2026-11-20T11:00:00.000Z ${OPPORTUNITY}`,
  irreversible: [],
};

export function parked(code: string, field: string, message: string): Finding {
  return {
    key: `parked:${code}:${OPPORTUNITY}:${field}`,
    kind: 'parked',
    code,
    opportunityId: OPPORTUNITY,
    referralId: REFERRAL,
    fields: [field],
    message,
    values: [],
  };
}
