/**
 * Lives through every history of small worlds (test/simulation/small-scope.ts) and prints how many there were:
 *
 *     npm run exhaust                                  all scopes
 *     npm run exhaust -- "one edit a side"             one of them
 *     npm run exhaust -- --part 1/2                    half of each, for one of two processes
 */
import { parseArgs } from 'node:util';
import { describeScenario } from '../test/simulation/shrink.ts';
import { exhaust, SCOPES } from '../test/simulation/small-scope.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { part: { type: 'string', default: '1/1' } },
});
const [, index, of] = /^(\d+)\/(\d+)$/u.exec(values.part) ?? [];
if (index === undefined || of === undefined || Number(index) < 1 || Number(index) > Number(of)) {
  process.stderr.write(`--part is ${values.part}; write 1/2 for the first of two parts.\n`);
  process.exit(2);
}
const part = { index: Number(index) - 1, of: Number(of) };
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const wanted = positionals.length > 0 ? positionals : Object.keys(SCOPES);
let total = 0;
for (const name of wanted) {
  const scope = SCOPES[name];
  if (scope === undefined) {
    process.stderr.write(`There is no scope "${name}"; there are: ${Object.keys(SCOPES).join(', ')}.\n`);
    process.exit(2);
  }
  const startedAt = performance.now();
  const { histories, failure } = await exhaust(scope, {
    part,
    onEach: (count) => {
      if (count % 10_000 === 0) print(`  ${count}`);
    },
  });
  total += histories;
  print(`${name}: ${histories} histories in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  if (failure === null) continue;
  print(`${failure.verdict.violations.join('\n')}\n${describeScenario(failure.scenario)}`);
  process.exitCode = 1;
  break;
}
print(`${total} histories in all.`);
