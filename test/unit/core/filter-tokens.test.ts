import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { tokenise } from '../../../src/core/filter-tokens.ts';

const word = (at: number, text: string) => ({ kind: 'word', at, text }) as const;
const symbol = (at: number, text: string) => ({ kind: 'symbol', at, text }) as const;

describe('the words of a filter', () => {
  it('are told apart with and without blanks between them, each with its place', () => {
    expect(tokenise(" _a1\n>=\t-1.5  and(B_9\r\n!='x y')")).toEqual([
      word(1, '_a1'),
      symbol(5, '>='),
      { kind: 'number', at: 8, text: '-1.5' },
      word(14, 'and'),
      symbol(17, '('),
      word(18, 'B_9'),
      symbol(23, '!='),
      { kind: 'text', at: 25, raw: 'x y' },
      symbol(30, ')'),
    ]);
    expect(tokenise('')).toEqual([]);
    expect(tokenise('  ')).toEqual([]);
  });

  it.each(['=', '!=', '<', '<=', '>', '>=', '(', ')', ','])('can be %s', (text) => {
    expect(tokenise(`a${text}b`)).toEqual([word(0, 'a'), symbol(1, text), word(1 + text.length, 'b')]);
  });

  it.each(['0', '12', '+5', '-12.50', '.5', '-.25', '1e3', '1E+10', '2.5e-12'])(
    'can be the number %s',
    (text) => {
      expect(tokenise(`${text},`)).toEqual([{ kind: 'number', at: 0, text }, symbol(text.length, ',')]);
    },
  );

  it.each([
    '2026-01-31',
    '2026-01-31T08:00:00Z',
    '2026-01-31t08:00z',
    '2026-01-31T08:00:00.1234567Z',
    '2026-01-31T08:00:00+01:00',
    '2026-01-31T08:00:00-0130',
    '2026-01-31T08:00:00',
  ])('can be the date %s', (text) => {
    expect(tokenise(`${text})`)).toEqual([{ kind: 'date', at: 0, text }, symbol(text.length, ')')]);
  });

  it.each([
    [`''`, ''],
    [`""`, ''],
    [`'a "b" c'`, 'a "b" c'],
    [`"a 'b' c"`, "a 'b' c"],
    [String.raw`'a\'b\\'`, String.raw`a\'b\\`],
    [String.raw`"a\"b\\"`, String.raw`a\"b\\`],
    [`'a\\\nb\nc'`, 'a\\\nb\nc'],
    [`"a\\\nb\nc"`, 'a\\\nb\nc'],
  ])('can be the text %s', (text, raw) => {
    expect(tokenise(`${text}=${text}`)).toEqual([
      { kind: 'text', at: 0, raw },
      symbol(text.length, '='),
      { kind: 'text', at: text.length + 1, raw },
    ]);
  });

  const noDate = 'this is no date; write 2026-01-31 or 2026-01-31T08:00:00Z.';
  const noNumber = 'this is neither a number nor a date; put text in quotes.';
  it.each([
    ['a == 1', 3, '"==" is written "=" here.'],
    ['a <> 1', 3, '"<>" is written "!=" here.'],
    ['a = 1 && b = 2', 7, '"&&" is written "and" here.'],
    ['a = 1 || b = 2', 7, '"||" is written "or" here.'],
    ['!(a = 1)', 1, '"!" is written "not" here.'],
    ["a = 'x", 5, 'this text is not closed by a second quote.'],
    ['a = "x', 5, 'this text is not closed by a second quote.'],
    [String.raw`a = 'x\'`, 5, 'this text is not closed by a second quote.'],
    ['a = 😀', 5, 'the character "😀" has no meaning outside quotes.'],
    ['a & b', 3, 'the character "&" has no meaning outside quotes.'],
    ['a = [b]', 5, 'the character "[" has no meaning outside quotes.'],
    [
      'a = 1 and Owner.Name = 1',
      11,
      '"Owner." reads another record; only the opportunity\'s own columns can be used here.',
    ],
    ['a = 2026-02-30', 5, noDate],
    ['a = 2026-01-31x', 5, noDate],
    ['a = 2026-01-311', 5, noDate],
    ['a = 2026-01-31T', 5, noDate],
    ['a = 2026-01-31T25:00:00Z', 5, noDate],
    ['a = 2026-01-31T08:00:00Zulu', 5, noDate],
    ['a = 12abc', 5, noNumber],
    ['a = 12_', 5, noNumber],
    ['a = 12$', 5, noNumber],
    ['a = 1.2.3', 5, noNumber],
    ['a = 555-1234', 5, noNumber],
    ['a = 5.', 5, noNumber],
    ['a = 1e', 5, noNumber],
  ])('points at the mistake in %s', (text, place, problem) => {
    expect(() => tokenise(text)).toThrow(new ConfigurationError([`include, character ${place}: ${problem}`]));
  });
});
