import { describe, expect, it } from 'vitest';
import type { Tenant } from '../../../../src/sandbox/partner-center/index.ts';
import { errorOf, part, rowsOf, startPartnerCenter } from './support.ts';

function createMany(tenant: Tenant, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => String(tenant.createOwn({ name: `Deal ${n}` }).id));
}

function query(options: Readonly<Record<string, string>>): string {
  return `?${Object.entries(options)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
}

describe('filters', () => {
  it.each([
    ["status eq 'Active'", 2],
    ["status eq 'Active' and type eq 'Independent'", 1],
    ["(status eq 'Active' and (type eq 'Shared'))", 1],
    ["substatus eq 'Pending' and direction eq 'Incoming'", 1],
    ["qualification eq 'SalesQualified'", 3],
    ["customerProfile/address/country eq 'US'", 1],
    ["customerProfile/name eq 'O''Neill Ltd'", 1],
    ["team/any(t:t/email eq 'kim@partner.example')", 2],
    ["status eq 'Active' and team/any(m: m/email eq 'nobody@partner.example')", 0],
    ['updatedDateTime ge 2026-03-02T09:00:00Z', 3],
    ['updatedDateTime ge 2026-03-02T09:10:00.0000001Z', 1],
    ['updatedDateTime gt 2026-03-02T10:10:00+01:00', 1],
    ['updatedDateTime le 2026-03-02T09:05:00Z and createdDateTime lt 2026-03-02T09:05:00Z', 2],
  ])('%s finds %i', async (filter, count) => {
    const { call, clock, tenant } = await startPartnerCenter();
    tenant.createOwn({
      type: 'Independent',
      customerProfile: { name: "O'Neill Ltd", address: { country: 'US' } },
    });
    tenant.createInbound({ sibling: false });
    clock.advance(10 * 60_000);
    tenant.createOwn();

    const { status, json } = await call('GET', query({ $filter: filter }));

    expect(status).toBe(200);
    expect(rowsOf(json)).toHaveLength(count);
  });

  it('finds the referrals of an engagement by quoted and by bare GUID', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { engagementId } = tenant.createInbound();
    tenant.createOwn();

    const quoted = await call('GET', query({ $filter: `engagementId eq '${engagementId}'` }));
    const bare = await call('GET', query({ $filter: `engagementId eq ${engagementId}` }));

    expect([rowsOf(quoted.json).length, rowsOf(bare.json).length]).toEqual([2, 2]);
  });

  it.each([
    "externalReferenceId eq '006A'",
    "status ne 'Active'",
    "status eq 'Active' or status eq 'New'",
    "not (status eq 'Active')",
    "contains(name,'Deal')",
    "startswith(name,'Deal') eq true",
    "name eq 'Deal 1'",
    'details/dealValue gt 1000',
    "solutions/any(s:s/id eq 'SOL')",
  ])('refuses %s as unsupported, or ignores it when switched so', async (filter) => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 2);

    const refused = await call('GET', query({ $filter: filter }));
    tenant.switches.unsupportedFilter = 'ignore';
    const ignored = await call('GET', query({ $filter: filter }));

    expect(refused.status).toBe(400);
    expect(errorOf(refused)).toMatchObject({ target: '$filter', rule: 'unsupportedFilter' });
    expect(rowsOf(ignored.json)).toHaveLength(2);
  });

  it('keeps the supported part when it ignores the rest', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.unsupportedFilter = 'ignore';
    createMany(tenant, 2);
    tenant.createInbound({ sibling: false });

    const { json } = await call('GET', query({ $filter: "name eq 'x' and status eq 'New'" }));

    expect(rowsOf(json)).toHaveLength(1);
  });

  it.each(['status eq', "status eq 'A", '(status eq 1', 'and', "status eq 'A' status", 'eq eq eq', '%'])(
    'refuses the malformed filter %s',
    async (filter) => {
      const { call } = await startPartnerCenter();

      const answer = await call('GET', query({ $filter: filter }));

      expect([answer.status, errorOf(answer).rule]).toEqual([400, 'invalidFilter']);
    },
  );

  it('takes bare times only, unless switched to quoted ones or to none', async () => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 1);
    const bare = query({ $filter: 'updatedDateTime ge 2026-01-01T00:00:00Z' });
    const quoted = query({ $filter: "updatedDateTime ge '2026-01-01T00:00:00Z'" });
    const statuses = async () => [(await call('GET', bare)).status, (await call('GET', quoted)).status];

    const normal = await statuses();
    tenant.switches.dateLiteral = 'quoted';
    const onlyQuoted = await statuses();
    tenant.switches.dateFilter = 'unsupported';
    const none = await statuses();

    expect([normal, onlyQuoted, none]).toEqual([
      [200, 400],
      [400, 200],
      [400, 400],
    ]);
  });

  it('may take bare GUIDs only', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.guidLiteral = 'unquoted';
    const { engagementId } = tenant.createOwn();

    const answer = await call('GET', query({ $filter: `engagementId eq '${engagementId}'` }));

    expect(answer.status).toBe(400);
  });
});

describe('options', () => {
  it('orders by the two times in both directions', async () => {
    const { walk, tenant } = await startPartnerCenter();
    const [a = '', b = '', c = ''] = createMany(tenant, 3);
    tenant.edit(a, { details: { notes: 'touched' } });

    expect(await walk(query({ $orderby: 'createdDateTime asc' }))).toEqual([a, b, c]);
    expect(await walk(query({ $orderby: 'createdDateTime desc' }))).toEqual([c, b, a]);
    expect(await walk(query({ $orderby: 'updatedDateTime' }))).toEqual([b, c, a]);
    expect(await walk(query({ $orderby: 'updatedDateTime desc' }))).toEqual([a, c, b]);
  });

  it('gives only the selected fields', async () => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 1);

    const { json } = await call('GET', query({ $select: 'id,status,customerProfile' }));

    expect(Object.keys(rowsOf(json)[0] ?? {})).toEqual(['id', 'status', 'customerProfile']);
  });

  it.each([
    { $orderby: 'name' },
    { $top: '-1' },
    { $top: 'many' },
    { $search: 'x' },
    { $apply: 'x' },
    { $skiptoken: 'not-one' },
  ])('refuses %j', async (options) => {
    const { call } = await startPartnerCenter();

    const answer = await call('GET', query(options));

    expect([answer.status, errorOf(answer).rule]).toEqual([400, 'invalidQueryOption']);
  });

  it('counts the page, or everything when asked', async () => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 5);
    tenant.switches.pageSize = 2;

    const plain = await call('GET', '');
    const total = await call('GET', query({ $count: 'true' }));

    expect([plain.json['@odata.count'], total.json['@odata.count']]).toEqual([2, 5]);
  });

  it('skips and limits over page borders', async () => {
    const { walk, tenant } = await startPartnerCenter();
    const ids = createMany(tenant, 8);
    tenant.switches.pageSize = 2;

    const found = await walk(query({ $orderby: 'createdDateTime asc', $skip: '1', $top: '5' }));

    expect(found).toEqual(ids.slice(1, 6));
  });

  it('shortens a long $top to a page, or honours it', async () => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 120);

    const paged = await call('GET', query({ $top: '200' }));
    tenant.switches.longTop = 'honoured';
    const whole = await call('GET', query({ $top: '200' }));

    expect([rowsOf(paged.json).length, rowsOf(whole.json).length]).toEqual([100, 120]);
    expect(typeof paged.json['@odata.nextLink']).toBe('string');
  });
});

describe('pages', () => {
  it('hold 100 rows and link to the next by an opaque token alone', async () => {
    const { call, url, tenant } = await startPartnerCenter();
    createMany(tenant, 101);

    const first = await call('GET', query({ $orderby: 'updatedDateTime asc' }));
    const next = new URL(String(first.json['@odata.nextLink']));
    const second = await call('GET', next.search);

    expect(rowsOf(first.json)).toHaveLength(100);
    expect(next.origin + next.pathname).toBe(`${url}/v1.0/engagements/referrals`);
    expect([...next.searchParams.keys()]).toEqual(['$skiptoken']);
    expect(rowsOf(second.json)).toHaveLength(1);
    expect(second.json['@odata.nextLink']).toBeUndefined();
  });

  it.each([
    ['http', 'http://127.0.0.1', '/v1.0/engagements/referrals'],
    ['withoutEngagements', 'http://127.0.0.1', '/v1.0/referrals'],
    ['documented', 'http://127.0.0.1', '/v1.0/referrals'],
    ['foreignHost', 'http://api.partner.microsoft.com', '/v1.0/engagements/referrals'],
  ] as const)('link in the form %s when switched so', async (form, origin, path) => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 3);
    tenant.switches.pageSize = 2;
    tenant.switches.nextLink = form;

    const { json } = await call('GET', '');

    const next = new URL(String(json['@odata.nextLink']));
    expect([`${next.protocol}//${next.hostname}`, next.pathname]).toEqual([origin, path]);
  });

  it('may repeat the query beside the token', async () => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 3);
    tenant.switches.pageSize = 2;
    tenant.switches.nextLinkCarriesQuery = true;

    const { json } = await call('GET', query({ $orderby: 'updatedDateTime asc' }));

    const next = new URL(String(json['@odata.nextLink']));
    expect([...next.searchParams.keys()]).toEqual(['$orderby', '$skiptoken']);
  });

  it('have no snapshot: a row that is edited between two pages is jumped over or repeated', async () => {
    const { call, tenant } = await startPartnerCenter();
    const [a = '', b = '', c = '', d = ''] = createMany(tenant, 4);
    tenant.switches.pageSize = 2;

    const first = await call('GET', query({ $orderby: 'updatedDateTime asc' }));
    tenant.edit(a, { details: { notes: 'moved to the end' } });
    const second = await call('GET', new URL(String(first.json['@odata.nextLink'])).search);

    expect(rowsOf(first.json).map(({ id }) => id)).toEqual([a, b]);
    expect(rowsOf(second.json).map(({ id }) => id)).toEqual([d, a]);
    expect(c).not.toBe('');
  });

  it('may shift by themselves', async () => {
    const { walk, tenant } = await startPartnerCenter();
    const [a = '', b = '', c = '', d = ''] = createMany(tenant, 4);
    tenant.switches.pageSize = 2;
    tenant.switches.shiftRows = true;

    expect(await walk(query({ $orderby: 'updatedDateTime asc' }))).toEqual([a, b, d, a]);
    expect(c).not.toBe('');
  });

  it('may repeat the last row of the page before', async () => {
    const { walk, tenant } = await startPartnerCenter();
    const [a = '', b = '', c = ''] = createMany(tenant, 3);
    tenant.switches.pageSize = 2;
    tenant.switches.duplicateRows = true;

    expect(await walk(query({ $orderby: 'updatedDateTime asc' }))).toEqual([a, b, b, c]);
  });
});

