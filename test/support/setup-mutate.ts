/** For mutation tests, where each test runs thousands of times: property tests draw few inputs. */
import { vi } from 'vitest';

const FEW = 150;

type Property = Parameters<typeof import('fast-check').assert>[0];

vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof import('fast-check')>();
  const fc = original.default;
  const assert = (property: Property, parameters?: { readonly numRuns?: number }) =>
    fc.assert(property, { ...parameters, numRuns: Math.min(parameters?.numRuns ?? FEW, FEW) });
  return { ...original, default: { ...fc, assert } };
});
