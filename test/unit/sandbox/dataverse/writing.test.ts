import { describe, expect, it } from 'vitest';
import { errorOf, idOf, messageOf, seedDeal, startDataverse } from './support.ts';

const NOWHERE = '00000000-0000-0000-0000-000000000001';

describe('creating', () => {
  it('answers 204 with a link, or 201 with the row when it is wanted back', async () => {
    const { call, api } = await startDataverse();

    const plain = await call('POST', 'opportunities', { body: { name: 'Deal' } });
    const shown = await call('POST', 'opportunities?$select=name', {
      body: { name: 'Deal' },
      prefer: 'return=representation',
    });

    expect(plain.status).toBe(204);
    expect(plain.headers.get('odata-entityid')).toBe(`${api}/opportunities(${idOf(plain)})`);
    expect(plain.text).toBe('');
    expect(shown.status).toBe(201);
    expect(shown.headers.get('odata-entityid')).toBeNull();
    expect(shown.headers.get('preference-applied')).toBe('return=representation');
    expect(shown.headers.get('etag')).toBe(shown.json['@odata.etag']);
    expect(shown.json).toMatchObject({ name: 'Deal', opportunityid: expect.any(String) });
  });

  it('fills in what the client leaves out', async () => {
    const { call, org } = await startDataverse();
    const account = org.load('account', { name: 'Fabrikam GmbH' });

    const id = idOf(
      await call('POST', 'opportunities', {
        body: { name: 'Deal', 'customerid_account@odata.bind': `/accounts(${account})` },
      }),
    );

    expect(org.find('opportunity', id)).toMatchObject({
      statecode: 0,
      statuscode: 1,
      opportunityratingcode: 2,
      isrevenuesystemcalculated: false,
      ownerid: { table: 'systemuser', id: org.applicationUserId },
      createdby: { table: 'systemuser', id: org.applicationUserId },
      parentaccountid: { table: 'account', id: account },
      transactioncurrencyid: { table: 'transactioncurrency', id: org.parts.ids.baseCurrency },
    });
  });

  it('takes an id of the client, once', async () => {
    const { call, org } = await startDataverse();
    const body = { name: 'Deal', opportunityid: NOWHERE };

    const first = await call('POST', 'opportunities', { body });
    const again = await call('POST', 'opportunities', { body });
    org.switches.duplicateKeyStatus = 409;
    const elsewhere = await call('POST', 'opportunities', { body });

    expect(idOf(first)).toBe(NOWHERE);
    expect(errorOf(again)).toEqual({ status: 412, code: '0x80040237' });
    expect(errorOf(elsewhere)).toEqual({ status: 409, code: '0x80040237' });
  });

  it('brings related rows along, as a whole or not at all', async () => {
    const { call, org } = await startDataverse();

    const made = await call('POST', 'accounts', {
      body: {
        name: 'Contoso',
        primarycontactid: { firstname: 'Mia', lastname: 'Kunde' },
        opportunity_customer_accounts: [{ name: 'Deal' }],
      },
    });
    const failed = await call('POST', 'accounts', {
      body: { name: 'Fabrikam', opportunity_customer_accounts: [{ name: 'x'.repeat(301) }] },
    });

    expect(made.status).toBe(204);
    expect(org.list('opportunity')).toMatchObject([{ customerid: { table: 'account', id: idOf(made) } }]);
    expect(org.find('account', idOf(made))?.primarycontactid).toMatchObject({ table: 'contact' });
    expect(errorOf(failed).code).toBe('0x80044331');
    expect(org.list('account')).toHaveLength(1);
  });
});

