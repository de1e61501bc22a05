/** The daemon's life: start, run by schedule, read the configuration again, stop. */
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { Ledger } from '../core/store-port.ts';
import type { DaemonConnection } from './connection.ts';
import { createMetrics } from './metrics.ts';
import { type Readiness, readinessOf } from './readiness.ts';
import { createRunner, type Runner } from './runner.ts';
import { keepSchedules } from './schedule.ts';
import type { Scheduler } from './scheduler.ts';
import { createServer, type RegisterRoutes, type ReloadProblem } from './server.ts';

/** Who watches over this process (systemd); does nothing where nobody does. */
export interface Supervisor {
  ready(): void;
  reloading(): void;
  stopping(): void;
}

/** What the daemon gets from the machine it runs on. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly supervisor: Supervisor;
  /** 0 to 1, uniformly. */
  readonly random: () => number;
  /** A signal that is set after so many minutes. */
  readonly deadline: (minutes: number) => AbortSignal;
  readonly routes: readonly RegisterRoutes[];
  /** Whether /metrics has figures of the process itself; not unless given. */
  readonly ofProcess?: boolean;
}

export interface DaemonOptions extends Surroundings {
  readonly now: () => Date;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  /** Reads the configuration and makes its connections. @throws ConfigurationError with every problem */
  readonly load: () => Promise<{
    readonly config: Config;
    readonly connections: readonly DaemonConnection[];
    /** Called once this configuration is in force. */
    readonly inForce?: () => void;
  }>;
}

export interface Daemon {
  readonly runner: Runner;
  readonly app: FastifyInstance;
  /** Where the server listens, such as `http://127.0.0.1:8787`. */
  readonly url: string;
  readiness(): Readiness;
  /** Why the configuration on disk is not the one in force; null when it is. */
  reloadProblem(): ReloadProblem | null;
  /** Reads the configuration again; keeps the old one, and says why, when it cannot be used. */
  reload(): Promise<void>;
  /** Ends the schedule, waits for the runs under way and closes the server. Runs end soon only once `stop` is set. */
  close(): Promise<void>;
}

/**
 * Starts everything, and asks for a first run of each connection at once.
 * @throws ConfigurationError when the configuration is wrong or the port is taken
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { now, logger, stop, abort, deadline, scheduler, random, supervisor, load, routes } = options;
  const { ofProcess = false } = options;
  const first = await load();
  let { config, connections } = first;
  first.inForce?.();
  const runner = createRunner({ now, logger, stop, abort, deadline });
  await runner.setConnections(connections);

  const ledger = (name: string): Promise<Ledger> => {
    const found = connections.find((connection) => connection.name === name);
    if (found === undefined) throw new ConfigurationError([`There is no connection "${name}".`]);
    return found.ledger();
  };
  let problem: ReloadProblem | null = null;
  const reloadProblem = (): ReloadProblem | null => problem;
  const readiness = (): Readiness => readinessOf(runner.status(), problem?.message ?? null, now());
  const context = { runner, config: () => config, ledger, readiness, reloadProblem, now, logger };
  const metrics = createMetrics({ runner, ledger, readiness, now, ofProcess });
  const app = await createServer({ context, metrics, routes });
  const url = await listen(app, config);

  let cancelSchedules = keepSchedules(connections, { runner, scheduler, random });
  const askAll = (who: string): void => {
    for (const { name } of connections) void runner.request(name, { kind: 'scheduled', who });
  };

  const reload = async (): Promise<void> => {
    supervisor.reloading();
    try {
      const next = await load();
      refuseFixedChanges(config, next.config);
      cancelSchedules();
      ({ config, connections } = next);
      next.inForce?.();
      await runner.setConnections(connections);
      cancelSchedules = keepSchedules(connections, { runner, scheduler, random });
      problem = null;
      runner.emit({ type: 'connections-changed' });
      logger.info({ connections: connections.map(({ name }) => name) }, 'The configuration was read again');
      askAll('reload');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      logger.error(
        { err: error },
        'The configuration could not be read again; the one before stays in force',
      );
      problem = { at: now().toISOString(), message };
      runner.emit({ type: 'reload-failed', ...problem });
    } finally {
      supervisor.ready();
    }
  };

  logger.info({ url, connections: connections.map(({ name }) => name) }, 'The daemon is up');
  supervisor.ready();
  askAll('start');
  let reloading: Promise<void> = Promise.resolve();
  return {
    runner,
    app,
    url,
    readiness,
    reloadProblem,
    reload() {
      reloading = reloading.then(() => (stop.aborted ? undefined : reload()));
      return reloading;
    },
    async close() {
      supervisor.stopping();
      cancelSchedules();
      runner.emit({ type: 'stopping' });
      await reloading;
      await runner.idle();
      await app.close();
      logger.info({}, 'The daemon has stopped');
    },
  };
}

async function listen(app: FastifyInstance, { server, file }: Config): Promise<string> {
  try {
    await app.listen({ host: server.host, port: server.port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? error.code : null;
    const place = `${server.host}:${server.port}`;
    if (code === 'EADDRINUSE')
      throw new ConfigurationError([`${file}: server: ${place} is in use; choose another server.port.`]);
    if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND')
      throw new ConfigurationError([`${file}: server: cannot listen on ${place} (${String(code)}).`]);
    throw error;
  }
  return addressOf(app, server.host);
}

function addressOf(app: FastifyInstance, host: string): string {
  const address: AddressInfo | string | null = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What only a new start can change. @throws ConfigurationError */
function refuseFixedChanges(before: Config, after: Config): void {
  const problems = (['state', 'server'] as const)
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => `${after.file}: ${key}: has changed, which takes a restart.`);
  if (problems.length > 0) throw new ConfigurationError(problems);
}
