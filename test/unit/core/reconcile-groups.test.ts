/** Whole answers of the merge for pairs that were adopted, groups and one-way fields. */
import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import {
  both,
  type Given,
  IN_CRM,
  merge,
  NOTHING,
  pair,
  THERE,
  toPartnerCenter,
  WAITING,
} from '../../support/merge-answers.ts';

describe('what differed before anybody carried anything', () => {
  const LATE = {
    field: 'name' as const,
    code: 'differs-at-adoption' as const,
    text: 'differs between the CRM and Partner Center, where it cannot be changed any more',
  };

  it('and cannot be changed any more is remembered as it is', () => {
    const given: Given = {
      opportunity: { name: 'Ours' },
      referral: { name: 'Theirs' },
      policy: { name: toPartnerCenter },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      baselineChanges: { name: pair('Ours', 'Theirs') },
      notices: [LATE],
    });
  });

  it('and may be changed waits for a person, whatever the mapping says and whoever is empty', () => {
    const policy = { notes: { sync: 'both', conflict: 'crm' } as const };
    const given: Given = {
      opportunity: { notes: 'a' },
      referral: { notes: null },
      policy,
      undecided: ['notes'],
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      conflicts: [{ field: 'notes', baseline: undefined, opportunity: 'a', referral: null, applied: null }],
      rules: { notes: WAITING },
    });
  });

  it.each([
    ['Won', true],
    ['Expired', true],
    ['Accepted', false],
    ['Received', false],
    [null, false],
    [undefined, false],
  ] as const)('on a deal that is %s', (state, isClosed) => {
    const referral: Deal = { notes: 'there', ...(state === undefined ? {} : { state }) };
    const given: Given = {
      opportunity: { notes: 'here' },
      referral,
      policy: { notes: both },
      undecided: ['notes'],
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      ...(isClosed
        ? {
            baselineChanges: { notes: pair('here', 'there') },
            notices: [
              {
                field: 'notes',
                code: 'differs-at-adoption',
                text: 'differs between the CRM and Partner Center, where the deal is closed and takes no edit any more',
              },
            ],
          }
        : {
            conflicts: [
              { field: 'notes', baseline: undefined, opportunity: 'here', referral: 'there', applied: null },
            ],
            rules: { notes: WAITING },
          }),
    });
  });

  it('in the state itself is asked about although the deal is closed', () => {
    const given: Given = {
      opportunity: { state: 'Accepted' },
      referral: { state: 'Won' },
      policy: { state: both },
      undecided: ['state'],
    };

    expect(merge(given).conflicts).toEqual([
      { field: 'state', baseline: undefined, opportunity: 'Accepted', referral: 'Won', applied: null },
    ]);
  });
});

