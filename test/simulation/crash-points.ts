/** What becomes of plain lives of deals when the process dies at the n-th await boundary. */
import type { Circumstances, Event } from './scenario.ts';
import { simulate, type Verdict } from './simulate.ts';
import type { Story } from './stories.ts';

export interface CrashOutcome {
  /** Where the process died. */
  readonly run: number;
  readonly step: number;
  readonly verdict: Verdict;
}

/** Tells a story once for every boundary of every run, each time with a death there. */
export async function* crashEverywhere(
  { scenario }: Story,
  disk: Circumstances['disk'] = 'plain',
): AsyncGenerator<CrashOutcome> {
  const told = { ...scenario, circumstances: { ...scenario.circumstances, disk } };
  const { steps } = await simulate(told, { nights: false });
  for (const [run, count] of steps.entries()) {
    for (let step = 0; step < count; step += 1) {
      const crash: Event = { kind: 'crash', at: { run, step }, pick: 0, value: 0 };
      yield {
        run,
        step,
        verdict: await simulate({ ...told, events: [...told.events, crash] }, { nights: false }),
      };
    }
  }
}
