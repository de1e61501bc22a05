/** Users, currencies, the organization, and what customizing needs. */
import { choice, column, lookup, memo, text, whole, yesNo } from './column.ts';
import { ACTIVE_INACTIVE, type Table, table } from './table.ts';

/** Users, teams and business units. */
export function userTables(): readonly Table[] {
  return [
    table({
      schemaName: 'SystemUser',
      entitySet: 'systemusers',
      typeCode: 8,
      label: 'User',
      primaryName: 'fullname',
      ownership: 'None',
      changeTracking: true,
      columns: [
        text('FirstName', 256, 'First Name'),
        text('LastName', 256, 'Last Name'),
        text('FullName', 200, 'Full Name', { creatable: false, updatable: false }),
        text('InternalEMailAddress', 100, 'Primary Email', { format: 'Email' }),
        text('DomainName', 1024, 'User Name'),
        column('AzureActiveDirectoryObjectId', 'Uniqueidentifier', { label: 'Azure AD Object ID' }),
        column('ApplicationId', 'Uniqueidentifier', { label: 'Application ID' }),
        yesNo('IsDisabled', 'Status'),
        text('Address1_Telephone1', 64, 'Main Phone', { format: 'Phone' }),
        text('MobilePhone', 64, 'Mobile Phone', { format: 'Phone' }),
        text('Title', 128, 'Title'),
        text('JobTitle', 100, 'Job Title'),
        choice('AccessMode', 'Access Mode', [
          'Read-Write',
          'Administrative',
          'Read',
          'Support User',
          'Non-interactive',
          'Delegated Admin',
        ]),
        lookup('businessunitid', 'businessunit', 'Business Unit', 'business_unit_system_users', {
          onDelete: 'restrict',
        }),
        lookup('transactioncurrencyid', 'transactioncurrency', 'Currency', 'TransactionCurrency_SystemUser', {
          onDelete: 'restrict',
        }),
      ],
    }),
    table({
      schemaName: 'Team',
      entitySet: 'teams',
      typeCode: 9,
      label: 'Team',
      primaryName: 'name',
      ownership: 'None',
      changeTracking: true,
      columns: [
        text('Name', 160, 'Team Name'),
        choice('TeamType', 'Team Type', ['Owner', 'Access', 'Security Group', 'Office Group'], 0, 0),
        yesNo('IsDefault', 'Is Default'),
        memo('Description', 'Description'),
        lookup('businessunitid', 'businessunit', 'Business Unit', 'business_unit_teams', {
          onDelete: 'restrict',
        }),
        // The record that an access team works on.
        column('RegardingObjectId', 'Lookup', {
          label: 'Regarding Object Id',
          targets: [
            {
              table: 'opportunity',
              navigation: 'regardingobjectid_opportunity',
              collection: 'opportunity_Teams',
              onDelete: 'cascade',
            },
          ],
        }),
      ],
    }),
    table({
      schemaName: 'TeamMembership',
      entitySet: 'teammemberships',
      typeCode: 23,
      label: 'Team Membership',
      primaryName: 'teammembershipid',
      ownership: 'None',
      columns: [
        column('SystemUserId', 'Uniqueidentifier', { label: 'User' }),
        column('TeamId', 'Uniqueidentifier', { label: 'Team' }),
      ],
    }),
    table({
      schemaName: 'BusinessUnit',
      entitySet: 'businessunits',
      typeCode: 10,
      label: 'Business Unit',
      primaryName: 'name',
      ownership: 'None',
      columns: [text('Name', 160, 'Name')],
    }),
  ];
}

/** Currencies and the organization's own row. */
export function organizationTables(): readonly Table[] {
  return [
    table({
      schemaName: 'TransactionCurrency',
      entitySet: 'transactioncurrencies',
      typeCode: 9105,
      label: 'Currency',
      collectionLabel: 'Currencies',
      primaryName: 'currencyname',
      ownership: 'OrganizationOwned',
      states: ACTIVE_INACTIVE,
      columns: [
        text('ISOCurrencyCode', 5, 'Currency Code', { required: 'SystemRequired' }),
        text('CurrencyName', 100, 'Currency Name', { required: 'SystemRequired' }),
        text('CurrencySymbol', 10, 'Currency Symbol', { required: 'SystemRequired' }),
        whole('CurrencyPrecision', 'Currency Precision', 0, 10),
        column('ExchangeRate', 'Decimal', { label: 'Exchange Rate', precision: 12, min: 1e-10, max: 1e11 }),
      ],
    }),
    table({
      schemaName: 'Organization',
      entitySet: 'organizations',
      typeCode: 1019,
      label: 'Organization',
      primaryName: 'name',
      ownership: 'None',
      columns: [
        text('Name', 160, 'Organization Name'),
        lookup('basecurrencyid', 'transactioncurrency', 'Currency', 'basecurrency_organization', {
          onDelete: 'restrict',
        }),
        whole('LanguageCode', 'Language', 0),
        whole('ExpireChangeTrackingInDays', 'Days to Expire Change Tracking Deleted Records', 0, 365),
      ],
    }),
  ];
}

