/** Whether the daemon does its work: what `/readyz` and the container's health check ask. */
import type { ConnectionStatus } from './runner.ts';

/** Scheduled times that may pass without a complete run. */
export const PERIODS = 3;

export interface Readiness {
  readonly ready: boolean;
  /** Why the configuration on disk is not in force; null when it is. No reason against readiness: the old one works. */
  readonly configuration: string | null;
  readonly connections: readonly {
    readonly connection: string;
    readonly ready: boolean;
    /** Why not; null when it is. No values of records. */
    readonly reason: string | null;
    readonly lastCompleteRun: string | null;
  }[];
}

/** What the open endpoint says instead of what may name files and records. */
const SEE_LOG = 'the log says why';

/** The readiness as anybody may see it: which connection and since when, without words from inside. */
export function withoutDetails(
  { ready, configuration, connections }: Readiness,
  statuses: readonly ConnectionStatus[],
): Readiness {
  const failed = new Set(
    statuses.filter(({ failure }) => failure !== null).map((status) => status.connection),
  );
  return {
    ready,
    configuration: configuration === null ? null : `It could not be read again; ${SEE_LOG}.`,
    connections: connections.map((one) =>
      one.reason !== null && failed.has(one.connection)
        ? { ...one, reason: `The last run failed; ${SEE_LOG}.` }
        : one,
    ),
  };
}

/**
 * Not ready is a connection whose credentials are dead, or that has had no complete run for more than three scheduled
 * times. Times are counted, not measured, so that a schedule of office hours does not alarm on a Monday morning. Before
 * the first complete run of this process the last one of the ledger counts by its age.
 */
export function readinessOf(
  statuses: readonly ConnectionStatus[],
  configuration: string | null,
  now: Date,
): Readiness {
  const connections = statuses.map((status) => {
    const reason = reasonAgainst(status, now);
    return {
      connection: status.connection,
      ready: reason === null,
      reason,
      lastCompleteRun: status.lastCompleteRun,
    };
  });
  return { ready: connections.every(({ ready }) => ready), configuration, connections };
}

function reasonAgainst(status: ConnectionStatus, now: Date): string | null {
  if (status.credentials === 'dead')
    return 'A sign-in was refused; nothing is synchronised until somebody signs in again.';
  const { lastCompleteRun, completedHere, ticksSinceComplete, periodMs } = status;
  const why = whyOf(status);
  if (lastCompleteRun === null) return `No run has been completed yet.${why}`;
  const age = now.getTime() - Date.parse(lastCompleteRun);
  const isLate =
    ticksSinceComplete > PERIODS || (!completedHere && periodMs !== null && age > PERIODS * periodMs);
  return isLate
    ? `The last complete run ended ${lastCompleteRun}, more than ${PERIODS} scheduled times ago.${why}`
    : null;
}

function whyOf({ failure, lastRun, running }: ConnectionStatus): string {
  if (failure !== null) return ` ${failure.message}`;
  if (lastRun !== null && lastRun.stopped !== null) return ` ${lastRun.stopped}`;
  return running === null ? '' : ' A run is on.';
}
