import { describe, expect, it } from 'vitest';
import type { Tenant } from '../../../../src/sandbox/partner-center/index.ts';
import { errorOf, replace, startPartnerCenter } from './support.ts';

type State =
  | 'New/Pending'
  | 'New/Received'
  | 'Active/Accepted'
  | 'Active/Engaged'
  | 'Closed/Won'
  | 'Closed/Lost'
  | 'Closed/Declined'
  | 'Closed/Expired'
  | 'Closed/Error';
const STATES: readonly State[] = [
  'New/Pending',
  'New/Received',
  'Active/Accepted',
  'Active/Engaged',
  'Closed/Won',
  'Closed/Lost',
  'Closed/Declined',
  'Closed/Expired',
  'Closed/Error',
];
const LEGAL: Readonly<Record<string, readonly State[]>> = {
  'New/Pending': ['New/Pending', 'New/Received', 'Active/Accepted', 'Closed/Declined'],
  'New/Received': ['New/Received', 'Active/Accepted', 'Closed/Declined'],
  'Active/Accepted': ['Active/Accepted', 'Closed/Won', 'Closed/Lost', 'Closed/Error'],
};
const REACHED_BY: Readonly<Record<string, (tenant: Tenant) => string>> = {
  'New/Pending': (tenant) => String(tenant.createInbound().id),
  'New/Received': (tenant) => String(tenant.receive(String(tenant.createInbound().id)).id),
  'Active/Accepted': (tenant) => String(tenant.createOwn().id),
  'Closed/Won': (tenant) => String(tenant.close(String(tenant.createOwn().id), 'Won').id),
  'Closed/Lost': (tenant) => String(tenant.close(String(tenant.createOwn().id), 'Lost', 'Budget').id),
  'Closed/Error': (tenant) => String(tenant.close(String(tenant.createOwn().id), 'Error').id),
  'Closed/Declined': (tenant) => String(tenant.decline(String(tenant.createInbound().id)).id),
};
const MOVES = Object.keys(REACHED_BY).flatMap((from) =>
  STATES.map((to) => ({ from, to, isLegal: LEGAL[from]?.includes(to) === true })),
);

describe('status transitions over PATCH', () => {
  it.each(MOVES.filter(({ isLegal }) => isLegal))('$from may become $to', async ({ from, to }) => {
    const { call, tenant } = await startPartnerCenter();
    const id = REACHED_BY[from]?.(tenant) ?? '';
    const [status, substatus] = to.split('/');

    const answer = await call('PATCH', `/${id}`, {
      body: replace({ status, substatus, ...(status === 'Closed' ? { statusReason: 'Others' } : {}) }),
    });

    expect(answer.status).toBe(204);
    expect(tenant.referral(id)).toMatchObject({ status, substatus });
    expect(tenant.illegalCalls).toEqual([]);
  });

  it.each(MOVES.filter(({ isLegal }) => !isLegal))('$from may not become $to', async ({ from, to }) => {
    const { call, tenant } = await startPartnerCenter();
    const id = REACHED_BY[from]?.(tenant) ?? '';
    const before = tenant.referral(id);
    const [status, substatus] = to.split('/');

    const answer = await call('PATCH', `/${id}`, { body: replace({ status, substatus }) });

    expect(answer.status).toBe(409);
    expect(errorOf(answer).code).toBe('invalidRequest');
    expect(tenant.referral(id)).toEqual(before);
    expect(tenant.illegalCalls).toMatchObject([{ method: 'PATCH', id, status: 409 }]);
  });

  it.each([
    ['Declined', undefined],
    ['Declined', 'Test referral'],
    ['Lost', 'Price'],
    ['Error', ''],
    ['Error', 'Budget not adequate'],
  ])('refuses a close as %s for the reason %s, unless any is taken', async (substatus, statusReason) => {
    const { call, tenant } = await startPartnerCenter();
    const id = String((substatus === 'Declined' ? tenant.createInbound() : tenant.createOwn()).id);
    const body = replace({
      status: 'Closed',
      substatus,
      ...(statusReason === undefined ? {} : { statusReason }),
    });

    const refused = await call('PATCH', `/${id}`, { body });
    tenant.switches.reasons = 'any';
    const taken = await call('PATCH', `/${id}`, { body });

    expect([refused.status, errorOf(refused).target]).toEqual([400, 'statusReason']);
    expect(taken.status).toBe(204);
  });

  it('refuses a status without the substatus that goes with it', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createInbound();

    const answer = await call('PATCH', `/${id}`, { body: replace({ status: 'Active' }) });

    expect(answer.status).toBe(409);
  });

  it('refuses a status that does not exist', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createInbound();

    const answer = await call('PATCH', `/${id}`, { body: replace({ status: 'Done', substatus: 'Won' }) });

    expect(answer.status).toBe(400);
  });

  it.each([400, 422] as const)('answers an illegal transition with %i when switched so', async (status) => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.illegalTransitionStatus = status;
    const { id } = tenant.createInbound();

    const answer = await call('PATCH', `/${id}`, { body: replace({ status: 'Closed', substatus: 'Won' }) });

    expect(answer.status).toBe(status);
  });

  it('may let a deal be won without accepting it first', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.closeFromNew = true;
    const { id } = tenant.createInbound();

    const answer = await call('PATCH', `/${id}`, { body: replace({ status: 'Closed', substatus: 'Won' }) });

    expect(answer.status).toBe(204);
  });

  it('stamps when a deal was accepted and when it was closed', async () => {
    const { call, clock, tenant } = await startPartnerCenter();
    const { id } = tenant.createInbound();

    await call('PATCH', `/${id}`, { body: replace({ status: 'Active', substatus: 'Accepted' }) });
    clock.advance(60_000);
    await call('PATCH', `/${id}`, { body: replace({ status: 'Closed', substatus: 'Won' }) });

    const { acceptedDateTime, closedDateTime } = tenant.referral(String(id));
    expect(String(acceptedDateTime).slice(0, 19)).toBe('2026-03-02T09:00:00');
    expect(String(closedDateTime).slice(0, 19)).toBe('2026-03-02T09:01:00');
  });
});

