import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deal, FieldName } from '../../../src/core/deal.ts';
import { FIELDS, specOf } from '../../../src/core/fields.ts';
import { canonicalJson, sameValue } from '../../../src/core/lenses/equality.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import type { FieldPolicy, ReconcileInput, Reconciliation } from '../../../src/core/reconciliation.ts';

const text = fc.constantFrom(null, 'a', 'b', 'c');
const person = fc.constantFrom('kim', 'lee', 'max').chain((name) =>
  fc.record({
    firstName: fc.constant(name),
    lastName: fc.constant('Seller'),
    email: fc.constant(`${name}@partner.example`),
    phone: fc.constantFrom('+15550100', '+15550101', null),
  }),
);
const people = fc.uniqueArray(person, { selector: ({ email }) => email, maxLength: 3 });

const VALUES: Partial<Record<FieldName, fc.Arbitrary<unknown>>> = {
  name: text,
  amount: fc.constantFrom('100', '200', '300', null),
  currency: fc.constantFrom('USD', 'EUR'),
  closeDate: fc.constantFrom('2026-12-31', '2027-01-31', null),
  notes: text,
  campaignId: text,
  team: people,
  contacts: people,
  state: fc.constantFrom('Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired', 'Error'),
  salesStage: fc.constantFrom(null, 'Qualify', 'Propose', 'Close'),
  reason: text,
  visibleToMicrosoft: fc.constantFrom(true, false, null),
  microsoftCrmId: text,
};
const FIELD_LIST = Object.keys(VALUES) as FieldName[];

const deal: fc.Arbitrary<Deal> = fc.record(VALUES as Record<string, fc.Arbitrary<unknown>>, {
  requiredKeys: [],
}) as fc.Arbitrary<Deal>;
const fullDeal: fc.Arbitrary<Deal> = fc.record(
  VALUES as Record<string, fc.Arbitrary<unknown>>,
) as fc.Arbitrary<Deal>;

function policyFor(
  direction: (field: FieldName) => fc.Arbitrary<FieldPolicy['sync']>,
): fc.Arbitrary<ReadonlyMap<FieldName, FieldPolicy>> {
  const groups = FIELD_LIST.filter((field) => specOf(field).group === field);
  return fc
    .tuple(
      ...groups.map((field) =>
        fc.tuple(
          fc.boolean(),
          direction(field),
          fc.constantFrom('crm', 'partnerCenter', 'ask') as fc.Arbitrary<FieldPolicy['conflict']>,
        ),
      ),
    )
    .map(
      (rows) =>
        new Map(
          rows.flatMap(([mapped, sync, conflict], index) =>
            mapped && groups[index] !== undefined ? [[groups[index], { sync, conflict }] as const] : [],
          ),
        ),
    );
}
const anyDirection = policyFor((field) =>
  specOf(field).direction === 'both'
    ? fc.constantFrom('both', 'toCrm', 'toPartnerCenter')
    : fc.constant(specOf(field).direction),
);

const baselineOf = (
  opportunity: Deal,
  referral: Deal,
  fields: readonly string[],
): ReconcileInput['baseline'] =>
  Object.fromEntries(
    FIELD_LIST.filter((field) => fields.includes(field)).map((field) => [
      field,
      { opportunity: opportunity[field], referral: referral[field] },
    ]),
  );
const agreedFields = fc.subarray(FIELD_LIST);

const scenario: fc.Arbitrary<ReconcileInput> = fc
  .record({
    before: fullDeal,
    agreedOn: agreedFields,
    opportunity: deal,
    referral: deal,
    policy: anyDirection,
    frozen: fc.subarray(FIELD_LIST),
  })
  .map(({ before, agreedOn, opportunity, referral, policy, frozen }) => ({
    baseline: baselineOf(before, before, agreedOn),
    opportunity,
    referral,
    policy,
    frozen: new Map(frozen.map((field) => [field, 'frozen'] as const)),
    withheld: new Set<FieldName>(),
    decisions: {},
  }));

/** What both sides hold after a plan was carried out, and what they then agree on. */
function apply(input: ReconcileInput, result: Reconciliation): ReconcileInput {
  const opportunity = { ...input.opportunity, ...result.opportunityChanges };
  const referral = { ...input.referral, ...result.referralChanges };
  const written = [...Object.keys(result.opportunityChanges), ...Object.keys(result.referralChanges)];
  return {
    ...input,
    opportunity,
    referral,
    baseline: { ...input.baseline, ...result.baselineChanges, ...baselineOf(opportunity, referral, written) },
  };
}

const isSilent = (result: Reconciliation): boolean =>
  Object.keys(result.referralChanges).length === 0 && Object.keys(result.opportunityChanges).length === 0;

