/** The organization's metadata: its tables, and how rows of one lead to rows of another. */
import type { Column, Target } from './column.ts';
import type { Row, Store } from './store.ts';
import type { Table } from './table.ts';
import { ownedBy } from './table.ts';
import { connectionTables } from './tables-connections.ts';
import { connectorColumns, connectorTables, customColumns } from './tables-connector.ts';
import { accountTable, contactTable, marketingTables } from './tables-people.ts';
import { messagingTables, organizationTables, solutionTables, userTables } from './tables-platform.ts';
import { processTables } from './tables-process.ts';
import { opportunityCloseTable, opportunityTable, productTables } from './tables-sales.ts';

/** A navigation property from a row to one other row. */
export interface Navigation {
  readonly column: Column;
  readonly target: Target;
  readonly table: Table;
}

/** A navigation property from a row to the rows that point at it, or that are joined to it. */
export interface Collection {
  /** Table of the rows that point here. */
  readonly table: Table;
  readonly column: Column;
  readonly target: Target;
  /** Where the rows do not point here: the table that joins them, by its columns for this end and the other. */
  readonly through?: { readonly table: string; readonly near: string; readonly far: string };
}

/** A relationship of many rows to many. */
interface Joint {
  /** Name of the navigation property, the same at both ends. */
  readonly navigation: string;
  /** The table with a row for each pair. */
  readonly table: string;
  /** The two tables, each with its column in that table. */
  readonly ends: readonly [
    readonly [table: string, column: string],
    readonly [table: string, column: string],
  ];
}

const JOINTS: readonly Joint[] = [
  {
    navigation: 'teammembership_association',
    table: 'teammembership',
    ends: [
      ['team', 'teamid'],
      ['systemuser', 'systemuserid'],
    ],
  },
];

/** Name, unique within the organization, of the relationship behind a lookup and one of its targets. */
export const relationshipName = ({ collection }: Target): string => collection;

export interface Schema {
  tables(): Iterable<Table>;
  /** By logical name. */
  find(name: string): Table | undefined;
  /** @throws RangeError when there is no such table */
  get(name: string): Table;
  /** By entity set name; case counts. */
  bySet(entitySet: string): Table | undefined;
  byMetadataId(id: string): Table | undefined;
  /** Single-valued navigation properties by name; case counts. */
  navigation(table: Table, name: string): Navigation | undefined;
  navigations(table: Table): readonly Navigation[];
  collection(table: Table, name: string): Collection | undefined;
  collections(table: Table): readonly Collection[];
  /** Lookups from anywhere to the table. */
  referencesTo(table: Table): readonly Collection[];
  addTable(table: Table): void;
  addColumn(table: string, column: Column): Column;
  removeColumn(table: string, column: string): void;
}

/** The rows behind a collection of one row. */
export function rowsBehind(store: Store, { table, column, through }: Collection, id: string): readonly Row[] {
  if (through === undefined) return store.referring(table.name, column.name, id);
  return [...store.rows(through.table)].flatMap(({ values }) => {
    const other =
      values[through.near] === id ? store.get(table.name, String(values[through.far])) : undefined;
    return other === undefined ? [] : [other];
  });
}

/** Whether an API client may see a column. */
export type IsVisible = (table: Table, column: Column) => boolean;

/** Metadata of an organization with Dynamics 365 Sales and Microsoft's referral connector. */
export function createSchema(): Schema {
  const tables = new Map<string, Table>();
  const sets = new Map<string, Table>();
  const navigations = new Map<Table, Map<string, Navigation>>();
  const collections = new Map<Table, Map<string, Collection>>();

  const forget = (): void => {
    navigations.clear();
    collections.clear();
  };

  function navigationsOf(table: Table): Map<string, Navigation> {
    const known = navigations.get(table);
    if (known !== undefined) return known;
    const made = new Map<string, Navigation>();
    for (const column of table.columns.values()) {
      for (const target of column.targets) {
        const to = tables.get(target.table);
        if (to !== undefined && !made.has(target.navigation)) {
          made.set(target.navigation, { column, target, table: to });
        }
      }
    }
    navigations.set(table, made);
    return made;
  }

  function collectionsOf(table: Table): Map<string, Collection> {
    const known = collections.get(table);
    if (known !== undefined) return known;
    const made = new Map<string, Collection>();
    for (const from of tables.values()) {
      for (const column of from.columns.values()) {
        for (const target of column.targets) {
          if (target.table === table.name) made.set(target.collection, { table: from, column, target });
        }
      }
    }
    for (const joint of JOINTS) {
      const [first, second] = joint.ends;
      for (const [near, far] of [[first, second] as const, [second, first] as const]) {
        const other = tables.get(far[0]);
        const column = tables.get(joint.table)?.columns.get(far[1]);
        if (near[0] !== table.name || other === undefined || column === undefined) continue;
        const { navigation } = joint;
        const target: Target = {
          table: table.name,
          navigation,
          collection: navigation,
          onDelete: 'removeLink',
        };
        const through = { table: joint.table, near: near[1], far: far[1] };
        made.set(navigation, { table: other, column, target, through });
      }
    }
    collections.set(table, made);
    return made;
  }

  const get = (name: string): Table => {
    const table = tables.get(name);
    if (table === undefined) throw new RangeError(`The sandbox's Dataverse has no table ${name}.`);
    return table;
  };

  const schema: Schema = {
    tables: () => tables.values(),
    find: (name) => tables.get(name),
    get,
    bySet: (entitySet) => sets.get(entitySet),
    byMetadataId: (id) => [...tables.values()].find(({ metadataId }) => metadataId === id.toLowerCase()),
    navigation: (table, name) => navigationsOf(table).get(name),
    navigations: (table) => [...navigationsOf(table).values()],
    collection: (table, name) => collectionsOf(table).get(name),
    collections: (table) => [...collectionsOf(table).values()],
    referencesTo: (table) =>
      [...collectionsOf(table).values()].filter(({ through }) => through === undefined),
    addTable(table) {
      tables.set(table.name, table);
      sets.set(table.entitySet, table);
      forget();
    },
    addColumn(table, column) {
      const owned = ownedBy(table, column);
      get(table).columns.set(owned.name, owned);
      forget();
      return owned;
    },
    removeColumn(table, column) {
      get(table).columns.delete(column);
      forget();
    },
  };

  for (const table of [
    opportunityTable(),
    opportunityCloseTable(),
    ...productTables(),
    ...processTables(),
    accountTable(),
    contactTable(),
    ...marketingTables(),
    ...connectionTables(),
    ...userTables(),
    ...organizationTables(),
    ...solutionTables(),
    ...messagingTables(),
    ...connectorTables(),
  ]) {
    schema.addTable(table);
  }
  for (const column of [...connectorColumns(), ...customColumns()]) schema.addColumn('opportunity', column);
  return schema;
}
