/** Whole answers of the merge for a single field, with the rule it names and the words it uses. */
import { describe, expect, it } from 'vitest';
import type { Reconciliation } from '../../../src/core/reconciliation.ts';
import {
  both,
  type Given,
  IN_CRM,
  merge,
  NOTHING,
  pair,
  THERE,
  toCrm,
  toPartnerCenter,
  WAITING,
} from '../../support/merge-answers.ts';

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
      'is withheld and was never agreed on waits although the CRM holds nothing',
      {
        opportunity: { notes: null },
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
