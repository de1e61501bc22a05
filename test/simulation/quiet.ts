/** The end of a history: faults and users stop, the daemon goes on, and then everything must hold. */
import type { OpportunityId } from '../../src/core/ids.ts';
import { resolveConflict } from '../../src/engine/operator.ts';
import { checkAgreement, WITHIN_THE_HOUR } from './checks/agreement.ts';
import { checkEdits } from './checks/edits.ts';
import { checkState } from './checks/state.ts';
import { approveEverything } from './events.ts';
import { oneRun, type SimulateOptions, type Simulation } from './one-run.ts';

/** Runs after which whatever needs no person must agree: holds, grace and settling included. */
const QUIET_RUNS = 7;
const QUIET_MINUTES = 8;
/** Runs that a small write limit may take to get everything done. */
const MAX_CAPPED_RUNS = 20;

/** Faults and users stop; the daemon goes on, and a person approves what waits for that. Then everything must hold. */
export async function quieten(simulation: Simulation, options: SimulateOptions): Promise<void> {
  const { server, clock, scenario } = simulation;
  const { runs } = scenario.circumstances;
  server.calmDown();
  let run = runs;
  const go = async (count: number, full = false): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) {
      clock.passSeconds(QUIET_MINUTES * 60);
      await approveEverything(simulation);
      await oneRun(simulation, run, [], options, full);
      run += 1;
    }
  };
  const goUntilDone = async (count: number): Promise<void> => {
    await go(count);
    for (let turn = 0; turn < MAX_CAPPED_RUNS && (await wasCapped(simulation)); turn += 1) await go(1);
  };
  await goUntilDone(options.quietRuns ?? QUIET_RUNS);
  await checkSilence(simulation, WITHIN_THE_HOUR, () => go(2));
  await checkAgreement(simulation, WITHIN_THE_HOUR);
  server.broken.clear();
  if (options.nights === false) return checkEnd(simulation);
  await decideConflicts(simulation);
  // The night: the audit, and a second try for whatever was parked.
  clock.passSeconds(25 * 3600);
  await go(1, true);
  await goUntilDone(4);
  clock.passSeconds(24 * 3600);
  await go(1, true);
  await goUntilDone(2);
  await checkSilence(simulation, 'after two days', () => go(2));
  await checkAgreement(simulation, 'after two days');
  await checkEnd(simulation);
}

async function checkEnd(simulation: Simulation): Promise<void> {
  await checkState(simulation);
  await checkEdits(simulation);
}

async function decideConflicts({ scenario, state, clock, server }: Simulation): Promise<void> {
  const { verdict } = scenario.circumstances;
  if (verdict === null) return;
  const open = await state.ledger.attention({ state: 'open', kind: 'conflict' });
  for (const item of open) {
    if (!item.values.some(({ applied }) => applied === null)) continue;
    if (Object.keys(item.decisions).length > 0) continue;
    await resolveConflict({ ledger: state.ledger, now: clock.now }, item, null, verdict);
    server.marks.add('conflict-decided');
  }
}

async function wasCapped({ state }: Simulation): Promise<boolean> {
  const [last] = await state.ledger.runs(1);
  return /writes a run was reached|creates for this run was reached/u.test(last?.stopped ?? '');
}

async function checkSilence(
  { server, state }: Simulation,
  when: string,
  go: () => Promise<void>,
): Promise<void> {
  const before = server.writeCalls;
  const seen = server.history.now();
  await go();
  if (server.writeCalls === before) return;
  const links = await state.ledger.links({});
  const failing = new Set<string>(
    links.flatMap(({ opportunityId, referralId }) =>
      server.broken.has(referralId) ? [opportunityId, referralId] : [],
    ),
  );
  // What is out of sight or fails, or was deleted without a feed telling, is tried again now and then, in vain.
  const isGone = (id: string): boolean =>
    failing.has(id) ||
    server.crm.hidden.has(id as OpportunityId) ||
    server.crm.rows.get(id as OpportunityId)?.deleted === true;
  const sent = server.history.writes
    .filter(({ sequence, id }) => sequence > seen && !isGone(id))
    .map(({ what, id, deal }) => `${what} ${id} ${JSON.stringify(deal)}`);
  if (sent.length === 0) return;
  server.violations.push(`G5 ${when} a quiet run still wrote: ${sent.slice(0, 3).join('; ')}`);
}
