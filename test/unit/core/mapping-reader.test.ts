/** How one column is read before anybody asks what it means. */
import { describe, expect, it } from 'vitest';
import { asText, isEmpty, Unreadable } from '../../../src/core/mapping-reader.ts';
import type { CrmValue } from '../../../src/core/ports.ts';

describe('a column', () => {
  it.each<readonly [CrmValue | undefined, string | null]>([
    [undefined, null],
    [null, null],
    ['', null],
    [' \u200b\n', null],
    [' Essen ', 'Essen'],
    [0, '0'],
    [84_000.5, '84000.5'],
    [false, 'false'],
    [true, 'true'],
  ])('with %j says %j', (value, text) => {
    expect([asText(value), isEmpty(value)]).toEqual([text, text === null]);
  });

  it('that cannot be read says why', () => {
    expect(new Unreadable('holds "x"')).toEqual({ why: 'holds "x"' });
  });
});
