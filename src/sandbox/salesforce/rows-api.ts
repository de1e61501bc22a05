/** `/sobjects/…`: rows one by one, by id or by external id; describes; the replication calls. */
import { visibleField, visibleFields } from './access.ts';
import { checkUnmodified, unlessKnown, versionHeaders } from './conditional.ts';
import { describeBrief } from './describe.ts';
import { handleDescribe, handleGlobalDescribe } from './describe-api.ts';
import type { Field } from './field.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  bodyRecord,
  notAllowed,
  withHeaders,
} from './http.ts';
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import { handleDeleted, handleUpdated } from './replication-api.ts';
import { notFound, refuse } from './salesforce-error.ts';
import { attributesOf, renderValue } from './soql-render.ts';
import { findByExternalId, upsertRow } from './upsert.ts';
import { type JsonRecord, textOf, type Values } from './values.ts';

export function handleSObjects(context: ApiContext, call: ApiCall): ApiAnswer {
  const [, objectName, key, value] = call.segments;
  if (objectName === undefined) return handleGlobalDescribe(context, call);
  const object = context.org.schema.find(objectName);
  if (object === undefined || object.tooling) throw notFound();
  if (key === undefined) return handleObject(context, call, object);
  switch (value === undefined ? key : '') {
    case 'describe':
      return handleDescribe(context, call, object);
    case 'updated':
      return handleUpdated(context, call, object);
    case 'deleted':
      return handleDeleted(context, call, object);
    default:
      break;
  }
  return value === undefined || key.toLowerCase() === 'id'
    ? handleRow(context, call, object, value ?? key)
    : handleExternalId(context, call, object, key, value);
}

function handleObject({ org, actor }: ApiContext, call: ApiCall, object: SObject): ApiAnswer {
  if (call.method === 'GET') {
    return { status: 200, json: { objectDescribe: describeBrief(object, call.version), recentItems: [] } };
  }
  if (call.method !== 'POST') notAllowed(call, ['GET', 'HEAD', 'POST']);
  const id = org.records.create(withHeaders(call, actor), object.name, bodyRecord(call));
  const location = `/services/data/v${call.version}/sobjects/${object.name}/${id}`;
  return { status: 201, headers: { Location: location }, json: { id, success: true, errors: [] } };
}

/** A row that queries would find too. @throws SalesforceError */
export function visibleRow({ org }: ApiContext, object: SObject, id: string): Values {
  const id18 = toId18(id);
  const values = id18 === null ? null : org.store.read(object.name, id18);
  if (id18 === null || !id18.startsWith(object.keyPrefix)) {
    throw notFound(`Provided external ID field does not exist or is not accessible: ${id}`);
  }
  if (values === null || values.IsDeleted === true) throw notFound();
  return values;
}

/** Columns of a row: those asked for, or all that the user can see. */
export function renderFields(
  { org, actor }: ApiContext,
  call: ApiCall,
  object: SObject,
  values: Values,
  names: readonly string[] | null,
): JsonRecord {
  const fields: readonly Field[] =
    names === null
      ? visibleFields(org.parts, actor, object)
      : names.map((name) => {
          const field = visibleField(org.parts, actor, object, name);
          if (field !== undefined) return field;
          throw refuse('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
        });
  const row: JsonRecord = { attributes: attributesOf(object, textOf(values, 'Id') ?? '', call.version) };
  for (const field of fields) row[field.name] = renderValue(field, values);
  return row;
}

function handleRow(context: ApiContext, call: ApiCall, object: SObject, id: string): ApiAnswer {
  const { org, actor } = context;
  switch (call.method) {
    case 'GET':
      return getRow(context, call, object, visibleRow(context, object, id));
    case 'PATCH': {
      const values = org.records.target(actor, object, id).values;
      checkUnmodified(context, call, object.name, values);
      org.records.update(withHeaders(call, actor), object.name, id, bodyRecord(call));
      return { status: 204 };
    }
    case 'DELETE':
      org.records.delete(actor, object.name, id);
      return { status: 204 };
    default:
      return notAllowed(call, ['GET', 'HEAD', 'PATCH', 'DELETE']);
  }
}

function getRow(context: ApiContext, call: ApiCall, object: SObject, values: Values): ApiAnswer {
  checkUnmodified(context, call, object.name, values);
  const names =
    call.query
      .get('fields')
      ?.split(',')
      .map((name) => name.trim()) ?? null;
  const json = renderFields(context, call, object, values, names);
  return unlessKnown(call, { status: 200, headers: versionHeaders(object.name, values), json });
}

function handleExternalId(
  context: ApiContext,
  call: ApiCall,
  object: SObject,
  key: string,
  value: string,
): ApiAnswer {
  const { org } = context;
  const choices = (ids: readonly string[]): ApiAnswer => ({
    status: 300,
    json: ids.map((id) => `/services/data/v${call.version}/sobjects/${object.name}/${id}`),
  });
  switch (call.method) {
    case 'GET':
    case 'DELETE': {
      const ids = findByExternalId(context, object, key, value);
      const [id] = ids;
      if (id === undefined) throw notFound();
      if (ids.length > 1) return choices(ids);
      return handleRow(context, call, object, id);
    }
    case 'PATCH': {
      const found = findByExternalId(context, object, key, value);
      if (found.length > 1) return choices(found);
      const [existing] = found;
      if (existing !== undefined) {
        checkUnmodified(context, call, object.name, org.store.read(object.name, existing) ?? {});
      }
      if (existing === undefined && call.query.get('updateOnly') === 'true') throw notFound();
      const input = { ...bodyRecord(call), [key]: value };
      const { id, created } = upsertRow(context, call, object, key, input);
      const json = { id, success: true, errors: [], created };
      return Number(call.version) < 46 && !created ? { status: 204 } : { status: created ? 201 : 200, json };
    }
    default:
      return notAllowed(call, ['GET', 'HEAD', 'PATCH', 'DELETE']);
  }
}
