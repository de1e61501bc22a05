/** What a run logs: every line with its connection, and one line for each record written, without any value. */
import type { Logger } from '../core/ports.ts';
import type { HistoryEntry, Ledger } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';

/** The same dependencies, whose logger names the connection and whose ledger tells the log of what was written. */
export function withRunLog(dependencies: EngineDependencies, runId: string): EngineDependencies {
  const logger = withConnection(dependencies.logger, dependencies.connection);
  const { ledger } = dependencies;
  const told: Ledger = Object.assign(Object.create(ledger) as Ledger, {
    async commit(changes: Parameters<Ledger['commit']>[0]) {
      await ledger.commit(changes);
      logWrites(logger, runId, changes.history ?? []);
    },
  });
  return { ...dependencies, logger, ledger: told };
}

function withConnection(logger: Logger, connection: string): Logger {
  return {
    debug: (fields, message) => logger.debug({ connection, ...fields }, message),
    info: (fields, message) => logger.info({ connection, ...fields }, message),
    warn: (fields, message) => logger.warn({ connection, ...fields }, message),
    error: (fields, message) => logger.error({ connection, ...fields }, message),
  };
}

/** One line a record and side, with the names of the fields. */
function logWrites(logger: Logger, runId: string, history: readonly HistoryEntry[]): void {
  const writes = new Map<string, HistoryEntry[]>();
  for (const entry of history) {
    if (entry.to === 'ledger') continue;
    const key = `${entry.to} ${entry.opportunityId} ${entry.referralId} ${entry.requestId}`;
    writes.set(key, [...(writes.get(key) ?? []), entry]);
  }
  for (const entries of writes.values()) {
    const [first] = entries;
    if (first === undefined) continue;
    const { opportunityId, referralId, to, requestId } = first;
    const fields = [...new Set(entries.map(({ field }) => field))];
    logger.info({ runId, opportunityId, referralId, to, fields, requestId }, 'Written');
  }
}
