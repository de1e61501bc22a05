/** The whole daemon with its console over connections in memory: real runner, server and ledgers; fake remotes. */
import type { Services, State } from '../../src/cli/services.ts';
import { openDaemon } from '../../src/cli/start.ts';
import type { Config } from '../../src/core/config-types.ts';
import type { Ledger } from '../../src/core/store-port.ts';
import type { Daemon } from '../../src/daemon/daemon.ts';
import type { Scheduler } from '../../src/daemon/scheduler.ts';
import { openLedger } from '../../src/store/index.ts';
import { createFake } from '../unit/cli/fake-services.ts';
import { memoryCursors, type World } from './world.ts';

/** Nothing happens by itself: tests ask for runs. */
const stillScheduler = (now: () => Date): Scheduler => ({
  every: () => ({
    next: () => new Date(now().getTime() + 300_000),
    periodMs: () => 300_000,
    cancel: () => {},
  }),
  after: () => ({ cancel: () => {} }),
});

export interface ConsoleOptions {
  /** By connection. */
  readonly worlds: Readonly<Record<string, World>>;
  readonly token?: string | null;
  readonly server?: Partial<Config['server']>;
  /** Days left of the stored sign-in. */
  readonly daysLeft?: () => number | null;
}

export interface ConsoleUnderTest {
  readonly daemon: Daemon;
  readonly url: string;
  /** What the daemon logged as an error. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** Starts the daemon on a free port; its first runs are done when this resolves. */
export async function openConsole({
  worlds,
  token = null,
  server = {},
  daysLeft = () => 82,
}: ConsoleOptions): Promise<ConsoleUnderTest> {
  const errors: unknown[] = [];
  const entries = Object.entries(worlds);
  const [first] = entries;
  if (first === undefined) throw new TypeError('A console needs a connection.');
  const worldOf = (name: string): World => {
    const world = worlds[name];
    if (world === undefined) throw new TypeError(`There is no world "${name}".`);
    return world;
  };
  const base = createFake({ world: first[1] });
  const template = await base.services.loadConfig();
  const [connection] = template.connections;
  if (connection === undefined) throw new TypeError('The fake configuration has no connection.');
  const config: Config = {
    ...template,
    server: { ...template.server, port: 0, token, ...server },
    connections: entries.map(([name, { mapping, policy }]) => ({ ...connection, name, mapping, policy })),
  };
  const state: State = {
    ledger: async (name) => worldOf(name).ledger,
    cursors: async () => memoryCursors(),
    close: async () => {},
  };
  const stop = new AbortController();
  const services: Services = {
    ...base.services,
    stop: stop.signal,
    loadConfig: async () => config,
    openState: (async (_config: Config, mode: string) =>
      mode === 'copy' ? copyOf(worlds) : state) as Services['openState'],
    connect: async (_config, { name }) => ({
      crm: worldOf(name).crm,
      partnerCenter: worldOf(name).partnerCenter,
      requests: worldOf(name).dependencies.requests,
      missingColumns: null,
      createColumns: null,
    }),
    engine: async ({ name }, _remotes, given, progress) => ({
      ...worldOf(name).dependencies,
      connection: name,
      ledger: await given.ledger(name),
      progress,
    }),
    authentication: async () => ({
      status: async ({ name }) => ({
        connection: name,
        state: 'stored',
        renewedAt: null,
        daysLeft: daysLeft(),
      }),
      login: async () => {},
      logout: async () => false,
      key: async () => null,
      rekey: async () => ({ entries: 0, from: null, to: null }),
      checks: async () => [],
    }),
    logger: async () => ({
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields) => void errors.push(fields.err ?? fields),
    }),
    surroundings: async () => ({
      scheduler: stillScheduler(base.services.now),
      supervisor: { ready: () => {}, reloading: () => {}, stopping: () => {} },
      random: () => 0,
      deadline: () => new AbortController().signal,
      routes: [],
    }),
  };
  const daemon = await openDaemon(services, state);
  await daemon.runner.idle();
  return {
    daemon,
    url: daemon.url,
    errors,
    async close() {
      stop.abort();
      await daemon.close();
    },
  };
}

/** Private ledgers with the same rows, as a dry run gets them. */
function copyOf(worlds: Readonly<Record<string, World>>): State {
  return {
    async ledger(name) {
      const world = worlds[name];
      if (world === undefined) throw new TypeError(`There is no world "${name}".`);
      return copyLedger(world.ledger, name, world.dependencies.now);
    },
    cursors: async () => memoryCursors(),
    close: async () => {},
  };
}

async function copyLedger(from: Ledger, connection: string, now: () => Date): Promise<Ledger> {
  const copy = openLedger({ memory: true, connection, now });
  const links = await from.links({});
  const [opportunities, referrals, attention] = await Promise.all([
    from.opportunities(links.map(({ opportunityId }) => opportunityId)),
    from.referrals(links.map(({ referralId }) => referralId)),
    from.attention({}),
  ]);
  await copy.commit({
    opportunities: [...opportunities.values()],
    referrals: [...referrals.values()],
    links,
    attention,
  });
  return copy;
}
