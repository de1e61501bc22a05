/**
 * Runs, one at a time for each connection and different connections side by side. What is asked for while a run is on
 * waits and becomes one run after it, however much was asked: a schedule that ticks four times during a long run is
 * made up once.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '../core/ports.ts';
import type { RunReport } from '../core/store-port.ts';
import type { Progress } from '../engine/dependencies.ts';
import { performRun, type RunInput } from '../engine/run.ts';
import type { CredentialState, DaemonConnection } from './connection.ts';
import { createEventBus, type DaemonEvent } from './events.ts';
import { mergeRequests, type RunKind, type RunRequest } from './requests.ts';
import type { Appointment } from './scheduler.ts';

export type { RunKind, RunRequest } from './requests.ts';

export interface ConnectionStatus {
  readonly connection: string;
  readonly state: 'idle' | 'running';
  readonly running: {
    readonly kind: RunKind;
    readonly since: string;
    readonly progress: Progress | null;
  } | null;
  /** Whether another run follows the one under way at once. */
  readonly waiting: boolean;
  readonly nextRun: string | null;
  readonly nextAudit: string | null;
  /** The time between two scheduled runs, in milliseconds; null before there is a schedule. */
  readonly periodMs: number | null;
  /** The newest report, of this process or an earlier one. */
  readonly lastRun: RunReport | null;
  /** When a run last ended with everything read and done (`clean` or `attention`). */
  readonly lastCompleteRun: string | null;
  readonly lastCompleteAudit: string | null;
  /** Why the last run ended without a report; null when it had one. */
  readonly failure: { readonly at: string; readonly message: string } | null;
  /** Scheduled times that have passed since the last complete run of this process. */
  readonly ticksSinceComplete: number;
  /** Whether a run was completed since the daemon took this connection up. */
  readonly completedHere: boolean;
  readonly credentials: CredentialState;
  /** Requests of all runs since the daemon started. */
  readonly requests: RunReport['requests'];
}

export interface RunnerOptions {
  readonly now: () => Date;
  readonly logger: Logger;
  /** Set by the first signal: the write under way is finished, nothing new begins. */
  readonly stop: AbortSignal;
  /** Set when finishing has taken too long. */
  readonly abort: AbortSignal;
  /** A signal that is set after so many minutes: a run's deadline. */
  readonly deadline: (minutes: number) => AbortSignal;
}

export interface Runner {
  /**
   * Asks for a run. Resolves with the report of the run that served the request; null when there was none (the daemon
   * is stopping, the connection is unknown, or the run failed, which status and events tell of).
   */
  request(connection: string, request: RunRequest): Promise<RunReport | null>;
  status(): readonly ConnectionStatus[];
  subscribe(listener: (event: DaemonEvent) => void): () => void;
  /** Tells of something that is not a run. */
  emit(event: DaemonEvent): void;
  /** Takes these connections from now on; runs under way end as they began. */
  setConnections(connections: readonly DaemonConnection[]): Promise<void>;
  /** Counts a scheduled time, for readiness. */
  noteTick(connection: string): void;
  /** Where the connection's next times are asked for. */
  setTimetable(connection: string, timetable: Timetable): void;
  /** Resolves when no run is on. */
  idle(): Promise<void>;
}

/** When a connection's runs come next. */
export interface Timetable {
  readonly sync: Pick<Appointment, 'next' | 'periodMs'>;
  readonly audit: Pick<Appointment, 'next'>;
}

interface Waiting {
  readonly request: RunRequest;
  readonly resolve: (report: RunReport | null) => void;
}

interface Lane {
  connection: DaemonConnection;
  /** Whether the configuration has the connection no more; its run under way still ends. */
  isRetired: boolean;
  waiting: Waiting[];
  running: ConnectionStatus['running'];
  loop: Promise<void> | null;
  timetable: Timetable | null;
  lastRun: RunReport | null;
  lastCompleteRun: string | null;
  lastCompleteAudit: string | null;
  failure: ConnectionStatus['failure'];
  ticks: number;
  completedHere: boolean;
  credentials: CredentialState;
  requests: RunReport['requests'];
}

/** Whether a run read both sides and did all that it may. */
export function isComplete({ outcome }: RunReport): boolean {
  return outcome === 'clean' || outcome === 'attention';
}

/** Who asked, without names of people. */
function loggable(who: readonly string[]): readonly string[] {
  return [...new Set(who.map((one) => (OURSELVES.has(one) ? one : 'somebody')))];
}
const OURSELVES = new Set(['schedule', 'start', 'reload', 'webhook']);

/** Runs that are looked back at to find the last complete one. */
const REPORTS = 100;
/** The ledger's note of when both sides were last compared completely. */
const AUDIT_KEY = 'last-complete-audit';

