/** Changing metadata: new columns, keys, tables and lookups, and change tracking switched on. */
import { demandCustomizer } from './access.ts';
import { type Column, lookup } from './column.ts';
import { badRequest, noSuchResource } from './dataverse-error.ts';
import type { ApiAnswer, ApiCall, ApiContext } from './http.ts';
import { describedColumn, describedKey, describedTable, notDescribed } from './metadata-api.ts';
import { labelIn, readAttribute, schemaNameOf } from './metadata-input.ts';
import { createKey } from './metadata-keys-api.ts';
import { checkPrefix, noteInSolution, recordBody } from './metadata-write.ts';
import type { Table } from './table.ts';
import { ACTIVE_INACTIVE, table as makeTable } from './table.ts';
import { guidOf, isRecord } from './values.ts';

const FIRST_CUSTOM_TYPE_CODE = 10_300;

function createColumn(context: ApiContext, call: ApiCall, table: Table): ApiAnswer {
  const { org, actor } = context;
  demandCustomizer(org.parts, actor, 'prvCreateAttribute');
  const column = readAttribute(org.parts, recordBody(call));
  checkPrefix(context, column.schemaName, 'Attribute');
  if (table.columns.has(column.name)) {
    throw badRequest('0x80047013', `An attribute with the specified name ${column.name} already exists`);
  }
  return org.store.transaction(() => {
    const added = addColumn(context, table, column);
    noteInSolution(context, call, added.metadataId, 2);
    const link = `${call.apiUrl}/EntityDefinitions(${table.metadataId})/Attributes(${added.metadataId})`;
    return { status: 204, headers: { 'OData-EntityId': link } };
  });
}

function addColumn({ org }: ApiContext, table: Table, column: Column): Column {
  const added = org.addColumn(table.name, column.schemaName, column.type, column);
  if (added.type === 'Money') {
    org.addColumn(table.name, `${column.schemaName}_Base`, 'Money', {
      label: `${column.label} (Base)`,
      baseOf: added.name,
      creatable: false,
      updatable: false,
    });
  }
  return added;
}

function createTable(context: ApiContext, call: ApiCall): ApiAnswer {
  const { org, actor } = context;
  demandCustomizer(org.parts, actor, 'prvCreateEntity');
  const body = recordBody(call);
  const schemaName = schemaNameOf(body);
  checkPrefix(context, schemaName, 'Entity');
  const name = schemaName.toLowerCase();
  if (org.schema.find(name) !== undefined) {
    throw badRequest(
      '0x8004700b',
      'An entity with the specified name already exists. Please specify a unique name.',
    );
  }
  const attributes = (Array.isArray(body.Attributes) ? body.Attributes : []).filter(isRecord);
  const primary = attributes.find((attribute) => attribute.IsPrimaryName === true);
  if (primary === undefined)
    throw badRequest('0x80040203', 'One of the Attributes must be the primary name.');
  const count = [...org.schema.tables()].length;
  const made = makeTable({
    schemaName,
    entitySet: `${name}s`,
    typeCode: FIRST_CUSTOM_TYPE_CODE + count,
    label: labelIn(body.DisplayName) ?? schemaName,
    collectionLabel: labelIn(body.DisplayCollectionName) ?? `${schemaName}s`,
    primaryName: schemaNameOf(primary).toLowerCase(),
    ownership: body.OwnershipType === 'OrganizationOwned' ? 'OrganizationOwned' : 'UserOwned',
    isCustom: true,
    changeTracking: body.ChangeTrackingEnabled === true,
    states: ACTIVE_INACTIVE,
    columns: attributes.map((attribute) => readAttribute(org.parts, attribute)),
  });
  org.schema.addTable(made);
  noteInSolution(context, call, made.metadataId, 1);
  return {
    status: 204,
    headers: { 'OData-EntityId': `${call.apiUrl}/EntityDefinitions(${made.metadataId})` },
  };
}

