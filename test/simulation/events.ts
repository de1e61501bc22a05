/** What happens to the world at a moment of a history: people, faults, operators, disasters. */
import { DecidedElsewhereError } from '../../src/core/errors.ts';
import { approveItems, dismissItems, resolveConflict, retryItems } from '../../src/engine/operator.ts';
import type { Simulation } from './one-run.ts';
import type { Event } from './scenario.ts';
import { perform } from './users.ts';

/** Lets an event happen. */
export async function happen(simulation: Simulation, event: Event): Promise<void> {
  const { server, trace } = simulation;
  trace.line(`happens ${JSON.stringify(event)}`);
  switch (event.kind) {
    case 'user':
      return perform(server, event.action, event.pick, event.value);
    case 'fault':
      server.marks.add(`fault-${event.fault}`);
      return server.faults.arm(event);
    case 'operator':
      return operate(simulation, event).catch(unlessDecidedElsewhere);
    case 'breaks':
      return breakAt(simulation, event);
    case 'loseState':
      // An answer that is still missing cannot be looked for any more, and a lagging list hides what there is.
      if (server.everHidden.size > 0 || !(await isTagged(simulation))) return;
      if (server.circumstances.listLagMinutes > 0 || (await simulation.state.ledger.intents()).length > 0)
        return;
      server.marks.add('state-lost');
      simulation.state = await simulation.disk.lose();
      simulation.serial = 0;
      server.history.lostAt = server.history.tick();
      return;
    default:
      return;
  }
}

function breakAt({ server }: Simulation, { pick, value }: Event): void {
  const own = [...server.partnerCenter.referrals.values()].filter(({ isMicrosofts }) => !isMicrosofts);
  const chosen = own[Math.floor(pick * own.length)];
  if (chosen !== undefined) server.broken.set(chosen.id, { engagementId: chosen.engagementId, value });
}

/** Whether at least one tag of each linked pair stands: else nothing would tell that they belong together. */
async function isTagged({ server, state }: Simulation): Promise<boolean> {
  const { crm, partnerCenter, mapping } = server;
  const links = await state.ledger.links({});
  return links.every(({ opportunityId, referralId }) => {
    const tag = partnerCenter.referrals.get(referralId)?.tag;
    const isThere = tag?.kind === 'opportunity' && tag.id === opportunityId;
    return isThere || crm.rows.get(opportunityId)?.values[mapping.tag.referralId] === referralId;
  });
}

/** An operator who looked a moment too early is told that another has decided, and leaves it at that. */
function unlessDecidedElsewhere(error: unknown): void {
  if (!(error instanceof DecidedElsewhereError)) throw error;
}

async function operate(simulation: Simulation, event: Extract<Event, { kind: 'operator' }>): Promise<void> {
  const { clock, server } = simulation;
  const { ledger } = simulation.state;
  const operator = { ledger, now: clock.now };
  const open = await ledger.attention({ state: 'open' });
  const choose = <T>(list: readonly T[]): T | undefined => list[Math.floor(event.pick * list.length)];
  if (event.action === 'operator.decide') {
    const item = choose(
      open.filter(
        ({ kind, values, decisions }) =>
          kind === 'conflict' &&
          values.some(({ applied }) => applied === null) &&
          Object.keys(decisions).length === 0,
      ),
    );
    if (item === undefined) return;
    await resolveConflict(operator, item, null, event.value % 2 === 0 ? 'crm' : 'partnerCenter');
    server.marks.add('conflict-decided');
  } else if (event.action === 'operator.approve') await approveEverything(simulation);
  else if (event.action === 'operator.retry') {
    const item = choose(open);
    if (item !== undefined) await retryItems(operator, [item]);
  } else {
    const item = choose(open.filter(({ kind }) => kind === 'notice'));
    if (item !== undefined) await dismissItems(operator, [item], 'seen');
  }
}

/** A person approves all that waits for it. */
export async function approveEverything({ state, clock, server, approvals }: Simulation): Promise<void> {
  const waiting = await state.ledger.attention({ state: 'open', kind: 'approval' });
  if (waiting.length === 0) return;
  approvals.count += 1;
  server.marks.add('approved');
  await approveItems({ ledger: state.ledger, now: clock.now }, waiting);
}
