/** `auth`: signing in to Partner Center, looking whether one is, and forgetting the sign-in. */
import type { ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { eachConnection, selectConnections } from './connections.ts';
import { type ExitCode, InterruptedError } from './exit-codes.ts';
import { count, displayTime, renderTable } from './format.ts';
import { painter, printJson } from './output.ts';
import type { Services, SignInStatus } from './services.ts';

async function open(services: Services, name: string | null) {
  const config = await services.loadConfig();
  const connections = selectConnections(config, name ?? services.globals.connection);
  return { connections, authentication: await services.authentication(config) };
}

/** Signs a person in by a code typed on any device. One connection at a time. */
export async function login(services: Services, name: string | null): Promise<ExitCode> {
  const { connections, authentication } = await open(services, name);
  const [connection] = connections;
  if (connection === undefined || connections.length > 1) {
    throw new ConfigurationError([
      `Name the connection to sign in: ${connections.map((known) => known.name).join(', ')}.`,
    ]);
  }
  const signal = AbortSignal.any([services.stop, services.abort]);
  await authentication
    .login(
      connection,
      ({ verificationUri, userCode, expiresInSeconds }) =>
        services.terminal.err(
          `Open ${verificationUri} and enter the code ${userCode} within ${Math.round(expiresInSeconds / 60)} minutes.\n`,
        ),
      { signal },
    )
    .catch((error: unknown) => {
      if (signal.aborted) throw new InterruptedError('Signing in was interrupted; nothing was changed.');
      throw error;
    });
  if (services.globals.json) printJson(services, { connection: connection.name, state: 'stored' });
  else services.terminal.out(`${connection.name} is signed in to Partner Center.\n`);
  return 0;
}

/** Below this many days a sign-in that nothing renews is worth a word. */
export const FEW_DAYS = 14;

/** A sign-in's state in words, with the remedy where one is needed. */
export function describeSignIn({ connection, state, renewedAt, daysLeft }: SignInStatus): string {
  if (state === 'none') return `not signed in: cosell-sync auth login ${connection}`;
  if (state === 'configured') return 'a token stands in the configuration; the first run takes it over';
  const left =
    daysLeft === null ? '' : `; good for ${count(Math.max(0, daysLeft), 'day')} without being used`;
  return `signed in, renewed ${displayTime(renewedAt)} UTC${left}`;
}

/** Says which connections are signed in; asks no remote. Exit code 4 when one is not. */
export async function authStatus(services: Services): Promise<ExitCode> {
  const { connections, authentication } = await open(services, null);
  const statuses = await Promise.all(connections.map((connection) => authentication.status(connection)));
  if (services.globals.json) printJson(services, { connections: statuses });
  else {
    const rows = statuses.map((one) => [one.connection, describeSignIn(one)]);
    services.terminal.out(renderTable(rows, { paint: painter(services) }));
  }
  return statuses.some(({ state }) => state === 'none') ? 4 : 0;
}

/** Forgets stored sign-ins; those at Microsoft end by themselves or are revoked there. */
export async function logout(services: Services, name: string | null): Promise<ExitCode> {
  const { connections, authentication } = await open(services, name);
  const { results, failures, exitCode } = await eachConnection(
    services,
    connections,
    async (connection: ConnectionConfig) => {
      const removed = await authentication.logout(connection);
      return { result: { connection: connection.name, removed }, exitCode: 0 };
    },
  );
  if (services.globals.json) printJson(services, { connections: results }, failures);
  else {
    for (const { connection, removed } of results) {
      services.terminal.out(
        removed ? `${connection}: the stored sign-in was removed.\n` : `${connection}: nothing was stored.\n`,
      );
    }
  }
  return exitCode;
}
