/** `$select` and `$expand` given meaning for a table: which columns, which related rows. */
import { demand } from './access.ts';
import { type Column, wireName } from './column.ts';
import { badRequest, unknownProperty } from './dataverse-error.ts';
import { bind, type Test } from './odata-match.ts';
import { parseFilter } from './odata-parser.ts';
import { type Ordering, readOrdering } from './ordering.ts';
import { type Actor, isVisible, type OrgParts } from './parts.ts';
import type { ExpandItem, QueryOptions } from './query-options.ts';
import { columnOnWire, rowScope } from './row-scope.ts';
import type { Collection, Navigation } from './schema.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';

export interface ExpandedRow {
  readonly kind: 'row';
  readonly navigation: Navigation;
  readonly isReference: boolean;
  readonly selection: Selection;
}

export interface ExpandedCollection {
  readonly kind: 'collection';
  readonly collection: Collection;
  readonly selection: Selection;
  readonly test: Test<Row> | null;
  readonly ordering: Ordering;
  readonly top: number | null;
  /** The options as text, for a link to the rest. */
  readonly optionsText: string;
}

export interface Selection {
  readonly table: Table;
  /** In the order they were asked for; null: all. */
  readonly columns: readonly Column[] | null;
  readonly expand: readonly (ExpandedRow | ExpandedCollection)[];
  /** Text of the selection as it stands in a context URL, such as `name,statecode`; empty for all. */
  readonly context: string;
}

export interface SelectionContext {
  readonly parts: OrgParts;
  readonly actor: Actor;
}

/** @throws DataverseError for unknown names, and for what cannot be expanded */
export function readSelection(context: SelectionContext, table: Table, options: QueryOptions): Selection {
  const { parts, actor } = context;
  const names = options.select === null || options.select.includes('*') ? null : options.select;
  const columns =
    names === null
      ? null
      : names.map((name) => {
          const column = columnOnWire(parts, actor, table, name) ?? lookupNamed(context, table, name);
          if (column === undefined) throw unknownProperty(name, table.name);
          return column;
        });
  const expand = options.expand.map((item) => readExpanded(context, table, item));
  const expanded = options.expand.map(
    ({ name }, index) => `${name}(${expand[index]?.selection.context ?? ''})`,
  );
  return { table, columns, expand, context: [...(names ?? []), ...expanded].join(',') };
}

/** A lookup may be selected by its navigation property too. */
function lookupNamed({ parts, actor }: SelectionContext, table: Table, name: string): Column | undefined {
  const column = parts.schema.navigation(table, name)?.column;
  return column?.name === name && isVisible(parts, actor, table, column) ? column : undefined;
}

function readExpanded(
  context: SelectionContext,
  table: Table,
  { name, isReference, options }: ExpandItem,
): ExpandedRow | ExpandedCollection {
  const { parts, actor } = context;
  const navigation = parts.schema.navigation(table, name);
  if (navigation !== undefined && isVisible(parts, actor, table, navigation.column)) {
    demand(parts, actor, 'Read', navigation.table);
    const { filter, orderBy, top } = options;
    if (filter !== null || orderBy !== null || top !== null) {
      throw badRequest('0x80060888', `Only $select and $expand can be used in the $expand of '${name}'.`);
    }
    const selection = readSelection(context, navigation.table, options);
    return { kind: 'row', navigation, isReference, selection };
  }
  const collection = parts.schema.collection(table, name);
  if (collection === undefined || !isVisible(parts, actor, collection.table, collection.column)) {
    throw unknownProperty(name, table.name);
  }
  if (isReference) {
    throw badRequest('0x80060888', `Expansion of references is not supported for the collection '${name}'.`);
  }
  demand(parts, actor, 'Read', collection.table);
  const scope = rowScope(parts, actor, collection.table);
  return {
    kind: 'collection',
    collection,
    selection: readSelection(context, collection.table, options),
    test: options.filter === null ? null : bind(parseFilter(options.filter, options.aliases), scope),
    ordering: readOrdering(options.orderBy, options.aliases, scope),
    top: options.top,
    optionsText: optionsText(options),
  };
}

function optionsText({ select, filter, orderBy }: QueryOptions): string {
  const parts = [
    select === null ? null : `$select=${select.join(',')}`,
    filter === null ? null : `$filter=${encodeURIComponent(filter)}`,
    orderBy === null ? null : `$orderby=${encodeURIComponent(orderBy)}`,
  ];
  return parts.filter((part) => part !== null).join('&');
}

/** The columns to show: those selected, or all that the actor sees. */
export function shownColumns(
  { parts, actor }: SelectionContext,
  { table, columns }: Selection,
): readonly Column[] {
  if (columns !== null) return columns;
  return [...table.columns.values()]
    .filter((column) => isVisible(parts, actor, table, column))
    .sort((left, right) => (wireName(left) < wireName(right) ? -1 : 1));
}
