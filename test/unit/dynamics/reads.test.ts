import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import {
  call,
  createTestCrm,
  describeAnswers,
  expectBatch,
  expectGet,
  expectMetadata,
  failure,
  OPPORTUNITY,
  OUR_USER,
  opportunity,
  opportunityId,
  referralId,
  rows,
  SELECTION,
  type STAGES,
  TABLES,
  unsentRequests,
} from './support.ts';

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(unsentRequests()).toEqual([]));

const WITH_CUSTOMER: CrmSelection = {
  ...SELECTION,
  paths: ['name', 'customerid.name', 'customerid.cosell_duns', 'customerid.address1_country'],
  customer: {
    name: 'customerid.name',
    duns: 'customerid.cosell_duns',
    country: 'customerid.address1_country',
  },
};

describe('opportunities by id', () => {
  it('are all in the answer, missing ones as null', async () => {
    expectMetadata();
    expectBatch(() => [rows([opportunity(2)])]);
    const { crm } = createTestCrm();

    const found = await crm.read([opportunityId(1), opportunityId(2)], call());

    expect([...found].map(([id, record]) => [id, record?.version ?? null])).toEqual([
      [opportunityId(1), null],
      [opportunityId(2), 'W/"1002"'],
    ]);
  });

  it('are read a hundred at a time, in one request', async () => {
    expectMetadata();
    expectBatch((items) => items.map(() => rows([])));
    const { crm, counters } = createTestCrm();

    await crm.read(
      Array.from({ length: 250 }, (_value, index) => opportunityId(index)),
      call(),
    );

    expect(counters.requests).toBe(2);
  });

  it('share what is known of the environment', async () => {
    expectMetadata();
    expectBatch(() => [rows([])]);
    expectBatch(() => [rows([])]);
    const { crm, counters } = createTestCrm();

    await Promise.all([crm.read([opportunityId(1)], call()), crm.read([opportunityId(2)], call())]);

    expect(counters.requests).toBe(3);
  });

  it('are not half an answer: a part that failed fails the call', async () => {
    expectMetadata();
    expectBatch(() => [failure(403, '0x80040220', 'is missing prvReadOpportunity privilege (Id=1)')]);
    const { crm } = createTestCrm();

    await expect(crm.read([opportunityId(1)], call())).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('prvReadOpportunity'),
    });
  });
});

describe('opportunities by referral id', () => {
  it('are found wherever they are', async () => {
    const asked: string[] = [];
    expectMetadata();
    expectBatch((items) => {
      asked.push(items[0]?.[0]?.path ?? '');
      return [rows([{ opportunityid: opportunityId(1) }])];
    });
    expectBatch(() => [rows([opportunity(1, { cosell_sync: false, cosell_referralid: referralId(1) })])]);
    const { crm } = createTestCrm();

    const found = await crm.findByReferralIds([referralId(1)], call());

    expect(asked[0]).toContain(`@p1='cosell_referralid'&@p2=["${referralId(1)}"]`);
    expect(found.map(({ id }) => id)).toEqual([opportunityId(1)]);
  });
});

describe('accounts', () => {
  const account = (name: string, duns: string | null) => ({
    accountid: '30000000-0000-4000-8000-000000000001',
    name,
    cosell_duns: duns,
    address1_country: 'NO',
  });

  it('are found by number and name in one request; the number counts more', async () => {
    const asked: string[] = [];
    expectMetadata();
    expectBatch((items) => {
      asked.push(...items.map((item) => item[0]?.path ?? ''));
      return [rows([account('Fabrikam', '123456789')]), rows([account("O'Neil", null)]), rows([])];
    });
    const { crm, counters } = createTestCrm({ selection: WITH_CUSTOMER });

    const found = await crm.findAccounts({ duns: '123456789', name: "O'Neil" }, call());

    expect(asked[0]).toContain("$filter=cosell_duns eq '123456789' and statecode eq 0");
    expect(asked[1]).toContain("$filter=name eq 'O''Neil' and statecode eq 0");
    expect(asked[2]).toContain(
      "contacts?$select=contactid,fullname,address1_country&$filter=fullname eq 'O''Neil' and statecode eq 0 and _parentcustomerid_value eq null",
    );
    expect(found).toEqual([
      {
        id: '30000000-0000-4000-8000-000000000001',
        name: 'Fabrikam',
        country: 'NO',
        postalCode: null,
        city: null,
        duns: '123456789',
      },
    ]);
    expect(counters.requests).toBe(2);
  });

  it('are found by name where no account has the number, or none is mapped', async () => {
    expectMetadata();
    expectBatch(() => [rows([]), rows([account("O'Neil", null)]), rows([])]);
    const { crm } = createTestCrm({ selection: WITH_CUSTOMER });
    expectMetadata();
    expectBatch((items) => {
      expect(items).toHaveLength(2);
      return [rows([]), rows([])];
    });
    const bare = createTestCrm({
      selection: {
        ...WITH_CUSTOMER,
        paths: ['name', 'customerid.name'],
        customer: { name: 'customerid.name' },
      },
    });

    const found = await crm.findAccounts({ duns: '1', name: "O'Neil" }, call());
    const none = await bare.crm.findAccounts({ duns: '1', name: 'x' }, call());

    expect(found.map(({ name }) => name)).toEqual(["O'Neil"]);
    expect(none).toEqual([]);
  });
});

