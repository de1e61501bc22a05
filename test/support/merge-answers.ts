/** Whole answers of the merge, for tests that say what must be there and thereby what must not. */
import type { FieldName, FieldValue } from '../../src/core/deal.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import type { FieldPolicy, ReconcileInput, Reconciliation } from '../../src/core/reconciliation.ts';

export const NOTHING: Reconciliation = {
  referralChanges: {},
  opportunityChanges: {},
  baselineChanges: {},
  conflicts: [],
  notices: [],
  rules: {},
};
export const pair = (opportunity: FieldValue, referral: FieldValue = opportunity) => ({
  opportunity,
  referral,
});
export const both: FieldPolicy = { sync: 'both', conflict: 'ask' };
export const toPartnerCenter: FieldPolicy = { sync: 'toPartnerCenter', conflict: 'ask' };
export const toCrm: FieldPolicy = { sync: 'toCrm', conflict: 'ask' };

export type Given = Partial<Omit<ReconcileInput, 'policy' | 'frozen' | 'withheld' | 'undecided'>> & {
  readonly policy: Partial<Record<FieldName, FieldPolicy>>;
  readonly frozen?: Partial<Record<FieldName, string>>;
  readonly withheld?: readonly FieldName[];
  readonly undecided?: readonly FieldName[];
};

export function merge({
  policy,
  frozen = {},
  withheld = [],
  undecided = [],
  ...rest
}: Given): Reconciliation {
  return reconcile({
    baseline: {},
    opportunity: {},
    referral: {},
    decisions: {},
    ...rest,
    policy: new Map(Object.entries(policy) as [FieldName, FieldPolicy][]),
    frozen: new Map(Object.entries(frozen) as [FieldName, string][]),
    withheld: new Set(withheld),
    undecided: new Set(undecided),
  });
}

export const WAITING = 'changed on both sides, waiting for a decision';
export const IN_CRM = 'changed in the CRM only';
export const THERE = 'changed in Partner Center only';
export const KIM = {
  firstName: 'Kim',
  lastName: 'Seller',
  email: 'kim@partner.example',
  phone: '+14155550123',
};
export const LEE = {
  firstName: 'Lee',
  lastName: 'Member',
  email: 'lee@partner.example',
  phone: '+14155550124',
};
