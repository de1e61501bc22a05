/** `start`: the daemon, until a signal ends it. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import type { CredentialState, DaemonConnection } from '../daemon/connection.ts';
import { type Daemon, startDaemon } from '../daemon/daemon.ts';
import { CREDENTIAL_KEYS } from '../engine/notices.ts';
import { selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { untilStopped } from './sandbox.ts';
import type { Remotes, Services, State } from './services.ts';
import { createConsoleParts, toConsoleConnection } from './start-console.ts';

/**
 * Runs the daemon. Exit code 0 after a clean stop; 4 when a request had to be given up, so that its outcome is not
 * known before the next run.
 * @throws ConfigurationError, LockedError, StateError before anything runs
 */
export async function start(services: Services): Promise<ExitCode> {
  const config = await services.loadConfig();
  const state = await services.openState(config, 'write');
  try {
    const daemon = await openDaemon(services, state);
    const stopListening = services.onHangup(() => void daemon.reload());
    try {
      await untilStopped(services);
    } finally {
      stopListening();
      await daemon.close();
    }
    return services.abort.aborted ? 4 : 0;
  } finally {
    await state.close();
  }
}

/** Starts the daemon on a state that is open. */
export async function openDaemon(services: Services, state: State): Promise<Daemon> {
  const { now, stop, abort, globals } = services;
  const surroundings = await services.surroundings();
  const console = createConsoleParts(services, state);
  return startDaemon({
    ...surroundings,
    routes: [...surroundings.routes, console.routes],
    now,
    stop,
    abort,
    logger: await services.logger(),
    async load() {
      const config = await services.loadConfig();
      const selected = selectConnections(config, globals.connection);
      const connections = await Promise.all(
        selected.map(async (connection) => {
          const remotes = await services.connect(config, connection);
          const on = { state: console.state, remotes };
          return {
            run: { ...toDaemonConnection(services, config, connection, on), ...tidying(state, connection) },
            shown: await toConsoleConnection(services, config, connection, on),
          };
        }),
      );
      return {
        config,
        connections: connections.map(({ run }) => run),
        inForce: () => console.setConnections(connections.map(({ shown }) => shown)),
      };
    },
  });
}

function toDaemonConnection(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  { state, remotes }: { readonly state: State; readonly remotes: Remotes },
): DaemonConnection {
  const { name, policy } = connection;
  return {
    name,
    schedule: connection.schedule,
    runMinutes: policy.runMinutes,
    ledger: () => state.ledger(name),
    engine: (progress) => services.engine(connection, remotes, state, progress),
    credentials: () => credentialsOf(services, config, connection, state),
  };
}

async function credentialsOf(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  state: State,
): Promise<CredentialState> {
  // A directory or a mailbox that refuses us holds up nothing.
  const keys = CREDENTIAL_KEYS.filter((key) => !key.endsWith(':graph'));
  const refused = await (await state.ledger(connection.name)).attentionByKeys(keys);
  if ([...refused.values()].some((item) => item.state === 'open')) return 'dead';
  const { daysLeft } = await (await services.authentication(config)).status(connection);
  const limit = Math.max(0, ...config.credentials.warnDays);
  return daysLeft !== null && daysLeft <= limit ? 'dying' : 'ok';
}

function tidying(state: State, { name }: ConnectionConfig): Pick<DaemonConnection, 'tidy'> {
  const { tidy } = state;
  return tidy === undefined ? {} : { tidy: () => tidy(name) };
}
