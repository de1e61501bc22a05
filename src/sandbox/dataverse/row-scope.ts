/** What names in a `$filter` or `$orderby` mean for the rows of a table. */
import { type Column, isLookup, wireName } from './column.ts';
import { unknownProperty } from './dataverse-error.ts';
import type { Property, Scope } from './odata-match.ts';
import type { PropertyType, Scalar } from './odata-values.ts';
import { type Actor, isVisible, type OrgParts, visibleColumn } from './parts.ts';
import { rowsBehind } from './schema.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import { isReference, type Value } from './values.ts';

const TYPES: Readonly<Partial<Record<Column['type'], PropertyType>>> = {
  Integer: 'number',
  BigInt: 'number',
  Decimal: 'number',
  Double: 'number',
  Money: 'number',
  Picklist: 'number',
  State: 'number',
  Status: 'number',
  Boolean: 'boolean',
  Uniqueidentifier: 'guid',
};

function typeOf(column: Column): PropertyType {
  if (isLookup(column)) return 'guid';
  if (column.type === 'DateTime') return column.dateOnly ? 'day' : 'stamp';
  return TYPES[column.type] ?? 'string';
}

export function scalarOf(value: Value | undefined): Scalar {
  return isReference(value) ? value.id : (value ?? null);
}

/** A column by the name under which it stands on the wire. */
export function columnOnWire(parts: OrgParts, actor: Actor, table: Table, name: string): Column | undefined {
  const column = table.columns.get(/^_(\w+)_value$/.exec(name)?.[1] ?? name);
  if (column === undefined || wireName(column) !== name) return undefined;
  return isVisible(parts, actor, table, column) ? column : undefined;
}

/** Names as they are seen from the rows of a table. */
export function rowScope(parts: OrgParts, actor: Actor, table: Table): Scope<Row> {
  function property(path: readonly string[]): Property<Row> {
    const [name = '', ...rest] = path;
    if (rest.length === 0) {
      const column = columnOnWire(parts, actor, table, name);
      if (column === undefined) throw unknownProperty(name, table.name);
      return { type: typeOf(column), read: ({ values }) => scalarOf(values[column.name]) };
    }
    const navigation = parts.schema.navigation(table, name);
    if (navigation === undefined || !isVisible(parts, actor, table, navigation.column)) {
      throw unknownProperty(name, table.name);
    }
    const inner = rowScope(parts, actor, navigation.table).property(rest);
    return {
      type: inner.type,
      read({ values }) {
        const reference = values[navigation.column.name];
        if (!isReference(reference) || reference.table !== navigation.table.name) return null;
        const target = parts.store.get(reference.table, reference.id);
        return target === undefined ? null : inner.read(target);
      },
    };
  }

  return {
    property,
    logical(path) {
      const column = path.length === 1 ? visibleColumn(parts, actor, table, path[0] ?? '') : undefined;
      return property(column === undefined ? path : [wireName(column)]);
    },
    collection(path) {
      const [name = ''] = path;
      const collection = parts.schema.collection(table, name);
      if (collection === undefined || path.length > 1) throw unknownProperty(name, table.name);
      return {
        items: ({ id }) => rowsBehind(parts.store, collection, id),
        scope: rowScope(parts, actor, collection.table),
      };
    },
    now: parts.clock.now(),
    userId: actor.userId,
  };
}
