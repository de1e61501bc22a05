/** One simulated history from its scenario to its verdict. */
import { checkLegality } from './checks/legality.ts';
import { createDisk } from './disk.ts';
import { createClock, createTrace } from './gate.ts';
import { createMarker } from './marks.ts';
import { inventoryOf, moveIn } from './neighbour.ts';
import { oneRun, type SimulateOptions, type Simulation } from './one-run.ts';
import { quieten } from './quiet.ts';
import type { Scenario } from './scenario.ts';
import { createServer, type Server } from './server.ts';
import { mappingOf } from './world.ts';

export interface Verdict {
  readonly seed: string;
  /** What was found wrong, most telling first; empty: nothing. */
  readonly violations: readonly string[];
  /** Identifies the history: the same scenario always has the same. */
  readonly traceHash: string;
  readonly marks: ReadonlySet<string>;
  readonly trace: readonly string[];
  /** Boundaries passed in each run. */
  readonly steps: readonly number[];
  /** What both servers hold in the end, without times. */
  readonly finalState: string;
}

/** The ids that the fakes give to what they make. */
function opportunityIdAt(index: number): string {
  return `006550000${String(index).padStart(6, '0')}`;
}
function referralIdAt(index: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

const START = '2026-11-20T12:00:00.000Z';
/** Lives through a scenario and checks every guarantee on the way and at the end. */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Verdict> {
  const { circumstances, seed } = scenario;
  const clock = createClock(START);
  const trace = createTrace(options.keepsTrace === true);
  const server = createServer({
    seed,
    circumstances,
    mapping: mappingOf(circumstances.winner),
    clock,
    trace,
  });
  if (circumstances.accounts === 'match')
    server.crm.accounts.push({
      id: '0015500000AAAAA',
      name: 'Fabrikam GmbH',
      country: 'Germany',
      postalCode: '45127',
      city: 'Essen',
      duns: null,
    });
  const whole = createDisk(circumstances.disk, clock.now);
  const disk = options.sabotageDisk?.(whole) ?? whole;
  const simulation: Simulation = {
    scenario,
    server,
    clock,
    trace,
    disk,
    marker: createMarker(server),
    state: await disk.open(),
    serial: 0,
    approvals: { count: 0 },
  };
  const neighbour = await disk.neighbour();
  if (neighbour !== null)
    await moveIn(neighbour, server.mapping, { opportunity: opportunityIdAt, referral: referralIdAt });
  server.neighbour = neighbour;
  const moved = neighbour === null ? null : await inventoryOf(neighbour);
  const steps: number[] = [];
  try {
    for (let run = 0; run < circumstances.runs && !isOver(simulation, options); run += 1) {
      steps.push(
        await oneRun(
          simulation,
          run,
          scenario.events.filter(({ at }) => at.run === run),
          options,
        ),
      );
      server.faults.disarm();
      clock.passSeconds(circumstances.minutesBetweenRuns * 60);
    }
    if (!isOver(simulation, options)) await quieten(simulation, options);
    checkLegality(server);
    const after = await disk.neighbour();
    if (after !== null && !server.marks.has('state-lost')) {
      server.marks.add('beside-a-neighbour');
      if ((await inventoryOf(after)) !== moved)
        server.violations.push('G13 the state of another connection has changed');
    }
  } catch (error) {
    server.violations.push(
      `the engine threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    await disk.dispose();
  }
  for (const text of server.violations) trace.line(`violation ${text}`);
  return {
    seed,
    violations: [...new Set(server.violations)],
    traceHash: trace.hash(),
    marks: server.marks,
    trace: trace.lines,
    steps,
    finalState: finalStateOf(server),
  };
}

function isOver({ server }: Simulation, { failFast = true }: SimulateOptions): boolean {
  return failFast && server.violations.length > 0;
}

function finalStateOf({ crm, partnerCenter }: Server): string {
  return JSON.stringify({
    opportunities: [...crm.rows.values()].map(({ id, values, people, deleted }) => ({
      id,
      values,
      people,
      deleted,
    })),
    referrals: [...partnerCenter.referrals.values()].map(({ deal, tag, isMicrosofts }) => ({
      deal,
      tag,
      isMicrosofts,
    })),
  });
}
