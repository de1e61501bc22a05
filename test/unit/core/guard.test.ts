import { describe, expect, it } from 'vitest';
import { type GuardInput, guard } from '../../../src/core/guard.ts';
import type { Action } from '../../../src/core/plan.ts';
import { opportunityId, referralId } from '../../support/builders.ts';

const opportunityOf = (n: number) => opportunityId(`0065500000KQ${String(n).padStart(3, '0')}`);
const referralOf = (n: number) => referralId(`11111111-0000-4000-8000-${String(n).padStart(12, '0')}`);

function action(
  type: 'update-referral' | 'close-referral' | 'decline-referral',
  n: number,
  irreversible: Action['irreversible'] = [],
): Action {
  return {
    type,
    opportunityId: opportunityOf(n),
    referralId: referralOf(n),
    write: { deal: {} },
    irreversible,
    changes: [],
    reason: '',
    order: `2026-11-20T00:00:${String(n).padStart(2, '0')}Z`,
  };
}

const digestOf = (entry: Action): string => `${entry.type} ${entry.referralId ?? ''}`;
const judge = (actions: readonly Action[], rest: Partial<GuardInput> = {}) =>
  guard({ actions, maxWrites: 500, maxCloses: 2, approvals: [], approved: new Set(), digestOf, ...rest });

describe('the limit on closes', () => {
  it('lets as many deals be closed as it says', () => {
    const result = judge([action('close-referral', 1), action('close-referral', 2)]);

    expect(result.allowed).toHaveLength(2);
    expect(result.halted).toEqual([]);
  });

  it('stops all of them when more are wanted, and does the rest', () => {
    const result = judge([
      action('close-referral', 1),
      action('decline-referral', 2),
      action('close-referral', 3),
      action('update-referral', 4),
    ]);

    expect(result.halted).toHaveLength(3);
    expect(result.allowed.map(({ type }) => type)).toEqual(['update-referral']);
  });

  it('lets approved ones through whatever their number', () => {
    const closes = [1, 2, 3].map((n) => action('close-referral', n));
    const result = judge(closes, { approved: new Set(closes.map(digestOf)) });

    expect(result.halted).toEqual([]);
    expect(result.allowed).toHaveLength(3);
  });

  it('does not count approved ones against the others', () => {
    const closes = [1, 2, 3].map((n) => action('close-referral', n));
    const result = judge([...closes, action('close-referral', 4), action('close-referral', 5)], {
      approved: new Set(closes.map(digestOf)),
    });

    expect(result.allowed).toHaveLength(5);
  });
});

describe('the limit on writes', () => {
  it('does the oldest first and leaves the rest for the next run', () => {
    const result = judge(
      [action('update-referral', 3), action('update-referral', 1), action('update-referral', 2)],
      { maxWrites: 2 },
    );

    expect(result.allowed.map(({ order }) => order)).toEqual([
      '2026-11-20T00:00:01Z',
      '2026-11-20T00:00:02Z',
    ]);
    expect(result.capped).toHaveLength(1);
  });

  it('leaves those for the end that are to come last, in their order', () => {
    const [first, second, third] = [1, 2, 3].map((n) => action('update-referral', n));
    if (first === undefined || second === undefined || third === undefined) throw new TypeError();

    const last = new Set([second, first]);

    expect(judge([second, third, first], { last }).allowed).toEqual([third, first, second]);
    expect(judge([second, third, first], { last, maxWrites: 2 }).capped).toEqual([second]);
  });
});

describe('approval', () => {
  it('holds back the kinds of action that wait for a person', () => {
    const result = judge([action('close-referral', 1), action('update-referral', 2)], {
      approvals: ['close'],
    });

    expect(result.waiting.map(({ type }) => type)).toEqual(['close-referral']);
    expect(result.allowed.map(({ type }) => type)).toEqual(['update-referral']);
  });

  it('covers any action that shares something with Microsoft', () => {
    const result = judge([action('update-referral', 1, ['make-visible'])], { approvals: ['share'] });

    expect(result.waiting).toHaveLength(1);
  });

  it('lets the very action through that was approved', () => {
    const close = action('close-referral', 1);
    const result = judge([close], { approvals: ['close'], approved: new Set([digestOf(close)]) });

    expect(result.allowed).toEqual([close]);
  });
});
