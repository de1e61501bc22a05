import { describe, expect, it } from 'vitest';
import type { Deal, FieldName } from '../../../src/core/deal.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import type { FieldPolicy, ReconcileInput } from '../../../src/core/reconciliation.ts';

const A = '100';
const B = '200';
const C = '300';

function input(
  overrides: Partial<ReconcileInput> & { readonly policies?: Partial<Record<FieldName, FieldPolicy>> },
): ReconcileInput {
  const { policies, ...rest } = overrides;
  return {
    baseline: {},
    opportunity: {},
    referral: {},
    policy: new Map(Object.entries(policies ?? {}) as [FieldName, FieldPolicy][]),
    frozen: new Map(),
    withheld: new Set(),
    decisions: {},
    ...rest,
  };
}

const both = (conflict: FieldPolicy['conflict'] = 'ask'): FieldPolicy => ({ sync: 'both', conflict });
const agreed = (value: string | null) => ({ notes: { opportunity: value, referral: value } });

/** The decision table: baseline, opportunity, referral → what each side is told. */
const TABLE: readonly (readonly [
  string,
  string | undefined,
  string | null,
  string | null,
  {
    toReferral?: string;
    toOpportunity?: string;
    baseline?: readonly [string | null, string | null];
    conflict?: boolean;
  },
])[] = [
  ['nothing changed', A, A, A, {}],
  ['the CRM changed', A, B, A, { toReferral: B }],
  ['Partner Center changed', A, A, B, { toOpportunity: B }],
  ['both changed to the same', A, B, B, { baseline: [B, B] }],
  ['both changed differently', A, B, C, { conflict: true }],
  ['never agreed, equal', undefined, A, A, { baseline: [A, A] }],
  ['never agreed, different', undefined, A, B, { conflict: true }],
  ['never agreed, empty in Partner Center', undefined, A, null, { toReferral: A }],
  ['never agreed, empty in the CRM', undefined, null, B, { toOpportunity: B }],
];

describe('the decision table', () => {
  it.each(TABLE)('when %s', (_name, baseline, opportunity, referral, expected) => {
    const result = reconcile(
      input({
        baseline: baseline === undefined ? {} : agreed(baseline),
        opportunity: { notes: opportunity },
        referral: { notes: referral },
        policies: { notes: both() },
      }),
    );

    expect(result.referralChanges).toEqual(
      expected.toReferral === undefined ? {} : { notes: expected.toReferral },
    );
    expect(result.opportunityChanges).toEqual(
      expected.toOpportunity === undefined ? {} : { notes: expected.toOpportunity },
    );
    expect(result.baselineChanges).toEqual(
      expected.baseline === undefined
        ? {}
        : { notes: { opportunity: expected.baseline[0], referral: expected.baseline[1] } },
    );
    expect(result.conflicts).toEqual(
      expected.conflict === true ? [{ field: 'notes', baseline, opportunity, referral, applied: null }] : [],
    );
  });

  it('clears a field on the other side when a side emptied it', () => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: null },
        referral: { notes: A },
        policies: { notes: both() },
      }),
    );

    expect(result.referralChanges).toEqual({ notes: null });
  });
});

describe('a conflict', () => {
  it.each([
    ['crm', { referralChanges: { notes: B }, opportunityChanges: {} }],
    ['partnerCenter', { referralChanges: {}, opportunityChanges: { notes: C } }],
  ] as const)('follows the mapping when it names %s, and keeps the three values', (winner, changes) => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: B },
        referral: { notes: C },
        policies: { notes: both(winner) },
      }),
    );

    expect(result).toMatchObject(changes);
    expect(result.conflicts).toEqual([
      { field: 'notes', baseline: A, opportunity: B, referral: C, applied: winner },
    ]);
  });

  it('follows a person over the mapping and is then no conflict any more', () => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: B },
        referral: { notes: C },
        policies: { notes: both('crm') },
        decisions: { notes: 'partnerCenter' },
      }),
    );

    expect(result.opportunityChanges).toEqual({ notes: C });
    expect(result.conflicts).toEqual([]);
  });

  it('on one field leaves the others alone', () => {
    const baseline = { ...agreed(A), campaignId: { opportunity: 'x', referral: 'x' } };
    const result = reconcile(
      input({
        baseline,
        opportunity: { notes: B, campaignId: 'y' },
        referral: { notes: C, campaignId: 'x' },
        policies: { notes: both(), campaignId: both() },
      }),
    );

    expect(result.referralChanges).toEqual({ campaignId: 'y' });
    expect(result.conflicts.map(({ field }) => field)).toEqual(['notes']);
  });

  it('on a one-way field is won by its source, and the loser is kept', () => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: B },
        referral: { notes: C },
        policies: { notes: { sync: 'toPartnerCenter', conflict: 'ask' } },
      }),
    );

    expect(result.referralChanges).toEqual({ notes: B });
    expect(result.conflicts).toEqual([
      { field: 'notes', baseline: A, opportunity: B, referral: C, applied: 'crm' },
    ]);
  });
});

