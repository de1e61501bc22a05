import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.ts';
import {
  evaluateFilter,
  type Filter,
  type FilterLiteral,
  filterColumns,
  filterText,
  parseFilter,
  withoutNot,
} from '../../../src/core/filter.ts';

function problemOf(text: string): string {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('parseFilter', () => {
  it.each<[string, Filter]>([
    ['Sync__c = true', { type: 'compare', column: 'Sync__c', operator: '=', value: true }],
    ['Amount>=-1.5', { type: 'compare', column: 'Amount', operator: '>=', value: -1.5 }],
    ['Amount < 1e3', { type: 'compare', column: 'Amount', operator: '<', value: 1000 }],
    [
      "Name != 'O\\'Brien \\\\ \"x\"\\n'",
      { type: 'compare', column: 'Name', operator: '!=', value: 'O\'Brien \\ "x"\n' },
    ],
    ['Name = "it\'s"', { type: 'compare', column: 'Name', operator: '=', value: "it's" }],
    [
      'CloseDate > 2026-01-31',
      { type: 'compare', column: 'CloseDate', operator: '>', value: { date: '2026-01-31' } },
    ],
    [
      'createdon <= 2026-01-31T08:00:00.5Z',
      { type: 'compare', column: 'createdon', operator: '<=', value: { date: '2026-01-31T08:00:00.5Z' } },
    ],
    [
      'createdon = 2026-01-31T08:00:00+01:00',
      { type: 'compare', column: 'createdon', operator: '=', value: { date: '2026-01-31T08:00:00+01:00' } },
    ],
    ['x = NULL', { type: 'compare', column: 'x', operator: '=', value: null }],
    ["x LIKE 'a\\%\\_\\\\%\\''", { type: 'like', column: 'x', pattern: "a\\%\\_\\\\%'" }],
    [
      "x IN ('a', 2, null, TRUE, 2026-01-31)",
      { type: 'in', column: 'x', values: ['a', 2, null, true, { date: '2026-01-31' }] },
    ],
    ['x not in (1)', { type: 'not', term: { type: 'in', column: 'x', values: [1] } }],
    ["x not like 'a%'", { type: 'not', term: { type: 'like', column: 'x', pattern: 'a%' } }],
  ])('reads %s', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it('binds not before and, and before or, and follows parentheses', () => {
    const a: Filter = { type: 'compare', column: 'a', operator: '=', value: 1 };
    const b: Filter = { ...a, column: 'b' };
    const c: Filter = { ...a, column: 'c' };

    expect(parseFilter('a=1 or b=1 and not c=1')).toEqual({
      type: 'or',
      terms: [a, { type: 'and', terms: [b, { type: 'not', term: c }] }],
    });
    expect(parseFilter('(a=1 OR b=1) AND c=1')).toEqual({
      type: 'and',
      terms: [{ type: 'or', terms: [a, b] }, c],
    });
    expect(parseFilter('not (a=1 and b=1) and c=1')).toEqual({
      type: 'and',
      terms: [{ type: 'not', term: { type: 'and', terms: [a, b] } }, c],
    });
    expect(parseFilter('a=1 and b=1 and c=1')).toEqual({ type: 'and', terms: [a, b, c] });
    expect(parseFilter('((a=1))')).toEqual(a);
  });

  it.each([
    ['', 'include, character 1: the filter ends here, but the name of a column was expected.'],
    ['a = 1 b = 2', 'include, character 7: there is "b" here, but "and", "or" or the end was expected.'],
    ['a = 1 and', 'include, character 10: the filter ends here, but the name of a column was expected.'],
    ['(a = 1', 'include, character 7: the filter ends here, but ")" was expected.'],
    [
      'Account.Name = 1',
      'include, character 1: "Account." reads another record; only the opportunity\'s own columns can be used here.',
    ],
    ["Name = 'abc", 'include, character 8: this text is not closed by a second quote.'],
    [
      'Name = abc',
      'include, character 8: there is "abc" here, but a value (text goes in quotes) was expected.',
    ],
    [
      'Sync__c',
      'include, character 8: the filter ends here, but a comparison (such as "Sync__c = true") was expected.',
    ],
    ['Amount == 1', 'include, character 8: "==" is written "=" here.'],
    ['Amount <> 1', 'include, character 8: "<>" is written "!=" here.'],
    ['a = 1 && b = 1', 'include, character 7: "&&" is written "and" here.'],
    ['Amount eq 1', 'include, character 8: there is "eq" here; write = instead.'],
    [
      'Amount constructor 1',
      'include, character 8: there is "constructor" here, but a comparison (such as "Amount = true") was expected.',
    ],
    ['Amount < null', 'include, character 10: null has no order; compare it with = or != only.'],
    ['Amount >= true', 'include, character 11: true has no order; compare it with = or != only.'],
    ["Name > ''", 'include, character 8: empty text has no order; compare it with = or != only.'],
    ['d = 2026-02-30', 'include, character 5: this is no date; write 2026-01-31 or 2026-01-31T08:00:00Z.'],
    [
      'd = 2026-01-31T25:00:00Z',
      'include, character 5: this is no date; write 2026-01-31 or 2026-01-31T08:00:00Z.',
    ],
    ['a = 12abc', 'include, character 5: this is neither a number nor a date; put text in quotes.'],
    ['a = 1.2.3', 'include, character 5: this is neither a number nor a date; put text in quotes.'],
    [
      'a = 12345678901234567.89',
      'include, character 5: 12345678901234567.89 has more digits than can be compared exactly.',
    ],
    ['a in ()', 'include, character 7: there is ")" here, but a value was expected.'],
    ['a in (1 2)', 'include, character 9: there is "2" here, but "," or ")" was expected.'],
    ['a like 5', 'include, character 8: there is "5" here, but a text in quotes was expected.'],
    ['a not = 5', 'include, character 7: there is "=" here, but "in" or "like" was expected.'],
    ["a = 'x\\q'", 'include, character 7: "\\q" is no known escape; write \\\\ for a backslash.'],
    [
      "a = 'x\\%'",
      'include, character 7: "\\%" has a meaning only after "like"; write \\\\ for a backslash.',
    ],
    ['1 = a', 'include, character 1: there is "1" here, but the name of a column was expected.'],
    ['in = 1', 'include, character 1: there is "in" here, but the name of a column was expected.'],
    ['a = 1; b = 1', 'include, character 6: the character ";" has no meaning outside quotes.'],
  ])('points at the mistake in %j', (text, message) => {
    expect(problemOf(text)).toBe(message);
  });

  it('refuses filters too long or too deep to be meant, without exhausting the stack', () => {
    expect(problemOf(`a = '${'x'.repeat(10_001)}'`)).toContain('longer than 10000 characters');
    expect(problemOf(`${'('.repeat(4000)}a = 1${')'.repeat(4000)}`)).toContain('nested more than 50 deep');
    expect(problemOf(`${'not '.repeat(2000)}a = 1`)).toContain('nested more than 50 deep');
    expect(problemOf(Array.from({ length: 900 }, () => 'a = 1').join(' or '))).toBe('no problem');
  });

  it('answers any text with a filter or a ConfigurationError', () => {
    const pieces = fc.constantFrom(
      'a',
      'and',
      'or',
      'not',
      '(',
      ')',
      '=',
      '!=',
      '<',
      'in',
      'like',
      "'x'",
      '"',
      "'",
      '1',
      '2026-01-31',
      'null',
      ',',
      '.',
      '\\',
      ' ',
      '%',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((list) => list.join(' ')),
        ),
        (text) => {
          expect(typeof problemOf(text)).toBe('string');
        },
      ),
      { numRuns: 1000 },
    );
  });
});

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

  it('prints as few parentheses as needed', () => {
    expect(filterText(parseFilter("((a = 1) and (b = 'x''')) or (c = 1)".replace("'x'''", "'x\\''")))).toBe(
      "a = 1 and b = 'x\\'' or c = 1",
    );
    expect(filterText(parseFilter('not (a = 1 or b = 2)'))).toBe('not (a = 1 or b = 2)');
  });

  it('prints a pattern with needless backslashes as the pattern that matches the same', () => {
    expect(filterText({ type: 'like', column: 'a', pattern: 'x\\y\\' })).toBe("a like 'xy\\\\'");
  });
});

