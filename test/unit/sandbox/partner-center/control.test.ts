import { afterEach, describe, expect, it } from 'vitest';
import { kernelRoutes, startControl } from '../../../../src/sandbox/control.ts';
import { createDirectory, entraRoutes } from '../../../../src/sandbox/entra/index.ts';
import { createClock } from '../../../../src/sandbox/kernel/clock.ts';
import { createFaults } from '../../../../src/sandbox/kernel/faults.ts';
import { createJournal } from '../../../../src/sandbox/kernel/journal.ts';
import {
  createTenant,
  type JsonObject,
  partnerCenterRoutes,
} from '../../../../src/sandbox/partner-center/index.ts';
import { ADMIN } from './support.ts';

const CLIENT_ID = '22222222-2222-4222-8222-222222222222';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function start() {
  const clock = createClock(new Date('2026-03-02T09:00:00Z'));
  const journal = createJournal();
  const faults = createFaults();
  const tenant = createTenant({ clock, users: [ADMIN] });
  const directory = createDirectory({
    clock,
    tenantId: '11111111-1111-4111-8111-111111111111',
    applications: [{ clientId: CLIENT_ID, secret: 'secret', allowsPublicFlows: true }],
    users: [{ id: ADMIN.id, userName: ADMIN.email, displayName: 'Sync' }],
  });
  const routes = [
    ...kernelRoutes({ clock, journal, faults, requestCounts: () => ({ partnerCenter: 3 }) }),
    ...partnerCenterRoutes(tenant),
    ...entraRoutes(directory, CLIENT_ID),
  ];
  const server = await startControl(routes, 0);
  closers.push(server.close);
  async function call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${server.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: JsonObject = text === '' ? {} : JSON.parse(text);
    return { status: response.status, json };
  }
  return { call, clock, journal, faults, tenant, directory };
}

