/** Remote systems that answer anything at all, and records that hold anything at all: nothing crashes, hangs or injects. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, type Workplace } from './command-line.ts';

const ESC = '\u001b';
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
type Kind = 'salesforce' | 'dynamics';

/** What a list of anything must never be. */
const ANSWERS: readonly (readonly [string, string, string?])[] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a text', '"value"'],
  ['an empty object', '{}'],
  ['a list without its object', '[]'],
  ['lists that are none', '{"value":{},"records":{},"compositeResponse":7,"totalSize":"many"}'],
  [
    'rows that are none',
    '{"value":[null,1,"x",[],{}],"records":[null,1,"x",[],{}],"done":true,"totalSize":5}',
  ],
  ['a list cut short', '{"value":[{"id":"a'],
  ['absurd depth', `{"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  [
    'prototype keys',
    '{"value":[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}],"__proto__":{"polluted":1}}',
  ],
  ['a huge text', JSON.stringify({ value: [{ id: 'x'.repeat(3_000_000) }] })],
  ['a page for people', '<!doctype html><title>Sign in</title>', 'text/html'],
  ['JSON that calls itself text', '{"value":[]}', 'text/plain'],
  [
    'control characters',
    JSON.stringify({ value: [{ id: `${ESC}[2J`, eTag: `${ESC}]0;x\u0007` }], error: `${ESC}[31m` }),
  ],
  [
    'a next page somewhere else',
    '{"value":[],"@odata.nextLink":"http://169.254.169.254/latest/meta-data?x=1","done":false,"nextRecordsUrl":"http://169.254.169.254/x"}',
  ],
  [
    'a next page that is a file',
    '{"value":[],"@odata.nextLink":"file:///etc/passwd","done":false,"nextRecordsUrl":"//169.254.169.254/x"}',
  ],
  ['a next page that is a number', '{"value":[],"@odata.nextLink":7,"done":false,"nextRecordsUrl":7}'],
  [
    'itself as the next page',
    '{"value":[],"@odata.nextLink":"/?$skiptoken=again","done":false,"nextRecordsUrl":"/services/data/v66.0/query/01gLOOP-2000","records":[],"totalSize":9}',
  ],
];

describe.each(['salesforce', 'dynamics'] as const)('with %s', { timeout: 120_000 }, (kind: Kind) => {
  let place: Workplace;

  beforeEach(async () => {
    place = await createWorkplace({
      opportunities: 6,
      crms: [kind],
      policy: { createGraceMinutes: 0, inbound: { create: true, accounts: 'create' } },
    });
  });
  afterEach(() => place.close());

  const systemOf = (side: 'crm' | 'partnerCenter') =>
    side === 'partnerCenter' ? 'partner-center' : kind === 'salesforce' ? 'salesforce' : 'dataverse';

  it.each<'crm' | 'partnerCenter'>(kind === 'salesforce' ? ['crm', 'partnerCenter'] : ['crm'])(
    'a %s that answers anything at all stops the run in words, and the next run goes on',
    async (side) => {
      const ends: Record<string, unknown> = {};
      for (const [what, body, contentType = 'application/json'] of ANSWERS) {
        place.sandbox.faults.add({
          system: systemOf(side),
          kind: 'status',
          when: 'before',
          status: 200,
          body,
          contentType,
          // Everything but the sign-in, however often it is asked.
          path: '^(?!.*/oauth2/)',
          times: 500,
        });
        const { code, stdout, stderr } = await place.cli('sync', '--json');
        const { hits = 0 } = place.sandbox.faults.list()[0] ?? {};
        place.sandbox.faults.clear();
        const isSafe = !CONTROLS.test(stderr) && !/should not have/.test(stderr) && stderr.length < 20_000;
        JSON.parse(stdout);
        ends[what] = [code === 3 || code === 4, hits > 0 && hits < 100, isSafe ? '' : stderr.slice(0, 300)];
      }
      const { code, stderr } = await place.cli('sync');

      expect(ends).toEqual(Object.fromEntries(ANSWERS.map(([what]) => [what, [true, true, '']])));
      expect([0, 3], stderr).toContain(code);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
      expect(place.sandbox.partnerCenter.illegalCalls).toEqual([]);
    },
  );

  it('texts made to be read as queries, markup, escapes or formulas arrive as they are, and match nothing else', async () => {
    const customers = [
      `O'Brien \\' OR Name LIKE '%`,
      `x'; DROP TABLE opportunity;--`,
      `%_[]*?&$filter=true#"<script>alert(1)</script>`,
      `${'=HYPERLINK("http://evil.example")'}`,
      `a${ESC}[2J\u009b31m\u202egnp.exe`,
      '__proto__',
      'constructor',
      'null',
    ];
    const ids = customers.map((name, index) =>
      String(
        place.sandbox.partnerCenter.createInbound({
          sibling: false,
          referral: {
            name,
            customerProfile: {
              name,
              address: { addressLine1: `${index} Street`, city: 'Essen', postalCode: '45127', country: 'DE' },
              size: '251to1000employees',
            },
            details: { notes: name, dealValue: 1_000 + index, currency: 'USD' },
          },
        }).id,
      ),
    );
    for (const _run of [1, 2]) {
      const { code, stderr } = await place.cli('sync');
      expect([0, 3], stderr).toContain(code);
    }

    const outputs = await Promise.all(
      [
        ['deals'],
        ['deals', '--json'],
        ['attention', 'list'],
        ['status'],
        ...ids.map((id) => ['explain', id]),
      ].map((words) => place.cli(...words)),
    );
    for (const { stdout, stderr } of outputs) {
      expect(stdout.replaceAll('\r\n', '\n')).not.toMatch(CONTROLS);
      expect(stderr).not.toMatch(CONTROLS);
    }
    const { stdout: csv } = await place.cli('deals', '--csv');
    expect(csv).not.toMatch(/(?:^|,|")=HYPERLINK/m);
    const { sandbox } = place;
    const rows =
      kind === 'salesforce'
        ? ids.map((id) =>
            sandbox.salesforce.query(
              `SELECT AccountId, Account.Name FROM Opportunity WHERE Referral_Identifier__c = '${id}'`,
            ),
          )
        : ids.map(
            (id) =>
              sandbox.dynamics?.list('opportunity').filter((row) => row.msft_referralidentifier === id) ?? [],
          );
    expect(rows.map((found) => found.length)).toEqual(customers.map(() => 1));
    const accounts =
      kind === 'salesforce'
        ? sandbox.salesforce.query('SELECT Name FROM Account').map(({ Name }) => String(Name))
        : (sandbox.dynamics?.list('account') ?? []).map(({ name }) => String(name));
    const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, '');
    for (const name of customers)
      expect(accounts.filter((account) => clean(account) === clean(name))).toHaveLength(1);
  });
});
