import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type Rig, startRig } from './sandbox-salesforce-support.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

const DEAL = { Name: 'Alder - pilot', StageName: 'Prospecting', CloseDate: '2026-12-31' };

async function createDeal(values: Record<string, unknown> = {}): Promise<string> {
  const { id } = await rig.connection.sobject('Opportunity').create({ ...DEAL, ...values });
  return id ?? '';
}

/** A request past jsforce, to see status and headers. */
async function send(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
) {
  const response = await fetch(`${rig.url}/services/data/v66.0${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${rig.connection.accessToken}`,
      ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const json: unknown = text === '' ? null : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}

describe('rows over HTTP', () => {
  it('creates with a location, reads, updates and deletes', async () => {
    const created = await send('POST', '/sobjects/Opportunity/', { body: DEAL });
    const id = created.headers.get('location')?.split('/').at(-1) ?? '';
    const opportunities = rig.connection.sobject('Opportunity');

    const updated = await opportunities.update({ Id: id, NextStep: 'call' });
    const row = await opportunities.retrieve(id, { fields: ['Id', 'nextstep', 'LastModifiedById'] });
    const deleted = await send('DELETE', `/sobjects/Opportunity/${id}`);

    expect(created.status).toBe(201);
    expect(created.json).toEqual({ id, success: true, errors: [] });
    expect(created.headers.get('location')).toBe(`/services/data/v66.0/sobjects/Opportunity/${id}`);
    expect(created.headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(created.headers.get('sforce-limit-info')).toMatch(/^api-usage=1\/100000$/);
    expect(updated).toEqual({ id, success: true, errors: [] });
    expect(row).toEqual({
      attributes: { type: 'Opportunity', url: `/services/data/v66.0/sobjects/Opportunity/${id}` },
      Id: id,
      NextStep: 'call',
      LastModifiedById: rig.org.integrationUserId,
    });
    expect(deleted.status).toBe(204);
    expect((await failureOf(opportunities.retrieve(id))).code).toBe('NOT_FOUND');
  });

  it('tells missing, deleted and unknown apart when writing', async () => {
    const id = await createDeal();
    rig.org.as(rig.org.adminUserId).delete('Opportunity', id);
    const opportunities = rig.connection.sobject('Opportunity');

    expect((await failureOf(opportunities.update({ Id: id, NextStep: 'x' }))).code).toBe('ENTITY_IS_DELETED');
    expect((await failureOf(opportunities.update({ Id: '0065500000KQ12XAAT', NextStep: 'x' }))).code).toBe(
      'INVALID_CROSS_REFERENCE_KEY',
    );
    expect((await failureOf(rig.connection.sobject('Nothing__c').create({ Name: 'x' }))).code).toBe(
      'NOT_FOUND',
    );
  });

  it('lists several errors, which jsforce gives one common code', async () => {
    for (const message of ['First.', 'Second.']) {
      rig.org.addValidationRule({ object: 'Opportunity', failsWhen: "Name LIKE '%'", message });
    }

    const failure = await failureOf(createDeal());

    expect(failure.code).toBe('MULTIPLE_API_ERRORS');
    expect(failure.data).toEqual([
      { message: 'First.', errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', fields: [] },
      { message: 'Second.', errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', fields: [] },
    ]);
  });

  it('stops duplicates unless the caller insists and the rule allows it', async () => {
    rig.org.addDuplicateRule({ object: 'Account', fields: ['Name'], name: 'Same_Name', action: 'alert' });
    const accounts = rig.connection.sobject('Account');
    const first = await accounts.create({ Name: 'Acme' });

    const failure = await failureOf(accounts.create({ Name: 'ACME' }));
    rig.org.switches.duplicateResultSpelling = 'duplicateResut';
    const misspelt = await failureOf(accounts.create({ Name: 'ACME' }));
    const headers = { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' };
    const saved = await accounts.create({ Name: 'ACME' }, { headers });

    expect(failure.code).toBe('DUPLICATES_DETECTED');
    expect(failure.data).toMatchObject({
      duplicateResult: { matchResults: [{ matchRecords: [{ record: { Id: first.id } }] }] },
    });
    expect(misspelt.data).toHaveProperty('duplicateResut');
    expect(saved.success).toBe(true);
  });
});

describe('conditional requests', () => {
  it('guard an update to the second, with a body as the switch says', async () => {
    const id = await createDeal();
    const path = `/sobjects/Opportunity/${id}`;
    const read = await send('GET', path);
    const since = read.headers.get('last-modified') ?? '';
    rig.clock.advance(1_000);
    rig.org.as(rig.org.adminUserId).update('Opportunity', id, { NextStep: 'by a person' });
    const guarded = { headers: { 'If-Unmodified-Since': since }, body: { NextStep: 'by the daemon' } };

    const refused = await send('PATCH', path, guarded);
    rig.org.switches.preconditionBody = 'empty';
    const bare = await send('PATCH', path, guarded);
    const later = new Date(Date.parse(since) + 1_000).toUTCString();
    const allowed = await send('PATCH', path, { ...guarded, headers: { 'If-Unmodified-Since': later } });

    expect(since).toBe('Fri, 20 Nov 2026 18:00:00 GMT');
    expect(read.headers.get('etag')).toBeNull();
    expect(refused.status).toBe(412);
    expect(refused.json).toMatchObject([{ errorCode: 'PRECONDITION_FAILED' }]);
    expect(bare).toMatchObject({ status: 412, json: null });
    expect(allowed.status).toBe(204);
    expect(rig.org.find('Opportunity', id)?.NextStep).toBe('by the daemon');
  });

  it('spare a read of what is known, and use entity tags for accounts', async () => {
    const { id } = await rig.connection.sobject('Account').create({ Name: 'Acme' });
    const path = `/sobjects/Account/${id}`;
    const read = await send('GET', path);
    const etag = read.headers.get('etag') ?? '';

    const known = await send('GET', path, { headers: { 'If-None-Match': etag } });
    const unchanged = await send('GET', path, {
      headers: { 'If-Modified-Since': read.headers.get('last-modified') ?? '' },
    });
    const mismatch = await send('PATCH', path, { headers: { 'If-Match': '"other"' }, body: { Phone: '1' } });
    const match = await send('PATCH', path, { headers: { 'If-Match': etag }, body: { Phone: '1' } });
    const garbled = await send('PATCH', path, {
      headers: { 'If-Unmodified-Since': 'soon' },
      body: { Phone: '2' },
    });

    expect([known.status, unchanged.status, mismatch.status, match.status, garbled.status]).toEqual([
      304, 304, 412, 204, 400,
    ]);
  });
});

describe('upsert by an external id', () => {
  const KEY = 'Referral_Identifier__c';

  it('creates with 201 and updates with 200', async () => {
    const created = await send('PATCH', `/sobjects/Opportunity/${KEY}/abc%2F1`, { body: DEAL });
    const updated = await send('PATCH', `/sobjects/Opportunity/${KEY}/ABC%2F1`, { body: { NextStep: 'x' } });
    const onlyUpdate = await send('PATCH', `/sobjects/Opportunity/${KEY}/other?updateOnly=true`, {
      body: DEAL,
    });
    const read = await send('GET', `/sobjects/Opportunity/${KEY}/abc%2F1?fields=NextStep,${KEY}`);

    expect(created).toMatchObject({ status: 201, json: { success: true, errors: [], created: true } });
    expect(updated).toMatchObject({ status: 200, json: { success: true, errors: [], created: false } });
    expect(onlyUpdate.status).toBe(404);
    expect(read.json).toMatchObject({ NextStep: 'x', [KEY]: 'abc/1' });
    expect(rig.org.query('SELECT Id FROM Opportunity')).toHaveLength(1);
  });

  it('answers 300 with the choices when several rows have the key', async () => {
    const contacts = rig.connection.sobject('Contact');
    await contacts.create({ LastName: 'One', Email: 'same@example.com' });
    await contacts.create({ LastName: 'Two', Email: 'same@example.com' });

    const failure = await failureOf(
      contacts.upsert({ LastName: 'Three', Email: 'same@example.com' }, 'Email'),
    );

    expect(failure.code).toBe('MULTIPLE_CHOICES');
    expect(failure.data).toEqual([
      expect.stringMatching(/^\/services\/data\/v66\.0\/sobjects\/Contact\/003/),
      expect.stringMatching(/^\/services\/data\/v66\.0\/sobjects\/Contact\/003/),
    ]);
  });

  it('refuses a column that is no key', async () => {
    const failure = await failureOf(
      rig.connection.sobject('Opportunity').upsert({ ...DEAL, NextStep: 'x' }, 'NextStep'),
    );

    expect(failure.code).toBe('NOT_FOUND');
    expect(failure.message).toBe('Provided external ID field does not exist or is not accessible: NextStep');
  });
});

describe('faults around a write', () => {
  it('lose the answer but not the write when the connection breaks after it', async () => {
    rig.faults.add({ system: 'salesforce', kind: 'reset', when: 'after', writesOnly: true });

    await expect(createDeal()).rejects.toThrow();

    expect(rig.org.query('SELECT Id FROM Opportunity')).toHaveLength(1);
    expect(rig.journal.entries.at(-1)).toMatchObject({
      status: 0,
      write: true,
      data: true,
      fault: 'reset after',
    });
  });
});
