/**
 * Runs the real command against remotes that accept a connection and then go silent, before and after the effect, with
 * nothing or with half an answer, and checks that it ends by its own deadlines and loses nothing. A run that never met
 * its silence counts as a problem.
 *
 *     npm run half-open
 *
 * Takes some minutes, because it waits out the command's real deadlines; that is why it is no test.
 */
import type { FaultKind } from '../src/sandbox/kernel/faults.ts';
import { createRandom } from '../src/sandbox/salesforce/random.ts';
import { run } from '../test/cli/command-line.ts';
import { openPlace } from './kill-campaign/sides.ts';
import { createUsers } from './kill-campaign/users.ts';
import { settleAndJudge } from './kill-campaign/verdict.ts';

/** Salesforce may take two minutes for a query, so its deadline is 150 s; that of the others is 60 s. */
const MAX_SECONDS = 240;
const KINDS: readonly FaultKind[] = ['hang', 'stall'];
const OPPORTUNITIES = 40;
const CRMS = ['salesforce', 'dynamics'] as const;
let problems = 0;

for (const crm of CRMS) {
  const at = await openPlace(crm, OPPORTUNITIES);
  const { place } = at;
  const users = createUsers(at, createRandom(3));
  await place.cli('sync');
  for (const system of ['partner-center', crm === 'salesforce' ? 'salesforce' : 'dataverse'] as const)
    for (const kind of KINDS)
      for (const when of ['before', 'after'] as const) {
        for (let edits = 0; edits < 6; edits += 1) users.act();
        // Whatever the users did, a new deal is a write to either side.
        const [fresh] = at.crm.unshared();
        if (fresh !== undefined) at.crm.share(fresh);
        place.sandbox.faults.add({ system, kind, when, times: 1, writesOnly: when === 'after' });
        const startedAt = performance.now();
        const { code, stderr } = await run(['sync', '--config', place.configFile]);
        const seconds = (performance.now() - startedAt) / 1000;
        const [fault] = place.sandbox.faults.list();
        place.sandbox.faults.clear();
        const isMet = (fault?.hits ?? 0) > 0;
        const isSound = isMet && (code === 0 || code === 3 || code === 4) && seconds < MAX_SECONDS;
        if (!isSound) problems += 1;
        process.stdout.write(
          `${crm}, ${system} ${kind} ${when}: ${fault?.hits ?? 0} met, exit code ${code} after ${seconds.toFixed(0)} s${isSound ? '' : ` PROBLEM ${stderr}`}\n`,
        );
      }
  const wrong = await settleAndJudge(at, users);
  problems += wrong.length;
  for (const text of wrong) process.stdout.write(`${crm}: ${text}\n`);
  await place.close();
}
process.stdout.write(`${problems} problems.\n`);
process.exitCode = problems > 0 ? 1 : 0;
