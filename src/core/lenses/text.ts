/** Text in its canonical form, and how the remotes' ways of spoiling it are seen through. */

export { escapeJson, escapeTerminal, guardTerminal, maskEmail, maskName, maskPhone } from './display.ts';

/** Blanks as Unicode knows them, and the invisible characters that copy and paste leaves at the ends. */
const EDGE = '[\\s\\u200b-\\u200d\\u2060\\ufeff]+';
const LEADING = new RegExp(`^${EDGE}`);
const TRAILING = new RegExp(`${EDGE}$`);
/** Control characters that no text column means; tab and line feed stay. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

function trimEnd(text: string): string {
  // A regular expression anchored at the end is quadratic in runs of blanks; this is not.
  let end = text.length;
  while (TRAILING.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * Text as the core compares it: composed Unicode (NFC), line feeds only, no control characters, no lone
 * surrogates, no blanks or invisible characters at the ends. Nothing, blank text and what is not text are null;
 * numbers and booleans become their text.
 */
export function canonicalText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value !== 'string') return null;
  const clean = value.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '').normalize('NFC');
  const trimmed = trimEnd(clean.replace(LEADING, ''));
  return trimmed === '' ? null : trimmed;
}

const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
]);
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));/g;

/** Undoes HTML encoding once, for comparison only: Partner Center returns some names encoded (`&amp;`). */
export function decodeEntities(text: string): string {
  return text.replace(ENTITY, (entity: string, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return NAMED_ENTITIES.get(name) ?? entity;
    const code = Number(decimal ?? `0x${hexadecimal}`);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : entity;
  });
}

/** Whether two texts are one text that a remote may have HTML-encoded on the way. */
export function sameText(a: string | null, b: string | null): boolean {
  const [left, right] = [canonicalText(a), canonicalText(b)];
  if (left === right) return true;
  if (left === null || right === null) return false;
  const [decodedLeft, decodedRight] = [
    canonicalText(decodeEntities(left)),
    canonicalText(decodeEntities(right)),
  ];
  return decodedLeft === right || left === decodedRight || decodedLeft === decodedRight;
}

/** What a column's length limit counts. */
export type LengthUnit = 'utf16' | 'codepoint' | 'utf8';

function lengthOf(text: string, unit: LengthUnit): number {
  if (unit === 'utf16') return text.length;
  let length = 0;
  for (const character of text) {
    if (unit === 'codepoint') length += 1;
    else length += utf8Length(character.codePointAt(0) ?? 0);
  }
  return length;
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

/** Made on first use: loading its data takes longer than all else in this file. */
let graphemes: Intl.Segmenter | null = null;

function takeWhileFits(pieces: Iterable<string>, limit: number, unit: LengthUnit): string {
  let taken = '';
  let length = 0;
  for (const piece of pieces) {
    length += lengthOf(piece, unit);
    if (length > limit) break;
    taken += piece;
  }
  return taken;
}

function* segmentsOf(text: string): Iterable<string> {
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of graphemes.segment(text)) yield segment;
}

/**
 * The longest beginning of a text that a column of this length can hold, cut between characters as people see them
 * (between code points when a single one is longer than the column), without blanks at its end. Shortening what is
 * already short enough changes nothing, so the shortened text can be recognised.
 */
export function shorten(text: string, limit: number, unit: LengthUnit): string {
  if (lengthOf(text, unit) <= limit) return text;
  const whole = takeWhileFits(segmentsOf(text), limit, unit);
  return trimEnd(whole === '' ? takeWhileFits(text, limit, unit) : whole);
}

/** Marks that connectors put before an opportunity's name: check marks and crosses, some with a style selector. */
const LEADING_MARKS = /^(?:[\u2713\u2714\u2717\u2718\u274c]\ufe0f?\s*)+/u;

/** A name without the check marks and crosses that Microsoft's connector puts before it, however many there are. */
export function stripMarks(name: string): string {
  return name.replace(LEADING_MARKS, '');
}
