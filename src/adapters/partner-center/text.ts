const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi;

/** Undoes one level of HTML encoding: some texts come back encoded although they were not sent so. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, (whole: string, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}

/** Text in canonical form: decoded, line feeds only, composed characters, no space around; nothing left is null. */
export function canonicalText(raw: string): string | null {
  const text = decodeEntities(raw).replace(/\r\n?/g, '\n').normalize('NFC').trim();
  return text === '' ? null : text;
}

/** The same for a value that may be unknown (undefined) or empty (null), which it stays. */
export function canonicalTextOf<Empty extends null | undefined>(raw: string | Empty): string | null | Empty {
  return typeof raw === 'string' ? canonicalText(raw) : raw;
}
