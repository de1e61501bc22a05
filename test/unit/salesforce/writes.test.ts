import { afterEach, describe, expect, it } from 'vitest';
import {
  canonicalSalesforceId,
  type OpportunityId,
  parseReferralId,
  type ReferralId,
} from '../../../src/core/ids.ts';
import type { OpportunityDraft, OpportunityUpdate, WriteOutcome } from '../../../src/core/ports.ts';
import {
  type Answer,
  type CompositePart,
  call,
  composite,
  createTestCrm,
  errors,
  type Host,
  opportunity,
  opportunityId,
  type PartAnswer,
  partsOf,
  type Received,
  rows,
  SELECTION,
  STAMP,
  soqlOf,
  startHost,
} from './support.ts';

let host: Host;
afterEach(() => host.close());

const startOrg = async (
  answerPart: (part: CompositePart, request: Received) => PartAnswer,
  other: (request: Received) => Answer | null = () => null,
): Promise<void> => {
  host = await startHost(
    (request) => other(request) ?? composite(request, (part) => answerPart(part, request)),
  );
};

const id = (number: number): OpportunityId => opportunityId(number) as OpportunityId;
const bookkeeping = (number: number): OpportunityUpdate => ({
  id: id(number),
  values: { Audit__c: `note ${number}` },
});
const guarded = (number: number, values: OpportunityUpdate['values'] = { Amount: 5 }): OpportunityUpdate => ({
  id: id(number),
  values,
  ifVersion: STAMP,
});
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const recordsOf = (part: CompositePart): readonly Record<string, unknown>[] => part.body?.records ?? [];
const saved = (part: CompositePart): PartAnswer => ({
  body: recordsOf(part).map((record) => ({ id: record.id, success: true, errors: [] })),
});
const failed = (code: string, message = 'no', fields: string[] = []): object => ({
  success: false,
  errors: [{ statusCode: code, message, fields }],
});
const outcomeCodes = (outcomes: readonly WriteOutcome[]): string[] =>
  outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code));
/** Answers read-backs with every row they ask for. */
const readBack = (part: CompositePart, columns: Record<string, unknown> = {}): PartAnswer => {
  const asked = [...(soqlOf(part)?.soql ?? '').matchAll(/'(006\w{15})'/g)].map(([, found]) => found);
  return rows(asked.map((found) => ({ ...opportunity(1, columns), Id: found })));
};
const isProbe = (part: CompositePart): boolean =>
  part.httpHeaders?.['If-Unmodified-Since'] === 'Thu, 01 Jan 1970 00:00:00 GMT';
const isPatch = (part: CompositePart): boolean =>
  part.method === 'PATCH' && part.url.includes('/sobjects/Opportunity/');

