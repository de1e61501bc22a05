/** Solutions: identity is the id, whose case the remotes do not keep. */
import type { Solution } from '../deal.ts';
import { canonicalGuid } from '../ids.ts';
import { canonicalText } from './text.ts';

export interface SolutionInput {
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
}

const OWN_SOLUTION = /^SOL-/i;

/** A solution's id in its one form: `SOL-…` in upper case, a GUID in lower case, anything else as it is; null for none. */
export function canonicalSolutionId(text: string | null | undefined): string | null {
  const id = canonicalText(text);
  if (id === null) return null;
  return canonicalGuid(id) ?? (OWN_SOLUTION.test(id) ? id.toUpperCase() : id);
}

/** Identity of a solution: its id without regard to case. */
export function solutionKey(solution: SolutionInput): string {
  return canonicalSolutionId(solution.id)?.toLowerCase() ?? '';
}

function lesser<T extends string | null>(a: T, b: T): T {
  if (a === null || b === null) return a ?? b;
  return b < a ? b : a;
}

/**
 * Solutions each once (ids compared without case), sorted by id; rows without an id are dropped. Of several names
 * for one id the first in text order is kept, so that the order of the rows does not matter.
 */
export function canonicalSolutions(list: readonly SolutionInput[]): readonly Solution[] {
  const byKey = new Map<string, Solution>();
  for (const input of list) {
    const id = canonicalSolutionId(input.id);
    if (id === null) continue;
    const key = id.toLowerCase();
    const known = byKey.get(key);
    const name = canonicalText(input.name);
    byKey.set(
      key,
      known === undefined ? { id, name } : { id: lesser(known.id, id), name: lesser(known.name, name) },
    );
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, solution]) => solution);
}
