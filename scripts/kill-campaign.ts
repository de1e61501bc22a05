/**
 * Kills the real command, again and again, while users edit both sides, and checks what is left of it.
 *
 *     npm run kill-campaign -- --kills 500 --seed 1
 *     npm run kill-campaign -- --each                  one death at each moment of a run, on fresh places
 *
 * Every death is SIGKILL at a chosen moment: at a remote write before or after its effect, at a read, at a token's
 * renewal, at a ledger commit, at a file that is half written. After every 20 deaths the command may come to rest, and
 * then there must be no duplicate, no lost edit, no disagreement, no illegal call, and nothing left to write. Exits
 * with 1 when there is; `--round 5` begins at the sixth of these rests. The same seed
 * makes the same users; how far a process gets before it dies is up to the machine.
 */
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '../src/sandbox/salesforce/random.ts';
import { killEverywhere, SITUATIONS } from './kill-campaign/each.ts';
import { MOMENTS, type Moment, runAndKill } from './kill-campaign/killing.ts';
import { type CrmKind, openPlace } from './kill-campaign/sides.ts';
import { createUsers } from './kill-campaign/users.ts';
import { settleAndJudge } from './kill-campaign/verdict.ts';

const KILLS_A_PLACE = 20;
const OPPORTUNITIES = 40;
const CRMS: readonly CrmKind[] = ['salesforce', 'dynamics'];

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    round: { type: 'string', default: '0' },
    each: { type: 'boolean', default: false },
  },
});
const [wanted, seed, first] = [Number(values.kills), Number(values.seed), Number(values.round)];
if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(seed) || !Number.isInteger(first)) {
  process.stderr.write('Usage: npm run kill-campaign -- --kills N --seed S [--round R], whole numbers.\n');
  process.exit(2);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const deaths = new Map<string, number>();
let survivals = 0;
let edits = 0;
const problems: string[] = [];

/** Kills a place's command so many times, then lets it rest; what is wrong then. */
async function campaignAt(kind: CrmKind, kills: number, random: Random): Promise<readonly string[]> {
  const at = await openPlace(kind, OPPORTUNITIES);
  const users = createUsers(at, random);
  const moments = Object.keys(MOMENTS) as readonly Moment[];
  try {
    // Otherwise every death is one of the first run's, in which there is nothing to edit yet.
    if (random.below(4) > 0) await at.place.cli('sync');
    for (let killed = 0; killed < kills; ) {
      for (let count = random.below(4); count >= 0; count -= 1) users.act();
      const moment = random.pick(moments);
      const n = 1 + random.below(MOMENTS[moment]);
      if (await runAndKill(at.place, moment, n, random, users.act)) {
        killed += 1;
        const name = `${kind}: ${moment}`;
        deaths.set(name, (deaths.get(name) ?? 0) + 1);
      } else survivals += 1;
    }
    edits += users.edits.length;
    return await settleAndJudge(at, users);
  } finally {
    await at.place.close();
  }
}

/** Kills at moments drawn by chance, many times in one place. */
async function drawMoments(): Promise<void> {
  for (let done = 0, round = first; done < wanted; round += 1) {
    const kind = CRMS[round % CRMS.length] ?? 'salesforce';
    const kills = Math.min(KILLS_A_PLACE, wanted - done);
    const found = await campaignAt(kind, kills, createRandom(seed * 1000 + round));
    problems.push(...found.map((text) => `round ${round} (${kind}): ${text}`));
    for (const text of found) print(`round ${round} (${kind}): ${text}`);
    done += kills;
    print(`${done} of ${wanted} killed, ${problems.length} problems.`);
  }
}

/** Kills at each moment that a run has. */
async function takeEach(): Promise<void> {
  for (const kind of CRMS) {
    for (const situation of SITUATIONS) {
      for await (const { moment, deaths: count, problems: found } of killEverywhere(kind, situation, seed)) {
        deaths.set(`${kind}: ${moment}`, (deaths.get(`${kind}: ${moment}`) ?? 0) + count);
        survivals += 1;
        problems.push(...found);
        print(`${kind}, ${situation}, ${moment}: ${count}`);
        for (const text of found) print(text);
      }
    }
  }
}

await (values.each ? takeEach() : drawMoments());
const killed = [...deaths.values()].reduce((sum, count) => sum + count, 0);
print(
  `${killed} processes killed, ${survivals} came through${values.each ? '' : `, ${edits} edits`}, ${problems.length} problems.`,
);
for (const [name, count] of [...deaths].sort(([a], [b]) => (a < b ? -1 : 1))) print(`  ${name}: ${count}`);
process.exitCode = problems.length > 0 ? 1 : 0;