describe('the laws of the merge', () => {
  it('applying a plan and reconciling again gives an empty plan', () => {
    fc.assert(
      fc.property(scenario, (input) => {
        const after = apply(input, reconcile(input));

        expect(isSilent(reconcile(after))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('fields that no mapping names never appear', () => {
    fc.assert(
      fc.property(scenario, (input) => {
        const result = reconcile(input);
        const named = [
          ...Object.keys(result.referralChanges),
          ...Object.keys(result.opportunityChanges),
          ...Object.keys(result.baselineChanges),
          ...result.conflicts.map(({ field }) => field),
        ];

        for (const field of named) expect(input.policy.has(specOf(field as FieldName).group)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('a value that both sides already hold is never sent, except along with the rest of its group', () => {
    fc.assert(
      fc.property(scenario, (input) => {
        const result = reconcile(input);

        for (const changes of [result.referralChanges, result.opportunityChanges]) {
          for (const field of Object.keys(changes) as FieldName[]) {
            if (specOf(field).group !== field || field === 'amount' || field === 'state') continue;
            expect(sameValue(field, input.opportunity[field], input.referral[field])).toBe(false);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('every value in an action came from one of the sides', () => {
    fc.assert(
      fc.property(scenario, (input) => {
        const result = reconcile(input);

        for (const field of Object.keys(result.opportunityChanges) as FieldName[])
          expect(result.opportunityChanges[field]).toEqual(input.referral[field]);
        for (const field of Object.keys(result.referralChanges) as FieldName[]) {
          const entries = new Set(
            [input.opportunity[field], input.referral[field]].flatMap((value) =>
              Array.isArray(value) ? value.map(canonicalJson) : [canonicalJson(value ?? null)],
            ),
          );
          const sent = result.referralChanges[field];
          for (const entry of Array.isArray(sent) ? sent.map(canonicalJson) : [canonicalJson(sent ?? null)])
            expect(entries).toContain(entry);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('whenever both sides changed a field differently, a record with all three values exists', () => {
    const two = fc.record({
      before: fullDeal,
      opportunity: fullDeal,
      referral: fullDeal,
      conflict: fc.constantFrom('crm', 'partnerCenter', 'ask') as fc.Arbitrary<FieldPolicy['conflict']>,
    });
    const scalars = ['notes', 'campaignId', 'closeDate'] as const;

    fc.assert(
      fc.property(two, ({ before, opportunity, referral, conflict }) => {
        const policy = new Map(scalars.map((field) => [field, { sync: 'both', conflict } as const]));
        const result = reconcile({
          baseline: baselineOf(before, before, FIELD_LIST),
          opportunity,
          referral,
          policy,
          frozen: new Map(),
          withheld: new Set(),
          decisions: {},
        });

        for (const field of scalars) {
          const moved =
            !sameValue(field, before[field], opportunity[field]) &&
            !sameValue(field, before[field], referral[field]);
          if (!moved || sameValue(field, opportunity[field], referral[field])) continue;
          expect(result.conflicts).toContainEqual({
            field,
            baseline: before[field],
            opportunity: opportunity[field],
            referral: referral[field],
            applied: conflict === 'ask' ? null : conflict,
          });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('a field is decided alike whatever the fields outside its group hold', () => {
    fc.assert(
      fc.property(scenario, deal, deal, (input, otherOpportunity, otherReferral) => {
        const group = FIELDS.filter(({ group: name }) => name === 'amount').map(({ name }) => name);
        const only = (values: Deal, others: Deal): Deal => ({
          ...Object.fromEntries(
            Object.entries(others).filter(([field]) => !group.some((name) => name === field)),
          ),
          ...Object.fromEntries(
            Object.entries(values).filter(([field]) => group.some((name) => name === field)),
          ),
        });
        const here = reconcile(input);
        const there = reconcile({
          ...input,
          opportunity: only(input.opportunity, otherOpportunity),
          referral: only(input.referral, otherReferral),
        });

        for (const field of group) {
          expect(there.referralChanges[field]).toEqual(here.referralChanges[field]);
          expect(there.opportunityChanges[field]).toEqual(here.opportunityChanges[field]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('swapping the sides and the policy swaps the result', () => {
    const symmetric = ['notes', 'campaignId', 'closeDate', 'amount'] as const;
    const swapSide = { crm: 'partnerCenter', partnerCenter: 'crm', ask: 'ask' } as const;
    const input = fc.record({
      before: fullDeal,
      agreedOn: agreedFields,
      opportunity: deal,
      referral: deal,
      conflict: fc.constantFrom('crm', 'partnerCenter', 'ask') as fc.Arbitrary<FieldPolicy['conflict']>,
    });

    fc.assert(
      fc.property(input, ({ before, agreedOn, opportunity, referral, conflict }) => {
        const make = (here: Deal, there: Deal, winner: FieldPolicy['conflict']): ReconcileInput => ({
          baseline: baselineOf(before, before, agreedOn),
          opportunity: here,
          referral: there,
          policy: new Map(symmetric.map((field) => [field, { sync: 'both', conflict: winner } as const])),
          frozen: new Map(),
          withheld: new Set(),
          decisions: {},
        });
        const one = reconcile(make(opportunity, referral, conflict));
        const other = reconcile(make(referral, opportunity, swapSide[conflict]));

        expect(other.referralChanges).toEqual(one.opportunityChanges);
        expect(other.opportunityChanges).toEqual(one.referralChanges);
        expect(other.conflicts.map(({ field }) => field)).toEqual(one.conflicts.map(({ field }) => field));
      }),
      { numRuns: 2000 },
    );
  });

  it('no input throws', () => {
    const wild = fc.dictionary(fc.constantFrom(...FIELD_LIST), fc.anything()) as fc.Arbitrary<Deal>;

    fc.assert(
      fc.property(wild, wild, anyDirection, (opportunity, referral, policy) => {
        expect(() =>
          reconcile({
            baseline: {},
            opportunity,
            referral,
            policy,
            frozen: new Map(),
            withheld: new Set(),
            decisions: {},
          }),
        ).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
