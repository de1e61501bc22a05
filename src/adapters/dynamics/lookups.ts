/** Writing through a lookup: `transactioncurrencyid.isocurrencycode: USD` binds the one currency that has this code. */
import { canonicalGuid } from '../../core/ids.ts';
import type { CrmValue } from '../../core/ports.ts';
import type { DynamicsClient } from './client.ts';
import { type Resolved, toColumns, type Wanted, wantedRows } from './columns.ts';
import { chunksOf, inOptions, queryText } from './odata.ts';
import type { Org } from './org.ts';
import { readQueries } from './queries.ts';
import { MAX_IDS } from './rows.ts';
import type { Target } from './shape.ts';

const MAX_REMEMBERED = 1_000;
const OPERATION = 'Find rows to bind';

export interface Lookups {
  /** Columns for values by mapping path, in the order given. @throws RemoteError */
  resolve(
    values: readonly Readonly<Record<string, CrmValue>>[],
    signal: AbortSignal,
  ): Promise<readonly Resolved[]>;
  /** Forgets which rows were found: one of them may have gone. */
  forget(): void;
}

/** Builds the resolver. Rows found are remembered by table, column and value. */
export function createLookups(client: DynamicsClient, org: Org): Lookups {
  const found = new Map<string, readonly string[]>();
  const keyOf = ({ target, text }: Wanted): string => `${target.set}.${target.column}=${text.toLowerCase()}`;

  async function search(wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
    if (found.size > MAX_REMEMBERED) found.clear();
    const groups = new Map<string, { readonly target: Target; readonly texts: Set<string> }>();
    for (const entry of wanted) {
      if (found.has(keyOf(entry))) continue;
      const name = `${entry.target.set}.${entry.target.column}`;
      const group = groups.get(name) ?? { target: entry.target, texts: new Set() };
      groups.set(name, group);
      group.texts.add(entry.text);
    }
    const queries = [...groups.values()].flatMap(({ target, texts }) =>
      chunksOf([...texts], MAX_IDS).map((chunk) => ({ target, texts: chunk })),
    );
    if (queries.length === 0) return;
    const paths = queries.map(({ target: { set, key, column }, texts }) => {
      const name = column ?? key;
      return `${set}${queryText({ $select: `${key},${name}`, ...inOptions(name, texts) })}`;
    });
    const { rows } = await readQueries(client, paths, { operation: OPERATION, signal });
    queries.forEach(({ target, texts }, index) => {
      for (const text of texts) {
        const ids = (rows[index] ?? []).flatMap((row) => {
          const value = row[target.column ?? target.key];
          const id = row[target.key];
          const isSame = typeof value === 'string' && value.toLowerCase() === text.toLowerCase();
          return isSame && typeof id === 'string' ? [canonicalGuid(id) ?? id] : [];
        });
        // What is not there now may be there next time.
        if (ids.length > 0) found.set(keyOf({ target, text }), ids);
      }
    });
  }

  return {
    forget: () => found.clear(),
    async resolve(records, signal) {
      const view = await org.view(signal);
      await search(
        records.flatMap((values) => wantedRows(values, view)),
        signal,
      );
      const idsOf = (wanted: Wanted): readonly string[] => found.get(keyOf(wanted)) ?? [];
      const resolved = records.map((values) => toColumns(values, view, idsOf));
      if (!resolved.some((entry) => !entry.ok && entry.isUnknownOption)) return resolved;
      // The option may be newer than what we know of the column.
      const renewed = await org.renew(signal);
      return records.map((values) => toColumns(values, renewed, idsOf));
    },
  };
}
