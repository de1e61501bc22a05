/** The sales tables as they come with Dynamics 365 Sales. Lengths and choices are the published ones. */
import { choice, column, day, lookup, memo, moment, money, text, whole, yesNo } from './column.ts';
import { type Table, table } from './table.ts';

const CLOSED_BY_STATE = [
  {
    value: 0,
    label: 'Open',
    statuses: [
      [1, 'In Progress'],
      [2, 'On Hold'],
    ],
  },
  { value: 1, label: 'Won', statuses: [[3, 'Won']] },
  {
    value: 2,
    label: 'Lost',
    statuses: [
      [4, 'Canceled'],
      [5, 'Out-Sold'],
    ],
  },
] as const;

const FIRST_FORECAST_CATEGORY = 100_000_001;

/** Deals. */
export function opportunityTable(): Table {
  return table({
    schemaName: 'Opportunity',
    entitySet: 'opportunities',
    collectionLabel: 'Opportunities',
    typeCode: 3,
    label: 'Opportunity',
    primaryName: 'name',
    changeTracking: true,
    optimisticConcurrency: true,
    states: CLOSED_BY_STATE,
    hasMoney: true,
    columns: [
      text('Name', 300, 'Topic', { required: 'ApplicationRequired' }),
      memo('Description', 'Description'),
      memo('CustomerNeed', 'Customer Need'),
      memo('CurrentSituation', 'Current Situation'),
      memo('ProposedSolution', 'Proposed Solution'),
      memo('QualificationComments', 'Qualification Comments'),
      memo('QuoteComments', 'Quote Comments'),
      column('CustomerId', 'Customer', {
        label: 'Potential Customer',
        required: 'ApplicationRequired',
        targets: [
          {
            table: 'account',
            navigation: 'customerid_account',
            collection: 'opportunity_customer_accounts',
            onDelete: 'cascade',
          },
          {
            table: 'contact',
            navigation: 'customerid_contact',
            collection: 'opportunity_customer_contacts',
            onDelete: 'cascade',
          },
        ],
      }),
      lookup('parentaccountid', 'account', 'Account', 'opportunity_parent_account'),
      lookup('parentcontactid', 'contact', 'Contact', 'opportunity_parent_contact'),
      lookup('campaignid', 'campaign', 'Source Campaign', 'campaign_opportunities'),
      lookup('originatingleadid', 'lead', 'Originating Lead', 'opportunity_originating_lead', {
        updatable: false,
      }),
      lookup('pricelevelid', 'pricelevel', 'Price List', 'price_level_opportunties'),
      ...money('EstimatedValue', 'Est. Revenue'),
      ...money('ActualValue', 'Actual Revenue'),
      ...money('BudgetAmount', 'Budget Amount', 0),
      ...money('TotalAmount', 'Total Amount'),
      ...money('TotalLineItemAmount', 'Total Detail Amount'),
      ...money('DiscountAmount', 'Opportunity Discount Amount', 0),
      ...money('FreightAmount', 'Freight Amount', 0),
      yesNo('IsRevenueSystemCalculated', 'Revenue', {
        options: [
          { value: 0, label: 'User Provided' },
          { value: 1, label: 'System Calculated' },
        ],
      }),
      whole('CloseProbability', 'Probability', 0, 100),
      day('EstimatedCloseDate', 'Est. Close Date'),
      day('ActualCloseDate', 'Actual Close Date'),
      day('FinalDecisionDate', 'Final Decision Date'),
      choice('OpportunityRatingCode', 'Rating', ['Hot', 'Warm', 'Cold'], 1, 2),
      choice('SalesStage', 'Sales Stage', ['Qualify', 'Develop', 'Propose', 'Close'], 0, 0),
      choice('SalesStageCode', 'Process Code', ['Default Value'], 1, 1),
      choice('PriorityCode', 'Priority', ['Default Value'], 1, 1),
      choice('BudgetStatus', 'Budget', ['No Committed Budget', 'May Buy', 'Can Buy', 'Will Buy']),
      choice('Need', 'Need', ['Must have', 'Should have', 'Good to have', 'No need']),
      choice('PurchaseTimeframe', 'Purchase Timeframe', [
        'Immediate',
        'This Quarter',
        'Next Quarter',
        'This Year',
        'Unknown',
      ]),
      choice('PurchaseProcess', 'Purchase Process', ['Individual', 'Committee', 'Unknown']),
      choice('Timeline', 'Timeline', ['Immediate', 'This Quarter', 'Next Quarter', 'This Year', 'Not known']),
      choice('InitialCommunication', 'Initial Communication', ['Contacted', 'Not Contacted']),
      choice(
        'msdyn_forecastcategory',
        'Forecast category',
        ['Pipeline', 'Best case', 'Committed', 'Omitted', 'Won', 'Lost'],
        FIRST_FORECAST_CATEGORY,
        FIRST_FORECAST_CATEGORY,
      ),
      text('StepName', 200, 'Pipeline Phase'),
      text('EmailAddress', 100, 'Email Address', { format: 'Email' }),
      yesNo('DecisionMaker', 'Decision Maker?'),
      yesNo('IsPrivate', 'Is Private'),
    ],
  });
}

