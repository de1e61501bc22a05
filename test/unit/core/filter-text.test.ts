import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateFilter, type Filter, type FilterLiteral, parseFilter } from '../../../src/core/filter.ts';
import { filterColumns, filterText, withoutNot } from '../../../src/core/filter-text.ts';

const literal: fc.Arbitrary<FilterLiteral> = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab%_\\\'"\n\t\r é😀'.split('')), maxLength: 6 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom<FilterLiteral>(
    true,
    false,
    null,
    { date: '2026-01-31' },
    { date: '2026-01-31T08:00:00.1234567Z' },
  ),
);
const hasOrder = (value: FilterLiteral) => value !== null && value !== '' && typeof value !== 'boolean';
const column = fc.constantFrom('a', 'b', 'Sync__c');
const pattern = fc
  .array(fc.constantFrom('a', 'B', '%', '_', '\\%', '\\_', '\\\\', "'", '"', '\n', '😀'), { maxLength: 6 })
  .map((parts) => parts.join(''));

const filters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      type: fc.constant('compare' as const),
      column,
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: literal,
    }),
    fc.record({
      type: fc.constant('compare' as const),
      column,
      operator: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
      value: literal.filter(hasOrder),
    }),
    fc.record({ type: fc.constant('like' as const), column, pattern }),
    fc.record({
      type: fc.constant('in' as const),
      column,
      values: fc.array(literal, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('not' as const), term: tie('filter') }),
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).filter;

describe('filterText', () => {
  it('prints a filter so that it reads back equal', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(filterText(filter))).toEqual(filter);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[Filter, string]>([
    [{ type: 'compare', column: 'a', operator: '=', value: 'b\'"c\n\r\t\\' }, "a = 'b\\'\"c\\n\\r\\t\\\\'"],
    [{ type: 'compare', column: 'a', operator: '>=', value: { date: '2026-01-31' } }, 'a >= 2026-01-31'],
    [{ type: 'compare', column: 'a', operator: '!=', value: null }, 'a != null'],
    [{ type: 'in', column: 'a', values: ['b', -1.5, true, null] }, "a in ('b', -1.5, true, null)"],
    [{ type: 'like', column: 'a', pattern: "%b\\%\\_\\\\'\n" }, "a like '%b\\%\\_\\\\\\'\\n'"],
    [{ type: 'not', term: { type: 'in', column: 'a', values: [1] } }, 'not a in (1)'],
  ])('prints %j as %s', (filter, text) => {
    expect(filterText(filter)).toBe(text);
  });

  it.each([
    'a = 1 and b = 2 or c = 3',
    'a = 1 and (b = 2 or c = 3)',
    'a = 1 and (b = 2 and c = 3)',
    'a = 1 or (b = 2 or c = 3)',
    'not (a = 1 and b = 2)',
    'not (a = 1 or b = 2)',
    'not not a = 1',
  ])('keeps the parentheses of %s', (text) => {
    expect(filterText(parseFilter(text))).toBe(text);
  });

  it('prints as few parentheses as needed', () => {
    expect(filterText(parseFilter("((a = 1) and (b = 'x''')) or (c = 1)".replace("'x'''", "'x\\''")))).toBe(
      "a = 1 and b = 'x\\'' or c = 1",
    );
    expect(filterText(parseFilter('not (a = 1 or b = 2)'))).toBe('not (a = 1 or b = 2)');
  });

  it('prints a pattern with needless backslashes as the pattern that matches the same', () => {
    expect(filterText({ type: 'like', column: 'a', pattern: 'x\\y\\' })).toBe("a like 'xy\\\\'");
    expect(filterText({ type: 'like', column: 'a', pattern: 'x\\\ny' })).toBe("a like 'x\\ny'");
  });
});

describe('filterColumns', () => {
  it('lists each column once', () => {
    expect(filterColumns(parseFilter("a = 1 and (b like 'x' or not a in (1)) and c = null"))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(filterColumns(parseFilter('b = 1'))).toEqual(['b']);
    expect(filterColumns(parseFilter('not (b = 1 or a = 2 or b = 3)'))).toEqual(['b', 'a']);
  });
});

describe('withoutNot', () => {
  const numeric: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      fc.record({
        type: fc.constant('compare' as const),
        column,
        operator: fc.constantFrom(
          '=' as const,
          '!=' as const,
          '<' as const,
          '<=' as const,
          '>' as const,
          '>=' as const,
        ),
        value: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({
        type: fc.constant('in' as const),
        column,
        values: fc.array(fc.constantFrom<FilterLiteral>(0, 1, null), { minLength: 1, maxLength: 2 }),
      }),
      fc.record({ type: fc.constant('like' as const), column, pattern: fc.constantFrom('1%', '%') }),
      fc.record({ type: fc.constant('not' as const), term: tie('filter') }),
      fc.record({
        type: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  })).filter;
  const value = fc.constantFrom(null, 0, 1, 2, 11);

  it.each([
    ['a = 1', 'a = 1'],
    ["a like 'x'", "a like 'x'"],
    ['a in (1, 2)', 'a in (1, 2)'],
    ['not a = 1', 'a != 1'],
    ['not a != 1', 'a = 1'],
    ['not a < 1', 'a >= 1 or a = null'],
    ['not a <= 1', 'a > 1 or a = null'],
    ['not a > 1', 'a <= 1 or a = null'],
    ['not a >= 1', 'a < 1 or a = null'],
    ["a not like 'x'", "not a like 'x' or a = null"],
    ['a not in (1, 2)', 'a != 1 and a != 2'],
    ['not (a = 1 and b = 2)', 'a != 1 or b != 2'],
    ['not (a = 1 or b = 2)', 'a != 1 and b != 2'],
    ['not not a = 1', 'a = 1'],
    ['not not not a = 1', 'a != 1'],
    ['a = 1 and (b = 1 or not b < 2)', 'a = 1 and (b = 1 or (b >= 2 or b = null))'],
  ])('writes %s as %s', (filter, without) => {
    expect(filterText(withoutNot(parseFilter(filter)))).toBe(without);
  });

  it('selects the same records, and keeps not only before like', () => {
    fc.assert(
      fc.property(numeric, value, value, value, (filter, a, b, c) => {
        const read = (name: string) => ({ a, b, Sync__c: c })[name];
        const flat = withoutNot(filter);

        expect(evaluateFilter(flat, read)).toBe(evaluateFilter(filter, read));
        expect(filterText(flat)).not.toMatch(/\bnot (?!\w+ like)/);
      }),
      { numRuns: 1000 },
    );
  });
});
