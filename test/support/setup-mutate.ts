/** For mutation tests, where each test runs thousands of times: property tests draw few inputs. */
import { beforeEach, vi } from 'vitest';

const FEW = 150;

type Property = Parameters<typeof import('fast-check').assert>[0];

vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof import('fast-check')>();
  const fc = original.default;
  const assert = (property: Property, parameters?: { readonly numRuns?: number }) =>
    fc.assert(property, { ...parameters, numRuns: Math.min(parameters?.numRuns ?? FEW, FEW) });
  return { ...original, default: { ...fc, assert } };
});

declare global {
  /** Where Stryker keeps which test it is in, to write down what that test reaches. */
  var __stryker__: { currentTestId?: string | undefined } | undefined;
}

// Stryker's runner for vitest asks which test reaches which mutant even when told not to (`coverageAnalysis: off`). Where
// no test is known, what is reached counts as reached by all of them.
if (process.env.MUTATE_AGAINST === 'every test')
  beforeEach(() => {
    if (globalThis.__stryker__ !== undefined) globalThis.__stryker__.currentTestId = undefined;
  });
