/**
 * Mutation tests of the core: breaks each line of a file in turn and sees whether the unit tests notice.
 *
 *     npm run mutate -- src/core/reconcile.ts src/core/guard.ts     these files; none: the whole core
 *
 * Each file is held against the unit tests that import it. A mutant that no test kills must be explained in
 * test/mutation/NAME.yaml; the others are printed. Exits with 1 when a file's score is below the one agreed on, when a
 * survivor is not explained, and when an explanation fits no survivor any more.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';

interface MutationReport {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly status: string;
          readonly mutatorName: string;
          readonly replacement?: string;
          readonly location: { readonly start: { readonly line: number; readonly column: number } };
        }[];
      }
    >
  >;
}

const AGREED_SCORE = 95;
const REPORT = 'reports/mutation/mutation.json';
const { positionals } = parseArgs({ allowPositionals: true });
const files = positionals.length > 0 ? positionals : globSync('src/core/**/*.ts').sort();
const tests = globSync('test/unit/{core,engine}/**/*.test.ts').map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));

/** The unit tests of the core that import a file; where none does, those of the engine; where none does either, all of the core's. */
function testsOf(file: string): readonly string[] {
  const wanted = resolve(file);
  const importing = tests
    .filter(({ path, text }) =>
      [...text.matchAll(/from '(\.[^']+)'/gu)].some(([, to = '']) => resolve(path, '..', to) === wanted),
    )
    .map(({ path }) => path);
  const named = tests
    .filter(({ path }) => {
      const [name, stem] = [basename(path), basename(file, '.ts')];
      return name === `${stem}.test.ts` || name.startsWith(`${stem}-`);
    })
    .map(({ path }) => path);
  const found = [...new Set([...importing, ...named])];
  return found.length > 0 ? found : tests.map(({ path }) => path).filter((path) => path.includes('/core/'));
}

/** A survivor that changes no answer: the line as it stands in the source, what becomes of it, and why no test can tell. */
const Explained = z.array(
  z.strictObject({
    line: z.string(),
    mutator: z.string(),
    replacement: z.string(),
    /** How many mutants of the line this is true of, where they look the same. */
    times: z.number().int().positive().default(1),
    why: z.string().min(10),
  }),
);

/** The explanations of a file of the core, from test/mutation/, at the same path as the file has in src/core. */
function explanationsOf(file: string): { left: number; readonly entry: z.infer<typeof Explained>[number] }[] {
  const path = join('test/mutation', relative('src/core', file).replace(/\.ts$/u, '.yaml'));
  if (!existsSync(path)) return [];
  return Explained.parse(parse(readFileSync(path, 'utf8'))).map((entry) => ({ left: entry.times, entry }));
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
let isBelow = false;
for (const file of files) {
  const { status, stdout, stderr } = spawnSync(
    'node_modules/.bin/stryker',
    ['run', '--mutate', relative('.', file)],
    {
      encoding: 'utf8',
      env: { ...process.env, MUTATE_TESTS: testsOf(file).join(',') },
      maxBuffer: 2 ** 28,
    },
  );
  if (status !== 0) {
    print(`${file}: Stryker failed.\n${(stdout ?? '').slice(-2000)}${(stderr ?? '').slice(-2000)}`);
    isBelow = true;
    continue;
  }
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as MutationReport;
  const mutants = Object.values(report.files).flatMap((entry) => entry.mutants);
  const counted = mutants.filter(({ status: how }) => how !== 'Ignored' && how !== 'CompileError');
  const alive = counted.filter(({ status: how }) => how === 'Survived' || how === 'NoCoverage');
  const score = counted.length === 0 ? 100 : (100 * (counted.length - alive.length)) / counted.length;
  const lines = readFileSync(file, 'utf8').split('\n');
  const explanations = explanationsOf(file);
  const unexplained = alive.filter(({ location, mutatorName, replacement = '' }) => {
    const line = lines[location.start.line - 1]?.trim();
    const fitting = explanations.find(
      ({ left, entry }) =>
        left > 0 &&
        entry.line.trim() === line &&
        entry.mutator === mutatorName &&
        entry.replacement.trim() === replacement.trim(),
    );
    if (fitting !== undefined) fitting.left -= 1;
    return fitting === undefined;
  });
  const outdated = explanations.filter(({ left }) => left > 0);
  if (score < AGREED_SCORE || unexplained.length > 0 || outdated.length > 0) isBelow = true;
  print(
    `${file}: ${score.toFixed(1)} % of ${counted.length}, ${alive.length} alive, ${unexplained.length} of them not explained`,
  );
  for (const { location, mutatorName, replacement, status: how } of unexplained)
    print(
      `  ${file}:${location.start.line}:${location.start.column} ${how} ${mutatorName} → ${replacement ?? ''}`,
    );
  for (const { entry } of outdated)
    print(`  ${file}: explained, but not alive: ${entry.line} (${entry.mutator} → ${entry.replacement})`);
}
process.exitCode = isBelow ? 1 : 0;
