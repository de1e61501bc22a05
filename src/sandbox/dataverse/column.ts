/** Columns and how they are described. */
import { guidOf, type Value } from './values.ts';

export type ColumnType =
  | 'String'
  | 'Memo'
  | 'Integer'
  | 'BigInt'
  | 'Decimal'
  | 'Double'
  | 'Money'
  | 'Boolean'
  | 'DateTime'
  | 'Picklist'
  | 'MultiSelectPicklist'
  | 'State'
  | 'Status'
  | 'Lookup'
  | 'Customer'
  | 'Owner'
  | 'Uniqueidentifier'
  | 'EntityName';

export interface Option {
  readonly value: number;
  readonly label: string;
  /** The state that a status reason belongs to. */
  readonly state?: number;
}

/** What happens to a row when the row that its lookup leads to is deleted. */
export type OnDelete = 'removeLink' | 'cascade' | 'restrict';

/** A table that a lookup may lead to. */
export interface Target {
  readonly table: string;
  /** Navigation property from the row to its target; case counts. */
  readonly navigation: string;
  /** Navigation property from the target to its rows. */
  readonly collection: string;
  readonly onDelete: OnDelete;
}

export type Required = 'None' | 'Recommended' | 'ApplicationRequired' | 'SystemRequired';

export interface Column {
  /** Logical name: the schema name in lower case. */
  readonly name: string;
  readonly schemaName: string;
  readonly type: ColumnType;
  /** Display name. */
  readonly label: string;
  readonly description: string;
  readonly maxLength: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly precision: number | null;
  readonly dateOnly: boolean;
  readonly format: string | null;
  readonly options: readonly Option[];
  /** Name of the option set that several columns share. */
  readonly globalOptionSet: string | null;
  readonly targets: readonly Target[];
  readonly required: Required;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly defaultValue: Value;
  /** The money column that this one shows in the organization's base currency. */
  readonly baseOf: string | null;
  readonly isCustom: boolean;
  readonly metadataId: string;
  /** When it was added, milliseconds since the epoch; 0 for what came with the organization. */
  readonly addedAtMs: number;
}

export type ColumnOptions = Partial<Omit<Column, 'name' | 'type' | 'metadataId'>>;

/** A column; what is not given is the platform's default. @param schemaName its lower-case form is the logical name */
export function column(schemaName: string, type: ColumnType, options: ColumnOptions = {}): Column {
  const name = schemaName.toLowerCase();
  return {
    name,
    schemaName,
    type,
    label: schemaName,
    description: '',
    maxLength: type === 'String' ? 100 : type === 'Memo' ? 2000 : null,
    min: null,
    max: null,
    precision: type === 'Money' || type === 'Decimal' ? 2 : null,
    dateOnly: false,
    format: null,
    options: [],
    globalOptionSet: null,
    targets: [],
    required: 'None',
    creatable: true,
    updatable: true,
    defaultValue: null,
    baseOf: null,
    isCustom: false,
    metadataId: guidOf(`column ${name}`),
    addedAtMs: 0,
    ...options,
  };
}

export const text = (name: string, maxLength: number, label = name, options: ColumnOptions = {}): Column =>
  column(name, 'String', { maxLength, label, ...options });

export const memo = (name: string, label = name, maxLength = 2000, options: ColumnOptions = {}): Column =>
  column(name, 'Memo', { maxLength, label, ...options });

export const whole = (name: string, label = name, min = -2_147_483_648, max = 2_147_483_647): Column =>
  column(name, 'Integer', { label, min, max });

export const yesNo = (name: string, label = name, options: ColumnOptions = {}): Column =>
  column(name, 'Boolean', {
    label,
    defaultValue: false,
    options: [
      { value: 0, label: 'No' },
      { value: 1, label: 'Yes' },
    ],
    ...options,
  });

export const day = (name: string, label = name, options: ColumnOptions = {}): Column =>
  column(name, 'DateTime', { label, dateOnly: true, ...options });

export const moment = (name: string, label = name, options: ColumnOptions = {}): Column =>
  column(name, 'DateTime', { label, ...options });

/** A choice. @param labels in the order of their values, which begin at `first` */
export const choice = (
  name: string,
  label: string,
  labels: readonly string[],
  first = 0,
  defaultValue: number | null = null,
): Column =>
  column(name, 'Picklist', {
    label,
    options: labels.map((text, index) => ({ value: first + index, label: text })),
    defaultValue,
  });

/** A money column and its twin in the base currency. */
export const money = (name: string, label: string, min = -1e12, max = 1e12): readonly Column[] => [
  column(name, 'Money', { label, min, max }),
  column(`${name}_base`, 'Money', {
    label: `${label} (Base)`,
    baseOf: name.toLowerCase(),
    precision: 4,
    creatable: false,
    updatable: false,
  }),
];

/** A lookup to one table. @param collection navigation property from the target back */
export const lookup = (
  name: string,
  table: string,
  label: string,
  collection: string,
  options: ColumnOptions & { readonly navigation?: string; readonly onDelete?: OnDelete } = {},
): Column => {
  const { navigation = name, onDelete = 'removeLink', ...rest } = options;
  return column(name, 'Lookup', { label, targets: [{ table, navigation, collection, onDelete }], ...rest });
};

export const isLookup = ({ type }: Column): boolean =>
  type === 'Lookup' || type === 'Customer' || type === 'Owner';

/** The name under which a column stands in a row on the wire. */
export const wireName = (column: Column): string =>
  isLookup(column) ? `_${column.name}_value` : column.name;
