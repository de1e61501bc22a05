/** Whole answers of the merge where an easier rule would almost do. */
import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import type { Reconciliation } from '../../../src/core/reconciliation.ts';
import {
  both,
  type Given,
  IN_CRM,
  KIM,
  LEE,
  merge,
  NOTHING,
  pair,
  THERE,
  toCrm,
  WAITING,
} from '../../support/merge-answers.ts';

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