describe('edits by state', () => {
  it('refuses any edit of a closed deal', async () => {
    const { call, tenant } = await startPartnerCenter();
    const id = String(tenant.close(String(tenant.createOwn().id), 'Lost').id);

    const answer = await call('PATCH', `/${id}`, { body: replace({ 'details/notes': 'late' }) });

    expect(answer.status).toBe(409);
    expect(tenant.illegalCalls).toMatchObject([{ rule: 'closed' }]);
  });

  it('lets a new deal be tagged, but its values change only while it is accepted', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.createInbound();
    const values = { 'details/dealValue': 91000, 'details/notes': 'ours now' };

    const tag = await call('PATCH', `/${id}`, { body: replace({ externalReferenceId: '006A' }) });
    const early = await call('PATCH', `/${id}`, { body: replace(values) });
    const accept = await call('PATCH', `/${id}`, {
      body: replace({ ...values, status: 'Active', substatus: 'Accepted' }),
    });

    expect([tag.status, early.status, accept.status]).toEqual([204, 400, 204]);
    expect(tenant.illegalCalls).toMatchObject([{ rule: 'frozenField' }]);
  });

  it('may refuse even the tag before the deal is accepted', async () => {
    const { call, tenant } = await startPartnerCenter();
    tenant.switches.tagWhileNew = false;
    const { id } = tenant.createInbound();

    const answer = await call('PATCH', `/${id}`, { body: replace({ externalReferenceId: '006A' }) });

    expect(answer.status).toBe(400);
  });

  it('freezes customer contacts once Microsoft has been invited', async () => {
    const { call, tenant } = await startPartnerCenter();
    const { id } = tenant.accept(String(tenant.createInbound().id));

    const answer = await call('PATCH', `/${id}`, { body: replace({ 'customerProfile/team': [] }) });

    expect(errorOf(answer)).toMatchObject({ target: 'customerProfile/team', rule: 'frozenField' });
  });

  it('never makes a visible deal private again', async () => {
    const { call, tenant } = await startPartnerCenter();
    const consent = 'consent/consentToShareReferralWithMicrosoftSellers';
    const { id } = tenant.createOwn({ consent: { consentToShareReferralWithMicrosoftSellers: false } });

    const show = await call('PATCH', `/${id}`, { body: replace({ [consent]: true }) });
    const hide = await call('PATCH', `/${id}`, { body: replace({ [consent]: false }) });

    expect([show.status, hide.status]).toEqual([204, 400]);
    expect(tenant.illegalCalls).toMatchObject([{ rule: 'consentOneWay' }]);
  });

  it("refuses writes to Microsoft's referral", async () => {
    const { call, tenant } = await startPartnerCenter();
    const { engagementId } = tenant.createInbound();
    const sibling = tenant.engagement(String(engagementId))[1];

    const answer = await call('PATCH', `/${sibling?.id}`, { body: replace({ statusReason: 'x' }) });

    expect(answer.status).toBe(403);
    expect(errorOf(answer).code).toBe('accessDenied');
  });
});
