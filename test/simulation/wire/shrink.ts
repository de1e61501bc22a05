/** Makes a failing history over the wire small: drops events for as long as the same guarantee stays broken. */
import type { WireEvent, WireScenario } from './scenario.ts';
import { simulateWire, type WireOptions, type WireVerdict } from './simulate.ts';

const MAX_ATTEMPTS = 150;

function guaranteeOf({ violations }: WireVerdict): string | null {
  return violations[0]?.split(' ')[0] ?? null;
}

/** The smallest scenario found that still breaks the same guarantee. */
export async function shrinkWire(scenario: WireScenario, options: WireOptions = {}): Promise<WireScenario> {
  const wanted = guaranteeOf(await simulateWire(scenario, options));
  if (wanted === null) return scenario;
  let best = scenario;
  let attempts = 0;
  const keepIfFailing = async (candidate: WireScenario): Promise<boolean> => {
    attempts += 1;
    if (attempts > MAX_ATTEMPTS) return false;
    if (guaranteeOf(await simulateWire(candidate, options)) !== wanted) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.events.length; ) {
      const events = best.events.filter((_, index) => index < start || index >= start + size);
      if (!(await keepIfFailing({ ...best, events }))) start += size;
    }
  }
  const runs = Math.max(1, ...best.events.map(({ run }) => run + 1));
  await keepIfFailing({ ...best, circumstances: { ...best.circumstances, runs } });
  return best;
}

function describeEvent(event: WireEvent): string {
  switch (event.kind) {
    case 'fault':
      return `run ${event.run}: ${event.fault} strikes ${event.side}'s ${event.aim} ${event.nth}`;
    case 'person':
      return `run ${event.run}, boundary ${event.step}: ${event.action} (record ${event.pick.toFixed(3)})`;
    case 'death':
      return `run ${event.run}, boundary ${event.step}: the process dies`;
    default:
      return `run ${event.run}: ${event.spell}`;
  }
}

/** A scenario for a person to read. */
export function describeWireScenario({ circumstances, events }: WireScenario): string {
  const ordered = [...events].sort((a, b) => a.run - b.run);
  const facts = Object.entries(circumstances).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [`circumstances: ${facts.join(' ')}`, ...ordered.map((event) => `  ${describeEvent(event)}`)].join(
    '\n',
  );
}