describe('bookkeeping updates', () => {
  it('travel a thousand at a time in collections of two hundred', async () => {
    await startOrg((part) => (part.method === 'PATCH' ? saved(part) : readBack(part)));
    const { crm, counters } = createTestCrm(host);

    const outcomes = await crm.update(range(1_000).map(bookkeeping), call());

    expect(counters.requests).toBe(1);
    expect(partsOf(host.data()[0] as Received).map((part) => recordsOf(part).length)).toEqual([
      200, 200, 200, 200, 200,
    ]);
    expect(outcomeCodes(outcomes)).toEqual(range(1_000).map(() => 'ok'));
  });

  it('are read back in the same request where they fit, and keep their order', async () => {
    await startOrg((part) => (part.method === 'PATCH' ? saved(part) : readBack(part, { Name: 'As stored' })));
    const { crm, counters } = createTestCrm(host);

    const outcomes = await crm.update([bookkeeping(2), bookkeeping(1)], call());

    expect(outcomes).toMatchObject([
      { ok: true, id: id(2), record: { id: id(2), values: { Name: 'As stored' } } },
      { ok: true, id: id(1), record: { id: id(1) } },
    ]);
    expect(counters.requests).toBe(1);
    expect(recordsOf(partsOf(host.data()[0] as Received)[0] as CompositePart)[0]).toEqual({
      attributes: { type: 'Opportunity' },
      id: id(2),
      Audit__c: 'note 2',
    });
  });

  it('fail each on its own, told by statusCode', async () => {
    await startOrg((part) =>
      part.method === 'PATCH'
        ? {
            body: [
              { id: id(1), success: true, errors: [] },
              failed('STRING_TOO_LONG', 'Audit: data value too large: Geheim (max length=255)', ['Audit__c']),
              failed('ENTITY_IS_DELETED'),
              failed('INSUFFICIENT_ACCESS_OR_READONLY'),
            ],
          }
        : readBack(part),
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update(range(4).map(bookkeeping), call());

    expect(outcomeCodes(outcomes)).toEqual(['ok', 'rejected', 'not-visible', 'rejected']);
    expect(outcomes[1]).toMatchObject({ error: { remoteCode: 'STRING_TOO_LONG', fields: ['Audit__c'] } });
    expect(outcomes[1]?.ok === false && outcomes[1].error.message).not.toContain('Geheim');
  });

  it('are unknown where the answer is shorter than the request', async () => {
    await startOrg((part) =>
      part.method === 'PATCH' ? { body: [{ id: id(1), success: true, errors: [] }] } : readBack(part),
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update([bookkeeping(1), bookkeeping(2)], call());

    expect(outcomes).toMatchObject([
      { ok: true },
      { ok: false, error: { code: 'unavailable', outcomeUnknown: true } },
    ]);
  });

  it('are tried again, a bounded number of times, while another transaction holds the row', async () => {
    let sent = 0;
    await startOrg((part) => {
      if (part.method !== 'PATCH') return readBack(part);
      sent += 1;
      return {
        body: recordsOf(part).map((record) => {
          const isLocked = record.id === id(2) || (record.id === id(1) && sent === 1);
          return isLocked ? failed('UNABLE_TO_LOCK_ROW') : { id: record.id, success: true, errors: [] };
        }),
      };
    });
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update(range(3).map(bookkeeping), call());

    expect(outcomeCodes(outcomes)).toEqual(['ok', 'version-conflict', 'ok']);
    expect(outcomes[1]).toMatchObject({ error: { remoteCode: 'UNABLE_TO_LOCK_ROW', stopsHost: false } });
    expect(host.data().map((request) => recordsOf(partsOf(request)[0] as CompositePart).length)).toEqual([
      3, 2, 1,
    ]);
  });

  it('isolate the one record that spoils a whole collection', async () => {
    await startOrg((part) => {
      if (part.method !== 'PATCH') return readBack(part);
      return recordsOf(part).some((record) => record.id === id(6))
        ? errors('JSON_PARSER_ERROR')
        : saved(part);
    });
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update(range(8).map(bookkeeping), call());

    expect(outcomeCodes(outcomes)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'rejected', 'ok', 'ok']);
    expect(host.data()).toHaveLength(7);
  });

  it('are not asked for one by one when no record may carry the column', async () => {
    await startOrg((part) => (part.method === 'PATCH' ? errors('INVALID_FIELD') : readBack(part)));
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update(range(8).map(bookkeeping), call());

    expect(new Set(outcomeCodes(outcomes))).toEqual(new Set(['configuration']));
    expect(host.data()).toHaveLength(3);
  });

  it('are not repeated after a failure of the server, and their outcome is unknown', async () => {
    await startOrg(
      () => ({}),
      ({ path }) =>
        path.endsWith('/composite')
          ? { status: 500, json: [{ errorCode: 'UNKNOWN_EXCEPTION', message: 'x' }] }
          : null,
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update([bookkeeping(1)], call());

    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'unavailable', outcomeUnknown: true } }]);
    expect(host.data()).toHaveLength(1);
  });

  it('stop at a used-up quota: what was not sent says so', async () => {
    await startOrg(
      () => ({}),
      ({ path }) =>
        path.endsWith('/composite')
          ? {
              status: 403,
              json: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
            }
          : null,
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update(range(1_001).map(bookkeeping), call());

    expect(new Set(outcomeCodes(outcomes))).toEqual(new Set(['quota']));
    expect(outcomes.at(-1)).toMatchObject({ error: { outcomeUnknown: false } });
    expect(host.data()).toHaveLength(1);
  });
});

