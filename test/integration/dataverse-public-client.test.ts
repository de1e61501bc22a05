/**
 * A client library that knows nothing of this project works against the stand-in as it is: what it sends, and what it
 * makes of the answers, is not ours.
 */
import type { DynamicsWebApi } from 'dynamics-web-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import {
  type OpportunityRow,
  openPublicClient,
  type PublicClient,
} from '../support/public-dataverse-client.ts';

let opened: PublicClient;
let org: DataverseOrg;
let client: DynamicsWebApi;
let accountId: string;
let seed: PublicClient['seed'];

beforeAll(async () => {
  opened = await openPublicClient();
  ({ org, client, accountId, seed } = opened);
});
afterAll(() => opened.sandbox.close());
beforeEach(() => opened.clear());

const REFERRAL_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

const names = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);

describe('dynamics-web-api reads', () => {
  it('who it is', async () => {
    const who = await client.callFunction<{ UserId: string }>('WhoAmI');

    expect(who.UserId).toBe(org.applicationUserId);
  });

  it('filtered, ordered rows with a count, their labels and the rows behind lookups', async () => {
    seed(5);

    const { value, oDataCount } = await client.retrieveMultiple<
      OpportunityRow & Readonly<Record<string, unknown>>
    >({
      collection: 'opportunities',
      select: ['name', 'estimatedvalue', 'statecode'],
      filter: `estimatedvalue gt 200 and customerid_account/name eq 'O''Neil & Söhne'`,
      orderBy: ['estimatedvalue desc'],
      expand: [{ property: 'customerid_account', select: ['name'] }],
      includeAnnotations: '*',
      count: true,
    });

    expect(names(value)).toEqual(['Deal 5', 'Deal 4', 'Deal 3']);
    expect(oDataCount).toBe(3);
    expect(value[0]?.customerid_account?.name).toBe("O'Neil & Söhne");
    expect(value[0]?.['statecode@OData.Community.Display.V1.FormattedValue']).toBe('Open');
  });

  it('page by page, and all pages at once', async () => {
    seed(7);
    const request = { collection: 'opportunities', select: ['name'], orderBy: ['name'], maxPageSize: 3 };

    const first = await client.retrieveMultiple<OpportunityRow>(request);
    const second = await client.retrieveMultiple<OpportunityRow>(request, first.oDataNextLink);
    const all = await client.retrieveAll<OpportunityRow>(request);

    expect([first.value.length, second.value.length]).toEqual([3, 3]);
    expect(names([...first.value, ...second.value])).toEqual([1, 2, 3, 4, 5, 6].map((n) => `Deal ${n}`));
    expect(all.value).toHaveLength(7);
    expect(await client.count({ collection: 'opportunities', filter: "description eq 'even'" })).toBe(4);
  });

  it('many by id through the query function In', async () => {
    const [first, , third] = seed(3);

    const { value } = await client.retrieveMultiple<OpportunityRow>({
      collection: 'opportunities',
      select: ['name'],
      filter: 'Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)',
      queryParams: ["@p1='opportunityid'", `@p2=["${first}","${third}"]`],
    });

    expect(names(value).sort()).toEqual(['Deal 1', 'Deal 3']);
  });

  it('what the metadata says of a table, its key and its choices', async () => {
    const table = await client.retrieveEntity<{ ChangeTrackingEnabled: boolean; Keys: readonly object[] }>({
      key: "LogicalName='opportunity'",
      select: ['MetadataId', 'ChangeTrackingEnabled'],
      expand: [{ property: 'Keys', select: ['KeyAttributes', 'EntityKeyIndexStatus'] }],
    });
    const choices = await client.retrieveAttribute<{ OptionSet: { Options: readonly { Value: number }[] } }>({
      entityKey: "LogicalName='opportunity'",
      attributeKey: "LogicalName='statuscode'",
      castType: 'Microsoft.Dynamics.CRM.StatusAttributeMetadata',
      select: ['LogicalName'],
      expand: [{ property: 'OptionSet' }],
    });

    expect(table.ChangeTrackingEnabled).toBe(true);
    expect(table.Keys).toMatchObject([{ KeyAttributes: ['msft_referralidentifier'] }]);
    expect(choices.OptionSet.Options.map(({ Value }) => Value)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('dynamics-web-api writes', () => {
  it('a row with a bound lookup, and gets its id or the row', async () => {
    const data = {
      name: 'New',
      estimatedvalue: 10.5,
      'customerid_account@odata.bind': `/accounts(${accountId})`,
    };

    const id = await client.create({ collection: 'opportunities', data });
    const row = await client.create<object, OpportunityRow>({
      collection: 'opportunities',
      data: { ...data, name: 'Newer' },
      returnRepresentation: true,
      select: ['name', 'estimatedvalue'],
    });

    expect(org.find('opportunity', String(id))).toMatchObject({
      name: 'New',
      customerid: { table: 'account', id: accountId },
    });
    expect(row).toMatchObject({ name: 'Newer', estimatedvalue: 10.5 });
  });

  it('under the version that it read, and is refused under an older one', async () => {
    const [key = ''] = seed(1);
    const read = await client.retrieve<OpportunityRow>({
      collection: 'opportunities',
      key,
      select: ['name'],
    });
    const ifmatch = read['@odata.etag'];
    const update = { collection: 'opportunities', key, ifmatch };

    const done = await client.update({ ...update, data: { name: 'Renamed' } });
    const refused = await client.update({ ...update, data: { name: 'Too late' } });
    await client.updateSingleProperty({
      collection: 'opportunities',
      key,
      fieldValuePair: { description: 'one column' },
    });

    // The library says false where the server says 412.
    expect([done, refused]).toEqual([true, false]);
    expect(org.find('opportunity', key)).toMatchObject({ name: 'Renamed', description: 'one column' });
  });

  it('by alternate key: creates, then changes, then only what is new', async () => {
    const key = `msft_referralidentifier='${REFERRAL_ID}'`;
    const upsert = (name: string, ifnonematch?: string) =>
      client.upsert<object, OpportunityRow | null>({
        collection: 'opportunities',
        key,
        data: { name },
        returnRepresentation: true,
        select: ['name'],
        ...(ifnonematch === undefined ? {} : { ifnonematch }),
      });

    const made = await upsert('By key');
    const changed = await upsert('By key again');
    const refused = await upsert('Not this one', '*');
    const read = await client.retrieve<OpportunityRow>({
      collection: 'opportunities',
      key,
      select: ['name'],
    });

    expect(changed?.opportunityid).toBe(made?.opportunityid);
    expect(refused).toBeNull();
    expect(read.name).toBe('By key again');
    expect(org.list('opportunity')).toHaveLength(1);
  });

  it('deletes a row, which is then not there', async () => {
    const [key = ''] = seed(1);

    await client.deleteRecord({ collection: 'opportunities', key });

    await expect(client.retrieve({ collection: 'opportunities', key })).rejects.toMatchObject({
      status: 404,
      code: '0x80040217',
    });
  });

  it('wins, loses and reopens by the actions that the product has for it', async () => {
    const [won = '', lost = ''] = seed(2);
    const close = (action: string, id: string, status: number): Promise<unknown> =>
      client.callAction({
        actionName: action,
        action: {
          Status: status,
          OpportunityClose: {
            '@odata.type': 'Microsoft.Dynamics.CRM.opportunityclose',
            subject: 'Closed',
            'opportunityid@odata.bind': `/opportunities(${id})`,
          },
        },
      });

    await close('WinOpportunity', won, 3);
    await close('LoseOpportunity', lost, 5);
    const again = close('WinOpportunity', won, 3);
    const byColumn = client.update({ collection: 'opportunities', key: lost, data: { statecode: 1 } });

    await expect(again).rejects.toMatchObject({ code: '0x80040515' });
    await expect(byColumn).rejects.toMatchObject({ code: '0x80100005' });
    expect(org.find('opportunity', won)).toMatchObject({ statecode: 1, statuscode: 3, actualvalue: 100 });
    await client.update({ collection: 'opportunities', key: lost, data: { statecode: 0, statuscode: 1 } });
    expect(org.find('opportunity', lost)).toMatchObject({ statecode: 0 });
    expect(org.list('opportunityclose')).toHaveLength(2);
  });

  it('adds a column to the table, as an administrator', async () => {
    const label = (text: string) => ({
      '@odata.type': 'Microsoft.Dynamics.CRM.Label',
      LocalizedLabels: [
        { '@odata.type': 'Microsoft.Dynamics.CRM.LocalizedLabel', Label: text, LanguageCode: 1033 },
      ],
    });

    await client.createAttribute({
      entityKey: "LogicalName='opportunity'",
      data: {
        '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
        AttributeType: 'String',
        AttributeTypeName: { Value: 'StringType' },
        SchemaName: 'new_FromOutside',
        MaxLength: 100,
        FormatName: { Value: 'Text' },
        RequiredLevel: { Value: 'None' },
        DisplayName: label('From outside'),
      },
    });

    expect(org.schema.get('opportunity').columns.get('new_fromoutside')).toMatchObject({
      label: 'From outside',
      maxLength: 100,
    });
  });
});
