/** A mapping that registers deals, and an opportunity that is worth registering. */
import type { Mapping, RegistrationMapping } from '../../src/core/mapping-types.ts';
import type { CrmValue } from '../../src/core/ports.ts';
import { mapping, SOLUTION } from './builders.ts';

const column = (crm: string) => ({ crm, default: null });

export const REGISTRATION: RegistrationMapping = {
  wanted: 'Register_Deal__c',
  status: 'Registration_Status__c',
  values: {
    contractValue: column('Amount'),
    signDate: column('Contract_Signed__c'),
    startDate: column('Contract_Start__c'),
    endDate: column('Contract_End__c'),
    term: { crm: 'Contract_Term__c', default: 'Finite' },
    deployedOnAzure: column('Deployed_on_Azure__c'),
    primaryDeploymentOn: column('Primary_Deployment_on__c'),
    pricingModel: column('Pricing_Model__c'),
    marketplaceTransacted: column('Marketplace_Transacted__c'),
    marketplaceTransactionDate: column('Marketplace_Transaction_Date__c'),
  },
  eligibleSolutions: [SOLUTION],
};

export const registering = (overrides: Partial<RegistrationMapping> = {}): Mapping =>
  mapping({ registration: { ...REGISTRATION, ...overrides } });

/** Columns of a deal that may be registered on 20 November 2026. */
export const REGISTRABLE: Readonly<Record<string, CrmValue>> = {
  StageName: 'Closed Won',
  Visible_to_Microsoft__c: true,
  Register_Deal__c: true,
  Registration_Status__c: null,
  Contract_Signed__c: '2026-11-18',
  Contract_Start__c: '2026-11-19',
  Contract_End__c: '2027-11-18',
  Contract_Term__c: 'Finite',
  Deployed_on_Azure__c: true,
  Primary_Deployment_on__c: 'Customer',
  Pricing_Model__c: 'Other',
  Marketplace_Transacted__c: false,
  Marketplace_Transaction_Date__c: null,
};
