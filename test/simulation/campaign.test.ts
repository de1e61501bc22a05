import { describe, expect, it } from 'vitest';
import { campaign, describeFailures, missingMarks } from './campaign.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulate.ts';

/** The other parts go on from here, and `npm run simulate` further. */
const RUNS = 600;

describe('whatever users, faults and crashes do', () => {
  it('every guarantee holds, and everything rare has happened', { timeout: 300_000 }, async () => {
    const result = await campaign(1, RUNS);

    expect(await describeFailures(result)).toBe('');
    expect(missingMarks(result)).toEqual([]);
  });

  it.each(['3', '17', '29', '44'])('seed %s is the same history each time', async (seed) => {
    const first = await simulate(scenarioOf(seed));
    const second = await simulate(scenarioOf(seed));

    expect(second.traceHash).toBe(first.traceHash);
  });

  it('different seeds are different histories', async () => {
    const hashes = await Promise.all(['1', '2', '3', '4'].map((seed) => simulate(scenarioOf(seed))));

    expect(new Set(hashes.map(({ traceHash }) => traceHash)).size).toBe(4);
  });
});
