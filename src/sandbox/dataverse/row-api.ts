/** Reading one row, one of its columns, or what it leads to. */
import { demand } from './access.ts';
import { wireName } from './column.ts';
import { conditionsOf, isUnmodified } from './conditions.ts';
import { badRequest, noSuchResource, unknownSegment } from './dataverse-error.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  applied,
  contextUrl,
  optionsOf,
  selected,
} from './http.ts';
import { getByKey, parseKey } from './keys.ts';
import { countRows, listRows } from './list-api.ts';
import { isVisible } from './parts.ts';
import { renderContext } from './reading.ts';
import { etagOf, renderRow, rowUrl, wireValue } from './render.ts';
import { columnOnWire } from './row-scope.ts';
import { rowsBehind } from './schema.ts';
import { readSelection } from './selection.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import { isReference } from './values.ts';

/** The row as an answer, with its ETag. */
export function showRow(
  context: ApiContext,
  call: ApiCall,
  table: Table,
  row: Row,
  status = 200,
  honoured: readonly string[] = ['odata.include-annotations'],
): ApiAnswer {
  const options = optionsOf(call);
  const isWrite = call.method !== 'GET';
  const selection = readSelection(
    { parts: context.org.parts, actor: context.actor },
    table,
    // After a write only columns are shown.
    isWrite ? { ...options, expand: [] } : options,
  );
  const json = {
    '@odata.context': contextUrl(call, `${selected(table.entitySet, selection.context)}/$entity`),
    ...renderRow(renderContext(context, call, false), row, selection),
  };
  return { status, headers: { ETag: etagOf(row), ...applied(call, honoured) }, json };
}

/** `GET {set}({key})` */
export function readRow(context: ApiContext, call: ApiCall, table: Table, row: Row): ApiAnswer {
  const { expand, filter, top, orderBy } = optionsOf(call);
  if (filter !== null || top !== null || orderBy !== null) {
    throw badRequest('0x80060888', 'Only $select and $expand can be used to read one row.');
  }
  const canBeUnmodified = expand.length === 0 && call.preferences.annotations.length === 0;
  if (canBeUnmodified && isUnmodified(table, row, conditionsOf(call))) {
    return { status: 304, contentType: 'application/json; odata.metadata=minimal' };
  }
  return showRow(context, call, table, row);
}

/** `GET {set}({key})/…`: a column, a related row, a collection, or links to them. */
export function readBelow(context: ApiContext, call: ApiCall, table: Table, row: Row): ApiAnswer {
  const [, second, third] = call.segments;
  const name = second?.name ?? '';
  const { parts } = context.org;
  if (call.segments.length > 3) throw noSuchResource(call.uri);
  const column = columnOnWire(parts, context.actor, table, name);
  if (column !== undefined && third === undefined) {
    const value = wireValue(column, row.values[column.name]);
    if (value === null) return { status: 204 };
    const place = `${table.entitySet}(${row.id})/${wireName(column)}`;
    return { status: 200, json: { '@odata.context': contextUrl(call, place), value } };
  }
  const navigation = parts.schema.navigation(table, name);
  if (navigation !== undefined && isVisible(parts, context.actor, table, navigation.column)) {
    const reference = row.values[navigation.column.name];
    const isHere = isReference(reference) && reference.table === navigation.table.name;
    const target = isHere ? parts.store.get(reference.table, reference.id) : undefined;
    if (target === undefined) return { status: 204 };
    if (third?.name === '$ref') {
      const json = {
        '@odata.context': contextUrl(call, '$ref'),
        '@odata.id': rowUrl(call.apiUrl, navigation.table, target.id),
      };
      return { status: 200, json };
    }
    demand(parts, context.actor, 'Read', navigation.table);
    return showRow(context, call, navigation.table, target);
  }
  const collection = parts.schema.collection(table, name);
  if (collection === undefined || !isVisible(parts, context.actor, collection.table, collection.column)) {
    throw unknownSegment(name);
  }
  const rows = rowsBehind(parts.store, collection, row.id);
  if (third?.name === '$count') return countRows(context, call, collection.table, rows);
  if (third?.name === '$ref') {
    const value = rows.map(({ id }) => ({ '@odata.id': rowUrl(call.apiUrl, collection.table, id) }));
    return { status: 200, json: { '@odata.context': contextUrl(call, 'Collection($ref)'), value } };
  }
  if (third !== undefined) throw unknownSegment(third.name);
  if (second?.key != null) {
    const target = getByKey(parts, context.actor, collection.table, parseKey(collection.table, second.key));
    return showRow(context, call, collection.table, target);
  }
  return listRows(context, call, collection.table, { rows, path: `${table.entitySet}(${row.id})/${name}` });
}
