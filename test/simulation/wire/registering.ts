/** Histories in which won deals are registered: a day between two runs, as a deal must be open for three before it is won. */
import { createRandom } from '../random.ts';
import type { WireEvent, WireFaultKind, WireScenario } from './scenario.ts';

const DAYS_AND_MORE = 26 * 60;
/** Received deals that nobody answers must not expire meanwhile. */
const MAX_RUNS = 7;
const AFTER_RUN = 100_000;

/**
 * The same history with sellers who want deals registered, and Microsoft that reviews them.
 * @param kinds what strikes a registration, each as likely
 */
export function registering(scenario: WireScenario, kinds: readonly WireFaultKind[]): WireScenario {
  const random = createRandom(scenario.seed, 'registration');
  const runs = Math.min(scenario.circumstances.runs, MAX_RUNS);
  const late = (): number => random.between(2, runs - 1);
  const person = (action: Extract<WireEvent, { kind: 'person' }>['action'], run: number): WireEvent => ({
    kind: 'person',
    run,
    step: random.chance(0.5) ? AFTER_RUN : random.below(30),
    action,
    pick: random.next(),
  });
  const events: WireEvent[] = [];
  for (let left = random.between(1, 3); left > 0; left -= 1) {
    events.push(person('crm.register', random.below(2)), person('crm.winToRegister', random.between(1, 3)));
    for (let more = random.between(1, 3); more > 0; more -= 1)
      events.push(person('microsoft.review', late()), person('crm.contract', late()));
  }
  for (let run = 2; run < runs; run += 1)
    if (random.chance(0.6))
      events.push({
        kind: 'fault',
        run,
        side: 'partnerCenter',
        aim: 'register',
        nth: 0,
        fault: random.pick(kinds),
      });
  if (random.chance(0.5)) events.push({ kind: 'death', run: late(), step: random.below(40) });
  return {
    ...scenario,
    circumstances: {
      ...scenario.circumstances,
      runs,
      minutesBetweenRuns: DAYS_AND_MORE,
      registers: true,
    },
    events: [...scenario.events.filter(({ run }) => run < runs), ...events],
  };
}
