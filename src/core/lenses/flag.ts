/** Yes or no, however a column spells it. */

const TRUE: ReadonlySet<string> = new Set(['true', 'yes', 'y', 'on', '1', 'x', 'checked']);
const FALSE: ReadonlySet<string> = new Set(['false', 'no', 'n', 'off', '0', 'unchecked']);

/** @returns null for nothing; undefined for what says neither yes nor no. */
export function parseFlag(value: unknown): boolean | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim().toLowerCase();
  if (text === '') return null;
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}
