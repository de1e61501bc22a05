/** Custom columns that an org has when it used Microsoft's connector. */
import { type Field, field } from './field.ts';

/** The six kinds of help that Microsoft's connector offers. */
export const HELP_LABELS = [
  'Workload Specific Value Proposition',
  'Customer Technical Architecture',
  'Proof Of Concept or Demo',
  'Quotes or Licensing',
  'Post Sales Customer Success',
  'General or Other',
];

/** Columns that Microsoft's connector asks an administrator to create, and a few that orgs add beside them. */
export function connectorFields(): Field[] {
  const onlyRead = 'Written by the connector.';
  return [
    field('Sync_with_Partner_Center__c', 'boolean', { label: 'Sync with Partner Center' }),
    field('Referral_Identifier__c', 'string', {
      length: 100,
      externalId: true,
      unique: true,
      idLookup: true,
      help: onlyRead,
    }),
    field('Referral_Link__c', 'url', { help: onlyRead }),
    field('Referral_Status__c', 'string', { help: onlyRead }),
    field('How_can_Microsoft_help__c', 'picklist', {
      label: 'How can Microsoft help?',
      picklist: HELP_LABELS,
    }),
    field('Audit__c', 'textarea', { length: 100_000, help: onlyRead }),
    field('Visible_to_Microsoft__c', 'boolean', { label: 'Referral visible to Microsoft sellers?' }),
    field('Customer_Consent__c', 'boolean', { label: 'Customer agreed to share contact details' }),
    field('Decline_Reason__c', 'string'),
    field('Loss_Reason__c', 'string'),
    field('Microsoft_CRM_Identifier__c', 'string', { label: 'Microsoft CRM Identifier' }),
    field('Product__c', 'string'),
    field('Legacy_Id__c', 'string'),
    ...registrationFields(),
  ];
}

/** Columns for registering won deals, as an administrator would add them. */
function registrationFields(): Field[] {
  return [
    field('Register_Deal__c', 'boolean', { label: 'Register deal with Microsoft' }),
    field('Contract_Signed__c', 'date'),
    field('Contract_Start__c', 'date'),
    field('Contract_End__c', 'date'),
    field('Contract_Term__c', 'picklist', { picklist: ['Perpetual', 'Finite'] }),
    field('Deployed_on_Azure__c', 'boolean'),
    field('Primary_Deployment_on__c', 'picklist', { picklist: ['Customer', 'Partner'] }),
    field('Pricing_Model__c', 'picklist', { picklist: ['Pay as you go', 'Other'] }),
    field('Marketplace_Transacted__c', 'boolean'),
    field('Marketplace_Transaction_Date__c', 'date'),
    field('Registration_Status__c', 'string', { help: 'Written by the connector.' }),
  ];
}
