/** `auth`: signing in to Partner Center, looking whether one is, and forgetting the sign-in. */
import type { ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { eachConnection, selectConnections } from './connections.ts';
import { type ExitCode, InterruptedError } from './exit-codes.ts';
import { count, displayTime, renderTable } from './format.ts';
import { painter, printJson } from './output.ts';
import type { Authentication, Services, SignInStatus } from './services.ts';

async function open(services: Services, name: string | null) {
  const config = await services.loadConfig();
  const connections = selectConnections(config, name ?? services.globals.connection);
  return { config, connections, authentication: await services.authentication(config) };
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

/** A sign-in's state in words, with the remedy where one is needed. */
export function describeSignIn({ connection, state, renewedAt, daysLeft }: SignInStatus): string {
  if (state === 'none') return `not signed in: cosell-sync auth login ${connection}`;
  if (state === 'configured') return 'a token stands in the configuration; the first run takes it over';
  const left =
    daysLeft === null ? '' : `; good for ${count(Math.max(0, daysLeft), 'day')} without being used`;
  return `signed in, renewed ${displayTime(renewedAt)} UTC${left}`;
}

/**
 * Says which connections are signed in, and what ends soon; asks no remote. Exit code 4 when one is not signed in, 3
 * when something ends within the configured days, or the key is still to be replaced.
 */
export async function authStatus(services: Services): Promise<ExitCode> {
  const { config, connections, authentication } = await open(services, null);
  const statuses = await Promise.all(connections.map((connection) => authentication.status(connection)));
  const key = await authentication.key();
  if (services.globals.json) printJson(services, { connections: statuses, key });
  else services.terminal.out(renderStatuses(services, statuses, key));
  if (statuses.some(({ state }) => state === 'none')) return 4;
  const limit = Math.max(0, ...config.credentials.warnDays);
  const isDying = statuses.some(({ daysLeft, certificates = [] }) =>
    [daysLeft, ...certificates.map((one) => one.daysLeft)].some((days) => days !== null && days <= limit),
  );
  return isDying || key?.isCurrent === false ? 3 : 0;
}

type KeyInUse = Awaited<ReturnType<Authentication['key']>>;

function renderStatuses(services: Services, statuses: readonly SignInStatus[], key: KeyInUse): string {
  const rows = statuses.flatMap((one) => [
    [one.connection, describeSignIn(one)],
    ...(one.certificates ?? []).map(({ what, endsAt, daysLeft }) => [
      '',
      `${what}: ${daysLeft < 0 ? 'ended' : 'good until'} ${endsAt.slice(0, 10)}${daysLeft < 0 ? '' : `, ${count(daysLeft, 'day')}`}`,
    ]),
  ]);
  const table = renderTable(rows, { paint: painter(services) });
  if (key === null) return table;
  const hint = key.isCurrent ? '' : '; that one is to be replaced: cosell-sync auth rekey';
  return `${table}\nStored sign-ins are encrypted with the key in ${key.source}${hint}.\n`;
}

/** Encrypts the stored sign-ins with the key in force; where nobody gives one, with a new one. */
export async function rekey(services: Services): Promise<ExitCode> {
  const { authentication } = await open(services, null);
  const result = await authentication.rekey();
  if (services.globals.json) printJson(services, { ...result });
  else {
    const { entries, from, to } = result;
    services.terminal.out(
      to === null
        ? 'Nothing is stored, so there is nothing to encrypt.\n'
        : entries === 0
          ? `Everything is encrypted with the key in ${to} already. Put a new key there, keep the old one as COSELL_SECRET_KEY_PREVIOUS (or as the next line of the key file), then run this again.\n`
          : `${count(entries, 'entry')} encrypted with the key in ${to}.${from === to ? '' : ` The key in ${from} is not needed any more.`}\n`,
    );
  }
  return 0;
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
