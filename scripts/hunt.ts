/**
 * Runs the property tests again and again with new inputs: `npm run hunt -- --rounds 20`. Stops at the first failure
 * and prints the command that repeats it.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write('--rounds takes a whole number from 1.\n');
  process.exit(2);
}

const files = globSync('test/**/*.test.ts').filter((file) =>
  /\bfc\.assert\b/u.test(readFileSync(file, 'utf8')),
);
for (let round = 1; round <= rounds; round += 1) {
  const seed = String(randomInt(2 ** 31));
  const command = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', ...files];
  const { status, stdout } = spawnSync(process.execPath, command, {
    env: { ...process.env, PROPERTY_SEED: seed },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    process.stdout.write(`${stdout}\nRepeat it with: PROPERTY_SEED=${seed} npm test\n`);
    process.exit(1);
  }
  process.stdout.write(`Round ${round} of ${rounds}, seed ${seed}: ${files.length} files hold.\n`);
}
