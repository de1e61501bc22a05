import { describe, expect, it } from 'vitest';
import { errorOf, idOf, isRecord, messageOf, seedDeal, startDataverse } from './support.ts';

describe('tokens', () => {
  it('are for this host, still good, and belong to a user of the organization', async () => {
    const { call, token, org, clock, url } = await startDataverse();

    const none = await call('GET', 'WhoAmI', { token: null });
    const foreign = await call('GET', 'WhoAmI', { token: token('https://graph.microsoft.com') });
    const slashed = await call('GET', 'WhoAmI', { token: token(`${url}/`) });
    const stranger = await call('GET', 'WhoAmI', {
      token: token(url, '99999999-9999-4999-8999-999999999999'),
    });
    const old = token();
    clock.advance(3_601_000);
    const expired = await call('GET', 'WhoAmI', { token: old });
    org.patchSilently('systemuser', org.applicationUserId, { isdisabled: true });
    const disabled = await call('GET', 'WhoAmI');

    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toContain('authorization_uri=');
    expect(foreign.status).toBe(401);
    expect(slashed.status).toBe(200);
    expect(errorOf(stranger)).toEqual({ status: 403, code: '0x80072560' });
    expect(errorOf(expired)).toEqual({ status: 401, code: '0x8005f101' });
    expect(errorOf(disabled)).toEqual({ status: 403, code: '0x80040225' });
  });

  it('say who the caller is', async () => {
    const { call, org, api } = await startDataverse();

    const { json, headers } = await call('GET', 'WhoAmI');

    expect(json).toEqual({
      '@odata.context': `${api}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`,
      BusinessUnitId: org.parts.ids.businessUnit,
      UserId: org.applicationUserId,
      OrganizationId: org.organizationId,
    });
    expect(headers.get('x-ms-dop-hint')).toBe('4');
    expect((await call('GET', 'RetrieveVersion()')).json.Version).toMatch(/^9\.2\./);
  });

  it('let the app act for somebody, who becomes the author', async () => {
    const { call, org } = await startDataverse();
    const user = org.find('systemuser', org.adminUserId);

    const answer = await call('POST', 'opportunities', {
      body: { name: 'x' },
      headers: { CallerObjectId: String(user?.azureactivedirectoryobjectid) },
    });

    expect(org.find('opportunity', idOf(answer))).toMatchObject({
      createdby: { id: org.adminUserId },
      createdonbehalfby: { id: org.applicationUserId },
    });
  });
});

describe('privileges', () => {
  it.each([
    ['prvReadOpportunity', 'GET', undefined],
    ['prvWriteOpportunity', 'PATCH', { name: 'x' }],
    ['prvDeleteOpportunity', 'DELETE', undefined],
    ['prvAppendToAccount', 'PATCH', { 'customerid_account@odata.bind': 'ACCOUNT' }],
    ['prvAssignOpportunity', 'PATCH', { 'ownerid@odata.bind': 'OWNER' }],
  ])('that are missing refuse with 403: %s', async (privilege, method, body) => {
    const { call, org } = await startDataverse();
    const { opportunity, account } = seedDeal(org);
    org.switches.privilegesMissing = [privilege];
    const filled: unknown =
      body === undefined
        ? undefined
        : JSON.parse(
            JSON.stringify(body)
              .replace('ACCOUNT', `/accounts(${account})`)
              .replace('OWNER', `/systemusers(${org.adminUserId})`),
          );

    const answer = await call(
      method,
      `opportunities(${opportunity})`,
      filled === undefined ? {} : { body: filled },
    );

    expect(errorOf(answer)).toEqual({ status: 403, code: '0x80040220' });
    expect(messageOf(answer)).toContain(`is missing ${privilege} privilege`);
  });

  it('can be listed', async () => {
    const { call, org } = await startDataverse();
    org.switches.privilegesMissing = ['prvWriteOpportunity'];

    const { json } = await call(
      'GET',
      `systemusers(${org.applicationUserId})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()`,
    );
    const list = Array.isArray(json.RolePrivileges) ? json.RolePrivileges.filter(isRecord) : [];
    const names = list.map(({ PrivilegeName }) => PrivilegeName);

    expect(names).toContain('prvReadOpportunity');
    expect(names).not.toContain('prvWriteOpportunity');
  });
});

