import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.ts';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import type { OpportunityPage } from '../../../src/core/ports.ts';
import {
  call,
  collect,
  composite,
  createTestCrm,
  errors,
  type Host,
  OUR_USER,
  opportunity,
  opportunityId,
  type PartAnswer,
  rows,
  SELECTION,
  SERVER_DATE,
  STAMP,
  soqlOf,
  startHost,
} from './support.ts';

type Query = (soql: string, all: boolean) => PartAnswer;

let host: Host;
afterEach(() => host.close());

const startOrg = async (query: Query, describes: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  host = await startHost((request) => {
    const described = /\/sobjects\/(\w+)\/describe$/.exec(request.path)?.[1];
    if (described !== undefined) return { json: describes[described] };
    return composite(request, (part) => {
      const found = soqlOf(part);
      return found === null ? errors('NOT_FOUND') : query(found.soql, found.all);
    });
  });
};

const isChanged = (soql: string): boolean => soql.includes('ORDER BY SystemModstamp ASC');
const idsOf = (pages: readonly OpportunityPage[]): string[] =>
  pages.flatMap(({ records }) => records.map(({ id }) => id));
const cursorOf = (pages: readonly OpportunityPage[]): string => pages.at(-1)?.next ?? '';

const WITH_CHILDREN: CrmSelection = {
  ...SELECTION,
  paths: [...SELECTION.paths, 'Account.Name'],
  people: ['owner', 'contactRoles', 'opportunityTeam'],
  products: true,
};

const ROLE = {
  Id: '00K000000000001AAA',
  IsPrimary: true,
  SystemModstamp: STAMP,
  Contact: {
    FirstName: 'Ada',
    LastName: 'Byron',
    Email: 'Ada@Contoso.example',
    Phone: null,
    MobilePhone: '+1 555 0100',
    SystemModstamp: STAMP,
  },
};

