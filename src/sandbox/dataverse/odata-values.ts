/** Values as filters and orders compare them. */

export type Scalar = string | number | boolean | null;
/** `day` and `stamp` are dates without and with a time of day; `any` compares with everything. */
export type PropertyType = 'string' | 'number' | 'boolean' | 'guid' | 'day' | 'stamp' | 'any';

/** Text compares whatever its case. */
export function folded(value: Scalar): Scalar {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** Order of two values; nulls come first. */
export function order(left: Scalar, right: Scalar): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}
