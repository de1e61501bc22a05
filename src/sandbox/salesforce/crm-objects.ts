/** Accounts and people. */
import {
  addressFields,
  auditFields,
  type Field,
  field,
  idField,
  isDeletedField,
  lookup,
  ownerField,
} from './field.ts';
import { type SObject, sObject } from './object.ts';
import { productObjects } from './product-objects.ts';

const READ_ONLY = { access: '' } as const;

function personName(): Field[] {
  const part = { compoundFieldName: 'Name', extraTypeInfo: 'personname', permissionable: false } as const;
  return [
    field('LastName', 'string', { ...part, length: 80, required: true }),
    field('FirstName', 'string', { ...part, length: 40 }),
  ];
}

/** Present only where accounts can be people. */
function personAccountFields(): Field[] {
  const feature = 'personAccounts';
  return [
    field('IsPersonAccount', 'boolean', { access: '', feature }),
    field('FirstName', 'string', { length: 40, feature }),
    field('LastName', 'string', { length: 80, feature }),
    field('PersonEmail', 'email', { feature }),
    field('PersonMobilePhone', 'phone', { feature }),
  ];
}

const CLEAN_STATUSES = ['Matched', 'Different', 'Acknowledged', 'NotFound', 'Inactive', 'Pending'];

function cleanStatus(): Field {
  return field('CleanStatus', 'picklist', { length: 40, restrictedPicklist: true, picklist: CLEAN_STATUSES });
}

/** What the platform's own company data would fill. */
function dataComFields(): Field[] {
  return [
    field('Jigsaw', 'string', { length: 20, label: 'Data.com Key' }),
    field('JigsawCompanyId', 'string', { access: '', length: 20, relationshipName: 'JigsawCompany' }),
    cleanStatus(),
    field('AccountSource', 'picklist', { length: 40, picklist: LEAD_SOURCES }),
    field('DunsNumber', 'string', { length: 9, label: 'D-U-N-S Number', feature: 'dunsNumber' }),
    field('Tradestyle', 'string'),
    field('NaicsCode', 'string', { length: 8, label: 'NAICS Code' }),
    field('NaicsDesc', 'string', { length: 120, label: 'NAICS Description' }),
    field('YearStarted', 'string', { length: 4 }),
    field('SicDesc', 'string', { length: 80, label: 'SIC Description' }),
    lookup('DandbCompanyId', 'DandBCompany', { label: 'D&B Company ID' }),
    lookup('OperatingHoursId', 'OperatingHours'),
  ];
}

