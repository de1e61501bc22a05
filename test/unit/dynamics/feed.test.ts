import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.ts';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import type { OpportunityPage } from '../../../src/core/ports.ts';
import {
  type Answer,
  API,
  call,
  collect,
  createTestCrm,
  expectBatch,
  expectGet,
  expectMetadata,
  failure,
  HOST,
  OPPORTUNITY,
  OUR_USER,
  opportunity,
  opportunityId,
  ROOT,
  rows,
  SELECTION,
  TABLES,
  unsentRequests,
} from './support.ts';

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(unsentRequests()).toEqual([]));

const delta = (token: number): { '@odata.deltaLink': string } => ({
  '@odata.deltaLink': `${API}/opportunities?$select=name&$deltatoken=${token}%2108%2f22`,
});
const deltaPath = (token: number): string => `opportunities?$select=name&$deltatoken=${token}!08/22`;
const deletedRow = (number: number) => ({
  '@odata.context': `${API}/$metadata#opportunities/$deletedEntity`,
  id: opportunityId(number).toUpperCase(),
  reason: 'deleted',
});
const idsOf = (pages: readonly OpportunityPage[]): string[] =>
  pages.flatMap(({ records }) => records.map(({ id }) => id));
const cursorOf = (pages: readonly OpportunityPage[]): string => pages.at(-1)?.next ?? '';

/** A first read of one opportunity; resolves with the cursor behind it. */
async function firstRead(selection: CrmSelection = SELECTION, token = 1): Promise<string> {
  expectMetadata();
  expectGet({ ...rows([], delta(token)) });
  return cursorOf(await collect(createTestCrm({ selection }).crm.changes(null, call())));
}

const WITH_RELATED: CrmSelection = {
  ...SELECTION,
  paths: [...SELECTION.paths, 'customerid.name', 'transactioncurrencyid.isocurrencycode', 'campaignid.name'],
  people: ['owner', 'primaryContact', 'connections'],
  products: true,
  customer: { name: 'customerid.name' },
};

