import { describe, expect, it } from 'vitest';
import { campaign, describeFailure, missingMarks } from './campaign.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulate.ts';

/** `npm run simulate` goes further. */
const RUNS = 400;

describe('whatever users, faults and crashes do', () => {
  it('every guarantee holds, and everything rare has happened', { timeout: 300_000 }, async () => {
    const result = await campaign(1, RUNS);

    const reports = await Promise.all(result.failures.slice(0, 2).map(describeFailure));
    expect(reports.join('\n\n')).toBe('');
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
