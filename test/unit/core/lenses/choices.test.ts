import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HELP_CODES } from '../../../../src/core/deal.ts';
import { parseFlag } from '../../../../src/core/lenses/flag.ts';
import { helpLabel, parseHelp } from '../../../../src/core/lenses/help.ts';
import { parseSize, SIZE_BUCKETS, sameSize, sizeOfCount } from '../../../../src/core/lenses/size.ts';
import { canonicalSolutionId, canonicalSolutions } from '../../../../src/core/lenses/solutions.ts';
import { nastyText } from './arbitraries.ts';

describe('solutions', () => {
  it('are listed once each, own ids in upper case, GUIDs in lower case, sorted', () => {
    const list = [
      { id: 'sol-15974-mqf', name: 'B' },
      { id: 'SOL-15974-MQF', name: 'A' },
      { id: '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}', name: null },
      { id: ' ', name: 'none' },
      { id: 'IoT', name: 'Category' },
    ];

    expect(canonicalSolutions(list)).toEqual([
      { id: '6f9619ff-8b86-d011-b42d-00cf4fc964ff', name: null },
      { id: 'IoT', name: 'Category' },
      { id: 'SOL-15974-MQF', name: 'A' },
    ]);
  });

  it('do not depend on the order of the rows, and settle', () => {
    const input = fc.record({
      id: fc.oneof(nastyText, fc.constantFrom('SOL-1-A', 'sol-1-a', 'X', 'x', 'İ', 'i̇')),
      name: fc.option(nastyText),
    });
    fc.assert(
      fc.property(fc.array(input, { maxLength: 6 }), (list) => {
        const solutions = canonicalSolutions(list);

        expect(canonicalSolutions(list.toReversed())).toEqual(solutions);
        expect(canonicalSolutions(solutions)).toEqual(solutions);
      }),
      { numRuns: 500 },
    );
  });

  it('have ids that settle', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        expect(canonicalSolutionId(canonicalSolutionId(text))).toBe(canonicalSolutionId(text));
      }),
    );
  });
});

describe('customer size', () => {
  it.each([
    [1, '1to9employees'],
    [9, '1to9employees'],
    [10, '10to50employees'],
    [50, '10to50employees'],
    [51, '51to250employees'],
    [250, '51to250employees'],
    [251, '251to1000employees'],
    [1000, '251to1000employees'],
    [1001, '1001to5000employees'],
    [5001, '5001to10000employees'],
    [10_001, '10001to20000employees'],
    [20_000, '10001to20000employees'],
    [20_001, 'Morethan20000employees'],
    [3_000_000, 'Morethan20000employees'],
  ])('of %i employees is %s', (count, bucket) => {
    expect(sizeOfCount(count)).toBe(bucket);
    expect(parseSize(String(count))).toBe(bucket);
  });

  it('reads buckets, old and new, in any spelling, and nothing else', () => {
    expect(parseSize('51 to 250 Employees')).toBe('51to250employees');
    expect(parseSize('morethan500employees')).toBe('Morethan500employees');
    expect(parseSize('1to50employees')).toBe('1to50employees');
    expect(parseSize('')).toBeNull();
    expect(parseSize(0)).toBeNull();
    expect(parseSize(-3)).toBeNull();
    expect(parseSize('big')).toBeUndefined();
  });

  it('reads back every bucket that it writes', () => {
    for (const bucket of SIZE_BUCKETS) expect(parseSize(bucket)).toBe(bucket);
  });

  it('agrees with an older bucket that it overlaps', () => {
    expect(sameSize('51to500employees', '51to250employees')).toBe(true);
    expect(sameSize('51to500employees', '251to1000employees')).toBe(true);
    expect(sameSize('51to500employees', '1to9employees')).toBe(false);
    expect(sameSize('1to9employees', '10to50employees')).toBe(false);
    expect(sameSize(null, '10to50employees')).toBe(false);
    expect(sameSize('other', 'Other')).toBe(true);
  });
});

describe('help', () => {
  it.each(HELP_CODES.map((code, index) => [code, index + 1] as const))(
    '%s is read from its code, its label and number %i',
    (code, number) => {
      expect(parseHelp(code)).toBe(code);
      expect(parseHelp(helpLabel(code))).toBe(code);
      expect(parseHelp(helpLabel(code).toUpperCase().replaceAll(' ', '-'))).toBe(code);
      expect(parseHelp(number)).toBe(code);
      expect(parseHelp(String(number))).toBe(code);
    },
  );

  it('accepts punctuation for "or"', () => {
    expect(parseHelp('Proof of Concept/Demo')).toBe('ProofOfConceptOrDemo');
  });

  it.each([[null], [undefined], [''], ['Unknown'], ['None'], ['no'], [false]])(
    'reads %j as no help asked',
    (value) => {
      expect(parseHelp(value)).toBeNull();
    },
  );

  it.each([['Something else'], [7], [0], [true], ['1;2'], [{}], ['constructor']])(
    'does not guess what %j asks for',
    (value) => {
      expect(parseHelp(value)).toBeUndefined();
    },
  );
});

describe('flags', () => {
  it.each([
    [true, true],
    ['true', true],
    ['TRUE ', true],
    ['Yes', true],
    [1, true],
    ['1', true],
    [false, false],
    ['No', false],
    [0, false],
    ['false', false],
  ])('reads %j as %j', (value, flag) => {
    expect(parseFlag(value)).toBe(flag);
  });

  it('reads blanks as nothing and keeps clear of the rest', () => {
    expect(parseFlag(null)).toBeNull();
    expect(parseFlag(undefined)).toBeNull();
    expect(parseFlag(' ')).toBeNull();
    expect(parseFlag('maybe')).toBeUndefined();
    expect(parseFlag(2)).toBeUndefined();
    expect(parseFlag({})).toBeUndefined();
  });
});