describe('updating', () => {
  it('moves version and modifiedon also when nothing differs, and shows the row when it is wanted', async () => {
    const { call, org, clock } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const before = (await call('GET', `opportunities(${opportunity})?$select=name`)).json['@odata.etag'];
    clock.advance(1500);

    const answer = await call('PATCH', `opportunities(${opportunity})?$select=name,modifiedon`, {
      body: { name: 'Renewal' },
      headers: { 'if-match': '*' },
      prefer: 'return=representation',
    });

    expect(answer.status).toBe(200);
    expect(answer.json['@odata.etag']).not.toBe(before);
    expect(answer.json.modifiedon).toBe('2026-03-02T09:00:01Z');
    expect(org.find('opportunity', opportunity)?.modifiedby).toEqual({
      table: 'systemuser',
      id: org.applicationUserId,
    });
  });

  it('compares the ETag, and tells a missing row from a changed one', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const path = `opportunities(${opportunity})`;
    const etag = String((await call('GET', path)).json['@odata.etag']);
    const body = { name: 'new' };

    const good = await call('PATCH', path, { body, headers: { 'if-match': etag } });
    const stale = await call('PATCH', path, { body, headers: { 'if-match': etag } });
    const staleDelete = await call('DELETE', path, { headers: { 'if-match': etag } });
    const missing = await call('PATCH', `opportunities(${NOWHERE})`, { body, headers: { 'if-match': '*' } });

    expect(good.status).toBe(204);
    expect(errorOf(stale)).toEqual({ status: 412, code: '0x80060882' });
    expect(messageOf(stale)).toBe(
      "The version of the existing record doesn't match the RowVersion property provided.",
    );
    expect(errorOf(staleDelete)).toEqual({ status: 412, code: '0x80060882' });
    expect(errorOf(missing)).toEqual({ status: 404, code: '0x80040217' });
  });

  it('does not compare versions on tables without optimistic concurrency', async () => {
    const { call, org } = await startDataverse();
    const id = org.load('uom', { name: 'Unit' });

    const answer = await call('PATCH', `uoms(${id})`, {
      body: { name: 'u' },
      headers: { 'if-match': 'W/"1"' },
    });

    expect(errorOf(answer)).toEqual({ status: 400, code: '0x8006088d' });
  });

  it('recreates a deleted row when it comes without a condition', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    org.as(org.adminUserId).delete('opportunity', opportunity);

    const answer = await call('PATCH', `opportunities(${opportunity})`, { body: { name: 'back' } });

    expect(answer.status).toBe(204);
    expect(idOf(answer)).toBe(opportunity);
    expect(org.find('opportunity', opportunity)).toMatchObject({ name: 'back', estimatedvalue: null });
  });

  it('ignores what clients cannot write', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);

    const answer = await call('PATCH', `opportunities(${opportunity})`, {
      body: {
        createdon: '2020-01-01T00:00:00Z',
        versionnumber: 1,
        estimatedvalue_base: 5,
        '@odata.etag': 'W/"1"',
      },
    });

    expect(answer.status).toBe(204);
    expect(org.find('opportunity', opportunity)).toMatchObject({
      createdon: '2026-03-02T09:00:00Z',
      estimatedvalue_base: 12000,
    });
  });

  it('sets and empties single columns and lookups', async () => {
    const { call, org } = await startDataverse();
    const { opportunity, account } = seedDeal(org);
    const path = `opportunities(${opportunity})`;
    const other = org.load('account', { name: 'Other' });

    await call('PUT', `${path}/name`, { body: { value: 'x' } });
    await call('DELETE', `${path}/estimatedclosedate`);
    await call('PUT', `${path}/parentaccountid/$ref`, { body: { '@odata.id': `accounts(${other})` } });
    expect(org.find('opportunity', opportunity)).toMatchObject({
      name: 'x',
      estimatedclosedate: null,
      parentaccountid: { id: other },
      customerid: { id: account },
    });
    await call('DELETE', `${path}/parentaccountid/$ref`);
    expect(org.find('opportunity', opportunity)?.parentaccountid).toBeNull();
    await call('POST', `accounts(${other})/opportunity_parent_account/$ref`, { body: { '@odata.id': path } });
    expect(org.find('opportunity', opportunity)?.parentaccountid).toMatchObject({ id: other });
    await call('PATCH', path, { body: { parentaccountid: null } });
    expect(org.find('opportunity', opportunity)?.parentaccountid).toBeNull();
  });
});

