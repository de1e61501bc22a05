import { describe, expect, it } from 'vitest';
import {
  type Answer,
  errorOf,
  type Fixture,
  isRecord,
  type Json,
  messageOf,
  rowsOf,
  startDataverse,
} from './support.ts';

const OPPORTUNITY = "EntityDefinitions(LogicalName='opportunity')";
const label = (text: string): Json => ({
  '@odata.type': 'Microsoft.Dynamics.CRM.Label',
  LocalizedLabels: [
    { '@odata.type': 'Microsoft.Dynamics.CRM.LocalizedLabel', Label: text, LanguageCode: 1033 },
  ],
});

function textColumn(SchemaName: string): Json {
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    AttributeType: 'String',
    AttributeTypeName: { Value: 'StringType' },
    SchemaName,
    MaxLength: 100,
    FormatName: { Value: 'Text' },
    RequiredLevel: { Value: 'None', CanBeChanged: true },
    DisplayName: label('Referral ID'),
    Description: label('Partner Center referral'),
  };
}

const labelOf = (value: unknown): unknown => {
  const localized = isRecord(value) ? value.UserLocalizedLabel : null;
  return isRecord(localized) ? localized.Label : null;
};

/** Values and labels of an expanded option set. */
function optionsOf({ json }: Answer): unknown[] {
  const set = json.OptionSet;
  const options = isRecord(set) && Array.isArray(set.Options) ? set.Options.filter(isRecord) : [];
  return options.map(({ Value, State, Label }) => [Value, labelOf(Label), State]);
}

const keyStatus = ({ call }: Fixture) =>
  call('GET', `${OPPORTUNITY}/Keys(LogicalName='new_referralidkey')?$select=EntityKeyIndexStatus`);