describe('what a list shows', () => {
  it('lags behind: new and changed rows come later than when read by id', async () => {
    const { call, clock, tenant } = await startPartnerCenter();
    const id = String(tenant.createOwn({ name: 'Old' }).id);
    tenant.switches.listLagMs = 60_000;
    const names = async () => rowsOf((await call('GET', '')).json).map(({ name }) => name);

    const hidden = await names();
    clock.advance(60_000);
    const shown = await names();
    tenant.edit(id, { name: 'New' });
    const stale = await names();
    const direct = await call('GET', `/${id}`);
    clock.advance(60_000);
    const fresh = await names();

    expect([hidden, shown, stale, fresh]).toEqual([[], ['Old'], ['Old'], ['New']]);
    expect(direct.json.name).toBe('New');
  });

  it('may lack eTags, in lists only or in every body', async () => {
    const { call, tenant } = await startPartnerCenter();
    const id = String(tenant.createOwn().id);

    tenant.switches.listETag = 'missing';
    const list = await call('GET', '');
    const single = await call('GET', `/${id}`);
    tenant.switches.listETag = 'headerOnly';
    const bare = await call('GET', `/${id}`);

    expect(rowsOf(list.json)[0]).not.toHaveProperty('eTag');
    expect(single.json).toHaveProperty('eTag');
    expect(bare.json).not.toHaveProperty('eTag');
    expect(bare.headers.get('etag')).toBe(tenant.referral(id).eTag);
  });

  it("may leave out other parties' referrals", async () => {
    const { call, tenant } = await startPartnerCenter();
    const { engagementId } = tenant.createInbound();
    const filter = query({ $filter: `engagementId eq '${engagementId}'` });
    const counts = async () =>
      Promise.all(['', filter].map(async (path) => rowsOf((await call('GET', path)).json).length));

    const everywhere = await counts();
    tenant.switches.siblings = 'engagementOnly';
    const some = await counts();
    tenant.switches.siblings = 'hidden';
    const none = await counts();

    expect([everywhere, some, none]).toEqual([
      [2, 2],
      [1, 2],
      [1, 1],
    ]);
  });

  it('shows oddities the same way each time', async () => {
    const { call, tenant } = await startPartnerCenter();
    const id = String(tenant.createOwn({ name: 'Oil & Gas' }).id);
    for (const quirk of Object.keys(tenant.switches.quirks))
      Object.assign(tenant.switches.quirks, { [quirk]: true });

    const once = await call('GET', `/${id}`);
    const again = await call('GET', `/${id}`);

    expect(again.json).toEqual(once.json);
    expect(once.json).toMatchObject({
      name: 'Oil &amp; Gas ',
      quality: 'Promising',
      customerProfile: { address: { state: null, region: 'NW' }, ids: {} },
      details: { dealValue: '50000', requirements: { solutions: [{ type: 'None' }] } },
    });
    expect(part(tenant.referral(id), 'details').dealValue).toBe(50_000);
  });

  it('may spell its keys in Pascal case', async () => {
    const { call, tenant } = await startPartnerCenter();
    createMany(tenant, 1);
    tenant.switches.outputCasing = 'pascal';

    const { json } = await call('GET', '');

    expect(Object.keys(json)).toEqual(['@odata.context', '@odata.count', 'Value']);
  });
});
