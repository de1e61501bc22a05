/** Money as decimal text: never a binary float, never rounded on the way in. */
import { Decimal } from 'decimal.js';

/** Decimals that a CRM's money column holds. */
export const CRM_SCALE = 2;

/** No currency has amounts longer than this; a longer text is a mistake, or an attempt to exhaust memory. */
const MAX_DIGITS = 60;
const PLAIN = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
/** Blanks and apostrophes only ever group digits. */
const GROUPED_BY_BLANK = /^[+-]?\d{1,3}(?:([ '\u00a0\u2009\u202f\u2019])\d{3})(?:\1\d{3})*(?:\.\d+)?$/;
/** A comma groups for certain when it occurs more than once, or when a decimal point follows; likewise a point. */
const GROUPED_BY_COMMA = /^[+-]?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})$/;
const GROUPED_BY_POINT = /^[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})$/;

function withoutGrouping(text: string): string | null {
  if (PLAIN.test(text)) return text;
  if (GROUPED_BY_BLANK.test(text)) return text.replace(/[^\d.+-]/g, '');
  if (GROUPED_BY_COMMA.test(text)) return text.replaceAll(',', '');
  if (GROUPED_BY_POINT.test(text)) return text.replaceAll('.', '').replace(',', '.');
  return null;
}

function toText(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}

function read(amount: string): Decimal | null {
  return PLAIN.test(amount) ? new Decimal(amount) : null;
}

/**
 * Reads an amount as decimal text without exponent, trailing zeros or negative zero (`"10000"`, `"0.05"`).
 *
 * @returns null for nothing (null, missing, blank); undefined for what cannot be read as one certain number:
 *   `"10,000"` is ten thousand in one country and ten in another, so it is not guessed.
 */
export function parseAmount(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return parseAmount(value.toString());
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = String(value).trim();
  if (text === '') return null;
  const plain = text.length > MAX_DIGITS * 2 ? null : withoutGrouping(text);
  if (plain === null) return undefined;
  const amount = new Decimal(plain);
  return amount.e > MAX_DIGITS || amount.decimalPlaces() > MAX_DIGITS ? undefined : toText(amount);
}

/** Rounds decimal text to a number of decimals, halves away from zero; text that is no number stays as it is. */
export function roundToScale(amount: string, scale: number): string {
  const value = read(amount);
  return value === null ? amount : toText(value.toDecimalPlaces(scale, Decimal.ROUND_HALF_UP));
}

/** Whether two amounts are the same number; text that is no number is the same only as itself. */
export function sameAmount(a: string, b: string): boolean {
  const [first, second] = [read(a), read(b)];
  return first === null || second === null ? a === b : first.equals(second);
}

/** Whether the amount is a number above zero. */
export function isPositive(amount: string): boolean {
  return read(amount)?.greaterThan(0) === true;
}

/**
 * Minor units that ISO 4217 does not set at two decimals. `Intl` is no source for them: it gives the digits people
 * write in a shop, none for the Hungarian forint or the Indonesian rupiah, and rounding to those would change deals.
 */
const MINOR_UNITS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ...'CLF UYW'.split(' ').map((code) => [code, 4] as const),
]);

/** How many decimals a currency has: 2 for most, 0 for JPY, 3 for KWD. */
export function currencyScale(code: string): number {
  return MINOR_UNITS.get(code.toUpperCase()) ?? 2;
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Whether a text is the ISO 4217 code of a currency, in any case. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code.toUpperCase());
}

/** The ISO 4217 code in upper case; null for nothing; undefined when there is no such currency. */
export function parseCurrency(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') return undefined;
  const code = value.trim().toUpperCase();
  if (code === '') return null;
  return isCurrency(code) ? code : undefined;
}