export function crmObjects(): SObject[] {
  return [
    sObject(
      'Account',
      '001',
      [
        idField('Account ID'),
        isDeletedField(),
        lookup('MasterRecordId', 'Account', { access: '' }),
        field('Name', 'string', { label: 'Account Name', required: true, nameField: true }),
        field('Type', 'picklist', {
          length: 40,
          label: 'Account Type',
          picklist: ['Customer', 'Partner', 'Prospect', 'Other'],
        }),
        lookup('RecordTypeId', 'RecordType', { label: 'Record Type ID', feature: 'recordTypes' }),
        lookup('ParentId', 'Account', { label: 'Parent Account ID', childRelationship: 'ChildAccounts' }),
        ...addressFields('Billing'),
        ...addressFields('Shipping'),
        field('Phone', 'phone', { label: 'Account Phone' }),
        field('Fax', 'phone'),
        field('AccountNumber', 'string', { length: 40 }),
        field('Website', 'url'),
        field('PhotoUrl', 'url', { ...READ_ONLY, extraTypeInfo: 'imageurl' }),
        field('Sic', 'string', { length: 20, label: 'SIC Code' }),
        field('Industry', 'picklist', { length: 40, picklist: INDUSTRIES }),
        field('AnnualRevenue', 'currency', { scale: 0 }),
        field('NumberOfEmployees', 'int', { label: 'Employees' }),
        field('Ownership', 'picklist', {
          length: 40,
          picklist: ['Public', 'Private', 'Subsidiary', 'Other'],
        }),
        field('Description', 'textarea', { length: 32_000, label: 'Account Description' }),
        field('TickerSymbol', 'string', { length: 20 }),
        field('Rating', 'picklist', {
          length: 40,
          label: 'Account Rating',
          picklist: ['Hot', 'Warm', 'Cold'],
        }),
        field('Site', 'string', { length: 80, label: 'Account Site' }),
        ownerField(),
        ...auditFields(),
        field('LastActivityDate', 'date', READ_ONLY),
        field('LastViewedDate', 'datetime', READ_ONLY),
        field('LastReferencedDate', 'datetime', READ_ONLY),
        ...dataComFields(),
        ...personAccountFields(),
      ],
      { mergeable: true },
    ),
    sObject(
      'Contact',
      '003',
      [
        idField('Contact ID'),
        isDeletedField(),
        lookup('MasterRecordId', 'Contact', { access: '' }),
        lookup('AccountId', 'Account', { childRelationship: 'Contacts', cascadeDelete: true }),
        ...personName(),
        field('Name', 'string', {
          access: '',
          length: 121,
          nameField: true,
          nillable: false,
          extraTypeInfo: 'personname',
        }),
        field('Salutation', 'picklist', {
          length: 40,
          compoundFieldName: 'Name',
          extraTypeInfo: 'personname',
          permissionable: false,
          picklist: ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.'],
        }),
        ...addressFields('Other'),
        ...addressFields('Mailing'),
        field('Phone', 'phone', { label: 'Business Phone' }),
        field('Fax', 'phone'),
        field('MobilePhone', 'phone'),
        field('HomePhone', 'phone'),
        field('OtherPhone', 'phone'),
        field('AssistantPhone', 'phone'),
        lookup('ReportsToId', 'Contact'),
        field('Email', 'email', { idLookup: true }),
        field('Title', 'string', { length: 128 }),
        field('Department', 'string', { length: 80 }),
        field('LeadSource', 'picklist', {
          picklist: LEAD_SOURCES,
        }),
        field('AssistantName', 'string', { length: 40 }),
        field('Birthdate', 'date'),
        field('Description', 'textarea', { length: 32_000 }),
        ownerField(),
        ...auditFields(),
        field('LastActivityDate', 'date', READ_ONLY),
        field('LastCURequestDate', 'datetime', READ_ONLY),
        field('LastCUUpdateDate', 'datetime', READ_ONLY),
        field('LastViewedDate', 'datetime', READ_ONLY),
        field('LastReferencedDate', 'datetime', READ_ONLY),
        field('EmailBouncedReason', 'string', { permissionable: false }),
        field('EmailBouncedDate', 'datetime', { permissionable: false }),
        field('IsEmailBounced', 'boolean', READ_ONLY),
        field('PhotoUrl', 'url', { ...READ_ONLY, extraTypeInfo: 'imageurl' }),
        field('Jigsaw', 'string', { length: 20, label: 'Data.com Key' }),
        field('JigsawContactId', 'string', { access: '', length: 20, relationshipName: 'JigsawContact' }),
        cleanStatus(),
        lookup('IndividualId', 'Individual', { permissionable: false }),
      ],
      { mergeable: true },
    ),
    sObject(
      'User',
      '005',
      [
        idField('User ID'),
        field('Username', 'string', { length: 80, required: true, idLookup: true, unique: true }),
        ...personName(),
        field('Name', 'string', {
          access: '',
          length: 121,
          nameField: true,
          nillable: false,
          extraTypeInfo: 'personname',
        }),
        field('CompanyName', 'string', { length: 80 }),
        field('Division', 'string', { length: 80 }),
        field('Department', 'string', { length: 80 }),
        field('Title', 'string', { length: 80 }),
        field('Email', 'email', { length: 128, required: true, idLookup: true }),
        field('Phone', 'phone'),
        field('MobilePhone', 'phone', { label: 'Mobile' }),
        field('Alias', 'string', { length: 8, nillable: false, defaultedOnCreate: true }),
        field('IsActive', 'boolean', { label: 'Active', defaultValue: true }),
        field('TimeZoneSidKey', 'string', {
          length: 40,
          nillable: false,
          defaultedOnCreate: true,
          defaultValue: 'America/Los_Angeles',
        }),
        field('UserType', 'picklist', {
          access: '',
          length: 40,
          picklist: ['Standard'],
          defaultValue: 'Standard',
        }),
        lookup('ManagerId', 'User'),
        ...auditFields(),
      ],
      { deletable: false, undeletable: false },
    ),
    ...productObjects(),
  ];
}

const LEAD_SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'];

const INDUSTRIES = [
  'Agriculture',
  'Banking',
  'Construction',
  'Education',
  'Energy',
  'Finance',
  'Government',
  'Healthcare',
  'Manufacturing',
  'Retail',
  'Technology',
  'Telecommunications',
  'Transportation',
];
