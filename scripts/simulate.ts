/**
 * Simulates histories of both sides, the daemon and everything that can go wrong, each from one seed.
 *
 *     npm run simulate -- --runs 2000 --seed 1
 *     npm run simulate -- --wire --runs 200 --seed 1
 *
 * With `--wire` the real adapters talk to the sandbox's servers, and the wire between them misbehaves.
 *
 * The seeds are the numbers from `--seed` on. A history that breaks a guarantee is printed with the command that replays
 * it and the least that still breaks it. Exits with 1 when one does, or when something rare never happened.
 */
import { parseArgs } from 'node:util';
import { campaign, describeFailure, missingMarks } from '../test/simulation/campaign.ts';
import { describeWireFailure, missingWireMarks, wireCampaign } from '../test/simulation/wire/campaign.ts';

/** Fewer histories than this need not have shown everything. */
const ENOUGH_FOR_MARKS = 250;
const SHOWN_FAILURES = 5;

/** What both kinds of histories end with. */
interface Played {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly traceHash: string;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    wire: { type: 'boolean', default: false },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Usage: npm run simulate -- [--wire] --runs N --seed S, both whole numbers.\n');
  process.exit(2);
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const onEach = ({ seed: played, violations, traceHash }: Played, index: number): void => {
  if (runs === 1) print(`trace ${traceHash}`);
  if (violations.length > 0) print(`seed ${played}: ${violations[0]}`);
  if ((index + 1) % 250 === 0) print(`${index + 1} of ${runs}`);
};

/** Plays them; what to say of each that failed, and what never happened. */
async function play() {
  if (values.wire) {
    const { failures, ...result } = await wireCampaign(seed, runs, onEach);
    const described = failures.map((failure) => () => describeWireFailure(failure));
    print(`${result.requests} requests.`);
    return { described, marks: result.marks, missing: missingWireMarks(result) };
  }
  const result = await campaign(seed, runs, onEach);
  const described = result.failures.map((failure) => () => describeFailure(failure));
  return { described, marks: result.marks, missing: missingMarks(result) };
}

const startedAt = performance.now();
const { described, marks, missing: unseen } = await play();
const seconds = (performance.now() - startedAt) / 1000;
print(`${runs} histories in ${seconds.toFixed(1)} s, ${described.length} broken.`);
for (const [mark, count] of [...marks].sort(([a], [b]) => (a < b ? -1 : 1))) print(`  ${mark}: ${count}`);
for (const describe of described.slice(0, SHOWN_FAILURES)) print(`\n${await describe()}`);
const missing = runs < ENOUGH_FOR_MARKS ? [] : unseen;
if (missing.length > 0) print(`\nNever happened: ${missing.join(', ')}.`);
process.exitCode = described.length > 0 || missing.length > 0 ? 1 : 0;
