import { describe, expect, it } from 'vitest';
import { MUTANTS, type Mutant } from './mutants/index.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulate.ts';

const SEEDS = 120;
const GUARANTEES = Array.from({ length: 14 }, (_, index) => `G${index + 1}`);

/** What the checker says about the guarantee that this daemon breaks; null where it never notices. */
async function caught({ breaks, hint, name: _name, ...options }: Mutant): Promise<string | null> {
  const seeds = [hint, ...Array.from({ length: SEEDS }, (_, index) => index + 1)];
  for (const seed of seeds) {
    const { violations } = await simulate(scenarioOf(String(seed)), { ...options, failFast: false });
    const found = violations.find((text) => text.startsWith(`${breaks} `));
    if (found !== undefined) return found;
  }
  return null;
}

describe('the checker catches a daemon that', () => {
  it.each(MUTANTS)('$name ($breaks)', { timeout: 120_000 }, async (mutant) => {
    expect(await caught(mutant)).not.toBeNull();
  });
});

it('there is a broken daemon for each guarantee', () => {
  const broken = new Set(MUTANTS.map(({ breaks }) => breaks));

  expect(GUARANTEES.filter((guarantee) => !broken.has(guarantee))).toEqual([]);
});