/** `PUT EntityDefinitions({id})`: of the whole definition, only change tracking can differ here. */
function updateTable(context: ApiContext, call: ApiCall, table: Table): ApiAnswer {
  const { org, actor } = context;
  demandCustomizer(org.parts, actor, 'prvWriteEntity');
  const { ChangeTrackingEnabled: wanted } = recordBody(call);
  if (wanted === false && table.changeTracking) {
    throw badRequest('0x80040203', `Change tracking of ${table.name} cannot be switched off.`);
  }
  if (wanted === true) {
    org.setChangeTracking(table.name, true);
    org.switches.changeTrackingOff = org.switches.changeTrackingOff.filter((name) => name !== table.name);
    org.noteMetadataChange(table.name);
  }
  return { status: 204 };
}

function remove(context: ApiContext, call: ApiCall, table: Table): ApiAnswer {
  const { org, actor } = context;
  const [, second] = call.segments;
  if (second?.key == null) throw noSuchResource(call.uri);
  if (second.name === 'Attributes') {
    demandCustomizer(org.parts, actor, 'prvDeleteAttribute');
    org.removeColumn(table.name, describedColumn(context, call, table, second.key).name);
  } else if (second.name === 'Keys') {
    demandCustomizer(org.parts, actor, 'prvDeleteEntityKey');
    table.keys.splice(table.keys.indexOf(describedKey(table, second.key)), 1);
    org.noteMetadataChange(table.name);
  } else throw noSuchResource(call.uri);
  return { status: 204 };
}

/** `POST RelationshipDefinitions`: a lookup column and both sides of its relationship. */
export function createRelationship(context: ApiContext, call: ApiCall): ApiAnswer {
  const { org, actor } = context;
  if (call.method !== 'POST') throw noSuchResource(call.uri);
  demandCustomizer(org.parts, actor, 'prvCreateRelationship');
  const body = recordBody(call);
  const schemaName = schemaNameOf(body);
  checkPrefix(context, schemaName, 'Relationship');
  const to = org.schema.find(String(body.ReferencedEntity));
  const from = org.schema.find(String(body.ReferencingEntity));
  if (to === undefined || from === undefined)
    throw notDescribed('one of the two entities of the relationship');
  if (org.schema.collection(to, schemaName) !== undefined) {
    throw badRequest(
      '0x8004432b',
      'A relationship with the specified name already exists. Please specify a unique name.',
    );
  }
  const described = isRecord(body.Lookup) ? body.Lookup : {};
  const column = lookup(
    schemaNameOf(described),
    to.name,
    labelIn(described.DisplayName) ?? schemaName,
    schemaName,
    {
      isCustom: true,
    },
  );
  checkPrefix(context, column.schemaName, 'Attribute');
  const added = org.addColumn(from.name, column.schemaName, 'Lookup', {
    label: column.label,
    targets: column.targets,
    isCustom: true,
  });
  noteInSolution(context, call, added.metadataId, 2);
  const link = `${call.apiUrl}/RelationshipDefinitions(${guidOf(`relationship ${schemaName}`)})`;
  return { status: 204, headers: { 'OData-EntityId': link } };
}

/** Every write to `EntityDefinitions…`. */
export function writeDefinitions(context: ApiContext, call: ApiCall): ApiAnswer {
  const [first, second] = call.segments;
  if (first?.key == null) {
    if (call.method !== 'POST' || second !== undefined) throw noSuchResource(call.uri);
    return createTable(context, call);
  }
  const table = describedTable(context, first.key);
  if (call.method === 'DELETE') return remove(context, call, table);
  if (call.method === 'PUT' && second === undefined) return updateTable(context, call, table);
  if (call.method !== 'POST') throw noSuchResource(call.uri);
  if (second?.name === 'Attributes') return createColumn(context, call, table);
  if (second?.name === 'Keys') return createKey(context, call, table);
  throw noSuchResource(call.uri);
}
