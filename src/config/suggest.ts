/** "Did you mean …?" for keys and names that nobody knows. */
import { editDistance } from '../core/lenses/edit-distance.ts';

function plain(text: string): string {
  return text.toLowerCase().replace(/[\s_-]/g, '');
}

/** The known name that a text was probably meant to be, or null when none is near. */
export function closest(text: string, known: readonly string[]): string | null {
  const wanted = plain(text);
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate), limit);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `; did you mean "x"?`, or nothing when no known name is near. */
export function didYouMean(text: string, known: readonly string[]): string {
  const candidate = closest(text, known);
  return candidate === null ? '' : `; did you mean "${candidate}"?`;
}

/**
 * Whether a text is a known name misspelled, where texts of its own are legal too: columns have underscores and dots,
 * so only a name without them may be one letter off.
 */
export function isSlipOf(text: string, name: string): boolean {
  if (plain(text) === plain(name)) return true;
  return !/[_.]/.test(text) && editDistance(text.toLowerCase(), name.toLowerCase(), 1) <= 1;
}
