/** What the platform itself keeps: the org, record types, permissions, currencies, and columns of the tooling API. */
import { addressFields, auditFields, type Field, field, idField, lookup } from './field.ts';
import { type SObject, sObject } from './object.ts';

const FIXED = {
  createable: false,
  updateable: false,
  deletable: false,
  undeletable: false,
  replicateable: false,
};
const DERIVED = { access: '', nillable: false, defaultedOnCreate: true } as const;

/** An address whose compound is called just `Address`. */
function orgAddress(): Field[] {
  return addressFields('').map((part) => ({ ...part, createable: false }));
}

export function platformObjects(): SObject[] {
  return [
    sObject(
      'Organization',
      '00D',
      [
        idField('Organization ID'),
        field('Name', 'string', { length: 80, required: true, nameField: true }),
        field('Division', 'string', { length: 80 }),
        ...orgAddress(),
        field('Phone', 'phone'),
        field('PrimaryContact', 'string', { length: 80 }),
        field('DefaultLocaleSidKey', 'picklist', { ...DERIVED, length: 40 }),
        field('TimeZoneSidKey', 'picklist', { ...DERIVED, length: 40 }),
        field('LanguageLocaleKey', 'picklist', { ...DERIVED, length: 40 }),
        field('OrganizationType', 'picklist', { access: '', length: 40 }),
        field('NamespacePrefix', 'string', { access: '', length: 15 }),
        field('InstanceName', 'string', { access: '', length: 5 }),
        field('IsSandbox', 'boolean', { access: '' }),
        field('IsReadOnly', 'boolean', { access: '' }),
        field('FiscalYearStartMonth', 'int'),
        ...auditFields(),
      ],
      { ...FIXED, updateable: true },
    ),
    sObject(
      'RecordType',
      '012',
      [
        idField('Record Type ID'),
        field('Name', 'string', { length: 80, required: true, nameField: true }),
        field('DeveloperName', 'string', { length: 80, required: true }),
        field('NamespacePrefix', 'string', { access: '', length: 15 }),
        field('Description', 'string'),
        field('SobjectType', 'picklist', { length: 40, required: true }),
        field('IsActive', 'boolean'),
        ...auditFields(),
      ],
      { undeletable: false },
    ),
    sObject(
      'CurrencyType',
      '01L',
      [
        idField('Currency Type ID'),
        field('IsoCode', 'picklist', { length: 3, required: true }),
        field('ConversionRate', 'double', { precision: 18, scale: 6 }),
        field('DecimalPlaces', 'int'),
        field('IsActive', 'boolean'),
        field('IsCorporate', 'boolean', { access: '' }),
        ...auditFields(),
      ],
      { feature: 'multiCurrency', undeletable: false, deletable: false },
    ),
    sObject(
      'PermissionSet',
      '0PS',
      [
        idField('PermissionSet ID'),
        field('Name', 'string', { length: 80, required: true, unique: true }),
        field('Label', 'string', { length: 80, required: true }),
        field('Description', 'string'),
        field('IsOwnedByProfile', 'boolean', { access: '' }),
        field('IsCustom', 'boolean', { access: '', defaultValue: true }),
        ...auditFields(),
      ],
      { undeletable: false },
    ),
    sObject(
      'FieldPermissions',
      '01k',
      [
        idField('Field Permissions ID'),
        lookup('ParentId', 'PermissionSet', {
          access: 'c',
          required: true,
          childRelationship: 'FieldPerms',
          cascadeDelete: true,
        }),
        field('SobjectType', 'picklist', { access: 'c', length: 40, required: true }),
        field('Field', 'picklist', { access: 'c', required: true }),
        field('PermissionsEdit', 'boolean'),
        field('PermissionsRead', 'boolean'),
        field('SystemModstamp', 'datetime', DERIVED),
      ],
      { undeletable: false, labelPlural: 'Field Permissions' },
    ),
    sObject(
      'PermissionSetAssignment',
      '0Pa',
      [
        idField('PermissionSetAssignment ID'),
        lookup('PermissionSetId', 'PermissionSet', {
          access: 'c',
          required: true,
          childRelationship: 'Assignments',
          cascadeDelete: true,
        }),
        lookup('AssigneeId', 'User', {
          access: 'c',
          required: true,
          childRelationship: 'PermissionSetAssignments',
          cascadeDelete: true,
        }),
        field('IsActive', 'boolean', { access: '', defaultValue: true }),
        field('SystemModstamp', 'datetime', DERIVED),
      ],
      { updateable: false, undeletable: false },
    ),
    sObject(
      'CustomField',
      '00N',
      [
        idField('Custom Field Definition ID'),
        field('DeveloperName', 'string', { ...DERIVED, length: 40 }),
        field('TableEnumOrId', 'picklist', { ...DERIVED, length: 40 }),
        field('NamespacePrefix', 'string', { access: '', length: 15 }),
        field('Length', 'int', { access: '' }),
        ...auditFields(),
      ],
      { ...FIXED, tooling: true },
    ),
  ];
}
