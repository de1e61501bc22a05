import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CrmSelection } from '../../../src/core/mapping-types.ts';
import type { OpportunityUpdate, WriteOutcome } from '../../../src/core/ports.ts';
import {
  type Answer,
  call,
  createTestCrm,
  expectBatch,
  expectMetadata,
  failure,
  HOST,
  OUR_USER,
  opportunity,
  opportunityId,
  type ReceivedItem,
  ROOT,
  rows,
  SELECTION,
  unsentRequests,
} from './support.ts';

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(unsentRequests()).toEqual([]));

const edit = (number: number, values: OpportunityUpdate['values'] = { name: 'New' }): OpportunityUpdate => ({
  id: opportunityId(number),
  values,
  ifVersion: `W/"${1000 + number}"`,
});
const written = (number: number): Answer => ({
  body: opportunity(number, { '@odata.etag': 'W/"2000"', name: 'New', _modifiedby_value: OUR_USER }),
});
const codesOf = (outcomes: readonly WriteOutcome[]): (string | true)[] =>
  outcomes.map((outcome) => (outcome.ok ? true : outcome.error.code));

describe('an update', () => {
  it('goes under the version it was decided on, and brings the row back with the write', async () => {
    let sent: readonly ReceivedItem[] = [];
    let prefer = '';
    expectMetadata();
    expectBatch((items, headers) => {
      sent = items;
      prefer = headers.prefer ?? '';
      return [written(1)];
    });
    const { crm, counters } = createTestCrm();

    const outcomes = await crm.update([edit(1)], call());

    expect(prefer).toBe('odata.continue-on-error');
    expect(sent[0]?.[0]).toMatchObject({
      method: 'PATCH',
      headers: { 'if-match': 'W/"1001"', prefer: 'return=representation' },
      body: { name: 'New' },
    });
    expect(sent[0]?.[0]?.path).toMatch(
      new RegExp(`^opportunities\\(${opportunityId(1)}\\)\\?\\$select=opportunityid,`),
    );
    expect(outcomes).toMatchObject([
      {
        ok: true,
        id: opportunityId(1),
        record: { version: 'W/"2000"', modifiedByUs: true, values: { name: 'New' } },
      },
    ]);
    expect(counters.requests).toBe(2);
  });

  it('fails alone: a moved row, a deleted one and a refused one leave the others written', async () => {
    expectMetadata();
    expectBatch(() => [
      written(1),
      failure(412, '0x80060882'),
      failure(404, '0x80040217', 'opportunity With Id = 1 Does Not Exist'),
      failure(400, '0x80044331', "The length of the 'name' attribute of the 'opportunity' entity exceeded"),
      failure(403, '0x80040220'),
      failure(500, '0x80040224'),
      failure(500, '0x80044151'),
      failure(404, '0x80040217', 'campaign With Id = 1 Does Not Exist'),
    ]);
    const { crm } = createTestCrm();

    const outcomes = await crm.update(
      [1, 2, 3, 4, 5, 6, 7, 8].map((number) => edit(number)),
      call(),
    );

    expect(codesOf(outcomes)).toEqual([
      true,
      'version-conflict',
      'not-visible',
      'rejected',
      'rejected',
      'rejected',
      'version-conflict',
      'rejected',
    ]);
    expect(outcomes[3]).toMatchObject({
      error: { fields: ['name'], requestId: 'req-1', outcomeUnknown: false },
    });
  });

  it('is matched to its answer by Content-ID when the answers come in another order', async () => {
    expectMetadata();
    expectBatch((items) => {
      const [first, second] = items.map((item) => item[0]?.contentId ?? '');
      return [
        { ...failure(412, ''), contentId: second ?? '' },
        { ...written(1), contentId: first ?? '' },
      ];
    });
    const { crm } = createTestCrm();

    const outcomes = await crm.update([edit(1), edit(2)], call());

    expect(codesOf(outcomes)).toEqual([true, 'version-conflict']);
  });

  it('without an answer of its own may have been carried out', async () => {
    expectMetadata();
    expectBatch(() => [{ ...written(1), contentId: false }, null, null]);
    const { crm } = createTestCrm();

    const outcomes = await crm.update([edit(1), edit(2), edit(3)], call());

    expect(codesOf(outcomes)).toEqual([true, 'unavailable', 'unavailable']);
    expect(outcomes[1]).toMatchObject({ error: { outcomeUnknown: true } });
  });

  it('is never sent twice when the whole answer is lost', async () => {
    expectMetadata();
    nock(HOST)
      .post(`${ROOT}/$batch`)
      .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    const { crm } = createTestCrm();

    const outcomes = await crm.update([edit(1)], call());

    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'unavailable', outcomeUnknown: true } }]);
  });

  it('that is put off inside the batch is sent again after the pause, alone', async () => {
    const sent: number[] = [];
    expectMetadata();
    expectBatch((items) => {
      sent.push(items.length);
      return [written(1), { ...failure(429, '0x80072321'), headers: { 'Retry-After': '9' } }];
    });
    expectBatch((items) => {
      sent.push(items.length);
      return [written(2)];
    });
    const { crm, clock } = createTestCrm();

    const outcomes = await crm.update([edit(1), edit(2)], call());

    expect(codesOf(outcomes)).toEqual([true, true]);
    expect(sent).toEqual([2, 1]);
    expect(clock.waited).toEqual([9_000]);
  });

  it('stops the rest when the server asks for a longer pause than one waits', async () => {
    expectMetadata();
    expectBatch((items) =>
      items.map(() => ({ ...failure(429, '0x80072322'), headers: { 'Retry-After': '300' } })),
    );
    const { crm } = createTestCrm();
    const updates = Array.from({ length: 101 }, (_value, index) => edit(index));

    const outcomes = await crm.update(updates, call());

    expect(new Set(codesOf(outcomes))).toEqual(new Set(['rate-limited']));
    expect(outcomes[100]).toMatchObject({ error: { retryAfterMs: 300_000, outcomeUnknown: false } });
  });

  it('travels with up to ninety-nine others', async () => {
    const sizes: number[] = [];
    const answer = (items: readonly ReceivedItem[]): Answer[] => {
      sizes.push(items.length);
      return items.map(() => written(1));
    };
    expectMetadata();
    expectBatch(answer);
    expectBatch(answer);
    expectBatch(answer);
    const { crm } = createTestCrm();

    await crm.update(
      Array.from({ length: 250 }, (_value, index) => edit(index)),
      call(),
    );

    expect(sizes).toEqual([100, 100, 50]);
  });

  it('of bookkeeping asks for nothing but that the row is still there', async () => {
    let sent: readonly ReceivedItem[] = [];
    expectMetadata();
    expectBatch((items) => {
      sent = items;
      return [written(1), failure(404, '')];
    });
    const { crm } = createTestCrm();
    const note = (number: number): OpportunityUpdate => ({
      id: opportunityId(number),
      values: { cosell_status: 'Shared' },
    });

    const outcomes = await crm.update([note(1), note(2)], call());

    expect(sent.map((item) => item[0]?.headers['if-match'])).toEqual(['*', '*']);
    expect(codesOf(outcomes)).toEqual([true, 'not-visible']);
  });

  it('of anything else is not sent without a version', async () => {
    expectMetadata();
    const { crm } = createTestCrm();

    const outcomes = await crm.update(
      [{ id: opportunityId(1), values: { name: 'x', cosell_status: 'y' } }],
      call(),
    );

    expect(codesOf(outcomes)).toEqual(['version-conflict']);
  });

  it('writes options by number, days as days, and what cannot be held not at all', async () => {
    let sent: readonly ReceivedItem[] = [];
    const selection: CrmSelection = {
      ...SELECTION,
      paths: [
        'name',
        'salesstage',
        'statuscode',
        'estimatedvalue',
        'estimatedclosedate',
        'finaldecisiondate',
        'description',
      ],
    };
    expectMetadata();
    expectBatch((items) => {
      sent = items;
      return [written(1)];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.update(
      [
        edit(1, {
          salesstage: 'propose',
          statuscode: 'On Hold',
          estimatedvalue: 1234.5,
          estimatedclosedate: '2026-12-31',
          finaldecisiondate: '2026-12-31',
          description: null,
          cosell_sync: true,
        }),
        edit(2, { salesstage: 'Nonsense' }),
      ],
      call(),
    );

    expect(sent[0]?.[0]?.body).toEqual({
      salesstage: 2,
      statuscode: 2,
      estimatedvalue: 1234.5,
      estimatedclosedate: '2026-12-31',
      finaldecisiondate: '2026-12-31T12:00:00Z',
      description: null,
      cosell_sync: true,
    });
    expect(outcomes[1]).toMatchObject({ ok: false, error: { code: 'rejected', fields: ['salesstage'] } });
  });
});