describe('the first read', () => {
  it('asks for tracking with nothing but a list of columns, and decides the scope itself', async () => {
    const asked: [string, string | undefined][] = [];
    const see = (path: string, headers: Readonly<Record<string, string>>): void =>
      void asked.push([path, headers.prefer]);
    expectMetadata();
    expectGet(
      rows(
        [
          opportunity(1),
          opportunity(2, { cosell_sync: false }),
          opportunity(3, { cosell_sync: null, cosell_referralid: 'r' }),
        ],
        { '@odata.nextLink': `${API}/opportunities?$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E` },
      ),
      see,
    );
    expectGet(rows([opportunity(4, { _modifiedby_value: OUR_USER })], delta(1)), see);
    const { crm, counters } = createTestCrm();

    const pages = await collect(crm.changes(null, call()));

    expect(asked).toEqual([
      [
        'opportunities?$select=opportunityid,modifiedon,createdon,_modifiedby_value,_customerid_value,cosell_referralid,name,salesstage,statuscode,cosell_status,cosell_sync',
        'odata.track-changes,odata.maxpagesize=2000',
      ],
      ['opportunities?$skiptoken=<cookie pagenumber="2" />', 'odata.track-changes,odata.maxpagesize=2000'],
    ]);
    expect(idsOf(pages)).toEqual([opportunityId(1), opportunityId(3), opportunityId(4)]);
    expect(pages.map(({ last }) => last)).toEqual([false, true]);
    expect(pages[1]?.records[0]).toMatchObject({
      version: 'W/"1004"',
      modifiedAt: '2026-11-20T17:59:20.000Z',
      modifiedByUs: true,
      deleted: false,
      stageChangedAt: null,
    });
    expect(counters.requests).toBe(3);
  });

  it('tells options as labels, and as numbers where the mapping names the number', async () => {
    expectMetadata();
    expectGet(rows([opportunity(1), opportunity(2, { salesstage: 2, statuscode: 100000003 })], delta(1)));
    const { crm } = createTestCrm();

    const [page] = await collect(crm.changes(null, call()));

    expect(page?.records.map(({ values }) => [values.statuscode, values.salesstage])).toEqual([
      ['In Progress', 'Qualify'],
      ['No budget', 2],
    ]);
  });

  it('names every mapped column that the environment lacks', async () => {
    expectMetadata();
    // Neither a lookup of the opportunity nor a table below it.
    expectBatch((items) =>
      items.map(
        (item): Answer => (item[0]?.path === 'WhoAmI' ? { body: { UserId: OUR_USER } } : failure(404, '')),
      ),
    );
    const selection = {
      ...SELECTION,
      paths: ['name', 'cosell_missing', 'customerid.cosell_nope', 'nothing.at_all'],
    };
    const { crm } = createTestCrm({ selection });

    const error = await collect(crm.changes(null, call())).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map((text) => /column (\S+),/.exec(text)?.[1])).toEqual([
      'cosell_missing',
      'customerid.cosell_nope',
      'nothing.at_all',
    ]);
  });

  it('reads all that is around the opportunities in scope with one batch', async () => {
    const asked: string[] = [];
    expectMetadata();
    expectGet(rows([opportunity(1), opportunity(2, { cosell_sync: false })], delta(1)));
    expectBatch((items) => {
      asked.push(...items.map(([part]) => part?.path ?? ''));
      return [
        rows([
          opportunity(1, {
            _customerid_value: '30000000-0000-4000-8000-000000000001',
            customerid_account: null,
            customerid_contact: {
              contactid: 'c',
              fullname: 'Ada Byron',
              parentcustomerid_account: { name: 'Contoso' },
            },
            transactioncurrencyid: { isocurrencycode: 'EUR' },
            campaignid: null,
            owninguser: {
              firstname: 'Sam',
              lastname: 'Seller',
              internalemailaddress: 'Sam@Contoso.example',
              address1_telephone1: null,
              mobilephone: '+1 555 0100',
            },
            parentcontactid: null,
          }),
        ]),
        rows([
          {
            _opportunityid_value: opportunityId(1),
            _productid_value: '40000000-0000-4000-8000-000000000001',
            productid: { name: 'GTX' },
          },
          {
            opportunityproductid: '40000000-0000-4000-8000-000000000002',
            _opportunityid_value: opportunityId(1),
            _productid_value: null,
            productdescription: 'Write-in',
          },
        ]),
        rows([
          {
            _record1id_value: opportunityId(1),
            record2id_contact: {
              firstname: 'Con',
              lastname: 'Tact',
              emailaddress1: 'con@fabrikam.example',
              telephone1: '1',
            },
            record2id_systemuser: null,
          },
          {
            _record1id_value: opportunityId(1),
            record2id_contact: null,
            record2id_systemuser: {
              firstname: 'Col',
              lastname: 'League',
              internalemailaddress: 'col@contoso.example',
            },
          },
        ]),
      ];
    });
    const { crm, counters } = createTestCrm({ selection: WITH_RELATED });

    const [page] = await collect(crm.changes(null, call()));

    expect(page?.records).toHaveLength(1);
    expect(page?.records[0]).toMatchObject({
      customerId: '30000000-0000-4000-8000-000000000001',
      values: {
        'customerid.name': 'Contoso',
        'transactioncurrencyid.isocurrencycode': 'EUR',
        'campaignid.name': null,
      },
      products: [
        { id: '40000000-0000-4000-8000-000000000001', name: 'GTX' },
        { id: '40000000-0000-4000-8000-000000000002', name: 'Write-in' },
      ],
      people: {
        owner: [{ firstName: 'Sam', lastName: 'Seller', email: 'sam@contoso.example', phone: '+1 555 0100' }],
        connections: [{ email: 'con@fabrikam.example' }],
        connectedUsers: [{ email: 'col@contoso.example' }],
      },
    });
    expect(asked[0]).toContain(
      `$filter=Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)&@p1='opportunityid'&@p2=["${opportunityId(1)}"]`,
    );
    expect(asked[0]).toContain('parentcustomerid_account($select=accountid,name)');
    expect(counters.requests).toBe(3);
  });

  it('joins the values of a child table, whatever form its name has in the mapping', async () => {
    const child = {
      set: 'cosell_solutions',
      key: 'cosell_solutionid',
      columns: [
        { name: 'cosell_code', type: 'String' },
        {
          name: 'cosell_opportunity',
          type: 'Lookup',
          targets: ['opportunity'],
          schemaName: 'cosell_Opportunity',
        },
      ],
    };
    expectMetadata();
    expectMetadata({ cosell_solution: child });
    expectGet(rows([opportunity(1), opportunity(2)], delta(1)));
    expectBatch(() => [
      rows([opportunity(1), opportunity(2)]),
      rows([
        { _cosell_opportunity_value: opportunityId(1), cosell_code: 'SOL-1' },
        { _cosell_opportunity_value: opportunityId(1), cosell_code: 'SOL-2' },
      ]),
    ]);
    const selection = { ...SELECTION, paths: ['name', 'cosell_solutions.cosell_code'] };
    const { crm } = createTestCrm({ selection });

    const [page] = await collect(crm.changes(null, call()));

    expect(page?.records.map(({ values }) => values['cosell_solutions.cosell_code'])).toEqual([
      'SOL-1;SOL-2',
      null,
    ]);
  });
});

