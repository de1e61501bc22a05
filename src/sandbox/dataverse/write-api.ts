/** Writing one row: create, update, upsert, delete, single columns, and links between rows. */
import { checkMatch, checkNoneMatch, conditionsOf } from './conditions.ts';
import { badRequest, noSuchResource, rowNotFound, unknownSegment } from './dataverse-error.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, applied, bodyOf, decodeValue } from './http.ts';
import { findByKey, getByKey, keyValues, parseKey, type RowKey } from './keys.ts';
import { type Actor, visibleColumn } from './parts.ts';
import { type Nested, type Payload, readPayload, resolveLink } from './payload.ts';
import { rowUrl } from './render.ts';
import { showRow } from './row-api.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import { isRecord, type MutableValues, type Reference, type Values } from './values.ts';

/** What the body of a link holds. */
function linkOf(call: ApiCall, table: Table): string {
  const body = bodyOf(call, table.entitySet);
  const link = isRecord(body) ? body['@odata.id'] : null;
  if (typeof link === 'string') return link;
  throw badRequest('0x80048d19', 'The body must have the property @odata.id.');
}

function payloadContext({ org, actor, references }: ApiContext) {
  return { parts: org.parts, actor, references };
}

function writer({ actor }: ApiContext, call: ApiCall): Actor {
  const detectsDuplicates = call.headers['mscrm.suppressduplicatedetection']?.toLowerCase() === 'false';
  return { ...actor, detectsDuplicates };
}

/** Creates a row with the rows that its body brings along. */
export function createDeep(
  context: ApiContext,
  actor: Actor,
  table: Table,
  payload: Payload,
  id?: string,
): Row {
  const { org } = context;
  return org.store.transaction(() => {
    const changes: MutableValues = { ...payload.changes };
    for (const nested of payload.nested) {
      if (nested.kind === 'parent')
        changes[nested.navigation.column.name] = createNested(context, actor, nested, {});
    }
    const row = org.records.create(actor, table, changes, id);
    for (const nested of payload.nested) {
      if (nested.kind === 'child') {
        createNested(context, actor, nested, { [nested.column.name]: { table: table.name, id: row.id } });
      }
    }
    return row;
  });
}

function createNested(context: ApiContext, actor: Actor, nested: Nested, link: Values): Reference {
  const { changes, nested: inner } = readPayload(
    payloadContext(context),
    nested.table,
    nested.body,
    'create',
  );
  const row = createDeep(context, actor, nested.table, { changes: { ...changes, ...link }, nested: inner });
  return { table: nested.table.name, id: row.id };
}

/** Takes the row's own id out of what a body sets. */
function ownId(table: Table, changes: MutableValues): string | undefined {
  const id = changes[table.primaryId];
  delete changes[table.primaryId];
  return typeof id === 'string' ? id : undefined;
}

/** The answer to a write: the row when the client wants it back, else a link to it. */
function answerWrite(
  context: ApiContext,
  call: ApiCall,
  table: Table,
  row: Row,
  { isNew, link }: { readonly isNew: boolean; readonly link: string },
): ApiAnswer {
  if (call.preferences.representation) {
    return showRow(context, call, table, row, isNew ? 201 : 200, ['return', 'odata.include-annotations']);
  }
  return {
    status: 204,
    headers: {
      ...(call.isPart ? { Location: link } : {}),
      'OData-EntityId': link,
      ...applied(call, ['odata.include-annotations']),
    },
  };
}

/** `POST {set}` */
export function createRow(context: ApiContext, call: ApiCall, table: Table): ApiAnswer {
  const payload = readPayload(payloadContext(context), table, bodyOf(call, table.entitySet), 'create');
  const id = ownId(table, payload.changes);
  const row = createDeep(context, writer(context, call), table, payload, id);
  return answerWrite(context, call, table, row, { isNew: true, link: rowUrl(call.apiUrl, table, row.id) });
}

