import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type Rig, startRig } from './sandbox-salesforce-support.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

const DEAL = { Name: 'Alder - pilot', StageName: 'Prospecting', CloseDate: '2026-12-31' };
const ROOT = '/services/data/v66.0';

interface Composite {
  readonly compositeResponse: readonly {
    readonly body: unknown;
    readonly httpHeaders: Readonly<Record<string, string>>;
    readonly httpStatusCode: number;
    readonly referenceId: string;
  }[];
}

function compose(
  compositeRequest: readonly unknown[],
  options: Record<string, unknown> = {},
): Promise<Composite> {
  return rig.connection.requestPost<Composite>('/composite', { ...options, compositeRequest });
}

function loadDeals(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    rig.org.load('Opportunity', { ...DEAL, Name: `Deal ${index}` }),
  );
}

describe('collections', () => {
  it('save each record for itself, in order', async () => {
    const results = await rig.connection
      .sobject('Opportunity')
      .create([DEAL, { ...DEAL, Name: null }, { ...DEAL, Name: 'x'.repeat(200) }, DEAL]);

    expect(results).toEqual([
      { id: expect.stringMatching(/^006\w{15}$/), success: true, errors: [] },
      {
        success: false,
        errors: [
          {
            statusCode: 'REQUIRED_FIELD_MISSING',
            message: 'Required fields are missing: [Name]',
            fields: ['Name'],
          },
        ],
      },
      {
        success: false,
        errors: [expect.objectContaining({ statusCode: 'STRING_TOO_LONG', fields: ['Name'] })],
      },
      { id: expect.stringMatching(/^006\w{15}$/), success: true, errors: [] },
    ]);
  });

  it('save all or none when asked', async () => {
    const [id = ''] = loadDeals(1);

    const results = await rig.connection.sobject('Opportunity').update(
      [
        { Id: id, NextStep: 'call' },
        { Id: id, CloseDate: null },
      ],
      { allOrNone: true },
    );

    expect(results.map(({ errors }) => errors)).toMatchObject([
      [{ statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK', fields: [] }],
      [{ statusCode: 'REQUIRED_FIELD_MISSING' }],
    ]);
    expect(rig.org.find('Opportunity', id)?.NextStep).toBeNull();
  });

  it('leave the others alone when one row is locked', async () => {
    const [first = '', second = ''] = loadDeals(2);
    rig.org.lockRow(first);

    const results = await rig.connection.sobject('Opportunity').update([
      { Id: first, NextStep: 'a' },
      { Id: second, NextStep: 'b' },
    ]);

    expect(results).toMatchObject([
      { success: false, errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW' }] },
      { success: true, id: second },
    ]);
  });

  it('take 200 records, which jsforce keeps to when allowed to split', async () => {
    const records = Array.from({ length: 201 }, () => DEAL);
    const opportunities = rig.connection.sobject('Opportunity');

    const failure = await failureOf(opportunities.create(records));
    const results = await opportunities.create(records, { allowRecursive: true });

    expect(failure.code).toBe('LIMIT_EXCEEDED');
    expect(results).toHaveLength(201);
    expect(results.every(({ success }) => success)).toBe(true);
  });

  it('upsert, delete and read several rows', async () => {
    const opportunities = rig.connection.sobject('Opportunity');
    const key = 'Referral_Identifier__c';
    const upserted = await opportunities.upsert(
      [
        { ...DEAL, [key]: 'a' },
        { ...DEAL, [key]: 'a', NextStep: 'again' },
        { ...DEAL, Name: null, [key]: 'b' },
      ],
      key,
    );
    const id = rig.org.query(`SELECT Id FROM Opportunity WHERE ${key} = 'a'`)[0]?.Id;
    const read = await rig.connection.requestPost('/composite/sobjects/Opportunity', {
      ids: [id, '0065500000KQ12XAAT'],
      fields: ['NextStep'],
    });
    const deleted = await opportunities.destroy([String(id), '0065500000KQ12XAAT']);

    expect(upserted).toMatchObject([
      { id, success: true, created: true },
      { id, success: true, created: false },
      { success: false, created: true, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    expect(read).toMatchObject([{ NextStep: 'again' }, null]);
    expect(deleted).toMatchObject([
      { id, success: true, errors: [] },
      { success: false, errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }] },
    ]);
  });
});

describe('a composite', () => {
  it('counts as one call and answers each part', async () => {
    const [id = ''] = loadDeals(1);
    const used = rig.standIn.usage.used;

    const { compositeResponse } = await compose([
      { method: 'GET', referenceId: 'deals', url: `${ROOT}/query/?q=SELECT Id FROM Opportunity` },
      {
        method: 'PATCH',
        referenceId: 'change',
        url: `${ROOT}/sobjects/Opportunity/${id}`,
        body: { NextStep: 'x' },
      },
      { method: 'GET', referenceId: 'nothing', url: `${ROOT}/sobjects/Foo` },
      { method: 'GET', referenceId: 'typo', url: `${ROOT}/query/?q=SELECT+Id+FROM+XYZZY` },
      { method: 'POST', referenceId: 'new', url: `${ROOT}/sobjects/Account`, body: { Name: 'Acme' } },
      {
        method: 'POST',
        referenceId: 'deal',
        url: `${ROOT}/sobjects/Opportunity`,
        body: { ...DEAL, AccountId: '@{new.id}' },
      },
      {
        method: 'GET',
        referenceId: 'row',
        url: `${ROOT}/sobjects/Opportunity/@{deals.records[0].Id}?fields=NextStep`,
      },
    ]);

    expect(rig.standIn.usage.used - used).toBe(1);
    expect(compositeResponse.map(({ referenceId, httpStatusCode }) => [referenceId, httpStatusCode])).toEqual(
      [
        ['deals', 200],
        ['change', 204],
        ['nothing', 404],
        ['typo', 400],
        ['new', 201],
        ['deal', 201],
        ['row', 200],
      ],
    );
    expect(compositeResponse[0]).toMatchObject({ body: { totalSize: 1 }, httpHeaders: {} });
    expect(compositeResponse[1]?.body).toBeNull();
    expect(compositeResponse[2]?.body).toEqual([
      { errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' },
    ]);
    expect(compositeResponse[6]?.body).toMatchObject({ NextStep: 'x' });
    expect(rig.org.query('SELECT Account.Name FROM Opportunity WHERE AccountId != null')).toMatchObject([
      { Account: { Name: 'Acme' } },
    ]);
  });

  it('heeds If-Unmodified-Since in its parts, unless that is switched off', async () => {
    const [id = ''] = loadDeals(1);
    const part = {
      method: 'PATCH',
      referenceId: 'row',
      url: `${ROOT}/sobjects/Opportunity/${id}`,
      httpHeaders: { 'If-Unmodified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      body: { NextStep: 'x' },
    };

    const heeded = await compose([part]);
    rig.org.switches.ifUnmodifiedSinceInComposite = false;
    const ignored = await compose([part]);

    expect(heeded.compositeResponse[0]).toMatchObject({
      httpStatusCode: 412,
      body: [{ errorCode: 'PRECONDITION_FAILED' }],
    });
    expect(ignored.compositeResponse[0]).toMatchObject({ httpStatusCode: 204, body: null });
  });

  it('is undone as a whole when all or none was asked for', async () => {
    const { compositeResponse } = await compose(
      [
        { method: 'POST', referenceId: 'good', url: `${ROOT}/sobjects/Account`, body: { Name: 'Acme' } },
        { method: 'POST', referenceId: 'bad', url: `${ROOT}/sobjects/Account`, body: {} },
      ],
      { allOrNone: true },
    );

    expect(compositeResponse).toMatchObject([
      { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
      { httpStatusCode: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    expect(rig.org.query('SELECT Id FROM Account')).toEqual([]);
  });

  it('takes 25 parts, five of them queries or collections', async () => {
    const query = (index: number) => ({
      method: 'GET',
      referenceId: `q${index}`,
      url: `${ROOT}/query?q=SELECT Id FROM Account`,
    });
    const limits = (index: number) => ({ method: 'GET', referenceId: `l${index}`, url: `${ROOT}/limits` });
    const numbers = Array.from({ length: 26 }, (_, index) => index);

    const tooMany = await failureOf(compose(numbers.map(limits)));
    const tooHeavy = await failureOf(compose(numbers.slice(0, 6).map(query)));
    const fine = await compose([...numbers.slice(0, 5).map(query), ...numbers.slice(5, 25).map(limits)]);

    expect([tooMany.code, tooHeavy.code]).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED']);
    expect(fine.compositeResponse).toHaveLength(25);
  });

  it('is noted as a write only when one of its parts is', async () => {
    await compose([{ method: 'GET', referenceId: 'a', url: `${ROOT}/limits` }]);
    await compose([
      { method: 'POST', referenceId: 'a', url: `${ROOT}/sobjects/Account`, body: { Name: 'Acme' } },
    ]);

    const noted = rig.journal.entries.filter(({ path }) => path.endsWith('/composite'));

    expect(noted.map(({ write }) => write)).toEqual([false, true]);
  });
});
