import { describe, expect, it } from 'vitest';
import { MUTANTS, type Mutant } from './mutants.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulate.ts';

const SEEDS = 120;

/** The first guarantee that the checker sees broken, of those that this daemon breaks. */
async function caught({ sabotage, breaks, hint }: Mutant): Promise<string | null> {
  const seeds = [hint, ...Array.from({ length: SEEDS }, (_, index) => index + 1)];
  for (const seed of seeds) {
    const { violations } = await simulate(scenarioOf(String(seed)), { sabotage });
    const found = breaks.find((guarantee) => violations.some((text) => text.startsWith(`${guarantee} `)));
    if (found !== undefined) return found;
  }
  return null;
}

describe('the checker catches a daemon that', () => {
  it.each(MUTANTS)('$name', { timeout: 120_000 }, async (mutant) => {
    expect(await caught(mutant)).not.toBeNull();
  });
});
