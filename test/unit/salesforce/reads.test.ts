import { afterEach, describe, expect, it } from 'vitest';
import { createBudget } from '../../../src/adapters/salesforce/budget.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import {
  type Answer,
  call,
  composite,
  createTestCrm,
  errors,
  type Host,
  opportunity,
  opportunityId,
  type PartAnswer,
  type Received,
  rows,
  SELECTION,
  soqlOf,
  startHost,
} from './support.ts';

let host: Host;
afterEach(() => host.close());

const asked: string[] = [];
const startOrg = async (
  query: (soql: string) => PartAnswer,
  other: (request: Received) => Answer | null = () => null,
): Promise<void> => {
  asked.length = 0;
  host = await startHost(
    (request) =>
      other(request) ??
      composite(request, (part) => {
        const soql = soqlOf(part)?.soql ?? '';
        asked.push(soql);
        return query(soql);
      }),
  );
};

describe('reading by id', () => {
  it('asks for two thousand rows in one request, four hundred a query, and maps what is missing to null', async () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => opportunityId(index + 1) as OpportunityId);
    await startOrg((soql) =>
      rows([...soql.matchAll(/'(006\w+)'/g)].map(([, id]) => ({ ...opportunity(1), Id: id })).slice(1)),
    );
    const { crm, counters } = createTestCrm(host);

    const found = await crm.read(ids, call());

    expect(counters.requests).toBe(1);
    expect(asked).toHaveLength(5);
    expect(found.size).toBe(2_000);
    expect([...found.values()].filter((record) => record === null)).toHaveLength(5);
  });

  it('goes on behind the last id when an answer is cut short', async () => {
    await startOrg((soql) =>
      soql.includes('Id > ') ? rows([opportunity(2)]) : rows([opportunity(1)], { done: false, totalSize: 2 }),
    );
    const { crm } = createTestCrm(host);

    const found = await crm.read([opportunityId(1), opportunityId(2)] as OpportunityId[], call());

    expect([...found.values()].every((record) => record !== null)).toBe(true);
    expect(asked[1]).toContain(`AND Id > '${opportunityId(1)}' ORDER BY Id ASC`);
  });

  it('keeps every query short enough for a URL, however long the values are', async () => {
    const ids = Array.from(
      { length: 500 },
      (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    );
    await startOrg(() => rows([]));
    const { crm, counters } = createTestCrm(host);

    await crm.findByReferralIds(ids as ReferralId[], call());

    expect(counters.requests).toBe(1);
    expect(Math.max(...asked.map((soql) => encodeURIComponent(soql).length))).toBeLessThan(12_000);
    expect(ids.every((id) => asked.some((soql) => soql.includes(id)))).toBe(true);
  });

  it('stops before anything is sent when the caller has given up', async () => {
    await startOrg(() => rows([]));
    const { crm } = createTestCrm(host);

    const reading = crm.read([opportunityId(1) as OpportunityId], {
      signal: AbortSignal.abort(new Error('stopped')),
    });

    await expect(reading).rejects.toThrow('stopped');
    expect(host.data()).toEqual([]);
  });

  it('sends nothing for no ids', async () => {
    await startOrg(() => rows([]));
    const { crm } = createTestCrm(host);

    expect((await crm.read([], call())).size).toBe(0);
    expect(host.received).toEqual([]);
  });

  it('finds rows by referral id also outside the filter', async () => {
    await startOrg(() => rows([opportunity(1)]));
    const { crm } = createTestCrm(host);

    const found = await crm.findByReferralIds(['00000000-0000-4000-8000-000000000001' as ReferralId], call());

    expect(found.map(({ id }) => id)).toEqual([opportunityId(1)]);
    expect(asked[0]).toMatch(
      /WHERE Referral__c IN \('00000000-0000-4000-8000-000000000001'\) ORDER BY Id ASC$/,
    );
  });
});

describe('finding accounts', () => {
  const selection: CrmSelection = {
    ...SELECTION,
    customer: {
      name: 'Account.Name',
      country: 'Account.BillingCountry',
      postalCode: 'Account.BillingPostalCode',
      duns: 'Account.DunsNumber',
    },
  };
  const account = {
    Id: '0014S000007Nxml',
    Name: "O'Brien & Söhne",
    BillingCountry: 'CH',
    BillingPostalCode: '3000',
    DunsNumber: null,
  };

  it('searches the D-U-N-S number first, then the exact name', async () => {
    await startOrg((soql) => rows(soql.includes('DunsNumber =') ? [] : [account]));
    const { crm } = createTestCrm(host, { selection });

    const found = await crm.findAccounts({ duns: '123456789', name: "O'Brien & Söhne" }, call());

    expect(found).toEqual([
      {
        id: '0014S000007NxmlQAC',
        name: "O'Brien & Söhne",
        country: 'CH',
        postalCode: '3000',
        city: null,
        duns: null,
      },
    ]);
    expect(asked).toEqual([
      "SELECT Id, Name, BillingCountry, BillingPostalCode, DunsNumber FROM Account WHERE DunsNumber = '123456789' ORDER BY Id ASC",
      "SELECT Id, Name, BillingCountry, BillingPostalCode, DunsNumber FROM Account WHERE Name = 'O\\'Brien & Söhne' ORDER BY Id ASC",
    ]);
  });

  it('does not search the name when the number is found', async () => {
    await startOrg(() => rows([account]));
    const { crm } = createTestCrm(host, { selection });

    await crm.findAccounts({ duns: '123456789', name: 'x' }, call());

    expect(asked).toHaveLength(1);
  });
});

