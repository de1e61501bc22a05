/** One connection's part of the ledger: its row, its serial, and what every query needs to name. */

import { type Rows, rowsOf } from './rows.ts';
import type { Sql } from './sqlite.ts';
import { integerOf, textOf } from './sqlite.ts';

/** What the ledger's queries work on. */
export interface Partition {
  readonly sql: Sql;
  /** Key of the connection in every table. */
  readonly id: number;
  readonly connection: string;
  readonly rows: Rows;
  /** Whether this opening made the partition. */
  readonly created: boolean;
  readonly createdAt: string;
}

/** A key that no row has: a connection that a read-only handle did not find. */
const NOWHERE = -1;

/** Finds the connection's part, or makes it. */
export function openPartition(
  sql: Sql,
  {
    connection,
    now,
    readOnly,
  }: { readonly connection: string; readonly now: Date; readonly readOnly: boolean },
): Partition {
  const rows = rowsOf(connection);
  const found = () => sql.get('SELECT id, created_at FROM connections WHERE name = ?', connection);
  const known = found();
  if (known !== undefined) {
    return {
      sql,
      id: integerOf(known, 'id'),
      connection,
      rows,
      created: false,
      createdAt: textOf(known, 'created_at'),
    };
  }
  const createdAt = now.toISOString();
  if (readOnly) return { sql, id: NOWHERE, connection, rows, created: true, createdAt };
  return sql.transaction(() => {
    const added = sql.run(
      'INSERT INTO connections (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
      connection,
      createdAt,
    );
    const row = found();
    if (row === undefined) throw new TypeError('The connection that was just added is not there.');
    return {
      sql,
      id: integerOf(row, 'id'),
      connection,
      rows,
      created: added > 0,
      createdAt: textOf(row, 'created_at'),
    };
  });
}

/** Ids as the one parameter of `IN (SELECT value FROM json_each(?))`: one statement for any number of them. */
export function idList(ids: readonly string[]): string {
  return JSON.stringify([...new Set(ids)]);
}
