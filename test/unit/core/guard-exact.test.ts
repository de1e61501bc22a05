/** Which action counts as what, and what a held-back action holds back with it. */
import { describe, expect, it } from 'vitest';
import { approvalKindsOf, type GuardInput, guard, isClose, isWrite } from '../../../src/core/guard.ts';
import type { Action, ActionType, PlannedChange } from '../../../src/core/plan.ts';
import { OPPORTUNITY, OTHER_REFERRAL, REFERRAL } from '../../support/builders.ts';

/** Guards read of an action what all have in common. */
function action(type: ActionType, rest: Partial<Omit<Action, 'type'>> = {}): Action {
  return {
    type,
    opportunityId: OPPORTUNITY,
    referralId: REFERRAL,
    irreversible: [],
    changes: [],
    reason: '',
    order: '2026-11-20T00:00:00Z',
    ...rest,
  } as Action;
}

const judge = (actions: readonly Action[], rest: Partial<GuardInput> = {}) =>
  guard({
    actions,
    maxWrites: 500,
    maxCloses: 20,
    approvals: [],
    approved: new Set(),
    digestOf: ({ type, referralId }) => `${type} ${referralId}`,
    ...rest,
  });
const state: PlannedChange = { field: 'state', from: 'Accepted', to: 'Won' };

describe('what an action counts as', () => {
  it.each<
    readonly [
      ActionType,
      { readonly kinds: readonly string[]; readonly close: boolean; readonly write: boolean },
    ]
  >([
    ['create-referral', { kinds: ['create'], close: false, write: true }],
    ['update-referral', { kinds: [], close: false, write: true }],
    ['accept-referral', { kinds: ['accept'], close: false, write: true }],
    ['decline-referral', { kinds: ['decline'], close: true, write: true }],
    ['close-referral', { kinds: ['close'], close: true, write: true }],
    ['register-deal', { kinds: ['register'], close: false, write: true }],
    ['invite-microsoft', { kinds: [], close: false, write: true }],
    ['create-opportunity', { kinds: [], close: false, write: true }],
    ['update-opportunity', { kinds: [], close: false, write: true }],
    ['link', { kinds: [], close: false, write: false }],
    ['unlink', { kinds: ['unlink'], close: true, write: false }],
  ])('%s', (type, { kinds, close, write }) => {
    const given = action(type);

    expect([approvalKindsOf(given), isClose(given), isWrite(given)]).toEqual([kinds, close, write]);
  });

  it.each([
    ['invite', ['invite']],
    ['make-visible', ['share']],
    ['share-contact', ['share']],
    ['win', []],
  ] as const)('one that cannot be undone: %s', (mark, kinds) => {
    expect(approvalKindsOf(action('update-referral', { irreversible: [mark] }))).toEqual(kinds);
  });
});

describe('the guards', () => {
  it('keep the order of the edits', () => {
    const [late, early] = [
      action('update-referral', { order: '2' }),
      action('accept-referral', { order: '1' }),
    ];

    expect(judge([late, early])).toEqual({ allowed: [early, late], halted: [], waiting: [], capped: [] });
    expect(judge([early, late]).allowed).toEqual([early, late]);
  });

  it('leave actions of one moment as they are given', () => {
    const [accept, close] = [action('accept-referral'), action('close-referral')];

    expect(judge([accept, close]).allowed).toEqual([accept, close]);
    expect(judge([close, accept]).allowed).toEqual([close, accept]);
  });

  it('hold back the state of the opportunity whose close waits, and nothing else of it', () => {
    const close = action('close-referral');
    const stage = action('update-opportunity', { changes: [state] });
    const notes = action('update-opportunity', { changes: [{ field: 'notes', from: 'a', to: 'b' }] });
    const other = action('update-opportunity', { changes: [state], referralId: OTHER_REFERRAL });
    const nobody = action('update-opportunity', { changes: [state], referralId: null });

    expect(judge([close, stage, notes, other, nobody], { approvals: ['close'] })).toEqual({
      allowed: [notes, other, nobody],
      halted: [],
      waiting: [close],
      capped: [],
    });
  });

  it('hold it back where the close was halted, too', () => {
    const close = action('close-referral');
    const stage = action('update-opportunity', { changes: [{ field: 'notes', from: 'a', to: 'b' }, state] });

    expect(judge([close, stage], { maxCloses: 0 })).toEqual({
      allowed: [],
      halted: [close],
      waiting: [],
      capped: [],
    });
  });

  it('hold back what follows an acceptance that waits: only an accepted deal is closed or edited', () => {
    const accept = action('accept-referral');
    const close = action('close-referral');
    const update = action('update-referral');
    const notes = action('update-opportunity', { changes: [{ field: 'notes', from: 'a', to: 'b' }] });
    const other = action('close-referral', { referralId: OTHER_REFERRAL });

    expect(judge([accept, close, update, notes, other], { approvals: ['accept'], maxCloses: 1 })).toEqual({
      allowed: [notes, other],
      halted: [],
      waiting: [accept],
      capped: [],
    });
    expect(
      judge([accept, close], {
        approvals: ['accept', 'close'],
        approved: new Set([`close-referral ${REFERRAL}`]),
      }),
    ).toEqual({ allowed: [], halted: [], waiting: [accept], capped: [] });
    expect(
      judge([accept, close], { approvals: ['accept'], approved: new Set([`accept-referral ${REFERRAL}`]) }),
    ).toEqual({ allowed: [accept, close], halted: [], waiting: [], capped: [] });
  });

  it('let other writes of a pair go on whose close waits', () => {
    const close = action('close-referral');
    const update = action('update-referral', { changes: [state] });

    expect(judge([close, update], { approvals: ['close'] }).allowed).toEqual([update]);
  });

  it('block nobody by an action that belongs to no referral', () => {
    const create = action('create-referral', { referralId: null });
    const stage = action('update-opportunity', { changes: [state], referralId: null });

    expect(judge([create, stage], { approvals: ['create'] }).allowed).toEqual([stage]);
  });

  it('do not count a close that waits for approval against the limit on closes', () => {
    const close = action('close-referral');
    const unlink = action('unlink', { referralId: OTHER_REFERRAL });

    expect(judge([close, unlink], { approvals: ['close'], maxCloses: 1 })).toMatchObject({
      allowed: [unlink],
      waiting: [close],
    });
  });

  it('cap writes only, and let links pass', () => {
    const [first, second] = [
      action('update-referral', { order: '1' }),
      action('update-referral', { order: '2' }),
    ];
    const [link, unlink] = [action('link', { order: '0' }), action('unlink', { order: '3' })];

    expect(judge([first, second, link, unlink], { maxWrites: 1 })).toEqual({
      allowed: [link, first, unlink],
      halted: [],
      waiting: [],
      capped: [second],
    });
  });
});
