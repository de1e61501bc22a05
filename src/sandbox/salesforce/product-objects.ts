/** Campaigns, products and price books. */
import { auditFields, field, idField, isDeletedField, lookup, ownerField } from './field.ts';
import { type SObject, sObject } from './object.ts';

const READ_ONLY = { access: '' } as const;

export function productObjects(): SObject[] {
  return [
    sObject('Campaign', '701', [
      idField('Campaign ID'),
      isDeletedField(),
      field('Name', 'string', { length: 80, required: true, nameField: true }),
      lookup('ParentId', 'Campaign', { childRelationship: 'ChildCampaigns' }),
      field('Type', 'picklist', {
        length: 40,
        picklist: ['Conference', 'Webinar', 'Partners', 'Email', 'Other'],
      }),
      field('Status', 'picklist', {
        length: 40,
        picklist: ['Planned', 'In Progress', 'Completed', 'Aborted'],
      }),
      field('StartDate', 'date'),
      field('EndDate', 'date'),
      field('IsActive', 'boolean', { label: 'Active' }),
      field('Description', 'textarea', { length: 32_000 }),
      ownerField(),
      ...auditFields(),
    ]),
    sObject(
      'Product2',
      '01t',
      [
        idField('Product ID'),
        field('Name', 'string', { label: 'Product Name', required: true, nameField: true }),
        field('ProductCode', 'string'),
        field('Description', 'textarea', { length: 4_000 }),
        field('IsActive', 'boolean', { label: 'Active' }),
        ...auditFields(),
        field('Family', 'picklist', { label: 'Product Family', picklist: ['None'] }),
        isDeletedField(),
      ],
      { label: 'Product' },
    ),
    sObject(
      'Pricebook2',
      '01s',
      [
        idField('Price Book ID'),
        isDeletedField(),
        field('Name', 'string', { required: true, nameField: true }),
        ...auditFields(),
        field('IsActive', 'boolean', { label: 'Active' }),
        field('Description', 'string'),
        field('IsStandard', 'boolean', { access: '' }),
      ],
      { label: 'Price Book' },
    ),
    sObject(
      'PricebookEntry',
      '01u',
      [
        idField('Price Book Entry ID'),
        field('Name', 'string', { access: '', nameField: true }),
        lookup('Pricebook2Id', 'Pricebook2', {
          access: 'c',
          required: true,
          relationshipName: 'Pricebook2',
          childRelationship: 'PricebookEntries',
          cascadeDelete: true,
        }),
        lookup('Product2Id', 'Product2', {
          access: 'c',
          required: true,
          relationshipName: 'Product2',
          childRelationship: 'PricebookEntries',
          cascadeDelete: true,
        }),
        field('CurrencyIsoCode', 'picklist', {
          access: 'c',
          length: 3,
          defaultedOnCreate: true,
          feature: 'multiCurrency',
        }),
        field('UnitPrice', 'currency', { label: 'List Price', required: true }),
        field('IsActive', 'boolean', { label: 'Active' }),
        field('UseStandardPrice', 'boolean'),
        ...auditFields(),
        field('ProductCode', 'string', READ_ONLY),
        isDeletedField(),
      ],
      { label: 'Price Book Entry', labelPlural: 'Price Book Entries' },
    ),
  ];
}
