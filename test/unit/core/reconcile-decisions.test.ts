/** Whole answers of the merge where Partner Center wins, by the mapping or by a person. */
import { describe, expect, it } from 'vitest';
import type { Reconciliation } from '../../../src/core/reconciliation.ts';
import { both, type Given, KIM, LEE, merge, NOTHING, pair } from '../../support/merge-answers.ts';

describe('Partner Center', () => {
  const BY_A_PERSON = 'changed on both sides, a person chose Partner Center';

  it.each<readonly [string, Given, Partial<Reconciliation>]>([
    [
      'is followed by a decision although the deal takes no edit any more',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'c' },
        policy: { notes: both },
        frozen: { notes: 'is closed' },
        decisions: { notes: 'partnerCenter' },
      },
      { opportunityChanges: { notes: 'c' }, rules: { notes: BY_A_PERSON } },
    ],
    [
      'wins by the mapping although the deal takes no edit any more',
      {
        baseline: { notes: pair('a') },
        opportunity: { notes: 'b' },
        referral: { notes: 'c' },
        policy: { notes: { sync: 'both', conflict: 'partnerCenter' } },
        frozen: { notes: 'is closed' },
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
      'switches visibility on in a CRM that never said so',
      {
        opportunity: { visibleToMicrosoft: false },
        referral: { visibleToMicrosoft: true },
        policy: { visibleToMicrosoft: { sync: 'toPartnerCenter', conflict: 'ask' } },
        decisions: { visibleToMicrosoft: 'partnerCenter' },
      },
      { opportunityChanges: { visibleToMicrosoft: true }, rules: { visibleToMicrosoft: BY_A_PERSON } },
    ],
    [
      'keeps its list of people when a person says so',
      {
        baseline: { team: pair([KIM]) },
        opportunity: { team: [{ ...KIM, lastName: 'Mine' }] },
        referral: { team: [{ ...KIM, lastName: 'Theirs' }, LEE] },
        policy: { team: { sync: 'toPartnerCenter', conflict: 'crm' } },
        decisions: { team: 'partnerCenter' },
      },
      {
        baselineChanges: {
          team: pair([{ ...KIM, lastName: 'Mine' }], [{ ...KIM, lastName: 'Theirs' }, LEE]),
        },
        conflicts: [
          {
            field: 'team',
            baseline: [KIM],
            opportunity: [{ ...KIM, lastName: 'Mine' }],
            referral: [{ ...KIM, lastName: 'Theirs' }, LEE],
            applied: 'partnerCenter',
          },
        ],
        rules: { team: 'same on both sides' },
      },
    ],
  ])('%s', (_name, given, expected) => {
    expect(merge(given)).toEqual({ ...NOTHING, ...expected });
  });
});
