import { describe, expect, it } from 'vitest';
import { describeWireFailure, missingWireMarks, wireCampaign } from './campaign.ts';
import { WIRE_MUTANTS, type WireMutant } from './mutants.ts';
import { wireScenarioOf } from './scenario.ts';
import { simulateWire } from './simulate.ts';

/** `npm run simulate -- --wire` goes further. From this seed on, everything rare comes early. */
const FIRST = 216;
const RUNS = 28;
const SEEDS = 40;

describe('whatever the wire does between the adapters and the servers', { timeout: 300_000 }, () => {
  it('every guarantee holds, and every fault has struck both sides', async () => {
    const result = await wireCampaign(FIRST, RUNS);

    const reports = await Promise.all(result.failures.slice(0, 1).map(describeWireFailure));
    expect(reports.join('\n\n')).toBe('');
    expect(missingWireMarks(result)).toEqual([]);
  });

  it.each(['3', '8', '21'])('seed %s is the same history each time', async (seed) => {
    const first = await simulateWire(wireScenarioOf(seed));
    const second = await simulateWire(wireScenarioOf(seed));

    expect(second.traceHash).toBe(first.traceHash);
  });
});

/** What the checker says about the guarantee that this daemon breaks; null where it never notices. */
async function caught({ breaks, hint, sabotage }: WireMutant): Promise<string | null> {
  for (let seed = hint; seed < hint + SEEDS; seed += 1) {
    const { violations } = await simulateWire(wireScenarioOf(String(seed)), { sabotage });
    const found = violations.find((text) => text.startsWith(`${breaks} `));
    if (found !== undefined) return found;
  }
  return null;
}

describe('the checker of the wire catches a daemon that', { timeout: 120_000 }, () => {
  it.each(WIRE_MUTANTS)('$name ($breaks)', async (mutant) => {
    expect(await caught(mutant)).not.toBeNull();
  });
});
