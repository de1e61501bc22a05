import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currencyScale,
  isCurrency,
  isPositive,
  parseAmount,
  parseCurrency,
  roundToScale,
  sameAmount,
} from '../../../../src/core/lenses/money.ts';

describe('parseAmount', () => {
  it.each([
    [10_000, '10000'],
    ['10000', '10000'],
    ['10000.00', '10000'],
    ['10,000.00', '10000'],
    ['1,234,567', '1234567'],
    ['1.234,56', '1234.56'],
    ['1.234.567', '1234567'],
    ['10 000.50', '10000.5'],
    ['10\u00a0000', '10000'],
    ["1'234'567.89", '1234567.89'],
    ['12345678901234567.89', '12345678901234567.89'],
    [0.1, '0.1'],
    ['-0', '0'],
    [-0, '0'],
    ['-0.00', '0'],
    ['-12.50', '-12.5'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e5', '100000'],
    [1e21, '1000000000000000000000'],
    [1e-7, '0.0000001'],
    ['007', '7'],
    [9007199254740993n, '9007199254740993'],
    [' 12 ', '12'],
    ['.25', '0.25'],
    ['0.000', '0'],
    ['0e99', '0'],
    ['-10 000.5', '-10000.5'],
    ['+1’000', '1000'],
    ['-1,234.5', '-1234.5'],
    ['1,234,567.89', '1234567.89'],
    ['-1.234,56', '-1234.56'],
    ['12.345,67', '12345.67'],
    ['123.456.789,01', '123456789.01'],
    [`1${'0'.repeat(60)}`, `1${'0'.repeat(60)}`],
    [`0.${'0'.repeat(59)}1`, `0.${'0'.repeat(59)}1`],
    [`${'0'.repeat(119)}1`, '1'],
  ])('reads %s as %s', (value, amount) => {
    expect(parseAmount(value)).toBe(amount);
  });

  it.each([[null], [undefined], [''], ['  ']])('reads %j as nothing', (value) => {
    expect(parseAmount(value)).toBeNull();
  });

  it.each([
    ['10,000'],
    ['10,5'],
    ['1,23.5'],
    ['1.234,567.8'],
    ['$100'],
    ['ten'],
    ['0x10'],
    ['NaN'],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['1e400'],
    ['1e-400'],
    [true],
    [{}],
    [['1']],
    ['1 2'],
    ['--1'],
    ['9'.repeat(500)],
    [`1${'0'.repeat(61)}`],
    [`0.${'0'.repeat(60)}1`],
    [`${'0'.repeat(120)}1`],
    ['EUR 10 000'],
    ['10 000 EUR'],
    ['€1,234.50'],
    ['1,234,567 EUR'],
    ['€1.234,56'],
    ['1.234,56 €'],
    ['1.234.567,89 €'],
    ["1'234 567"],
  ])('does not guess what %j means', (value) => {
    expect(parseAmount(value)).toBeUndefined();
  });

  it('keeps what it wrote: reading a canonical amount gives the same text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt(), fc.string()),
        (value) => {
          const amount = parseAmount(value);

          if (typeof amount === 'string') expect(parseAmount(amount)).toBe(amount);
        },
      ),
    );
  });

  it('never changes the number that a double stands for', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), (value) => {
        const amount = parseAmount(value);

        // Doubles below any currency's smallest unit are refused rather than rounded.
        if (amount !== undefined) expect(Number(amount)).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('roundToScale', () => {
  it.each([
    ['10.005', 2, '10.01'],
    ['-10.005', 2, '-10.01'],
    ['10.004999', 2, '10'],
    ['1.5', 0, '2'],
    ['2.5', 0, '3'],
    ['1.0005', 3, '1.001'],
    ['-0.001', 2, '0'],
    ['12345678901234567.894', 2, '12345678901234567.89'],
    [`${'9'.repeat(50)}.005`, 2, `${'9'.repeat(50)}.01`],
    ['much', 2, 'much'],
  ])('rounds %s to %i decimals as %s', (amount, scale, rounded) => {
    expect(roundToScale(amount, scale)).toBe(rounded);
  });

  it('settles: rounding twice is rounding once', () => {
    const amounts = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => parseAmount(value) ?? '0');
    fc.assert(
      fc.property(amounts, fc.nat(5), (amount, scale) => {
        const once = roundToScale(amount, scale);

        expect(roundToScale(once, scale)).toBe(once);
      }),
    );
  });
});

describe('sameAmount', () => {
  it('compares by number, not by text', () => {
    expect(sameAmount('10000', '10000.00')).toBe(true);
    expect(sameAmount('0.3', '0.30000000000000004')).toBe(false);
    expect(sameAmount('12345678901234567.89', '12345678901234567.88')).toBe(false);
    expect(sameAmount('much', 'much')).toBe(true);
    expect(sameAmount('much', '5')).toBe(false);
    expect(sameAmount('5', 'much')).toBe(false);
    expect(sameAmount('much', 'many')).toBe(false);
  });
});

describe('currencies', () => {
  it.each([
    ['USD', 2],
    ['EUR', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['HUF', 2],
    ['IDR', 2],
    ['jpy', 0],
    ['CLF', 4],
  ])('%s has %i decimals', (code, scale) => {
    expect(currencyScale(code)).toBe(scale);
  });

  it('knows real currencies in any case and no others', () => {
    expect(isCurrency('USD')).toBe(true);
    expect(isCurrency('usd')).toBe(true);
    expect(isCurrency('ZZZ')).toBe(false);
    expect(isCurrency('$')).toBe(false);
  });

  it('reads a code in canonical form', () => {
    expect(parseCurrency(' eur ')).toBe('EUR');
    expect(parseCurrency('')).toBeNull();
    expect(parseCurrency(null)).toBeNull();
    expect(parseCurrency(undefined)).toBeNull();
    expect(parseCurrency('Euro')).toBeUndefined();
    expect(parseCurrency(978)).toBeUndefined();
  });

  it('tells positive amounts from others', () => {
    expect(isPositive('0.01')).toBe(true);
    expect(isPositive('0')).toBe(false);
    expect(isPositive('-1')).toBe(false);
    expect(isPositive('much')).toBe(false);
  });
});
