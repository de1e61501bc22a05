/** Whole answers of the merge, with the rule it names and the words it uses: what is not asked for must not be there. */
import { describe, expect, it } from 'vitest';
import type { Deal, FieldName, FieldValue } from '../../../src/core/deal.ts';
import {
  type FieldPolicy,
  type ReconcileInput,
  type Reconciliation,
  reconcile,
} from '../../../src/core/reconcile.ts';

const NOTHING: Reconciliation = {
  referralChanges: {},
  opportunityChanges: {},
  baselineChanges: {},
  conflicts: [],
  notices: [],
  rules: {},
};
const pair = (opportunity: FieldValue, referral: FieldValue = opportunity) => ({ opportunity, referral });
const both: FieldPolicy = { sync: 'both', conflict: 'ask' };
const toPartnerCenter: FieldPolicy = { sync: 'toPartnerCenter', conflict: 'ask' };
const toCrm: FieldPolicy = { sync: 'toCrm', conflict: 'ask' };

type Given = Partial<Omit<ReconcileInput, 'policy' | 'frozen' | 'withheld' | 'undecided'>> & {
  readonly policy: Partial<Record<FieldName, FieldPolicy>>;
  readonly frozen?: Partial<Record<FieldName, string>>;
  readonly withheld?: readonly FieldName[];
  readonly undecided?: readonly FieldName[];
};

