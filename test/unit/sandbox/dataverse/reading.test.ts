import { describe, expect, it } from 'vitest';
import {
  type Answer,
  errorOf,
  type Fixture,
  messageOf,
  rowsOf,
  seedDeal,
  startDataverse,
} from './support.ts';

const ALL = 'odata.include-annotations="*"';
const names = (answer: Answer): unknown[] => rowsOf(answer).map(({ name }) => name);

async function walk({ call }: Fixture, path: string, prefer: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  let next: unknown = path;
  while (typeof next === 'string') {
    const page = await call('GET', next, { prefer });
    seen.push(...names(page));
    next = page.json['@odata.nextLink'];
  }
  return seen;
}

function seedAccounts({ org }: Fixture, list: readonly string[]): void {
  for (const [index, name] of list.entries()) org.load('account', { name, numberofemployees: index * 10 });
}

describe('the access team of an opportunity', () => {
  it('is found by what it is about, with its members, from either end', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const user = org.adminUserId;
    const team = org.load('team', {
      name: 'Deal team',
      teamtype: 1,
      regardingobjectid: { table: 'opportunity', id: opportunity },
    });
    org.load('teammembership', { teamid: team, systemuserid: user });

    const teams = await call(
      'GET',
      `teams?$select=name&$filter=_regardingobjectid_value eq ${opportunity} and teamtype eq 1&$expand=teammembership_association($select=fullname)`,
    );
    const users = await call(
      'GET',
      `systemusers?$select=fullname&$filter=teammembership_association/any(t:t/teamid eq ${team})`,
    );

    expect(rowsOf(teams)).toMatchObject([
      { name: 'Deal team', teammembership_association: [{ fullname: 'Avery Admin', systemuserid: user }] },
    ]);
    expect(rowsOf(users).map(({ systemuserid }) => systemuserid)).toEqual([user]);
  });
});