describe('service protection', () => {
  it('refuses beyond the requests of a window, longer each time, and recovers', async () => {
    const { call, org, clock } = await startDataverse();
    org.switches.requestLimit = 2;
    const first = await call('GET', 'WhoAmI');
    clock.advance(60_000);
    await call('GET', 'WhoAmI');

    const refused = await call('GET', 'WhoAmI');
    const again = await call('GET', 'WhoAmI');
    clock.advance(240_000);
    const later = await call('GET', 'WhoAmI');

    expect(first.headers.get('x-ms-ratelimit-burst-remaining-xrm-requests')).toBe('1');
    expect(errorOf(refused)).toEqual({ status: 429, code: '0x80072322' });
    expect(messageOf(refused)).toBe(
      'Number of requests exceeded the limit of 2 over time window of 300 seconds.',
    );
    expect(refused.headers.get('retry-after')).toBe('240');
    expect(again.headers.get('retry-after')).toBe('241');
    expect(later.status).toBe(200);
  });

  it('refuses beyond the execution time and the requests at once', async () => {
    const { call, org } = await startDataverse();
    org.switches.executionMs = 1000;
    org.switches.executionLimitMs = 1000;
    await call('GET', 'WhoAmI');
    const time = await call('GET', 'WhoAmI');
    Object.assign(org.switches, { executionLimitMs: 1_200_000, concurrentLimit: 0 });
    const atOnce = await call('GET', 'WhoAmI');

    expect(errorOf(time)).toEqual({ status: 429, code: '0x80072321' });
    expect(errorOf(atOnce)).toEqual({ status: 429, code: '0x80072326' });
    expect(messageOf(atOnce)).toBe('Number of concurrent requests exceeded the limit of 0.');
  });

  it('can be made to refuse the next requests', async () => {
    const { call, org } = await startDataverse();
    Object.assign(org.switches, {
      throttleNext: 1,
      throttleKind: 'concurrency',
      throttleRetryAfterSeconds: 5,
    });

    const refused = await call('GET', 'WhoAmI');

    expect(errorOf(refused)).toEqual({ status: 429, code: '0x80072326' });
    expect(messageOf(refused)).toBe('Number of concurrent requests exceeded the limit of 52.');
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await call('GET', 'WhoAmI')).status).toBe(200);
  });
});

describe('errors', () => {
  it('name the request, and add details only when all annotations are asked for', async () => {
    const { call } = await startDataverse();

    const short = await call('GET', 'nothing');
    const long = await call('GET', 'nothing', { prefer: 'odata.include-annotations="*"' });

    expect(short.headers.get('req_id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.keys(isRecord(short.json.error) ? short.json.error : {})).toEqual(['code', 'message']);
    expect(Object.keys(isRecord(long.json.error) ? long.json.error : {})).toContain(
      '@Microsoft.PowerApps.CDS.HelpLink',
    );
  });

  it('can come from a gateway instead, or after the write was done', async () => {
    const { call, faults, org } = await startDataverse();
    faults.add({
      system: 'dataverse',
      kind: 'status',
      when: 'before',
      status: 502,
      contentType: 'text/html',
      body: '<html></html>',
    });
    const gateway = await call('GET', 'WhoAmI');
    faults.add({ system: 'dataverse', kind: 'reset', when: 'after', writesOnly: true });
    const lost = await call('POST', 'opportunities', { body: { name: 'lost answer' } }).catch(() => null);

    expect(gateway.status).toBe(502);
    expect(gateway.headers.get('content-type')).toBe('text/html');
    expect(lost).toBeNull();
    expect(org.list('opportunity')).toMatchObject([{ name: 'lost answer' }]);
  });
});