describe('upserting by alternate key', () => {
  it('answers with the address it was asked for, and takes the key from there', async () => {
    const { call, org, api } = await startDataverse();
    org.addKey('opportunity', 'new_ReferralKey', ['msft_referralidentifier']);
    const path = "opportunities(msft_referralidentifier='r1')";

    const created = await call('PATCH', path, { body: { name: 'one' } });
    const updated = await call('PATCH', `${path}?$select=name`, {
      body: { name: 'two', msft_referralidentifier: 'ignored' },
      prefer: 'return=representation',
    });
    const fresh = await call('PATCH', "opportunities(msft_referralidentifier='r2')?$select=opportunityid", {
      body: { name: 'three' },
      prefer: 'return=representation',
    });

    expect(created.status).toBe(204);
    expect(created.headers.get('odata-entityid')).toBe(`${api}/${path}`);
    expect(updated.status).toBe(200);
    expect(fresh.status).toBe(201);
    expect(org.list('opportunity')).toMatchObject([
      { name: 'two', msft_referralidentifier: 'r1' },
      { name: 'three', msft_referralidentifier: 'r2' },
    ]);
  });

  it('creates only, or updates only, when the condition says so', async () => {
    const { call, org } = await startDataverse();
    org.addKey('opportunity', 'new_ReferralKey', ['msft_referralidentifier']);
    const path = "opportunities(msft_referralidentifier='r1')";

    const updateOnly = await call('PATCH', path, { body: { name: 'a' }, headers: { 'if-match': '*' } });
    const createOnly = await call('PATCH', path, { body: { name: 'a' }, headers: { 'if-none-match': '*' } });
    const again = await call('PATCH', path, { body: { name: 'b' }, headers: { 'if-none-match': '*' } });

    expect(updateOnly.status).toBe(404);
    expect(createOnly.status).toBe(204);
    expect(errorOf(again).status).toBe(412);
    expect(messageOf(again)).toBe('A record with matching key values already exists.');
  });

  it('keeps a key unique, but does not compare rows without one', async () => {
    const { call, org } = await startDataverse();
    org.addKey('opportunity', 'new_ReferralKey', ['msft_referralidentifier']);
    seedDeal(org);
    seedDeal(org, { msft_referralidentifier: 'R1' });

    const answer = await call('POST', 'opportunities', {
      body: { name: 'x', msft_referralidentifier: 'r1' },
    });
    const without = await call('POST', 'opportunities', { body: { name: 'x' } });

    expect(errorOf(answer)).toEqual({ status: 412, code: '0x80060892' });
    expect(messageOf(answer)).toContain('Entity Key new_ReferralKey violated.');
    expect(without.status).toBe(204);
  });
});