describe('the next reads', () => {
  it('take up the link with one request when nothing changed, in a new process too', async () => {
    const cursor = await firstRead();
    const asked: [string, string | undefined][] = [];
    expectGet(rows([], delta(2)), (path, headers) => asked.push([path, headers.prefer]));
    const { crm, counters } = createTestCrm();

    const pages = await collect(crm.changes(cursor, call()));

    expect(asked).toEqual([[deltaPath(1), 'odata.maxpagesize=2000']]);
    expect(counters.requests).toBe(1);
    expect(pages).toMatchObject([{ records: [], last: true, serverTime: '2026-11-20T18:00:00.000Z' }]);
    expect(JSON.parse(cursorOf(pages)).link).toContain('deltatoken=2%2108');
  });

  it('keep the link encoded as it came', async () => {
    const cursor = await firstRead();

    expect(JSON.parse(cursor).link).toBe(`${ROOT}/opportunities?$select=name&$deltatoken=1%2108%2f22`);
  });

  it('bring changed rows in scope and every deleted row', async () => {
    const cursor = await firstRead();
    expectGet(rows([opportunity(1), opportunity(2, { cosell_sync: false }), deletedRow(9)], delta(2)));
    const { crm, counters } = createTestCrm();

    const pages = await collect(crm.changes(cursor, call()));

    expect(pages[0]?.records.map(({ id, deleted }) => [id, deleted])).toEqual([
      [opportunityId(1), false],
      [opportunityId(9), true],
    ]);
    expect(pages[0]?.restarted).toBeUndefined();
    expect(counters.requests).toBe(1);
  });

  it('start over from the same link when they were cut off between two pages', async () => {
    const cursor = await firstRead();
    expectGet(rows([opportunity(1)], { '@odata.nextLink': `${API}/opportunities?$skiptoken=2` }));
    expectGet(rows([], delta(2)));
    const { crm } = createTestCrm();

    const pages = await collect(crm.changes(cursor, call()));

    expect(JSON.parse(pages[0]?.next ?? '').link).toBe(JSON.parse(cursor).link);
    expect(JSON.parse(pages[1]?.next ?? '').link).toContain('deltatoken=2%2108');
  });

  it('stop in words when the pages lead round in a circle', async () => {
    const cursor = await firstRead();
    const again = { '@odata.nextLink': `${API}/opportunities?$skiptoken=2` };
    expectGet(rows([opportunity(1)], again));
    expectGet(rows([opportunity(1)], again));
    const { crm, counters } = createTestCrm();

    await expect(collect(crm.changes(cursor, call()))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the list of pages does not end'),
    });
    expect(counters.requests).toBe(2);
  });

  it('ask again what the options are called when a row has one that nobody knew', async () => {
    const cursor = await firstRead();
    expectGet(rows([opportunity(1, { salesstage: 7 })], delta(2)));
    const columns = OPPORTUNITY.columns.map((column) =>
      column.name === 'salesstage' ? { ...column, options: [[7, 'Negotiate'] as const] } : column,
    );
    expectMetadata({ ...TABLES, opportunity: { ...OPPORTUNITY, columns } });
    const { crm, clock } = createTestCrm();
    clock.advance(3_600_000);

    const [page] = await collect(crm.changes(cursor, call()));

    expect(page?.records[0]?.values.salesstage).toBe('Negotiate');
  });

  it('are delivered without what is around a row that is gone by the time it is read', async () => {
    const cursor = await firstRead(WITH_RELATED);
    expectBatch(() => [rows([opportunity(1)], delta(2)), rows([]), rows([]), rows([])]);
    expectBatch(() => [rows([]), rows([]), rows([])]);
    const { crm } = createTestCrm({ selection: WITH_RELATED });

    const [page] = await collect(crm.changes(cursor, call()));

    expect(page?.records[0]?.values).not.toHaveProperty('customerid.name');
    expect(page?.records[0]?.people).toEqual({});
  });
});