describe('guarded updates', () => {
  it('carry the version’s second and are read back, after one probe for the process', async () => {
    await startOrg((part) => {
      if (isProbe(part)) return errors('PRECONDITION_FAILED', '', 412);
      return isPatch(part) ? { status: 204 } : readBack(part, { Amount: 5 });
    });
    const { crm, counters } = createTestCrm(host);
    await crm.update([guarded(1)], call());
    const before = counters.requests;

    const outcomes = await crm.update([guarded(1), guarded(2)], call());

    expect(counters.requests - before).toBe(1);
    expect(before).toBe(2);
    expect(outcomes).toMatchObject([
      { ok: true, record: { id: id(1), values: { Amount: 5 } } },
      { ok: true, record: { id: id(2) } },
    ]);
    const [first] = partsOf(host.data().at(-1) as Received);
    expect(first).toMatchObject({
      url: `/services/data/v66.0/sobjects/Opportunity/${id(1)}`,
      httpHeaders: { 'If-Unmodified-Since': 'Fri, 20 Nov 2026 17:59:20 GMT' },
      body: { Amount: 5 },
    });
  });

  it.each([
    { shape: 'a list', body: [{ errorCode: 'PRECONDITION_FAILED', message: '' }] },
    { shape: 'an object', body: { message: 'gone' } },
    { shape: 'nothing', body: null },
  ])('report a 412 with $shape as a version conflict, and the others as written', async ({ body }) => {
    await startOrg((part) => {
      if (isProbe(part) || part.url.endsWith(id(2))) return { status: 412, body };
      return isPatch(part) ? { status: 204 } : readBack(part);
    });
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update([guarded(1), guarded(2), guarded(3)], call());

    expect(outcomeCodes(outcomes)).toEqual(['ok', 'version-conflict', 'ok']);
  });

  it('go one by one where composites ignore the condition, with the probe’s own step allowed for', async () => {
    const after = '2026-11-20T18:00:00.000+0000';
    let isBefore = true;
    const headers: unknown[] = [];
    await startOrg(
      (part) => {
        if (isProbe(part)) return { status: 204 };
        if (part.referenceId === 'before') return rows([{ Id: id(1), SystemModstamp: STAMP }]);
        if (part.referenceId === 'after')
          return rows([{ Id: id(1), SystemModstamp: after, LastModifiedById: '005000000000001AAA' }]);
        return readBack(part);
      },
      ({ method, path, headers: sent }) => {
        if (method !== 'PATCH') return null;
        headers.push([path, sent['if-unmodified-since']]);
        isBefore = false;
        return path.endsWith(id(2)) ? { status: 412, json: [] } : { status: 204 };
      },
    );
    const { crm, counters } = createTestCrm(host);

    const outcomes = await crm.update([guarded(1), guarded(2)], call());

    expect(isBefore).toBe(false);
    expect(outcomeCodes(outcomes)).toEqual(['ok', 'version-conflict']);
    expect(outcomes[0]).toMatchObject({ record: { id: id(1) } });
    expect(headers).toContainEqual([
      `/services/data/v66.0/sobjects/Opportunity/${id(2)}`,
      'Fri, 20 Nov 2026 17:59:20 GMT',
    ]);
    expect(counters.requests).toBe(4);
  });

  it('of many rows compare versions just before each batch, in the batch before', async () => {
    await startOrg((part) => {
      if (part.method === 'PATCH') return saved(part);
      const answer = readBack(part);
      const isVersions = soqlOf(part)?.soql.startsWith('SELECT Id, SystemModstamp FROM') === true;
      if (!isVersions) return answer;
      const found = (answer.body as { records: Record<string, unknown>[] }).records
        .filter((row) => row.Id !== id(3))
        .map((row) =>
          row.Id === id(205) ? { ...row, SystemModstamp: '2026-11-20T17:59:21.000+0000' } : row,
        );
      return rows(found);
    });
    const { crm, counters } = createTestCrm(host);

    const outcomes = await crm.update(
      range(250).map((number) => guarded(number)),
      call(),
    );

    expect(counters.requests).toBe(3);
    expect(outcomeCodes(outcomes).filter((code) => code === 'ok')).toHaveLength(248);
    expect(outcomeCodes(outcomes)[2]).toBe('not-visible');
    expect(outcomeCodes(outcomes)[204]).toBe('version-conflict');
    const written = host
      .data()
      .flatMap((request) => partsOf(request).flatMap((part) => recordsOf(part).map((record) => record.id)));
    expect(written).not.toContain(id(205));
  });

  it('never write the customer’s columns, and send nothing when nothing else is left', async () => {
    await startOrg((part) => readBack(part));
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update([guarded(1, { 'Account.Name': 'Other' })], call());

    expect(outcomes).toEqual([{ ok: true, id: id(1), record: null, requestId: null }]);
    expect(host.data()).toHaveLength(0);
  });
});

