/** Rows that point to an opportunity: products, connections, access teams, tables of the partner's own. */
import type { Person } from '../../core/deal.ts';
import type { OpportunityId } from '../../core/ids.ts';
import { canonicalGuid } from '../../core/ids.ts';
import type { CrmProduct, CrmValue } from '../../core/ports.ts';
import { dateTime, inOptions, queryText } from './odata.ts';
import { CONTACT_COLUMNS, contactOf, USER_COLUMNS, userOf } from './people.ts';
import type { Row } from './schema.ts';
import { childTables, relatedValue, rowAt, selectName, type View } from './view.ts';

/** What was read around one opportunity. */
export interface Related {
  readonly products: CrmProduct[];
  /** Contacts that are connected to it. */
  readonly contacts: Person[];
  /** Users that are connected to it, or members of its access team. */
  readonly users: Person[];
  readonly team: Person[];
  readonly values: Record<string, CrmValue>;
}

/** One query for rows of many opportunities, and what a row adds. */
export interface RelatedQuery {
  /** The table's name in URLs. */
  readonly set: string;
  readonly select: readonly string[];
  readonly expand: string | null;
  /** The lookup to the opportunity. */
  readonly parent: string;
  /** A condition besides the one on the opportunity. */
  readonly and: string | null;
  readonly add: (related: Related, row: Row) => void;
}

const PRODUCTS: RelatedQuery = {
  set: 'opportunityproducts',
  select: ['opportunityproductid', 'productdescription', '_productid_value', '_opportunityid_value'],
  expand: 'productid($select=name)',
  parent: 'opportunityid',
  and: null,
  add({ products }, row) {
    const name = rowAt(row, ['productid'])?.name ?? row.productdescription;
    const id = row._productid_value ?? row.opportunityproductid;
    if (typeof id === 'string')
      products.push({ id: id.toLowerCase(), name: typeof name === 'string' ? name : null });
  },
};

const CONNECTIONS: RelatedQuery = {
  set: 'connections',
  select: ['connectionid', '_record1id_value'],
  expand: `record2id_contact($select=${CONTACT_COLUMNS.join(',')}),record2id_systemuser($select=${USER_COLUMNS.join(',')})`,
  // Each connection is stored from both ends, so the opportunity is the first record of one of the two rows.
  parent: 'record1id',
  and: 'statecode eq 0',
  add({ contacts, users }, row) {
    const contact = rowAt(row, ['record2id_contact']);
    const user = rowAt(row, ['record2id_systemuser']);
    if (contact !== null && contact !== undefined) contacts.push(contactOf(contact));
    if (user !== null && user !== undefined) users.push(userOf(user));
  },
};

const ACCESS_TEAMS: RelatedQuery = {
  set: 'teams',
  select: ['teamid', '_regardingobjectid_value'],
  expand: `teammembership_association($select=${USER_COLUMNS.join(',')})`,
  parent: 'regardingobjectid',
  and: 'teamtype eq 1',
  add({ team }, row) {
    const members = row.teammembership_association;
    if (!Array.isArray(members)) return;
    for (const member of members)
      if (typeof member === 'object' && member !== null) team.push(userOf(member as Row));
  },
};

/** The queries that a mapping needs. */
export function relatedQueries({ selection, shape }: View): RelatedQuery[] {
  const { people, products } = selection;
  const wantsTeam = people.includes('opportunityTeam');
  const children = childTables(shape).map((paths): RelatedQuery => {
    const [{ set, key, parent }] = paths;
    return {
      set,
      select: [key, `_${parent}_value`, ...paths.map(({ column, kind }) => selectName(column, kind))],
      expand: null,
      parent,
      and: null,
      add({ values }, row) {
        for (const { path, column, kind } of paths) {
          const value = relatedValue(row, column, kind);
          if (value === undefined || value === null || value === '') continue;
          const before = values[path];
          values[path] = before === null || before === undefined ? String(value) : `${before};${value}`;
        }
      },
    };
  });
  return [
    ...(products ? [PRODUCTS] : []),
    ...(people.includes('connections') || wantsTeam ? [CONNECTIONS] : []),
    ...(wantsTeam ? [ACCESS_TEAMS] : []),
    ...children,
  ];
}

/** The path, below the API's root, that reads a query's rows for some opportunities. */
export function relatedPath(query: RelatedQuery, ids: readonly OpportunityId[]): string {
  const { set, select, expand, parent, and } = query;
  const [key = ''] = select;
  return `${set}${queryText({
    $select: [...new Set([...select, `_${parent}_value`])].join(','),
    $expand: expand,
    ...inOptions(parent, ids, and),
    $orderby: key,
  })}`;
}

/** The path that reads which opportunities have rows that changed since an instant. @param since milliseconds */
export function changedPath({ set, select, parent, and }: RelatedQuery, since: number): string {
  const [key = ''] = select;
  // Connections join anything with anything.
  const isOurs =
    parent === 'record1id' ? 'record1id_opportunity/opportunityid ne null' : `_${parent}_value ne null`;
  const conditions = [`modifiedon ge ${dateTime(since)}`, isOurs, ...(and === null ? [] : [and])];
  return `${set}${queryText({ $select: `${key},_${parent}_value,modifiedon`, $filter: conditions.join(' and ') })}`;
}

/** The opportunity that a related row points to. */
export function parentOf({ parent }: RelatedQuery, row: Row): OpportunityId | null {
  const id = row[`_${parent}_value`];
  return typeof id === 'string' ? (canonicalGuid(id) as OpportunityId | null) : null;
}

/** Nothing read yet around an opportunity, with every child path known to be empty. */
export function emptyRelated({ shape }: View): Related {
  const values = Object.fromEntries(shape.children.map(({ path }) => [path, null]));
  return { products: [], contacts: [], users: [], team: [], values };
}
