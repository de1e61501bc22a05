/**
 * Figures for Prometheus. Names are an interface (docs/metrics.md lists them); labels carry connection names, kinds and
 * systems, never anything of a record.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttentionKind, Ledger, RunReport } from '../core/store-port.ts';
import type { DaemonEvent } from './events.ts';
import type { Readiness } from './readiness.ts';
import type { Runner } from './runner.ts';

const PREFIX = 'cosell_sync_';
/** Seconds. A run with nothing to do takes one or two, a first one may take most of an hour. */
const DURATIONS = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
const ATTENTION_KINDS: readonly AttentionKind[] = ['conflict', 'parked', 'approval', 'notice'];

export interface MetricsOptions {
  readonly runner: Runner;
  readonly ledger: (connection: string) => Promise<Ledger>;
  readonly readiness: () => Readiness;
  readonly now: () => Date;
  /** Also figures of the process itself (memory, CPU, event loop). */
  readonly ofProcess: boolean;
}

export interface Metrics {
  readonly contentType: string;
  /** The figures of this moment, in Prometheus' text format. */
  text(): Promise<string>;
  /** Names of all of them. */
  names(): readonly string[];
}

/** Counts from now on what the runner does; everything else is looked up when it is asked for. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { runner, ofProcess } = options;
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const count = createCounters(registry);
  runner.subscribe((event) => count(event));
  const refresh = createGauges(registry, options);
  return {
    contentType: registry.contentType,
    async text() {
      await refresh();
      return registry.metrics();
    },
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
  };
}

function createCounters(registry: Registry): (event: DaemonEvent) => void {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers });
  const runs = counter('runs_total', 'Runs by kind and outcome; failed: the run ended without a report.', [
    'connection',
    'kind',
    'outcome',
  ]);
  const durations = new Histogram({
    name: `${PREFIX}run_duration_seconds`,
    help: 'How long runs took.',
    labelNames: ['connection', 'kind'],
    buckets: DURATIONS,
    registers,
  });
  const read = counter('records_read_total', 'Records that runs read, by side.', ['connection', 'side']);
  const written = counter('records_written_total', 'Records that runs wrote, by side and operation.', [
    'connection',
    'side',
    'operation',
  ]);
  const linked = counter('pairs_linked_total', 'Pairs newly linked.', ['connection']);
  const requests = counter('requests_total', 'Data requests of runs, as the servers count them.', [
    'connection',
    'system',
  ]);
  const retries = counter('request_retries_total', 'Requests of runs that were repeated.', ['connection']);
  const events = counter('events_total', 'Events of other systems, by what became of them.', [
    'connection',
    'source',
    'outcome',
  ]);
  const reloads = counter(
    'reload_failures_total',
    'Times the configuration could not be read again and the one before stayed in force.',
    [],
  );

  const countReport = (connection: string, report: RunReport): void => {
    read.inc({ connection, side: 'opportunity' }, report.read.opportunities);
    read.inc({ connection, side: 'referral' }, report.read.referrals);
    const { wrote } = report;
    written.inc({ connection, side: 'opportunity', operation: 'create' }, wrote.opportunitiesCreated);
    written.inc({ connection, side: 'opportunity', operation: 'update' }, wrote.opportunitiesUpdated);
    written.inc({ connection, side: 'referral', operation: 'create' }, wrote.referralsCreated);
    written.inc({ connection, side: 'referral', operation: 'update' }, wrote.referralsUpdated);
    written.inc({ connection, side: 'referral', operation: 'invite' }, wrote.invitations);
    linked.inc({ connection }, report.linked);
    for (const system of ['crm', 'partnerCenter', 'graph'] as const)
      requests.inc({ connection, system }, report.requests[system]);
    retries.inc({ connection }, report.requests.retries);
  };
  return (event) => {
    if (event.type === 'run-finished') {
      const { connection, kind, report, seconds } = event;
      runs.inc({ connection, kind, outcome: report.outcome });
      durations.observe({ connection, kind }, seconds);
      countReport(connection, report);
    } else if (event.type === 'run-failed') {
      runs.inc({ connection: event.connection, kind: event.kind, outcome: 'failed' });
    } else if (event.type === 'event-received') {
      const { connections, source, outcome } = event;
      for (const connection of connections) events.inc({ connection, source, outcome });
    } else if (event.type === 'reload-failed') reloads.inc();
  };
}

function createGauges(
  registry: Registry,
  { runner, ledger, readiness, now }: MetricsOptions,
): () => Promise<void> {
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]): Gauge<T> =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const ready = gauge('ready', '1 when /readyz has nothing against the connection, else 0.', ['connection']);
  const running = gauge('running', '1 while a run is on, else 0.', ['connection']);
  const runAge = gauge(
    'last_complete_run_age_seconds',
    'Seconds since a run last ended with everything read and done; absent before the first.',
    ['connection'],
  );
  const auditAge = gauge(
    'last_complete_audit_age_seconds',
    'Seconds since both sides were last compared completely; absent before the first.',
    ['connection'],
  );
  const credentials = gauge('credentials_state', '1 for the state that the sign-ins are in, else 0.', [
    'connection',
    'state',
  ]);
  const due = gauge('due_records', 'Records that want processing now.', ['connection']);
  const oldest = gauge(
    'oldest_unsynced_edit_age_seconds',
    'Seconds since the oldest edit among the due records was made; 0 when nothing is due.',
    ['connection'],
  );
  const attention = gauge('attention_items', 'Open items on the attention list, by kind.', [
    'connection',
    'kind',
  ]);
  const links = gauge('links', 'Linked pairs.', ['connection']);
  const all = [ready, running, runAge, auditAge, credentials, due, oldest, attention, links];

  const lookUp = async (connection: string, at: Date): Promise<void> => {
    const held = await ledger(connection);
    const time = at.toISOString();
    const [first] = await held.due(time, 1);
    oldest.set({ connection }, first === undefined ? 0 : ageOf(first.modifiedAt, at));
    due.set({ connection }, await held.countDue(time));
    links.set({ connection }, (await held.counts()).links);
    const open = await held.attention({ state: 'open' });
    for (const kind of ATTENTION_KINDS)
      attention.set({ connection, kind }, open.filter((item) => item.kind === kind).length);
  };

  return async () => {
    const at = now();
    for (const one of all) one.reset();
    for (const { connection, ready: isReady } of readiness().connections)
      ready.set({ connection }, isReady ? 1 : 0);
    for (const status of runner.status()) {
      const { connection, lastCompleteRun, lastCompleteAudit } = status;
      running.set({ connection }, status.state === 'running' ? 1 : 0);
      if (lastCompleteRun !== null) runAge.set({ connection }, ageOf(lastCompleteRun, at));
      if (lastCompleteAudit !== null) auditAge.set({ connection }, ageOf(lastCompleteAudit, at));
      for (const state of ['ok', 'dying', 'dead', 'unknown'] as const)
        credentials.set({ connection, state }, status.credentials === state ? 1 : 0);
      // A ledger that cannot be read leaves its figures out; the failed runs tell of it.
      await lookUp(connection, at).catch(() => {});
    }
  };
}

function ageOf(time: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(time)) / 1000);
}