describe('amount and currency', () => {
  const baseline = {
    amount: { opportunity: '100', referral: '100' },
    currency: { opportunity: 'USD', referral: 'USD' },
  };

  it('travel together even when only the amount changed', () => {
    const result = reconcile(
      input({
        baseline,
        opportunity: { amount: '200', currency: 'USD' },
        referral: { amount: '100', currency: 'USD' },
        policies: { amount: both() },
      }),
    );

    expect(result.referralChanges).toEqual({ amount: '200', currency: 'USD' });
  });

  it('are one conflict when one side changed the amount and the other the currency', () => {
    const result = reconcile(
      input({
        baseline,
        opportunity: { amount: '200', currency: 'USD' },
        referral: { amount: '100', currency: 'EUR' },
        policies: { amount: both() },
      }),
    );

    expect(result.referralChanges).toEqual({});
    expect(result.opportunityChanges).toEqual({});
    expect(result.conflicts.map(({ field }) => field)).toEqual(['amount', 'currency']);
  });

  it('decide on the amount alone where the CRM knows no currency', () => {
    const result = reconcile(
      input({
        baseline,
        opportunity: { amount: '200' },
        referral: { amount: '100', currency: 'USD' },
        policies: { amount: both() },
      }),
    );

    expect(result.referralChanges).toEqual({ amount: '200' });
  });

  it('do not differ when only the spelling of the number does', () => {
    const result = reconcile(
      input({
        baseline,
        opportunity: { amount: '100.00', currency: 'USD' },
        referral: { amount: '100', currency: 'USD' },
        policies: { amount: both() },
      }),
    );

    expect(result.referralChanges).toEqual({});
    expect(result.conflicts).toEqual([]);
  });
});

describe('the stage', () => {
  const policies = { state: both() };
  const baseline = (salesStage: string | null) => ({
    state: { opportunity: 'Accepted', referral: 'Accepted' },
    salesStage: { opportunity: 'Qualify', referral: salesStage },
    reason: { opportunity: null, referral: null },
  });
  const deal = (values: Deal): Deal => ({
    state: 'Accepted',
    salesStage: 'Qualify',
    reason: null,
    ...values,
  });

  it('sends a finer sales stage and nothing else when the state stays', () => {
    const result = reconcile(
      input({
        baseline: baseline('Qualify') as ReconcileInput['baseline'],
        opportunity: deal({ salesStage: 'Propose' }),
        referral: deal({}),
        policies,
      }),
    );

    expect(result.referralChanges).toEqual({ salesStage: 'Propose' });
  });

  it('sends a sales stage to a deal that had none', () => {
    const result = reconcile(
      input({
        baseline: baseline(null) as ReconcileInput['baseline'],
        opportunity: deal({ salesStage: 'Propose' }),
        referral: deal({ salesStage: null }),
        policies,
      }),
    );

    expect(result.referralChanges).toEqual({ salesStage: 'Propose' });
  });

  it('keeps a finer CRM stage when Partner Center drops its sales stage', () => {
    const result = reconcile(
      input({
        baseline: baseline('Qualify') as ReconcileInput['baseline'],
        opportunity: deal({}),
        referral: deal({ salesStage: null }),
        policies,
      }),
    );

    expect(result.opportunityChanges).toEqual({});
    expect(result.conflicts).toEqual([]);
  });

  it('brings the state along when the sales stage moves in Partner Center, so that the CRM row can be found', () => {
    const result = reconcile(
      input({
        baseline: baseline('Qualify') as ReconcileInput['baseline'],
        opportunity: deal({}),
        referral: deal({ salesStage: 'Propose' }),
        policies,
      }),
    );

    expect(result.opportunityChanges).toEqual({ state: 'Accepted', salesStage: 'Propose' });
  });

  it('takes its reason along when the deal is lost', () => {
    const result = reconcile(
      input({
        baseline: baseline('Qualify') as ReconcileInput['baseline'],
        opportunity: deal({ state: 'Lost', salesStage: null, reason: 'Budget not adequate' }),
        referral: deal({}),
        policies,
      }),
    );

    expect(result.referralChanges).toEqual({ state: 'Lost', reason: 'Budget not adequate' });
  });

  it('is not adopted as a difference when an existing deal has no sales stage', () => {
    const result = reconcile(
      input({ opportunity: deal({}), referral: deal({ salesStage: null }), policies }),
    );

    expect(result.referralChanges).toEqual({});
    expect(result.baselineChanges).toHaveProperty('salesStage');
  });
});

