/** `/composite/sobjects`: up to 200 records in one call, each with its own outcome, or all or none. */
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
import { renderFields } from './rows-api.ts';
import { notFound, refuse, SalesforceError } from './salesforce-error.ts';
import { upsertRow } from './upsert.ts';
import { isRecord, type JsonRecord } from './values.ts';

const MAX_RECORDS = 200;
const MAX_CHUNKS = 10;

interface Outcome {
  readonly item: JsonRecord;
  readonly failed: boolean;
}

type SaveOne = () => JsonRecord;

export function handleCollections(context: ApiContext, call: ApiCall): ApiAnswer {
  const [, , objectName, key] = call.segments;
  if (objectName === undefined) return handleMixed(context, call);
  const object = context.org.schema.find(objectName);
  if (object === undefined) throw notFound();
  if (key !== undefined) return handleUpsert(context, call, object, key);
  return handleRetrieve(context, call, object);
}

function handleMixed(context: ApiContext, call: ApiCall): ApiAnswer {
  switch (call.method) {
    case 'POST':
      return saveAll(
        context,
        readAllOrNone(call),
        recordsOf(call).map((record) => () => createOne(context, call, record)),
      );
    case 'PATCH':
      return saveAll(
        context,
        readAllOrNone(call),
        recordsOf(call).map((record) => () => updateOne(context, call, record)),
      );
    case 'DELETE': {
      const ids = (call.query.get('ids') ?? '').split(',').filter((id) => id !== '');
      if (ids.length === 0) throw refuse('MISSING_ARGUMENT', 'ids: missing required parameter');
      checkCount(ids.length);
      return saveAll(
        context,
        call.query.get('allOrNone')?.toLowerCase() === 'true',
        ids.map((id) => () => deleteOne(context, id)),
      );
    }
    default:
      return notAllowed(call, ['POST', 'PATCH', 'DELETE']);
  }
}

function handleUpsert(context: ApiContext, call: ApiCall, object: SObject, key: string): ApiAnswer {
  if (call.method !== 'PATCH') notAllowed(call, ['PATCH']);
  const saves = recordsOf(call).map((record) => () => {
    if (objectOf(context, record).name !== object.name)
      throw refuse('INVALID_TYPE', `All records have to be of type ${object.name}`);
    const { id, created } = upsertRow(context, call, object, key, record);
    return { id, success: true, errors: [], created };
  });
  // A failed record of an upsert still says that it was created.
  return saveAll(context, readAllOrNone(call), saves, { created: true });
}

/** Rows by id at their ids' positions; what is missing, deleted or not visible is null. */
function handleRetrieve(context: ApiContext, call: ApiCall, object: SObject): ApiAnswer {
  if (call.method !== 'POST' && call.method !== 'GET') notAllowed(call, ['GET', 'POST']);
  const { org } = context;
  const body = call.method === 'POST' ? bodyRecord(call) : {};
  const list = (name: string): unknown => body[name] ?? call.query.get(name)?.split(',');
  const ids = list('ids');
  const fields = list('fields');
  if (!Array.isArray(ids) || !Array.isArray(fields) || fields.length === 0) {
    throw refuse('MISSING_ARGUMENT', 'ids and fields: missing required parameter');
  }
  const rows = ids.map((id) => {
    const id18 = toId18(String(id));
    const values = id18 === null ? null : org.store.read(object.name, id18);
    if (values === null || values.IsDeleted === true) return null;
    return renderFields(context, call, object, values, fields.map(String));
  });
  return { status: 200, json: rows };
}

function readAllOrNone(call: ApiCall): boolean {
  return bodyRecord(call).allOrNone === true;
}

function checkCount(count: number): void {
  if (count <= MAX_RECORDS) return;
  throw refuse(
    'LIMIT_EXCEEDED',
    `record limit reached. cannot submit more than ${MAX_RECORDS} records into this request`,
  );
}

function recordsOf(call: ApiCall): JsonRecord[] {
  const { records } = bodyRecord(call);
  if (!Array.isArray(records) || !records.every(isRecord)) {
    throw refuse('JSON_PARSER_ERROR', 'records: a list of records has to be specified');
  }
  checkCount(records.length);
  const types = records.map((record) => typeOf(record)?.toLowerCase());
  const chunks = types.filter((type, index) => type !== types[index - 1]).length;
  if (chunks > MAX_CHUNKS) {
    throw refuse('LIMIT_EXCEEDED', `cannot have more than ${MAX_CHUNKS} chunks in a single operation`);
  }
  return records;
}

function typeOf({ attributes }: JsonRecord): string | null {
  return isRecord(attributes) && typeof attributes.type === 'string' ? attributes.type : null;
}

function objectOf({ org }: ApiContext, record: JsonRecord): SObject {
  const type = typeOf(record);
  if (type === null) throw refuse('INVALID_INPUT', 'Each record has to specify its type in attributes');
  const object = org.schema.find(type);
  if (object !== undefined && !object.tooling) return object;
  throw refuse('INVALID_TYPE', `sObject type '${type}' is not supported.`);
}

function createOne(context: ApiContext, call: ApiCall, record: JsonRecord): JsonRecord {
  const object = objectOf(context, record);
  const id = context.org.records.create(withHeaders(call, context.actor), object.name, record);
  return { id, success: true, errors: [] };
}

/** Conditional headers mean nothing here: they are for single rows. */
function updateOne(context: ApiContext, call: ApiCall, record: JsonRecord): JsonRecord {
  const object = objectOf(context, record);
  const { id = null, Id = null, ...columns } = record;
  const given = id ?? Id;
  if (given === null) throw refuse('MISSING_ARGUMENT', 'Id not specified in an update call', []);
  const { org, actor } = context;
  const values = org.records.target(actor, object, String(given)).values;
  org.records.update(withHeaders(call, actor), object.name, String(given), columns);
  return { id: values.Id, success: true, errors: [] };
}

function deleteOne({ org, actor }: ApiContext, id: string): JsonRecord {
  const object = org.schema.byPrefix(id);
  const id18 = toId18(id);
  if (object === undefined || id18 === null) throw refuse('MALFORMED_ID', `malformed id ${id}`, []);
  org.records.delete(actor, object.name, id18);
  return { id: id18, success: true, errors: [] };
}

/** Runs the saves in order. Several records of one call may not fail each other unless all or none was asked for. */
function saveAll(
  { org }: ApiContext,
  allOrNone: boolean,
  saves: readonly SaveOne[],
  onFailure: JsonRecord = {},
): ApiAnswer {
  let outcomes: Outcome[] = [];
  const failure = (error: SalesforceError): Outcome => ({
    item: { success: false, errors: error.saveErrors, ...onFailure },
    failed: true,
  });
  const runAll = (): void => {
    outcomes = saves.map((save) => {
      try {
        return { item: save(), failed: false };
      } catch (error) {
        if (!(error instanceof SalesforceError)) throw error;
        return failure(error);
      }
    });
    if (allOrNone && outcomes.some(({ failed }) => failed)) throw new RolledBack();
  };
  try {
    org.store.transaction(runAll);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    const rolledBack = refuse(
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'Record rolled back because not all records were valid and the request was using AllOrNone header',
      [],
    );
    outcomes = outcomes.map((outcome) => (outcome.failed ? outcome : failure(rolledBack)));
  }
  return { status: 200, json: outcomes.map(({ item }) => item) };
}

class RolledBack extends Error {
  override readonly name = 'RolledBack';
}
