/** The daemon within the simulation: the real engine on the real store, with a gate before and after everything it waits for. */
import type { FieldName } from '../../src/core/deal.ts';
import type { Logger, MessageChannel } from '../../src/core/ports.ts';
import type { Cursors, Ledger, LedgerChanges, RunReport } from '../../src/core/store-port.ts';
import type { EngineDependencies } from '../../src/engine/dependencies.ts';
import { performRun, type RunInput } from '../../src/engine/run.ts';
import { inspectWords } from './checks/secrecy.ts';
import type { OpenState } from './disk.ts';
import type { Clock, Gate } from './gate.ts';
import { openCrm } from './remote-crm.ts';
import { openPartnerCenter } from './remote-partner-center.ts';
import type { Server } from './server.ts';

/** Replaces parts of the daemon with broken ones, to see whether the checker notices. */
export type Sabotage = (dependencies: EngineDependencies, server: Server) => EngineDependencies;

export interface DaemonOptions {
  readonly server: Server;
  readonly state: OpenState;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly run: number;
  readonly newId: () => string;
  readonly sabotage: Sabotage | null;
}

function listeningLogger(server: Server): Logger {
  const listen = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    inspectWords(server, `the log line "${message}"`, fields);
  return { debug: listen, info: listen, warn: listen, error: listen };
}

function messenger(server: Server, gate: Gate): MessageChannel {
  return {
    name: 'operators',
    on: ['conflict', 'parked', 'approval', 'deadline', 'halted', 'credentials'],
    send: (message) =>
      gate.call('operators.send', () => {
        server.marks.add('operators-told');
        inspectWords(server, 'a message to the operators', message);
      }),
  };
}
const hashOf = (field: FieldName): string => `hash-${field}`;

/** Commits and saves are boundaries; reads of the own disk are not, because nothing can differ before and after them. */
function gatedLedger(ledger: Ledger, { server, gate, run }: DaemonOptions): Ledger {
  return new Proxy(ledger, {
    get(target, property, receiver): unknown {
      if (property === 'commit') {
        return (changes: LedgerChanges) =>
          gate.call('ledger.commit', async () => {
            inspectWords(server, 'the audit trail', changes.history ?? []);
            inspectWords(server, 'a report', changes.run ?? null);
            for (const { message, why } of changes.attention ?? [])
              inspectWords(server, 'an attention item', [message, why]);
            await target.commit(changes);
            for (const intent of changes.intents ?? [])
              if (!server.history.intents.has(intent.id))
                server.history.intents.set(intent.id, {
                  sequence: server.history.tick(),
                  intent,
                  settled: null,
                });
            for (const id of changes.settledIntents ?? []) {
              const known = server.history.intents.get(id);
              if (known !== undefined) known.settled = server.history.tick();
            }
            for (const link of changes.links ?? [])
              server.history.links.push({ sequence: server.history.tick(), link });
            for (const item of changes.attention ?? [])
              server.history.named.push({ sequence: server.history.tick(), run, item });
          });
      }
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'function' || property === 'referralVersion') return value;
      return (...given: unknown[]): unknown =>
        gate.isDead() ? new Promise(() => {}) : Reflect.apply(value, target, given);
    },
  });
}

function gatedCursors(cursors: Cursors, gate: Gate): Cursors {
  return {
    load: (key) => cursors.load(key),
    save: (key, value) => gate.call(`cursors.save ${key}`, () => cursors.save(key, value)),
    reset: () => cursors.reset(),
  };
}

/** What the engine works with in one life of its process. */
export function dependenciesOf(options: DaemonOptions): EngineDependencies {
  const { server, state, clock, gate, run, newId, sabotage } = options;
  const { circumstances } = server;
  const dependencies: EngineDependencies = {
    connection: 'contoso',
    crm: openCrm(server, gate, run),
    partnerCenter: openPartnerCenter(server, gate, run),
    ledger: gatedLedger(state.ledger, options),
    cursors: gatedCursors(state.cursors, gate),
    mapping: server.mapping,
    hashOf,
    policy: {
      settleSeconds: circumstances.settleSeconds,
      closeHoldMinutes: circumstances.closeHoldMinutes,
      maxWritesPerRun: circumstances.maxWritesPerRun,
      maxClosesPerRun: circumstances.maxClosesPerRun,
      createGraceMinutes: 15,
      pastCloseDate: 'park',
      inbound: { create: true, accounts: circumstances.accounts, existing: 'leave' },
      approvals: circumstances.approvals,
      runMinutes: 55,
    },
    timeZone: 'UTC',
    now: () => new Date(clock.now().getTime() + circumstances.clockSkewSeconds * 1000),
    newId,
    requests: () => ({ ...server.requests, graph: 0, retries: 0 }),
    logger: listeningLogger(server),
    ...(circumstances.messages ? { channels: [messenger(server, gate)] } : {}),
    progress: () => {},
  };
  return sabotage === null ? dependencies : sabotage(dependencies, server);
}

export type RunEnd = { readonly kind: 'finished'; readonly report: RunReport } | { readonly kind: 'crashed' };

/** Performs one run, or as much of it as the process lives to see. */
export async function runDaemon(
  options: DaemonOptions,
  how: Pick<RunInput, 'full' | 'stop'> & Partial<RunInput>,
): Promise<RunEnd> {
  const { maxCreates } = options.server.circumstances;
  const run = performRun(dependenciesOf(options), {
    signal: new AbortController().signal,
    only: null,
    ...(maxCreates === null ? {} : { maxCreates }),
    ...how,
  }).then((report) => ({ kind: 'finished' as const, report }));
  // A process that dies takes its unsettled promises with it.
  run.catch(() => {});
  return Promise.race([run, options.gate.death.then(() => ({ kind: 'crashed' as const }))]);
}
