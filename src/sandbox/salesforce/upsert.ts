/** Saving by an external id: what is there is updated, what is not is created. */
import { visibleField } from './access.ts';
import type { Field } from './field.ts';
import { type ApiCall, type ApiContext, withHeaders } from './http.ts';
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import { notFound, refuse } from './salesforce-error.ts';
import type { JsonRecord } from './values.ts';

/** @throws SalesforceError NOT_FOUND when the column cannot serve as a key */
export function keyField({ org, actor }: ApiContext, object: SObject, name: string): Field {
  const field = visibleField(org.parts, actor, object, name);
  if (field !== undefined && (field.externalId || field.idLookup)) return field;
  throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
}

/** Ids of the rows that have the key. */
export function findByExternalId(context: ApiContext, object: SObject, key: string, value: string): string[] {
  const field = keyField(context, object, key);
  const { store } = context.org;
  const wanted = field.type === 'id' ? (toId18(value) ?? value) : value;
  const ids = field.type === 'id' ? [wanted] : new Set(store.table(object.name).idsWith(field.name, wanted));
  return [...ids].filter((id) => {
    const values = store.read(object.name, id);
    if (values === null || values.IsDeleted === true) return false;
    const own = String(values[field.name] ?? '');
    return field.caseSensitive ? own === wanted : own.toLowerCase() === wanted.toLowerCase();
  });
}

/**
 * Saves a record whose columns include the key; an empty key creates.
 * @throws SalesforceError DUPLICATE_EXTERNAL_ID when several rows have the key
 */
export function upsertRow(
  context: ApiContext,
  call: ApiCall,
  object: SObject,
  key: string,
  input: JsonRecord,
): { readonly id: string; readonly created: boolean } {
  const { org, actor } = context;
  const field = keyField(context, object, key);
  const entry = Object.entries(input).find(([name]) => name.toLowerCase() === field.name.toLowerCase());
  const value = entry === undefined || entry[1] === null || entry[1] === '' ? null : String(entry[1]);
  const isId = field.type === 'id';
  // The id itself is never written; neither is the name in another case.
  const columns = Object.fromEntries(
    Object.entries(input).filter(([name]) => !(isId && name.toLowerCase() === 'id')),
  );
  const ids = value === null ? [] : findByExternalId(context, object, key, value);
  if (ids.length > 1) {
    const message = `${field.name}: more than one record found for external id field: [${ids.join(', ')}]`;
    throw refuse('DUPLICATE_EXTERNAL_ID', message, [field.name]);
  }
  const [existing] = ids;
  const acting = withHeaders(call, actor);
  if (existing !== undefined) {
    const { [entry?.[0] ?? '']: _key, ...rest } = columns;
    org.records.update(acting, object.name, existing, rest);
    return { id: existing, created: false };
  }
  if (isId && value !== null)
    throw refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [], 404);
  return { id: org.records.create(acting, object.name, columns), created: true };
}