describe('a group', () => {
  const amounts = (amount: string | null, currency = 'USD'): Deal => ({ amount, currency });

  it('of amount and currency travels whole', () => {
    const given: Given = {
      baseline: { amount: pair('1'), currency: pair('USD') },
      opportunity: amounts('2'),
      referral: amounts('1'),
      policy: { amount: both },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      referralChanges: { amount: '2', currency: 'USD' },
      rules: { amount: IN_CRM, currency: IN_CRM },
    });
  });

  it('of an amount that is empty in the CRM is filled there, whatever currency stands beside it', () => {
    expect(
      merge({
        opportunity: amounts(null, 'USD'),
        referral: amounts('1', 'EUR'),
        policy: { amount: both },
      }),
    ).toEqual({
      ...NOTHING,
      opportunityChanges: { amount: '1', currency: 'EUR' },
      rules: { amount: 'empty in the CRM, filled', currency: 'empty in the CRM, filled' },
    });
  });

  it('of which one side says something else and the other says less is asked about, not filled', () => {
    const given: Given = {
      opportunity: { state: 'Lost', reason: 'Price' },
      referral: { state: 'Accepted', reason: null },
      policy: { state: both },
    };

    expect(merge(given)).toMatchObject({
      referralChanges: {},
      opportunityChanges: {},
      conflicts: [{ field: 'state', opportunity: 'Lost', referral: 'Accepted', applied: null }],
    });
  });

  it('without its naming field on one side decides nothing', () => {
    const given: Given = {
      baseline: { amount: pair('1'), currency: pair('USD') },
      opportunity: { currency: 'EUR' },
      referral: amounts('1'),
      policy: { amount: both },
    };

    expect(merge(given)).toEqual(NOTHING);
  });

  it('of state and sales stage sends the stage alone to Partner Center, and the state with it to the CRM', () => {
    const agreed = { state: pair('Accepted'), salesStage: pair('Qualify') };
    const one = { state: 'Accepted', salesStage: 'Qualify' } as const;
    const other = { state: 'Accepted', salesStage: 'Propose' } as const;
    const policy = { state: both };

    expect(merge({ baseline: agreed, opportunity: other, referral: one, policy })).toEqual({
      ...NOTHING,
      referralChanges: { salesStage: 'Propose' },
      baselineChanges: { state: pair('Accepted') },
      rules: { state: IN_CRM, salesStage: IN_CRM },
    });
    expect(merge({ baseline: agreed, opportunity: one, referral: other, policy })).toEqual({
      ...NOTHING,
      opportunityChanges: { state: 'Accepted', salesStage: 'Propose' },
      baselineChanges: { state: pair('Accepted') },
      rules: { state: THERE, salesStage: THERE },
    });
  });

  it('counts a move to no sales stage as a move, though it agrees with every stage', () => {
    const given: Given = {
      baseline: { state: pair('Accepted'), salesStage: pair('Qualify') },
      opportunity: { state: 'Accepted', salesStage: null },
      referral: { state: 'Accepted', salesStage: 'Qualify' },
      policy: { state: both },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      baselineChanges: { salesStage: pair(null, 'Qualify') },
      rules: { salesStage: 'same on both sides' },
    });
  });

  it('sends a sales stage that was chosen in the CRM where Partner Center holds none', () => {
    const given: Given = {
      baseline: { state: pair('Accepted'), salesStage: pair(null) },
      opportunity: { state: 'Accepted', salesStage: 'Qualify' },
      referral: { state: 'Accepted', salesStage: null },
      policy: { state: both },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      referralChanges: { salesStage: 'Qualify' },
      rules: { salesStage: IN_CRM },
    });
  });

  it('adopts a sales stage that the CRM held before, and one that nobody agreed on', () => {
    const given: Given = {
      baseline: { state: pair('Accepted'), salesStage: pair('Qualify', 'Qualify') },
      opportunity: { state: 'Accepted', salesStage: 'Qualify' },
      referral: { state: 'Accepted', salesStage: null },
      policy: { state: both },
    };
    const { salesStage: _held, ...without } = given.baseline ?? {};

    expect(merge(given)).toEqual({
      ...NOTHING,
      baselineChanges: { salesStage: pair('Qualify', null) },
      rules: { salesStage: 'same on both sides' },
    });
    expect(merge({ ...given, baseline: without })).toEqual({
      ...NOTHING,
      baselineChanges: { salesStage: pair('Qualify', null) },
      rules: { salesStage: 'equal, adopted' },
    });
  });

  it('agrees on a reason that one side does not give', () => {
    const given: Given = {
      opportunity: { state: 'Lost', reason: 'Price' },
      referral: { state: 'Lost', reason: null },
      policy: { state: both },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      baselineChanges: { state: pair('Lost'), reason: pair('Price', null) },
      rules: { state: 'equal, adopted', reason: 'equal, adopted' },
    });
    expect(
      merge({
        ...given,
        opportunity: { state: 'Lost', reason: null },
        referral: { state: 'Lost', reason: 'Price' },
      }),
    ).toMatchObject({
      conflicts: [],
      rules: { reason: 'equal, adopted' },
    });
  });

  it('names only those members in a conflict that differ', () => {
    const given: Given = {
      baseline: { amount: pair('1'), currency: pair('USD') },
      opportunity: amounts('2'),
      referral: amounts('3'),
      policy: { amount: both },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      conflicts: [{ field: 'amount', baseline: '1', opportunity: '2', referral: '3', applied: null }],
      rules: { amount: WAITING, currency: WAITING },
    });
  });
});

describe('visibility', () => {
  const policy = { visibleToMicrosoft: both };

  it('that was switched off stays, with a word', () => {
    const given: Given = {
      baseline: { visibleToMicrosoft: pair(true) },
      opportunity: { visibleToMicrosoft: false },
      referral: { visibleToMicrosoft: true },
      policy,
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      baselineChanges: { visibleToMicrosoft: pair(false, true) },
      notices: [
        {
          field: 'visibleToMicrosoft',
          code: 'one-way',
          text: 'was switched off, but Microsoft never takes it back: what is shared stays shared',
        },
      ],
    });
  });

  it('that the CRM would win back is a conflict nobody wins', () => {
    const given: Given = {
      opportunity: { visibleToMicrosoft: false },
      referral: { visibleToMicrosoft: true },
      policy: { visibleToMicrosoft: { sync: 'toPartnerCenter', conflict: 'crm' } },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      conflicts: [
        {
          field: 'visibleToMicrosoft',
          baseline: undefined,
          opportunity: false,
          referral: true,
          applied: null,
        },
      ],
      rules: { visibleToMicrosoft: WAITING },
    });
  });
});
