/** What tables and columns are, as far as reading and writing differ; and those every environment has. */

/** One option of a choice column. */
export interface Choice {
  readonly value: number;
  readonly label: string;
  /** Of a status reason: the state it belongs to. */
  readonly state: number | null;
  /** Of a state: the status reason it begins with. */
  readonly defaultStatus: number | null;
}

/** What a column holds, as far as reading and writing differ. */
export type ColumnKind =
  | 'text'
  | 'number'
  | 'flag'
  /** A calendar day on the wire. */
  | 'day'
  | 'instant'
  | 'choice'
  /** Several options, as numbers joined by commas. */
  | 'choices'
  | 'lookup'
  | 'other';

export interface Attribute {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly displayName: string | null;
  readonly kind: ColumnKind;
  /** `Lookup`, `Customer`, `Owner`, `String` …, as Dataverse calls it. */
  readonly type: string;
  readonly isCustom: boolean;
  /** Tables a lookup leads to. */
  readonly targets: readonly string[];
  readonly choices: readonly Choice[];
}

export interface Table {
  readonly logicalName: string;
  readonly metadataId: string | null;
  /** The name in URLs. */
  readonly set: string;
  readonly key: string;
  /** The column that names a row for people. */
  readonly nameColumn: string;
  readonly tracksChanges: boolean | null;
  readonly checksVersions: boolean | null;
  readonly keys: readonly { readonly columns: readonly string[]; readonly status: string | null }[];
  /** By logical name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
}

interface KnownTable {
  readonly set: string;
  readonly key: string;
  readonly name: string;
}

/** Tables that every environment with Dynamics 365 Sales has. A currency is named by its code. */
const KNOWN_TABLES: Readonly<Record<string, KnownTable>> = {
  opportunity: { set: 'opportunities', key: 'opportunityid', name: 'name' },
  account: { set: 'accounts', key: 'accountid', name: 'name' },
  contact: { set: 'contacts', key: 'contactid', name: 'fullname' },
  systemuser: { set: 'systemusers', key: 'systemuserid', name: 'fullname' },
  team: { set: 'teams', key: 'teamid', name: 'name' },
  campaign: { set: 'campaigns', key: 'campaignid', name: 'name' },
  lead: { set: 'leads', key: 'leadid', name: 'fullname' },
  pricelevel: { set: 'pricelevels', key: 'pricelevelid', name: 'name' },
  transactioncurrency: {
    set: 'transactioncurrencies',
    key: 'transactioncurrencyid',
    name: 'isocurrencycode',
  },
};

/** Where the opportunity's own lookups lead, should the environment's answer not say. */
const KNOWN_TARGETS: Readonly<Record<string, readonly string[]>> = {
  customerid: ['account', 'contact'],
  parentaccountid: ['account'],
  parentcontactid: ['contact'],
  ownerid: ['systemuser', 'team'],
  owninguser: ['systemuser'],
  campaignid: ['campaign'],
  originatingleadid: ['lead'],
  pricelevelid: ['pricelevel'],
  transactioncurrencyid: ['transactioncurrency'],
  createdby: ['systemuser'],
  modifiedby: ['systemuser'],
};

/** By the type's name in metadata. */
export const COLUMN_KINDS: Readonly<Record<string, ColumnKind>> = {
  String: 'text',
  Memo: 'text',
  Integer: 'number',
  BigInt: 'number',
  Decimal: 'number',
  Double: 'number',
  Money: 'number',
  Boolean: 'flag',
  DateTime: 'instant',
  Picklist: 'choice',
  State: 'choice',
  Status: 'choice',
  Lookup: 'lookup',
  Customer: 'lookup',
  Owner: 'lookup',
};

/** The tables that a lookup of this name leads to in every environment; none when that is not known. */
export function knownTargets(lookup: string): readonly string[] {
  return Object.hasOwn(KNOWN_TARGETS, lookup) ? (KNOWN_TARGETS[lookup] ?? []) : [];
}

/** A table of that name which every environment has, or null. */
export function knownTable(name: string): KnownTable | null {
  return Object.hasOwn(KNOWN_TABLES, name) ? (KNOWN_TABLES[name] ?? null) : null;
}
