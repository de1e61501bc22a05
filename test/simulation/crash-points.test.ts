import { describe, expect, it } from 'vitest';
import { crashEverywhere } from './crash-points.ts';
import { simulate } from './simulate.ts';
import { STORIES } from './stories.ts';

describe('a process that dies at any await', () => {
  it.each(STORIES)('leaves nothing behind: $name', { timeout: 120_000 }, async (story) => {
    const undisturbed = await simulate(story.scenario, { nights: false });

    expect(undisturbed.violations).toEqual([]);
    for await (const { run, step, verdict } of crashEverywhere(story)) {
      expect(verdict.violations, `died in run ${run} at await ${step}`).toEqual([]);
      if (story.mayAsk === true && verdict.marks.has('unclear-asked')) continue;
      expect(verdict.finalState, `died in run ${run} at await ${step}`).toBe(undisturbed.finalState);
    }
  });

  it('finds its state in files as it does in memory', { timeout: 120_000 }, async () => {
    const story = STORIES.find(({ name }) => name.startsWith('help is asked of Microsoft from'));
    if (story === undefined) throw new TypeError('The story is gone.');
    const undisturbed = await simulate(story.scenario, { nights: false });

    for await (const { run, step, verdict } of crashEverywhere(story, 'file')) {
      expect(verdict.violations, `died in run ${run} at await ${step}`).toEqual([]);
      expect(verdict.finalState, `died in run ${run} at await ${step}`).toBe(undisturbed.finalState);
    }
  });
});
