import { defineConfig } from 'vitest/config';

/** The unit tests of the core alone: what the mutants of `npm run mutate` are held against. */
export default defineConfig({
  test: {
    include: (process.env.MUTATE_TESTS ?? 'test/unit/core/**/*.test.ts').split(','),
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 60_000,
  },
});
