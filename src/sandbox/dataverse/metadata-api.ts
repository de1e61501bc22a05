/** Reading metadata: `EntityDefinitions`, `GlobalOptionSetDefinitions`, `RelationshipDefinitions`. */

import type { Column } from './column.ts';
import { DataverseError, noSuchResource, unknownSegment } from './dataverse-error.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  contextUrl,
  optionsOf,
  type Segment,
} from './http.ts';
import {
  attributeType,
  baseAttributeJson,
  globalSetOf,
  keyJson,
  optionSetJson,
  relationshipJson,
  tableJson,
  typedAttributeJson,
} from './metadata-json.ts';
import { type Described, filterDescribed, shape } from './metadata-shape.ts';
import { isVisible } from './parts.ts';
import type { AlternateKey, Table } from './table.ts';
import { isGuid, isRecord, type JsonRecord } from './values.ts';

const CAST = 'Microsoft.Dynamics.CRM.';

export function notDescribed(what: string): DataverseError {
  return new DataverseError(404, '0x80040217', `Could not find ${what}.`);
}

/** What `LogicalName='x'`, `Name='x'`, `SchemaName='x'` or a GUID names. */
function nameIn(key: string): { readonly name: string } | { readonly id: string } {
  if (isGuid(key.trim())) return { id: key.trim().toLowerCase() };
  const quoted = /^\s*(?:LogicalName|Name|SchemaName)\s*=\s*'([^']*)'\s*$/.exec(key)?.[1];
  return { name: quoted ?? '' };
}

/** @throws DataverseError 404 */
export function describedTable({ org }: ApiContext, key: string): Table {
  const named = nameIn(key);
  const table = 'id' in named ? org.schema.byMetadataId(named.id) : org.schema.find(named.name);
  if (table === undefined) throw notDescribed(`an entity with the specified name or id ${key}`);
  return table;
}

/** The columns that a reader of metadata sees: caches lag behind unless strong consistency is asked for. */
function columnsOf({ org, actor }: ApiContext, call: ApiCall, table: Table): readonly Column[] {
  const { parts } = org;
  const isStrong = call.headers.consistency?.toLowerCase() === 'strong';
  const youngest = isStrong
    ? Number.POSITIVE_INFINITY
    : parts.clock.now().getTime() - parts.switches.metadataCacheSeconds * 1000;
  return [...table.columns.values()].filter(
    (column) => isVisible(parts, actor, table, column) && column.addedAtMs <= youngest,
  );
}

/** @throws DataverseError 404 */
export function describedColumn(context: ApiContext, call: ApiCall, table: Table, key: string): Column {
  const named = nameIn(key);
  const column = columnsOf(context, call, table).find((each) =>
    'id' in named ? each.metadataId === named.id : each.name === named.name,
  );
  if (column === undefined)
    throw notDescribed(`an attribute with the specified name or id ${key} on ${table.name}`);
  return column;
}

/** @throws DataverseError 404 */
export function describedKey(table: Table, key: string): AlternateKey {
  const named = nameIn(key);
  const found = table.keys.find((each) =>
    'id' in named ? each.metadataId === named.id : each.name === named.name,
  );
  if (found === undefined)
    throw notDescribed(`an entity key with the specified name or id ${key} on ${table.name}`);
  return found;
}

/** @param cast whether the description is asked for as its own type, which opens what only that type has */
function describeColumn(table: Table, column: Column, cast: boolean, isMixed: boolean): Described {
  const type = attributeType(column);
  const hasOptions = column.options.length > 0;
  const optionSet = (): Described => ({
    type: 'OptionSetMetadata',
    json: optionSetJson(table, column),
    expandable: {},
  });
  const base = baseAttributeJson(table, column);
  return {
    type: cast ? type : 'AttributeMetadata',
    ...(isMixed ? { shownType: type } : {}),
    ...(cast ? {} : { selectable: new Set(Object.keys(base)) }),
    json: { ...base, ...typedAttributeJson(column) },
    expandable:
      cast && hasOptions
        ? { OptionSet: optionSet, GlobalOptionSet: () => (globalSetOf(column) === null ? null : optionSet()) }
        : {},
  };
}

function describeTable(context: ApiContext, call: ApiCall, table: Table): Described {
  const { schema, parts } = context.org;
  return {
    type: 'EntityMetadata',
    json: tableJson(parts, table),
    expandable: {
      Attributes: () =>
        columnsOf(context, call, table).map((column) => describeColumn(table, column, false, true)),
      Keys: () => table.keys.map((key) => describeKey(context, table, key)),
      OneToManyRelationships: () =>
        schema.referencesTo(table).map((collection) => describeRelationship(table, collection)),
      ManyToOneRelationships: () =>
        schema
          .navigations(table)
          .map(({ column, target, table: to }) => describeRelationship(to, { table, column, target })),
      ManyToManyRelationships: () => [],
    },
  };
}

function describeKey({ org }: ApiContext, table: Table, key: AlternateKey): Described {
  return { type: 'EntityKeyMetadata', json: keyJson(org.parts, table, key), expandable: {} };
}

function describeRelationship(
  referenced: Table,
  collection: Parameters<typeof relationshipJson>[1],
): Described {
  return {
    type: 'OneToManyRelationshipMetadata',
    json: relationshipJson(referenced, collection),
    expandable: {},
  };
}

