import { describe, expect, it } from 'vitest';
import { errorOf, part, privateDeal, replace, startPartnerCenter } from './support.ts';

const MEMBER = {
  firstName: 'Jane',
  lastName: 'Doe',
  phoneNumber: '0000000001',
  email: 'jane@partner.example',
};

describe('PATCH', () => {
  it('answers 204 without a body, or 200 with the referral when a representation is preferred', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    const quiet = await call('PATCH', `/${id}`, { body: replace({ campaignId: 'C-1' }) });
    const full = await call('PATCH', `/${id}`, {
      body: replace({ campaignId: 'C-2' }),
      headers: { prefer: 'return=representation' },
    });

    expect([quiet.status, quiet.text]).toEqual([204, '']);
    expect(full.status).toBe(200);
    expect(full.json).toMatchObject({ id, campaignId: 'C-2', eTag: tenant.referral(String(id)).eTag });
  });

  it.each([
    ['/campaignId', 'C-9', { campaignId: 'C-9' }],
    [
      '/details/closingDateTime',
      '2026-10-15T12:00:00Z',
      { details: { closingDateTime: '2026-10-15T12:00:00Z' } },
    ],
    ['/details/currency', 'USD', { details: { currency: 'USD' } }],
    ['/details/dealValue', '91000', { details: { dealValue: 91000 } }],
    ['/details/notes', 'Changed.', { details: { notes: 'Changed.' } }],
    ['/externalReferenceId', '006A', { externalReferenceId: '006A' }],
    ['/referralProgram', 'GoToMarket', { referralProgram: 'GoToMarket' }],
    ['/salesStage', 'Propose', { salesStage: '60' }],
    ['/salesStage', '40', { salesStage: '40' }],
    ['/statusReason', 'Because', { statusReason: 'Because' }],
    ['/team', [MEMBER], { team: [{ email: 'jane@partner.example', title: null }] }],
    ['/customerProfile/team', [MEMBER], { customerProfile: { team: [{ email: 'jane@partner.example' }] } }],
    [
      '/details/requirements/solutions',
      [{ id: 'SOL-2' }],
      { details: { requirements: { solutions: [{ id: 'SOL-2', type: 'Name', price: null }] } } },
    ],
  ])('replaces %s with %j', async (path, value, expected) => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    const answer = await call('PATCH', `/${id}`, { body: [{ op: 'replace', path, value }] });

    expect(answer.status).toBe(204);
    expect(tenant.referral(String(id))).toMatchObject(expected);
  });

  it.each([
    ['/team/-', MEMBER, { team: [{ email: 'kim@partner.example' }, { email: 'jane@partner.example' }] }],
    [
      '/details/requirements/solutions/-',
      { id: 'SOL-2' },
      { details: { requirements: { solutions: [{ id: 'SOL-10000-AAA' }, { id: 'SOL-2' }] } } },
    ],
    [
      '/customerProfile/team/-',
      MEMBER,
      { customerProfile: { team: [{ email: 'mia@fabrikam.example' }, { email: 'jane@partner.example' }] } },
    ],
  ])('adds to the end of %s', async (path, value, expected) => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    const answer = await call('PATCH', `/${id}`, { body: [{ op: 'add', path, value }] });

    expect(answer.status).toBe(204);
    expect(tenant.referral(String(id))).toMatchObject(expected);
  });

  it.each([
    ['remove', { op: 'remove', path: '/team/0' }, 'unsupportedOperation'],
    ['move', { op: 'move', from: '/team/0', path: '/team/1' }, 'unsupportedOperation'],
    ['test', { op: 'test', path: '/status', value: 'New' }, 'unsupportedOperation'],
    [
      'replacing the end of a list',
      { op: 'replace', path: '/team/-', value: MEMBER },
      'unsupportedOperation',
    ],
    ['/name', { op: 'replace', path: '/name', value: 'New name' }, 'unsupportedPath'],
    ['/type', { op: 'replace', path: '/type', value: 'Shared' }, 'unsupportedPath'],
    ['/favorite', { op: 'replace', path: '/favorite', value: true }, 'unsupportedPath'],
    [
      '/customerProfile/name',
      { op: 'replace', path: '/customerProfile/name', value: 'X' },
      'unsupportedPath',
    ],
    ['a prototype key', { op: 'replace', path: '/__proto__/x', value: 'X' }, 'unsupportedPath'],
    ['a path without slash', { op: 'replace', path: 'status', value: 'Active' }, 'malformed'],
    ['no value', { op: 'replace', path: '/details/notes' }, 'malformed'],
  ])('refuses %s', async (_name, operation, rule) => {
    const { call, tenant } = await startPartnerCenter();
    const { id, eTag } = tenant.createOwn();

    const answer = await call('PATCH', `/${id}`, {
      body: [{ op: 'replace', path: '/details/notes', value: 'x' }, operation],
    });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).rule).toBe(rule);
    expect(tenant.referral(String(id)).eTag).toBe(eTag);
  });

  it('takes effect as a whole or not at all', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();
    const before = tenant.referral(String(id));

    const answer = await call('PATCH', `/${id}`, {
      body: replace({ 'details/notes': 'first', 'details/currency': 'pounds' }),
    });

    expect(answer.status).toBe(400);
    expect(tenant.referral(String(id))).toEqual(before);
  });

  it('may take the name when switched so', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.patchName = 'accept';
    const { id } = tenant.createOwn();

    const answer = await call('PATCH', `/${id}`, { body: replace({ name: 'Renamed' }) });

    expect(answer.status).toBe(204);
  });

  it.each([[{}], [[]], [null], ['x'], [[1]]])('refuses the body %j', async (body) => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    const answer = await call('PATCH', `/${id}`, { body });

    expect(answer.status).toBe(400);
  });

  it('takes application/json only', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    const answer = await call('PATCH', `/${id}`, {
      body: replace({ campaignId: 'C' }),
      headers: { 'content-type': 'application/json-patch+json' },
    });

    expect(answer.status).toBe(415);
  });
});

