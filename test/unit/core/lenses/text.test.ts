import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalText,
  decodeEntities,
  type LengthUnit,
  sameText,
  shorten,
  stripMarks,
} from '../../../../src/core/lenses/text.ts';
import { nastyText } from './arbitraries.ts';

describe('canonicalText', () => {
  it.each([
    ['  a  ', 'a'],
    ['\u00a0\u200b a b \ufeff\u2060', 'a b'],
    ['e\u0301', 'é'],
    ['a\r\nb\rc', 'a\nb\nc'],
    ['a\u0000\u001bb', 'ab'],
    ['a\ud83d', 'a\ufffd'],
    ['a\tb\nc', 'a\tb\nc'],
    [42, '42'],
    [false, 'false'],
  ])('reads %j as %j', (value, text) => {
    expect(canonicalText(value)).toBe(text);
  });

  it('reads whole numbers of any length', () => {
    expect(canonicalText(12345678901234567890n)).toBe('12345678901234567890');
  });

  it.each([[''], ['   '], ['\u00a0\u200b'], [null], [undefined], [{}], [['a']]])(
    'reads %j as nothing',
    (value) => {
      expect(canonicalText(value)).toBeNull();
    },
  );

  it('settles: reading canonical text changes nothing', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const once = canonicalText(text);

        expect(canonicalText(once)).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('decodeEntities', () => {
  it.each([
    ['Smith &amp; Sons', 'Smith & Sons'],
    ['&lt;b&gt; &quot;x&quot; &#39;y&#x27; &apos;', "<b> \"x\" 'y' '"],
    ['&amp;amp;', '&amp;'],
    ['&unknown; & &#0; &#xD800; &#9999999;', '&unknown; & &#0; &#xD800; &#9999999;'],
    ['&#128512;', '😀'],
    ['a&nbsp;b', 'a\u00a0b'],
    ['&#X41; &gt;', 'A >'],
    ['&#x10FFFF; &#x110000;', '\u{10ffff} &#x110000;'],
    ['&#xD7FF; &#xDFFF; &#xE000;', '\ud7ff &#xDFFF; \ue000'],
  ])('decodes %s once', (text, decoded) => {
    expect(decodeEntities(text)).toBe(decoded);
  });
});

describe('sameText', () => {
  const encode = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

  it('sees through one encoding of any text, even of text that looks encoded itself', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        expect(sameText(text, encode(text))).toBe(true);
        expect(sameText(encode(text), text)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('tells different texts apart', () => {
    expect(sameText('A & B', 'A and B')).toBe(false);
    expect(sameText(null, 'a')).toBe(false);
    expect(sameText('a', null)).toBe(false);
    expect(sameText(null, ' ')).toBe(true);
  });

  it.each([
    ['Smith & Sons', 'Smith &amp; Sons'],
    ['&amp;', '&amp;amp;'],
    ['Smith &#38; Sons', 'Smith &amp; Sons'],
    ['Smith', 'Smith&nbsp;'],
  ])('takes %j and %j for one text', (a, b) => {
    expect(sameText(a, b)).toBe(true);
    expect(sameText(b, a)).toBe(true);
  });
});

describe('shorten', () => {
  it.each<[string, number, LengthUnit, string]>([
    ['abcdef', 6, 'utf16', 'abcdef'],
    ['abcdef', 5, 'utf16', 'abcde'],
    ['ab😀', 4, 'utf16', 'ab😀'],
    ['ab😀', 3, 'utf16', 'ab'],
    ['ab😀', 3, 'codepoint', 'ab😀'],
    ['ab😀', 6, 'utf8', 'ab😀'],
    ['ab😀', 5, 'utf8', 'ab'],
    ['é', 1, 'utf8', ''],
    ['ae\u0301x', 2, 'codepoint', 'a'],
    ['a👩‍👩‍👧b', 7, 'utf16', 'a'],
    ['👩‍👩‍👧', 4, 'utf16', '👩'],
    ['word word', 5, 'utf16', 'word'],
    ['abc', 0, 'utf16', ''],
    ['ab ', 3, 'utf16', 'ab '],
    ['\u007f', 1, 'utf8', '\u007f'],
    ['\u0080', 1, 'utf8', ''],
    ['\u07ff', 2, 'utf8', '\u07ff'],
    ['\u0800', 2, 'utf8', ''],
    ['\uffff', 3, 'utf8', '\uffff'],
    ['\u{10000}', 3, 'utf8', ''],
    ['\u{10000}', 4, 'utf8', '\u{10000}'],
    ['a  \u200b b', 4, 'utf16', 'a'],
  ])('cuts %j to %i %s as %j', (text, limit, unit, expected) => {
    expect(shorten(text, limit, unit)).toBe(expected);
  });

  it('fits, keeps a beginning, splits no pair and settles', () => {
    const units = fc.constantFrom<LengthUnit>('utf16', 'codepoint', 'utf8');
    const length = {
      utf16: (text: string) => text.length,
      codepoint: (text: string) => [...text].length,
      utf8: (text: string) => Buffer.byteLength(text),
    };
    fc.assert(
      fc.property(nastyText, fc.nat(40), units, (raw, limit, unit) => {
        const text = canonicalText(raw) ?? '';

        const short = shorten(text, limit, unit);

        expect(length[unit](short)).toBeLessThanOrEqual(limit);
        expect(text.startsWith(short)).toBe(true);
        expect(short.isWellFormed()).toBe(true);
        expect(shorten(short, limit, unit)).toBe(short);
        expect(canonicalText(short) ?? '').toBe(short);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('stripMarks', () => {
  it.each([
    ['✔ ✔ ✔ Deal', 'Deal'],
    ['✔️Deal', 'Deal'],
    ['❌\u00a0✘ Deal', 'Deal'],
    ['✓Deal ✔', 'Deal ✔'],
    ['Deal ✔ signed', 'Deal ✔ signed'],
    ['✔  \n Deal', 'Deal'],
    ['Deal', 'Deal'],
    ['  Deal', '  Deal'],
    ['✔', ''],
  ])('takes the marks off %j', (name, stripped) => {
    expect(stripMarks(name)).toBe(stripped);
  });

  it('leaves nothing to strip', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        expect(stripMarks(stripMarks(text))).toBe(stripMarks(text));
      }),
    );
  });
});
