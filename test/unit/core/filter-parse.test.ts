import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.ts';
import type { Filter } from '../../../src/core/filter.ts';
import { parseFilter } from '../../../src/core/filter-parse.ts';

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
    ["x = '\\n\\r\\t\\'\\\"\\\\'", { type: 'compare', column: 'x', operator: '=', value: '\n\r\t\'"\\' }],
    ["x like '\\n\\r\\t\\'\\\"'", { type: 'like', column: 'x', pattern: '\n\r\t\'"' }],
    ['x = False', { type: 'compare', column: 'x', operator: '=', value: false }],
    ['x = -0', { type: 'compare', column: 'x', operator: '=', value: 0 }],
    ["x <= 'a'", { type: 'compare', column: 'x', operator: '<=', value: 'a' }],
    ['not x in (1)', { type: 'not', term: { type: 'in', column: 'x', values: [1] } }],
    [
      'not not x > 1',
      { type: 'not', term: { type: 'not', term: { type: 'compare', column: 'x', operator: '>', value: 1 } } },
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
    ['Amount NE 1', 'include, character 8: there is "NE" here; write != instead.'],
    ['Amount lt 1', 'include, character 8: there is "lt" here; write < instead.'],
    ['Amount le 1', 'include, character 8: there is "le" here; write <= instead.'],
    ['Amount gt 1', 'include, character 8: there is "gt" here; write > instead.'],
    ['Amount ge 1', 'include, character 8: there is "ge" here; write >= instead.'],
    ['Amount is null', 'include, character 8: there is "is" here; write = instead.'],
    ["Name contains 'x'", 'include, character 6: there is "contains" here; write like \'%…%\' instead.'],
    [
      'Amount (1)',
      'include, character 8: there is "(" here, but a comparison (such as "Amount = true") was expected.',
    ],
    [
      "Name 'x'",
      'include, character 6: there is a text here, but a comparison (such as "Name = true") was expected.',
    ],
    ["'Name' = 1", 'include, character 1: there is a text here, but the name of a column was expected.'],
    ['Amount < false', 'include, character 10: false has no order; compare it with = or != only.'],
    ['a > 1e999', 'include, character 5: 1e999 has more digits than can be compared exactly.'],
    ['a > 1e-999', 'include, character 5: 1e-999 has more digits than can be compared exactly.'],
    ['a in 1', 'include, character 6: there is "1" here, but "(" was expected.'],
    ['a in (1,', 'include, character 9: the filter ends here, but a value was expected.'],
    ['a in (1', 'include, character 8: the filter ends here, but "," or ")" was expected.'],
    ['a in', 'include, character 5: the filter ends here, but "(" was expected.'],
    ['a like', 'include, character 7: the filter ends here, but a text in quotes was expected.'],
    ['a =', 'include, character 4: the filter ends here, but a value was expected.'],
    ['a not', 'include, character 6: the filter ends here, but "in" or "like" was expected.'],
    ['a = 1)', 'include, character 6: there is ")" here, but "and", "or" or the end was expected.'],
    ["a = 'x\\ y'", 'include, character 7: "\\ " is no known escape; write \\\\ for a backslash.'],
    ["a like 'x\\q'", 'include, character 10: "\\q" is no known escape; write \\\\ for a backslash.'],
    [
      "a = 'x\\_'",
      'include, character 7: "\\_" has a meaning only after "like"; write \\\\ for a backslash.',
    ],
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
    ...['in', 'IN', 'and', 'or', 'like', 'true', 'false', 'null'].map((word) => [
      `${word} = 1`,
      `include, character 1: there is "${word}" here, but the name of a column was expected.`,
    ]),
    ['not = 1', 'include, character 5: there is "=" here, but the name of a column was expected.'],
    ['a = 1; b = 1', 'include, character 6: the character ";" has no meaning outside quotes.'],
  ])('points at the mistake in %j', (text, message) => {
    expect(problemOf(text)).toBe(message);
  });

  it('refuses filters too long or too deep to be meant, without exhausting the stack', () => {
    const tooDeep = (at: number) =>
      `include, character ${at}: the filter is nested more than 50 deep; write it flatter.`;
    const nestedIn = (count: number) => `${'('.repeat(count)}a = 1${')'.repeat(count)}`;

    expect(problemOf(`a = '${'x'.repeat(9_994)}'`)).toBe('no problem');
    expect(problemOf(`a = '${'x'.repeat(9_995)}'`)).toBe(
      'include, character 10001: the filter is longer than 10000 characters; shorten it.',
    );
    expect(problemOf(nestedIn(50))).toBe('no problem');
    expect(problemOf(nestedIn(51))).toBe(tooDeep(51));
    expect(problemOf(nestedIn(4000))).toBe(tooDeep(51));
    expect(problemOf(`${'not '.repeat(50)}a = 1`)).toBe('no problem');
    expect(problemOf(`${'not '.repeat(2000)}a = 1`)).toBe(tooDeep(201));
    expect(problemOf(Array.from({ length: 60 }, () => '(a = 1)').join(' and '))).toBe('no problem');
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