describe('bodies', () => {
  it.each([
    [
      { Name: 'x' },
      '0x0',
      "Invalid property 'Name' was found in entity 'Microsoft.Dynamics.CRM.opportunity'",
    ],
    [{ 'customerid@odata.bind': '/accounts(x)' }, '0x80048d19', "An undeclared property 'customerid'"],
    [
      { 'ParentAccountId@odata.bind': '/accounts(x)' },
      '0x80048d19',
      "An undeclared property 'ParentAccountId'",
    ],
    [{ _customerid_value: 'x' }, '0x80048d19', 'Use Navigation properties instead'],
    [
      { name: 'x'.repeat(301) },
      '0x80044331',
      "The length of the 'name' attribute of the 'opportunity' entity exceeded the maximum allowed length of '300'.",
    ],
    [{ opportunityratingcode: 9 }, '0x8004431a', 'Accepted Values: 1,2,3'],
    [{ closeprobability: 101 }, '0x8004432f', "The value of 'closeprobability'"],
    [{ estimatedvalue: 2e12 }, '0x80044330', "The value of 'estimatedvalue'"],
    [{ estimatedvalue: '12' }, '0x80048d19', "expected type 'Edm.Decimal'"],
    [{ estimatedclosedate: '2026-12-31T00:00:00Z' }, '0x80048d19', "expected type 'Edm.Date'"],
    [{ estimatedclosedate: '2026-02-30' }, '0x80048d19', "expected type 'Edm.Date'"],
    [{ msft_syncwithpartnercenter: 'yes' }, '0x80048d19', "expected type 'Edm.Boolean'"],
    [{ name: 5 }, '0x80048d19', "expected type 'Edm.String'"],
  ])('are refused: %o', async (body, code, message) => {
    const { call } = await startDataverse();

    const answer = await call('POST', 'opportunities', { body });

    expect(errorOf(answer)).toEqual({ status: 400, code });
    expect(messageOf(answer)).toContain(message);
  });

  it('are refused when they are no JSON, or bind rows that are not there or of another table', async () => {
    const { call, org } = await startDataverse();
    const contact = org.load('contact', { lastname: 'Kunde' });
    const bind = (target: string) => ({ body: { 'customerid_account@odata.bind': target } });

    expect(errorOf(await call('POST', 'opportunities', { text: '{' })).code).toBe('0x80048d19');
    expect(errorOf(await call('POST', 'opportunities', bind(`/accounts(${NOWHERE})`)))).toEqual({
      status: 404,
      code: '0x80040217',
    });
    expect(errorOf(await call('POST', 'opportunities', bind(`/contacts(${contact})`)))).toEqual({
      status: 400,
      code: '0x80048d19',
    });
  });

  it('bind rows by every spelling of a link', async () => {
    const { call, org, api } = await startDataverse();
    const account = org.load('account', { name: 'A', accountnumber: 'A-1' });
    org.addKey('account', 'new_NumberKey', ['accountnumber']);

    for (const link of [
      `/accounts(${account})`,
      `accounts(${account})`,
      `${api}/accounts(${account})`,
      "/accounts(accountnumber='A-1')",
    ]) {
      const answer = await call('POST', 'opportunities', { body: { 'customerid_account@odata.bind': link } });
      expect(org.find('opportunity', idOf(answer))?.customerid).toEqual({ table: 'account', id: account });
    }
  });
});

describe('money', () => {
  it('is rounded to the precision of its currency and kept in the base currency too', async () => {
    const { call, org } = await startDataverse();
    const euro = org.addCurrency('EUR', { rate: 0.8 });
    const yen = org.addCurrency('JPY', { rate: 160 });
    const bind = (id: string) => ({ 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${id})` });
    const path = 'opportunities?$select=estimatedvalue,estimatedvalue_base,exchangerate';
    const prefer =
      'return=representation,odata.include-annotations="OData.Community.Display.V1.FormattedValue"';

    const inEuro = await call('POST', path, { body: { estimatedvalue: 100.005, ...bind(euro) }, prefer });
    const inYen = await call('POST', path, { body: { estimatedvalue: 160.5, ...bind(yen) }, prefer });

    expect(inEuro.json).toMatchObject({
      estimatedvalue: 100.01,
      'estimatedvalue@OData.Community.Display.V1.FormattedValue': '€100.01',
      estimatedvalue_base: 125.0125,
      exchangerate: 0.8,
    });
    expect(inYen.json).toMatchObject({ estimatedvalue: 161, estimatedvalue_base: 1.0063 });
  });

  it('follows the lines where the amount is calculated, and ignores what is sent', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org, { isrevenuesystemcalculated: true, estimatedvalue: 0 });
    const line = { 'opportunityid@odata.bind': `/opportunities(${opportunity})`, isproductoverridden: true };

    await call('POST', 'opportunityproducts', {
      body: { ...line, productdescription: 'Work', quantity: 3, priceperunit: 50 },
    });
    await call('PATCH', `opportunities(${opportunity})`, { body: { estimatedvalue: 1 } });
    const euro = org.addCurrency('EUR', { rate: 0.9 });
    const refused = await call('PATCH', `opportunities(${opportunity})`, {
      body: { 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${euro})` },
    });

    expect(org.find('opportunity', opportunity)).toMatchObject({ estimatedvalue: 150, totalamount: 150 });
    expect(errorOf(refused)).toEqual({ status: 400, code: '0x80048479' });
  });
});

