import { describe, expect, it } from 'vitest';
import { findDifference } from '../../support/differential.ts';

/** `npm run differential -- --runs 1000000` goes further. */
const RUNS = 30_000;

describe('the merge and a second one, written from the rules alone', () => {
  it('decide alike whatever the baseline, the two sides and the policy', () => {
    expect(findDifference('1', RUNS)).toBeNull();
  });
});