function list(call: ApiCall, place: string, items: readonly Described[]): ApiAnswer {
  const options = optionsOf(call);
  const value = filterDescribed(items, options).map((item) => shape(item, options));
  const context = options.select === null ? place : `${place}(${options.select.join(',')})`;
  return { status: 200, json: { '@odata.context': contextUrl(call, context), value } };
}

function one(call: ApiCall, place: string, item: Described): ApiAnswer {
  const options = optionsOf(call);
  const context = options.select === null ? place : `${place}(${options.select.join(',')})`;
  const json: JsonRecord = { '@odata.context': contextUrl(call, `${context}/$entity`) };
  for (const [name, value] of Object.entries(shape(item, options))) {
    const isExpandedOne = name in item.expandable && isRecord(value);
    if (isExpandedOne) json[`${name}@odata.context`] = contextUrl(call, `${place}/${name}/$entity`);
    json[name] = value;
  }
  return { status: 200, json };
}

function readAttributes(
  context: ApiContext,
  call: ApiCall,
  table: Table,
  place: string,
  path: readonly Segment[],
): ApiAnswer {
  const [attributes, cast, below] = path;
  const here = `${place}/Attributes`;
  const type = cast?.name.startsWith(CAST) === true ? cast.name.slice(CAST.length) : null;
  if (cast !== undefined && type === null) throw unknownSegment(cast.name);
  if (attributes?.key == null) {
    const columns = columnsOf(context, call, table).filter(
      (column) => type === null || attributeType(column) === type,
    );
    const items = columns.map((column) => describeColumn(table, column, type !== null, type === null));
    return list(call, type === null ? here : `${here}/${CAST}${type}`, items);
  }
  const column = describedColumn(context, call, table, attributes.key);
  if (type !== null && attributeType(column) !== type)
    throw notDescribed(`a ${type} with this name on ${table.name}`);
  const described = describeColumn(table, column, type !== null, false);
  if (below === undefined) {
    const json = { '@odata.type': `#${CAST}${attributeType(column)}` };
    const answer = one(call, type === null ? here : `${here}/${CAST}${type}`, described);
    return type === null ? { ...answer, json: { ...json, ...(answer.json as object) } } : answer;
  }
  const expanded = described.expandable[below.name]?.();
  if (expanded == null || !('json' in expanded)) throw unknownSegment(below.name);
  return one(call, `${here}(${column.metadataId})/${CAST}${type ?? ''}/${below.name}`, expanded);
}

/** `GET EntityDefinitions…` */
export function readDefinitions(context: ApiContext, call: ApiCall): ApiAnswer {
  const [first, second, ...rest] = call.segments;
  if (first?.key == null) {
    const tables = [...context.org.schema.tables()].map((table) => describeTable(context, call, table));
    return list(call, 'EntityDefinitions', tables);
  }
  const table = describedTable(context, first.key);
  const described = describeTable(context, call, table);
  const place = `EntityDefinitions('${table.name}')`;
  if (second === undefined) return one(call, 'EntityDefinitions', described);
  if (second.name === 'Attributes') return readAttributes(context, call, table, place, [second, ...rest]);
  if (rest.length > 0) throw noSuchResource(call.uri);
  if (second.name === 'Keys' && second.key !== null) {
    return one(call, `${place}/Keys`, describeKey(context, table, describedKey(table, second.key)));
  }
  const related = described.expandable[second.name]?.();
  if (related == null || 'json' in related) throw unknownSegment(second.name);
  return list(call, `${place}/${second.name}`, related);
}

/** `GET GlobalOptionSetDefinitions…` */
export function readGlobalOptionSets({ org }: ApiContext, call: ApiCall): ApiAnswer {
  const sets = new Map<string, Described>();
  for (const table of org.schema.tables()) {
    for (const column of table.columns.values()) {
      const name = globalSetOf(column);
      if (name === null) continue;
      sets.set(name, { type: 'OptionSetMetadata', json: optionSetJson(table, column), expandable: {} });
    }
  }
  const key = call.segments[0]?.key ?? null;
  if (key === null) return list(call, 'GlobalOptionSetDefinitions', [...sets.values()]);
  const named = nameIn(key);
  const found = [...sets].find(([name, { json }]) =>
    'id' in named ? json.MetadataId === named.id : name === named.name,
  );
  if (found === undefined) throw notDescribed(`an option set with the specified name or id ${key}`);
  const answer = one(call, 'GlobalOptionSetDefinitions', found[1]);
  return { ...answer, json: { '@odata.type': `#${CAST}OptionSetMetadata`, ...(answer.json as object) } };
}

/** `GET RelationshipDefinitions…` */
export function readRelationships({ org }: ApiContext, call: ApiCall): ApiAnswer {
  const all = [...org.schema.tables()].flatMap((table) =>
    org.schema.referencesTo(table).map((collection) => describeRelationship(table, collection)),
  );
  const [first] = call.segments;
  if (first?.key == null) return list(call, 'RelationshipDefinitions', all);
  const named = nameIn(first.key);
  const found = all.find(({ json }) =>
    'id' in named ? json.MetadataId === named.id : json.SchemaName === named.name,
  );
  if (found === undefined) throw notDescribed(`a relationship with the specified name or id ${first.key}`);
  return one(call, 'RelationshipDefinitions', found);
}
