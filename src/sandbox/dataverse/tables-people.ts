/** Companies, people and campaigns. */
import { choice, column, lookup, memo, money, text, whole, yesNo } from './column.ts';
import { ACTIVE_INACTIVE, type Table, table } from './table.ts';

const ADDRESS = [
  text('Address1_Line1', 250, 'Address 1: Street 1'),
  text('Address1_Line2', 250, 'Address 1: Street 2'),
  text('Address1_Line3', 250, 'Address 1: Street 3'),
  text('Address1_City', 80, 'Address 1: City'),
  text('Address1_StateOrProvince', 50, 'Address 1: State/Province'),
  text('Address1_PostalCode', 20, 'Address 1: ZIP/Postal Code'),
  text('Address1_Country', 80, 'Address 1: Country/Region'),
  memo('Address1_Composite', 'Address 1', 1000, { creatable: false, updatable: false }),
] as const;

/** Industries, with values from 1. */
export const INDUSTRY_LABELS = [
  'Accounting',
  'Agriculture and Non-petrol Natural Resource Extraction',
  'Broadcasting Printing and Publishing',
  'Brokers',
  'Building Supply Retail',
  'Business Services',
  'Consulting',
  'Consumer Services',
  'Design, Direction and Creative Management',
  'Distributors, Dispatchers and Processors',
  "Doctor's Offices and Clinics",
  'Durable Manufacturing',
  'Eating and Drinking Places',
  'Entertainment Retail',
  'Equipment Rental and Leasing',
  'Financial',
  'Food and Tobacco Processing',
  'Inbound Capital Intensive Processing',
  'Inbound Repair and Services',
  'Insurance',
  'Legal Services',
  'Non-Durable Merchandise Retail',
  'Outbound Consumer Service',
  'Petrochemical Extraction and Distribution',
  'Service Retail',
  'SIG Affiliations',
  'Social Services',
  'Special Outbound Trade Contractors',
  'Specialty Realty',
  'Transportation',
  'Utility Creation and Distribution',
  'Vehicle Retail',
  'Wholesale',
] as const;

/** Companies. There is no column for a D-U-N-S number. */
export function accountTable(): Table {
  return table({
    schemaName: 'Account',
    entitySet: 'accounts',
    typeCode: 1,
    label: 'Account',
    primaryName: 'name',
    changeTracking: true,
    optimisticConcurrency: true,
    states: ACTIVE_INACTIVE,
    hasMoney: true,
    columns: [
      text('Name', 160, 'Account Name', { required: 'ApplicationRequired' }),
      text('AccountNumber', 20, 'Account Number'),
      text('WebSiteURL', 200, 'Website', { format: 'Url' }),
      text('Telephone1', 50, 'Main Phone', { format: 'Phone' }),
      text('Fax', 50, 'Fax'),
      text('EMailAddress1', 100, 'Email', { format: 'Email' }),
      ...ADDRESS,
      memo('Description', 'Description'),
      whole('NumberOfEmployees', 'Number of Employees', 0, 1_000_000_000),
      choice('IndustryCode', 'Industry', INDUSTRY_LABELS, 1),
      choice('AccountCategoryCode', 'Category', ['Preferred Customer', 'Standard'], 1),
      ...money('Revenue', 'Annual Revenue', 0, 1e14),
      yesNo('CreditOnHold', 'Credit Hold'),
      yesNo('DoNotPostalMail', 'Do not allow Mails'),
      choice('AccountRatingCode', 'Account Rating', ['Default Value'], 1, 1),
      column('Address1_Latitude', 'Double', {
        label: 'Address 1: Latitude',
        precision: 5,
        min: -90,
        max: 90,
      }),
      column('Address1_Longitude', 'Double', {
        label: 'Address 1: Longitude',
        precision: 5,
        min: -180,
        max: 180,
      }),
      lookup('primarycontactid', 'contact', 'Primary Contact', 'account_primary_contact'),
      lookup('parentaccountid', 'account', 'Parent Account', 'account_parent_account'),
      lookup('originatingleadid', 'lead', 'Originating Lead', 'account_originating_lead'),
    ],
  });
}

/** People at companies. */
export function contactTable(): Table {
  return table({
    schemaName: 'Contact',
    entitySet: 'contacts',
    typeCode: 2,
    label: 'Contact',
    primaryName: 'fullname',
    changeTracking: true,
    optimisticConcurrency: true,
    states: ACTIVE_INACTIVE,
    hasMoney: true,
    columns: [
      text('FirstName', 50, 'First Name'),
      text('LastName', 50, 'Last Name', { required: 'ApplicationRequired' }),
      text('FullName', 160, 'Full Name', { creatable: false, updatable: false }),
      text('EMailAddress1', 100, 'Email', { format: 'Email' }),
      text('Telephone1', 50, 'Business Phone', { format: 'Phone' }),
      text('MobilePhone', 50, 'Mobile Phone', { format: 'Phone' }),
      text('JobTitle', 100, 'Job Title'),
      ...ADDRESS,
      memo('Description', 'Description'),
      ...money('AnnualIncome', 'Annual Income', 0, 1e14),
      column('ParentCustomerId', 'Customer', {
        label: 'Company Name',
        targets: [
          {
            table: 'account',
            navigation: 'parentcustomerid_account',
            collection: 'contact_customer_accounts',
            onDelete: 'cascade',
          },
          {
            table: 'contact',
            navigation: 'parentcustomerid_contact',
            collection: 'contact_customer_contacts',
            onDelete: 'cascade',
          },
        ],
      }),
      lookup('originatingleadid', 'lead', 'Originating Lead', 'contact_originating_lead'),
    ],
  });
}

/** Campaigns, leads and competitors, as far as lookups need them. */
export function marketingTables(): readonly Table[] {
  return [
    table({
      schemaName: 'Campaign',
      entitySet: 'campaigns',
      typeCode: 4400,
      label: 'Campaign',
      primaryName: 'name',
      changeTracking: true,
      optimisticConcurrency: true,
      states: ACTIVE_INACTIVE,
      hasMoney: true,
      columns: [
        text('Name', 128, 'Name', { required: 'ApplicationRequired' }),
        text('CodeName', 32, 'Campaign Code'),
        memo('Description', 'Description', 10_000),
      ],
    }),
    table({
      schemaName: 'Lead',
      entitySet: 'leads',
      typeCode: 4,
      label: 'Lead',
      primaryName: 'fullname',
      changeTracking: true,
      optimisticConcurrency: true,
      hasMoney: true,
      states: [
        {
          value: 0,
          label: 'Open',
          statuses: [
            [1, 'New'],
            [2, 'Contacted'],
          ],
        },
        { value: 1, label: 'Qualified', statuses: [[3, 'Qualified']] },
        { value: 2, label: 'Disqualified', statuses: [[4, 'Lost']] },
      ],
      columns: [
        text('Subject', 300, 'Topic'),
        text('FirstName', 50, 'First Name'),
        text('LastName', 50, 'Last Name'),
        text('FullName', 160, 'Name', { creatable: false, updatable: false }),
        text('CompanyName', 100, 'Company Name'),
        text('EMailAddress1', 100, 'Email', { format: 'Email' }),
        text('Telephone1', 50, 'Business Phone'),
      ],
    }),
    table({
      schemaName: 'Competitor',
      entitySet: 'competitors',
      typeCode: 123,
      label: 'Competitor',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      columns: [text('Name', 100, 'Name')],
    }),
  ];
}
