/** The daemon in this process, over worlds in memory, with time moved by hand. */
import type { Config, ConnectionConfig, Schedule } from '../../src/core/config-types.ts';
import type { Logger } from '../../src/core/ports.ts';
import type { CredentialState, DaemonConnection } from '../../src/daemon/connection.ts';
import { type Daemon, startDaemon } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import type { RegisterRoutes } from '../../src/daemon/server.ts';
import { createDrivenScheduler, type DrivenScheduler } from './driven-scheduler.ts';
import { quietLogger } from './sandbox-remotes.ts';
import type { World } from './world.ts';

export const SCHEDULE: Schedule = { sync: '*/5 * * * *', audit: '17 3 * * *', related: '0 * * * *' };

export interface HandClock {
  now(): Date;
  set(time: Date): void;
}

/** The clock of a world, moved by hand. */
export function clockOf(world: World): HandClock {
  const { now } = world.dependencies;
  return {
    now,
    set: (time) => world.pass((time.getTime() - now().getTime()) / 60_000),
  };
}

export interface DaemonBench {
  readonly daemon: Daemon;
  readonly scheduler: DrivenScheduler;
  readonly events: DaemonEvent[];
  /** What the supervisor was told. */
  readonly told: string[];
  /** Moves time on; every run that begins on the way ends before time goes on. */
  pass(minutes: number): Promise<void>;
  /** The first signal. */
  stop(): void;
  /** What the next reading of the configuration finds; an error is thrown. */
  next: { readonly config: Config; readonly connections: readonly DaemonConnection[] } | Error;
  /** Stops and waits for the end. */
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly clock: HandClock;
  readonly connections: readonly DaemonConnection[];
  readonly server?: Partial<Config['server']>;
  readonly routes?: readonly RegisterRoutes[];
  readonly logger?: Logger;
  /** 0 to 1; decides about jitter. */
  readonly random?: () => number;
}

/** A configuration as far as the daemon looks at it. */
export function configOf(
  server: Partial<Config['server']> = {},
  connections: readonly ConnectionConfig[] = [],
): Config {
  return {
    file: '/config/cosell-sync.yaml',
    state: { kind: 'embedded', dir: '/state' },
    server: {
      host: '127.0.0.1',
      port: 0,
      token: null,
      sessions: { idleMinutes: 60, maxHours: 12 },
      ...server,
    },
    credentials: { keyFile: null, warnDays: [14, 7, 1] },
    schedule: SCHEDULE,
    connections,
  };
}

/** A connection over a world in memory. */
export function connectionOf(
  name: string,
  world: World,
  given: Partial<DaemonConnection> & { readonly credential?: () => CredentialState } = {},
): DaemonConnection {
  const { credential = () => 'ok', ...overrides } = given;
  return {
    name,
    schedule: SCHEDULE,
    runMinutes: 55,
    ledger: async () => world.ledger,
    engine: async (progress) => ({ ...world.dependencies, connection: name, progress }),
    credentials: async () => credential(),
    ...overrides,
  };
}

/** Starts the daemon; its first runs have begun. */
export async function startBench(options: BenchOptions): Promise<DaemonBench> {
  const { clock, connections, server = {}, routes = [], logger = quietLogger, random = () => 0 } = options;
  const scheduler = createDrivenScheduler(clock);
  const stop = new AbortController();
  const told: string[] = [];
  const events: DaemonEvent[] = [];
  const bench: { next: DaemonBench['next'] } = { next: { config: configOf(server), connections } };
  const daemon = await startDaemon({
    scheduler,
    random,
    routes,
    logger,
    ofProcess: false,
    supervisor: {
      ready: () => void told.push('ready'),
      reloading: () => void told.push('reloading'),
      stopping: () => void told.push('stopping'),
    },
    deadline: () => new AbortController().signal,
    now: () => clock.now(),
    stop: stop.signal,
    abort: new AbortController().signal,
    async load() {
      if (bench.next instanceof Error) throw bench.next;
      return bench.next;
    },
  });
  daemon.runner.subscribe((event) => void events.push(event));
  return Object.assign(bench, {
    daemon,
    scheduler,
    events,
    told,
    pass: (minutes: number) => scheduler.advance(minutes * 60_000, () => daemon.runner.idle()),
    stop: () => stop.abort(),
    async close() {
      stop.abort();
      await daemon.close();
    },
  });
}
