import { defineConfig } from 'vitest/config';

/** The tests that the mutants of `npm run mutate` are held against: those it names, else the unit tests of the core. */
export default defineConfig({
  test: {
    include: (process.env.MUTATE_TESTS ?? 'test/unit/core/**/*.test.ts').split(','),
    setupFiles: ['test/support/setup-mutate.ts', 'test/support/setup.ts'],
    testTimeout: 60_000,
    // Every mutant has a worker of its own; that its test files share it saves most of the time.
    isolate: false,
  },
});