describe('people without a company', () => {
  it('are customers too, told from accounts of the same name by their address', async () => {
    const contact = {
      contactid: '40000000-0000-4000-8000-000000000002',
      fullname: 'Sam Solo',
      address1_country: 'CH',
    };
    expectMetadata();
    expectBatch(() => [rows([]), rows([contact])]);
    const { crm } = createTestCrm({ selection: WITH_CUSTOMER });

    const found = await crm.findAccounts({ duns: null, name: 'Sam Solo' }, call());

    expect(found).toMatchObject([{ id: contact.contactid, name: 'Sam Solo', country: 'CH', duns: null }]);
  });
});

describe('stages', () => {
  it('are the options of the columns that the mapping’s rows name', async () => {
    expectMetadata();
    const { crm } = createTestCrm();

    const stages = await crm.listStages(call());

    expect(stages.filter(({ isClosed }) => isClosed).map(({ name, isWon }) => [name, isWon])).toEqual([
      ['Won', true],
      ['Canceled', false],
      ['Out-Sold', false],
      ['No budget', false],
    ]);
    expect(stages.map(({ name }) => name)).toContain('Qualify');
  });
});

describe('the check', () => {
  const privileges = (depth: string, names: readonly string[]) => ({
    body: {
      RolePrivileges: names.map((PrivilegeName) => ({ PrivilegeName, Depth: depth, PrivilegeId: 'x' })),
    },
  });
  const ALL = [
    'prvReadOpportunity',
    'prvWriteOpportunity',
    'prvCreateOpportunity',
    'prvAppendOpportunity',
    'prvAppendToOpportunity',
    'prvReadAccount',
    'prvCreateAccount',
    'prvAppendToAccount',
    'prvReadContact',
    'prvAppendToContact',
    'prvCreateContact',
    'prvCreateActivity',
    'prvReadTransactionCurrency',
  ];
  const whoAmI = (date?: string): void =>
    expectGet({ body: { UserId: OUR_USER }, ...(date === undefined ? {} : { date }) });

  it('finds nothing wrong with an environment that is ready', async () => {
    const tables = { ...TABLES, opportunity: { ...OPPORTUNITY, keys: [{ columns: ['cosell_referralid'] }] } };
    expectMetadata(tables);
    whoAmI();
    expectGet(rows([]), (_path, headers) => expect(headers.prefer).toContain('odata.track-changes'));
    expectBatch(() => [privileges('Global', ALL)]);
    const { crm } = createTestCrm();

    const results = await crm.check(call());

    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.map(({ name }) => name)).toHaveLength(7);
  });

  it('says of everything what is wrong and how to mend it', async () => {
    const columns = OPPORTUNITY.columns.filter(({ name }) => name !== 'cosell_status');
    expectMetadata({ ...TABLES, opportunity: { columns, tracksChanges: false } });
    whoAmI('Fri, 20 Nov 2026 18:05:00 GMT');
    expectBatch(() => [privileges('Local', ALL.slice(0, 5))]);
    const { crm } = createTestCrm();

    const results = await crm.check(call());

    expect(results.filter(({ ok }) => !ok).map(({ name, detail }) => [name, detail])).toEqual([
      ['Dynamics 365 clock', 'clocks differ by 300 s'],
      ['Dynamics 365 columns', 'missing, or hidden from the application user: cosell_status'],
      [
        'Dynamics 365 versions and keys',
        'versions are checked; cosell_referralid has no alternate key, so that two opportunities could carry one referral',
      ],
      ['Dynamics 365 change tracking', 'the table opportunity does not track changes'],
      [
        'Dynamics 365 rights',
        'the application user lacks prvCreateActivity, prvReadAccount, prvReadContact, prvReadTransactionCurrency, prvAppendToAccount, prvAppendToContact, prvCreateAccount, prvCreateContact',
      ],
    ]);
    expect(results.every(({ ok, remedy }) => ok === (remedy === null))).toBe(true);
  });

  it('finds stages that the environment does not have, and options that are named in two ways', async () => {
    const check = async (stages: typeof STAGES): Promise<string | undefined> => {
      expectMetadata();
      whoAmI();
      expectGet(rows([]));
      expectBatch(() => [privileges('Global', ALL)]);
      const results = await createTestCrm({ stages }).crm.check(call());
      return results.find(({ name, ok }) => name === 'Dynamics 365 stages' && !ok)?.detail;
    };
    const row = { deal: 'Accepted', salesStage: null, reason: null } as const;

    const unknown = await check([{ ...row, crm: { statuscode: 'Negotiating' } }]);
    const twice = await check([
      { ...row, crm: { statuscode: 'In Progress' } },
      { ...row, crm: { statuscode: 1 } },
    ]);

    expect(unknown).toBe('the environment has no statuscode "Negotiating"');
    expect(twice).toContain('both as "In Progress" and as 1');
  });

  it('is over when signing in fails', async () => {
    expectBatch((items) =>
      describeAnswers(items).map((answer, index) => (index === 0 ? failure(403, '0x80072560') : answer)),
    );
    const { crm } = createTestCrm();

    const results = await crm.check(call());

    expect(results).toMatchObject([{ name: 'Dynamics 365 sign-in', ok: false }]);
  });
});

describe('missing columns', () => {
  it('are named in the mapping’s spelling', async () => {
    expectMetadata();
    const { crm } = createTestCrm({
      selection: {
        ...SELECTION,
        paths: ['Name', 'customerid.Name', 'customerid.cosell_nope'],
        referralIdPath: 'cosell_other',
      },
    });

    const missing = await crm.missingColumns?.(call());

    expect(missing).toEqual(['cosell_other', 'customerid.cosell_nope']);
  });
});
