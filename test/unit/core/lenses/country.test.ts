import fc from 'fast-check';
import countries from 'i18n-iso-countries/index.js';
import { describe, expect, it, vi } from 'vitest';
import { countryName, isCountryCode, toAlpha2 } from '../../../../src/core/lenses/country.ts';
import { COMMON_NAMES } from '../../../../src/core/lenses/country-names.ts';
import { nastyText } from './arbitraries.ts';

const ALL = Object.keys(countries.getAlpha2Codes());

describe('toAlpha2', () => {
  it.each([
    ['US', 'US'],
    ['us', 'US'],
    ['USA', 'US'],
    ['usa', 'US'],
    ['U.S.', 'US'],
    ['U.S.A.', 'US'],
    ['D.E.', 'DE'],
    ['D.E.U.', 'DE'],
    [' de ', 'DE'],
    ['the united states', 'US'],
    [`Germany${'.'.repeat(93)}`, 'DE'],
    ['Moldova, Republic of', 'MD'],
    ['Saint Lucia', 'LC'],
    ['Sint Maarten', 'SX'],
    ['St. Vincent & the Grenadines', 'VC'],
    ['Bosnia and Herzegovina', 'BA'],
    ['United States', 'US'],
    ['United States of America', 'US'],
    ['UK', 'GB'],
    ['GBR', 'GB'],
    ['Great Britain', 'GB'],
    ['England', 'GB'],
    ['EL', 'GR'],
    ['South Korea', 'KR'],
    ['Korea, Republic of', 'KR'],
    ['Republic of Korea', 'KR'],
    ['North Korea', 'KP'],
    ['Russia', 'RU'],
    ['Russian Federation', 'RU'],
    ['Czech Republic', 'CZ'],
    ['Czechia', 'CZ'],
    ['Holland', 'NL'],
    ['The Netherlands', 'NL'],
    ['Ivory Coast', 'CI'],
    ["Cote d'Ivoire", 'CI'],
    ['Côte d’Ivoire', 'CI'],
    ['Viet Nam', 'VN'],
    ['VIETNAM', 'VN'],
    ['Guinea', 'GN'],
    ['Guinea-Bissau', 'GW'],
    ['Turkey', 'TR'],
    ['TÜRKİYE', 'TR'],
    ['Niger', 'NE'],
    ['Nigeria', 'NG'],
    ['Dominica', 'DM'],
    ['Sudan', 'SD'],
    ['St. Lucia', 'LC'],
    ['Bosnia & Herzegovina', 'BA'],
    ['  Kenya ', 'KE'],
    ["China, People's Republic of", 'CN'],
  ])('reads %s as %s', (text, code) => {
    expect(toAlpha2(text)).toEqual({ code });
  });

  it.each([
    ['Deutschland', 'DE'],
    ['Vereinigte Staaten von Amerika', 'US'],
    ["États-Unis d'Amérique", 'US'],
    ['España', 'ES'],
    ['ESPANA', 'ES'],
    ['Österreich', 'AT'],
    ['Nederland', 'NL'],
    ['Polska', 'PL'],
    ['日本', 'JP'],
    ['中国', 'CN'],
    ['대한민국', 'KR'],
    ['Россия', 'RU'],
    ['Ελλάδα', 'GR'],
    ['Brasil', 'BR'],
    ['Sverige', 'SE'],
  ])('reads %s in its own language as %s', (text, code) => {
    expect(toAlpha2(text)).toEqual({ code });
  });

  it.each([
    ['Korea', ['KP', 'KR']],
    ['korea', ['KP', 'KR']],
    ['Congo', ['CD', 'CG']],
    ['Kongo', ['CD', 'CG']],
    ['Virgin Islands', ['VG', 'VI']],
    ['KOREA.', ['KP', 'KR']],
  ])('does not pick a country for %s', (text, candidates) => {
    expect(toAlpha2(text)).toEqual({ problem: 'ambiguous', candidates });
  });

  it.each([
    ['Philipines', 'PH'],
    ['Untied States', 'US'],
    ['Germny', 'DE'],
    ['Swizterland', 'CH'],
  ])('suggests a country for %s and does not guess it', (text, candidate) => {
    const reading = toAlpha2(text);

    expect(reading).toMatchObject({ problem: 'unknown' });
    expect('candidates' in reading && reading.candidates[0]).toBe(candidate);
  });

  it.each([
    ['Absurdistan'],
    ['ZZ'],
    ['XXX'],
    [''],
    ['?'],
    ['12'],
    [`Germany${'.'.repeat(94)}`],
    ['x'.repeat(10_000)],
    // Upper case would make codes of these: South Sudan, Finland, Italy, Iran, Burundi.
    ['ß'],
    ['\ufb01'],
    ['\u0131t'],
    ['\u0131rn'],
    ['bd\u0131'],
    // An article that does not lead, and a name in which only a comma would swap the ends ("Y Swistir" in Welsh).
    ['South the Korea'],
    ['Swistiry'],
  ])('knows no country %s and suggests none', (text) => {
    expect(toAlpha2(text)).toEqual({ problem: 'unknown', candidates: [] });
  });

  it.each([
    ['Iral', ['IQ', 'IR']],
    ['Argentia', ['AR', 'AM']],
    ['alos Islands', ['AX', 'CC', 'CK', 'FO']],
    ['Kora', ['KP', 'KR']],
    // Further from "Virgin Islands", which both are called, than from the first one's full name.
    ['Virgin Islans US', ['VI', 'VG']],
    ['Mayo', []],
    ['Guianna', []],
    ['Xo', []],
  ])(
    'suggests for %s all countries within a slip for every four letters, nearest first',
    (text, candidates) => {
      expect(toAlpha2(text)).toEqual({ problem: 'unknown', candidates });
    },
  );

  it('reads the same again, also after a thousand other names', () => {
    const first = toAlpha2('Germny');
    for (let count = 0; count < 1001; count += 1) toAlpha2(`no country ${count}`);

    expect(toAlpha2('Germny')).toEqual(first);
  });

  it('remembers the last thousand names and no more', async () => {
    vi.resetModules();
    const fresh = await import('../../../../src/core/lenses/country.ts');
    // Ways to write one name, told apart by the marks before it.
    const germany = (number: number) =>
      `${number.toString(2).padStart(10, '0').replaceAll('0', '-').replaceAll('1', '+')} Germany`;
    const first = fresh.toAlpha2(germany(0));

    for (let number = 1; number < 1000; number += 1) fresh.toAlpha2(germany(number));
    expect(fresh.toAlpha2(germany(0))).toBe(first);

    fresh.toAlpha2(germany(1000));
    expect(fresh.toAlpha2(germany(0))).not.toBe(first);
    expect(fresh.toAlpha2(germany(0))).toEqual(first);
  });

  it.each(COMMON_NAMES)('reads the common name %s as each country that bears it', (name, codes) => {
    const reading = toAlpha2(name);

    expect(codes.length).toBeGreaterThan(0);
    expect(codes.every(isCountryCode)).toBe(true);
    expect('code' in reading ? [reading.code] : reading.candidates).toEqual(
      expect.arrayContaining([...codes]),
    );
  });

  it('reads back every code, three-letter code and name that it writes', () => {
    for (const code of ALL) {
      expect(toAlpha2(code)).toEqual({ code });
      expect(toAlpha2(countries.alpha2ToAlpha3(code) ?? '')).toEqual({ code });
      expect(toAlpha2(countryName(code))).toEqual({ code });
    }
  });

  it('throws for no text and only ever answers with real codes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nastyText,
          fc.constantFrom(...ALL).map((code) => `${countryName(code)}x`),
        ),
        (text) => {
          const reading = toAlpha2(text);

          const codes = 'code' in reading ? [reading.code] : reading.candidates;
          expect(codes.every(isCountryCode)).toBe(true);
        },
      ),
    );
  });
});

describe('countryName', () => {
  it('names countries in English and leaves other codes alone', () => {
    expect(countryName('DE')).toBe('Germany');
    expect(countryName('kr')).toBe('South Korea');
    expect(countryName('ZZ')).toBe('ZZ');
    expect(isCountryCode('DE')).toBe(true);
    expect(isCountryCode('de')).toBe(false);
    expect(isCountryCode('ZZ')).toBe(false);
    expect(countryName('not a code')).toBe('not a code');
  });

  it('names them in English on a machine of another language too', async () => {
    const { DisplayNames } = Intl;
    class German extends DisplayNames {
      constructor(locales: Intl.LocalesArgument, options: Intl.DisplayNamesOptions) {
        super([locales].flat().length === 0 ? 'de' : locales, options);
      }
    }
    vi.resetModules();
    const fresh = await import('../../../../src/core/lenses/country.ts');
    const spy = vi.spyOn(Intl, 'DisplayNames').mockImplementation(German);

    try {
      expect(fresh.countryName('DE')).toBe('Germany');
    } finally {
      spy.mockRestore();
    }
  });
});
