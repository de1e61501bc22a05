import { describe, expect, it } from 'vitest';
import { readAdoptionCsv, toAdoptionCsv } from '../../../src/cli/adopt-csv.ts';
import { parseCsv } from '../../../src/cli/csv-read.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import type { OfferedPair } from '../../../src/engine/offer-pairs.ts';
import { OPPORTUNITY, REFERRAL } from '../../support/builders.ts';

const PAIR: OfferedPair = {
  opportunityId: OPPORTUNITY,
  referralId: REFERRAL,
  opportunityName: '=HYPERLINK("http://evil.example")',
  referralName: '+1, "quoted"\nand broken',
  customer: '@SUM(A1)',
  confidence: 'high',
  ambiguous: false,
  reasons: ['same name', 'same close date'],
  disagreements: [{ field: 'amount', opportunity: '100', referral: '200' }],
  fingerprint: '1234567890123456789012345678e901',
};
const FILE = 'pairs.csv';

const offered = (): string => toAdoptionCsv([{ connection: 'contoso', pairs: [PAIR] }]);
const accepted = (): string => offered().replace(/,\r\n$/, ',yes\r\n');

function problemsOf(text: string): readonly string[] {
  try {
    readAdoptionCsv(text, FILE, ['contoso']);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('the file of proposals', () => {
  it('holds one row a pair, nothing accepted, and no cell that a spreadsheet would run', () => {
    const [head, row] = parseCsv(offered(), FILE);

    expect(head?.cells).toEqual(
      'connection,opportunityId,referralId,opportunityName,referralName,customer,confidence,ambiguous,reasons,disagreements,fingerprint,accept'.split(
        ',',
      ),
    );
    expect(row?.cells.at(-1)).toBe('');
    expect(row?.cells.filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(row?.cells).toContain('amount: 100 / 200');
  });

  it('comes back with what was accepted', () => {
    expect(readAdoptionCsv(accepted(), FILE, ['contoso'])).toEqual(
      new Map([
        [
          'contoso',
          [{ opportunityId: OPPORTUNITY, referralId: REFERRAL, line: 2, fingerprint: PAIR.fingerprint }],
        ],
      ]),
    );
    expect(readAdoptionCsv(offered(), FILE, ['contoso']).size).toBe(0);
  });

  it.each([
    ['semicolons and a mark in front', (text: string) => `\ufeff${text.replaceAll(',', ';')}`],
    ['tabs', (text: string) => text.replaceAll(',', '\t')],
    ['plain line feeds', (text: string) => text.replaceAll('\r\n', '\n')],
    ['capitals in its first line', (text: string) => text.replace('accept', 'ACCEPT')],
  ])('is read as spreadsheets save it: %s', (_what, save) => {
    const head = 'opportunityId,referralId,fingerprint,accept\r\n';
    const text = `${head}${OPPORTUNITY},${REFERRAL},v1-abc,Yes\r\n`;

    expect(readAdoptionCsv(save(text), FILE, ['contoso']).get('contoso')).toHaveLength(1);
  });

  it('is refused as a whole, with file, line, column and remedy of each problem', () => {
    const rows = [
      'opportunityId,referralId,fingerprint,accept',
      `${OPPORTUNITY},${REFERRAL},v1-abc,maybe`,
      `5,6E+10,v1-abc,yes`,
      `${OPPORTUNITY},${REFERRAL},1.2E+31,yes`,
      'not,read,at all,no',
    ];

    const problems = problemsOf(rows.join('\r\n'));

    expect(problems).toEqual([
      'pairs.csv:2, column 4 (accept): "maybe" is neither yes nor no; write yes or no',
      'pairs.csv:3, column 1 (opportunityId): "5" is no opportunity id; copy it from the CRM or from a fresh proposal',
      'pairs.csv:3, column 2 (referralId): "6E+10" is no referral id; copy it from a fresh proposal',
      'pairs.csv:4, column 3 (fingerprint): it is not as proposed; take the row from a fresh proposal, or name the pair with --accept',
    ]);
  });

  it.each([
    ['', /no column opportunityId, referralId, fingerprint, accept/],
    ['opportunityId,referralId\r\n', /no column fingerprint, accept/],
    [
      'opportunityId,referralId,fingerprint,accept\r\n"open,b,c,d',
      /pairs\.csv:2: a quoted cell is not closed/,
    ],
  ])('that is none is refused: %j', (text, message) => {
    expect(problemsOf(text).join()).toMatch(message);
  });

  it('must name the connection of a row where there are several', () => {
    const text = `connection,opportunityId,referralId,fingerprint,accept\r\nacme,${OPPORTUNITY},${REFERRAL},v1-a,yes\r\n`;

    expect(() => readAdoptionCsv(text, FILE, ['contoso', 'fabrikam'])).toThrow(
      /there is no connection "acme"/,
    );
  });
});