describe('a value behind a lookup', () => {
  const selection: CrmSelection = {
    ...SELECTION,
    paths: ['name', 'transactioncurrencyid.isocurrencycode', 'campaignid.name', 'customerid.name'],
    customer: { name: 'customerid.name' },
  };

  it('binds the one row that has it, which is looked for once', async () => {
    const asked: string[] = [];
    let sent: readonly ReceivedItem[] = [];
    const write = (items: readonly ReceivedItem[]): Answer[] => {
      sent = items;
      return [{ status: 204 }, rows([opportunity(1, { transactioncurrencyid: { isocurrencycode: 'EUR' } })])];
    };
    expectMetadata();
    expectBatch((items) => {
      asked.push(...items.map((item) => item[0]?.path ?? ''));
      return [
        rows([{ transactioncurrencyid: 'c0000000-0000-4000-8000-000000000001', isocurrencycode: 'EUR' }]),
        rows([{ campaignid: 'c0000000-0000-4000-8000-000000000002', name: "Spring '26" }]),
      ];
    });
    expectBatch(write);
    expectBatch(write);
    const { crm } = createTestCrm({ selection });
    const values = {
      'transactioncurrencyid.isocurrencycode': 'EUR',
      'campaignid.name': "Spring '26",
      'customerid.name': 'Never written through a deal',
    };

    await crm.update([edit(1, values)], call());
    const outcomes = await crm.update([edit(1, { ...values, 'campaignid.name': null })], call());

    expect(asked[1]).toContain(`@p1='name'&@p2=["Spring '26"]`);
    expect(sent[0]?.[0]?.body).toEqual({
      'transactioncurrencyid@odata.bind': '/transactioncurrencies(c0000000-0000-4000-8000-000000000001)',
      campaignid: null,
    });
    expect(outcomes).toMatchObject([
      { ok: true, record: { values: { 'transactioncurrencyid.isocurrencycode': 'EUR' } } },
    ]);
  });

  it.each([
    ['no row', []],
    [
      'several rows',
      [
        { campaignid: 'c0000000-0000-4000-8000-000000000002', name: 'Spring' },
        { campaignid: 'c0000000-0000-4000-8000-000000000003', name: 'spring' },
      ],
    ],
  ])('that %s have is this record’s problem', async (_name, found) => {
    expectMetadata();
    expectBatch(() => [rows(found)]);
    expectBatch(() => [{ status: 204 }, rows([opportunity(2)])]);
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.update([edit(1, { 'campaignid.name': 'Spring' }), edit(2)], call());

    expect(codesOf(outcomes)).toEqual(['rejected', true]);
    expect(outcomes[0]).toMatchObject({ error: { fields: ['campaignid.name'] } });
  });

  it('is read back in the batch that wrote it, and a read-back that fails takes nothing away', async () => {
    let sent: readonly ReceivedItem[] = [];
    expectMetadata();
    expectBatch((items) => {
      sent = items;
      return [{ status: 204 }, failure(503, '')];
    });
    const { crm } = createTestCrm({ selection });

    const outcomes = await crm.update([edit(1)], call());

    expect(sent[1]?.[0]?.path).toContain('$expand=transactioncurrencyid(');
    expect(outcomes).toMatchObject([{ ok: true, record: null }]);
  });
});