function merge({ policy, frozen = {}, withheld = [], undecided = [], ...rest }: Given): Reconciliation {
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

const WAITING = 'changed on both sides, waiting for a decision';
const IN_CRM = 'changed in the CRM only';
const THERE = 'changed in Partner Center only';
const KIM = { firstName: 'Kim', lastName: 'Seller', email: 'kim@partner.example', phone: '+14155550123' };
const LEE = { firstName: 'Lee', lastName: 'Member', email: 'lee@partner.example', phone: '+14155550124' };

describe('a field that', () => {
  it.each<readonly [string, Given, Partial<Reconciliation>]>([
    [
      'is unknown on one side decides nothing',
      { baseline: { notes: pair('a') }, opportunity: { notes: 'b' }, policy: { notes: both } },
      {},
    ],
    [
      'is unknown on the other side decides nothing',
      { baseline: { notes: pair('a') }, referral: { notes: 'b' }, policy: { notes: both } },
      {},
    ],
    [
      'was never agreed on and is equal is adopted',
      { opportunity: { notes: 'a' }, referral: { notes: 'a' }, policy: { notes: both } },
      { baselineChanges: { notes: pair('a') }, rules: { notes: 'equal, adopted' } },
    ],
    [
      'both sides changed alike moves the baseline',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'b' },
        policy: { notes: both },
      },
      { baselineChanges: { notes: pair('b') }, rules: { notes: 'same on both sides' } },
    ],
    [
      'is as it was agreed on says nothing',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'a' },
        referral: { notes: 'a' },
        policy: { notes: both },
      },
      {},
    ],
    [
      'each side holds in its own way says nothing',
      {
        baseline: { notes: pair('a', 'A, shortened') },
        opportunity: { notes: 'a' },
        referral: { notes: 'A, shortened' },
        policy: { notes: both },
      },
      {},
    ],
    [
      'the CRM changed goes to Partner Center',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'a' },
        policy: { notes: both },
      },
      { referralChanges: { notes: 'b' }, rules: { notes: IN_CRM } },
    ],
    [
      'Partner Center changed goes to the CRM',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'a' },
        referral: { notes: 'b' },
        policy: { notes: both },
      },
      { opportunityChanges: { notes: 'b' }, rules: { notes: THERE } },
    ],
    [
      'is withheld and edited in the CRM waits',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'a' },
        policy: { notes: both },
        withheld: ['notes'],
      },
      {},
    ],
    [
      'is withheld and was never agreed on waits',
      {
        opportunity: { notes: 'b' },
        referral: { notes: 'a' },
        policy: { notes: both },
        withheld: ['notes'],
      },
      {},
    ],
    [
      'is withheld and edited in Partner Center alone goes to the CRM',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'a' },
        referral: { notes: 'b' },
        policy: { notes: both },
        withheld: ['notes'],
      },
      { opportunityChanges: { notes: 'b' }, rules: { notes: THERE } },
    ],
    [
      'is withheld but equal is adopted',
      {
        opportunity: { notes: 'a' },
        referral: { notes: 'a' },
        policy: { notes: both },
        withheld: ['notes'],
      },
      { baselineChanges: { notes: pair('a') }, rules: { notes: 'equal, adopted' } },
    ],
    [
      'is frozen and edited in the CRM is told',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'a' },
        policy: { notes: both },
        frozen: { notes: 'is closed' },
      },
      { notices: [{ field: 'notes', code: 'frozen', text: 'is closed' }] },
    ],
    [
      'is frozen and edited in Partner Center still goes to the CRM',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'a' },
        referral: { notes: 'b' },
        policy: { notes: both },
        frozen: { notes: 'is closed' },
      },
      { opportunityChanges: { notes: 'b' }, rules: { notes: THERE } },
    ],
    [
      'only travels to Partner Center and was edited there is left alone, with a word',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'a' },
        referral: { notes: 'b' },
        policy: { notes: toPartnerCenter },
      },
      {
        baselineChanges: { notes: pair('a', 'b') },
        notices: [
          {
            field: 'notes',
            code: 'one-way',
            text: 'was changed in Partner Center, but the mapping only carries it the other way',
          },
        ],
        rules: { notes: 'one-way field changed at its target, left alone' },
      },
    ],
    [
      'only travels to the CRM and was edited there is left alone, with a word',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'a' },
        policy: { notes: toCrm },
      },
      {
        baselineChanges: { notes: pair('b', 'a') },
        notices: [
          {
            field: 'notes',
            code: 'one-way',
            text: 'was changed in the CRM, but the mapping only carries it the other way',
          },
        ],
        rules: { notes: 'one-way field changed at its target, left alone' },
      },
    ],
    [
      'was never agreed on and is empty in Partner Center is filled there',
      { opportunity: { notes: 'a' }, referral: { notes: null }, policy: { notes: both } },
      { referralChanges: { notes: 'a' }, rules: { notes: 'empty in Partner Center, filled' } },
    ],
    [
      'was never agreed on and is empty in the CRM is filled there',
      { opportunity: { notes: null }, referral: { notes: 'a' }, policy: { notes: both } },
      { opportunityChanges: { notes: 'a' }, rules: { notes: 'empty in the CRM, filled' } },
    ],
    [
      'only travels to the CRM is not filled in Partner Center but decided for it',
      { opportunity: { notes: 'a' }, referral: { notes: null }, policy: { notes: toCrm } },
      {
        opportunityChanges: { notes: null },
        conflicts: [
          { field: 'notes', baseline: undefined, opportunity: 'a', referral: null, applied: 'partnerCenter' },
        ],
        rules: { notes: 'changed on both sides, the mapping chose Partner Center' },
      },
    ],
    [
      'only travels to Partner Center is not filled in the CRM but asked about',
      { opportunity: { notes: null }, referral: { notes: 'a' }, policy: { notes: toPartnerCenter } },
      {
        conflicts: [{ field: 'notes', baseline: undefined, opportunity: null, referral: 'a', applied: null }],
        rules: { notes: WAITING },
      },
    ],
    [
      'only travels to Partner Center and was changed on both sides follows the CRM',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'c' },
        policy: { notes: toPartnerCenter },
      },
      {
        referralChanges: { notes: 'b' },
        conflicts: [{ field: 'notes', baseline: 'a', opportunity: 'b', referral: 'c', applied: 'crm' }],
        rules: { notes: 'changed on both sides, the mapping chose the CRM' },
      },
    ],
    [
      'a person decided for the CRM goes out without another conflict',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'c' },
        policy: { notes: both },
        decisions: { notes: 'crm' },
      },
      {
        referralChanges: { notes: 'b' },
        rules: { notes: 'changed on both sides, a person chose the CRM' },
      },
    ],
    [
      'a person decided for the CRM although it is frozen stays a conflict',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'c' },
        policy: { notes: both },
        frozen: { notes: 'is closed' },
        decisions: { notes: 'crm' },
      },
      {
        conflicts: [{ field: 'notes', baseline: 'a', opportunity: 'b', referral: 'c', applied: null }],
        rules: { notes: WAITING },
      },
    ],
  ])('%s', (_name, given, expected) => {
    expect(merge(given)).toEqual({ ...NOTHING, ...expected });
  });
});

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

