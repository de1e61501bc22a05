/** Rows by id or alternate key. */
import { isLookup, wireName } from './column.ts';
import { badRequest, DataverseError, rowNotFound } from './dataverse-error.ts';
import { type Actor, type OrgParts, visibleColumn } from './parts.ts';
import type { Row } from './store.ts';
import type { AlternateKey, KeyStatus, Table } from './table.ts';
import { isGuid, isReference, type MutableValues, type Value, type Values } from './values.ts';

/** What stands in the parentheses after an entity set. */
export type RowKey =
  | { readonly kind: 'id'; readonly id: string }
  | {
      readonly kind: 'alternate';
      readonly parts: readonly (readonly [name: string, value: string | number])[];
    };

/** Characters that no key value in a URL may hold. */
const UNUSABLE = /[/<>*%&:\\?+]/;
const KEY_PART = /^\s*(\w+)\s*=\s*(?:'((?:[^']|'')*)'|([^',\s]+))\s*$/;

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:'(?:[^']|'')*'|[^,'])+/g) ?? [];
}

/** @throws DataverseError when the text is no key */
export function parseKey(table: Table, text: string): RowKey {
  const bare = text.trim();
  if (isGuid(bare)) return { kind: 'id', id: bare.toLowerCase() };
  const parts = splitOutsideQuotes(bare).map((part) => {
    const match = KEY_PART.exec(part);
    if (match === null) throw invalidKey(table);
    const [, name = '', quoted, plain = ''] = match;
    const value = quoted === undefined ? plain : quoted.replace(/''/g, "'");
    if (quoted !== undefined && UNUSABLE.test(value)) {
      throw badRequest('', 'A potentially dangerous Request.Path value was detected from the client.');
    }
    return [name, quoted === undefined && /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : value] as const;
  });
  const [first] = parts;
  if (parts.length === 1 && first?.[0] === table.primaryId && typeof first[1] === 'string') {
    const isNamedRefused = table.name === 'systemuser' || table.name === 'team';
    if (!isNamedRefused && isGuid(first[1])) return { kind: 'id', id: first[1].toLowerCase() };
  }
  if (parts.length === 0) throw invalidKey(table);
  return { kind: 'alternate', parts };
}

function invalidKey(table: Table): DataverseError {
  return badRequest(
    '0x80060890',
    `The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.${table.name}'. Ensure that the names and number of key properties match the declared or alternate key properties for the resource 'Microsoft.Dynamics.CRM.${table.name}'.`,
  );
}

/** How far the index of a key is. */
export function keyStatus({ clock, switches }: OrgParts, key: AlternateKey): KeyStatus {
  if (key.requestedAtMs === 0) return 'Active';
  const seconds = (clock.now().getTime() - key.requestedAtMs) / 1000;
  if (seconds < switches.keyIndexSeconds / 2) return 'Pending';
  if (seconds < switches.keyIndexSeconds) return 'InProgress';
  return key.failed ? 'Failed' : 'Active';
}

/** Values compare as in the database: text whatever its case. */
export function comparable(value: Value | undefined): string | number | boolean | null {
  if (isReference(value)) return value.id;
  return typeof value === 'string' ? value.toLowerCase() : (value ?? null);
}

export function agreesIn(columns: readonly string[], left: Values, right: Values): boolean {
  return columns.every((column) => {
    const value = comparable(left[column]);
    return value !== null && value === comparable(right[column]);
  });
}

/** The columns and values that an alternate key names. @throws DataverseError when no such key is active */
export function keyValues(
  parts: OrgParts,
  actor: Actor,
  table: Table,
  key: RowKey & { readonly kind: 'alternate' },
): Values {
  const values: MutableValues = {};
  for (const [name, value] of key.parts) {
    const logical = /^_(\w+)_value$/.exec(name)?.[1] ?? name;
    const column = visibleColumn(parts, actor, table, logical);
    if (column === undefined || wireName(column) !== name) throw invalidKey(table);
    const target = column.targets[0]?.table ?? '';
    values[column.name] = isLookup(column) ? { table: target, id: String(value).toLowerCase() } : value;
  }
  const names = Object.keys(values).sort().join(' ');
  const known = table.keys.some(
    (each) => [...each.columns].sort().join(' ') === names && keyStatus(parts, each) === 'Active',
  );
  if (!known) throw invalidKey(table);
  return values;
}

/** The row that a key leads to, or null. @throws DataverseError when the key is not defined or not unique */
export function findByKey(parts: OrgParts, actor: Actor, table: Table, key: RowKey): Row | null {
  if (key.kind === 'id') return parts.store.get(table.name, key.id) ?? null;
  const values = keyValues(parts, actor, table, key);
  const columns = Object.keys(values);
  const found = [...parts.store.rows(table.name)].filter((row) => agreesIn(columns, row.values, values));
  if (found.length > 1) {
    throw badRequest(
      '0x8006089d',
      `More than one record exists for entity ${table.name} with entity key involving attributes ${columns.join(', ')}`,
    );
  }
  return found[0] ?? null;
}

/** @throws DataverseError 404 when there is no such row */
export function getByKey(parts: OrgParts, actor: Actor, table: Table, key: RowKey): Row {
  const row = findByKey(parts, actor, table, key);
  if (row !== null) return row;
  if (key.kind === 'id') throw rowNotFound(table.name, key.id);
  throw new DataverseError(
    404,
    '0x80060891',
    `A record with the specified key values does not exist in ${table.name} entity`,
  );
}

/** @throws DataverseError when another row has the same values in a key; nulls are not compared */
export function checkKeys({ store, switches }: OrgParts, table: Table, id: string, values: Values): void {
  for (const key of table.keys) {
    if (key.failed) continue;
    for (const row of store.rows(table.name)) {
      if (row.id === id || !agreesIn(key.columns, row.values, values)) continue;
      throw new DataverseError(
        switches.duplicateKeyStatus,
        '0x80060892',
        `Entity Key ${key.label} violated. A record with the same value for ${key.columns.join(', ')} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
      );
    }
  }
}
