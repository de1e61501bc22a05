import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeJson,
  escapeTerminal,
  guardTerminal,
  maskEmail,
  maskName,
  maskPhone,
} from '../../../../src/core/lenses/display.ts';
import { nastyText } from './arbitraries.ts';

describe('text to show', () => {
  it('makes escape sequences and line breaks visible', () => {
    expect(escapeTerminal('\u001b[31mred\u001b[0m\nnext\tcell\u202e')).toBe(
      '\\u001b[31mred\\u001b[0m\\nnext\\tcell\\u202e',
    );
    expect(escapeTerminal("Zoë's 👩‍👩‍👧 deal, 50 %")).toBe("Zoë's 👩‍👩‍👧 deal, 50 %");
  });

  it('leaves no character that could move the cursor, break the line or break the encoding', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const shown = escapeTerminal(text);

        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
        expect(shown.isWellFormed()).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps the usual short escapes', () => {
    expect(escapeTerminal('a\tb\nc\rd')).toBe('a\\tb\\nc\\rd');
    expect(escapeTerminal('\ud83d')).toBe('\\ud83d');
  });

  it.each([
    ['anna.snelling@partner.example', 'a***@***.example'],
    ['ANNA@PARTNER.EXAMPLE', 'A***@***.EXAMPLE'],
    ['"a@b"@partner.example', '"***@***.example'],
    ['bob@partner.de', 'b***@***.de'],
    ['bo@x', '***@***'],
    ['anna@localhost', 'a***@***'],
    ['@partner.example', '***@***.example'],
    ['anna@.example', 'a***@***'],
    ['anna@partner.x', 'a***@***'],
    ['anna@partner.1com', 'a***@***'],
    ['anna@partner.com1', 'a***@***'],
    ['no address', '***'],
    ['\u001banna@x.com', '\\u001b***@***.com'],
  ])('hides the address %j as %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked);
  });

  it.each([
    ['+15555977081', '***81'],
    ['+1 (555) 597-70-81', '***81'],
    ['1234-56', '***56'],
    ['12345', '***'],
    ['1-2-3', '***'],
    ['12', '***'],
    ['', '***'],
  ])('hides the number %j as %s', (phone, masked) => {
    expect(maskPhone(phone)).toBe(masked);
  });

  it.each([
    ['Anna Snelling', 'A*** S***'],
    ['  Anna \t  Bo ', 'A*** ***'],
    ['Bob', 'B***'],
    ['Bo', '***'],
    ['', '***'],
    [' ', '***'],
    ['\u202eAnna', '\\u202e***'],
  ])('hides the name %j as %s', (name, masked) => {
    expect(maskName(name)).toBe(masked);
  });

  it('never shows an address, a number or a name whole', () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.string({ unit: 'grapheme', minLength: 2 }), (email, name) => {
        expect(maskEmail(email)).not.toContain(email.split('@')[1]);
        fc.pre(!'***'.includes(name.trim()));
        expect(maskName(name)).not.toContain(name.trim());
      }),
    );
  });
});

describe('text of several lines on its way to a terminal', () => {
  it.each([
    ['a\tb\nc é 😀', 'a\tb\nc é 😀'],
    ['a\r\nb', 'a\r\nb'],
    ['\r\u001b[2Kpulling', '\r\u001b[2Kpulling'],
    ['a\rb', 'a\\u000db'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u001b[2J', '\\u001b[2J'],
    ['\u001f\u007f\u009b31m\u202e', '\\u001f\\u007f\\u009b31m\\u202e'],
  ])('is shown the same with and without colours: %j', (text, guarded) => {
    expect(guardTerminal(text, true)).toBe(guarded);
    expect(guardTerminal(text, false)).toBe(guarded);
  });

  it('keeps colours only where colours are wanted', () => {
    const text = '\u001b[1;31mred~ \u001b[mplain';

    expect(guardTerminal(text, true)).toBe(text);
    expect(guardTerminal(text, false)).toBe('\\u001b[1;31mred~ \\u001b[mplain');
  });
});

describe('JSON on its way to a terminal', () => {
  it('writes what a terminal obeys as escapes, so that a reader gets the same value', () => {
    const value = { note: 'a\u007f\u009b\u202e\u2028\u2066 é 😀\n' };
    const shown = escapeJson(JSON.stringify(value));

    expect(shown).toBe('{"note":"a\\u007f\\u009b\\u202e\\u2028\\u2066 é 😀\\n"}');
    expect(JSON.parse(shown)).toEqual(value);
  });
});
