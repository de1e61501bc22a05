/** Runs Stryker over one file: every mutant quickly, and what survives that once more against every test. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const REPORT = 'reports/mutation/mutation.json';
/** Neither tried nor alive: asked for by a comment in the source, or no JavaScript at all. */
const UNTRIED: ReadonlySet<string> = new Set(['Ignored', 'CompileError']);
const ALIVE: ReadonlySet<string> = new Set(['Survived', 'NoCoverage']);

/** Lines and columns count from 1, as in editors. */
const Position = z.object({ line: z.number(), column: z.number() });
const Mutant = z.object({
  status: z.string(),
  mutatorName: z.string(),
  replacement: z.string().default(''),
  location: z.object({ start: Position, end: Position }),
});
const Report = z.object({ files: z.record(z.string(), z.object({ mutants: z.array(Mutant) })) });

export type Mutant = z.infer<typeof Mutant>;

/** A file's mutants: how many were tried, and which of them no test killed. */
export interface Outcome {
  readonly tried: number;
  readonly alive: readonly Mutant[];
}

/** Stryker itself failed; the message is the end of what it printed. */
export class StrykerFailure extends Error {}

type Against = 'the tests that reach it' | 'every test';

function run(mutate: string, against: Against, tests: readonly string[]): readonly Mutant[] {
  const { status, stdout, stderr } = spawnSync('node_modules/.bin/stryker', ['run', '--mutate', mutate], {
    encoding: 'utf8',
    // The first is for vitest.mutate.config.ts, the second for test/support/setup-mutate.ts.
    env: { ...process.env, MUTATE_TESTS: tests.join(','), MUTATE_AGAINST: against },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new StrykerFailure(`${(stdout ?? '').slice(-2000)}${(stderr ?? '').slice(-2000)}`);
  const { files } = Report.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
  return Object.values(files).flatMap(({ mutants }) => mutants);
}

/** Where a mutant is as Stryker's option wants it, which counts columns from 0. */
function rangeOf({ location: { start, end } }: Mutant): string {
  return `${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
}

const keyOf = ({ location, mutatorName, replacement }: Mutant): string =>
  JSON.stringify([location, mutatorName, replacement]);

/**
 * Breaks a file in every way Stryker knows and holds it against the tests.
 *
 * The quick run holds each mutant only against the tests that reach it. Code that runs once in a process (a table made
 * when it is first asked for, a remembered answer) is reached by the first test alone, and its mutants survive although
 * another test would fail. So what survives is held against all the tests, the mutant in place from the start.
 *
 * @throws StrykerFailure
 */
export function mutate(file: string, tests: readonly string[]): Outcome {
  const tried = run(file, 'the tests that reach it', tests).filter(({ status }) => !UNTRIED.has(status));
  const suspects = tried.filter(({ status }) => ALIVE.has(status));
  if (suspects.length === 0) return { tried: tried.length, alive: [] };
  const ranges = [...new Set(suspects.map(rangeOf))].map((range) => `${file}:${range}`);
  const killed = new Set(
    run(ranges.join(','), 'every test', tests)
      .filter(({ status }) => !ALIVE.has(status) && !UNTRIED.has(status))
      .map(keyOf),
  );
  return { tried: tried.length, alive: suspects.filter((mutant) => !killed.has(keyOf(mutant))) };
}
