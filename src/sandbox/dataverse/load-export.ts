/**
 * Loads a folder in the layout of a Salesforce data export into an organization: accounts, users, products and
 * opportunities become rows of Dataverse, stages become state, status reason and sales stage.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { DataverseOrg } from './org.ts';
import { guidOf, isDay, type MutableValues, parseStamp, type Reference, textOf } from './values.ts';

/** Something in the folder that cannot be loaded. */
export interface ExportProblem {
  readonly file: string;
  /** Line in the file, from 1; null when it is about the file as a whole. */
  readonly line: number | null;
  readonly message: string;
  readonly remedy: string;
}

const MAX_SHOWN = 20;

/** Nothing was loaded; every problem is listed. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly problems: readonly ExportProblem[];
  constructor(problems: readonly ExportProblem[]) {
    const shown = problems
      .slice(0, MAX_SHOWN)
      .map(
        ({ file, line, message, remedy }) =>
          `${file}${line === null ? '' : `, line ${line}`}: ${message}. ${remedy}`,
      );
    const more = problems.length - shown.length;
    super([...shown, ...(more > 0 ? [`… and ${more} more problems.`] : [])].join('\n'));
    this.problems = problems;
  }
}

interface ExportRow {
  readonly line: number;
  /** The cell of a column; null when it is empty or there is no such column. */
  cell(column: string): string | null;
}

type Report = (row: ExportRow | null, message: string, remedy: string) => void;

const QUALIFY = 0;
const PROPOSE = 2;
const CLOSE = 3;
const SALES_STAGES: Readonly<Record<string, number>> = {
  Prospecting: QUALIFY,
  Qualification: QUALIFY,
  'Needs Analysis': 1,
  'Value Proposition': 1,
  'Id. Decision Makers': 1,
  'Perception Analysis': 1,
  'Proposal/Price Quote': PROPOSE,
  'Negotiation/Review': CLOSE,
};

/** The id under which a row of the export is loaded: the same every time. */
export function importedId(salesforceId: string): string {
  return guidOf(`imported ${salesforceId.slice(0, 15)}`);
}

function readRows(directory: string, name: string, problems: ExportProblem[]): readonly ExportRow[] {
  const file = `${name}.csv`;
  try {
    const text = readFileSync(join(directory, file), 'utf8').replace(/^\uFEFF/, '');
    const [header = [], ...records]: string[][] = parse(text, { skip_empty_lines: true });
    return records.map((cells, index) => ({
      line: index + 2,
      cell: (column) => cells[header.indexOf(column)] || null,
    }));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    problems.push({
      file,
      line: null,
      message: isMissing
        ? `there is no such file in ${directory}`
        : 'the file is not a table of comma-separated, quoted values',
      remedy: `Export ${name} from Salesforce (Setup, Data Export) and put the file there.`,
    });
    return [];
  }
}

const link = (table: string, id: string | null): Reference | null =>
  id === null ? null : { table, id: importedId(id) };

function numberIn(row: ExportRow, column: string, report: Report): number | null {
  const text = row.cell(column);
  if (text === null) return null;
  if (Number.isFinite(Number(text))) return Number(text);
  report(row, `"${text}" in ${column} is not a number`, 'Write it with digits and a decimal point only.');
  return null;
}

function timesIn(row: ExportRow): MutableValues {
  const modified = parseStamp(row.cell('LastModifiedDate') ?? row.cell('SystemModstamp') ?? '');
  const created = parseStamp(row.cell('CreatedDate') ?? '') ?? modified;
  return {
    ...(created === null ? {} : { createdon: created }),
    ...(modified === null ? {} : { modifiedon: modified }),
  };
}

function opportunityValues(row: ExportRow, report: Report): MutableValues {
  const isClosed = row.cell('IsClosed')?.toUpperCase() === 'TRUE';
  const isWon = row.cell('IsWon')?.toUpperCase() === 'TRUE';
  const amount = numberIn(row, 'Amount', report);
  const closesOn = row.cell('CloseDate');
  if (closesOn !== null && !isDay(closesOn))
    report(row, `"${closesOn}" in CloseDate is not a date`, 'Write it as YYYY-MM-DD.');
  const owner = link('systemuser', row.cell('OwnerId'));
  const times = timesIn(row);
  return {
    name: row.cell('Name'),
    description: row.cell('Description'),
    customerid: link('account', row.cell('AccountId')),
    ...(owner === null ? {} : { ownerid: owner, createdby: owner, modifiedby: owner }),
    estimatedvalue: amount,
    estimatedclosedate: closesOn,
    closeprobability: numberIn(row, 'Probability', report),
    salesstage: isClosed ? CLOSE : (SALES_STAGES[row.cell('StageName') ?? ''] ?? QUALIFY),
    statecode: isClosed ? (isWon ? 1 : 2) : 0,
    ...(isClosed ? { actualclosedate: closesOn, actualvalue: isWon ? amount : 0 } : {}),
    new_product: row.cell('Product__c'),
    ...times,
  };
}

