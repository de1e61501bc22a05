import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import type { OpportunityDraft } from '../../../src/core/ports.ts';
import {
  type Answer,
  API,
  call,
  createTestCrm,
  expectBatch,
  expectMetadata,
  failure,
  OPPORTUNITY,
  opportunity,
  opportunityId,
  type ReceivedItem,
  referralId,
  rows,
  SELECTION,
  TABLES,
  unsentRequests,
} from './support.ts';

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(unsentRequests()).toEqual([]));

const KEYED = { ...TABLES, opportunity: { ...OPPORTUNITY, keys: [{ columns: ['cosell_referralid'] }] } };
const ACCOUNT_ID = '30000000-0000-4000-8000-000000000001';

const selection: CrmSelection = {
  ...SELECTION,
  paths: ['name', 'statuscode', 'customerid.name', 'customerid.address1_city'],
  customer: { name: 'customerid.name', city: 'customerid.address1_city' },
};

const draft = (number: number, customer: OpportunityDraft['customer'] = null): OpportunityDraft => ({
  values: { name: `Deal ${number}`, statuscode: 'On Hold', cosell_status: null, 'customerid.name': 'x' },
  referralId: referralId(number),
  customer,
});
const newCustomer: OpportunityDraft['customer'] = {
  create: { values: { 'customerid.name': 'Fabrikam', city: 'Oslo', 'customerid.address1_country': null } },
};
const created = (number: number): Answer => ({
  status: 201,
  body: { '@odata.etag': 'W/"1"', opportunityid: opportunityId(number) },
});
const tagged = (number: number) =>
  opportunity(number, { cosell_referralid: referralId(number), customerid_account: { name: 'Fabrikam' } });

describe('a new opportunity', () => {
  it('is bound to a contact where that is what the customer is, which is asked once', async () => {
    const sent: unknown[] = [];
    expectMetadata(KEYED);
    expectBatch((items) => {
      sent.push(items[0]?.[0]?.path);
      return [rows([{ contactid: ACCOUNT_ID.toUpperCase() }])];
    });
    for (const number of [1, 2])
      expectBatch((items) => {
        sent.push(items[0]?.[0]?.body);
        return [created(number), rows([tagged(number)])];
      });
    const { crm } = createTestCrm({ selection });

    for (const number of [1, 2]) await crm.create([draft(number, { existingId: ACCOUNT_ID })], call());

    expect(sent[0]).toContain(`@p1='contactid'&@p2=["${ACCOUNT_ID}"]`);
    for (const body of sent.slice(1))
      expect(body).toMatchObject({ 'customerid_contact@odata.bind': `/contacts(${ACCOUNT_ID})` });
  });

  it('is written by the alternate key, only if there is none yet, and read back with the write', async () => {
    let sent: readonly ReceivedItem[] = [];
    expectMetadata(KEYED);
    expectBatch(() => [rows([])]);
    expectBatch((items) => {
      sent = items;
      return [created(1), rows([tagged(1)])];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1, { existingId: ACCOUNT_ID })], call());

    expect(sent[0]?.[0]).toMatchObject({
      method: 'PATCH',
      path: `opportunities(cosell_referralid='${referralId(1)}')?$select=opportunityid`,
      headers: { 'if-none-match': '*', prefer: 'return=representation' },
    });
    expect(sent[0]?.[0]?.body).toEqual({
      name: 'Deal 1',
      statuscode: 2,
      'customerid_account@odata.bind': `/accounts(${ACCOUNT_ID})`,
    });
    expect(sent[1]?.[0]?.path).toContain(`@p1='cosell_referralid'&@p2=["${referralId(1)}"]`);
    expect(outcomes).toMatchObject([
      { ok: true, id: opportunityId(1), record: { values: { 'customerid.name': 'Fabrikam' } } },
    ]);
  });

  it('carries an id that follows from the referral where there is no key, so that it meets itself', async () => {
    const ids: unknown[] = [];
    const answer = (items: readonly ReceivedItem[]): Answer[] => {
      ids.push(items[0]?.[0]?.body?.opportunityid);
      return [
        {
          status: 204,
          headers: {
            'OData-EntityId': `${API}/opportunities(${String(items[0]?.[0]?.body?.opportunityid)})`,
          },
        },
        rows([]),
      ];
    };
    expectMetadata();
    expectBatch(answer);
    expectBatch(answer);
    const { crm } = createTestCrm({ selection });

    await crm.create([draft(1)], call());
    const outcomes = await crm.create([draft(1)], call());

    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(outcomes).toMatchObject([{ ok: true, id: ids[0], record: null }]);
  });

  it('that is there already names the one that is', async () => {
    expectMetadata(KEYED);
    expectBatch(() => [failure(412, ''), created(2), rows([tagged(2)])]);
    expectBatch(() => [rows([{ opportunityid: opportunityId(7), cosell_referralid: referralId(1) }])]);
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1), draft(2)], call());

    expect(outcomes).toMatchObject([
      { ok: false, error: { code: 'duplicate', duplicateIds: [opportunityId(7)] } },
      { ok: true, id: opportunityId(2) },
    ]);
  });

  it.each([
    ['0x80040333', 500],
    ['0x80040237', 409],
    ['0x80060892', 400],
  ])('meets duplicates by code %s, whatever the status', async (code, status) => {
    expectMetadata();
    expectBatch(() => [failure(status, code), rows([])]);
    expectBatch(() => [rows([])]);
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1)], call());

    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'duplicate', outcomeUnknown: false } }]);
  });

  it('is made in another way when the key has gone since', async () => {
    expectMetadata(KEYED);
    expectBatch(() => [failure(400, '0x80060890'), rows([])]);
    expectMetadata();
    expectBatch((items) => {
      expect(items[0]?.[0]?.method).toBe('POST');
      return [created(1), rows([tagged(1)])];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1)], call());

    expect(outcomes).toMatchObject([{ ok: true, id: opportunityId(1) }]);
  });
});

