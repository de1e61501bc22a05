/** Makes a failing history small: drops events and oddities for as long as the same guarantee stays broken. */

import type { SimulateOptions } from './one-run.ts';
import { type Circumstances, calm, type Event, type Scenario } from './scenario.ts';
import { simulate, type Verdict } from './simulate.ts';

/** What a violation is about: its guarantee. */
export function guaranteeOf(verdict: Verdict): string | null {
  return verdict.violations[0]?.split(' ')[0] ?? null;
}

const MAX_ATTEMPTS = 400;

/** The smallest scenario found that still breaks the same guarantee. */
export async function shrink(scenario: Scenario, options: SimulateOptions = {}): Promise<Scenario> {
  const wanted = guaranteeOf(await simulate(scenario, options));
  if (wanted === null) return scenario;
  let best = scenario;
  let attempts = 0;
  const stillFails = async (candidate: Scenario): Promise<boolean> => {
    attempts += 1;
    return attempts <= MAX_ATTEMPTS && guaranteeOf(await simulate(candidate, options)) === wanted;
  };
  const keepIfFailing = async (candidate: Scenario): Promise<boolean> => {
    if (!(await stillFails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.events.length; ) {
      const events = best.events.filter((_, index) => index < start || index >= start + size);
      if (!(await keepIfFailing({ ...best, events }))) start += size;
    }
  }
  const plain = calm();
  for (const key of Object.keys(plain) as (keyof Circumstances)[]) {
    if (key === 'runs') continue;
    await keepIfFailing({ ...best, circumstances: { ...best.circumstances, [key]: plain[key] } });
  }
  const runs = Math.max(1, ...best.events.map(({ at }) => at.run + 1));
  await keepIfFailing({ ...best, circumstances: { ...best.circumstances, runs } });
  return best;
}

/** An event in one line. */
export function describeEvent(event: Event): string {
  const when = `run ${event.at.run}, ${event.at.step >= 100_000 ? 'after it' : `await ${event.at.step}`}`;
  switch (event.kind) {
    case 'user':
    case 'operator':
      return `${when}: ${event.action} (record ${event.pick.toFixed(3)}, value ${event.value})`;
    case 'fault':
      return `${when}: ${event.system} ${event.fault} (${event.value})`;
    default:
      return `${when}: ${event.kind}`;
  }
}

/** A scenario for a person to read: what is out of the ordinary, then the events in order. */
export function describeScenario({ circumstances, events }: Scenario): string {
  const plain = calm();
  const odd = (Object.keys(plain) as (keyof Circumstances)[])
    .filter((key) => JSON.stringify(plain[key]) !== JSON.stringify(circumstances[key]))
    .map((key) => `${key}=${JSON.stringify(circumstances[key])}`);
  const ordered = [...events].sort((a, b) => a.at.run - b.at.run || a.at.step - b.at.step);
  return [`circumstances: ${odd.join(' ')}`, ...ordered.map((event) => `  ${describeEvent(event)}`)].join(
    '\n',
  );
}
