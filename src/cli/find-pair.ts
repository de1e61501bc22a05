/** Finding a record in the ledgers of several connections. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { type FoundRecord, findIn, idsIn } from '../views/find-record.ts';
import type { State } from './services.ts';

/** The record, linked or not, in the first connection that knows it. @throws ConfigurationError when none does */
export async function findRecord(
  config: Config,
  connections: readonly ConnectionConfig[],
  state: State | null,
  text: string,
): Promise<FoundRecord> {
  const ids = idsIn(text);
  for (const connection of state === null ? [] : connections) {
    const ledger = await state?.ledger(connection.name);
    if (ledger === undefined) continue;
    const found = await findIn(ledger, ids);
    if (found !== null) return { connection, ledger, ...found };
  }
  const where =
    connections.length === config.connections.length
      ? 'No connection'
      : `Connection ${connections.map(({ name }) => name).join(', ')} does not`;
  const verb = where === 'No connection' ? ' knows' : ' know';
  throw new ConfigurationError([
    `${where}${verb} ${text}; it was not read yet, or the filter does not select it. Run cosell-sync sync first.`,
  ]);
}
