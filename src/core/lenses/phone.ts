/** Phone numbers: E.164 where they can be read, else the text as found (Partner Center takes free text). */
import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { canonicalText } from './text.ts';

function countryOf(country: string | null): CountryCode | undefined {
  const code = country?.toUpperCase() ?? '';
  return isSupportedCountry(code) ? code : undefined;
}

/**
 * A number that is complete on its own. Its length must be right for its country; whether the area code is in use
 * is not asked, for that changes with the numbering plans. A number with an extension stays text: E.164 cannot
 * hold the extension. So does one that reads as another number in its own E.164 form: the library takes a national
 * prefix off such numbers each time it reads them, and what is written must read back as itself.
 */
function complete(number: PhoneNumber | undefined): string | null {
  if (number?.isPossible() !== true || number.ext !== undefined) return null;
  return parsePhoneNumberFromString(number.number)?.number === number.number ? number.number : null;
}

/**
 * A phone number as E.164 (`+442079460018`), reading national numbers as the country's.
 *
 * @param country ISO 3166-1 alpha-2, or null when it is not known: then only international numbers are read.
 * @returns the trimmed text when it cannot be read as one number.
 */
export function toE164(text: string, country: string | null): string {
  const trimmed = canonicalText(text) ?? '';
  const defaultCountry = countryOf(country);
  const options = defaultCountry === undefined ? { extract: false } : { defaultCountry, extract: false };
  return complete(parsePhoneNumberFromString(trimmed, options)) ?? trimmed;
}

function digitsOf(text: string): string {
  return text.replace(/[^\p{Nd}]/gu, '');
}

/** Whether a text is the number in E.164 with an international prefix (00, from North America 011) for the plus. */
function isDialledFormOf(e164: string, text: string): boolean {
  return (
    e164.startsWith('+') && ['00', '011'].some((prefix) => `${prefix}${e164.slice(1)}` === digitsOf(text))
  );
}

/** Whether a text without country code is the same number as one in E.164, read as that number's country would. */
function isNationalFormOf(e164: string, text: string): boolean {
  const defaultCallingCode = parsePhoneNumberFromString(e164)?.countryCallingCode;
  if (defaultCallingCode === undefined) return false;
  return complete(parsePhoneNumberFromString(text, { defaultCallingCode, extract: false })) === e164;
}

/** Whether two phone texts mean one number, however they are spaced and whether or not the country is written. */
export function samePhone(a: string | null, b: string | null): boolean {
  const [left, right] = [toE164(a ?? '', null), toE164(b ?? '', null)];
  const [leftDigits, rightDigits] = [digitsOf(left), digitsOf(right)];
  if (leftDigits === rightDigits) return leftDigits !== '' || left.toLowerCase() === right.toLowerCase();
  return [[left, right] as const, [right, left] as const].some(
    ([e164, text]) => isDialledFormOf(e164, text) || isNationalFormOf(e164, text),
  );
}
