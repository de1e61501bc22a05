import { describe, expect, it } from 'vitest';
import { ADMIN, errorOf, replace, rowsOf, SELLER, startPartnerCenter } from './support.ts';

describe('sign-in', () => {
  it.each(['no token', 'a foreign token', 'another audience', 'an expired token', 'a token called back'])(
    'answers %s with 401 in the error envelope',
    async (name) => {
      const { call, clock, directory, token } = await startPartnerCenter();
      const good = token(ADMIN.id);
      const tokens: Readonly<Record<string, string | null>> = {
        'no token': null,
        'a foreign token': 'a.b.c',
        'another audience': token(ADMIN.id, 'https://api.partnercenter.microsoft.com'),
      };
      if (name === 'an expired token') clock.advance(3_600_000);
      if (name === 'a token called back') directory.change({ expireAccessTokens: true });

      const answer = await call('GET', '', { token: name in tokens ? (tokens[name] ?? null) : good });

      expect(answer.status).toBe(401);
      expect(errorOf(answer)).toEqual({ code: 'unAuthorized', target: 'referral', rule: 'innerErrorCode' });
    },
  );

  it('refuses an app without a user, and a user without a role', async () => {
    const { call, tenant, token } = await startPartnerCenter();
    tenant.setRole(ADMIN.id, 'none');

    const app = await call('GET', '', { token: token(null) });
    const user = await call('GET', '');

    expect([app.status, user.status]).toEqual([403, 403]);
    expect(errorOf(user).code).toBe('accessDenied');
  });

  it('answers with ids that can be quoted to support', async () => {
    const { call } = await startPartnerCenter();

    const { headers } = await call('GET', '', {
      headers: { 'client-request-id': 'c-1', 'ms-correlationid': 'm-1', 'ms-requestid': 'r-1' },
    });

    expect(headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('client-request-id')).toBe('c-1');
    expect(headers.get('ms-correlationid')).toBe('m-1');
    expect(headers.get('ms-requestid')).toBe('r-1');
  });

  it('has no other methods and no other paths', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    const remove = await call('DELETE', `/${id}`);
    const nested = await call('GET', `/${id}/team`);
    const malformed = await call('GET', '/42');
    const unknown = await call('GET', '/00000000-0000-4000-8000-000000000000');

    expect([remove.status, nested.status, malformed.status, unknown.status]).toEqual([405, 404, 400, 404]);
    expect(errorOf(unknown).code).toBe('itemNotFound');
  });
});

describe('visibility', () => {
  it('shows a referrals user only deals whose team names them, with their siblings', async () => {
    const { tenant, walk } = await startPartnerCenter();
    const team = [{ firstName: 'Kim', lastName: 'Seller', phoneNumber: '1', email: 'KIM@partner.example' }];
    const mine = tenant.createInbound({ referral: { team } });
    const others = tenant.createOwn({
      team: [{ firstName: 'Lee', lastName: 'Other', phoneNumber: '1', email: 'lee@partner.example' }],
    });

    const seen = await walk('', SELLER);

    expect(seen).toContain(mine.id);
    expect(seen).not.toContain(others.id);
    expect(seen).toHaveLength(2);
    expect(await walk('', ADMIN)).toHaveLength(3);
  });

  it('shows a location role only deals of its locations', async () => {
    const { tenant, walk } = await startPartnerCenter();
    const west = tenant.createOwn({ mpnId: '7000001' });
    tenant.createOwn({ mpnId: '7000002' });
    tenant.setRole(SELLER.id, 'locationAdmin', ['7000001']);

    expect(await walk('', SELLER)).toEqual([west.id]);
  });

  it.each([404, 403] as const)('answers an id out of scope with %i, also for writes', async (status) => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.invisibleStatus = status;
    const { id } = tenant.createOwn();
    tenant.setRole(ADMIN.id, 'locationAdmin', []);

    const read = await call('GET', `/${id}`);
    const write = await call('PATCH', `/${id}`, { body: replace({ campaignId: 'C' }) });

    expect([read.status, write.status]).toEqual([status, status]);
  });

  it('can lose a deal from lists alone', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createOwn();

    tenant.store.hide(String(id), 'lists');
    const list = await call('GET', '');
    const single = await call('GET', `/${id}`);
    tenant.store.hide(String(id), 'everything');
    const gone = await call('GET', `/${id}`);

    expect(rowsOf(list.json)).toEqual([]);
    expect([single.status, gone.status]).toEqual([200, 404]);
  });
});