/** Publishers and solutions. */
export function solutionTables(): readonly Table[] {
  return [
    table({
      schemaName: 'Publisher',
      entitySet: 'publishers',
      typeCode: 7101,
      label: 'Publisher',
      primaryName: 'friendlyname',
      ownership: 'OrganizationOwned',
      columns: [
        text('UniqueName', 256, 'Name', { required: 'SystemRequired' }),
        text('FriendlyName', 256, 'Display Name', { required: 'SystemRequired' }),
        text('CustomizationPrefix', 8, 'Prefix'),
        whole('CustomizationOptionValuePrefix', 'Option Value Prefix', 10_000, 99_999),
        memo('Description', 'Description'),
      ],
    }),
    table({
      schemaName: 'Solution',
      entitySet: 'solutions',
      typeCode: 7100,
      label: 'Solution',
      primaryName: 'friendlyname',
      ownership: 'OrganizationOwned',
      columns: [
        text('UniqueName', 65, 'Name', { required: 'SystemRequired' }),
        text('FriendlyName', 256, 'Display Name', { required: 'SystemRequired' }),
        text('Version', 256, 'Version', { required: 'SystemRequired' }),
        yesNo('IsManaged', 'Package Type', { creatable: false, updatable: false }),
        memo('Description', 'Description'),
        lookup('publisherid', 'publisher', 'Publisher', 'publisher_solution', {
          required: 'SystemRequired',
          onDelete: 'restrict',
        }),
      ],
    }),
    table({
      schemaName: 'SolutionComponent',
      entitySet: 'solutioncomponents',
      typeCode: 7103,
      label: 'Solution Component',
      primaryName: 'solutioncomponentid',
      ownership: 'None',
      columns: [
        column('ObjectId', 'Uniqueidentifier', { label: 'Regarding' }),
        choice('ComponentType', 'Object Type Code', ['Entity', 'Attribute', 'Relationship'], 1),
        lookup('solutionid', 'solution', 'Solution', 'solution_solutioncomponent', { onDelete: 'cascade' }),
      ],
    }),
  ];
}

/** Webhooks: where to, on which message, of which table. */
export function messagingTables(): readonly Table[] {
  return [
    table({
      schemaName: 'ServiceEndpoint',
      entitySet: 'serviceendpoints',
      typeCode: 4618,
      label: 'Service Endpoint',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      columns: [
        text('Name', 160, 'Name'),
        text('Url', 2000, 'URL'),
        choice(
          'Contract',
          'Contract',
          ['OneWay', 'Queue', 'Rest', 'TwoWay', 'Topic', 'Queue (Persistent)', 'Event Hub', 'Webhook'],
          1,
        ),
        choice('AuthType', 'Authentication Type', ['Webhook Key', 'Http Header', 'Http Query String'], 4),
        text('AuthValue', 10_000, 'Authentication Value'),
      ],
    }),
    table({
      schemaName: 'SdkMessage',
      entitySet: 'sdkmessages',
      typeCode: 4606,
      label: 'Sdk Message',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      columns: [text('Name', 256, 'Name')],
    }),
    table({
      schemaName: 'SdkMessageFilter',
      entitySet: 'sdkmessagefilters',
      typeCode: 4607,
      label: 'Sdk Message Filter',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      columns: [
        text('Name', 256, 'Name'),
        text('PrimaryObjectTypeCode', 128, 'Primary Object Type Code'),
        lookup('sdkmessageid', 'sdkmessage', 'SDK Message', 'sdkmessageid_sdkmessagefilter'),
      ],
    }),
    table({
      schemaName: 'SdkMessageProcessingStep',
      entitySet: 'sdkmessageprocessingsteps',
      typeCode: 4608,
      label: 'Sdk Message Processing Step',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      states: [
        { value: 0, label: 'Enabled', statuses: [[1, 'Enabled']] },
        { value: 1, label: 'Disabled', statuses: [[2, 'Disabled']] },
      ],
      columns: [
        text('Name', 256, 'Name'),
        whole('Stage', 'Execution Stage', 0, 90),
        whole('Mode', 'Execution Mode', 0, 1),
        whole('Rank', 'Execution Order'),
        whole('SupportedDeployment', 'Deployment', 0, 2),
        yesNo('AsyncAutoDelete', 'Asynchronous Automatic Delete'),
        memo('FilteringAttributes', 'Filtering Attributes', 100_000),
        lookup('sdkmessageid', 'sdkmessage', 'SDK Message', 'sdkmessageid_sdkmessageprocessingstep'),
        lookup('sdkmessagefilterid', 'sdkmessagefilter', 'SDK Message Filter', 'sdkmessagefilterid_step'),
        lookup(
          'eventhandler',
          'serviceendpoint',
          'Event Handler',
          'serviceendpoint_sdkmessageprocessingstep',
          { navigation: 'eventhandler_serviceendpoint', onDelete: 'cascade' },
        ),
      ],
    }),
  ];
}
