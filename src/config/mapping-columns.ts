/** Which key of a mapping uses which column: one spelling for each, and one writer. */
import { filterColumns } from '../core/filter.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { registrationColumns } from './mapping-registration.ts';

interface Use {
  readonly path: string;
  readonly column: string;
  /** Whether a synchronisation writes the column on an existing opportunity. */
  readonly writes: boolean;
}

function usesOf(mapping: Mapping): readonly Use[] {
  const uses: Use[] = [];
  const add = (path: string, column: string | null | undefined, writes: boolean): void => {
    if (column !== null && column !== undefined) uses.push({ path, column, writes });
  };
  for (const [key, column] of Object.entries(mapping.tag)) add(`tag.${key}`, column, true);
  for (const { field, crm, sync } of mapping.fields)
    add(`fields.${field}.crm`, crm, sync !== 'toPartnerCenter');
  for (const [index, { crm, reason }] of mapping.stages.entries()) {
    if (typeof crm === 'string') add('stageField', mapping.stageField, true);
    else for (const column of Object.keys(crm)) add(`stages[${index}].crm`, column, true);
    add(`stages[${index}].reason`, reason, true);
  }
  for (const [key, column] of Object.entries(mapping.customer)) add(`customer.${key}`, column, false);
  const lists = {
    'customer.contacts': mapping.contacts,
    'team.from': mapping.team.from,
    'solutions.from': mapping.solutions.from,
  };
  for (const [path, list] of Object.entries(lists))
    for (const from of list) if ('path' in from) add(path, from.path, false);
  for (const column of filterColumns(mapping.include)) add('include', column, false);
  for (const column of registrationColumns(mapping.registration)) add('registration', column, false);
  add('registration.status', mapping.registration?.status, true);
  return uses;
}

/** Rows of the stage table share their columns; everything else is a writer of its own. */
function writerOf(path: string): string {
  if (path === 'stageField' || (path.startsWith('stages[') && path.endsWith('.crm'))) return 'stage';
  return path.startsWith('stages[') ? 'reason' : path;
}

/** Columns that two keys would write, or that are spelled in two ways. */
export function columnProblems(mapping: Mapping): readonly string[] {
  const problems: string[] = [];
  const spellings = new Map<string, Use>();
  const writers = new Map<string, Use>();
  for (const use of usesOf(mapping)) {
    const column = use.column.toLowerCase();
    const spelled = spellings.get(column);
    if (spelled === undefined) spellings.set(column, use);
    else if (spelled.column !== use.column) {
      problems.push(
        `${use.path}: ${use.column} is spelled ${spelled.column} at ${spelled.path}; spell it as the CRM does, the same everywhere`,
      );
    }
    if (!use.writes) continue;
    const writer = writers.get(column);
    if (writer === undefined) writers.set(column, use);
    else if (writerOf(writer.path) !== writerOf(use.path)) {
      problems.push(
        `${use.path}: ${use.column} is written by ${writer.path} too; give each a column of its own${bothFields(writer, use)}`,
      );
    }
  }
  return problems;
}

function bothFields(a: Use, b: Use): string {
  return a.path.startsWith('fields.') && b.path.startsWith('fields.')
    ? ', or let one of them only go toPartnerCenter'
    : '';
}
