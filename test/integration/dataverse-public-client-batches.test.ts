/** The same library with batches and with change tracking. */
import type { DynamicsWebApi } from 'dynamics-web-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  type OpportunityRow,
  openPublicClient,
  type PublicClient,
} from '../support/public-dataverse-client.ts';

let opened: PublicClient;
let sandbox: Sandbox;
let org: DataverseOrg;
let client: DynamicsWebApi;
let seed: PublicClient['seed'];

beforeAll(async () => {
  opened = await openPublicClient();
  ({ sandbox, org, client, seed } = opened);
});
afterAll(() => opened.sandbox.close());
beforeEach(() => opened.clear());

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