describe('a list', () => {
  const policy = { team: both };
  const MAX = { ...LEE, firstName: 'Max', email: 'max@partner.example' };

  it.each<readonly [string, Given, Partial<Reconciliation>]>([
    [
      'that grew in Partner Center is remembered and not sent back',
      {
        baseline: { team: pair([KIM]) },
        opportunity: { team: [KIM] },
        referral: { team: [KIM, LEE] },
        policy,
      },
      {
        baselineChanges: { team: pair([KIM], [KIM, LEE]) },
        rules: { team: 'changed in Partner Center, where others may add entries' },
      },
    ],
    [
      'that differs as it did when it was agreed on says nothing',
      {
        baseline: { team: pair([KIM], [KIM, LEE]) },
        opportunity: { team: [KIM] },
        referral: { team: [KIM, LEE] },
        policy,
      },
      {},
    ],
    [
      'that grew in the CRM is sent with what others added',
      {
        baseline: { team: pair([KIM]) },
        opportunity: { team: [KIM, MAX] },
        referral: { team: [KIM, LEE] },
        policy,
      },
      {
        referralChanges: { team: [KIM, LEE, MAX] },
        rules: { team: 'list merged: as last read plus the changes of the CRM' },
      },
    ],
    [
      'that is frozen is told',
      {
        baseline: { team: pair([KIM]) },
        opportunity: { team: [KIM, MAX] },
        referral: { team: [KIM] },
        policy,
        frozen: { team: 'is closed' },
      },
      { notices: [{ field: 'team', code: 'frozen', text: 'is closed' }] },
    ],
    [
      'that the CRM changed to what Partner Center holds besides moves the baseline',
      {
        baseline: { team: pair([KIM], [KIM, LEE]) },
        opportunity: { team: [] },
        referral: { team: [LEE] },
        policy,
      },
      { baselineChanges: { team: pair([], [LEE]) }, rules: { team: 'same on both sides' } },
    ],
    [
      'whose last entry the CRM took away stays until another is named',
      { baseline: { team: pair([KIM]) }, opportunity: { team: [] }, referral: { team: [KIM] }, policy },
      {
        notices: [
          {
            field: 'team',
            code: 'last-entry',
            text: 'the last entry was removed in the CRM; Partner Center needs at least one, so it stays until another is named',
          },
        ],
      },
    ],
    [
      'whose entry the CRM took away while Partner Center edited it keeps it',
      {
        baseline: { team: pair([KIM, LEE]) },
        opportunity: { team: [KIM] },
        referral: { team: [KIM, { ...LEE, lastName: 'Married' }] },
        policy,
      },
      {
        baselineChanges: { team: pair([KIM], [KIM, { ...LEE, lastName: 'Married' }]) },
        notices: [
          {
            field: 'team',
            code: 'edit-beats-removal',
            text: 'an entry was removed in the CRM but edited in Partner Center; it stays',
          },
        ],
        rules: { team: 'same on both sides' },
      },
    ],
  ])('%s', (_name, given, expected) => {
    expect(merge(given)).toEqual({ ...NOTHING, ...expected });
  });

  it.each([
    ['ask', null],
    ['crm', 'crm'],
    ['partnerCenter', 'partnerCenter'],
  ] as const)('whose entry both sides edited follows %s', (conflict, applied) => {
    const [mine, theirs] = [
      { ...KIM, lastName: 'Mine' },
      { ...KIM, lastName: 'Theirs' },
    ];
    const given: Given = {
      baseline: { team: pair([KIM]) },
      opportunity: { team: [mine] },
      referral: { team: [theirs] },
      policy: { team: { sync: 'both', conflict } },
    };

    expect(merge(given)).toEqual({
      ...NOTHING,
      conflicts: [{ field: 'team', baseline: [KIM], opportunity: [mine], referral: [theirs], applied }],
      ...(applied === null
        ? { rules: { team: WAITING } }
        : applied === 'crm'
          ? {
              referralChanges: { team: [mine] },
              rules: { team: 'list merged: as last read plus the changes of the CRM' },
            }
          : { baselineChanges: { team: pair([mine], [theirs]) }, rules: { team: 'same on both sides' } }),
    });
  });
});

