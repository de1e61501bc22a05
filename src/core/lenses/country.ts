/** Countries as ISO 3166-1 alpha-2 codes, read from codes and names and never guessed. */
import countries from 'i18n-iso-countries/index.js';
import german from 'i18n-iso-countries/langs/de.json' with { type: 'json' };
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import spanish from 'i18n-iso-countries/langs/es.json' with { type: 'json' };
import french from 'i18n-iso-countries/langs/fr.json' with { type: 'json' };
import italian from 'i18n-iso-countries/langs/it.json' with { type: 'json' };
import dutch from 'i18n-iso-countries/langs/nl.json' with { type: 'json' };
import portuguese from 'i18n-iso-countries/langs/pt.json' with { type: 'json' };
import { COMMON_NAMES } from './country-names.ts';
import { editDistance } from './edit-distance.ts';

/** A country, or why there is none: candidates are codes to ask a person about, never to pick from. */
export type CountryReading =
  | { readonly code: string }
  | { readonly problem: 'unknown' | 'ambiguous'; readonly candidates: readonly string[] };

/** No country's name is longer; a longer text is an address or a mistake. */
const MAX_NAME_LENGTH = 100;
/** More distinct names than this and what was read of them is forgotten. */
const MAX_REMEMBERED = 1000;

/** Codes in common use that ISO assigns to nobody. */
const CODE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
]);

const ALPHA2: readonly string[] = Object.keys(countries.getAlpha2Codes());
const KNOWN: ReadonlySet<string> = new Set(ALPHA2);

type Index = ReadonlyMap<string, ReadonlySet<string>>;

/** A name without case, accents, punctuation, a leading article and the spelling variants of "saint" and "and". */
function keyOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f.'’ʼ‘`´]/g, '')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
    .replace(/^the /, '')
    .replace(/\bst(?= )/g, 'saint');
}

class NameIndex {
  readonly entries = new Map<string, Set<string>>();

  add(name: string | undefined, code: string): void {
    if (name === undefined) return;
    const key = keyOf(name);
    const codes = this.entries.get(key);
    if (codes === undefined) this.entries.set(key, new Set([code]));
    else codes.add(code);
  }

  addLocale(names: Readonly<Record<string, string | readonly string[]>>): void {
    for (const [code, name] of Object.entries(names)) {
      for (const one of typeof name === 'string' ? [name] : name) this.add(one, code);
    }
  }

  addDisplayNames(language: string): void {
    for (const style of ['long', 'short'] as const) {
      const display = new Intl.DisplayNames([language], { type: 'region', style, fallback: 'none' });
      for (const code of ALPHA2) this.add(display.of(code), code);
    }
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const englishIndex = once<Index>(() => {
  const index = new NameIndex();
  index.addLocale(english.countries);
  index.addDisplayNames('en');
  for (const [name, codes] of COMMON_NAMES) for (const code of codes) index.add(name, code);
  return index.entries;
});

/** Made only when codes and English names have missed: some sixty milliseconds, once. */
const worldIndex = once<Index>(() => {
  const index = new NameIndex();
  for (const locale of [german, spanish, french, italian, dutch, portuguese])
    index.addLocale(locale.countries);
  for (const language of countries.getSupportedLanguages()) index.addDisplayNames(language);
  return index.entries;
});

const englishDisplay = once(() => new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }));

/** The English name of a country, or the code itself when there is no such country. */
export function countryName(code: string): string {
  const known = code.toUpperCase();
  return (KNOWN.has(known) ? englishDisplay().of(known) : undefined) ?? code;
}

/** Whether the text is an ISO 3166-1 alpha-2 code in upper case. */
export function isCountryCode(code: string): boolean {
  return KNOWN.has(code);
}

/** Other scripts and ligatures are no codes, although some of them turn into such in upper case ("ß" into "SS"). */
const CODE = /^[A-Za-z]{2,3}$/;

function fromCode(text: string): string | null {
  const letters = text.replaceAll('.', '');
  if (!CODE.test(letters)) return null;
  const code = letters.toUpperCase();
  return CODE_ALIASES.get(code) ?? (KNOWN.has(code) ? code : (countries.alpha3ToAlpha2(code) ?? null));
}

function fromIndex(index: Index, key: string): CountryReading | null {
  const codes = [...(index.get(key) ?? [])].sort();
  const [code] = codes;
  if (code === undefined) return null;
  return codes.length === 1 ? { code } : { problem: 'ambiguous', candidates: codes };
}

/** Names within one slip of the pen for every four letters, nearest first. */
function similarTo(key: string): readonly string[] {
  const limit = Math.min(3, Math.floor(key.length / 4));
  const nearest = new Map<string, number>();
  for (const [name, codes] of englishIndex()) {
    const distance = editDistance(key, name, limit);
    if (distance > limit) continue;
    for (const code of codes) nearest.set(code, Math.min(distance, nearest.get(code) ?? distance));
  }
  return [...nearest]
    .sort(([codeA, a], [codeB, b]) => a - b || (codeA < codeB ? -1 : 1))
    .map(([code]) => code);
}

/** "Moldova, Republic of" as "Republic of Moldova"; null without a comma. */
function uninverted(text: string): string | null {
  const comma = text.indexOf(',');
  return comma < 0 ? null : keyOf(`${text.slice(comma)} ${text.slice(0, comma)}`);
}

function fromName(text: string, key: string): CountryReading {
  const keys = [key, uninverted(text) ?? key];
  for (const index of [englishIndex, worldIndex]) {
    for (const candidate of keys) {
      const reading = fromIndex(index(), candidate);
      if (reading !== null) return reading;
    }
  }
  return { problem: 'unknown', candidates: similarTo(key) };
}

const remembered = new Map<string, CountryReading>();

/**
 * Reads a country from an alpha-2 or alpha-3 code or a name in some eighty languages, whatever the case and accents.
 * A name that several countries bear ("Korea", "Congo") is ambiguous, a misspelt one unknown: both come with the
 * codes it may have meant, for a person to decide.
 */
export function toAlpha2(text: string): CountryReading {
  const trimmed = text.trim();
  if (trimmed.length > MAX_NAME_LENGTH) return { problem: 'unknown', candidates: [] };
  const code = fromCode(trimmed);
  if (code !== null) return { code };
  const known = remembered.get(trimmed);
  if (known !== undefined) return known;
  const reading = fromName(trimmed, keyOf(trimmed));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(trimmed, reading);
  return reading;
}