describe('a row', () => {
  it('has its ETag, what was selected, its key, and the currency beside money', async () => {
    const { call, org, api } = await startDataverse();
    const { opportunity, account } = seedDeal(org);

    const answer = await call(
      'GET',
      `opportunities(${opportunity})?$select=name,estimatedvalue,_customerid_value`,
    );

    expect(answer.headers.get('etag')).toBe(answer.json['@odata.etag']);
    expect(answer.headers.get('content-type')).toBe('application/json; odata.metadata=minimal');
    expect(answer.headers.get('odata-version')).toBe('4.0');
    expect(answer.json).toEqual({
      '@odata.context': `${api}/$metadata#opportunities(name,estimatedvalue,_customerid_value)/$entity`,
      '@odata.etag': expect.stringMatching(/^W\/"\d+"$/),
      name: 'Renewal',
      estimatedvalue: 12000,
      _customerid_value: account,
      opportunityid: opportunity,
      _transactioncurrencyid_value: org.parts.ids.baseCurrency,
    });
    expect(answer.text).toContain('"estimatedvalue":12000.0000');
  });

  it('shows annotations only when they are asked for', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const path = `opportunities(${opportunity})?$select=estimatedvalue,_customerid_value,statecode,estimatedclosedate`;

    const bare = await call('GET', path);
    const full = await call('GET', path, { prefer: ALL });

    expect(Object.keys(bare.json).filter((key) => key.includes('@OData'))).toEqual([]);
    expect(full.headers.get('preference-applied')).toBe(ALL);
    expect(full.json).toMatchObject({
      'estimatedvalue@OData.Community.Display.V1.FormattedValue': '$12,000.00',
      'statecode@OData.Community.Display.V1.FormattedValue': 'Open',
      'estimatedclosedate@OData.Community.Display.V1.FormattedValue': '9/30/2026',
      '_customerid_value@OData.Community.Display.V1.FormattedValue': 'Fabrikam GmbH',
      '_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'account',
      '_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty': 'customerid_account',
    });
  });

  it('shows null columns that were selected, dates as days, times in whole seconds, the version as a number', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);

    const { json } = await call(
      'GET',
      `opportunities(${opportunity})?$select=description,estimatedclosedate,modifiedon,versionnumber`,
    );

    expect(json.description).toBeNull();
    expect(json.estimatedclosedate).toBe('2026-09-30');
    expect(json.modifiedon).toBe('2026-03-02T09:00:00Z');
    expect(json['@odata.etag']).toBe(`W/"${json.versionnumber}"`);
  });

  it('is answered 304 for its own ETag, but not together with annotations or $expand', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const path = `opportunities(${opportunity})?$select=name`;
    const etag = String((await call('GET', path)).json['@odata.etag']);
    const headers = { 'if-none-match': etag };

    expect((await call('GET', path, { headers })).status).toBe(304);
    expect((await call('GET', path, { headers, prefer: ALL })).status).toBe(200);
    expect((await call('GET', `${path}&$expand=ownerid($select=fullname)`, { headers })).status).toBe(200);
    expect((await call('GET', path, { headers: { 'if-none-match': 'null' } })).status).toBe(200);
  });

  it('is missing with 404 and a code that old servers leave empty', async () => {
    const { call, org } = await startDataverse();
    const path = 'opportunities(00000000-0000-0000-0000-000000000001)';

    const answer = await call('GET', path);
    org.switches.errorCodes = 'empty';
    const old = await call('GET', path);

    expect(errorOf(answer)).toEqual({ status: 404, code: '0x80040217' });
    expect(messageOf(answer)).toBe(
      'opportunity With Id = 00000000-0000-0000-0000-000000000001 Does Not Exist',
    );
    expect(errorOf(old)).toEqual({ status: 404, code: '' });
  });

  it('is found by an active alternate key only', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org, { msft_referralidentifier: "o'r1" });
    const path = "opportunities(msft_referralidentifier='o''r1')?$select=name";

    const before = await call('GET', path);
    org.addKey('opportunity', 'new_ReferralKey', ['msft_referralidentifier']);
    const after = await call('GET', path);
    const missing = await call('GET', "opportunities(msft_referralidentifier='r2')");
    const unusable = await call(
      'GET',
      `opportunities(msft_referralidentifier='${encodeURIComponent('a:b')}')`,
    );

    expect(errorOf(before)).toEqual({ status: 400, code: '0x80060890' });
    expect(after.json.opportunityid).toBe(opportunity);
    expect(errorOf(missing)).toEqual({ status: 404, code: '0x80060891' });
    expect(unusable.status).toBe(400);
  });

  it('takes the key by name, except for users and teams', async () => {
    const { call, org } = await startDataverse();
    const { account } = seedDeal(org);

    expect((await call('GET', `accounts(accountid=${account})`)).status).toBe(200);
    expect((await call('GET', `systemusers(systemuserid=${org.adminUserId})`)).status).toBe(400);
    expect((await call('GET', `systemusers(${org.adminUserId})`)).status).toBe(200);
  });

  it('gives single columns, related rows and links to them below it', async () => {
    const { call, org, api } = await startDataverse();
    const { opportunity, account } = seedDeal(org);

    expect((await call('GET', `opportunities(${opportunity})/name`)).json.value).toBe('Renewal');
    expect(
      (await call('GET', `opportunities(${opportunity})/customerid_account?$select=name`)).json.name,
    ).toBe('Fabrikam GmbH');
    expect((await call('GET', `opportunities(${opportunity})/customerid_contact`)).status).toBe(204);
    expect(
      (await call('GET', `opportunities(${opportunity})/customerid_account/$ref`)).json['@odata.id'],
    ).toBe(`${api}/accounts(${account})`);
    expect((await call('GET', `accounts(${account})/opportunity_customer_accounts/$count`)).text).toBe(
      '\uFEFF1',
    );
  });
});

