/** JSON as the server writes it: decimal numbers keep their trailing zeros. */

const MARK = '\u0001';

/** A number that is written with so many decimals. */
export function decimals(value: number, digits: number): string {
  return `${MARK}${value.toFixed(digits)}${MARK}`;
}

/** JSON text of a value that may hold such numbers. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(/"\\u0001(-?[\d.]+)\\u0001"/g, '$1');
}
