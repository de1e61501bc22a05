import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../../src/core/lenses/edit-distance.ts';

describe('editDistance', () => {
  it.each([
    ['nothing changed', 'abc', 'abc', 0],
    ['neighbours swapped', 'abc', 'acb', 1],
    ['first two swapped', 'abc', 'bac', 1],
    ['two pairs swapped', 'abcd', 'badc', 2],
    ['swapped apart', 'abc', 'cba', 2],
    ['one dropped, another added', 'ab', 'bc', 2],
    ['one missing', 'abc', 'ab', 1],
    ['one added in front', 'abc', 'xabc', 1],
    ['one replaced', 'abc', 'axc', 1],
    ['all replaced', 'abc', 'xyz', 3],
    ['all added', '', 'abc', 3],
    ['both empty', '', '', 0],
    ['of each a little', 'Switzerland', 'Swizterlnd', 2],
  ])('%s: between %j and %j are %i slips', (_what, a, b, distance) => {
    for (const limit of [distance, distance + 1, 20]) {
      expect(editDistance(a, b, limit)).toBe(distance);
      expect(editDistance(b, a, limit)).toBe(distance);
    }
  });

  it.each([
    ['kitten', 'sitting', 1],
    ['a', 'abcdef', 2],
    ['abcdef', 'fedcba', 2],
    ['abc', 'xbz', 1],
    ['abc', 'abd', 0],
    ['', 'a', 0],
  ])('says only that %j and %j are further apart than %i', (a, b, limit) => {
    expect(editDistance(a, b, limit)).toBe(limit + 1);
    expect(editDistance(b, a, limit)).toBe(limit + 1);
  });

  it('is one for any single slip', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(word, fc.nat(8), (text, at) => {
        expect(editDistance(text, `${text.slice(0, at)}x${text.slice(at)}`, 3)).toBe(1);
      }),
    );
  });
});