describe('values written through a lookup', () => {
  const campaigns = (part: CompositePart): PartAnswer | null =>
    soqlOf(part)?.soql.includes('FROM Campaign') === true
      ? rows([
          { Id: '701000000000001AAA', Name: "Spring '27" },
          { Id: '701000000000002AAA', Name: 'Twin' },
          { Id: '701000000000003AAA', Name: 'twin' },
        ])
      : null;

  it('bind the one row that has the value, remembered for the next time', async () => {
    const asked: string[] = [];
    await startOrg((part) => {
      const answer = campaigns(part);
      if (answer !== null) asked.push(soqlOf(part)?.soql ?? '');
      return answer ?? (part.method === 'PATCH' ? saved(part) : readBack(part));
    });
    const { crm } = createTestCrm(host);
    const update = { id: id(1), values: { 'Campaign.Name': "spring '27" } };

    await crm.update([update], call());
    const outcomes = await crm.update([update], call());

    expect(outcomeCodes(outcomes)).toEqual(['ok']);
    expect(asked).toEqual(["SELECT Id, Name FROM Campaign WHERE Name IN ('spring \\'27') ORDER BY Id ASC"]);
    const [part] = partsOf(host.data().at(-1) as Received);
    expect(recordsOf(part as CompositePart)[0]).toMatchObject({ CampaignId: '701000000000001AAA' });
  });

  it('are refused by name when no row or several have it, without harm to others', async () => {
    await startOrg((part) => campaigns(part) ?? (part.method === 'PATCH' ? saved(part) : readBack(part)));
    const { crm } = createTestCrm(host);

    const outcomes = await crm.update(
      ['Nowhere', 'Twin', null].map((name, index) => ({
        id: id(index + 1),
        values: { 'Campaign.Name': name },
      })),
      call(),
    );

    expect(outcomeCodes(outcomes)).toEqual(['rejected', 'rejected', 'ok']);
    expect(outcomes[0]).toMatchObject({ error: { fields: ['Campaign.Name'] } });
    const [part] = partsOf(host.data().at(-1) as Received);
    expect(recordsOf(part as CompositePart)).toEqual([
      { attributes: { type: 'Opportunity' }, id: id(3), CampaignId: null },
    ]);
  });
});

