/** Which columns are read, and what is left out because the org does not have it. */
import type { Filter } from '../../core/filter.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import { pathText, renderFilter } from './soql.ts';

/** Relationships and columns that may be dropped by name. */
export const TEAM_RELATION = 'OpportunityTeamMembers';
const STAGE_CHANGE_COLUMN = 'LastStageChangeDate';
const CURRENCY_COLUMN = 'CurrencyIsoCode';

/** Rows below an opportunity that are read with it. */
export interface ChildSource {
  readonly object: string;
  readonly relation: string;
  /** Columns in the subquery and in the query for changed rows: the same, so that both can be compared. */
  readonly columns: readonly string[];
  /** Stamps of which the newest says when the child last changed. */
  readonly stamps: readonly string[];
  /** Whether deleted rows can be queried; team members vanish without a trace. */
  readonly keepsDeleted: boolean;
}

const CONTACT_ROLES: ChildSource = {
  object: 'OpportunityContactRole',
  relation: 'OpportunityContactRoles',
  columns: [
    'Id',
    'IsPrimary',
    'SystemModstamp',
    'Contact.FirstName',
    'Contact.LastName',
    'Contact.Email',
    'Contact.Phone',
    'Contact.MobilePhone',
    'Contact.SystemModstamp',
  ],
  stamps: ['SystemModstamp', 'Contact.SystemModstamp'],
  keepsDeleted: true,
};

const TEAM: ChildSource = {
  object: 'OpportunityTeamMember',
  relation: TEAM_RELATION,
  columns: [
    'Id',
    'SystemModstamp',
    'User.FirstName',
    'User.LastName',
    'User.Email',
    'User.Phone',
    'User.MobilePhone',
  ],
  stamps: ['SystemModstamp'],
  keepsDeleted: false,
};

const LINE_ITEMS: ChildSource = {
  object: 'OpportunityLineItem',
  relation: 'OpportunityLineItems',
  columns: ['Id', 'SystemModstamp', 'Product2Id', 'Product2.Name'],
  stamps: ['SystemModstamp'],
  keepsDeleted: true,
};

/** When the account last changed: it does not move the opportunity's own stamp. */
export const ACCOUNT_STAMP = 'Account.SystemModstamp';

const OWNER_COLUMNS = ['FirstName', 'LastName', 'Email', 'Phone', 'MobilePhone'];
const BASE_COLUMNS = [
  'Id',
  'SystemModstamp',
  'CreatedDate',
  'LastModifiedById',
  'IsDeleted',
  'AccountId',
  STAGE_CHANGE_COLUMN,
];

export interface Columns {
  /** The mapping's paths that are read into a record's values. */
  readonly paths: readonly string[];
  /** The select list with the subqueries of related rows. */
  readonly select: string;
  /** The select list without them, for deleted rows. */
  readonly flatSelect: string;
  readonly children: readonly ChildSource[];
  readonly readsAccount: boolean;
  /** `(include or tagged)`, with a prefix for queries of child rows. */
  scope(prefix?: string): string;
}

/** The columns that an org may lack without being wrongly set up: a single-currency org, Data.com switched off. */
export function optionalPaths(selection: CrmSelection): ReadonlySet<string> {
  const { duns, size } = selection.customer;
  return new Set(
    [STAGE_CHANGE_COLUMN, CURRENCY_COLUMN, 'Account.DunsNumber', duns, size].flatMap((path) =>
      path === undefined ? [] : [path.toLowerCase()],
    ),
  );
}

/** Every column path that the mapping needs, and that an org must therefore have. */
export function neededPaths(selection: CrmSelection): string[] {
  return distinct([
    ...BASE_COLUMNS,
    selection.referralIdPath,
    ...selection.paths,
    ...selection.bookkeeping,
    ...Object.values(selection.customer),
    selection.stageField,
    ...filterColumns(selection.include),
  ]);
}

function filterColumns(filter: Filter): string[] {
  switch (filter.type) {
    case 'and':
    case 'or':
      return filter.terms.flatMap(filterColumns);
    case 'not':
      return filterColumns(filter.term);
    case 'compare':
    case 'like':
    case 'in':
      return [filter.column];
  }
}

/**
 * The columns for a selection.
 * @param dropped names (lower case) of columns and relations that the org lacks
 */
export function createColumns(selection: CrmSelection, dropped: ReadonlySet<string>): Columns {
  const isKept = (name: string): boolean => !dropped.has(name.toLowerCase());
  const paths = distinct([
    selection.referralIdPath,
    ...selection.paths,
    ...Object.values(selection.customer),
  ]).filter(isKept);
  const owner = selection.people.includes('owner') ? OWNER_COLUMNS.map((name) => `Owner.${name}`) : [];
  const wantsContacts =
    selection.people.includes('contactRoles') || selection.people.includes('primaryContact');
  const children = [
    ...(wantsContacts ? [CONTACT_ROLES] : []),
    ...(selection.people.includes('opportunityTeam') ? [TEAM] : []),
    ...(selection.products ? [LINE_ITEMS] : []),
  ].filter(({ relation }) => isKept(relation));
  const readsAccount = paths.some((path) => /^account\./i.test(path));
  const account = readsAccount ? [ACCOUNT_STAMP] : [];
  const flat = distinct([...BASE_COLUMNS.filter(isKept), ...account, ...paths, ...owner]).map(pathText);
  const subqueries = children.map(
    ({ relation, columns }) => `(SELECT ${columns.join(', ')} FROM ${relation})`,
  );
  return {
    paths,
    select: [...flat, ...subqueries].join(', '),
    flatSelect: flat.join(', '),
    children,
    readsAccount,
    scope: (prefix = '') =>
      `(${renderFilter(selection.include, prefix)} OR ${prefix}${pathText(selection.referralIdPath)} != null)`,
  };
}

/** The first spelling of each path; Salesforce does not tell cases apart. */
function distinct(paths: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const path of paths) if (!byName.has(path.toLowerCase())) byName.set(path.toLowerCase(), path);
  return [...byName.values()];
}
