import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateFilter } from '../../../src/core/filter-evaluate.ts';
import { parseFilter } from '../../../src/core/filter-parse.ts';

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
    large: 12345678901234567890n,
    changed: new Date('2026-01-31T08:00:00.500Z'),
    broken: new Date(Number.NaN),
    record: { amount: 1 },
    yes: 'TRUE',
    one: 1,
    zero: '0',
    maybe: 'maybe',
    off: false,
    street: 'Straße',
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
    ['stage != 2026-01-31', true],
    ['stage > 2026-01-31', false],
    ['stage = null', false],
    ["nothing < 'x'", false],
    ["nothing = 'null'", false],
    ['name >= 5', false],
    ['off = false', true],
    ['off = true', false],
    ['amount = 2026-01-31', false],
    ['synced = 1', false],
    ['synced != 1', true],
    ["synced = 'TRUE'", true],
    ["amount < '_'", true],
    ["name < '_'", false],
    ["street = 'STRASSE'", false],
    ["street = 'STRAßE'", true],
    ['large > 12345678901234567000', true],
    ["large = '12345678901234567890'", true],
    ['changed = 2026-01-31T08:00:00.5Z', true],
    ['broken = null', true],
    ['broken < 2026-01-31', false],
    ['record = null', true],
    ['yes = true', true],
    ['yes = false', false],
    ['one = true', true],
    ['zero = false', true],
    ['zero = true', false],
    ['maybe = true', false],
    ['maybe != true', true],
    ["amount = ''", false],
    ["amount != ''", true],
    ["nothing != ''", false],
    ["choice like '3'", true],
    ["synced like 'tr%'", true],
    ['synced = true or amount > 9000', true],
    ['synced = false or amount > 9000', false],
    ['synced = true and amount > 9000', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    ['=', [false, true, false]],
    ['!=', [true, false, true]],
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
  ] as const)('orders by %s: below, equal, above: %j', (operator, expected) => {
    const compared = (literal: string, values: readonly unknown[]) =>
      values.map((value) => evaluateFilter(parseFilter(`x ${operator} ${literal}`), () => value));

    expect(compared('5', [4.99, 5, 5.01])).toEqual(expected);
    expect(compared("'m'", ['L', 'M', 'n'])).toEqual(expected);
    expect(compared('2026-01-31', ['2026-01-30', '2026-01-31', '2026-02-01'])).toEqual(expected);
  });

  it('cannot compare with a date that is none, and says so by "not equal"', () => {
    const holdsFor = (['=', '!=', '<', '>'] as const).map((operator) =>
      evaluateFilter({ type: 'compare', column: 'x', operator, value: { date: 'soon' } }, () => '2026-01-31'),
    );

    expect(holdsFor).toEqual([false, true, false, false]);
  });

  it.each([
    ['ab', 'xab', false],
    ['ab', 'ab', true],
    ['ab', 'aab', false],
    ['aab', '%ab', true],
    ['abab', 'ab%ab%', true],
    ['abc', '%b', false],
    ['abc', 'a%%c', true],
    ['ab', 'ab%%', true],
    ['ab', 'ab_', false],
    ['ab', '', false],
    ['😀b', '_b', true],
    ['a%', 'a\\%', true],
    ['ab', 'a\\%', false],
    ['ay', 'a\\y', true],
    ['a\\', 'a\\', true],
    ['a', 'a\\', false],
  ])('%s is like %s: %s', (text, pattern, expected) => {
    expect(evaluateFilter({ type: 'like', column: 'x', pattern }, () => text)).toBe(expected);
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