describe('what may not travel', () => {
  it('becomes a notice when the deal does not take the field any more', () => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: B },
        referral: { notes: A },
        policies: { notes: both() },
        frozen: new Map([['notes', 'the deal is closed']]),
      }),
    );

    expect(result.referralChanges).toEqual({});
    expect(result.baselineChanges).toEqual({});
    expect(result.notices).toEqual([{ field: 'notes', code: 'frozen', text: 'the deal is closed' }]);
  });

  it('still flows from a closed deal to the CRM', () => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: A },
        referral: { notes: B },
        policies: { notes: both() },
        frozen: new Map([['notes', 'the deal is closed']]),
      }),
    );

    expect(result.opportunityChanges).toEqual({ notes: B });
  });

  it('waits while it is withheld, without losing the edit', () => {
    const result = reconcile(
      input({
        baseline: agreed(A),
        opportunity: { notes: B },
        referral: { notes: A },
        policies: { notes: both() },
        withheld: new Set(['notes']),
      }),
    );

    expect(result).toMatchObject({ referralChanges: {}, baselineChanges: {}, conflicts: [], notices: [] });
  });

  it('is never switched off again: visibility stays, with a notice', () => {
    const baseline = { visibleToMicrosoft: { opportunity: true, referral: true } };
    const result = reconcile(
      input({
        baseline,
        opportunity: { visibleToMicrosoft: false },
        referral: { visibleToMicrosoft: true },
        policies: { visibleToMicrosoft: both() },
      }),
    );

    expect(result.referralChanges).toEqual({});
    expect(result.notices.map(({ code }) => code)).toEqual(['one-way']);
  });

  it('is unknown, not empty, when a side does not show the field', () => {
    const result = reconcile(
      input({ baseline: agreed(A), opportunity: {}, referral: { notes: A }, policies: { notes: both() } }),
    );

    expect(result).toMatchObject({
      referralChanges: {},
      opportunityChanges: {},
      baselineChanges: {},
      conflicts: [],
    });
  });
});

describe('lists', () => {
  const person = (email: string, phone = '+15550100') => ({
    firstName: 'Kim',
    lastName: 'Seller',
    email,
    phone,
  });
  const kim = person('kim@partner.example');
  const lee = person('lee@partner.example');
  const max = person('max@partner.example');
  const team = (
    opportunity: readonly object[],
    referral: readonly object[],
    was: { o: readonly object[]; r: readonly object[] },
  ) =>
    reconcile(
      input({
        baseline: { team: { opportunity: was.o, referral: was.r } } as ReconcileInput['baseline'],
        opportunity: { team: opportunity } as Deal,
        referral: { team: referral } as Deal,
        policies: { team: { sync: 'toPartnerCenter', conflict: 'crm' } },
      }),
    );

  it('are sent whole, as last read plus the change of the CRM', () => {
    const result = team([kim, lee], [kim, max], { o: [kim], r: [kim, max] });

    expect(result.referralChanges.team).toEqual([kim, max, lee]);
  });

  it('keep what others added in Partner Center without any write', () => {
    const result = team([kim], [kim, max], { o: [kim], r: [kim] });

    expect(result.referralChanges).toEqual({});
    expect(result.baselineChanges).toHaveProperty('team');
  });

  it('drop whom the CRM dropped, unless somebody edited the entry in Partner Center', () => {
    const dropped = team([kim], [kim, lee], { o: [kim, lee], r: [kim, lee] });
    const edited = team([kim], [kim, person('lee@partner.example', '+15550199')], {
      o: [kim, lee],
      r: [kim, lee],
    });

    expect(dropped.referralChanges.team).toEqual([kim]);
    expect(edited.referralChanges).toEqual({});
    expect(edited.notices.map(({ code }) => code)).toEqual(['edit-beats-removal']);
  });

  it('never become empty', () => {
    const result = team([], [kim], { o: [kim], r: [kim] });

    expect(result.referralChanges).toEqual({});
    expect(result.notices.map(({ code }) => code)).toEqual(['last-entry']);
  });
});