describe('new opportunities', () => {
  const referral = (number: number): ReferralId =>
    parseReferralId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`) as ReferralId;
  const draft = (number: number, customer: OpportunityDraft['customer'] = null): OpportunityDraft => ({
    values: { Name: `Deal ${number}`, Amount: null, 'Account.Name': 'ignored' },
    referralId: referral(number),
    customer,
  });

  it('carry the referral id, and are read back by it in the same request', async () => {
    await startOrg((part) =>
      part.method === 'POST'
        ? {
            body: recordsOf(part).map((_record, index) => ({ id: id(index + 1), success: true, errors: [] })),
          }
        : rows([opportunity(1, { Referral__c: referral(1) })]),
    );
    const { crm, counters } = createTestCrm(host);

    const outcomes = await crm.create([draft(1, { existingId: '0014S000007NxmlQAC' })], call());

    expect(counters.requests).toBe(1);
    expect(outcomes).toMatchObject([
      { ok: true, id: id(1), record: { values: { Referral__c: referral(1) } } },
    ]);
    const [part, back] = partsOf(host.data()[0] as Received);
    expect(recordsOf(part as CompositePart)).toEqual([
      {
        attributes: { type: 'Opportunity' },
        Name: 'Deal 1',
        AccountId: '0014S000007NxmlQAC',
        Referral__c: referral(1),
      },
    ]);
    expect(soqlOf(back as CompositePart)?.soql).toContain(`WHERE Referral__c IN ('${referral(1)}')`);
  });

  it('of one new customer make one account, by customer keys or by paths', async () => {
    await startOrg((part) => {
      if (part.method !== 'POST') return rows([]);
      return {
        body: recordsOf(part).map((record, index) => ({
          id:
            (record.attributes as { type: string }).type === 'Account' ? '0014S000007NxmlQAC' : id(index + 1),
          success: true,
          errors: [],
        })),
      };
    });
    const { crm } = createTestCrm(host, {
      selection: { ...SELECTION, customer: { name: 'Account.Name', city: 'Account.BillingCity' } },
    });

    const outcomes = await crm.create(
      [
        draft(1, { create: { values: { name: 'Contoso', city: 'Bern' } } }),
        draft(2, { create: { values: { 'Account.Name': 'Contoso', 'Account.BillingCity': 'Bern' } } }),
      ],
      call(),
    );

    expect(outcomeCodes(outcomes)).toEqual(['ok', 'ok']);
    expect(recordsOf(partsOf(host.data()[0] as Received)[0] as CompositePart)).toEqual([
      { attributes: { type: 'Account' }, Name: 'Contoso', BillingCity: 'Bern' },
    ]);
    expect(
      recordsOf(partsOf(host.data()[1] as Received)[0] as CompositePart).map((record) => record.AccountId),
    ).toEqual(['0014S000007NxmlQAC', '0014S000007NxmlQAC']);
  });

  it.each(['duplicateResult', 'duplicateResut'])(
    'name the records that a duplicate rule found under %s',
    async (key) => {
      const result = { matchResults: [{ matchRecords: [{ record: { Id: '0014S000007Nxml' } }] }] };
      await startOrg((part) =>
        part.method === 'POST'
          ? {
              body: [
                {
                  success: false,
                  errors: [
                    {
                      statusCode: 'DUPLICATES_DETECTED',
                      message: 'Use one of these?',
                      fields: [],
                      [key]: result,
                    },
                  ],
                },
              ],
            }
          : rows([]),
      );
      const { crm } = createTestCrm(host);

      const outcomes = await crm.create(
        [draft(1, { create: { values: { 'Account.Name': 'Contoso' } } })],
        call(),
      );

      expect(outcomes).toMatchObject([
        { ok: false, error: { code: 'duplicate', duplicateIds: ['0014S000007NxmlQAC'] } },
      ]);
      expect(host.data()).toHaveLength(1);
    },
  );

  it('name the opportunity that already carries the referral id', async () => {
    const message = `duplicate value found: Referral__c duplicates value on record with id: ${id(9).slice(0, 15)}`;
    await startOrg((part) =>
      part.method === 'POST' ? { body: [failed('DUPLICATE_VALUE', message)] } : rows([]),
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.create([draft(1)], call());

    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'duplicate', duplicateIds: [id(9)] } }]);
  });

  it('are tried again while another transaction holds their account', async () => {
    let sent = 0;
    await startOrg((part) => {
      if (part.method !== 'POST') return rows([]);
      sent += 1;
      return {
        body: recordsOf(part).map((record) =>
          record.Name === 'Deal 2' || sent === 1
            ? failed('UNABLE_TO_LOCK_ROW')
            : { id: id(1), success: true, errors: [] },
        ),
      };
    });
    const { crm } = createTestCrm(host);

    const outcomes = await crm.create([draft(1), draft(2)], call());

    expect(outcomeCodes(outcomes)).toEqual(['ok', 'rejected']);
    expect(sent).toBe(3);
  });

  it('are unknown, and not sent again, when the answer is lost', async () => {
    await startOrg(
      () => ({}),
      ({ path }) => (path.endsWith('/composite') ? { json: { compositeResponse: [] }, half: 'cut' } : null),
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.create([draft(1)], call());

    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'unavailable', outcomeUnknown: true } }]);
    expect(host.data()).toHaveLength(1);
  });

  it('are unknown when the caller stops in the middle', async () => {
    const controller = new AbortController();
    await startOrg(
      () => ({}),
      ({ path }) => {
        if (!path.endsWith('/composite')) return null;
        controller.abort(new Error('stopped'));
        return { json: { compositeResponse: [] }, half: 'stalled' };
      },
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.create([draft(1)], { signal: controller.signal });

    expect(outcomes).toMatchObject([{ ok: false, error: { outcomeUnknown: true } }]);
  });

  it('leave the id check to the id: a 15-character answer is completed', async () => {
    await startOrg((part) =>
      part.method === 'POST' ? { body: [{ id: id(4).slice(0, 15), success: true, errors: [] }] } : rows([]),
    );
    const { crm } = createTestCrm(host);

    const outcomes = await crm.create([draft(1)], call());

    expect(outcomes).toMatchObject([{ ok: true, id: canonicalSalesforceId(id(4)), record: null }]);
  });
});
