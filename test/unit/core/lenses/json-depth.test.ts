import { describe, expect, it } from 'vitest';
import { nestsDeeper } from '../../../../src/core/lenses/json-depth.ts';

describe('nestsDeeper', () => {
  it.each([
    ['', 0],
    ['12', 0],
    ['"text"', 0],
    ['[]', 1],
    ['{"a":[{}]}', 3],
    ['[[],[],{}]', 2],
    ['[{"a":1},{"b":[2]}]', 3],
    ['{"a":"[[[{{{"}', 1],
    ['{"[[":"]]]]","a":[]}', 2],
    [String.raw`["\"[[[", 1]`, 1],
    [String.raw`["\\", [[]]]`, 3],
    [String.raw`["\\\"[[", []]`, 2],
    ['[" never closed [[[', 1],
  ])('finds %s nested %i deep', (text, depth) => {
    expect(nestsDeeper(text, depth)).toBe(false);
    expect(nestsDeeper(text, depth + 1)).toBe(false);
    expect(nestsDeeper(text, depth - 1)).toBe(depth > 0);
  });

  it('looks at a text of a million brackets without recursing', () => {
    expect(nestsDeeper('['.repeat(1_000_000), 999_999)).toBe(true);
    expect(nestsDeeper('[]'.repeat(500_000), 1)).toBe(false);
  });
});
