/**
 * A client library that knows nothing of this project works against the stand-in as it is: what it sends, and what it
 * makes of the answers, is not ours.
 */
import { DynamicsWebApi } from 'dynamics-web-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

interface OpportunityRow {
  readonly opportunityid: string;
  readonly name: string;
  readonly estimatedvalue: number | null;
  readonly statecode: number;
  readonly '@odata.etag': string;
  readonly parentaccountid?: { readonly name: string };
  readonly customerid_account?: { readonly name: string };
}

const REFERRAL_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

let sandbox: Sandbox;
let org: DataverseOrg;
let client: DynamicsWebApi;
let accountId: string;

beforeAll(async () => {
  sandbox = await startSandbox({ frozenAt: new Date('2026-03-02T09:00:00Z'), dynamics: {} });
  if (sandbox.dynamics === null) throw new TypeError('The sandbox has no Dynamics 365.');
  org = sandbox.dynamics;
  org.addKey('opportunity', 'msft_ReferralIdentifierKey', ['msft_referralidentifier']);
  accountId = org.load('account', { name: "O'Neil & Söhne" });
  const { urls, credentials } = sandbox;
  client = new DynamicsWebApi({
    serverUrl: String(urls.dynamics),
    dataApi: { version: '9.2' },
    async onTokenRefresh() {
      const answer = await fetch(`${urls.entra}/${credentials.dynamics.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: credentials.dynamics.clientId,
          client_secret: credentials.dynamics.clientSecret,
          scope: `${urls.dynamics}/.default`,
        }),
      });
      const { access_token: token }: { access_token?: unknown } = JSON.parse(await answer.text());
      return String(token);
    },
  });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  for (const { opportunityid } of org.list('opportunity'))
    org.as(org.adminUserId).delete('opportunity', String(opportunityid));
});

/** Opportunities `Deal 1` … `Deal n` of the account, each worth a hundred more than the one before. */
function seed(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    org.load('opportunity', {
      name: `Deal ${index + 1}`,
      customerid: { table: 'account', id: accountId },
      estimatedvalue: (index + 1) * 100,
      description: index % 2 === 0 ? 'even' : null,
    }),
  );
}

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

describe('dynamics-web-api batches', () => {
  it('reads and writes in one request, and tells each failure on its own', async () => {
    const [first = '', second = ''] = seed(2);
    const before = sandbox.requestCounts().dynamics ?? 0;

    client.startBatch();
    client.retrieveMultiple({ collection: 'accounts', select: ['name'] });
    client.update({
      collection: 'opportunities',
      key: first,
      data: { description: 'in a batch' },
      inChangeSet: false,
    });
    client.update({
      collection: 'opportunities',
      key: second,
      ifmatch: 'W/"1"',
      data: { description: 'never' },
      inChangeSet: false,
    });
    client.create({ collection: 'opportunities', data: { name: 'In a batch' }, inChangeSet: false });
    const results = await client.executeBatch({ continueOnError: true });

    expect((sandbox.requestCounts().dynamics ?? 0) - before).toBe(1);
    expect(results[0]).toMatchObject({ value: [{ name: "O'Neil & Söhne" }] });
    expect(results[2]).toMatchObject({ status: 412 });
    expect(org.find('opportunity', first)?.description).toBe('in a batch');
    expect(org.find('opportunity', second)?.description).toBeNull();
    expect(org.find('opportunity', String(results[3]))?.name).toBe('In a batch');
  });

  it('makes rows that refer to each other, all of them or none', async () => {
    client.startBatch();
    client.create({ collection: 'accounts', data: { name: 'Together' }, contentId: '1' });
    client.create({
      collection: 'opportunities',
      data: { name: 'With it', 'customerid_account@odata.bind': '$1' },
      contentId: '2',
    });
    await client.executeBatch();
    client.startBatch();
    client.create({ collection: 'accounts', data: { name: 'Alone' }, contentId: '1' });
    client.create({ collection: 'opportunities', data: { name: 'x'.repeat(301) }, contentId: '2' });
    await expect(client.executeBatch()).rejects.toBeDefined();

    const together = org.list('account').find(({ name }) => name === 'Together');
    expect(org.list('opportunity')).toMatchObject([
      { name: 'With it', customerid: { table: 'account', id: together?.accountid } },
    ]);
    expect(org.list('account').some(({ name }) => name === 'Alone')).toBe(false);
  });
});

describe('dynamics-web-api follows changes', () => {
  it('with the delta link of the last read: new, changed and deleted rows, then nothing', async () => {
    const [kept = '', gone = ''] = seed(5);
    const request = { collection: 'opportunities', select: ['name'], trackChanges: true, maxPageSize: 2 };
    const admin = org.as(org.adminUserId);

    let page = await client.retrieveMultiple<OpportunityRow>(request);
    let rows = page.value.length;
    while (page.oDataNextLink !== undefined) {
      page = await client.retrieveMultiple<OpportunityRow>(request, page.oDataNextLink);
      rows += page.value.length;
    }
    const link = page.oDataDeltaLink;
    admin.update('opportunity', kept, { name: 'Changed' });
    admin.delete('opportunity', gone);
    const made = admin.create('opportunity', { name: 'Made' });
    const changes = await client.retrieveMultiple<Record<string, unknown>>(
      { collection: 'opportunities', select: ['name'] },
      link,
    );
    const quiet = await client.retrieveMultiple(request, changes.oDataDeltaLink);

    expect(rows).toBe(5);
    expect(changes.value).toMatchObject([
      { opportunityid: kept, name: 'Changed' },
      { opportunityid: made, name: 'Made' },
      { id: gone, reason: 'deleted' },
    ]);
    expect(quiet.value).toEqual([]);
  });

  it('until the link is too old, which it is told', async () => {
    seed(1);
    const request = { collection: 'opportunities', select: ['name'], trackChanges: true };
    const { oDataDeltaLink } = await client.retrieveMultiple(request);
    org.expireDeltaLinks('opportunity');

    await expect(client.retrieveMultiple(request, oDataDeltaLink)).rejects.toMatchObject({
      code: '0x80044352',
    });
  });
});