describe('a filter', () => {
  it.each([
    ["name eq 'ALPHA'", ['Alpha']],
    ["name ne 'alpha' and not (numberofemployees gt 10)", ['Beta']],
    ["contains(name,'ET') or endswith(name,'ha')", ['Alpha', 'Beta']],
    ["startswith(name,'G%ma')", ['Gamma']],
    ["contains(name,'_lph')", ['Alpha']],
    ["name eq 'O''Neil'", ["O'Neil"]],
    ['numberofemployees ge 20 and numberofemployees le 30', ['Gamma', "O'Neil"]],
    ['websiteurl eq null and statecode eq 0 and numberofemployees lt 10', ['Alpha']],
    ['donotpostalmail eq false and numberofemployees eq 10', ['Beta']],
    ["Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['x'])", null],
    ['Microsoft.Dynamics.CRM.In(PropertyName=\'name\',PropertyValues=["beta","gamma"])', ['Beta', 'Gamma']],
    [
      'Microsoft.Dynamics.CRM.Between(PropertyName=\'numberofemployees\',PropertyValues=["5","20"])',
      ['Beta', 'Gamma'],
    ],
    ['createdon ge 2026-03-02T09:00:00Z and createdon lt 2026-03-03', ['Alpha', 'Beta', 'Gamma', "O'Neil"]],
    ['modifiedon gt 2026-03-02T09:00:00Z', []],
    ["ownerid/fullname eq 'Avery Admin' and name eq 'beta'", ['Beta']],
    ["opportunity_customer_accounts/any(o:o/name eq 'Deal')", ['Gamma']],
    ['not opportunity_customer_accounts/any()', ['Alpha', 'Beta', "O'Neil"]],
  ])('selects rows by %s', async (filter, expected) => {
    const fixture = await startDataverse();
    seedAccounts(fixture, ['Alpha', 'Beta', 'Gamma', "O'Neil"]);
    const gamma = fixture.org.list('account')[2]?.accountid;
    fixture.org.load('opportunity', { name: 'Deal', customerid: { table: 'account', id: String(gamma) } });

    const answer = await fixture.call('GET', `accounts?$select=name&$filter=${encodeURIComponent(filter)}`);

    if (expected === null) expect(answer.status).toBe(400);
    else expect(names(answer)).toEqual(expected);
  });

  it('takes parameters, which are null without a value', async () => {
    const fixture = await startDataverse();
    seedAccounts(fixture, ['Alpha', 'Beta']);
    const [first] = fixture.org.list('account');

    const byId = await fixture.call(
      'GET',
      `accounts?$select=name&$filter=Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)&@p1='accountid'&@p2=["${first?.accountid}"]`,
    );
    const notNull = await fixture.call(
      'GET',
      'accounts?$select=name&$filter=@p1 ne @p3&$orderby=@p1 desc&@p1=name',
    );

    expect(names(byId)).toEqual(['Alpha']);
    expect(names(notNull)).toEqual(['Beta', 'Alpha']);
  });

  it.each([
    [
      'accounts?$select=Name',
      "Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'.",
    ],
    [
      'accounts?$filter=Name eq 1',
      "Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'.",
    ],
    ['accounts?$filter=name eq 1', 'A binary operator with incompatible types was detected.'],
    ["accounts?$filter=numberofemployees eq '1'", 'A binary operator with incompatible types was detected.'],
    ["accounts?$filter=accountid eq '1e000001-7c1b-f011-8e4f-002248a31d05'", 'A binary operator'],
    ["accounts?$filter=tolower(name) eq 'a'", "An unknown function with name 'tolower' was found."],
    ['accounts?$skip=5', 'The query parameter $skip is not supported'],
    ['opportunities?$select=customerid', "Could not find a property named 'customerid'"],
    ['opportunities?$select=parentAccountId', "Could not find a property named 'parentAccountId'"],
  ])('is refused with 400: %s', async (path, message) => {
    const { call } = await startDataverse();

    const answer = await call('GET', path);

    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain(message);
  });
});

