/** Bodies of writes: which columns they set, which rows they bind, which rows they bring along. */

import { demand } from './access.ts';
import { coerce } from './coerce.ts';
import { type Column, isLookup, wireName } from './column.ts';
import { badPayload, badRequest, rowNotFound } from './dataverse-error.ts';
import { getByKey, parseKey } from './keys.ts';
import { type Actor, isVisible, type OrgParts, visibleColumn } from './parts.ts';
import type { Navigation } from './schema.ts';
import type { Table } from './table.ts';
import { isRecord, type JsonRecord, type MutableValues, type Reference } from './values.ts';

export interface PayloadContext {
  readonly parts: OrgParts;
  readonly actor: Actor;
  /** Rows written earlier in the same change set, by `Content-ID`. */
  readonly references: ReadonlyMap<string, Reference>;
}

/** A row to be created together with the one that the body describes. */
export type Nested =
  | {
      readonly kind: 'parent';
      readonly navigation: Navigation;
      readonly table: Table;
      readonly body: JsonRecord;
    }
  | { readonly kind: 'child'; readonly column: Column; readonly table: Table; readonly body: JsonRecord };

export interface Payload {
  readonly changes: MutableValues;
  readonly nested: readonly Nested[];
}

const BIND = /^(.+)@odata\.bind$/;

function invalidProperty(table: Table, name: string): Error {
  return badRequest(
    '0x0',
    `An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property '${name}' was found in entity 'Microsoft.Dynamics.CRM.${table.name}'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.`,
  );
}

function undeclared(table: Table, name: string): Error {
  return badPayload(
    table.entitySet,
    `Microsoft.OData.ODataException: An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
  );
}

/** The row that a link such as `/accounts(guid)`, an absolute URL or `$1` leads to. @throws DataverseError */
export function resolveLink({ parts, actor, references }: PayloadContext, link: string): Reference {
  const content = /^\/?\$(\w+)$/.exec(link);
  if (content !== null) {
    const known = references.get(content[1] ?? '');
    if (known !== undefined) return known;
    throw badRequest('', `Content-ID Reference: '$${content[1]}' does not exist in the batch context.`);
  }
  const match = /(?:^|\/)(\w+)\((.*)\)$/.exec(decodeLink(link));
  const table = parts.schema.bySet(match?.[1] ?? '');
  if (match === null || table === undefined) {
    throw badRequest(
      '0x80060888',
      `The link '${link.slice(0, 200)}' does not lead to a row of this organization.`,
    );
  }
  const row = getByKey(parts, actor, table, parseKey(table, match[2] ?? ''));
  return { table: table.name, id: row.id };
}

function decodeLink(link: string): string {
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}

function bind(
  context: PayloadContext,
  table: Table,
  navigation: Navigation,
  link: unknown,
): Reference | null {
  if (link === null) return null;
  if (typeof link !== 'string') throw undeclared(table, navigation.target.navigation);
  const { parts, actor } = context;
  const reference = resolveLink(context, link);
  const allowed = navigation.column.targets
    .filter((target) => target.navigation === navigation.target.navigation)
    .map((target) => target.table);
  if (!allowed.includes(reference.table)) {
    throw badPayload(
      table.entitySet,
      `Microsoft.OData.ODataException: A row of ${reference.table} cannot be bound to '${navigation.target.navigation}'.`,
    );
  }
  const target = parts.schema.get(reference.table);
  if (parts.store.get(reference.table, reference.id) === undefined)
    throw rowNotFound(target.name, reference.id);
  demand(parts, actor, 'Append', table);
  demand(parts, actor, 'AppendTo', target);
  return reference;
}

/**
 * Reads a body. Columns that clients cannot write are left out, as the server ignores them.
 * @throws DataverseError for unknown properties, wrong types, and links that lead nowhere
 */
export function readPayload(
  context: PayloadContext,
  table: Table,
  body: unknown,
  mode: 'create' | 'update',
): Payload {
  if (!isRecord(body)) {
    throw badPayload(table.entitySet, 'System.ArgumentException: Stream was not readable.');
  }
  const { parts, actor } = context;
  const changes: MutableValues = {};
  const nested: Nested[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@')) continue;
    const bound = BIND.exec(name)?.[1];
    if (bound !== undefined) {
      const navigation = parts.schema.navigation(table, bound);
      if (navigation === undefined || !isVisible(parts, actor, table, navigation.column)) {
        throw undeclared(table, bound);
      }
      if (mode === 'update' ? !navigation.column.updatable : !navigation.column.creatable) continue;
      changes[navigation.column.name] = bind(context, table, navigation, value);
      continue;
    }
    if (name.includes('@')) continue;
    const column = visibleColumn(parts, actor, table, name);
    if (column !== undefined && !isLookup(column)) {
      const stored = coerce(table, column, value);
      if (mode === 'create' ? column.creatable : column.updatable) changes[column.name] = stored;
      continue;
    }
    readNavigation(context, table, name, value, mode, changes, nested);
  }
  return { changes, nested };
}

/** What is neither a bind nor a plain column: an emptied lookup, or rows to be created along. */
function readNavigation(
  { parts, actor }: PayloadContext,
  table: Table,
  name: string,
  value: unknown,
  mode: 'create' | 'update',
  changes: MutableValues,
  nested: Nested[],
): void {
  const navigation = parts.schema.navigation(table, name);
  const lookup = visibleColumn(parts, actor, table, /^_(\w+)_value$/.exec(name)?.[1] ?? name);
  if (lookup !== undefined && isLookup(lookup) && (navigation === undefined || wireName(lookup) === name)) {
    if (value !== null) coerce(table, lookup, value);
    changes[lookup.name] = null;
    return;
  }
  if (navigation !== undefined && isVisible(parts, actor, table, navigation.column)) {
    if (value === null) {
      changes[navigation.column.name] = null;
      return;
    }
    if (mode === 'create' && isRecord(value)) {
      nested.push({ kind: 'parent', navigation, table: navigation.table, body: value });
      return;
    }
    throw deepUpdate(table, name);
  }
  const collection = parts.schema.collection(table, name);
  if (collection === undefined || collection.through !== undefined) throw invalidProperty(table, name);
  if (mode === 'update' || !Array.isArray(value)) throw deepUpdate(table, name);
  for (const child of value) {
    if (!isRecord(child)) throw deepUpdate(table, name);
    nested.push({ kind: 'child', column: collection.column, table: collection.table, body: child });
  }
}

function deepUpdate(table: Table, name: string): Error {
  return badPayload(
    table.entitySet,
    `Microsoft.OData.ODataException: The navigation property '${name}' can only be bound to an existing row here.`,
  );
}
