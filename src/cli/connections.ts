/** Going through the connections of a configuration: each runs even if another fails, and the gravest end counts. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { type ExitCode, exitCodeOfError, gravest, messageOfError } from './exit-codes.ts';
import type { Services } from './services.ts';

/** The connections a command is about. @throws ConfigurationError when `--connection` names none */
export function selectConnections(config: Config, name: string | null): readonly ConnectionConfig[] {
  if (name === null) return config.connections;
  const found = config.connections.filter((connection) => connection.name === name);
  if (found.length > 0) return found;
  const known = config.connections.map((connection) => connection.name).join(', ');
  throw new ConfigurationError([`There is no connection "${name}"; the configuration has ${known}.`]);
}

/** What became of one connection whose work threw. */
export interface ConnectionFailure {
  readonly connection: string;
  readonly exitCode: ExitCode;
  readonly message: string;
}

export interface Gathered<T> {
  readonly results: readonly T[];
  readonly failures: readonly ConnectionFailure[];
  readonly exitCode: ExitCode;
}

/**
 * Does the work of each connection in turn. A failure ends that connection's work only; its message goes to standard
 * error. Wrong configuration stops everything.
 */
export async function eachConnection<T>(
  { terminal, stop }: Pick<Services, 'terminal' | 'stop'>,
  connections: readonly ConnectionConfig[],
  work: (connection: ConnectionConfig) => Promise<{ readonly result: T; readonly exitCode: ExitCode }>,
): Promise<Gathered<T>> {
  const results: T[] = [];
  const failures: ConnectionFailure[] = [];
  const codes: ExitCode[] = [];
  for (const connection of connections) {
    if (stop.aborted) {
      const message = `${connection.name}: not begun, because it was asked to stop.`;
      terminal.err(`${message}\n`);
      failures.push({ connection: connection.name, exitCode: 4, message });
      codes.push(4);
      continue;
    }
    try {
      const { result, exitCode } = await work(connection);
      results.push(result);
      codes.push(exitCode);
    } catch (error) {
      const exitCode = exitCodeOfError(error);
      if (exitCode === 2) throw error;
      const message = messageOfError(error);
      terminal.err(`${connection.name}: ${message}\n`);
      failures.push({ connection: connection.name, exitCode, message });
      codes.push(exitCode);
    }
  }
  return { results, failures, exitCode: gravest(codes) };
}
