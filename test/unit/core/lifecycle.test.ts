import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEAL_STATES, type DealState } from '../../../src/core/deal.ts';
import {
  findTransition,
  hasEnded,
  isIrreversible,
  isLegal,
  isOpen,
  isReachable,
  isSendable,
  isTerminal,
  nextStates,
  pathBetween,
  TERMINAL_STATES,
} from '../../../src/core/lifecycle.ts';

const states = fc.constantFrom<DealState>(...DEAL_STATES);

describe('the life of a deal', () => {
  it('ends in five states', () => {
    expect(TERMINAL_STATES).toEqual(['Won', 'Lost', 'Declined', 'Expired', 'Error']);
    expect(isTerminal('Received')).toBe(false);
    expect(isTerminal('Accepted')).toBe(false);
  });

  it.each<[DealState, readonly DealState[]]>([
    ['Received', ['Accepted', 'Declined', 'Expired']],
    ['Accepted', ['Won', 'Lost', 'Error']],
    ['Won', []],
    ['Lost', []],
    ['Declined', []],
    ['Expired', []],
    ['Error', []],
  ])('goes on from %s to %j', (state, next) => {
    expect(nextStates(state)).toEqual(next);
  });

  it.each<[DealState, DealState, readonly DealState[] | null]>([
    ['Received', 'Received', []],
    ['Received', 'Accepted', ['Accepted']],
    ['Received', 'Declined', ['Declined']],
    ['Received', 'Won', ['Accepted', 'Won']],
    ['Received', 'Lost', ['Accepted', 'Lost']],
    ['Received', 'Error', ['Accepted', 'Error']],
    ['Received', 'Expired', null],
    ['Accepted', 'Won', ['Won']],
    ['Accepted', 'Lost', ['Lost']],
    ['Accepted', 'Error', ['Error']],
    ['Accepted', 'Declined', null],
    ['Accepted', 'Expired', null],
    ['Accepted', 'Received', null],
    ['Won', 'Won', []],
    ['Won', 'Lost', null],
    ['Won', 'Accepted', null],
    ['Expired', 'Accepted', null],
  ])('is brought from %s to %s by sending %j', (from, to, path) => {
    expect(pathBetween(from, to)).toEqual(path);
  });

  it.each<[DealState | null | undefined, 'open' | 'over' | 'unknown']>([
    ['Received', 'open'],
    ['Accepted', 'open'],
    ['Won', 'over'],
    ['Expired', 'over'],
    [null, 'unknown'],
    [undefined, 'unknown'],
  ])('in state %s is known to be %s', (state, known) => {
    const deal = state === undefined ? {} : { state };

    expect([isOpen(deal), hasEnded(deal)]).toEqual([known === 'open', known === 'over']);
  });

  it('is expired by the system alone', () => {
    expect(findTransition('Received', 'Expired')?.by).toBe('system');
    expect(isSendable('Received', 'Expired')).toBe(false);
    expect(isLegal('Received', 'Expired')).toBe(true);
    expect(isReachable('Received', 'Expired')).toBe(true);
    expect(isReachable('Accepted', 'Expired')).toBe(false);
  });

  it('ends irreversibly, and only ends so', () => {
    fc.assert(
      fc.property(states, states, (from, to) => {
        expect(isIrreversible(from, to)).toBe(findTransition(from, to) !== null && isTerminal(to));
      }),
    );
  });

  it('only ever takes steps that we may send and that are legal, in any sequence of wishes', () => {
    fc.assert(
      fc.property(states, fc.array(states, { maxLength: 8 }), (start, wishes) => {
        let state = start;
        for (const wish of wishes) {
          for (const next of pathBetween(state, wish) ?? []) {
            expect(isSendable(state, next)).toBe(true);
            expect(isTerminal(state)).toBe(false);
            state = next;
          }
        }
      }),
    );
  });

  it('never comes back to a state it has left', () => {
    fc.assert(
      fc.property(states, states, (from, to) => {
        fc.pre(from !== to);

        expect(isReachable(from, to) && isReachable(to, from)).toBe(false);
      }),
    );
  });
});

describe('a step of a deal’s life', () => {
  it.each([
    ['Received', 'Accepted', true, true, false],
    ['Received', 'Declined', true, true, true],
    ['Received', 'Expired', true, false, true],
    ['Received', 'Won', false, false, false],
    ['Accepted', 'Won', true, true, true],
    ['Accepted', 'Lost', true, true, true],
    ['Accepted', 'Error', true, true, true],
    ['Accepted', 'Received', false, false, false],
    ['Accepted', 'Accepted', true, false, false],
    ['Won', 'Won', true, false, false],
    ['Won', 'Accepted', false, false, false],
  ] as const)('from %s to %s', (from, to, legal, sendable, irreversible) => {
    expect([isLegal(from, to), isSendable(from, to), isIrreversible(from, to)]).toEqual([
      legal,
      sendable,
      irreversible,
    ]);
  });
});
