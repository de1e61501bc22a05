import { describe, expect, it } from 'vitest';
import { pathText, quote, renderFilter, renderIn } from '../../../src/adapters/salesforce/soql.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import type { Filter, FilterLiteral } from '../../../src/core/filter.ts';

const compare = (value: FilterLiteral, operator: '=' | '!=' = '='): Filter => ({
  type: 'compare',
  column: 'Field__c',
  operator,
  value,
});

describe('text in SOQL', () => {
  it.each([
    ["O'Brien", "'O\\'Brien'"],
    ['back\\slash', "'back\\\\slash'"],
    ['100%_', "'100%_'"],
    ['say "hi"', '\'say \\"hi\\"\''],
    ['two\nlines\r\tand a tab', "'two\\nlines\\r\\tand a tab'"],
    ["' OR Name != '", "'\\' OR Name != \\''"],
    ["\\' OR Id != null --", "'\\\\\\' OR Id != null --'"],
  ])('%j cannot leave its quotes', (text, literal) => {
    expect(quote(text)).toBe(literal);
  });

  it.each(['Name; DELETE', 'Name FROM User', '1Name', 'Account..Name', '', "Name'"])(
    '%j is refused as a column',
    (path) => {
      expect(() => pathText(path)).toThrow(ConfigurationError);
    },
  );

  it('lists values of a column', () => {
    expect(renderIn('Referral__c', ['a', "b'"])).toBe("Referral__c IN ('a','b\\'')");
  });
});

describe('a filter in SOQL', () => {
  it.each<[string, Filter]>([
    ['Field__c = TRUE', compare(true)],
    ['Field__c != null', compare(null, '!=')],
    ['Field__c = 1.5', compare(1.5)],
    ['Field__c = 40000000000', compare(40_000_000_000)],
    ["Field__c = '2026-01-01'", compare('2026-01-01')],
    ['Field__c = 2026-01-01', compare({ date: '2026-01-01' })],
    ['Field__c = 2026-01-01T10:00:00Z', compare({ date: '2026-01-01T11:00:00.123+01:00' })],
    ["Field__c LIKE 'O\\'Brien\\%%'", { type: 'like', column: 'Field__c', pattern: "O'Brien\\%%" }],
    ["Field__c LIKE 'a\\\\b_'", { type: 'like', column: 'Field__c', pattern: 'a\\b_' }],
    ["Field__c IN ('a',null,3)", { type: 'in', column: 'Field__c', values: ['a', null, 3] }],
    ['Id = null', { type: 'in', column: 'Field__c', values: [] }],
    ['(NOT Field__c = FALSE)', { type: 'not', term: compare(false) }],
    [
      '(Field__c = 1 AND (Field__c = 2 OR (NOT Field__c = 3)))',
      {
        type: 'and',
        terms: [compare(1), { type: 'or', terms: [compare(2), { type: 'not', term: compare(3) }] }],
      },
    ],
    ['Field__c = 1', { type: 'or', terms: [compare(1)] }],
    ['Id != null', { type: 'and', terms: [] }],
  ])('is %s', (soql, filter) => {
    expect(renderFilter(filter)).toBe(soql);
  });

  it('puts a relationship in front of every column', () => {
    const filter: Filter = {
      type: 'and',
      terms: [compare(1), { type: 'like', column: 'Name', pattern: 'A%' }],
    };

    expect(renderFilter(filter, 'Opportunity.')).toBe(
      "(Opportunity.Field__c = 1 AND Opportunity.Name LIKE 'A%')",
    );
  });

  it('refuses a date that is none', () => {
    expect(() => renderFilter(compare({ date: 'tomorrow' }))).toThrow(/no date/);
  });
});