describe('deleting', () => {
  it('takes lines along, frees lookups, and is refused where others hold on', async () => {
    const { call, org } = await startDataverse();
    const { opportunity, account } = seedDeal(org);
    const contact = org.load('contact', { lastname: 'Kunde' });
    org.patchSilently('account', account, { primarycontactid: { table: 'contact', id: contact } });
    const line = org.load('opportunityproduct', { opportunityid: { table: 'opportunity', id: opportunity } });

    const deleted = await call('DELETE', `opportunities(${opportunity})`);
    await call('DELETE', `contacts(${contact})`);
    const held = await call('DELETE', `transactioncurrencies(${org.parts.ids.baseCurrency})`);

    expect(deleted.status).toBe(204);
    expect(org.find('opportunityproduct', line)).toBeNull();
    expect(org.find('account', account)?.primarycontactid).toBeNull();
    expect(held.status).toBe(405);
    expect((await call('DELETE', `opportunities(${opportunity})`)).status).toBe(404);
  });
});

describe('rules of the organization', () => {
  it('looks for duplicates only when asked to', async () => {
    const { call, org } = await startDataverse();
    org.addDuplicateRule({ table: 'account', columns: ['name'] });
    org.load('account', { name: 'Contoso' });
    const body = { name: 'CONTOSO' };
    const headers = { 'MSCRM.SuppressDuplicateDetection': 'false' };

    const found = await call('POST', 'accounts', { body, headers });
    org.switches.duplicateDetectionStatus = 412;
    const other = await call('POST', 'accounts', { body, headers });

    expect(errorOf(found)).toEqual({ status: 500, code: '0x80040333' });
    expect(errorOf(other)).toEqual({ status: 412, code: '0x80040333' });
    expect((await call('POST', 'accounts', { body })).status).toBe(204);
  });

  it('lets plug-ins refuse, in words for people', async () => {
    const { call, org } = await startDataverse();
    org.addPlugin({
      table: 'opportunity',
      message: 'Ask your manager.',
      failsWhen: ({ name }) => name === 'bad',
    });

    const answer = await call('POST', 'opportunities', { body: { name: 'bad' } });

    expect(errorOf(answer)).toEqual({ status: 400, code: '0x80040265' });
    expect(messageOf(answer)).toBe('Ask your manager.');
    expect(org.list('opportunity')).toEqual([]);
  });

  it('refuses the same team member in the same role twice', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const body = {
      'record1id_opportunity@odata.bind': `/opportunities(${opportunity})`,
      'record2id_systemuser@odata.bind': `/systemusers(${org.adminUserId})`,
    };

    expect((await call('POST', 'connections', { body })).status).toBe(204);
    expect(errorOf(await call('POST', 'connections', { body })).code).toBe('0x80048341');
  });
});

describe('many rows at once', () => {
  it('creates, updates and upserts all or none, and gives new ids in order', async () => {
    const { call, org, api } = await startDataverse();
    const type = { '@odata.type': 'Microsoft.Dynamics.CRM.opportunity' };
    const path = 'opportunities/Microsoft.Dynamics.CRM.';
    org.addKey('opportunity', 'new_ReferralKey', ['msft_referralidentifier']);

    const created = await call('POST', `${path}CreateMultiple`, {
      body: {
        Targets: [
          { ...type, name: 'a' },
          { ...type, name: 'b' },
        ],
      },
    });
    const ids = Array.isArray(created.json.Ids) ? created.json.Ids : [];
    const failed = await call('POST', `${path}UpdateMultiple`, {
      body: {
        Targets: [
          { ...type, opportunityid: ids[0], name: 'c' },
          { ...type, opportunityid: NOWHERE, name: 'd' },
        ],
      },
    });
    const upserted = await call('POST', `${path}UpsertMultiple`, {
      body: { Targets: [{ ...type, '@odata.id': "opportunities(msft_referralidentifier='r1')", name: 'e' }] },
    });

    expect(created.json['@odata.context']).toBe(
      `${api}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse`,
    );
    expect(ids.map((id) => org.find('opportunity', String(id))?.name)).toEqual(['a', 'b']);
    expect(failed.status).toBe(404);
    expect(upserted.status).toBe(204);
    expect(org.list('opportunity')[2]).toMatchObject({ name: 'e', msft_referralidentifier: 'r1' });
  });
});
