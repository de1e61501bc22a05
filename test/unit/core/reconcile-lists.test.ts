/** Whole answers of the merge for lists. */
import { describe, expect, it } from 'vitest';
import type { Reconciliation } from '../../../src/core/reconciliation.ts';
import { both, type Given, KIM, LEE, merge, NOTHING, pair, WAITING } from '../../support/merge-answers.ts';

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