describe('corners', () => {
  const A = { id: 'SOL-1', name: 'One' };
  const B = { id: 'SOL-2', name: 'Two' };
  const C = { id: 'SOL-3', name: 'Three' };

  it.each<readonly [string, Given, Partial<Reconciliation>]>([
    [
      'a value written in another way is no edit',
      {
        baseline: { notes: pair('a & b') },
        opportunity: { notes: 'a &amp; b' },
        referral: { notes: 'c' },
        policy: { notes: both },
      },
      { opportunityChanges: { notes: 'c' }, rules: { notes: THERE } },
    ],
    [
      'a sales stage taken away counts as an edit of its group',
      {
        baseline: { state: pair('Accepted'), salesStage: pair('Qualify') },
        opportunity: { state: 'Accepted', salesStage: null },
        referral: { state: 'Won', salesStage: 'Qualify' },
        policy: { state: both },
      },
      {
        conflicts: [
          { field: 'state', baseline: 'Accepted', opportunity: 'Accepted', referral: 'Won', applied: null },
        ],
        rules: { state: WAITING, salesStage: WAITING },
      },
    ],
    [
      'an unknown value is an empty one',
      {
        opportunity: { notes: undefined } as unknown as Deal,
        referral: { notes: 'a' },
        policy: { notes: both },
      },
      { opportunityChanges: { notes: 'a' }, rules: { notes: 'empty in the CRM, filled' } },
    ],
    [
      'an empty list is filled',
      { opportunity: { team: [KIM] }, referral: { team: [] }, policy: { team: both } },
      { referralChanges: { team: [KIM] }, rules: { team: 'empty in Partner Center, filled' } },
    ],
    [
      'two lists that nobody agreed on are asked about',
      { opportunity: { team: [KIM] }, referral: { team: [LEE] }, policy: { team: both } },
      {
        conflicts: [
          { field: 'team', baseline: undefined, opportunity: [KIM], referral: [LEE], applied: null },
        ],
        rules: { team: WAITING },
      },
    ],
    [
      'solutions merge by id',
      {
        baseline: { solutions: pair([A]) },
        opportunity: { solutions: [A, B] },
        referral: { solutions: [A, C] },
        policy: { solutions: both },
      },
      {
        referralChanges: { solutions: [A, C, B] },
        rules: { solutions: 'list merged: as last read plus the changes of the CRM' },
      },
    ],
    [
      'a withheld group waits when one of its members was edited',
      {
        baseline: { amount: pair('1'), currency: pair('USD') },
        opportunity: { amount: '2', currency: 'USD' },
        referral: { amount: '1', currency: 'USD' },
        policy: { amount: both },
        withheld: ['amount'],
      },
      {},
    ],
    [
      'a withheld group waits when one of its members was never agreed on',
      {
        baseline: { amount: pair('1') },
        opportunity: { amount: '1', currency: 'USD' },
        referral: { amount: '2', currency: 'USD' },
        policy: { amount: both },
        withheld: ['amount'],
      },
      {},
    ],
    [
      'a state travels with the sales stage that Partner Center lacks',
      {
        baseline: { state: pair('Accepted'), salesStage: pair(null) },
        opportunity: { state: 'Won', salesStage: 'Close' },
        referral: { state: 'Accepted', salesStage: null },
        policy: { state: both },
      },
      {
        referralChanges: { state: 'Won', salesStage: 'Close' },
        rules: { state: IN_CRM, salesStage: IN_CRM },
      },
    ],
    [
      'a state travels without a sales stage that the CRM does not hold',
      {
        baseline: { state: pair('Accepted'), salesStage: pair(null, 'Qualify') },
        opportunity: { state: 'Won', salesStage: null },
        referral: { state: 'Accepted', salesStage: 'Qualify' },
        policy: { state: both },
      },
      {
        referralChanges: { state: 'Won' },
        baselineChanges: { salesStage: pair(null, 'Qualify') },
        rules: { state: IN_CRM, salesStage: IN_CRM },
      },
    ],
    [
      'a state travels without the sales stage that both hold',
      {
        baseline: { state: pair('Accepted'), salesStage: pair('Close') },
        opportunity: { state: 'Won', salesStage: 'Close' },
        referral: { state: 'Accepted', salesStage: 'Close' },
        policy: { state: both },
      },
      {
        referralChanges: { state: 'Won' },
        baselineChanges: { salesStage: pair('Close') },
        rules: { state: IN_CRM, salesStage: IN_CRM },
      },
    ],
    [
      'two reasons for one end are asked about',
      {
        opportunity: { state: 'Lost', reason: 'Price' },
        referral: { state: 'Lost', reason: 'Time' },
        policy: { state: both },
      },
      {
        conflicts: [
          { field: 'reason', baseline: undefined, opportunity: 'Price', referral: 'Time', applied: null },
        ],
        rules: { state: WAITING, reason: WAITING },
      },
    ],
    [
      'another reason in the CRM for an end without one in Partner Center is remembered',
      {
        baseline: { state: pair('Lost'), reason: pair('Time', null) },
        opportunity: { state: 'Lost', reason: 'Price' },
        referral: { state: 'Lost', reason: null },
        policy: { state: both },
      },
      { baselineChanges: { reason: pair('Price', null) }, rules: { reason: 'same on both sides' } },
    ],
    [
      'what only Microsoft sets fills the CRM',
      {
        opportunity: { microsoftCrmId: null },
        referral: { microsoftCrmId: 'MSX-1' },
        policy: { microsoftCrmId: toCrm },
      },
      {
        opportunityChanges: { microsoftCrmId: 'MSX-1' },
        rules: { microsoftCrmId: 'empty in the CRM, filled' },
      },
    ],
    [
      'what only Microsoft sets and differs follows Partner Center',
      {
        opportunity: { microsoftCrmId: 'typed' },
        referral: { microsoftCrmId: 'MSX-1' },
        policy: { microsoftCrmId: toCrm },
      },
      {
        opportunityChanges: { microsoftCrmId: 'MSX-1' },
        conflicts: [
          {
            field: 'microsoftCrmId',
            baseline: undefined,
            opportunity: 'typed',
            referral: 'MSX-1',
            applied: 'partnerCenter',
          },
        ],
        rules: { microsoftCrmId: 'changed on both sides, the mapping chose Partner Center' },
      },
    ],
    [
      'people are no notice where their field only travels the other way',
      {
        baseline: { microsoftTeam: pair('a') },
        opportunity: { microsoftTeam: 'b' },
        referral: { microsoftTeam: 'a' },
        policy: { microsoftTeam: toCrm },
      },
      {
        baselineChanges: { microsoftTeam: pair('b', 'a') },
        rules: { microsoftTeam: 'one-way field changed at its target, left alone' },
      },
    ],
    [
      'a field that goes to Partner Center and was never agreed on follows its mapping',
      {
        opportunity: { notes: 'a' },
        referral: { notes: 'b' },
        policy: { notes: { sync: 'toPartnerCenter', conflict: 'partnerCenter' } },
      },
      {
        opportunityChanges: { notes: 'b' },
        conflicts: [
          { field: 'notes', baseline: undefined, opportunity: 'a', referral: 'b', applied: 'partnerCenter' },
        ],
        rules: { notes: 'changed on both sides, the mapping chose Partner Center' },
      },
    ],
    [
      'a field that goes to the CRM and was changed on both sides follows Partner Center, whatever its mapping says',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'c' },
        policy: { notes: { sync: 'toCrm', conflict: 'crm' } },
      },
      {
        opportunityChanges: { notes: 'c' },
        conflicts: [
          { field: 'notes', baseline: 'a', opportunity: 'b', referral: 'c', applied: 'partnerCenter' },
        ],
        rules: { notes: 'changed on both sides, the mapping chose Partner Center' },
      },
    ],
    [
      'a field that travels both ways and was never agreed on follows its mapping',
      {
        opportunity: { notes: 'a' },
        referral: { notes: 'b' },
        policy: { notes: { sync: 'both', conflict: 'partnerCenter' } },
      },
      {
        opportunityChanges: { notes: 'b' },
        conflicts: [
          { field: 'notes', baseline: undefined, opportunity: 'a', referral: 'b', applied: 'partnerCenter' },
        ],
        rules: { notes: 'changed on both sides, the mapping chose Partner Center' },
      },
    ],
  ])('%s', (_name, given, expected) => {
    expect(merge(given)).toEqual({ ...NOTHING, ...expected });
  });
});
