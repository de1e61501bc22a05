/** Tables, their keys, and the columns that every table has. */
import { type Column, column, lookup, moment, type Option, type Target } from './column.ts';
import { guidOf } from './values.ts';

export type KeyStatus = 'Pending' | 'InProgress' | 'Active' | 'Failed';

/** An alternate key. Its index is built in the background. */
export interface AlternateKey {
  /** Logical name. */
  readonly name: string;
  readonly schemaName: string;
  readonly label: string;
  readonly columns: readonly string[];
  readonly metadataId: string;
  /** When the index was asked for, milliseconds since the epoch; 0 for what came with the organization. */
  readonly requestedAtMs: number;
  /** Rows had equal values when the index was built. */
  readonly failed: boolean;
}

export interface Table {
  /** Logical name. */
  readonly name: string;
  readonly schemaName: string;
  readonly entitySet: string;
  readonly typeCode: number;
  readonly label: string;
  readonly collectionLabel: string;
  readonly primaryId: string;
  readonly primaryName: string;
  readonly ownership: 'UserOwned' | 'OrganizationOwned' | 'None';
  readonly isActivity: boolean;
  readonly isCustom: boolean;
  readonly metadataId: string;
  changeTracking: boolean;
  optimisticConcurrency: boolean;
  readonly columns: Map<string, Column>;
  readonly keys: AlternateKey[];
}

/** A state with its status reasons; the first one is the default. */
export interface StateDefinition {
  readonly value: number;
  readonly label: string;
  readonly statuses: readonly (readonly [value: number, label: string])[];
}

export const ACTIVE_INACTIVE: readonly StateDefinition[] = [
  { value: 0, label: 'Active', statuses: [[1, 'Active']] },
  { value: 1, label: 'Inactive', statuses: [[2, 'Inactive']] },
];

export interface TableOptions {
  readonly schemaName: string;
  readonly entitySet: string;
  readonly typeCode: number;
  readonly label: string;
  readonly collectionLabel?: string;
  readonly primaryId?: string;
  readonly primaryName: string;
  readonly ownership?: Table['ownership'];
  readonly isActivity?: boolean;
  readonly isCustom?: boolean;
  readonly changeTracking?: boolean;
  readonly optimisticConcurrency?: boolean;
  readonly states?: readonly StateDefinition[];
  /** Whether rows have a currency. */
  readonly hasMoney?: boolean;
  readonly columns: readonly Column[];
}

const PERSON: Omit<Target, 'navigation' | 'collection'> = { table: 'systemuser', onDelete: 'restrict' };

function person(table: string, name: string, label: string): Column {
  return column(name, 'Lookup', {
    label,
    creatable: false,
    updatable: false,
    targets: [{ ...PERSON, navigation: name, collection: `lk_${table}_${name}` }],
  });
}

function ownership(table: string, isActivity: boolean): readonly Column[] {
  const navigation = isActivity ? `ownerid_${table}` : 'ownerid';
  const owner = (target: string): Target => ({
    table: target,
    navigation,
    collection: `owner_${target}_${table}`,
    onDelete: 'restrict',
  });
  const fixed = { creatable: false, updatable: false };
  return [
    column('OwnerId', 'Owner', { label: 'Owner', targets: [owner('systemuser'), owner('team')] }),
    lookup('owninguser', 'systemuser', 'Owning User', `user_${table}`, { ...fixed, onDelete: 'restrict' }),
    lookup('owningteam', 'team', 'Owning Team', `team_${table}`, { ...fixed, onDelete: 'restrict' }),
    lookup('owningbusinessunit', 'businessunit', 'Owning Business Unit', `business_unit_${table}`, {
      ...fixed,
      onDelete: 'restrict',
    }),
  ];
}

function stateColumns(states: readonly StateDefinition[]): readonly Column[] {
  const [first] = states;
  const statuses: readonly Option[] = states.flatMap(({ value, statuses }) =>
    statuses.map(([status, label]) => ({ value: status, label, state: value })),
  );
  return [
    column('StateCode', 'State', {
      label: 'Status',
      options: states.map(({ value, label }) => ({ value, label })),
      defaultValue: first?.value ?? 0,
      required: 'SystemRequired',
    }),
    column('StatusCode', 'Status', {
      label: 'Status Reason',
      options: statuses,
      defaultValue: first?.statuses[0]?.[0] ?? 1,
    }),
  ];
}

function moneyColumns(table: string): readonly Column[] {
  return [
    lookup('transactioncurrencyid', 'transactioncurrency', 'Currency', `transactioncurrency_${table}`, {
      onDelete: 'restrict',
    }),
    column('ExchangeRate', 'Decimal', {
      label: 'Exchange Rate',
      precision: 12,
      creatable: false,
      updatable: false,
    }),
  ];
}

/** A table with its own columns and those that every table of its kind has. */
export function table(options: TableOptions): Table {
  const { schemaName, label, ownership: owned = 'UserOwned', isActivity = false, isCustom = false } = options;
  const name = schemaName.toLowerCase();
  const primaryId = options.primaryId ?? `${name}id`;
  const readOnly = { creatable: false, updatable: false };
  const columns: readonly Column[] = [
    column(primaryId, 'Uniqueidentifier', { label, updatable: false, required: 'SystemRequired' }),
    moment('CreatedOn', 'Created On', readOnly),
    moment('ModifiedOn', 'Modified On', readOnly),
    person(name, 'createdby', 'Created By'),
    person(name, 'createdonbehalfby', 'Created By (Delegate)'),
    person(name, 'modifiedby', 'Modified By'),
    person(name, 'modifiedonbehalfby', 'Modified By (Delegate)'),
    moment('OverriddenCreatedOn', 'Record Created On', { updatable: false }),
    column('VersionNumber', 'BigInt', { label: 'Version Number', ...readOnly }),
    ...(owned === 'UserOwned' ? ownership(name, isActivity) : []),
    ...(options.states === undefined ? [] : stateColumns(options.states)),
    ...(options.hasMoney === true ? moneyColumns(name) : []),
    ...options.columns,
  ];
  return {
    name,
    schemaName,
    entitySet: options.entitySet,
    typeCode: options.typeCode,
    label,
    collectionLabel: options.collectionLabel ?? `${label}s`,
    primaryId,
    primaryName: options.primaryName,
    ownership: owned,
    isActivity,
    isCustom,
    metadataId: guidOf(`table ${name}`),
    changeTracking: options.changeTracking ?? false,
    optimisticConcurrency: options.optimisticConcurrency ?? isCustom,
    columns: new Map(columns.map((each) => [each.name, ownedBy(name, each)])),
    keys: [],
  };
}

/** A column as part of a table, with an id of its own. */
export function ownedBy(table: string, column: Column): Column {
  return { ...column, metadataId: guidOf(`column ${table}.${column.name}`) };
}
