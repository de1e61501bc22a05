/** New alternate keys, and failed ones built again. */
import { demandCustomizer } from './access.ts';
import { repeats } from './administration.ts';
import { badRequest } from './dataverse-error.ts';
import type { ApiAnswer, ApiCall, ApiContext } from './http.ts';
import { notDescribed } from './metadata-api.ts';
import { labelIn, schemaNameOf } from './metadata-input.ts';
import { checkPrefix, recordBody } from './metadata-write.ts';
import type { AlternateKey, Table } from './table.ts';
import { guidOf } from './values.ts';

const MAX_KEYS = 10;
const MAX_KEY_COLUMNS = 16;
const KEY_TYPES: ReadonlySet<string> = new Set([
  'Integer',
  'Decimal',
  'String',
  'DateTime',
  'Lookup',
  'Picklist',
]);

/** `POST EntityDefinitions(…)/Keys` */
export function createKey(context: ApiContext, call: ApiCall, table: Table): ApiAnswer {
  const { org, actor } = context;
  demandCustomizer(org.parts, actor, 'prvCreateEntityKey');
  const body = recordBody(call);
  const schemaName = schemaNameOf(body);
  checkPrefix(context, schemaName, 'EntityKey');
  const name = schemaName.toLowerCase();
  const columns = Array.isArray(body.KeyAttributes) ? body.KeyAttributes.map(String) : [];
  if (table.keys.some((key) => key.name === name)) {
    throw badRequest(
      '0x80060893',
      `An entity key with the name ${name} already exists on entity ${table.name}.`,
    );
  }
  const wanted = [...columns].sort().join(' ');
  if (table.keys.some((key) => [...key.columns].sort().join(' ') === wanted)) {
    throw badRequest('0x80060894', 'An entity key with the selected attributes already exists on entity.');
  }
  const isUsable = (each: string): boolean => KEY_TYPES.has(table.columns.get(each)?.type ?? '');
  if (columns.length === 0 || columns.length > MAX_KEY_COLUMNS || !columns.every(isUsable)) {
    throw badRequest(
      '0x8006088f',
      'Invalid EntityKey Operation performed : the attributes cannot make up a key.',
    );
  }
  if (table.keys.length >= MAX_KEYS) {
    throw badRequest(
      '0x8006088f',
      `Invalid EntityKey Operation performed : a table has at most ${MAX_KEYS} keys.`,
    );
  }
  const key: AlternateKey = {
    name,
    schemaName,
    label: labelIn(body.DisplayName) ?? schemaName,
    columns,
    metadataId: guidOf(`key ${table.name}.${name}`),
    requestedAtMs: org.parts.clock.now().getTime(),
    failed: repeats(org.parts, table, columns),
  };
  table.keys.push(key);
  org.noteMetadataChange(table.name);
  const link = `${call.apiUrl}/EntityDefinitions(${table.metadataId})/Keys(${key.metadataId})`;
  return { status: 204, headers: { 'OData-EntityId': link } };
}

/** `POST ReactivateEntityKey`: builds a failed index again. */
export function reactivateKey({ org, actor }: ApiContext, call: ApiCall): ApiAnswer {
  demandCustomizer(org.parts, actor, 'prvCreateEntityKey');
  const body = recordBody(call);
  const table = org.schema.find(String(body.EntityLogicalName));
  const index = table?.keys.findIndex(({ name }) => name === String(body.EntityKeyLogicalName)) ?? -1;
  const key = table?.keys[index];
  if (table === undefined || key === undefined) throw notDescribed('the entity key');
  if (!key.failed) {
    throw badRequest('0x80060897', 'Reactivate entity key is only supported for failed job');
  }
  const requestedAtMs = org.parts.clock.now().getTime();
  table.keys[index] = { ...key, requestedAtMs, failed: repeats(org.parts, table, key.columns) };
  return { status: 204 };
}
