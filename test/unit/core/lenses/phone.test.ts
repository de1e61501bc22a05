import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samePhone, toE164 } from '../../../../src/core/lenses/phone.ts';
import { country, phoneText } from './arbitraries.ts';

describe('toE164', () => {
  it.each([
    ['+1 555 597 7081', null, '+15555977081'],
    ['(555) 597-7081', 'US', '+15555977081'],
    ['(020) 7946 0018', 'GB', '+442079460018'],
    ['(020) 7946 0018', 'gb', '+442079460018'],
    ['0049 30 123456', 'DE', '+4930123456'],
    ['+44 20 7946 0018', 'US', '+442079460018'],
  ])('reads %s from %s as %s', (text, from, expected) => {
    expect(toE164(text, from)).toBe(expected);
  });

  it.each([
    ['  call me ', 'US', 'call me'],
    ['555 597 7081', null, '555 597 7081'],
    ['555-1234', 'US', '555-1234'],
    ['+44 20 7946 0018 ext 12', 'GB', '+44 20 7946 0018 ext 12'],
    ['020 7946 0018 / 020 7946 0019', 'GB', '020 7946 0018 / 020 7946 0019'],
    ['030 123456', 'ZZ', '030 123456'],
    // The library takes a zero off such a number each time it reads it.
    ['000000', 'DE', '000000'],
    ['call +44 20 7946 0018', null, 'call +44 20 7946 0018'],
    ['call 020 7946 0018', 'GB', 'call 020 7946 0018'],
    ['(020) 7946 0018', null, '(020) 7946 0018'],
    ['+44 20 7946 00181234', 'GB', '+44 20 7946 00181234'],
    ['', 'US', ''],
  ])('keeps %j from %s as found', (text, from, expected) => {
    expect(toE164(text, from)).toBe(expected);
  });

  it('settles: what was written reads back as itself, in any country', () => {
    fc.assert(
      fc.property(phoneText, country, (text, from) => {
        const written = toE164(text, from);

        expect(toE164(written, from)).toBe(written);
        expect(samePhone(written, written)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('samePhone', () => {
  it.each([
    ['+1 555 597 7081', '+1-555-597-7081'],
    ['+442079460018', '(020) 7946 0018'],
    ['(555) 597-7081', '+1 555 597 7081'],
    ['020 79 46', '020-7946'],
    ['+44 20 7946 0018 ext 12', '+442079460018 x12'],
    ['+4930123456', '0049 30 123456'],
    ['011 44 20 7946 0018', '+442079460018'],
    ['Reception', 'reception'],
    [null, ''],
    [null, null],
  ])('%s and %s are one number', (a, b) => {
    expect(samePhone(a, b)).toBe(true);
    expect(samePhone(b, a)).toBe(true);
  });

  it.each([
    ['+15555977081', '+15555977082'],
    ['+442079460018', '+12079460018'],
    [null, '+15555977081'],
    ['call me', '12'],
    ['Reception', 'Front desk'],
    ['12', '002'],
    ['020 7946 0018', '0011 44 20 7946 0018'],
    ['+442079460018', '0033 20 7946 0018'],
    ['+442079460018', '20 7946'],
    ['+442079460018', 'call 020 7946 0018'],
    ['+442079460018', '+44 20 7946 0018 ext 12'],
  ])('%s and %s are two', (a, b) => {
    expect(samePhone(a, b)).toBe(false);
    expect(samePhone(b, a)).toBe(false);
  });
});