export function createRunner({ now, logger, stop, abort, deadline }: RunnerOptions): Runner {
  const bus = createEventBus((error) => logger.error({ err: error }, 'A listener of the daemon failed'));
  const lanes = new Map<string, Lane>();

  const perform = async (lane: Lane, waiting: readonly Waiting[]): Promise<RunReport | null> => {
    const { kind, who, input } = mergeRequests(waiting.map(({ request }) => request));
    const { name, runMinutes } = lane.connection;
    const startedAt = now();
    lane.running = { kind, since: startedAt.toISOString(), progress: null };
    bus.emit({ type: 'run-started', connection: name, kind, since: startedAt.toISOString() });
    logger.info({ connection: name, kind, who: kind === 'hint' ? who : loggable(who) }, 'Run started');
    try {
      const engine = await lane.connection.engine((progress) => {
        if (lane.running !== null) lane.running = { ...lane.running, progress };
        bus.emit({ type: 'run-progress', connection: name, progress });
      });
      const run: RunInput = {
        ...input,
        only: null,
        signal: abort,
        stop: runMinutes === 0 ? stop : AbortSignal.any([stop, deadline(runMinutes)]),
      };
      const report = await performRun(engine, run);
      lane.failure = null;
      await noteReport(lane, kind, report);
      const seconds = (now().getTime() - startedAt.getTime()) / 1000;
      const { runId, outcome, wrote, read, requests, stopped } = report;
      logger.info({ connection: name, runId, kind, outcome, read, wrote, requests, stopped }, 'Run finished');
      lane.running = null;
      bus.emit({ type: 'run-finished', connection: name, kind, report, seconds });
      return report;
    } catch (error) {
      // One connection's broken state or bug is its own; it is tried again at its next time.
      const at = now().toISOString();
      const message = error instanceof Error ? error.message : String(error);
      lane.failure = { at, message };
      lane.running = null;
      logger.error({ connection: name, kind, err: error }, 'Run failed');
      bus.emit({ type: 'run-failed', connection: name, kind, at, message });
      return null;
    }
  };

  const noteReport = async (lane: Lane, kind: RunKind, report: RunReport): Promise<void> => {
    lane.lastRun = report;
    const { requests } = lane;
    lane.requests = {
      crm: requests.crm + report.requests.crm,
      partnerCenter: requests.partnerCenter + report.requests.partnerCenter,
      graph: requests.graph + report.requests.graph,
      retries: requests.retries + report.requests.retries,
    };
    lane.credentials = await lane.connection.credentials();
    // A look at named records says nothing about the rest.
    if (!isComplete(report) || kind === 'hint') return;
    lane.lastCompleteRun = report.finishedAt;
    lane.completedHere = true;
    lane.ticks = 0;
    if (kind !== 'audit') return;
    lane.lastCompleteAudit = report.finishedAt;
    await (await lane.connection.ledger()).commit({ meta: { [AUDIT_KEY]: report.finishedAt } });
    const forgotten = (await lane.connection.tidy?.()) ?? 0;
    if (forgotten > 0)
      logger.info({ connection: lane.connection.name, forgotten }, 'Old history was forgotten');
  };

  const work = async (lane: Lane): Promise<void> => {
    // What is asked for at one moment (several schedules name the full hour) becomes one run.
    await turn();
    while (lane.waiting.length > 0) {
      const served = lane.waiting;
      lane.waiting = [];
      const report = stop.aborted || lane.isRetired ? null : await perform(lane, served);
      for (const { resolve } of served) resolve(report);
    }
    lane.loop = null;
    if (lane.isRetired) lanes.delete(lane.connection.name);
  };

  const openLane = async (connection: DaemonConnection): Promise<Lane> => {
    const lane: Lane = {
      connection,
      isRetired: false,
      waiting: [],
      running: null,
      loop: null,
      timetable: null,
      lastRun: null,
      lastCompleteRun: null,
      lastCompleteAudit: null,
      failure: null,
      ticks: 0,
      completedHere: false,
      credentials: 'unknown',
      requests: { crm: 0, partnerCenter: 0, graph: 0, retries: 0 },
    };
    try {
      const ledger = await connection.ledger();
      const runs = await ledger.runs(REPORTS);
      lane.lastRun = runs[0] ?? null;
      lane.lastCompleteRun = runs.find(isComplete)?.finishedAt ?? null;
      lane.lastCompleteAudit = await ledger.meta(AUDIT_KEY);
    } catch (error) {
      // The first run meets the same and says so.
      logger.warn({ connection: connection.name, err: error }, 'The last runs could not be read');
    }
    return lane;
  };

  const current = (): readonly Lane[] => [...lanes.values()].filter(({ isRetired }) => !isRetired);

  return {
    request(name, request) {
      const lane = lanes.get(name);
      if (lane === undefined || lane.isRetired || stop.aborted) return Promise.resolve(null);
      return new Promise((resolve) => {
        lane.waiting.push({ request, resolve });
        lane.loop ??= work(lane);
      });
    },
    status: () =>
      current().map((lane) => {
        const { timetable } = lane;
        return {
          connection: lane.connection.name,
          state: lane.running === null ? 'idle' : 'running',
          running: lane.running,
          waiting: lane.waiting.length > 0,
          nextRun: timetable?.sync.next()?.toISOString() ?? null,
          nextAudit: timetable?.audit.next()?.toISOString() ?? null,
          periodMs: timetable?.sync.periodMs() ?? null,
          lastRun: lane.lastRun,
          lastCompleteRun: lane.lastCompleteRun,
          lastCompleteAudit: lane.lastCompleteAudit,
          failure: lane.failure,
          ticksSinceComplete: lane.ticks,
          completedHere: lane.completedHere,
          credentials: lane.credentials,
          requests: lane.requests,
        };
      }),
    subscribe: bus.subscribe,
    emit: bus.emit,
    async setConnections(connections) {
      const names = new Set(connections.map(({ name }) => name));
      for (const [name, lane] of lanes) {
        if (names.has(name)) continue;
        lane.isRetired = true;
        if (lane.loop === null) lanes.delete(name);
      }
      for (const connection of connections) {
        const lane = lanes.get(connection.name);
        if (lane === undefined) lanes.set(connection.name, await openLane(connection));
        else Object.assign(lane, { connection, isRetired: false });
      }
    },
    noteTick(name) {
      const lane = lanes.get(name);
      if (lane !== undefined) lane.ticks += 1;
    },
    setTimetable(name, timetable) {
      const lane = lanes.get(name);
      if (lane !== undefined) lane.timetable = timetable;
    },
    async idle() {
      await Promise.all([...lanes.values()].map(({ loop }) => loop));
    },
  };
}