describe('the change feed', () => {
  it('reads everything in scope at first, with one query and no lower bound', async () => {
    const asked: string[] = [];
    await startOrg((soql) => {
      asked.push(soql);
      return rows([opportunity(1), opportunity(2, { LastModifiedById: OUR_USER })]);
    });
    const { crm } = createTestCrm(host);

    const pages = await collect(crm.changes(null, call()));

    expect(asked).toEqual([
      'SELECT Id, SystemModstamp, CreatedDate, LastModifiedById, IsDeleted, AccountId, LastStageChangeDate, Referral__c, Name, Amount, StageName ' +
        'FROM Opportunity WHERE (Sync__c = TRUE OR Referral__c != null) ORDER BY SystemModstamp ASC, Id ASC LIMIT 2001',
    ]);
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ last: true, serverTime: new Date(SERVER_DATE).toISOString() });
    expect(pages[0]?.records.map(({ modifiedByUs }) => modifiedByUs)).toEqual([false, true]);
    expect(pages[0]?.records[0]).toMatchObject({
      version: STAMP,
      modifiedAt: '2026-11-20T17:59:20.000Z',
      customerId: '0014S000007NxmlQAC',
      values: { Name: 'Deal 1', Referral__c: null },
    });
    expect(pages[0]?.records[0]?.values).not.toHaveProperty('Amount');
  });

  it('costs one request when nothing happened, and starts ten minutes before the org’s own time', async () => {
    const asked: { soql: string; all: boolean }[] = [];
    await startOrg((soql, all) => {
      asked.push({ soql, all });
      return rows([]);
    });
    const { crm, counters } = createTestCrm(host, { selection: WITH_CHILDREN });
    const first = await collect(crm.changes(null, call()));
    const before = counters.requests;
    asked.length = 0;

    const pages = await collect(crm.changes(cursorOf(first), call()));

    expect(counters.requests - before).toBe(1);
    expect(pages).toEqual([expect.objectContaining({ records: [], last: true })]);
    expect(asked).toHaveLength(5);
    expect(asked.every(({ soql }) => soql.includes('SystemModstamp >= 2026-11-20T17:50:00Z'))).toBe(true);
    expect(asked.map(({ all }) => all)).toEqual([false, true, true, false, false]);
    expect(asked[2]?.soql).toContain('(Opportunity.Sync__c = TRUE OR Opportunity.Referral__c != null)');
  });

  it('delivers 2,500 rows of one second, each once, and ends', async () => {
    const all = Array.from({ length: 2_500 }, (_, index) => opportunity(index + 1));
    await startOrg((soql) => {
      const after = /Id > '(\w+)'/.exec(soql)?.[1] ?? '';
      const left = all.filter(({ Id }) => String(Id) > after);
      const page = left.slice(0, 2_000);
      const isDone = page.length === left.length;
      return rows(page, {
        totalSize: left.length,
        done: isDone,
        ...(isDone ? {} : { nextRecordsUrl: '/services/data/v66.0/query/01g-2000' }),
      });
    });
    const { crm, counters } = createTestCrm(host);

    const pages = await collect(crm.changes(null, call()));

    expect(pages.map(({ records, last }) => [records.length, last])).toEqual([
      [2_000, false],
      [500, true],
    ]);
    expect(new Set(idsOf(pages)).size).toBe(2_500);
    expect(counters.requests).toBe(2);
  });

  it('resumes a walk behind the last committed page', async () => {
    const asked: string[] = [];
    await startOrg((soql) => {
      asked.push(soql);
      return asked.length === 1
        ? rows([opportunity(1)], { done: false, totalSize: 2 })
        : rows([opportunity(2)]);
    });
    const { crm } = createTestCrm(host);
    let next = '';
    for await (const page of crm.changes(null, call())) {
      next = page.next;
      break;
    }

    const pages = await collect(createTestCrm(host).crm.changes(next, call()));

    expect(idsOf(pages)).toEqual([opportunityId(2)]);
    expect(asked[1]).toContain(
      `SystemModstamp >= 2026-11-20T17:59:20Z AND (SystemModstamp > 2026-11-20T17:59:20Z OR (SystemModstamp = 2026-11-20T17:59:20Z AND Id > '${opportunityId(1)}'))`,
    );
    expect(JSON.parse(cursorOf(pages))).toMatchObject({ since: Date.parse(SERVER_DATE), after: null });
  });

  it('fails instead of ending when more rows are promised and none come', async () => {
    await startOrg(() => rows([], { done: false }));
    const { crm } = createTestCrm(host);

    await expect(collect(crm.changes(null, call()))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('does not deliver the overlap again, but does deliver a second edit within the same second', async () => {
    let name = 'Deal 1';
    await startOrg((soql) => (isChanged(soql) ? rows([opportunity(1, { Name: name })]) : rows([])));
    const { crm } = createTestCrm(host);
    const first = await collect(crm.changes(null, call()));

    const second = await collect(crm.changes(cursorOf(first), call()));
    name = 'Deal 1, renamed';
    const third = await collect(crm.changes(cursorOf(second), call()));

    expect(idsOf(first)).toEqual([opportunityId(1)]);
    expect(idsOf(second)).toEqual([]);
    expect(third[0]?.records[0]?.values.Name).toBe('Deal 1, renamed');
  });

  it('reports deleted rows as deleted, once', async () => {
    await startOrg((soql, all) =>
      all && soql.includes('IsDeleted = TRUE') ? rows([opportunity(7, { IsDeleted: true })]) : rows([]),
    );
    const { crm } = createTestCrm(host);
    const first = await collect(crm.changes(null, call()));

    const second = await collect(crm.changes(cursorOf(first), call()));
    const third = await collect(crm.changes(cursorOf(second), call()));

    expect(second[0]?.records).toMatchObject([{ id: opportunityId(7), deleted: true }]);
    expect(idsOf(third)).toEqual([]);
  });

  it('reads an opportunity again when a contact role of it changed, and only then', async () => {
    let role = ROLE;
    await startOrg((soql, all) => {
      if (soql.includes('FROM OpportunityContactRole '))
        return rows([{ ...role, OpportunityId: opportunityId(3), IsDeleted: false }]);
      if (all) return rows([]);
      const isAsked =
        soql.includes(`Id IN ('${opportunityId(3)}')`) || (isChanged(soql) && !soql.includes('>='));
      const row = opportunity(3, {
        SystemModstamp: '2026-11-02T08:00:00.000+0000',
        OpportunityContactRoles: { totalSize: 1, done: true, records: [role] },
      });
      return rows(isAsked ? [row] : []);
    });
    const { crm, counters } = createTestCrm(host, {
      selection: { ...SELECTION, people: ['contactRoles', 'primaryContact'] },
    });
    const first = await collect(crm.changes(null, call()));
    const idle = await collect(crm.changes(cursorOf(first), call()));
    const before = counters.requests;
    role = { ...ROLE, Contact: { ...ROLE.Contact, LastName: 'Lovelace' } };

    const changed = await collect(crm.changes(cursorOf(idle), call()));
    const quiet = await collect(crm.changes(cursorOf(changed), call()));

    const ada = { firstName: 'Ada', lastName: 'Byron', email: 'ada@contoso.example', phone: '+1 555 0100' };
    expect(first[0]?.records[0]?.people).toEqual({ contactRoles: [ada], primaryContact: [ada] });
    expect(idsOf(idle)).toEqual([]);
    expect(changed[0]?.records[0]?.people.contactRoles?.[0]?.lastName).toBe('Lovelace');
    expect(idsOf(quiet)).toEqual([]);
    expect(counters.requests - before).toBe(3);
  });

  it('delivers opportunities of a changed account without a further request', async () => {
    await startOrg((soql) =>
      soql.includes('Account.SystemModstamp >=')
        ? rows([
            opportunity(4, {
              Account: { SystemModstamp: STAMP, Name: 'Contoso AG' },
              SystemModstamp: '2026-11-02T08:00:00.000+0000',
            }),
          ])
        : rows([]),
    );
    const { crm, counters } = createTestCrm(host, {
      selection: { ...SELECTION, paths: ['Name', 'Account.Name'] },
    });
    const first = await collect(crm.changes(null, call()));

    const pages = await collect(crm.changes(cursorOf(first), call()));
    const idle = await collect(crm.changes(cursorOf(pages), call()));

    expect(pages[0]?.records[0]?.values).toMatchObject({ 'Account.Name': 'Contoso AG' });
    expect(idsOf(idle)).toEqual([]);
    expect(counters.requests).toBe(3);
  });

  it('fetches the rest of children that were cut off by the page', async () => {
    host = await startHost((request) => {
      if (request.path === '/services/data/v66.0/query/01gX-1') {
        return {
          json: {
            totalSize: 2,
            done: true,
            records: [
              { Id: '00k000000000002AAA', Product2Id: '01t000000000002AAA', Product2: { Name: 'B' } },
            ],
          },
        };
      }
      const line = { Id: '00k000000000001AAA', Product2Id: '01t000000000001AAA', Product2: { Name: 'A' } };
      const envelope = {
        totalSize: 2,
        done: false,
        nextRecordsUrl: '/services/data/v66.0/query/01gX-1',
        records: [line],
      };
      return composite(request, () => rows([opportunity(1, { OpportunityLineItems: envelope })]));
    });
    const { crm } = createTestCrm(host, { selection: { ...SELECTION, products: true } });

    const pages = await collect(crm.changes(null, call()));

    expect(pages[0]?.records[0]?.products?.map(({ name }) => name)).toEqual(['A', 'B']);
  });

  it('stops in words when the same stretch comes again and again', async () => {
    await startOrg(() => rows([opportunity(1), opportunity(2)], { done: false }));
    const { crm } = createTestCrm(host);

    await expect(collect(crm.changes(null, call()))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the list of pages does not end'),
    });
    expect(host.data()).toHaveLength(2);
  });

  it('stops in words when the pages of children lead round in a circle', async () => {
    const line = { Id: '00k000000000001AAA', Product2Id: '01t000000000001AAA', Product2: { Name: 'A' } };
    const envelope = {
      totalSize: 2,
      done: false,
      nextRecordsUrl: '/services/data/v66.0/query/01gX-1',
      records: [line],
    };
    host = await startHost((request) =>
      request.path === envelope.nextRecordsUrl
        ? { json: envelope }
        : composite(request, () => rows([opportunity(1, { OpportunityLineItems: envelope })])),
    );
    const { crm } = createTestCrm(host, { selection: { ...SELECTION, products: true } });

    await expect(collect(crm.changes(null, call()))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the list of pages does not end'),
    });
    expect(host.data()).toHaveLength(2);
  });

  it('follows no path to more children that leads elsewhere', async () => {
    const envelope = {
      totalSize: 2,
      done: false,
      nextRecordsUrl: '/services/oauth2/revoke?token=x',
      records: [],
    };
    await startOrg(() => rows([opportunity(1, { OpportunityLineItems: envelope })]));
    const { crm } = createTestCrm(host, { selection: { ...SELECTION, products: true } });

    await expect(collect(crm.changes(null, call()))).rejects.toMatchObject({ code: 'unavailable' });
    expect(host.data()).toHaveLength(1);
  });

  it('asks for less at a time when a query takes too long', async () => {
    const asked: string[] = [];
    await startOrg((soql) => {
      asked.push(soql.slice(soql.indexOf('LIMIT')));
      return asked.length < 3 ? errors('QUERY_TIMEOUT') : rows([opportunity(1)]);
    });
    const { crm } = createTestCrm(host);

    const pages = await collect(crm.changes(null, call()));

    expect(idsOf(pages)).toEqual([opportunityId(1)]);
    expect(asked).toEqual(['LIMIT 2001', 'LIMIT 1001', 'LIMIT 501']);
  });

  it('takes a damaged cursor for none', async () => {
    await startOrg(() => rows([opportunity(1)]));
    const { crm } = createTestCrm(host);

    expect(idsOf(await collect(crm.changes('{"v":0}', call())))).toEqual([opportunityId(1)]);
  });
});

