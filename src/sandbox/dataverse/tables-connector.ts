/** What Microsoft's referral connector adds to an organization. Display names are published, logical names are not. */
import { type Column, choice, column, lookup, memo, text, yesNo } from './column.ts';
import { type Table, table } from './table.ts';

const CUSTOM = { isCustom: true } as const;

/** What Microsoft can be asked to help with, as sellers see it. */
export const HELP_LABELS = [
  'Workload Specific Value Proposition',
  'Customer Technical Architecture',
  'Proof Of Concept or Demo',
  'Quotes or Licensing',
  'Post Sales Customer Success',
  'General or Other',
] as const;
const FIRST_HELP_VALUE = 861_980_000;

/** The connector's columns on the opportunity. */
export function connectorColumns(): readonly Column[] {
  return [
    yesNo('msft_SyncWithPartnerCenter', 'Sync With Partner Center', CUSTOM),
    text('msft_ReferralIdentifier', 100, 'Referral Identifier', CUSTOM),
    text('msft_ReferralLink', 500, 'Referral Link', { ...CUSTOM, format: 'Url' }),
    text('msft_ReferralProgram', 100, 'Referral Program', CUSTOM),
    text('msft_MicrosoftCRMIdentifier', 100, 'Microsoft CRM Identifier', CUSTOM),
    yesNo('msft_ReferralVisibility', 'Referral Visibility', {
      ...CUSTOM,
      options: [
        { value: 0, label: 'Not visible to Microsoft sellers' },
        { value: 1, label: 'Visible to Microsoft sellers' },
      ],
    }),
    {
      ...choice('msft_HowCanMicrosoftHelp', 'How can Microsoft help?', HELP_LABELS, FIRST_HELP_VALUE),
      ...CUSTOM,
    },
    memo('msft_Audit', 'Audit', 100_000, CUSTOM),
    text('msft_MicrosoftPartnerCenterProducts', 255, '[Obsolete] Microsoft Partner Center Products', CUSTOM),
  ];
}

/** Columns that this sandbox's administrator has added. */
export function customColumns(): readonly Column[] {
  return [
    yesNo('new_SyncWithPartnerCenter', 'Synchronise with Partner Center', CUSTOM),
    text('new_Product', 255, 'Product', CUSTOM),
    yesNo('new_CustomerConsent', 'Customer Consent', CUSTOM),
    text('new_ReferralStatus', 255, 'Referral Status', CUSTOM),
    text('new_LossReason', 255, 'Loss Reason', CUSTOM),
    text('new_DeclineReason', 255, 'Decline Reason', CUSTOM),
  ];
}

/** The catalogue of solutions, and the solutions of one opportunity. */
export function connectorTables(): readonly Table[] {
  return [
    table({
      schemaName: 'msft_MicrosoftSolutionDetail',
      entitySet: 'msft_microsoftsolutiondetails',
      typeCode: 10_201,
      label: 'Microsoft Solution Details',
      collectionLabel: 'Microsoft Solution Details',
      primaryName: 'msft_name',
      ownership: 'OrganizationOwned',
      isCustom: true,
      changeTracking: true,
      columns: [
        text('msft_Name', 300, 'Solution Name', { ...CUSTOM, required: 'ApplicationRequired' }),
        text('msft_SolutionIdentifier', 100, 'Solution Identifier', {
          ...CUSTOM,
          required: 'ApplicationRequired',
        }),
        text('msft_Type', 100, 'Type', CUSTOM),
        text('msft_PublisherName', 200, 'Publisher Name', CUSTOM),
      ],
    }),
    table({
      schemaName: 'msft_MicrosoftSolution',
      entitySet: 'msft_microsoftsolutions',
      typeCode: 10_202,
      label: 'Microsoft Solutions',
      collectionLabel: 'Microsoft Solutions',
      primaryName: 'msft_name',
      isCustom: true,
      changeTracking: true,
      columns: [
        text('msft_Name', 300, 'Solution Name', CUSTOM),
        text('msft_SolutionIdentifier', 100, 'Solution Identifier', CUSTOM),
        lookup(
          'msft_OpportunityId',
          'opportunity',
          'Opportunity',
          'msft_opportunity_msft_microsoftsolution',
          {
            ...CUSTOM,
            onDelete: 'cascade',
          },
        ),
        lookup(
          'msft_SolutionDetailId',
          'msft_microsoftsolutiondetail',
          'Microsoft Solution Details',
          'msft_solutiondetail_msft_microsoftsolution',
          CUSTOM,
        ),
        column('msft_SortOrder', 'Integer', { ...CUSTOM, label: 'Order', min: 0, max: 1000 }),
      ],
    }),
  ];
}
