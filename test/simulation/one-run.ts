/** One run of the daemon with everything that happens meanwhile, and what must hold right after it. */
import type { RunInput } from '../../src/engine/run.ts';
import { checkAfterCrash, checkCursors } from './checks/recovery.ts';
import { checkReport, checkRunLimits } from './checks/reports.ts';
import { runDaemon, type Sabotage } from './daemon.ts';
import type { Disk, OpenState } from './disk.ts';
import { happen } from './events.ts';
import { type Clock, createGate, type Trace } from './gate.ts';
import type { Marker } from './marks.ts';
import type { Event, Scenario } from './scenario.ts';
import type { Server } from './server.ts';

export interface SimulateOptions {
  readonly sabotage?: Sabotage;
  readonly keepsTrace?: boolean;
  /** Stops at the first violation. */
  readonly failFast?: boolean;
  /** Replaces the disk with a broken one. */
  readonly sabotageDisk?: (disk: Disk) => Disk;
  /** Asks the runs for something else than they should be asked for. */
  readonly sabotageInput?: Partial<RunInput>;
  /** Runs of the daemon after faults and users have stopped; as many as anything may need unless said otherwise. */
  readonly quietRuns?: number;
  /** Whether two nights follow with their audits and slow retries; true unless said otherwise. */
  readonly nights?: boolean;
}

/** Everything about a history that is under way. */
export interface Simulation {
  readonly scenario: Scenario;
  readonly server: Server;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly disk: Disk;
  readonly marker: Marker;
  state: OpenState;
  serial: number;
  readonly approvals: { count: number };
}

const AFTER_RUN = 100_000;

/** A run with everything that happens meanwhile. Returns how many boundaries it had. */
export async function oneRun(
  simulation: Simulation,
  run: number,
  events: readonly Event[],
  options: SimulateOptions,
  full = simulation.scenario.circumstances.fullRuns.includes(run),
): Promise<number> {
  const { scenario, server, clock, trace, marker } = simulation;
  const waiting = [...events];
  const stop = new AbortController();
  const gate = createGate({
    seed: scenario.seed,
    run,
    clock,
    trace,
    jitter: scenario.circumstances.jitter,
    async moment(step) {
      let dies = false;
      for (const event of takeUntil(waiting, step)) {
        if (event.kind === 'crash') dies = true;
        else if (event.kind === 'stop') stop.abort();
        else await happen(simulation, event);
      }
      return dies;
    },
  });
  server.runBegan.set(run, server.history.tick());
  server.faults.takeThrown();
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(run).padStart(6, '0')}${String(ids).padStart(6, '0')}`;
  };
  const before = await marker.before(simulation.state.ledger);
  const requests = { ...server.requests };
  const end = await runDaemon(
    { server, state: simulation.state, clock, gate, run, newId, sabotage: options.sabotage ?? null },
    { full, stop: stop.signal, ...options.sabotageInput },
  );
  if (end.kind === 'crashed') {
    server.marks.add('crash');
    if ((await simulation.state.ledger.intents()).length > 0) server.marks.add('crash-with-open-intent');
    if (scenario.circumstances.disk === 'file') server.marks.add('crash-on-disk');
    simulation.state = await simulation.disk.crash();
    await forgetUnsaved(simulation);
    await checkAfterCrash(simulation);
  } else {
    trace.line(`reports ${JSON.stringify(end.report)}`);
    if (stop.signal.aborted) server.marks.add('clean-stop');
    await checkReport(simulation, run, end.report, requests);
    marker.report(end.report);
  }
  // Once everything is quiet, the state as a whole is checked instead.
  if (run < scenario.circumstances.runs) await checkCursors(simulation);
  checkRunLimits(simulation, run, await linksGivenUp(simulation, before.statuses));
  await marker.after(simulation.state.ledger, before, run);
  simulation.serial = Math.max(simulation.serial, (await simulation.state.ledger.identity()).serial);
  for (const event of takeUntil(waiting, AFTER_RUN))
    if (event.kind !== 'crash') await happen(simulation, event);
  return gate.steps();
}

/** How many links a run gave up: their opportunity deleted, or their referral out of sight. */
async function linksGivenUp({ state }: Simulation, before: ReadonlyMap<string, string>): Promise<number> {
  const isUp = (status: string | undefined): boolean => status === 'active' || status === 'out-of-scope';
  const links = await state.ledger.links({});
  return links.filter(({ opportunityId, status }) => isUp(before.get(opportunityId)) && !isUp(status)).length;
}

/** A new process knows what its predecessor saved, and nothing else that it was told. */
async function forgetUnsaved({ server, state }: Simulation): Promise<void> {
  const { opportunities, referrals } = server.delivered;
  const rows = await state.ledger.opportunities([...opportunities.keys()]);
  for (const [id, { run }] of [...opportunities]) {
    const record = rows.get(id)?.record;
    if (record === undefined) opportunities.delete(id);
    else opportunities.set(id, { record, run });
  }
  const held = await state.ledger.referrals([...referrals.keys()]);
  for (const id of [...referrals.keys()]) {
    const record = held.get(id)?.record;
    if (record === undefined) referrals.delete(id);
    else referrals.set(id, record);
  }
}

function takeUntil(waiting: Event[], step: number): Event[] {
  const taken = waiting.filter(({ at }) => at.step <= step);
  for (const event of taken) waiting.splice(waiting.indexOf(event), 1);
  return taken;
}
