import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ExportError,
  type ExportProblem,
  flagForSync,
  loadExport,
  type SalesforceOrg,
  withChecksum,
} from '../../../../src/sandbox/salesforce/index.ts';
import { createFixture } from './support.ts';

const USER = withChecksum('0055i000000000B');
const ACCOUNT = withChecksum('0015i000000001d');
const FIRST = withChecksum('0065i00000000G9');
const SECOND = withChecksum('0065i00000000GA');

let directory: string;
let org: SalesforceOrg;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'export-'));
  ({ org } = createFixture());
  write(
    'User',
    ['Id', 'FirstName', 'LastName', 'Email', 'IsActive', 'ManagerId'],
    [[USER, 'Anna', 'Berg', 'anna.berg@partner.example', 'TRUE', '']],
  );
  write(
    'Account',
    ['Id', 'Name', 'AnnualRevenue', 'BillingCountry', 'SystemModstamp'],
    [[ACCOUNT, 'Acme "Best" Corporation', '1100.04', 'United States', '2025-09-01T00:00:00.000Z']],
  );
  write('Product2', ['Id', 'Name', 'IsActive'], [[withChecksum('01t5i0000000001'), 'GTX Basic', 'TRUE']]);
  write('Opportunity', OPPORTUNITY_COLUMNS, [
    [
      FIRST,
      ACCOUNT,
      'Acme - one\nsecond line',
      'Prospecting',
      '1054',
      '2026-03-01',
      USER,
      'FALSE',
      CREATED,
      CREATED,
      'x',
    ],
    [SECOND, '', 'Acme - two', 'Engaging', '', '2026-04-01', USER, 'FALSE', LATER, LATER, ''],
  ]);
});
afterEach(() => rmSync(directory, { recursive: true }));

const CREATED = '2025-10-20T09:00:00.000Z';
const LATER = '2025-10-25T09:00:00.000Z';
const OPPORTUNITY_COLUMNS = [
  'Id',
  'AccountId',
  'Name',
  'StageName',
  'Amount',
  'CloseDate',
  'OwnerId',
  'IsClosed',
  'CreatedDate',
  'SystemModstamp',
  'Shoe_Size__c',
];

function write(object: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const quoted = [header, ...rows].map((cells) =>
    cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','),
  );
  writeFileSync(join(directory, `${object}.csv`), `${quoted.join('\n')}\n`);
}

function problemsOf(): readonly ExportProblem[] {
  try {
    loadExport(org, directory);
  } catch (error) {
    if (error instanceof ExportError) return error.problems;
    throw error;
  }
  return [];
}

describe('a data export', () => {
  it('is loaded with its ids and stamps; unknown columns become text', () => {
    const counts = loadExport(org, directory);

    expect(counts).toEqual({ User: 1, Account: 1, Product2: 1, Opportunity: 2 });
    expect(org.find('Opportunity', FIRST)).toMatchObject({
      AccountId: ACCOUNT,
      Name: 'Acme - one\nsecond line',
      Amount: 1054,
      CloseDate: '2026-03-01',
      Probability: 10,
      CreatedDate: '2025-10-20T09:00:00.000+0000',
      SystemModstamp: '2025-10-20T09:00:00.000+0000',
      Shoe_Size__c: 'x',
    });
    expect(
      org.query("SELECT Account.Name, Owner.Email FROM Opportunity WHERE Shoe_Size__c = 'X'"),
    ).toMatchObject([
      { Account: { Name: 'Acme "Best" Corporation' }, Owner: { Email: 'anna.berg@partner.example' } },
    ]);
    expect(org.writeLog).toEqual([]);
  });

  it('brings stages that the org does not have', () => {
    loadExport(org, directory);

    expect(org.query("SELECT IsClosed FROM OpportunityStage WHERE ApiName = 'Engaging'")).toMatchObject([
      { IsClosed: false },
    ]);
  });

  it('says which file is missing, and what to do', () => {
    rmSync(join(directory, 'Account.csv'));

    const problems = problemsOf();

    expect(problems).toEqual([
      {
        file: 'Account.csv',
        line: null,
        column: null,
        message: `there is no such file in ${directory}`,
        remedy: 'Export Account from Salesforce (Setup, Data Export) and put the file there.',
      },
    ]);
    expect(org.query('SELECT Id FROM Opportunity')).toEqual([]);
  });

  it('lists every bad value with its line and column', () => {
    write('Opportunity', OPPORTUNITY_COLUMNS, [
      [
        FIRST,
        ACCOUNT,
        'two\nlines',
        'Prospecting',
        '1,054',
        '2026-02-31',
        USER,
        'FALSE',
        CREATED,
        CREATED,
        '',
      ],
      ['0065I00000000GA', ACCOUNT, 'x', 'Prospecting', '', '2026-04-01', USER, 'maybe', 'soon', LATER, ''],
      [
        FIRST,
        withChecksum('0015i0000000zzz'),
        'x',
        'Prospecting',
        '',
        '2026-04-01',
        'me',
        '',
        LATER,
        LATER,
        '',
      ],
    ]);

    const places = problemsOf().map(({ line, column }) => [line, column]);

    expect(places).toEqual([
      [2, 'Amount'],
      [2, 'CloseDate'],
      [4, 'IsClosed'],
      [4, 'CreatedDate'],
      [5, 'OwnerId'],
      [5, 'Id'],
      [5, 'AccountId'],
    ]);
  });

  it('recognises a file that is no table', () => {
    writeFileSync(join(directory, 'User.csv'), '"Id","LastName"\n"005","Be"rg"\n');

    expect(problemsOf()).toMatchObject([{ file: 'User.csv', line: 2 }]);
  });

  it('flags the newest open opportunities without moving their stamps', () => {
    loadExport(org, directory);

    const flagged = flagForSync(org, { count: 1 });

    expect(flagged).toEqual([SECOND]);
    expect(org.find('Opportunity', SECOND)).toMatchObject({
      Sync_with_Partner_Center__c: true,
      SystemModstamp: '2025-10-25T09:00:00.000+0000',
    });
    expect(org.find('Opportunity', FIRST)?.Sync_with_Partner_Center__c).toBe(false);
  });
});