describe('reading metadata', () => {
  it('gives a table with its flags and keys', async () => {
    const fixture = await startDataverse();
    fixture.org.addKey('opportunity', 'new_ReferralIdKey', ['msft_referralidentifier']);

    const { json } = await fixture.call(
      'GET',
      `${OPPORTUNITY}?$select=MetadataId,ChangeTrackingEnabled,IsOptimisticConcurrencyEnabled,EntitySetName&$expand=Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)`,
    );

    expect(json).toMatchObject({
      ChangeTrackingEnabled: true,
      IsOptimisticConcurrencyEnabled: true,
      EntitySetName: 'opportunities',
      Keys: [
        {
          LogicalName: 'new_referralidkey',
          KeyAttributes: ['msft_referralidentifier'],
          EntityKeyIndexStatus: 'Active',
        },
      ],
    });
    expect(
      (await fixture.call('GET', `EntityDefinitions(${json.MetadataId})?$select=LogicalName`)).json
        .LogicalName,
    ).toBe('opportunity');
  });

  it('lists tables by filter', async () => {
    const { call } = await startDataverse();

    const tracked = await call(
      'GET',
      'EntityDefinitions?$select=SchemaName&$filter=ChangeTrackingEnabled eq true',
    );
    const own = await call(
      'GET',
      "EntityDefinitions?$select=LogicalName&$filter=IsCustomEntity eq true and OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'",
    );

    expect(rowsOf(tracked).map(({ SchemaName }) => SchemaName)).toContain('Opportunity');
    expect(rowsOf(own).map(({ LogicalName }) => LogicalName)).toEqual(['msft_microsoftsolution']);
  });

  it('says whether a column is there', async () => {
    const { call, org } = await startDataverse();
    const path = (name: string) =>
      `${OPPORTUNITY}/Attributes(LogicalName='${name}')?$select=LogicalName,AttributeType`;

    expect((await call('GET', path('msft_audit'))).json).toMatchObject({
      LogicalName: 'msft_audit',
      AttributeType: 'Memo',
    });
    expect((await call('GET', path('new_nothing'))).status).toBe(404);
    org.switches.columnsHidden = ['opportunity.msft_audit'];
    expect((await call('GET', path('msft_audit'))).status).toBe(404);
    expect((await call('GET', 'opportunities?$select=msft_audit')).status).toBe(400);
    expect((await call('POST', 'opportunities', { body: { msft_audit: 'x' } })).status).toBe(400);
  });

  it('finds the connector’s columns by display name', async () => {
    const { call } = await startDataverse();

    const answer = await call(
      'GET',
      `${OPPORTUNITY}/Attributes?$select=LogicalName,DisplayName&$filter=IsCustomAttribute eq true`,
    );
    const byLabel = new Map(
      rowsOf(answer).map(({ DisplayName, LogicalName }) => [labelOf(DisplayName), LogicalName]),
    );

    expect([...byLabel.keys()]).toEqual(
      expect.arrayContaining([
        'Sync With Partner Center',
        'Referral Identifier',
        'Referral Link',
        'Referral Program',
        'Microsoft CRM Identifier',
        'Referral Visibility',
        'How can Microsoft help?',
        'Audit',
        '[Obsolete] Microsoft Partner Center Products',
      ]),
    );
    expect(rowsOf(answer)[0]?.['@odata.type']).toBe('#Microsoft.Dynamics.CRM.BooleanAttributeMetadata');
  });

  it('gives choices behind the column’s own type only', async () => {
    const { call } = await startDataverse();
    const attribute = (name: string, type: string) =>
      `${OPPORTUNITY}/Attributes(LogicalName='${name}')/Microsoft.Dynamics.CRM.${type}?$select=LogicalName&$expand=OptionSet($select=Options)`;

    const reasons = await call('GET', attribute('statuscode', 'StatusAttributeMetadata'));
    const stages = await call('GET', attribute('salesstage', 'PicklistAttributeMetadata'));

    expect(optionsOf(reasons)).toEqual([
      [1, 'In Progress', 0],
      [2, 'On Hold', 0],
      [3, 'Won', 1],
      [4, 'Canceled', 2],
      [5, 'Out-Sold', 2],
    ]);
    expect(optionsOf(stages).map((each) => (Array.isArray(each) ? each[1] : null))).toEqual([
      'Qualify',
      'Develop',
      'Propose',
      'Close',
    ]);
    expect((await call('GET', attribute('name', 'PicklistAttributeMetadata'))).status).toBe(404);
    expect(
      (await call('GET', `${OPPORTUNITY}/Attributes(LogicalName='salesstage')?$expand=OptionSet`)).status,
    ).toBe(400);
    expect((await call('GET', `${OPPORTUNITY}/Attributes?$select=MaxLength`)).status).toBe(400);
    expect((await call('GET', "GlobalOptionSetDefinitions(Name='budgetstatus')")).json).toMatchObject({
      Name: 'budgetstatus',
      IsGlobal: true,
    });
  });

  it('describes relationships from both sides, and everything in CSDL', async () => {
    const { call } = await startDataverse();

    const from = await call(
      'GET',
      "EntityDefinitions(LogicalName='msft_microsoftsolution')/ManyToOneRelationships?$filter=ReferencedEntity eq 'opportunity'",
    );
    const csdl = await call('GET', '$metadata');

    expect(rowsOf(from)).toMatchObject([
      {
        ReferencingAttribute: 'msft_opportunityid',
        ReferencingEntityNavigationPropertyName: 'msft_OpportunityId',
        ReferencedEntityNavigationPropertyName: 'msft_opportunity_msft_microsoftsolution',
      },
    ]);
    expect(csdl.headers.get('content-type')).toBe('application/xml');
    expect(csdl.text).toContain('<Property Name="estimatedclosedate" Type="Edm.Date" />');
    expect(csdl.text).toContain('<Action Name="WinOpportunity">');
  });
});

