import fc from 'fast-check';

/** Text made of what breaks text handling: marks, blanks, entities, surrogates, emoji, right-to-left, controls. */
const NASTY = [
  '\u0000',
  '\u0007',
  '\u001b[31m',
  '\r\n',
  '\r',
  '\n',
  '\t',
  ' ',
  '\u00a0',
  '\u200b',
  '\u200d',
  '\ufeff',
  '\u2060',
  'e\u0301',
  'é',
  '\u0301',
  '&amp;',
  '&amp;amp;',
  '&#39;',
  '&lt;',
  '&',
  '&nbsp;',
  '👩‍👩‍👧',
  '🏳️‍🌈',
  '\ud83d',
  '\ude00',
  '\u202e',
  'עברית',
  '한국',
  '\u1112\u1161\u11ab',
  '✔',
  '✔️ ',
  '❌',
  "O'Brien",
  '%',
  '_',
  '\\',
  '=HYPERLINK',
  'İ',
  'ß',
  'a',
  '<',
  '"',
];

const SURROGATES = { first: 0xd800, count: 0x800 };

/** Any characters but halves of surrogate pairs. The library's own (`binary`) takes half a second to make its tables. */
const anyText = fc.string({
  unit: fc
    .nat({ max: 0x10ffff - SURROGATES.count })
    .map((code) => String.fromCodePoint(code < SURROGATES.first ? code : code + SURROGATES.count)),
  maxLength: 4,
});

export const nastyText = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), anyText), { maxLength: 30 })
  .map((parts) => parts.join(''));

export const day = fc
  .date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9999-12-29T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

export const recentInstant = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2060-01-01T00:00:00Z'),
  noInvalidDate: true,
});

export const phoneText = fc.oneof(
  fc.constantFrom(
    '+1 555 597 7081',
    '(020) 7946 0018',
    '+44 20 7946 0018',
    '0049 30 123456',
    '030/123456',
    'call me',
    '12',
    '+49 30 123456 ext. 7',
  ),
  fc.string({ unit: fc.constantFrom(...'0123456789+-() .x/'.split('')), maxLength: 18 }),
  nastyText,
);

export const country = fc.constantFrom(null, 'US', 'GB', 'DE', 'FR', 'IN', 'KR', 'AQ', 'zz');

export const personInput = fc.record(
  {
    firstName: fc.option(nastyText),
    lastName: fc.option(nastyText),
    email: fc.option(
      fc.oneof(fc.constantFrom('Anna@Partner.example', ' anna@partner.example ', 'bo@x.example'), nastyText),
    ),
    phone: fc.option(phoneText),
  },
  { requiredKeys: [] },
);
