/**
 * Simulates histories of both sides, the daemon and everything that can go wrong, each from one seed.
 *
 *     npm run simulate -- --runs 2000 --seed 1
 *
 * The seeds are the numbers from `--seed` on. A history that breaks a guarantee is printed with the command that replays
 * it and the least that still breaks it. Exits with 1 when one does, or when something rare never happened.
 */
import { parseArgs } from 'node:util';
import { campaign, describeFailure, missingMarks } from '../test/simulation/campaign.ts';

/** Fewer histories than this need not have shown everything. */
const ENOUGH_FOR_MARKS = 250;
const SHOWN_FAILURES = 5;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Usage: npm run simulate -- --runs N --seed S, both whole numbers.\n');
  process.exit(2);
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const startedAt = performance.now();
const result = await campaign(seed, runs, (verdict, index) => {
  if (runs === 1) print(`trace ${verdict.traceHash}`);
  if (verdict.violations.length > 0) print(`seed ${verdict.seed}: ${verdict.violations[0]}`);
  if ((index + 1) % 250 === 0) print(`${index + 1} of ${runs}`);
});
const seconds = (performance.now() - startedAt) / 1000;
print(`${runs} histories in ${seconds.toFixed(1)} s, ${result.failures.length} broken.`);
for (const [mark, count] of [...result.marks].sort(([a], [b]) => (a < b ? -1 : 1)))
  print(`  ${mark}: ${count}`);
for (const failure of result.failures.slice(0, SHOWN_FAILURES)) print(`\n${await describeFailure(failure)}`);
const missing = runs < ENOUGH_FOR_MARKS ? [] : missingMarks(result);
if (missing.length > 0) print(`\nNever happened: ${missing.join(', ')}.`);
process.exitCode = result.failures.length > 0 || missing.length > 0 ? 1 : 0;