describe('setting up', () => {
  it('creates publisher, solution, column and key, step by step', async () => {
    const fixture = await startDataverse();
    const { call, clock, org } = fixture;
    const publisher = await call('POST', 'publishers', {
      body: {
        uniquename: 'cosell',
        friendlyname: 'Co-sell',
        customizationprefix: 'cosell',
        customizationoptionvalueprefix: 20_000,
      },
    });
    const link = publisher.headers.get('odata-entityid') ?? '';
    await call('POST', 'solutions', {
      body: {
        uniquename: 'CosellSync',
        friendlyname: 'Co-sell',
        version: '1.0.0.0',
        'publisherid@odata.bind': link,
      },
    });
    const column = await call('POST', `${OPPORTUNITY}/Attributes`, {
      body: textColumn('cosell_ReferralId'),
      headers: { 'MSCRM.SolutionUniqueName': 'CosellSync' },
    });
    const key = await call('POST', `${OPPORTUNITY}/Keys`, {
      body: {
        SchemaName: 'new_ReferralIdKey',
        KeyAttributes: ['cosell_referralid'],
        DisplayName: label('Referral key'),
      },
    });
    const upsert = () => call('PATCH', "opportunities(cosell_referralid='r1')", { body: { name: 'x' } });

    expect(column.status).toBe(204);
    expect(column.headers.get('odata-entityid')).toMatch(
      /\/EntityDefinitions\([0-9a-f-]{36}\)\/Attributes\([0-9a-f-]{36}\)$/,
    );
    expect(key.status).toBe(204);
    expect((await keyStatus(fixture)).json.EntityKeyIndexStatus).toBe('Pending');
    expect((await upsert()).status).toBe(400);
    clock.advance(600);
    expect((await keyStatus(fixture)).json.EntityKeyIndexStatus).toBe('InProgress');
    clock.advance(600);
    expect((await keyStatus(fixture)).json.EntityKeyIndexStatus).toBe('Active');
    expect((await upsert()).status).toBe(204);
    expect(org.list('solutioncomponent')).toHaveLength(1);
    expect((await call('POST', 'PublishXml', { body: { ParameterXml: '<importexportxml />' } })).status).toBe(
      204,
    );
  });

  it('refuses names that are taken or have no publisher’s prefix', async () => {
    const { call } = await startDataverse();
    const create = (name: string) => call('POST', `${OPPORTUNITY}/Attributes`, { body: textColumn(name) });
    const key = (SchemaName: string, columns: string[]) =>
      call('POST', `${OPPORTUNITY}/Keys`, {
        body: { SchemaName, KeyAttributes: columns, DisplayName: label('k') },
      });

    expect((await create('new_ReferralId')).status).toBe(204);
    expect(errorOf(await create('new_ReferralId')).code).toBe('0x80047013');
    expect(errorOf(await create('other_ReferralId')).code).toBe('0x80044366');
    expect((await key('new_Key', ['new_referralid'])).status).toBe(204);
    expect(errorOf(await key('new_Key', ['name'])).code).toBe('0x80060893');
    expect(errorOf(await key('new_Other', ['new_referralid'])).code).toBe('0x80060894');
    expect(errorOf(await key('new_Memo', ['description'])).code).toBe('0x8006088f');
  });

  it('creates every kind of column, and uses it', async () => {
    const { call, org } = await startDataverse();
    const base = { RequiredLevel: { Value: 'None' }, DisplayName: label('c') };
    const typed = (type: string, SchemaName: string, more: Json = {}) =>
      call('POST', `${OPPORTUNITY}/Attributes`, {
        body: {
          '@odata.type': `#Microsoft.Dynamics.CRM.${type}AttributeMetadata`,
          SchemaName,
          ...base,
          ...more,
        },
      });
    await typed('Memo', 'new_Notes', { MaxLength: 5000 });
    await typed('Boolean', 'new_Flag', {
      OptionSet: { TrueOption: { Label: label('On') }, FalseOption: { Label: label('Off') } },
    });
    await typed('Picklist', 'new_Pick', {
      OptionSet: { Options: [{ Label: label('One') }, { Value: 7, Label: label('Two') }] },
    });
    await typed('Integer', 'new_Count', { MinValue: 0, MaxValue: 10 });
    await typed('Money', 'new_Fee');
    await typed('DateTime', 'new_Day', { Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } });

    const made = await call('POST', 'opportunities?$select=new_flag,new_pick,new_count,new_fee,new_day', {
      body: { new_flag: true, new_pick: 100_000_000, new_count: 3, new_fee: 1.239, new_day: '2026-05-01' },
      prefer: 'return=representation,odata.include-annotations="*"',
    });

    expect(made.json).toMatchObject({
      'new_flag@OData.Community.Display.V1.FormattedValue': 'On',
      'new_pick@OData.Community.Display.V1.FormattedValue': 'One',
      new_count: 3,
      new_fee: 1.24,
      new_day: '2026-05-01',
    });
    expect(org.schema.get('opportunity').columns.has('new_fee_base')).toBe(true);
    expect((await typed('Lookup', 'new_Look')).status).toBe(400);
    expect(messageOf(await typed('String', 'new_Text'))).toContain('MaxLength');
  });

  it('creates a child table and joins it to opportunities', async () => {
    const { call, api } = await startDataverse();
    const table = await call('POST', 'EntityDefinitions', {
      body: {
        '@odata.type': 'Microsoft.Dynamics.CRM.EntityMetadata',
        SchemaName: 'new_DealSolution',
        DisplayName: label('Deal Solution'),
        DisplayCollectionName: label('Deal Solutions'),
        OwnershipType: 'UserOwned',
        HasActivities: false,
        HasNotes: false,
        Attributes: [{ ...textColumn('new_Name'), IsPrimaryName: true }],
      },
    });
    const joined = await call('POST', 'RelationshipDefinitions', {
      body: {
        '@odata.type': 'Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata',
        SchemaName: 'new_opportunity_new_dealsolution',
        ReferencedEntity: 'opportunity',
        ReferencingEntity: 'new_dealsolution',
        Lookup: { SchemaName: 'new_OpportunityId', DisplayName: label('Opportunity') },
      },
    });
    const deal = await call('POST', 'opportunities', { body: { name: 'Deal' } });
    const link = deal.headers.get('odata-entityid') ?? '';

    await call('POST', 'new_dealsolutions', {
      body: { new_name: 'SOL-1', 'new_OpportunityId@odata.bind': link },
    });
    const read = await call(
      'GET',
      'opportunities?$select=name&$expand=new_opportunity_new_dealsolution($select=new_name)',
    );

    expect(table.headers.get('odata-entityid')?.startsWith(`${api}/EntityDefinitions(`)).toBe(true);
    expect(joined.status).toBe(204);
    expect(rowsOf(read)[0]?.new_opportunity_new_dealsolution).toMatchObject([{ new_name: 'SOL-1' }]);
  });

  it('fails a key over rows that repeat, until they do not', async () => {
    const fixture = await startDataverse();
    const { call, org, clock } = fixture;
    const [first] = [1, 2].map(() => org.load('opportunity', { name: 'x', msft_referralidentifier: 'r1' }));
    await call('POST', `${OPPORTUNITY}/Keys`, {
      body: {
        SchemaName: 'new_ReferralIdKey',
        KeyAttributes: ['msft_referralidentifier'],
        DisplayName: label('k'),
      },
    });
    clock.advance(5000);
    const failed = (await keyStatus(fixture)).json.EntityKeyIndexStatus;

    org.patchSilently('opportunity', first ?? '', { msft_referralidentifier: null });
    const again = await call('POST', 'ReactivateEntityKey', {
      body: { EntityLogicalName: 'opportunity', EntityKeyLogicalName: 'new_referralidkey' },
    });
    clock.advance(5000);

    expect(failed).toBe('Failed');
    expect(again.status).toBe(204);
    expect((await keyStatus(fixture)).json.EntityKeyIndexStatus).toBe('Active');
  });

  it('switches change tracking on, and never off', async () => {
    const { call, org } = await startDataverse();
    const { metadataId } = org.schema.get('product');
    const put = (ChangeTrackingEnabled: boolean) =>
      call('PUT', `EntityDefinitions(${metadataId})`, {
        body: { ChangeTrackingEnabled },
        headers: { 'MSCRM.MergeLabels': 'true' },
      });

    expect(
      (await call('GET', 'products?$select=name', { prefer: 'odata.track-changes' })).json,
    ).not.toHaveProperty('@odata.deltaLink');
    expect((await put(true)).status).toBe(204);
    expect(
      (await call('GET', 'products?$select=name', { prefer: 'odata.track-changes' })).json,
    ).toHaveProperty('@odata.deltaLink');
    expect((await put(false)).status).toBe(400);
  });

  it('shows new columns late in metadata, unless strong consistency is asked for', async () => {
    const { call, org, clock } = await startDataverse();
    org.switches.metadataCacheSeconds = 30;
    await call('POST', `${OPPORTUNITY}/Attributes`, { body: textColumn('new_ReferralId') });
    const path = `${OPPORTUNITY}/Attributes(LogicalName='new_referralid')`;
    clock.advance(1000);

    expect((await call('GET', path)).status).toBe(404);
    expect((await call('GET', path, { headers: { consistency: 'Strong' } })).status).toBe(200);
    clock.advance(30_000);
    expect((await call('GET', path)).status).toBe(200);
  });

  it('takes a customizer', async () => {
    const { call, org } = await startDataverse();
    org.switches.customizer = false;

    const answer = await call('POST', `${OPPORTUNITY}/Attributes`, { body: textColumn('new_ReferralId') });

    expect(errorOf(answer)).toEqual({ status: 403, code: '0x80040220' });
    expect(messageOf(answer)).toContain('prvCreateAttribute');
  });
});