describe('a state', () => {
  const standing = (number: number, statecode: number, etag = `W/"${1000 + number}"`) => ({
    '@odata.etag': etag,
    opportunityid: opportunityId(number),
    statecode,
  });
  const move = (
    transition: NonNullable<OpportunityUpdate['transition']>,
    values: OpportunityUpdate['values'],
  ) => ({
    ...edit(1, values),
    transition,
  });
  const close = (subject: string, status: number) => ({
    Status: status,
    OpportunityClose: {
      '@odata.type': 'Microsoft.Dynamics.CRM.opportunityclose',
      subject,
      'opportunityid@odata.bind': `/opportunities(${opportunityId(1)})`,
    },
  });

  async function moved(state: number, update: OpportunityUpdate, answers: readonly (Answer | Answer[])[]) {
    let sent: readonly ReceivedItem[] = [];
    expectMetadata();
    expectBatch(() => [rows([standing(1, state)])]);
    expectBatch((items) => {
      sent = items;
      return answers;
    });
    const outcomes = await createTestCrm().crm.update([update], call());
    return { sent, outcomes };
  }
  const after = rows([opportunity(1, { statecode: 1, statuscode: 3 })]);

  it('is won by the action, and columns are written in the same change set under the version', async () => {
    const { sent, outcomes } = await moved(0, move('win', { statuscode: 'Won', name: 'New' }), [
      [{ status: 204 }, { status: 204 }],
      after,
    ]);

    expect(sent[0]?.isChangeSet).toBe(true);
    expect(sent[0]?.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['PATCH', `opportunities(${opportunityId(1)})`, { name: 'New' }],
      ['POST', 'WinOpportunity', close('Won in Partner Center', 3)],
    ]);
    expect(sent[0]?.[0]?.headers['if-match']).toBe('W/"1001"');
    expect(outcomes).toMatchObject([{ ok: true, record: { values: { statuscode: 'Won' } } }]);
  });

  it('is lost with a reason of the environment’s own', async () => {
    const { sent } = await moved(0, move('lose', { statuscode: 'No budget' }), [{ status: 204 }, after]);

    expect(sent[0]?.isChangeSet).toBeUndefined();
    expect(sent[0]?.[0]).toMatchObject({
      method: 'POST',
      path: 'LoseOpportunity',
      body: close('Closed in Partner Center', 100000003),
    });
  });

  it.each([
    ['win', 'WinOpportunity', 3],
    ['lose', 'LoseOpportunity', 4],
  ] as const)(
    'is closed with the state’s own default when the reason belongs to another state: %s',
    async (transition, action, status) => {
      const { sent } = await moved(0, move(transition, { statuscode: 'In Progress' }), [
        { status: 204 },
        after,
      ]);

      expect(sent[0]?.[0]).toMatchObject({ path: action, body: { Status: status } });
    },
  );

  it('is reopened by writing it', async () => {
    const { sent } = await moved(1, move('reopen', { statuscode: 'On Hold', salesstage: 2 }), [
      { status: 204 },
      after,
    ]);

    expect(sent[0]?.[0]).toMatchObject({
      method: 'PATCH',
      headers: { 'if-match': 'W/"1001"' },
      body: { statecode: 0, statuscode: 2, salesstage: 2 },
    });
  });

  it('is won from lost by reopening first, both or nothing', async () => {
    const { sent } = await moved(2, move('win', { statuscode: 'Won' }), [
      [{ status: 204 }, { status: 204 }],
      after,
    ]);

    expect(sent[0]?.isChangeSet).toBe(true);
    expect(sent[0]?.map(({ body }) => body)).toEqual([
      { statecode: 0, statuscode: 1 },
      close('Won in Partner Center', 3),
    ]);
  });

  it('that is reached already only gets its columns', async () => {
    const { sent } = await moved(1, move('win', { statuscode: 'Won', name: 'New' }), [
      { status: 204 },
      after,
    ]);

    expect(sent[0]?.[0]).toMatchObject({ method: 'PATCH', body: { name: 'New', statuscode: 3 } });
  });

  it('is not touched when the row moved since it was read, nor when it is gone', async () => {
    expectMetadata();
    expectBatch(() => [rows([standing(1, 0, 'W/"9999"')])]);
    const { crm } = createTestCrm();

    const outcomes = await crm.update(
      [move('win', { statuscode: 'Won' }), { ...edit(2, { statuscode: 'Won' }), transition: 'win' }],
      call(),
    );

    expect(codesOf(outcomes)).toEqual(['version-conflict', 'not-visible']);
  });

  it('whose change set failed has one answer, and it is this record’s', async () => {
    const { outcomes } = await moved(0, move('win', { statuscode: 'Won', name: 'New' }), [
      failure(400, '0x80040515', 'already closed'),
      rows([]),
    ]);

    expect(codesOf(outcomes)).toEqual(['version-conflict']);
  });
});
