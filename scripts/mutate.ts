/**
 * Mutation tests of the core: breaks each line of a file in turn and sees whether the unit tests notice.
 *
 *     npm run mutate -- src/core/reconcile.ts src/core/guard.ts     these files; none: the whole core
 *
 * Each file is held against the unit tests that import it. A mutant that no test kills must be explained in
 * test/mutation/NAME.yaml; the others are printed. Exits with 1 when a file's score is below the one agreed on, when a
 * survivor is not explained, and when an explanation fits no survivor any more.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Mutant, mutate, StrykerFailure } from './mutate/stryker.ts';

const AGREED_SCORE = 95;
const { positionals } = parseArgs({ allowPositionals: true });
const files = positionals.length > 0 ? positionals : globSync('src/core/**/*.ts').sort();
const tests = globSync('test/unit/{core,engine}/**/*.test.ts').map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));

const sources = globSync('src/core/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Those of some files that import a file. */
function importing(file: string, some: typeof sources): readonly string[] {
  const wanted = resolve(file);
  return some
    .filter(({ path, text }) =>
      [...text.matchAll(/from '(\.[^']+)'/gu)].some(([, to = '']) => resolve(path, '..', to) === wanted),
    )
    .map(({ path }) => path);
}

/** The unit tests that import a file or bear its name; where there are none, those of the files of the core that import it. */
function testsOf(file: string, asked: readonly string[] = []): readonly string[] {
  if (asked.includes(file)) return [];
  const stem = basename(file, '.ts');
  const named = tests
    .map(({ path }) => path)
    .filter((path) => basename(path) === `${stem}.test.ts` || basename(path).startsWith(`${stem}-`));
  const found = [...importing(file, tests), ...named];
  return [
    ...new Set(
      found.length > 0 ? found : importing(file, sources).flatMap((path) => testsOf(path, [...asked, file])),
    ),
  ];
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

/** Tells which survivors nobody has explained and which explanations fit none; whether all is well. */
function judge(file: string, tried: number, alive: readonly Mutant[]): boolean {
  const score = tried === 0 ? 100 : (100 * (tried - alive.length)) / tried;
  const lines = readFileSync(file, 'utf8').split('\n');
  const explanations = explanationsOf(file);
  const unexplained = alive.filter(({ location, mutatorName, replacement }) => {
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
  print(
    `${file}: ${score.toFixed(1)} % of ${tried}, ${alive.length} alive, ${unexplained.length} of them not explained`,
  );
  for (const { location, mutatorName, replacement, status } of unexplained)
    print(
      `  ${file}:${location.start.line}:${location.start.column} ${status} ${mutatorName} → ${replacement}`,
    );
  for (const { entry } of outdated)
    print(`  ${file}: explained, but not alive: ${entry.line} (${entry.mutator} → ${entry.replacement})`);
  return score >= AGREED_SCORE && unexplained.length === 0 && outdated.length === 0;
}

const sum = { tried: 0, alive: 0 };
for (const file of files.map((path) => relative('.', path))) {
  try {
    const { tried, alive } = mutate(file, testsOf(file));
    sum.tried += tried;
    sum.alive += alive.length;
    if (!judge(file, tried, alive)) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof StrykerFailure)) throw error;
    print(`${file}: Stryker failed.\n${error.message}`);
    process.exitCode = 1;
  }
}
print(`${sum.tried} mutants in ${files.length} files, ${sum.alive} alive`);
