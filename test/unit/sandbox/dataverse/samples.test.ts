import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createOrg,
  createSampleOrg,
  type DataverseOrg,
  ExportError,
  flagForSync,
  importedId,
  loadExport,
} from '../../../../src/sandbox/dataverse/index.ts';
import { createClock } from '../../../../src/sandbox/kernel/clock.ts';
import { CLIENT_ID } from './support.ts';

const newOrg = (): DataverseOrg =>
  createOrg({ clock: createClock(new Date('2026-03-02T09:00:00Z')), applicationId: CLIENT_ID });

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const quoted = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => row.map((cell) => `"${cell.replace(/"/g, '""')}"`).join(',')).join('\n');

const OPPORTUNITY_HEADER = [
  'Id',
  'AccountId',
  'Name',
  'StageName',
  'Amount',
  'Probability',
  'CloseDate',
  'OwnerId',
  'Product__c',
  'IsClosed',
  'IsWon',
  'CreatedDate',
  'LastModifiedDate',
];

function exportFolder(changes: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'dataverse-export-'));
  folders.push(folder);
  const files = {
    'User.csv': quoted([
      ['Id', 'FirstName', 'LastName', 'Email', 'Phone', 'IsActive', 'SystemModstamp'],
      [
        '0055i000000000BAAQ',
        'Anna',
        'Seller',
        'anna@partner.example',
        '',
        'TRUE',
        '2025-09-01T00:00:00.000Z',
      ],
    ]),
    'Account.csv': quoted([
      ['Id', 'Name', 'ParentId', 'NumberOfEmployees', 'BillingCountry', 'SystemModstamp'],
      ['0015i000000001dAAA', 'Acme', '', '2822', 'Philipines', '2025-09-01T00:00:00.000Z'],
    ]),
    'Product2.csv': quoted([
      ['Id', 'Name'],
      ['01t5i0000000001AAA', 'GTX Basic'],
    ]),
    'Opportunity.csv': quoted([
      OPPORTUNITY_HEADER,
      [
        '0065i00000000G1AAI',
        '0015i000000001dAAA',
        'Open deal',
        'Prospecting',
        '',
        '10',
        '2026-05-01',
        '0055i000000000BAAQ',
        'GTXPro',
        'FALSE',
        'FALSE',
        '2026-01-01T09:00:00.000Z',
        '2026-02-01T09:00:00.000Z',
      ],
      [
        '0065i00000000G2AAI',
        '',
        'Won deal',
        'Closed Won',
        '1054',
        '100',
        '2026-03-01',
        '0055i000000000BAAQ',
        'GTX Basic',
        'TRUE',
        'TRUE',
        '2025-10-20T09:00:00.000Z',
        '2026-03-01T06:53:57.000Z',
      ],
    ]),
    ...changes,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('the sample organization', () => {
  it('is the same for the same seed, and another for another', () => {
    const fill = (seed: number) => {
      const org = newOrg();
      const sample = createSampleOrg(org, { seed, opportunities: 40 });
      return JSON.stringify([sample.opportunities.map((id) => org.find('opportunity', id)), sample.flagged]);
    };

    expect(fill(7)).toBe(fill(7));
    expect(fill(7)).not.toBe(fill(8));
  });

  it('has open and closed deals, flags only open ones, and lies in the past', () => {
    const org = newOrg();
    const { opportunities, flagged, defects } = createSampleOrg(org, { opportunities: 200 });
    const rows = opportunities.map((id) => org.find('opportunity', id));

    expect(new Set(rows.map((row) => row?.statecode))).toEqual(new Set([0, 1, 2]));
    expect(flagged.every((id) => org.find('opportunity', id)?.statecode === 0)).toBe(true);
    expect(flagged.every((id) => org.find('opportunity', id)?.new_syncwithpartnercenter === true)).toBe(true);
    expect(rows.every((row) => String(row?.modifiedon) <= '2026-03-02T09:00:00Z')).toBe(true);
    expect(defects.size).toBeGreaterThan(0);
    expect(org.list('connection').length).toBeGreaterThan(0);
    expect(org.list('msft_microsoftsolution').length).toBeGreaterThan(0);
  });
});

describe('a data export', () => {
  it('becomes rows with states, owners, accounts and products, keeping their times', () => {
    const org = newOrg();

    const counts = loadExport(org, exportFolder());

    expect(counts).toEqual({ systemuser: 1, account: 1, product: 1, opportunity: 2 });
    expect(org.find('opportunity', importedId('0065i00000000G1AAI'))).toMatchObject({
      name: 'Open deal',
      estimatedvalue: null,
      estimatedclosedate: '2026-05-01',
      statecode: 0,
      statuscode: 1,
      salesstage: 0,
      new_product: 'GTXPro',
      customerid: { table: 'account', id: importedId('0015i000000001dAAA') },
      ownerid: { table: 'systemuser', id: importedId('0055i000000000BAAQ') },
      modifiedon: '2026-02-01T09:00:00Z',
      createdon: '2026-01-01T09:00:00Z',
      new_syncwithpartnercenter: false,
    });
    expect(org.find('opportunity', importedId('0065i00000000G2AAI'))).toMatchObject({
      statecode: 1,
      statuscode: 3,
      salesstage: 3,
      customerid: null,
      actualvalue: 1054,
    });
  });

  it('has its newest open deals flagged without moving their times', () => {
    const org = newOrg();
    loadExport(org, exportFolder());

    const flagged = flagForSync(org, { count: 5 });

    expect(flagged).toEqual([importedId('0065i00000000G1AAI')]);
    expect(org.find('opportunity', flagged[0] ?? '')).toMatchObject({
      new_syncwithpartnercenter: true,
      msft_syncwithpartnercenter: true,
      modifiedon: '2026-02-01T09:00:00Z',
    });
  });

  it('is refused as a whole, naming file, line and remedy', () => {
    const org = newOrg();
    const broken = quoted([
      OPPORTUNITY_HEADER,
      [
        '0065i00000000G1AAI',
        '0015i00000000ZZAAA',
        'x',
        'Prospecting',
        'much',
        '10',
        '1.5.2026',
        '0055i000000000BAAQ',
        '',
        'FALSE',
        'FALSE',
        '',
        '',
      ],
    ]);
    const folder = exportFolder({ 'Opportunity.csv': broken });
    rmSync(join(folder, 'Product2.csv'));

    expect(() => loadExport(org, folder)).toThrow(ExportError);
    expect(() => loadExport(org, folder)).toThrow(/Product2\.csv: there is no such file/);
    expect(() => loadExport(org, folder)).toThrow(
      /Opportunity\.csv, line 2: "much" in Amount is not a number/,
    );
    expect(() => loadExport(org, folder)).toThrow(
      /customerid leads to a row that is not in the export of account/,
    );
    expect(org.list('account')).toEqual([]);
  });
});
