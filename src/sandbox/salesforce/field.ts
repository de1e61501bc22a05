/** Column definitions. Each type brings the flags that a describe shows for it; overrides say what is special. */
import type { FieldValue } from './values.ts';

export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'picklist'
  | 'boolean'
  | 'currency'
  | 'percent'
  | 'double'
  | 'int'
  | 'date'
  | 'datetime'
  | 'reference'
  | 'phone'
  | 'email'
  | 'url'
  | 'address';

/** A feature that an org may lack, and then the column or object too. */
export type Feature = 'teamSelling' | 'multiCurrency' | 'personAccounts' | 'dunsNumber' | 'recordTypes';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  /** Characters, for text; else 0. */
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly groupable: boolean;
  readonly aggregatable: boolean;
  readonly custom: boolean;
  readonly externalId: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly idLookup: boolean;
  readonly nameField: boolean;
  readonly restrictedPicklist: boolean;
  readonly permissionable: boolean;
  readonly picklist: readonly string[];
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  /** Name of the relationship from the parent down to these rows. */
  readonly childRelationship: string | null;
  /** Whether these rows are deleted with the parent; else the lookup is emptied. */
  readonly cascadeDelete: boolean;
  readonly compoundFieldName: string | null;
  readonly extraTypeInfo: string | null;
  readonly defaultValue: FieldValue;
  readonly help: string | null;
  readonly feature: Feature | null;
  /** A column added through the API stays invisible until a permission set grants it. */
  readonly needsGrant: boolean;
}

export type FieldOptions = Partial<Omit<Field, 'name' | 'type' | 'createable' | 'updateable'>> & {
  /** Letters for createable and updateable; default `cu`. */
  readonly access?: 'cu' | 'c' | 'u' | '';
  /** Not nillable and without a default: must be given on create. */
  readonly required?: boolean;
};

const TEXT_LENGTH: Partial<Record<FieldType, number>> = {
  id: 18,
  reference: 18,
  string: 255,
  textarea: 255,
  picklist: 255,
  phone: 40,
  email: 80,
  url: 255,
};
const NUMBERS: Partial<Record<FieldType, readonly [number, number]>> = {
  currency: [18, 2],
  double: [18, 2],
  percent: [3, 0],
};
const UNGROUPED: ReadonlySet<FieldType> = new Set(['currency', 'percent', 'double', 'datetime', 'address']);
/** Longer text areas are stored apart: they can be neither filtered nor sorted nor grouped. */
const LONG_TEXT = 256;

/** Defines a column. */
export function field(name: string, type: FieldType, options: FieldOptions = {}): Field {
  const { access = 'cu', required = false, ...rest } = options;
  const length = rest.length ?? TEXT_LENGTH[type] ?? 0;
  const [precision, scale] = NUMBERS[type] ?? [0, 0];
  const isLong = type === 'textarea' && length >= LONG_TEXT;
  const isFlag = type === 'boolean';
  const custom = name.endsWith('__c');
  return {
    name,
    label: name
      .replace(/__c$/, '')
      .replaceAll('_', ' ')
      .replace(/([a-z])([A-Z])/g, '$1 $2'),
    type,
    length,
    precision,
    scale,
    createable: access.includes('c'),
    updateable: access.includes('u'),
    nillable: !required && !isFlag && type !== 'id',
    defaultedOnCreate: isFlag || type === 'id',
    filterable: !isLong,
    sortable: !isLong && type !== 'address',
    groupable: !isLong && !UNGROUPED.has(type),
    aggregatable: !isLong && !isFlag && type !== 'address',
    custom,
    externalId: false,
    unique: false,
    caseSensitive: false,
    idLookup: type === 'id',
    nameField: false,
    restrictedPicklist: false,
    permissionable: access !== '' && !required,
    picklist: [],
    referenceTo: [],
    relationshipName: null,
    childRelationship: null,
    cascadeDelete: false,
    compoundFieldName: null,
    extraTypeInfo: type === 'textarea' ? 'plaintextarea' : null,
    defaultValue: isFlag ? false : null,
    help: null,
    feature: null,
    needsGrant: false,
    ...rest,
  };
}

/** A lookup; its relationship is the column's name without `Id` unless given. */
export function lookup(name: string, referenceTo: string, options: FieldOptions = {}): Field {
  const relationshipName = name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, '');
  return field(name, 'reference', { referenceTo: [referenceTo], relationshipName, ...options });
}

const SET_BY_SYSTEM = { access: '', nillable: false, defaultedOnCreate: true } as const;

/** The columns that every ordinary object ends with. */
export function auditFields(): Field[] {
  return [
    field('CreatedDate', 'datetime', SET_BY_SYSTEM),
    lookup('CreatedById', 'User', SET_BY_SYSTEM),
    field('LastModifiedDate', 'datetime', SET_BY_SYSTEM),
    lookup('LastModifiedById', 'User', SET_BY_SYSTEM),
    field('SystemModstamp', 'datetime', SET_BY_SYSTEM),
  ];
}

export function idField(label: string): Field {
  return field('Id', 'id', { access: '', label });
}

export function isDeletedField(): Field {
  return field('IsDeleted', 'boolean', { access: '', label: 'Deleted' });
}

/** The owner, who is the acting user unless given. */
export function ownerField(): Field {
  return lookup('OwnerId', 'User', { nillable: false, defaultedOnCreate: true, permissionable: false });
}

/** The parts of an address and the read-only compound that shows them together. */
export function addressFields(prefix: string): Field[] {
  const compoundFieldName = `${prefix}Address`;
  const part = (name: string, type: FieldType, options: FieldOptions = {}): Field =>
    field(`${prefix}${name}`, type, { compoundFieldName, ...options });
  return [
    part('Street', 'textarea'),
    part('City', 'string', { length: 40 }),
    part('State', 'string', { length: 80, label: `${prefix} State/Province` }),
    part('PostalCode', 'string', { length: 20, label: `${prefix} Zip/Postal Code` }),
    part('Country', 'string', { length: 80 }),
    part('Latitude', 'double', { precision: 18, scale: 15 }),
    part('Longitude', 'double', { precision: 18, scale: 15 }),
    part('GeocodeAccuracy', 'picklist', {
      length: 40,
      restrictedPicklist: true,
      picklist: GEOCODE_ACCURACIES,
    }),
    field(compoundFieldName, 'address', { access: '', permissionable: true }),
  ];
}

const GEOCODE_ACCURACIES = [
  'Address',
  'NearAddress',
  'Block',
  'Street',
  'ExtendedZip',
  'Zip',
  'Neighborhood',
  'City',
  'County',
  'State',
  'Unknown',
];

/**
 * What a column shows when nothing was ever stored: checkboxes are never empty, and neither is a currency, also on
 * rows from before the org had several.
 */
export function emptyValue({ name, type }: Field): FieldValue {
  if (type === 'boolean') return false;
  return name === 'CurrencyIsoCode' ? 'USD' : null;
}