describe('filterColumns', () => {
  it('lists each column once', () => {
    expect(filterColumns(parseFilter("a = 1 and (b like 'x' or not a in (1)) and c = null"))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
});

describe('evaluateFilter', () => {
  const row: Readonly<Record<string, unknown>> = {
    name: "Big Deal 100% O'Brien_x\\y",
    amount: 1500.5,
    bigAmount: '12345678901234567.89',
    synced: true,
    closeDate: '2026-01-31',
    created: '2026-01-31T08:00:00.1234567Z',
    stage: 'Closed Won',
    blank: '',
    nothing: null,
    choice: 3,
  };
  const holds = (text: string) => evaluateFilter(parseFilter(text), (name) => row[name]);

  it.each([
    ["stage = 'closed WON'", true],
    ["stage != 'Closed Won'", false],
    ["stage in ('x', 'CLOSED WON')", true],
    ["stage not in ('x')", true],
    ['amount = 1500.50', true],
    ['amount > 1500', true],
    ['amount <= 1500.4', false],
    ['bigAmount > 5', true],
    ["amount = '1500.5'", true],
    ['synced = true', true],
    ['synced != true', false],
    ['synced = false', false],
    ['choice = 3', true],
    ['choice in (1, 3)', true],
    ['closeDate = 2026-01-31', true],
    ['closeDate < 2026-02-01', true],
    ['closeDate >= 2026-01-31T00:00:00Z', true],
    ['closeDate > 2026-01-31T00:00:00Z', false],
    ['created > 2026-01-31', true],
    ['created = 2026-01-31T08:00:00.1234567Z', true],
    ['created = 2026-01-31T09:00:00.1234567+01:00', true],
    ['created < 2026-01-31T08:00:00.1234568Z', true],
    ["name like 'big%'", true],
    ["name like '%DEAL%'", true],
    ["name like 'big'", false],
    ["name like '%100\\%%'", true],
    ["name like '%200\\%%'", false],
    ["name like '%o\\'brien\\_x%'", true],
    ["name like '%obrien%'", false],
    ["name like '%x\\\\y'", true],
    ["name like 'Big_Deal%'", true],
    ["name like 'Big__Deal%'", false],
    ['nothing = null', true],
    ['missing = null', true],
    ['blank = null', true],
    ["nothing = ''", true],
    ['amount != null', true],
    ['amount = null', false],
    ['nothing != 5', true],
    ["nothing != 'x'", true],
    ['nothing < 5', false],
    ['nothing >= 5', false],
    ['nothing != null', false],
    ['nothing = false', false],
    ["nothing like '%'", false],
    ['nothing in (1, null)', true],
    ['nothing in (1)', false],
    ['not nothing < 5', true],
    ["synced = true and (amount > 9000 or stage = 'Closed Won')", true],
    ['not (synced = true)', false],
    ['name < 5', false],
    ['name != 5', true],
    ['stage = 2026-01-31', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it('takes time in proportion even for patterns made to be slow', () => {
    const text = 'a'.repeat(5000);

    expect(evaluateFilter({ type: 'like', column: 'x', pattern: `${'%a'.repeat(200)}b` }, () => text)).toBe(
      false,
    );
    expect(evaluateFilter({ type: 'like', column: 'x', pattern: `${'%a'.repeat(200)}%` }, () => text)).toBe(
      true,
    );
  });

  it('matches a text by its own escaped form, and by % in place of any part', () => {
    const texts = fc.string({
      unit: fc.constantFrom('a', 'B', '%', '_', '\\', '😀', 'é'),
      minLength: 1,
      maxLength: 8,
    });
    const escaped = (text: string) => text.replace(/[%_\\]/g, '\\$&');
    fc.assert(
      fc.property(texts, fc.nat(8), fc.nat(8), (text, from, length) => {
        const characters = [...text];
        const partly = `${escaped(characters.slice(0, from).join(''))}%${escaped(characters.slice(from + length).join(''))}`;

        expect(evaluateFilter({ type: 'like', column: 'x', pattern: escaped(text) }, () => text)).toBe(true);
        expect(evaluateFilter({ type: 'like', column: 'x', pattern: partly }, () => text)).toBe(true);
        expect(
          evaluateFilter({ type: 'like', column: 'x', pattern: '_'.repeat(characters.length) }, () => text),
        ).toBe(true);
        expect(
          evaluateFilter(
            { type: 'like', column: 'x', pattern: '_'.repeat(characters.length + 1) },
            () => text,
          ),
        ).toBe(false);
      }),
    );
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