describe('a list', () => {
  it('comes in pages of the preferred size, whatever happens to rows already seen', async () => {
    const fixture = await startDataverse();
    seedAccounts(fixture, ['e', 'd', 'c.1', 'b', 'a']);

    const first = await fixture.call('GET', 'accounts?$select=name&$orderby=name&$count=true', {
      prefer: 'odata.maxpagesize=2',
    });
    fixture.org.as(fixture.org.adminUserId).delete('account', String(rowsOf(first)[1]?.accountid));
    const rest = await walk(fixture, String(first.json['@odata.nextLink']), 'odata.maxpagesize=2');

    expect(first.headers.get('preference-applied')).toBe('odata.maxpagesize=2');
    expect(first.json['@odata.count']).toBe(5);
    expect([...names(first), ...rest]).toEqual(['a', 'b', 'c.1', 'd', 'e']);
  });

  it('links to the next page by an absolute address with a cookie, and keeps the other options', async () => {
    const fixture = await startDataverse();
    seedAccounts(fixture, ['a', 'b', 'c']);

    const { json } = await fixture.call('GET', "accounts?$select=name&$filter=name ne 'x'", {
      prefer: 'odata.maxpagesize=1',
    });
    const link = String(json['@odata.nextLink']);

    expect(link.startsWith(`${fixture.api}/accounts?$select=name&$filter=`)).toBe(true);
    expect(link).toMatch(
      /\$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22.+%22%20istracking=%22False%22%20\/%3E$/,
    );
    expect((await fixture.call('GET', 'accounts?$skiptoken=made-up')).status).toBe(400);
  });

  it('lets a page size win over $top', async () => {
    const fixture = await startDataverse();
    seedAccounts(fixture, ['a', 'b', 'c']);

    const top = await fixture.call('GET', 'accounts?$select=name&$top=1');
    const both = await fixture.call('GET', 'accounts?$select=name&$top=1', { prefer: 'odata.maxpagesize=2' });

    expect(names(top)).toEqual(['a']);
    expect(top.json).not.toHaveProperty('@odata.nextLink');
    expect(names(both)).toEqual(['a', 'b']);
    expect(both.json).toHaveProperty('@odata.nextLink');
  });

  it('counts rows as text with a byte order mark, and in groups', async () => {
    const fixture = await startDataverse();
    seedAccounts(fixture, ['a', 'a', 'b']);

    const count = await fixture.call('GET', "accounts/$count?$filter=name eq 'a'");
    const groups = await fixture.call('GET', 'accounts?$apply=groupby((name),aggregate($count as n))');
    const some = await fixture.call(
      'GET',
      "accounts?$apply=filter(name ne 'b')/groupby((name),aggregate($count as n))",
    );

    expect(rowsOf(some)).toEqual([{ name: 'a', n: 2 }]);
    expect(count.headers.get('content-type')).toBe('text/plain');
    expect(count.text).toBe('\uFEFF2');
    expect(rowsOf(groups)).toEqual([
      { name: 'a', n: 2 },
      { name: 'b', n: 1 },
    ]);
  });

  it('expands lookups with their own lookups, and collections', async () => {
    const { call, org } = await startDataverse();
    const { opportunity, account } = seedDeal(org);
    const contact = org.load('contact', { firstname: 'Mia', lastname: 'Kunde' });
    org.patchSilently('account', account, { primarycontactid: { table: 'contact', id: contact } });
    org.load('connection', {
      record1id: { table: 'opportunity', id: opportunity },
      record2id: { table: 'contact', id: contact },
    });

    const answer = await call(
      'GET',
      'opportunities?$select=name&$expand=customerid_account($select=name;$expand=primarycontactid($select=fullname)),opportunity_connections1($select=name;$top=5),parentcontactid/$ref',
    );

    expect(rowsOf(answer)[0]).toMatchObject({
      customerid_account: { name: 'Fabrikam GmbH', primarycontactid: { fullname: 'Mia Kunde' } },
      opportunity_connections1: [{ name: 'Mia Kunde' }],
      parentcontactid: null,
    });
  });

  it('gives expanded collections of lists as links where the server is old', async () => {
    const { call, org, api } = await startDataverse();
    org.switches.collectionExpand = 'deferred';
    const { account } = seedDeal(org);

    const answer = await call(
      'GET',
      'accounts?$select=name&$expand=opportunity_customer_accounts($select=name)',
    );
    const row = rowsOf(answer)[0];
    const link = String(row?.['opportunity_customer_accounts@odata.nextLink']);

    expect(row?.opportunity_customer_accounts).toEqual([]);
    expect(link).toBe(`${api}/accounts(${account})/opportunity_customer_accounts?$select=name`);
    expect(names(await call('GET', link))).toEqual(['Renewal']);
  });

  it('links from a long expanded collection to the rest of it', async () => {
    const { call, org } = await startDataverse();
    const { account } = seedDeal(org, { name: 'first' });
    for (const name of ['second', 'third']) {
      org.load('opportunity', { name, customerid: { table: 'account', id: account } });
    }
    const prefer = 'odata.maxpagesize=2';

    const answer = await call(
      'GET',
      'accounts?$select=name&$expand=opportunity_customer_accounts($select=name;$orderby=name)',
      { prefer },
    );
    const row = rowsOf(answer)[0];
    const rest = await call('GET', String(row?.['opportunity_customer_accounts@odata.nextLink']), { prefer });

    expect(row?.opportunity_customer_accounts).toMatchObject([{ name: 'first' }, { name: 'second' }]);
    expect(names(rest)).toEqual(['third']);
    expect(rest.json).not.toHaveProperty('@odata.nextLink');
  });

  it('refuses more than fifteen expansions and links of collections', async () => {
    const { call } = await startDataverse();
    const many = Array.from({ length: 16 }, () => 'ownerid($select=fullname)').join(',');

    expect((await call('GET', `accounts?$expand=${many}`)).status).toBe(400);
    expect(errorOf(await call('GET', 'accounts?$expand=opportunity_customer_accounts/$ref'))).toEqual({
      status: 400,
      code: '0x80060888',
    });
  });

  it('knows entity sets by their exact name', async () => {
    const { call } = await startDataverse();

    expect(errorOf(await call('GET', 'Account'))).toEqual({ status: 404, code: '0x8006088a' });
    expect(errorOf(await call('GET', 'Opportunities'))).toEqual({ status: 404, code: '0x8006088a' });
    expect(errorOf(await call('POST', 'WhoAmI'))).toEqual({ status: 404, code: '' });
    expect((await call('GET', 'accounts?fetchXml=x')).status).toBe(501);
  });
});
