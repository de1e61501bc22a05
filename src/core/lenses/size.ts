/** A customer's size: head counts on the CRM's side, buckets on Partner Center's. */
import { parseAmount } from './money.ts';

/** What Partner Center takes today, smallest first. */
const BUCKETS: readonly { readonly name: string; readonly to: number }[] = [
  { name: '1to9employees', to: 9 },
  { name: '10to50employees', to: 50 },
  { name: '51to250employees', to: 250 },
  { name: '251to1000employees', to: 1000 },
  { name: '1001to5000employees', to: 5000 },
  { name: '5001to10000employees', to: 10_000 },
  { name: '10001to20000employees', to: 20_000 },
  { name: 'Morethan20000employees', to: Number.POSITIVE_INFINITY },
];

/** What older referrals still carry; read, and never sent for a new deal. */
const OLDER_BUCKETS: readonly string[] = ['1to50employees', '51to500employees', 'Morethan500employees'];

/** The names of today's buckets, smallest first. */
export const SIZE_BUCKETS: readonly string[] = BUCKETS.map((bucket) => bucket.name);

function keyOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const BY_KEY: ReadonlyMap<string, string> = new Map(
  [...SIZE_BUCKETS, ...OLDER_BUCKETS].map((name) => [keyOf(name), name]),
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
  if (bucket !== undefined) return bucket;
  const count = parseAmount(value);
  return typeof count === 'string' ? sizeOfCount(Number(count)) : count;
}