describe('a new customer', () => {
  it('is created with its opportunity or not at all, in its own columns', async () => {
    let sent: readonly ReceivedItem[] = [];
    expectMetadata(KEYED);
    expectBatch((items) => {
      sent = items;
      return [[{ status: 204 }, created(1)], rows([tagged(1)])];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1, newCustomer)], call());

    expect(sent[0]?.isChangeSet).toBe(true);
    const accountId = String(sent[0]?.[0]?.body?.accountid);
    expect(sent[0]?.[0]).toMatchObject({ method: 'POST', path: 'accounts' });
    expect(sent[0]?.[0]?.body).toEqual({ name: 'Fabrikam', address1_city: 'Oslo', accountid: accountId });
    expect(sent[0]?.[1]?.body).toMatchObject({ 'customerid_account@odata.bind': `/accounts(${accountId})` });
    expect(outcomes).toMatchObject([{ ok: true, id: opportunityId(1) }]);
  });

  it('of two deals is created once', async () => {
    const bound: unknown[] = [];
    const see = (items: readonly ReceivedItem[]): void => {
      for (const item of items) bound.push(item.at(-1)?.body?.['customerid_account@odata.bind']);
    };
    expectMetadata(KEYED);
    expectBatch((items) => {
      see(items.slice(0, 1));
      return [[{ status: 204 }, created(1)], rows([tagged(1)])];
    });
    expectBatch((items) => {
      see(items.slice(0, 1));
      expect(items[0]?.isChangeSet).toBeUndefined();
      return [created(2), rows([tagged(2)])];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1, newCustomer), draft(2, newCustomer)], call());

    expect(bound[0]).toBe(bound[1]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
  });

  it('that could not be created is created by the next deal', async () => {
    expectMetadata(KEYED);
    expectBatch(() => [failure(400, '0x80040265', 'a plug-in said no'), rows([])]);
    expectBatch((items) => {
      expect(items[0]?.isChangeSet).toBe(true);
      return [[{ status: 204 }, created(2)], rows([tagged(2)])];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.create([draft(1, newCustomer), draft(2, newCustomer)], call());

    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'rejected' } }, { ok: true }]);
  });
});
