/** A customer's size: head counts on the CRM's side, buckets on Partner Center's. */
import { parseAmount } from './money.ts';

interface Bucket {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What Partner Center takes today, smallest first. */
const BUCKETS: readonly Bucket[] = [
  { name: '1to9employees', from: 1, to: 9 },
  { name: '10to50employees', from: 10, to: 50 },
  { name: '51to250employees', from: 51, to: 250 },
  { name: '251to1000employees', from: 251, to: 1000 },
  { name: '1001to5000employees', from: 1001, to: 5000 },
  { name: '5001to10000employees', from: 5001, to: 10_000 },
  { name: '10001to20000employees', from: 10_001, to: 20_000 },
  { name: 'Morethan20000employees', from: 20_001, to: Number.POSITIVE_INFINITY },
];

/** What older referrals still carry; read, and never sent for a new deal. */
const OLDER_BUCKETS: readonly Bucket[] = [
  { name: '1to50employees', from: 1, to: 50 },
  { name: '51to500employees', from: 51, to: 500 },
  { name: 'Morethan500employees', from: 501, to: Number.POSITIVE_INFINITY },
];

/** The names of today's buckets, smallest first. */
export const SIZE_BUCKETS: readonly string[] = BUCKETS.map((bucket) => bucket.name);

function keyOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const BY_KEY: ReadonlyMap<string, Bucket> = new Map(
  [...BUCKETS, ...OLDER_BUCKETS].map((bucket) => [keyOf(bucket.name), bucket]),
);

/** The bucket of a number of employees; null below one. */
export function sizeOfCount(employees: number): string | null {
  return BUCKETS.find((bucket) => employees >= 1 && Math.floor(employees) <= bucket.to)?.name ?? null;
}

/**
 * Reads a size: a number of employees (as number or text) or a bucket's name in any spelling, older ones included.
 *
 * @returns null for nothing and for zero employees; undefined for what is neither a number nor a bucket.
 */
export function parseSize(value: unknown): string | null | undefined {
  const bucket = typeof value === 'string' ? BY_KEY.get(keyOf(value)) : undefined;
  if (bucket !== undefined) return bucket.name;
  const count = parseAmount(value);
  return typeof count === 'string' ? sizeOfCount(Number(count)) : count;
}

/** Whether two sizes can be the same customer's: an older, wider bucket agrees with every bucket it overlaps. */
export function sameSize(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  const [left, right] = [BY_KEY.get(keyOf(a)), BY_KEY.get(keyOf(b))];
  if (left === undefined || right === undefined || left === right) return keyOf(a) === keyOf(b);
  return left.from <= right.to && right.from <= left.to;
}