describe('the control API', () => {
  it('lists its routes', async () => {
    const { call } = await start();

    const { json } = await call('GET', '/');

    expect(json.routes).toContainEqual({ route: 'POST /clock', does: 'Moves the time forward: {advanceMs}' });
  });

  it('moves the clock forward', async () => {
    const { call, clock } = await start();

    const moved = await call('POST', '/clock', { advanceMs: 60_000 });
    const back = await call('POST', '/clock', { advanceMs: -1 });

    expect(moved.json).toEqual({ now: '2026-03-02T09:01:00.000Z' });
    expect(back.status).toBe(400);
    expect(clock.now().toISOString()).toBe('2026-03-02T09:01:00.000Z');
  });

  it('arms, lists and disarms faults, by rule and by preset', async () => {
    const { call, faults } = await start();

    const rule = await call('POST', '/faults', { system: 'entra', kind: 'reset', when: 'after', times: 2 });
    const preset = await call('POST', '/faults', {
      system: 'partner-center',
      preset: 'throttled',
      path: 'referrals',
    });
    const listed = await call('GET', '/faults');
    await call('DELETE', `/faults/${rule.json.id}`);

    expect([rule.status, preset.status]).toEqual([200, 200]);
    expect(listed.json.faults).toHaveLength(2);
    expect(faults.list()).toMatchObject([{ status: 429, headers: { 'Retry-After': '1' }, hits: 0 }]);
    await call('DELETE', '/faults');
    expect(faults.list()).toEqual([]);
  });

  it('shows and forgets the journal', async () => {
    const { call, journal } = await start();
    const entry = {
      at: '2026-03-02T09:00:00.000Z',
      method: 'GET',
      path: '/',
      query: '',
      status: 200,
      write: false,
      data: true,
      fault: null,
      headers: {},
      body: '',
    } as const;
    journal.add({ ...entry, system: 'entra' });
    journal.add({ ...entry, system: 'partner-center' });

    const all = await call('GET', '/journal');
    const later = await call('GET', '/journal?since=1&system=entra');
    await call('DELETE', '/journal');
    const none = await call('GET', '/journal');

    expect(all.json.entries).toHaveLength(2);
    expect(later.json.entries).toEqual([]);
    expect(none.json.entries).toEqual([]);
  });

  it.each([
    ['POST', '/faults', { system: 'partner-center' }, 'kind'],
    ['POST', '/faults', { system: 'mars', kind: 'reset' }, 'system'],
    ['POST', '/faults', { system: 'entra', preset: 'sunspots' }, 'preset'],
    ['POST', '/clock', {}, 'advanceMs'],
    ['POST', '/clock', '{broken', 'JSON'],
    ['GET', '/journal?since=yesterday', undefined, 'expected number'],
    ['PATCH', '/partner-center/switches', { pageSize: 0 }, 'pageSize'],
    ['PATCH', '/partner-center/switches', { pagesize: 5 }, 'pagesize'],
    ['PATCH', '/entra/switches', { accessTokenSeconds: 'long' }, 'accessTokenSeconds'],
    ['POST', '/partner-center/referrals/inbound', { kind: 'gift' }, 'kind'],
    ['POST', '/partner-center/engagements/none/answer', { answer: 'maybe' }, 'answer'],
  ])('answers bad input to %s %s with 400 and the reason', async (method, path, body, reason) => {
    const { call } = await start();

    const { status, json } = await call(method, path, body);

    expect(status).toBe(400);
    expect(json.error).toContain(reason);
  });

  it('answers unknown paths, methods and records in words', async () => {
    const { call } = await start();

    const path = await call('GET', '/nowhere');
    const method = await call('PUT', '/clock', {});
    const record = await call('GET', '/partner-center/referrals/00000000-0000-4000-8000-000000000000');

    expect([path.status, method.status, record.status]).toEqual([404, 405, 404]);
    expect(method.json.error).toContain('GET, POST');
  });

  it('changes switches one by one', async () => {
    const { call, tenant, directory } = await start();

    await call('PATCH', '/partner-center/switches', { listLagMs: 5000, quirks: { emptyMix: true } });
    await call('PATCH', '/entra/switches', { mfaRequired: true, revoke: true });
    const shown = await call('GET', '/partner-center/switches');

    expect(tenant.switches).toMatchObject({ listLagMs: 5000, pageSize: 100, quirks: { emptyMix: true } });
    expect(shown.json).toMatchObject({ listLagMs: 5000, quirks: { emptyMix: true, htmlEntities: false } });
    expect(directory.switches).toMatchObject({ mfaRequired: true, accessTokenSeconds: 3600 });
  });

  it('acts for people: an inbound deal is received, edited, accepted, marked and won', async () => {
    const { call, tenant } = await start();
    const created = await call('POST', '/partner-center/referrals/inbound', {
      referral: { name: 'From outside' },
    });
    const referral = `/partner-center/referrals/${created.json.id}`;

    await call('PATCH', referral, { details: { notes: 'Seen' } });
    await call('POST', `${referral}/receive`);
    await call('POST', `${referral}/accept`, { details: { dealValue: 60_000 } });
    await call('POST', `${referral}/favorite`);
    const won = await call('POST', `${referral}/close`, { outcome: 'Won' });
    const late = await call('PATCH', referral, { name: 'Late' });

    expect(won.json).toMatchObject({
      name: 'From outside',
      status: 'Closed',
      substatus: 'Won',
      favorite: true,
      details: { notes: 'Seen', dealValue: 60_000 },
    });
    expect(late.status).toBe(400);
    expect(tenant.writeLog.map(({ action }) => action)).toEqual([
      'create',
      'create',
      'edit',
      'receive',
      'accept',
      'favorite',
      'close',
    ]);
    expect((await call('GET', '/partner-center/writes?since=6')).json.entries).toHaveLength(1);
  });

  it('answers for Microsoft, declines, and lists deals', async () => {
    const { call, tenant } = await start();
    const own = await call('POST', '/partner-center/referrals', { name: 'Typed in' });
    const inbound = await call('POST', '/partner-center/referrals/inbound', { kind: 'lead' });

    const declined = await call('POST', `/partner-center/referrals/${inbound.json.id}/decline`, {
      reason: 'Spam',
    });
    const nobody = await call('POST', `/partner-center/engagements/${own.json.engagementId}/answer`, {
      answer: 'accept',
    });
    const list = await call('GET', '/partner-center/referrals');
    const deal = await call('GET', `/partner-center/referrals?engagementId=${own.json.engagementId}`);

    expect(declined.json).toMatchObject({ substatus: 'Declined', statusReason: 'Spam' });
    expect(nobody.json.error).toContain('no open invitation');
    expect([list.json.value, deal.json.value].map((rows) => (Array.isArray(rows) ? rows.length : 0))).toEqual(
      [2, 1],
    );
    expect(tenant.referrals()).toHaveLength(2);
  });

  it('changes roles and hides deals', async () => {
    const { call, tenant } = await start();
    const { json } = await call('POST', '/partner-center/referrals', {});

    await call('PATCH', `/partner-center/users/${ADMIN.id}`, { role: 'none' });
    await call('POST', `/partner-center/referrals/${json.id}/hide`, { from: 'lists' });
    const users = await call('GET', '/partner-center/users');

    expect(users.json.value).toMatchObject([{ id: ADMIN.id, role: 'none' }]);
    expect([...tenant.store.listed()]).toEqual([]);
  });

  it('issues refresh tokens', async () => {
    const { call, directory } = await start();

    const { json } = await call('POST', '/entra/refresh-tokens', {});

    const proof = { clientId: CLIENT_ID, secret: 'secret', assertion: null, audiences: [] };
    expect(directory.redeem(String(json.refreshToken), proof).user.id).toBe(ADMIN.id);
  });
});