/** Activities that record how an opportunity was closed. */
export function opportunityCloseTable(): Table {
  return table({
    schemaName: 'OpportunityClose',
    entitySet: 'opportunitycloses',
    typeCode: 4208,
    label: 'Opportunity Close',
    collectionLabel: 'Opportunity Close',
    primaryId: 'ActivityId'.toLowerCase(),
    primaryName: 'subject',
    isActivity: true,
    hasMoney: true,
    states: [
      { value: 0, label: 'Open', statuses: [[1, 'Open']] },
      { value: 1, label: 'Completed', statuses: [[2, 'Completed']] },
      { value: 2, label: 'Canceled', statuses: [[3, 'Canceled']] },
    ],
    columns: [
      text('Subject', 200, 'Subject'),
      memo('Description', 'Description'),
      ...money('ActualRevenue', 'Actual Revenue'),
      moment('ActualEnd', 'Closed On', { format: 'DateOnly' }),
      lookup('opportunityid', 'opportunity', 'Opportunity', 'Opportunity_OpportunityClose', {
        onDelete: 'cascade',
      }),
      lookup('competitorid', 'competitor', 'Competitor', 'competitor_opportunity_activities'),
      choice('OpportunityStateCode', 'Opportunity Status', ['Open', 'Won', 'Lost']),
      choice(
        'OpportunityStatusCode',
        'Opportunity Status Reason',
        ['In Progress', 'On Hold', 'Won', 'Canceled', 'Out-Sold'],
        1,
      ),
    ],
  });
}

/** Lines of an opportunity, and the catalogue they come from. */
export function productTables(): readonly Table[] {
  return [
    table({
      schemaName: 'OpportunityProduct',
      entitySet: 'opportunityproducts',
      typeCode: 1083,
      label: 'Opportunity Product',
      primaryName: 'opportunityproductname',
      hasMoney: true,
      changeTracking: true,
      optimisticConcurrency: true,
      columns: [
        text('OpportunityProductName', 500, 'Name'),
        lookup('opportunityid', 'opportunity', 'Opportunity', 'product_opportunities', {
          onDelete: 'cascade',
        }),
        lookup('productid', 'product', 'Existing Product', 'product_opportunity_product', {
          onDelete: 'restrict',
        }),
        lookup('uomid', 'uom', 'Unit', 'unit_of_measurement_opportunity_products', { onDelete: 'restrict' }),
        yesNo('IsProductOverridden', 'Select Product'),
        text('ProductDescription', 500, 'Write-In Product'),
        memo('Description', 'Description'),
        column('Quantity', 'Decimal', { label: 'Quantity', precision: 5, min: -1e11, max: 1e11 }),
        ...money('PricePerUnit', 'Price Per Unit'),
        ...money('BaseAmount', 'Amount'),
        ...money('ManualDiscountAmount', 'Manual Discount', 0),
        ...money('Tax', 'Tax'),
        ...money('ExtendedAmount', 'Extended Amount'),
        yesNo('IsPriceOverridden', 'Price Overridden'),
        whole('LineItemNumber', 'Line Item Number', 0, 1e9),
      ],
    }),
    table({
      schemaName: 'Product',
      entitySet: 'products',
      typeCode: 1024,
      label: 'Product',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      hasMoney: true,
      states: [
        { value: 0, label: 'Active', statuses: [[1, 'Active']] },
        { value: 1, label: 'Retired', statuses: [[2, 'Retired']] },
        { value: 2, label: 'Draft', statuses: [[0, 'Draft']] },
      ],
      columns: [
        text('Name', 100, 'Name', { required: 'ApplicationRequired' }),
        text('ProductNumber', 100, 'Product ID', { required: 'ApplicationRequired' }),
        memo('Description', 'Description'),
        ...money('Price', 'List Price'),
        lookup('defaultuomid', 'uom', 'Default Unit', 'unit_of_measurement_products', {
          onDelete: 'restrict',
        }),
        whole('QuantityDecimal', 'Decimals Supported', 0, 5),
      ],
    }),
    table({
      schemaName: 'UoM',
      entitySet: 'uoms',
      typeCode: 1055,
      label: 'Unit',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      columns: [text('Name', 100, 'Name')],
    }),
    table({
      schemaName: 'PriceLevel',
      entitySet: 'pricelevels',
      typeCode: 1022,
      label: 'Price List',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      hasMoney: true,
      columns: [text('Name', 100, 'Name')],
    }),
  ];
}
