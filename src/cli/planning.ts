/** Planning against a private copy of the state, so that the state itself keeps every byte. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import type { AttentionItem } from '../core/store-port.ts';
import type { Planned } from '../engine/round.ts';
import { planRun } from '../engine/run.ts';
import { type FreshPlan, recordVersions, type Standing } from '../engine/saved-plan.ts';
import { InterruptedError } from './exit-codes.ts';
import { createProgressLine } from './progress.ts';
import type { Services, State } from './services.ts';

export interface ConnectionPlanned extends FreshPlan {
  readonly connection: string;
  readonly guarded: Planned['guarded'];
  /** Why it is not all that there is to do; null when it is. */
  readonly stopped: string | null;
  /** Open items once everything was looked at. */
  readonly items: readonly AttentionItem[];
}

/** Where the state stands, read before anything is planned on it. */
export async function standingOf(state: State, connection: string): Promise<Standing> {
  const { lineage, serial, created } = await (await state.ledger(connection)).identity();
  // A copy of nothing is a new ledger: its identity is nobody's.
  return created ? { lineage: null, serial: 0 } : { lineage, serial };
}

/** Plans one connection on a copied state. Reads both sides, writes to no remote. */
export async function planConnection(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  copy: State,
): Promise<ConnectionPlanned> {
  const standing = await standingOf(copy, connection.name);
  const remotes = await services.connect(config, connection);
  const line = createProgressLine({
    write: services.terminal.err,
    isEnabled: services.terminal.canRedraw && !services.globals.quiet,
    label: connection.name,
    now: services.now,
    requests: remotes.requests,
  });
  try {
    const dependencies = await services.engine(connection, remotes, copy, line.show);
    // Nothing is written, so the first signal may end it at once.
    const signal = AbortSignal.any([services.stop, services.abort]);
    const planned = await planRun(dependencies, { signal, stop: services.stop, full: false }).catch(
      (error: unknown) => {
        if (services.stop.aborted)
          throw new InterruptedError('Planning was interrupted; nothing was written.');
        throw error;
      },
    );
    // A plan cut short would look like a whole one.
    if (services.stop.aborted) throw new InterruptedError('Planning was interrupted; nothing was written.');
    const { ledger } = dependencies;
    return {
      connection: connection.name,
      standing,
      mapping: (await services.mappingHashes(connection)).whole,
      records: await recordVersions(ledger, planned.actions),
      actions: planned.actions,
      guarded: planned.guarded,
      stopped: planned.stopped,
      items: await ledger.attention({ state: 'open' }),
    };
  } finally {
    line.clear();
  }
}