describe('what changes around opportunities', () => {
  it('is asked for in the request that takes up the link', async () => {
    const cursor = await firstRead(WITH_RELATED);
    const asked: [string, string | undefined][] = [];
    expectBatch((items) => {
      asked.push(
        ...items.map(([part]): [string, string | undefined] => [part?.path ?? '', part?.headers.prefer]),
      );
      return [rows([], delta(2)), rows([]), rows([]), rows([])];
    });
    const { crm, counters } = createTestCrm({ selection: WITH_RELATED });

    const pages = await collect(crm.changes(cursor, call()));

    expect(counters.requests).toBe(1);
    expect(pages[0]?.records).toEqual([]);
    expect(asked[0]).toEqual([deltaPath(1), 'odata.maxpagesize=2000']);
    expect(asked[1]?.[0]).toContain('customerid_account/modifiedon ge 2026-11-20T17:55:00Z');
    expect(asked[1]?.[0]).toContain('(cosell_sync eq true or cosell_referralid ne null)');
    // Rates of exchange change every day, and a deal does not with them.
    expect(asked[1]?.[0]).not.toContain('transactioncurrencyid');
  });

  it('makes the opportunity come once', async () => {
    const cursor = await firstRead(WITH_RELATED);
    const changed = {
      opportunityid: opportunityId(5),
      customerid_account: { modifiedon: '2026-11-20T17:58:00Z' },
    };
    expectBatch(() => [rows([], delta(2)), rows([changed]), rows([]), rows([])]);
    expectBatch(() => [
      rows([opportunity(5, { customerid_account: { name: 'New name' } })]),
      rows([]),
      rows([]),
    ]);
    const { crm } = createTestCrm({ selection: WITH_RELATED });
    const first = await collect(crm.changes(cursor, call()));
    expectBatch(() => [rows([], delta(3)), rows([changed]), rows([]), rows([])]);

    const second = await collect(crm.changes(cursorOf(first), call()));

    expect(first[0]?.records[0]?.values['customerid.name']).toBe('New name');
    expect(idsOf(second)).toEqual([]);
  });

  it('does not hold up the opportunities themselves when it cannot be told', async () => {
    const cursor = await firstRead(WITH_RELATED);
    expectBatch(() => [rows([deletedRow(1)], delta(2)), failure(403, '0x80040220'), rows([]), rows([])]);
    const { crm, logged } = createTestCrm({ selection: WITH_RELATED });

    const pages = await collect(crm.changes(cursor, call()));

    expect(idsOf(pages)).toEqual([opportunityId(1)]);
    expect(logged).toEqual(['Dataverse did not tell what changed around opportunities']);
  });
});

