/** Reads the columns of a record that somebody wants to save. */
import { canEdit, visibleField } from './access.ts';
import { coerce } from './coerce.ts';
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import { type ErrorItem, refuse, unknownColumn } from './salesforce-error.ts';
import { isRecord, type JsonRecord, type MutableValues } from './values.ts';

export interface SaveInput {
  readonly values: MutableValues;
  readonly problems: readonly ErrorItem[];
}

/**
 * Columns and values as they will be stored; a key in any case, `Account: { Key__c: … }` as a lookup by external id.
 * @throws SalesforceError when a column is unknown, hidden or read-only, or a value is of the wrong JSON type
 */
export function readInput(
  parts: OrgParts,
  actor: Actor,
  object: SObject,
  input: JsonRecord,
  mode: 'create' | 'update',
): SaveInput {
  const values: MutableValues = {};
  const problems: ErrorItem[] = [];
  const readOnly: string[] = [];
  for (const [key, raw] of Object.entries(input)) {
    if (key === 'attributes') continue;
    if (isRecord(raw)) {
      const [column, id] = lookUp(parts, actor, object, key, raw);
      values[column] = id;
      continue;
    }
    const field = visibleField(parts, actor, object, key);
    if (field === undefined) throw unknownColumn(key, object.name);
    if (field.type === 'id')
      throw refuse('INVALID_FIELD', 'The Id field should not be specified in the sobject data.');
    const isWritable = mode === 'create' ? field.createable : field.updateable;
    if (!isWritable || !canEdit(parts, actor, object, field)) {
      readOnly.push(field.name);
      continue;
    }
    const { value, problem } = coerce(object, field, raw);
    values[field.name] = value;
    if (problem !== null) problems.push(problem);
  }
  if (readOnly.length > 0) {
    throw refuse(
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      `Unable to create/update fields: ${readOnly.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
      readOnly,
    );
  }
  return { values, problems };
}

/** The id of the parent that has the external id. */
function lookUp(
  parts: OrgParts,
  actor: Actor,
  object: SObject,
  relationship: string,
  keys: JsonRecord,
): [string, string] {
  const { schema, store } = parts;
  const field = schema.parent(object, relationship);
  const target = schema.find(field?.referenceTo[0] ?? '');
  if (field === undefined || target === undefined) throw unknownColumn(relationship, object.name);
  const [key, raw] = Object.entries(keys).find(([name]) => name !== 'attributes') ?? ['', null];
  const keyField = visibleField(parts, actor, target, key);
  if (keyField === undefined || !(keyField.externalId || keyField.idLookup)) {
    throw unknownColumn(key, target.name);
  }
  const wanted = keyField.type === 'id' ? toId18(String(raw)) : String(raw);
  const ids = new Set(store.table(target.name).idsWith(keyField.name, wanted));
  const matching = [...ids].filter((id) => {
    const values = store.read(target.name, id);
    const isSame = String(values?.[keyField.name]).toLowerCase() === String(wanted).toLowerCase();
    return values !== null && values.IsDeleted !== true && isSame;
  });
  const [id] = matching;
  if (id === undefined || matching.length > 1) {
    throw refuse(
      'INVALID_FIELD',
      `Foreign key external ID: ${String(raw)} not found for field ${keyField.name} in entity ${target.name}`,
    );
  }
  return [field.name, id];
}
