import { describe, expect, it } from 'vitest';
import { batchOf, errorOf, type Fixture, httpPart, messageOf, seedDeal, startDataverse } from './support.ts';

const API = '/api/data/v9.2';

function send(
  { call }: Fixture,
  text: string,
  { prefer, boundary = '"batch_a1"' }: { prefer?: string; boundary?: string } = {},
) {
  return call('POST', '$batch', {
    text,
    headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    ...(prefer === undefined ? {} : { prefer }),
  });
}

const changeSet = (parts: readonly string[]): string =>
  `Content-Type: multipart/mixed; boundary="set_1"\n\n${parts.map((part) => `--set_1\n${part}`).join('')}--set_1--\n`;

const statuses = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]));

describe('a batch', () => {
  it('answers its parts in order, in the form of the real server', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);

    const answer = await send(
      fixture,
      batchOf([
        httpPart(`GET ${API}/opportunities(${opportunity})?$select=name`),
        httpPart(`PATCH ${fixture.api}/opportunities(${opportunity})`, {
          body: { name: 'x' },
          headers: 'If-Match: *\n',
        }),
      ]),
    );
    const boundary = /^multipart\/mixed; boundary=(batchresponse_[0-9a-f-]+)$/.exec(
      answer.headers.get('content-type') ?? '',
    )?.[1];
    const link = `${fixture.api}/opportunities(${opportunity})`;

    expect(answer.status).toBe(200);
    expect(
      answer.text.startsWith(
        `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 200 OK\r\n`,
      ),
    ).toBe(true);
    expect(answer.text).toContain(
      `HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nLocation: ${link}\r\nOData-EntityId: ${link}\r\n\r\n\r\n--${boundary}--\r\n`,
    );
    expect(statuses(answer.text)).toEqual([200, 204]);
  });

  it('stops at the first failure, unless it is told to go on', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    const parts = [
      httpPart(`PATCH ${API}/opportunities(${opportunity})`, { body: { name: 'x'.repeat(301) } }),
      httpPart(`PATCH ${API}/opportunities(${opportunity})`, { body: { name: 'after' } }),
    ];

    const stopped = await send(fixture, batchOf(parts));
    const nameThen = fixture.org.find('opportunity', opportunity)?.name;
    const whole = await send(fixture, batchOf(parts), { prefer: 'odata.continue-on-error' });

    expect(stopped.status).toBe(400);
    expect(statuses(stopped.text)).toEqual([400]);
    expect(stopped.text).toMatch(/REQ_ID: [0-9a-f-]{36}\r\n/);
    expect(stopped.text).toContain('"code":"0x80044331"');
    expect(nameThen).toBe('Renewal');
    expect(whole.status).toBe(200);
    expect(statuses(whole.text)).toEqual([400, 204]);
  });

  it('applies each part’s own condition', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    const target = `PATCH ${API}/opportunities(${opportunity})`;

    const answer = await send(
      fixture,
      batchOf([
        httpPart(target, { body: { name: 'x' }, headers: 'If-Match: W/"1"\n' }),
        httpPart(target, { body: { name: 'y' }, headers: 'If-Match: *\nPrefer: return=representation\n' }),
      ]),
      { prefer: 'odata.continue-on-error' },
    );

    expect(statuses(answer.text)).toEqual([412, 200]);
    expect(answer.text).toMatch(/ETag: W\/"\d+"\r\n/);
  });

  it('runs a change set as a whole, with references to its earlier rows', async () => {
    const fixture = await startDataverse();
    const account = httpPart(`POST ${API}/accounts`, { body: { name: 'Contoso' }, id: '1' });
    const deal = { name: 'Deal', 'customerid_account@odata.bind': '$1' };

    const good = await send(
      fixture,
      batchOf([
        changeSet([
          account,
          httpPart(`POST ${API}/opportunities`, { body: deal, id: '2' }),
          httpPart('PUT $1/name', { body: { value: 'Renamed' }, id: '3' }),
        ]),
      ]),
    );
    const failed = await send(
      fixture,
      batchOf([
        changeSet([
          account,
          httpPart(`POST ${API}/opportunities`, { body: { name: 'x'.repeat(301) }, id: '2' }),
        ]),
      ]),
    );

    expect(good.status).toBe(200);
    expect(good.text).toContain('Content-Type: multipart/mixed; boundary=changesetresponse_');
    expect(good.text).toMatch(/Content-ID: 2\r\n\r\nHTTP\/1\.1 204/);
    expect(fixture.org.list('account')).toMatchObject([{ name: 'Renamed' }]);
    expect(fixture.org.list('opportunity')).toMatchObject([{ customerid: { table: 'account' } }]);
    expect(failed.status).toBe(400);
    expect(failed.text).not.toContain('changesetresponse_');
    expect(fixture.org.list('account')).toHaveLength(1);
  });

  it('refuses references to rows that come later', async () => {
    const fixture = await startDataverse();

    const answer = await send(
      fixture,
      batchOf([
        changeSet([
          httpPart(`POST ${API}/opportunities`, { body: { 'customerid_account@odata.bind': '$1' }, id: '2' }),
          httpPart(`POST ${API}/accounts`, { body: { name: 'Contoso' }, id: '1' }),
        ]),
      ]),
    );

    expect(answer.status).toBe(400);
    expect(answer.text).toContain("Content-ID Reference: '$1' does not exist in the batch context.");
  });

  it('cannot read its last operation when lines end in LF, or the last line has no end', async () => {
    const fixture = await startDataverse();
    const good = batchOf([httpPart(`POST ${API}/accounts`, { body: { name: 'A' } })]);

    for (const text of [good.trimEnd(), good.replace(/\r\n/g, '\n')]) {
      const answer = await send(fixture, text);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('"code":"0x80048d19"');
      expect(answer.text).toContain('Stream was not readable.');
    }
    expect(fixture.org.list('account')).toEqual([]);
    expect((await send(fixture, `${good.replace(/\r\n/g, '\n')}\n\n`)).status).toBe(200);
  });

  it.each([
    ['a missing boundary', 'nothing', '"batch_a1"'],
    [
      'no closing boundary',
      '--batch_a1\r\nContent-Type: application/http\r\n\r\nGET /api/data/v9.2/accounts HTTP/1.1\r\n\r\n',
      'batch_a1',
    ],
    [
      'a GET in a change set',
      batchOf([changeSet([httpPart('GET /api/data/v9.2/accounts', { id: '1' })])]),
      'batch_a1',
    ],
    [
      'no Content-ID in a change set',
      batchOf([changeSet([httpPart('POST /api/data/v9.2/accounts', { body: {} })])]),
      'batch_a1',
    ],
    [
      'too many parts',
      batchOf(Array.from({ length: 1001 }, () => httpPart('GET /api/data/v9.2/WhoAmI'))),
      'batch_a1',
    ],
  ])('is refused with plain JSON for %s', async (_reason, text, boundary) => {
    const fixture = await startDataverse();

    const answer = await send(fixture, text, { boundary });

    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(errorOf(answer).status).toBe(400);
    expect(messageOf(answer)).toContain('The batch request is not valid');
  });

  it('refuses a batch within, and URLs that are relative to the API', async () => {
    const fixture = await startDataverse();
    const parts = [httpPart(`POST ${API}/$batch`, { body: {} }), httpPart('GET accounts')];

    const answer = await send(fixture, batchOf(parts), { prefer: 'odata.continue-on-error' });

    expect(statuses(answer.text)).toEqual([400, 400]);
  });

  it('takes what a widely used client sends: an empty first line and an unquoted boundary', async () => {
    const fixture = await startDataverse();
    const text = [
      '',
      '--dwa_batch_1',
      'Content-Type: multipart/mixed;boundary=changeset_1',
      '',
      '--changeset_1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      'Content-ID: 1',
      '',
      `POST ${fixture.api}/accounts HTTP/1.1`,
      'Content-Type: application/json',
      '',
      '{"name":"a"}',
      '',
      '--changeset_1--',
      '',
      '--dwa_batch_1--',
      '',
    ].join('\r\n');

    const answer = await send(fixture, text, { boundary: 'dwa_batch_1' });

    expect(statuses(answer.text)).toEqual([204]);
    expect(fixture.org.list('account')).toMatchObject([{ name: 'a' }]);
  });
});
