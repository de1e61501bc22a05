/** One death at each moment there is: at the first such moment of a run, at the second, until a run comes through. */
import { createRandom } from '../../src/sandbox/salesforce/random.ts';
import { MOMENTS, type Moment, runAndKill } from './killing.ts';
import { type CrmKind, openPlace } from './sides.ts';
import { createUsers } from './users.ts';
import { settleAndJudge } from './verdict.ts';

const OPPORTUNITIES = 12;
const EDITS = 8;
/** What people do between the death and the next run. */
const EDITS_AFTER = 3;
/** More moments of one kind than a run of so few records can have. */
const MAX_MOMENTS = 200;

/** What the killed run finds: nothing is known yet, or both sides have edits to carry. */
export const SITUATIONS = ['the first run', 'a run that carries edits'] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface Swept {
  readonly moment: Moment;
  readonly deaths: number;
  readonly problems: readonly string[];
}

/** Kills a run at every moment of every kind, each time in a fresh place with the same users. */
export async function* killEverywhere(
  kind: CrmKind,
  situation: Situation,
  seed: number,
): AsyncGenerator<Swept> {
  for (const moment of Object.keys(MOMENTS) as readonly Moment[]) {
    const problems: string[] = [];
    let n = 1;
    for (; n <= MAX_MOMENTS; n += 1) {
      const found = await killOnce(kind, situation, moment, n, seed);
      if (found === null) break;
      problems.push(...found.map((text) => `${kind}, ${situation}, ${moment}, ${n}: ${text}`));
    }
    if (n > MAX_MOMENTS) problems.push(`${kind}, ${situation}, ${moment}: the run came never through.`);
    yield { moment, deaths: n - 1, problems };
  }
}

/** What is wrong after a death at the n-th moment; null where the run came through. */
async function killOnce(
  kind: CrmKind,
  situation: Situation,
  moment: Moment,
  n: number,
  seed: number,
): Promise<readonly string[] | null> {
  const at = await openPlace(kind, OPPORTUNITIES);
  const users = createUsers(at, createRandom(seed));
  try {
    at.place.sandbox.partnerCenter.createInbound();
    if (situation === 'a run that carries edits') {
      await at.place.cli('sync');
      for (let edit = 0; edit < EDITS; edit += 1) users.act();
    }
    const wasKilled = await runAndKill(at.place, moment, n, createRandom(seed), () => {});
    if (!wasKilled) return null;
    for (let edit = 0; edit < EDITS_AFTER; edit += 1) users.act();
    return await settleAndJudge(at, users);
  } finally {
    await at.place.close();
  }
}
