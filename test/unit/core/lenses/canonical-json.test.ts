import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../src/core/lenses/canonical-json.ts';

describe('canonicalJson', () => {
  it('orders keys at every depth and leaves out undefined ones', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }], a: 'x' })).toBe(
      '{"a":"x","b":[{"a":null,"d":1}]}',
    );
    expect(canonicalJson({ b: 1, aa: 2, a: 3, B: 4 })).toBe('{"B":4,"a":3,"aa":2,"b":1}');
    expect(canonicalJson({ 'a "b"': 'c "d"', e: [], f: {} })).toBe('{"a \\"b\\"":"c \\"d\\"","e":[],"f":{}}');
  });

  it('says null for what JSON cannot say, and keeps whole numbers of any length', () => {
    expect(canonicalJson(null)).toBe('null');
    expect(canonicalJson(undefined)).toBe('null');
    expect(canonicalJson({ act: () => 1 })).toBe('{"act":null}');
    expect(canonicalJson({ id: 12345678901234567890n })).toBe('{"id":12345678901234567890}');
    expect(canonicalJson([undefined, Number.NaN, 2n])).toBe('[null,null,2]');
  });

  it('is JSON that means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const parsed: unknown = JSON.parse(canonicalJson(value));

        expect(parsed).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(parsed)).toBe(canonicalJson(value));
      }),
    );
  });
});
