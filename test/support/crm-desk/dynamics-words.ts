/** Dynamics 365's words for what the tests call by Salesforce's names. */
import type { Values } from '../../../src/sandbox/dataverse/index.ts';

export interface Words {
  readonly table: string;
  /** Column by the tests' name. */
  readonly columns: Readonly<Record<string, string>>;
  /** Which table a lookup leads to, by column. */
  readonly lookups: Readonly<Record<string, string>>;
}

const ADDRESS = {
  BillingStreet: 'address1_line1',
  BillingCity: 'address1_city',
  BillingState: 'address1_stateorprovince',
  BillingPostalCode: 'address1_postalcode',
  BillingCountry: 'address1_country',
} as const;

export const WORDS: Readonly<Record<string, Words>> = {
  Opportunity: {
    table: 'opportunity',
    columns: {
      Name: 'name',
      AccountId: 'customerid',
      CloseDate: 'estimatedclosedate',
      Amount: 'estimatedvalue',
      Description: 'description',
      CampaignId: 'campaignid',
      OwnerId: 'ownerid',
      CurrencyIsoCode: 'transactioncurrencyid',
      Sync_with_Partner_Center__c: 'msft_syncwithpartnercenter',
      Referral_Identifier__c: 'msft_referralidentifier',
      Referral_Link__c: 'msft_referrallink',
      Audit__c: 'msft_audit',
      Visible_to_Microsoft__c: 'msft_referralvisibility',
      How_can_Microsoft_help__c: 'msft_howcanmicrosofthelp',
      Microsoft_CRM_Identifier__c: 'msft_microsoftcrmidentifier',
      Referral_Program__c: 'msft_referralprogram',
      Referral_Status__c: 'new_referralstatus',
      Product__c: 'new_product',
      Customer_Consent__c: 'new_customerconsent',
      Decline_Reason__c: 'new_declinereason',
      Loss_Reason__c: 'new_lossreason',
    },
    lookups: { ownerid: 'systemuser', campaignid: 'campaign' },
  },
  Account: {
    table: 'account',
    columns: { Name: 'name', NumberOfEmployees: 'numberofemployees', DunsNumber: 'new_duns', ...ADDRESS },
    lookups: {},
  },
  Contact: {
    table: 'contact',
    columns: {
      FirstName: 'firstname',
      LastName: 'lastname',
      Email: 'emailaddress1',
      Phone: 'telephone1',
      AccountId: 'parentcustomerid',
      ...ADDRESS,
    },
    lookups: { parentcustomerid: 'account' },
  },
  User: {
    table: 'systemuser',
    columns: {
      FirstName: 'firstname',
      LastName: 'lastname',
      Email: 'internalemailaddress',
      Username: 'domainname',
      Phone: 'address1_telephone1',
    },
    lookups: {},
  },
  Campaign: { table: 'campaign', columns: { Name: 'name' }, lookups: {} },
  Product2: { table: 'product', columns: { Name: 'name' }, lookups: {} },
  OpportunityContactRole: {
    table: 'connection',
    columns: { OpportunityId: 'record1id', ContactId: 'record2id' },
    lookups: { record1id: 'opportunity', record2id: 'contact' },
  },
  OpportunityTeamMember: {
    table: 'connection',
    columns: { OpportunityId: 'record1id', UserId: 'record2id' },
    lookups: { record1id: 'opportunity', record2id: 'systemuser' },
  },
};

/** What Salesforce wants said and Dynamics 365 has no column for. */
const UNSAID: ReadonlySet<string> = new Set(['IsActive', 'IsPrimary', 'TeamMemberRole']);

/**
 * The column for a name of the tests: as listed, else one of the administrator's own (`Register_Deal__c` is
 * `new_registerdeal`). @returns null where Dynamics 365 has no such thing
 */
export function columnFor({ columns }: Words, name: string): string | null {
  if (UNSAID.has(name)) return null;
  const known = columns[name];
  if (known !== undefined) return known;
  if (!name.endsWith('__c')) throw new TypeError(`The tests have no word in Dynamics 365 for ${name}.`);
  return `new_${name.slice(0, -3).replaceAll('_', '').toLowerCase()}`;
}

const OPEN = 0;
const WON = 1;
const LOST = 2;

/** How a stage of the tests is reached: state, status reason, sales stage. */
export interface StageWords {
  readonly state: number;
  readonly status: number;
  readonly salesStage: number | null;
}

/** A status reason that the harness adds, as customers do. */
export const CLOSED_AS_ERROR = { value: 100_000_007, label: 'Closed as Error', state: LOST } as const;

/** The first of several stages with one meaning is how that meaning is read back. */
export const STAGES: Readonly<Record<string, StageWords>> = {
  'Co-sell Received': { state: OPEN, status: 2, salesStage: null },
  Prospecting: { state: OPEN, status: 1, salesStage: 0 },
  Qualification: { state: OPEN, status: 1, salesStage: 0 },
  'Needs Analysis': { state: OPEN, status: 1, salesStage: 1 },
  'Proposal/Price Quote': { state: OPEN, status: 1, salesStage: 2 },
  'Negotiation/Review': { state: OPEN, status: 1, salesStage: 3 },
  'Closed Won': { state: WON, status: 3, salesStage: null },
  'Closed Lost': { state: LOST, status: 5, salesStage: null },
  'Closed as Error': { state: LOST, status: CLOSED_AS_ERROR.value, salesStage: null },
  Declined: { state: LOST, status: 4, salesStage: null },
};

/** The name of the stage that a row stands in. */
export function stageOf({ statecode, statuscode, salesstage }: Values): string | null {
  // Canceled is what the shipped mapping writes for more than one ending.
  if (statecode === LOST && statuscode === 4) return 'Closed Lost';
  const found = Object.entries(STAGES).find(
    ([, { state, status, salesStage }]) =>
      state === statecode && status === statuscode && (salesStage === null || salesStage === salesstage),
  );
  return found?.[0] ?? null;
}