/** `PATCH {set}({key})`: update; create too, unless `If-Match` says otherwise. */
export function patchRow(
  context: ApiContext,
  call: ApiCall,
  table: Table,
  key: RowKey,
  keyText: string,
): ApiAnswer {
  const { org } = context;
  const actor = writer(context, call);
  const conditions = conditionsOf(call);
  const existing = findByKey(org.parts, actor, table, key);
  const link =
    key.kind === 'id' ? rowUrl(call.apiUrl, table, key.id) : `${call.apiUrl}/${table.entitySet}(${keyText})`;
  const keyed = key.kind === 'id' ? {} : keyValues(org.parts, actor, table, key);
  const body = bodyOf(call, table.entitySet);
  if (existing !== null) {
    checkNoneMatch(conditions);
    checkMatch(table, existing, conditions);
    const { changes } = readPayload(payloadContext(context), table, body, 'update');
    for (const name of Object.keys(keyed)) delete changes[name];
    const row = org.records.update(actor, table, existing.id, changes);
    return answerWrite(context, call, table, row, { isNew: false, link });
  }
  if (conditions.match !== null) {
    if (key.kind === 'id') throw rowNotFound(table.name, key.id);
    getByKey(org.parts, actor, table, key);
  }
  const payload = readPayload(payloadContext(context), table, body, 'create');
  const given = ownId(table, payload.changes);
  const row = createDeep(
    context,
    actor,
    table,
    { ...payload, changes: { ...keyed, ...payload.changes } },
    key.kind === 'id' ? key.id : given,
  );
  return answerWrite(context, call, table, row, { isNew: true, link });
}

/** `DELETE {set}({key})` */
export function deleteRow({ org, actor }: ApiContext, call: ApiCall, table: Table, key: RowKey): ApiAnswer {
  const row = getByKey(org.parts, actor, table, key);
  checkMatch(table, row, conditionsOf(call));
  org.records.delete(actor, table, row.id);
  return { status: 204 };
}

/** `PUT|DELETE {set}({key})/{column}` */
function writeColumn(context: ApiContext, call: ApiCall, table: Table, row: Row, name: string): ApiAnswer {
  const body = call.method === 'PUT' ? bodyOf(call, table.entitySet) : { value: null };
  const value = isRecord(body) ? body.value : undefined;
  const { changes } = readPayload(payloadContext(context), table, { [name]: value ?? null }, 'update');
  context.org.records.update(writer(context, call), table, row.id, changes);
  return { status: 204 };
}

/** `…/{navigation}/$ref`: sets or empties a lookup, here or on the other side. */
function writeLink(context: ApiContext, call: ApiCall, table: Table, row: Row): ApiAnswer {
  const { org, actor } = context;
  const [, second] = call.segments;
  const name = second?.name ?? '';
  const navigation = org.schema.navigation(table, name);
  if (navigation !== undefined) {
    const link = call.method === 'DELETE' ? null : linkOf(call, table);
    const { changes } = readPayload(
      payloadContext(context),
      table,
      { [`${name}@odata.bind`]: link },
      'update',
    );
    org.records.update(actor, table, row.id, changes);
    return { status: 204 };
  }
  const collection = org.schema.collection(table, name);
  if (collection === undefined) throw unknownSegment(name);
  const queryId = call.rawQuery.find(([option]) => option === '$id')?.[1];
  const link =
    call.method === 'DELETE'
      ? second?.key != null
        ? `${collection.table.entitySet}(${second.key})`
        : decodeValue(queryId ?? '')
      : linkOf(call, table);
  const child = resolveLink(payloadContext(context), link);
  if (child.table !== collection.table.name) throw unknownSegment(name);
  const value = call.method === 'DELETE' ? null : { table: table.name, id: row.id };
  org.records.update(actor, collection.table, child.id, { [collection.column.name]: value });
  return { status: 204 };
}

/** Writes to what stands below a row. */
export function writeBelow(context: ApiContext, call: ApiCall, table: Table, keyText: string): ApiAnswer {
  const { org, actor } = context;
  const [, second, third] = call.segments;
  const row = getByKey(org.parts, actor, table, parseKey(table, keyText));
  checkMatch(table, row, conditionsOf(call));
  const name = second?.name ?? '';
  if (third?.name === '$ref' && call.segments.length === 3) return writeLink(context, call, table, row);
  if (third !== undefined) throw noSuchResource(call.uri);
  const column = visibleColumn(org.parts, actor, table, name);
  if (column !== undefined && (call.method === 'PUT' || call.method === 'DELETE')) {
    return writeColumn(context, call, table, row, name);
  }
  const collection = org.schema.collection(table, name);
  if (collection === undefined || call.method !== 'POST') throw noSuchResource(call.uri);
  const payload = readPayload(
    payloadContext(context),
    collection.table,
    bodyOf(call, collection.table.entitySet),
    'create',
  );
  const changes = { ...payload.changes, [collection.column.name]: { table: table.name, id: row.id } };
  const id = ownId(collection.table, changes);
  const created = createDeep(context, writer(context, call), collection.table, { ...payload, changes }, id);
  return answerWrite(context, call, collection.table, created, {
    isNew: true,
    link: rowUrl(call.apiUrl, collection.table, created.id),
  });
}