describe('preconditions', () => {
  it('lets the last write win without If-Match, and any write with a matching one or *', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id, eTag } = tenant.createOwn();
    const patch = (headers: Record<string, string>) =>
      call('PATCH', `/${id}`, { body: replace({ campaignId: 'C' }), headers });

    const matching = await patch({ 'if-match': String(eTag) });
    const none = await patch({});
    const star = await patch({ 'if-match': '*' });

    expect([matching.status, none.status, star.status]).toEqual([204, 204, 204]);
  });

  it.each([
    ['an old eTag', (eTag: string) => eTag],
    ['an eTag without its quotes', (_: string, now: string) => now.replaceAll('"', '')],
  ])('answers %s with 412 preconditionFailed', async (_name, choose) => {
    const { call, tenant } = await startPartnerCenter();
    const { id, eTag } = tenant.createOwn();
    const edited = tenant.edit(String(id), { details: { notes: 'somebody else' } });

    const answer = await call('PATCH', `/${id}`, {
      body: replace({ campaignId: 'C' }),
      headers: { 'if-match': choose(String(eTag), String(edited.eTag)) },
    });

    expect(answer.status).toBe(412);
    expect(errorOf(answer).code).toBe('preconditionFailed');
  });

  it('may answer a mismatch otherwise, and may require If-Match', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();
    tenant.switches.mismatchStatus = 409;
    tenant.switches.mismatchCode = 'resourceModified';
    tenant.switches.patchIfMatch = 'required';
    const body = replace({ campaignId: 'C' });

    const mismatch = await call('PATCH', `/${id}`, { body, headers: { 'if-match': '"old"' } });
    const missing = await call('PATCH', `/${id}`, { body });

    expect([mismatch.status, errorOf(mismatch).code]).toEqual([409, 'resourceModified']);
    expect(missing.status).toBe(428);
  });
});

describe('PUT', () => {
  it('requires If-Match, refuses links, and loses what the body leaves out', async () => {
    const { call } = await startPartnerCenter();
    const created = await call('POST', '', { body: privateDeal({ campaignId: 'C-1' }) });
    const { id, eTag } = created.json;
    const headers = { 'if-match': String(eTag) };
    const body = privateDeal({ status: 'Active', substatus: 'Accepted' });

    const bare = await call('PUT', `/${id}`, { body });
    const linked = await call('PUT', `/${id}`, { body: { ...body, links: {} }, headers });
    const { externalReferenceId: _, ...rest } = body;
    const done = await call('PUT', `/${id}`, { body: rest, headers });

    expect([bare.status, linked.status, done.status]).toEqual([412, 400, 200]);
    expect(done.json).toMatchObject({ id, campaignId: null, externalReferenceId: null });
    expect(done.json.createdDateTime).toBe(created.json.createdDateTime);
  });

  it('may not reopen a closed deal', async () => {
    const { call, tenant } = await startPartnerCenter();
    const closed = tenant.close(String(tenant.createOwn().id), 'Lost');

    const answer = await call('PUT', `/${closed.id}`, {
      body: privateDeal({ status: 'Active', substatus: 'Accepted' }),
      headers: { 'if-match': String(closed.eTag) },
    });

    expect(answer.status).toBe(409);
  });
});

describe('versions and times', () => {
  it('gives every write a new eTag and a later time, even while the clock stands still', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    for (let n = 0; n < 20; n += 1)
      await call('PATCH', `/${id}`, { body: replace({ campaignId: `C-${n}` }) });

    const times = tenant.writeLog.map(({ after }) => String(after.updatedDateTime));
    expect(new Set(tenant.writeLog.map(({ after }) => after.eTag)).size).toBe(21);
    expect(times).toEqual([...times].sort());
    expect(new Set(times).size).toBe(21);
  });

  it('writes times with up to seven digits and no trailing zeros, or as switched', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();
    tenant.switches.fractionDigits = 7;
    const fixed = await call('GET', `/${id}`);
    tenant.switches.fractionDigits = 0;
    const none = await call('GET', `/${id}`);
    tenant.switches.fractionDigits = 'trimmed';
    const trimmed = await call('GET', `/${id}`);

    expect(fixed.json.updatedDateTime).toMatch(/\.\d{7}Z$/);
    expect(none.json.updatedDateTime).toBe('2026-03-02T09:00:00Z');
    expect(trimmed.json.updatedDateTime).not.toMatch(/0Z$/);
  });

  it('keeps a log of who wrote what', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id, eTag } = tenant.createOwn();

    await call('PATCH', `/${id}`, {
      body: replace({ 'details/notes': 'after' }),
      headers: { 'if-match': String(eTag), 'ms-requestid': 'r-1' },
    });

    const entry = tenant.writeLog[1];
    expect(entry).toMatchObject({
      by: 'api',
      action: 'patch',
      user: 'sync@partner.example',
      ifMatch: eTag,
      requestId: 'r-1',
    });
    expect(part(entry?.before ?? {}, 'details').notes).toBe('Customer wants to consolidate reporting.');
    expect(part(entry?.after ?? {}, 'details').notes).toBe('after');
  });
});
