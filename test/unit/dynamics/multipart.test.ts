import { describe, expect, it } from 'vitest';
import {
  boundaryOf,
  contentIdOf,
  parseBatch,
  renderBatch,
} from '../../../src/adapters/dynamics/multipart.ts';
import { parseRequest } from './support.ts';

const lines = (...text: string[]): string => text.join('\r\n');

const ANSWER = lines(
  '--batchresponse_c1bd',
  'Content-Type: multipart/mixed; boundary=changesetresponse_ff83',
  '',
  '--changesetresponse_ff83',
  'Content-Type: application/http',
  'Content-Transfer-Encoding: binary',
  'Content-ID: 1',
  '',
  'HTTP/1.1 204 No Content',
  'OData-Version: 4.0',
  'OData-EntityId: https://contoso.crm.example/api/data/v9.2/accounts(c48c005e-0000-4000-8000-000000000000)',
  '',
  '',
  '--changesetresponse_ff83',
  'Content-Type: application/http',
  'Content-Transfer-Encoding: binary',
  'Content-ID: 2',
  '',
  'HTTP/1.1 204 No Content',
  'OData-Version: 4.0',
  '',
  '',
  '--changesetresponse_ff83--',
  '--batchresponse_c1bd',
  'Content-Type: application/http',
  'Content-Transfer-Encoding: binary',
  '',
  'HTTP/1.1 412 Precondition Failed',
  'REQ_ID: 5ecd1cb3',
  'Content-Type: application/json; odata.metadata=minimal',
  '',
  '{"error":{"code":"0x80060882","message":"The version …"}}',
  '--batchresponse_c1bd--',
  '',
);

describe('a batch request', () => {
  it('ends every line with CRLF, the last one too, and numbers its parts', () => {
    const body = renderBatch(
      [
        { method: 'GET', url: '/api/data/v9.2/opportunities?$select=name', headers: { Prefer: 'x' } },
        {
          changeSet: [
            {
              method: 'PATCH',
              url: '/api/data/v9.2/opportunities(1)',
              headers: { 'If-Match': 'W/"1"' },
              body: { a: 'ü\n' },
            },
            { method: 'POST', url: '/api/data/v9.2/WinOpportunity', body: { Status: 3 } },
          ],
        },
      ],
      'b1',
    );

    expect(body).toBe(
      lines(
        '--b1',
        'Content-Type: application/http',
        'Content-Transfer-Encoding: binary',
        'Content-ID: 1',
        '',
        'GET /api/data/v9.2/opportunities?$select=name HTTP/1.1',
        'Accept: application/json',
        'Prefer: x',
        '',
        '',
        '--b1',
        'Content-Type: multipart/mixed; boundary=changeset_1_b1',
        '',
        '--changeset_1_b1',
        'Content-Type: application/http',
        'Content-Transfer-Encoding: binary',
        'Content-ID: 101',
        '',
        'PATCH /api/data/v9.2/opportunities(1) HTTP/1.1',
        'Accept: application/json',
        'Content-Type: application/json; charset=utf-8',
        'If-Match: W/"1"',
        '',
        '{"a":"ü\\n"}',
        '--changeset_1_b1',
        'Content-Type: application/http',
        'Content-Transfer-Encoding: binary',
        'Content-ID: 102',
        '',
        'POST /api/data/v9.2/WinOpportunity HTTP/1.1',
        'Accept: application/json',
        'Content-Type: application/json; charset=utf-8',
        '',
        '{"Status":3}',
        '--changeset_1_b1--',
        '--b1--',
        '',
      ),
    );
    expect(parseRequest(body, 'multipart/mixed; boundary="b1"').map((item) => item.length)).toEqual([1, 2]);
  });

  it('lets no value break out of its line', () => {
    const body = renderBatch(
      [{ method: 'GET', url: '/x\r\nDELETE /y HTTP/1.1', headers: { 'If-Match': 'a\r\nX-Evil: 1' } }],
      'b1',
    );

    expect(body).not.toMatch(/^DELETE/m);
    expect(body).not.toMatch(/^X-Evil/m);
  });
});

describe('a batch answer', () => {
  it('is read with its change sets, statuses, headers and bodies', () => {
    const items = parseBatch(ANSWER, 'batchresponse_c1bd', 2);

    expect(items?.map((item) => item.map(({ status }) => status))).toEqual([[204, 204], [412]]);
    expect(items?.[0]?.[0]?.headers['odata-entityid']).toContain('accounts(c48c005e');
    expect(items?.[1]?.[0]?.headers.req_id).toBe('5ecd1cb3');
    expect(JSON.parse(items?.[1]?.[0]?.body ?? '')).toEqual({
      error: { code: '0x80060882', message: 'The version …' },
    });
  });

  it('is read the same with bare line feeds', () => {
    const items = parseBatch(ANSWER.replaceAll('\r\n', '\n'), 'batchresponse_c1bd', 2);

    expect(items).toEqual(parseBatch(ANSWER, 'batchresponse_c1bd', 2));
  });

  it('is told apart by Content-ID when parts come in another order, and by order where there is none', () => {
    const part = (status: number, contentId: string | null): string =>
      lines(
        '--b',
        'Content-Type: application/http',
        ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
        '',
        `HTTP/1.1 ${status} X`,
        '',
        '',
        '',
      );

    const items = parseBatch(
      `${part(203, contentIdOf(2))}${part(201, null)}${part(202, null)}--b--\r\n`,
      'b',
      4,
    );

    expect(items?.map((item) => item[0]?.status)).toEqual([201, 202, 203, undefined]);
  });

  it('leaves out a part that the connection cut in two', () => {
    const cut = ANSWER.slice(0, ANSWER.indexOf('"code"'));

    const items = parseBatch(cut, 'batchresponse_c1bd', 2);

    expect(items?.map((item) => item.length)).toEqual([2, 0]);
  });

  it('is nothing without its boundary', () => {
    expect(parseBatch('<html>gateway</html>', 'batchresponse_c1bd', 2)).toBeNull();
    expect(boundaryOf('application/json')).toBeNull();
    expect(boundaryOf('multipart/mixed; boundary=batchresponse_1')).toBe('batchresponse_1');
    expect(boundaryOf('multipart/mixed; charset=utf-8; boundary="a b"')).toBe('a b');
  });
});
