/** Opportunity and the rows below it. Lengths and flags as a developer org describes them. */
import { connectorFields } from './connector-fields.ts';
import { auditFields, field, idField, isDeletedField, lookup, ownerField } from './field.ts';
import { type SObject, sObject } from './object.ts';
import { DEFAULT_STAGES, FORECAST_CATEGORY_NAMES, FORECAST_CATEGORY_VALUES } from './stages.ts';

const LEAD_SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'];

const READ_ONLY = { access: '' } as const;
const DERIVED = { access: '', nillable: false, defaultedOnCreate: true } as const;

export function opportunityObjects(): SObject[] {
  return [
    sObject(
      'Opportunity',
      '006',
      [
        idField('Opportunity ID'),
        isDeletedField(),
        lookup('AccountId', 'Account', { childRelationship: 'Opportunities', cascadeDelete: true }),
        lookup('RecordTypeId', 'RecordType', { label: 'Record Type ID', feature: 'recordTypes' }),
        field('IsPrivate', 'boolean', { label: 'Private' }),
        field('Name', 'string', { length: 120, required: true, idLookup: true, nameField: true }),
        field('Description', 'textarea', { length: 32_000 }),
        field('StageName', 'picklist', {
          label: 'Stage',
          required: true,
          picklist: DEFAULT_STAGES.map(({ name }) => name),
        }),
        field('Amount', 'currency'),
        field('Probability', 'percent', { label: 'Probability (%)', defaultedOnCreate: true }),
        field('ExpectedRevenue', 'currency', {
          ...READ_ONLY,
          label: 'Expected Amount',
          permissionable: true,
        }),
        field('TotalOpportunityQuantity', 'double', { label: 'Quantity' }),
        field('CloseDate', 'date', { required: true }),
        field('Type', 'picklist', {
          label: 'Opportunity Type',
          picklist: [
            'Existing Customer - Upgrade',
            'Existing Customer - Replacement',
            'Existing Customer - Downgrade',
            'New Customer',
          ],
        }),
        field('NextStep', 'string'),
        field('LeadSource', 'picklist', { picklist: LEAD_SOURCES }),
        field('IsClosed', 'boolean', READ_ONLY),
        field('IsWon', 'boolean', READ_ONLY),
        field('ForecastCategory', 'picklist', {
          access: '',
          nillable: false,
          length: 40,
          restrictedPicklist: true,
          picklist: FORECAST_CATEGORY_VALUES,
        }),
        field('ForecastCategoryName', 'picklist', {
          label: 'Forecast Category',
          permissionable: false,
          restrictedPicklist: true,
          defaultedOnCreate: true,
          picklist: FORECAST_CATEGORY_NAMES,
        }),
        field('CurrencyIsoCode', 'picklist', {
          label: 'Opportunity Currency',
          length: 3,
          defaultedOnCreate: true,
          feature: 'multiCurrency',
        }),
        lookup('CampaignId', 'Campaign', { childRelationship: 'Opportunities' }),
        field('HasOpportunityLineItem', 'boolean', READ_ONLY),
        lookup('Pricebook2Id', 'Pricebook2', {
          relationshipName: 'Pricebook2',
          childRelationship: 'Opportunities',
          defaultedOnCreate: true,
          permissionable: false,
        }),
        ownerField(),
        ...auditFields(),
        field('LastActivityDate', 'date', READ_ONLY),
        field('PushCount', 'int', READ_ONLY),
        field('LastStageChangeDate', 'datetime', READ_ONLY),
        field('FiscalQuarter', 'int', { ...READ_ONLY, compoundFieldName: 'Fiscal' }),
        field('FiscalYear', 'int', { ...READ_ONLY, compoundFieldName: 'Fiscal' }),
        field('Fiscal', 'string', { ...READ_ONLY, length: 6, label: 'Fiscal Period' }),
        lookup('ContactId', 'Contact', {
          access: 'c',
          relationshipName: null,
          childRelationship: 'Opportunities',
          permissionable: false,
        }),
        field('LastViewedDate', 'datetime', READ_ONLY),
        field('LastReferencedDate', 'datetime', READ_ONLY),
        field('HasOpenActivity', 'boolean', { ...READ_ONLY, filterable: false, sortable: false }),
        field('HasOverdueTask', 'boolean', { ...READ_ONLY, filterable: false, sortable: false }),
        lookup('LastAmountChangedHistoryId', 'OpportunityHistory', READ_ONLY),
        lookup('LastCloseDateChangedHistoryId', 'OpportunityHistory', READ_ONLY),
        ...connectorFields(),
      ],
      { labelPlural: 'Opportunities' },
    ),
    sObject(
      'OpportunityContactRole',
      '00K',
      [
        idField('Contact Role ID'),
        lookup('OpportunityId', 'Opportunity', {
          access: 'c',
          required: true,
          childRelationship: 'OpportunityContactRoles',
          cascadeDelete: true,
        }),
        lookup('ContactId', 'Contact', {
          required: true,
          childRelationship: 'OpportunityContactRoles',
          cascadeDelete: true,
        }),
        field('Role', 'picklist', { length: 40, picklist: CONTACT_ROLES, permissionable: false }),
        field('IsPrimary', 'boolean', { label: 'Primary', permissionable: false }),
        ...auditFields(),
        isDeletedField(),
      ],
      { labelPlural: 'Opportunity Contact Role', undeletable: false },
    ),
    sObject(
      'OpportunityTeamMember',
      '00q',
      [
        idField('Team Member ID'),
        lookup('OpportunityId', 'Opportunity', {
          access: 'c',
          required: true,
          childRelationship: 'OpportunityTeamMembers',
          cascadeDelete: true,
        }),
        lookup('UserId', 'User', {
          access: 'c',
          required: true,
          childRelationship: 'OpportunityTeams',
          cascadeDelete: true,
        }),
        field('Name', 'string', { ...READ_ONLY, length: 361, nameField: true }),
        field('PhotoUrl', 'url', READ_ONLY),
        field('Title', 'string', { ...READ_ONLY, length: 80 }),
        field('TeamMemberRole', 'picklist', { length: 40, picklist: TEAM_ROLES }),
        field('OpportunityAccessLevel', 'picklist', {
          length: 40,
          restrictedPicklist: true,
          defaultedOnCreate: true,
          picklist: ['None', 'Read', 'Edit', 'All'],
          defaultValue: 'Read',
        }),
        ...auditFields(),
        isDeletedField(),
      ],
      { feature: 'teamSelling', undeletable: false },
    ),
    sObject(
      'OpportunityLineItem',
      '00k',
      [
        idField('Line Item ID'),
        lookup('OpportunityId', 'Opportunity', {
          access: 'c',
          required: true,
          childRelationship: 'OpportunityLineItems',
          cascadeDelete: true,
        }),
        field('SortOrder', 'int', READ_ONLY),
        lookup('PricebookEntryId', 'PricebookEntry', {
          access: 'c',
          childRelationship: 'OpportunityLineItems',
        }),
        lookup('Product2Id', 'Product2', {
          access: 'c',
          relationshipName: 'Product2',
          childRelationship: 'OpportunityLineItems',
        }),
        field('ProductCode', 'string', READ_ONLY),
        field('Name', 'string', { ...READ_ONLY, length: 376, nameField: true }),
        field('CurrencyIsoCode', 'picklist', { access: '', length: 3, feature: 'multiCurrency' }),
        field('Quantity', 'double', { required: true }),
        field('TotalPrice', 'currency'),
        field('UnitPrice', 'currency', { label: 'Sales Price' }),
        field('ListPrice', 'currency', READ_ONLY),
        field('ServiceDate', 'date', { label: 'Date' }),
        field('Description', 'string', { label: 'Line Description' }),
        ...auditFields(),
        isDeletedField(),
      ],
      { label: 'Opportunity Product' },
    ),
    sObject(
      'OpportunityStage',
      '01J',
      [
        idField('Opportunity Stage ID'),
        field('MasterLabel', 'string', DERIVED),
        field('ApiName', 'string', { ...DERIVED, idLookup: true }),
        field('IsActive', 'boolean', READ_ONLY),
        field('SortOrder', 'int', READ_ONLY),
        field('IsClosed', 'boolean', READ_ONLY),
        field('IsWon', 'boolean', READ_ONLY),
        field('ForecastCategory', 'picklist', { ...DERIVED, length: 40, picklist: FORECAST_CATEGORY_VALUES }),
        field('ForecastCategoryName', 'picklist', { ...READ_ONLY, picklist: FORECAST_CATEGORY_NAMES }),
        field('DefaultProbability', 'percent', READ_ONLY),
        field('Description', 'string', READ_ONLY),
        ...auditFields(),
      ],
      { createable: false, updateable: false, deletable: false, undeletable: false, replicateable: false },
    ),
  ];
}

const CONTACT_ROLES = [
  'Business User',
  'Decision Maker',
  'Economic Buyer',
  'Economic Decision Maker',
  'Evaluator',
  'Executive Sponsor',
  'Influencer',
  'Technical Buyer',
  'Other',
];
const TEAM_ROLES = [
  'Account Manager',
  'Channel Manager',
  'Executive Sponsor',
  'Lead Qualifier',
  'Pre-Sales Consultant',
  'Sales Manager',
  'Sales Rep',
];
