import { expect, it } from 'vitest';
import { campaign, describeFailures } from './campaign.ts';

it('every guarantee holds, whatever users, faults and crashes do (fourth part)', {
  timeout: 300_000,
}, async () => {
  expect(await describeFailures(await campaign(1801, 600))).toBe('');
});