describe('a link that died', () => {
  it.each([
    ['expired', 400, '0x80044352'],
    ['expired, as gone', 410, ''],
    ['not understood', 400, ''],
  ])('%s: everything is read again, and the walk says so', async (_name, status, code) => {
    const cursor = await firstRead();
    expectGet(failure(status, code));
    expectMetadata();
    expectGet(rows([opportunity(1)], delta(7)));
    const { crm, logged } = createTestCrm();

    const pages = await collect(crm.changes(cursor, call()));

    expect(pages).toMatchObject([{ restarted: true, last: true }]);
    expect(idsOf(pages)).toEqual([opportunityId(1)]);
    expect(JSON.parse(cursorOf(pages)).link).toContain('deltatoken=7%2108');
    expect(logged).toHaveLength(1);
  });

  it('inside a batch, too', async () => {
    const cursor = await firstRead(WITH_RELATED);
    expectBatch(() => [failure(400, '0x80044352'), rows([]), rows([]), rows([])]);
    expectMetadata();
    expectGet(rows([], delta(7)));
    const { crm } = createTestCrm({ selection: WITH_RELATED });

    const pages = await collect(crm.changes(cursor, call()));

    expect(pages).toMatchObject([{ restarted: true }]);
  });

  it.each([
    ['rights', 403, '0x80040220', 'forbidden'],
    ['a missing table', 404, '0x8006088a', 'configuration'],
    ['a pause', 429, '0x80072322', 'rate-limited'],
    ['a server that is down', 503, '', 'unavailable'],
  ])('is not what %s means', async (_name, status, code, expected) => {
    const cursor = await firstRead();
    expectGet(failure(status, code));
    if (status === 429 || status === 503) expectGet(failure(status, code));
    const { crm } = createTestCrm();

    await expect(collect(crm.changes(cursor, call()))).rejects.toMatchObject({ code: expected });
  });

  it('a cursor that cannot be read is one that leads nowhere', async () => {
    expectMetadata();
    expectGet(rows([opportunity(1)], delta(7)));
    const { crm } = createTestCrm();

    const pages = await collect(crm.changes('{"v":0}', call()));

    expect(pages).toMatchObject([{ restarted: true, records: [{ id: opportunityId(1) }] }]);
  });
});

describe('links to elsewhere', () => {
  it.each([
    'https://evil.example/api/data/v9.2/opportunities?$deltatoken=1',
    `${HOST}:8443${ROOT}/x`,
    `${HOST}/elsewhere`,
    'http://contoso.crm.example/api/data/v9.2/x',
  ])('are not followed: %s', async (link) => {
    expectMetadata();
    expectGet(rows([opportunity(1)], { '@odata.nextLink': link }));
    const { crm } = createTestCrm();

    await expect(collect(crm.changes(null, call()))).rejects.toMatchObject({ code: 'configuration' });
  });

  it('go to the configured host when they name the environment’s api host', async () => {
    expectMetadata();
    expectGet(
      rows([], { '@odata.deltaLink': `https://contoso.api.crm.example${ROOT}/opportunities?$deltatoken=3` }),
    );
    const { crm } = createTestCrm();

    const pages = await collect(crm.changes(null, call()));

    expect(JSON.parse(cursorOf(pages)).link).toBe(`${ROOT}/opportunities?$deltatoken=3`);
  });
});

