/**
 * Merges random inputs with the core's merge and with a second, naive one, and prints the first on which they disagree:
 *
 *     npm run differential -- --runs 1000000 --seed 1
 */
import { inspect, parseArgs } from 'node:util';
import { findDifference } from '../test/support/differential.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  process.stderr.write('--runs takes a whole number from 1.\n');
  process.exit(2);
}
const startedAt = performance.now();
const difference = findDifference(values.seed, runs);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stdout.write(
  difference === null
    ? `${runs} inputs in ${seconds} s: both merges decide alike.\n`
    : `They disagree:\n${inspect(difference, { depth: 8 })}\n`,
);
process.exitCode = difference === null ? 0 : 1;
