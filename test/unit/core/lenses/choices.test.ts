import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HELP_CODES } from '../../../../src/core/deal.ts';
import { parseFlag } from '../../../../src/core/lenses/flag.ts';
import { helpLabel, isHelpCode, parseHelp } from '../../../../src/core/lenses/help.ts';
import { parseSize, SIZE_BUCKETS, sizeOfCount } from '../../../../src/core/lenses/size.ts';
import {
  canonicalSolutionId,
  canonicalSolutions,
  solutionKey,
} from '../../../../src/core/lenses/solutions.ts';
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

  it.each([
    ['sol-15974-mqf', 'SOL-15974-MQF'],
    ['my-sol-1a', 'my-sol-1a'],
    [' {6F9619FF-8B86-D011-B42D-00CF4FC964FF} ', '6f9619ff-8b86-d011-b42d-00cf4fc964ff'],
    ['IoT', 'IoT'],
    [' ', null],
    [null, null],
    [undefined, null],
  ])('are known by their id: %j is %j', (id, canonical) => {
    expect(canonicalSolutionId(id)).toBe(canonical);
    expect(solutionKey({ id })).toBe((canonical ?? '').toLowerCase());
  });

  it('keep of several names, and of several spellings of the id, the first in text order', () => {
    const rows = [
      { id: 'x', name: null },
      { id: 'X', name: 'Beta' },
      { id: 'x', name: ' Alpha ' },
    ];

    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const list = order.flatMap((index) => rows.slice(index, index + 1));
      expect(canonicalSolutions(list)).toEqual([{ id: 'X', name: 'Alpha' }]);
    }
  });

  it('keep a name that looks like a number against none', () => {
    const named = { id: 'x', name: '5' };
    const nameless = { id: 'x', name: null };

    expect(canonicalSolutions([named, nameless])).toEqual([named]);
    expect(canonicalSolutions([nameless, named])).toEqual([named]);
  });

  it('are sorted by the id in lower case', () => {
    expect(canonicalSolutions([{ id: 'AB' }, { id: 'a_' }, { id: 'aa' }])).toEqual([
      { id: 'a_', name: null },
      { id: 'aa', name: null },
      { id: 'AB', name: null },
    ]);
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
    [5000, '1001to5000employees'],
    [10_000, '5001to10000employees'],
    [9.9, '1to9employees'],
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
    expect(parseSize(0.5)).toBeNull();
    expect(parseSize(null)).toBeNull();
    expect(parseSize('1 200')).toBe('1001to5000employees');
    expect(parseSize(1200.5)).toBe('1001to5000employees');
    expect(parseSize('51 to 500 employees')).toBe('51to500employees');
    expect(parseSize('big')).toBeUndefined();
    expect(parseSize(true)).toBeUndefined();
  });

  it('reads back every bucket that it writes', () => {
    expect(SIZE_BUCKETS).toEqual([
      '1to9employees',
      '10to50employees',
      '51to250employees',
      '251to1000employees',
      '1001to5000employees',
      '5001to10000employees',
      '10001to20000employees',
      'Morethan20000employees',
    ]);
    for (const bucket of SIZE_BUCKETS) expect(parseSize(bucket)).toBe(bucket);
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
    expect(parseHelp('proof of concept | demo')).toBe('ProofOfConceptOrDemo');
    expect(parseHelp('Quotes & Licensing')).toBe('QuotesOrLicensing');
  });

  it("has the labels of Microsoft's connector", () => {
    expect(HELP_CODES.map(helpLabel)).toEqual([
      'Workload Specific Value Proposition',
      'Customer Technical Architecture',
      'Proof Of Concept or Demo',
      'Quotes or Licensing',
      'Post Sales Customer Success',
      'General or Other',
    ]);
  });

  it('knows a code of the wire from its label', () => {
    expect(isHelpCode('QuotesOrLicensing')).toBe(true);
    expect(isHelpCode('Quotes or Licensing')).toBe(false);
    expect(isHelpCode(null)).toBe(false);
  });

  it.each([
    [null],
    [undefined],
    [''],
    [' - '],
    ['Unknown'],
    ['None'],
    ['no'],
    ['No help'],
    ['No help required'],
    ['FALSE'],
    [false],
  ])('reads %j as no help asked', (value) => {
    expect(parseHelp(value)).toBeNull();
  });

  it.each([['Something else'], [7], [0], [true], ['1;2'], [{}], [['1']], [[]], ['constructor']])(
    'does not guess what %j asks for',
    (value) => {
      expect(parseHelp(value)).toBeUndefined();
    },
  );
});

describe('flags', () => {
  it.each([[true], ['true'], ['TRUE '], ['Yes'], ['y'], ['On'], [1], ['1'], ['x'], ['checked']])(
    'reads %j as yes',
    (value) => {
      expect(parseFlag(value)).toBe(true);
    },
  );

  it.each([[false], ['false'], ['No'], ['n'], [' OFF'], [0], ['0'], ['Unchecked']])(
    'reads %j as no',
    (value) => {
      expect(parseFlag(value)).toBe(false);
    },
  );

  it.each([[null], [undefined], [''], [' ']])('reads %j as nothing', (value) => {
    expect(parseFlag(value)).toBeNull();
  });

  it.each([['maybe'], [2], [{}], [['yes']], [[]]])('does not guess what %j says', (value) => {
    expect(parseFlag(value)).toBeUndefined();
  });
});