/** Values of a row of the export, by the table that it becomes a row of. */
const CONVERSIONS: Readonly<
  Record<string, { readonly table: string; convert(row: ExportRow, report: Report): MutableValues }>
> = {
  User: {
    table: 'systemuser',
    convert: (row) => ({
      firstname: row.cell('FirstName'),
      lastname: row.cell('LastName'),
      internalemailaddress: row.cell('Email'),
      domainname: row.cell('Email'),
      address1_telephone1: row.cell('Phone'),
      isdisabled: row.cell('IsActive')?.toUpperCase() === 'FALSE',
      ...timesIn(row),
    }),
  },
  Account: {
    table: 'account',
    convert: (row, report) => ({
      name: row.cell('Name'),
      websiteurl: row.cell('Website'),
      numberofemployees: numberIn(row, 'NumberOfEmployees', report),
      revenue: numberIn(row, 'AnnualRevenue', report),
      address1_line1: row.cell('BillingStreet'),
      address1_city: row.cell('BillingCity'),
      address1_stateorprovince: row.cell('BillingState'),
      address1_postalcode: row.cell('BillingPostalCode'),
      address1_country: row.cell('BillingCountry'),
      parentaccountid: link('account', row.cell('ParentId')),
      ...timesIn(row),
    }),
  },
  Product2: {
    table: 'product',
    convert: (row) => ({
      name: row.cell('Name'),
      productnumber: row.cell('ProductCode') ?? row.cell('Name')?.toUpperCase().replace(/\s+/g, '-') ?? null,
    }),
  },
  Opportunity: { table: 'opportunity', convert: opportunityValues },
};

/**
 * Loads every file of the folder.
 * @returns the number of rows of each table
 * @throws ExportError naming file, line and remedy of whatever cannot be loaded
 */
export function loadExport(org: DataverseOrg, directory: string): Readonly<Record<string, number>> {
  const problems: ExportProblem[] = [];
  const loaded: { table: string; file: string; line: number; values: MutableValues }[] = [];
  const ids = new Map<string, Set<string>>();
  for (const [name, { table, convert }] of Object.entries(CONVERSIONS)) {
    const file = `${name}.csv`;
    const report: Report = (row, message, remedy) =>
      void problems.push({ file, line: row === null ? null : row.line, message, remedy });
    const known = new Set<string>();
    ids.set(table, known);
    for (const row of readRows(directory, name, problems)) {
      const id = row.cell('Id');
      if (row.cell('IsDeleted')?.toUpperCase() === 'TRUE') continue;
      if (id === null) report(row, 'the row has no Id', 'Export the file again with all columns.');
      else {
        const values = { ...convert(row, report), [org.schema.get(table).primaryId]: importedId(id) };
        known.add(importedId(id));
        loaded.push({ table, file, line: row.line, values });
      }
    }
  }
  for (const { file, line, values } of loaded) {
    for (const [column, value] of Object.entries(values)) {
      if (typeof value !== 'object' || value === null || ids.get(value.table)?.has(value.id) === true)
        continue;
      const message = `${column} leads to a row that is not in the export of ${value.table}`;
      problems.push({ file, line, message, remedy: 'Export both files at the same time, with all rows.' });
    }
  }
  if (problems.length > 0) throw new ExportError(problems);
  const counts: Record<string, number> = {};
  for (const { table, values } of loaded) {
    org.load(table, values);
    counts[table] = (counts[table] ?? 0) + 1;
  }
  return counts;
}

/**
 * Marks the newest open opportunities (by creation, then id) for synchronization, without moving `modifiedon`.
 * @returns their ids
 */
export function flagForSync(org: DataverseOrg, { count }: { readonly count: number }): string[] {
  const open = [...org.store.rows('opportunity')].filter(({ values }) => values.statecode === 0);
  open.sort((left, right) => {
    const [first, second] = [textOf(left.values, 'createdon') ?? '', textOf(right.values, 'createdon') ?? ''];
    if (first !== second) return first < second ? 1 : -1;
    return left.id < right.id ? -1 : 1;
  });
  const chosen = open.slice(0, count).map(({ id }) => id);
  for (const id of chosen) {
    org.patchSilently('opportunity', id, {
      new_syncwithpartnercenter: true,
      msft_syncwithpartnercenter: true,
    });
  }
  return chosen;
}
