/** Loads a folder in the layout of a Salesforce data export: one CSV an object, every value quoted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExportError, type ExportProblem } from './export-error.ts';
import { type ExportTable, readTable } from './export-table.ts';
import { readCell } from './export-values.ts';
import { type Field, field } from './field.ts';
import type { SObject } from './object.ts';
import { findStage } from './opportunity-rules.ts';
import type { SalesforceOrg } from './org.ts';
import { type MutableValues, numberOf, textOf } from './values.ts';

/** In the order in which rows refer to each other. */
const OBJECTS = [
  'User',
  'Account',
  'Product2',
  'Campaign',
  'Contact',
  'Opportunity',
  'OpportunityContactRole',
  'OpportunityTeamMember',
  'OpportunityLineItem',
];
const REQUIRED = new Set(['User', 'Account', 'Product2', 'Opportunity']);
const LONG_TEXT = 32_000;

interface Loaded {
  readonly object: SObject;
  readonly file: string;
  readonly rows: readonly { readonly line: number; readonly values: MutableValues }[];
}

/**
 * Loads every file of the folder, keeping ids and stamps. Columns that the org does not have become text columns.
 * @returns the number of rows of each object
 * @throws ExportError naming file, line, column and remedy of whatever cannot be loaded
 */
export function loadExport(org: SalesforceOrg, directory: string): Readonly<Record<string, number>> {
  const problems: ExportProblem[] = [];
  const files = OBJECTS.flatMap((name) => readObject(org, directory, name, problems) ?? []);
  checkReferences(org, files, problems);
  if (problems.length > 0) throw new ExportError(problems);
  const counts: Record<string, number> = {};
  for (const { object, rows } of files) {
    for (const { values } of rows) {
      if (object.name === 'Opportunity') ensureStage(org, values);
      org.load(object.name, values);
    }
    counts[object.name] = rows.length;
  }
  return counts;
}

function readText(directory: string, name: string, problems: ExportProblem[]): string | null {
  const file = `${name}.csv`;
  try {
    return readFileSync(join(directory, file), 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' && !REQUIRED.has(name)) return null;
    problems.push({
      file,
      line: null,
      column: null,
      message:
        code === 'ENOENT'
          ? `there is no such file in ${directory}`
          : `the file cannot be read (${String(code)})`,
      remedy: `Export ${name} from Salesforce (Setup, Data Export) and put the file there.`,
    });
    return null;
  }
}

function readObject(
  org: SalesforceOrg,
  directory: string,
  name: string,
  problems: ExportProblem[],
): Loaded | null {
  const text = readText(directory, name, problems);
  const object = org.schema.find(name);
  if (text === null || object === undefined) return null;
  const file = `${name}.csv`;
  const table = readTable(text, file, problems);
  if (table === null) return null;
  const fields = columnsOf(org, object, table.header, table.records);
  if (!table.header.includes('Id')) {
    const remedy = 'Export the file again with all columns.';
    problems.push({ file, line: 1, column: 'Id', message: 'the file has no Id column', remedy });
    return null;
  }
  const seen = new Map<string, number>();
  const rows = table.records.map(({ cells, line }) => {
    const values: MutableValues = {};
    table.header.forEach((column, index) => {
      const target = fields[index];
      if (target === undefined) return;
      const { value, problem } = readCell(object, target, cells[index] ?? '');
      if (problem !== null) problems.push({ file, line, column, ...problem });
      values[target.name] = value;
    });
    const id = textOf(values, 'Id');
    const earlier = id === null ? undefined : seen.get(id);
    if (earlier !== undefined) {
      const message = `the id is that of line ${earlier} too`;
      problems.push({ file, line, column: 'Id', message, remedy: 'Remove one of the two rows.' });
    }
    if (id !== null) seen.set(id, line);
    return { line, values };
  });
  return { object, file, rows };
}

/** The columns that the header names; unknown ones are added to the org as text. */
function columnsOf(
  org: SalesforceOrg,
  object: SObject,
  header: readonly string[],
  records: ExportTable['records'],
): (Field | undefined)[] {
  return header.map((column, index) => {
    const known = org.schema.field(object, column);
    if (known !== undefined) return known;
    const name = column.endsWith('__c') ? column : `${column.replace(/\W+/g, '_')}__c`;
    if (!/^[A-Za-z]\w*__c$/.test(name)) return undefined;
    const isLong = records.some(({ cells }) => (cells[index]?.length ?? 0) > 255);
    return org.schema.field(object, name) ?? addColumn(org, object, name, isLong);
  });
}

function addColumn(org: SalesforceOrg, object: SObject, name: string, isLong: boolean): Field {
  const added = isLong ? field(name, 'textarea', { length: LONG_TEXT }) : field(name, 'string');
  org.schema.addField(object.name, added);
  return added;
}

/** A reference has to lead to a row of the export, unless its object was not exported. */
function checkReferences(org: SalesforceOrg, files: readonly Loaded[], problems: ExportProblem[]): void {
  const ids = new Map(
    files.map(({ object, rows }) => [object.name, new Set(rows.map(({ values }) => textOf(values, 'Id')))]),
  );
  for (const { object, file, rows } of files) {
    const references = org.schema.fields(object).filter(({ type }) => type === 'reference');
    for (const { line, values } of rows) {
      for (const { name, referenceTo } of references) {
        const id = textOf(values, name);
        const target = referenceTo[0] ?? '';
        const known = ids.get(target);
        if (id === null || known === undefined || known.has(id) || org.find(target, id) !== null) continue;
        problems.push({
          file,
          line,
          column: name,
          message: `${id} is not in ${target}.csv`,
          remedy: 'Export both files at the same time, with all rows.',
        });
      }
    }
  }
}

/** Stages that the org does not have yet are added as the rows show them. */
function ensureStage(org: SalesforceOrg, values: MutableValues): void {
  const name = textOf(values, 'StageName');
  if (name === null || findStage(org.parts, name) !== null) return;
  const isClosed = values.IsClosed === true;
  const isWon = values.IsWon === true;
  org.addStage({
    name,
    probability: numberOf(values, 'Probability') ?? 0,
    forecastCategoryName: isWon ? 'Closed' : isClosed ? 'Omitted' : 'Pipeline',
    isClosed,
    isWon,
  });
}

/**
 * Marks the newest open opportunities (by creation, then id) for synchronization, without moving their stamps.
 * @returns their ids
 */
export function flagForSync(org: SalesforceOrg, { count }: { readonly count: number }): string[] {
  const open = [...org.store.table('Opportunity').rows()].filter(
    ({ values }) => values.IsClosed !== true && values.IsDeleted !== true,
  );
  open.sort((left, right) => {
    const [first, second] = [
      textOf(left.values, 'CreatedDate') ?? '',
      textOf(right.values, 'CreatedDate') ?? '',
    ];
    if (first !== second) return first < second ? 1 : -1;
    return left.id < right.id ? -1 : 1;
  });
  const chosen = open.slice(0, count).map(({ id }) => id);
  for (const id of chosen) org.patchSilently('Opportunity', id, { Sync_with_Partner_Center__c: true });
  return chosen;
}
