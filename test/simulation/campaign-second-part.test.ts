import { expect, it } from 'vitest';
import { campaign, describeFailures } from './campaign.ts';

it('every guarantee holds, whatever users, faults and crashes do (second part)', {
  timeout: 300_000,
}, async () => {
  expect(await describeFailures(await campaign(601, 600))).toBe('');
});