describe('doctor’s checks', () => {
  const field = (name: string, updateable = true): object => ({ name, updateable });
  const opportunityFields = (...names: string[]): object[] =>
    [
      'Id',
      'SystemModstamp',
      'CreatedDate',
      'LastModifiedById',
      'IsDeleted',
      'AccountId',
      'LastStageChangeDate',
      'Name',
      'Amount',
      'StageName',
      'Sync__c',
      ...names,
    ].map((name) => field(name));
  const stage = {
    ApiName: 'Prospecting',
    MasterLabel: 'Prospecting',
    IsActive: true,
    IsClosed: false,
    IsWon: false,
    SortOrder: 2,
  };
  const org =
    (fields: object[]) =>
    (request: Received): Answer | null => {
      if (request.path === '/services/data/') return { json: [{ version: '65.0' }, { version: '66.0' }] };
      if (request.path.endsWith('/describe'))
        return { json: { name: 'Opportunity', fields, childRelationships: [] } };
      return null;
    };

  it('pass for an org that has everything', async () => {
    await startOrg(() => rows([stage]), org(opportunityFields('Referral__c', 'Audit__c')));
    const { crm, counters } = createTestCrm(host, { stageNames: ['Prospecting'] });

    const results = await crm.check(call());

    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results).toHaveLength(6);
    expect(counters.requests).toBe(2);
  });

  it('name missing columns, read-only columns, unknown stages and the remedy', async () => {
    await startOrg(
      () => rows([stage]),
      org([...opportunityFields('Referral__c').slice(1), field('Audit__c', false)]),
    );
    const { crm } = createTestCrm(host, { stageNames: ['Prospecting', 'Prospectting'] });

    const failed = (await crm.check(call())).filter(({ ok }) => !ok);

    expect(failed).toMatchObject([
      {
        name: 'Salesforce columns',
        detail: expect.stringContaining('Id'),
        remedy: expect.stringContaining('cosell-sync setup'),
      },
      { name: 'Salesforce write rights', detail: expect.stringContaining('Audit__c') },
      { name: 'Salesforce stages', detail: expect.stringContaining('"Prospectting"') },
    ]);
  });

  it('end with the sign-in when that fails, and never throw', async () => {
    await startOrg(
      () => rows([]),
      () => ({ status: 400, json: { error: 'invalid_client', error_description: 'x' } }),
    );
    const { crm } = createTestCrm(host);

    expect(await crm.check(call())).toMatchObject([
      { name: 'Salesforce sign-in', ok: false, detail: expect.stringContaining('invalid_client') },
    ]);
  });

  it('report what the other checks ran into', async () => {
    await startOrg(
      () => errors('INSUFFICIENT_ACCESS', '', 403),
      org(opportunityFields('Referral__c', 'Audit__c')),
    );
    const { crm } = createTestCrm(host);

    const failed = (await crm.check(call())).filter(({ ok }) => !ok);

    expect(failed).toMatchObject([
      { name: 'Salesforce stages', detail: expect.stringContaining('INSUFFICIENT_ACCESS') },
    ]);
  });
});

describe('the feed’s identity', () => {
  it('changes with the filter and the columns, and with nothing else', async () => {
    await startOrg(() => rows([]));
    const identity = (selection: CrmSelection): string => createTestCrm(host, { selection }).crm.feedIdentity;

    expect(identity(SELECTION)).toBe(identity({ ...SELECTION, bookkeeping: [] }));
    expect(identity(SELECTION)).not.toBe(identity({ ...SELECTION, paths: ['Name'] }));
    expect(identity(SELECTION)).not.toBe(
      identity({
        ...SELECTION,
        include: { type: 'compare', column: 'Sync__c', operator: '=', value: false },
      }),
    );
  });
});

describe('the budget', () => {
  const usage = (used: number, limit: number): Record<string, string> => ({
    'sforce-limit-info': `api-usage=${used}/${limit}; per-app-api-usage=17/250(appName=cosell)`,
  });

  it('stops at our share of the day, and frees it as the day rolls on', async () => {
    await startOrg(() => rows([]));
    let now = 0;
    const budget = createBudget(0.1, () => now);
    for (let sent = 0; sent < 10; sent += 1) budget.record(usage(50, 100));

    expect(() => budget.ensureFree('Read')).toThrow(/share of 10 API calls a day/);
    now = 25 * 3_600_000;
    expect(() => budget.ensureFree('Read')).not.toThrow();
  });

  it('leaves the last of the org’s quota to others, and looks again after a while', async () => {
    await startOrg(() => rows([]));
    let now = 0;
    const budget = createBudget(1, () => now);
    budget.record(usage(95, 100));

    expect(() => budget.ensureFree('Read')).toThrow(
      expect.objectContaining({ code: 'quota', retryAfterMs: 900_000 }),
    );
    now = 15 * 60_000;
    expect(() => budget.ensureFree('Read')).not.toThrow();
  });
});