describe('an environment that does not track changes', () => {
  const old = { modifiedon: '2026-11-20T17:00:00Z' };

  it.each([
    ['a refusal', failure(400, '0x80072491')],
    ['rights on some rows only', failure(403, '0x80040220')],
  ])('is polled by time after %s', async (_name, refusal) => {
    const asked: string[] = [];
    expectMetadata();
    expectGet(refusal);
    expectGet(rows([opportunity(1), opportunity(2, { ...old, cosell_sync: false })]), (path) =>
      asked.push(path),
    );
    const { crm, logged } = createTestCrm();

    const pages = await collect(crm.changes(null, call()));

    expect(idsOf(pages)).toEqual([opportunityId(1)]);
    expect(asked[0]).toContain('$filter=(cosell_sync eq true or cosell_referralid ne null)&');
    expect(asked[0]).toContain('$orderby=modifiedon asc,opportunityid asc');
    expect(logged).toHaveLength(1);
  });

  it('is polled after a first read that ended without a link', async () => {
    expectMetadata();
    expectGet(rows([opportunity(1)]));
    const first = createTestCrm();
    const pages = await collect(first.crm.changes(null, call()));
    const asked: string[] = [];
    expectGet(rows([]), (path) => asked.push(path));

    await collect(createTestCrm().crm.changes(cursorOf(pages), call()));

    expect(idsOf(pages)).toEqual([opportunityId(1)]);
    expect(asked[0]).toContain('modifiedon ge 2026-11-20T17:55:00Z');
  });

  it('costs one request a run when nothing changed, and delivers rows of the overlap once', async () => {
    expectMetadata();
    expectGet(rows([opportunity(1), opportunity(2)]));
    const first = await collect(createTestCrm({ changeTracking: 'off' }).crm.changes(null, call()));
    expectGet(rows([opportunity(1), opportunity(2, { '@odata.etag': 'W/"2000"' })]));
    const { crm, counters } = createTestCrm({ changeTracking: 'off' });
    const second = await collect(crm.changes(cursorOf(first), call()));
    expectGet(rows([opportunity(1), opportunity(2, { '@odata.etag': 'W/"2000"' })]));

    const third = await collect(crm.changes(cursorOf(second), call()));

    expect(idsOf(second)).toEqual([opportunityId(2)]);
    expect(idsOf(third)).toEqual([]);
    expect(counters.requests).toBe(2);
  });

  it('goes on from the last time it met when it was cut off between pages', async () => {
    expectMetadata();
    expectGet(rows([opportunity(1, old)], { '@odata.nextLink': `${API}/opportunities?$skiptoken=2` }));
    expectGet(rows([opportunity(2)]));
    const first = await collect(createTestCrm({ changeTracking: 'off' }).crm.changes(null, call()));
    const asked: string[] = [];
    expectGet(rows([opportunity(1, old), opportunity(2)]), (path) => asked.push(path));

    const resumed = await collect(
      createTestCrm({ changeTracking: 'off' }).crm.changes(first[0]?.next ?? '', call()),
    );

    expect(asked[0]).toContain('modifiedon ge 2026-11-20T16:55:00Z');
    expect(idsOf(resumed)).toEqual([opportunityId(2)]);
  });
});

describe('the client', () => {
  it('gets a fresh token when one is refused, once', async () => {
    const tokens: string[] = [];
    const cursor = await firstRead();
    const see = (_path: string, headers: Readonly<Record<string, string>>): void =>
      void tokens.push(headers.authorization ?? '');
    expectGet(failure(401, '0x8005f101'), see);
    expectGet(rows([], delta(2)), see);
    const { crm } = createTestCrm();

    await collect(crm.changes(cursor, call()));

    expect(tokens).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('waits as long as it is told to after too many requests', async () => {
    const cursor = await firstRead();
    expectGet({ ...failure(429, '0x80072322'), headers: { 'retry-after': '7' } });
    expectGet(rows([], delta(2)));
    const { crm, clock, counters } = createTestCrm();

    await collect(crm.changes(cursor, call()));

    expect(Math.max(...clock.waited)).toBeGreaterThanOrEqual(7_000);
    expect(counters).toEqual({ requests: 2, retries: 1 });
  });

  it('tells a page for people from an answer', async () => {
    const cursor = await firstRead();
    expectGet({ text: '<html>maintenance</html>' });
    const { crm } = createTestCrm();

    await expect(collect(crm.changes(cursor, call()))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