describe('columns that the org does not have', () => {
  const field = (name: string, rest: object = {}): object => ({ name, ...rest });
  const describeOpportunity = (...extra: string[]): object => ({
    name: 'Opportunity',
    fields: [
      ...[
        'Id',
        'SystemModstamp',
        'CreatedDate',
        'LastModifiedById',
        'IsDeleted',
        'LastStageChangeDate',
        'Name',
        'Amount',
        'StageName',
        'Audit__c',
        'Sync__c',
        ...extra,
      ].map((name) => field(name)),
      field('AccountId', { relationshipName: 'Account', referenceTo: ['Account'] }),
    ],
    childRelationships: [{ relationshipName: 'OpportunityContactRoles' }],
  });
  const selection: CrmSelection = {
    ...SELECTION,
    paths: [...SELECTION.paths, 'CurrencyIsoCode', 'Account.DunsNumber'],
    people: ['opportunityTeam'],
    customer: { duns: 'Account.DunsNumber' },
  };
  const refuse = (soql: string): PartAnswer | null =>
    /CurrencyIsoCode|DunsNumber|OpportunityTeamMember/.test(soql)
      ? errors(
          'INVALID_FIELD',
          "ERROR at Row:1:Column:21\nNo such column 'CurrencyIsoCode' on entity 'Opportunity'.",
        )
      : null;

  it('are left out when they are optional, found once, and remembered in the cursor', async () => {
    await startOrg((soql) => refuse(soql) ?? rows([opportunity(1)]), {
      Opportunity: describeOpportunity('Referral__c'),
      Account: { name: 'Account', fields: [field('Name')] },
    });
    const { crm, counters, logged } = createTestCrm(host, { selection });
    const first = await collect(crm.changes(null, call()));
    const later = createTestCrm(host, { selection });

    await collect(later.crm.changes(cursorOf(first), call()));

    expect(first[0]?.records[0]?.values).not.toHaveProperty('CurrencyIsoCode');
    expect(first[0]?.records[0]?.people).toEqual({});
    expect(logged).toEqual(['Salesforce lacks optional columns; they are left out']);
    expect(counters.requests).toBe(4);
    expect(later.counters.requests).toBe(1);
  });

  it('stop the run with all their names and the remedy when the mapping needs them', async () => {
    await startOrg(() => errors('INVALID_FIELD'), { Opportunity: describeOpportunity() });
    const { crm } = createTestCrm(host);

    const reading = collect(crm.changes(null, call()));

    await expect(reading).rejects.toBeInstanceOf(ConfigurationError);
    await expect(reading).rejects.toThrow(/cosell-sync setup[\s\S]*no column Referral__c/);
  });

  it('do not hide a refusal that has another reason', async () => {
    await startOrg(
      () =>
        errors(
          'INVALID_FIELD',
          "\nERROR at Row:1:Column:8\nNo such column 'MobilePhone' on entity 'Contact'. WHERE Name = 'Secret GmbH'",
        ),
      {
        Opportunity: {
          ...describeOpportunity('Referral__c'),
          childRelationships: [{ relationshipName: 'OpportunityTeamMembers' }],
        },
      },
    );
    const { crm } = createTestCrm(host);

    const reading = collect(crm.changes(null, call()));

    await expect(reading).rejects.toMatchObject({ code: 'configuration', remoteCode: 'INVALID_FIELD' });
    await expect(reading).rejects.toThrow(/MobilePhone/);
    await expect(reading).rejects.not.toThrow(/Secret/);
  });
});
