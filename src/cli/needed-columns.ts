/** The CRM columns that a mapping needs, with what each is for and how a person makes it. */
import type { FieldName } from '../core/deal.ts';
import { HELP_CODES } from '../core/deal.ts';
import { specOf } from '../core/fields.ts';
import { filterColumns } from '../core/filter.ts';
import type { Mapping } from '../core/mapping-types.ts';

export interface NeededColumn {
  readonly path: string;
  /** What it is for. */
  readonly use: string;
  /** Whether it is one that people add to a CRM, not one that the CRM brings. */
  readonly isCustom: boolean;
  /** The type to make it with, as the CRM's own setup pages call it. */
  readonly type: string;
}

/** Salesforce ends the names of added columns with `__c`; Dataverse begins them with a publisher's prefix. */
function isCustom(path: string, kind: 'salesforce' | 'dynamics', prefix: string): boolean {
  const column = path.split('.').at(-1) ?? path;
  return kind === 'salesforce' ? column.endsWith('__c') : column.startsWith(`${prefix}_`);
}

const TAG_USES = {
  referralId: ['the id of the deal (tag)', 'Text(36), unique, external id'],
  referralLink: ['the address of the deal in Partner Center', 'URL(255)'],
  status: ['where the deal stands', 'Text(255)'],
  audit: ['the last result in words', 'Long Text Area(32768)'],
} as const;

function typeOf(field: FieldName): string {
  if (field === 'help') return `Picklist (${HELP_CODES.join('; ')})`;
  const { kind } = specOf(field);
  if (kind === 'flag') return 'Checkbox';
  if (kind === 'money') return 'Currency(16, 2)';
  if (kind === 'date') return 'Date';
  return 'Text(255)';
}

/** Every column of a mapping, each once, in the mapping's order. */
export function neededColumns(
  mapping: Mapping,
  kind: 'salesforce' | 'dynamics',
  publisherPrefix: string,
): readonly NeededColumn[] {
  const columns = new Map<string, NeededColumn>();
  const need = (path: string | null | undefined, use: string, type: string): void => {
    if (path === null || path === undefined || columns.has(path.toLowerCase())) return;
    columns.set(path.toLowerCase(), { path, use, type, isCustom: isCustom(path, kind, publisherPrefix) });
  };
  for (const [key, [use, type]] of Object.entries(TAG_USES))
    need(mapping.tag[key as keyof typeof TAG_USES], use, type);
  for (const { field, crm } of mapping.fields) need(crm, `the field ${field}`, typeOf(field));
  for (const [key, path] of Object.entries(mapping.customer))
    need(path, `the customer's ${key}`, 'Text(255)');
  for (const row of mapping.stages) {
    for (const column of typeof row.crm === 'string' ? [mapping.stageField] : Object.keys(row.crm))
      need(column, 'the stage', 'Picklist');
    need(row.reason, 'the reason for a loss or a refusal', 'Text(255)');
  }
  for (const source of [...mapping.team.from, ...mapping.contacts])
    if ('path' in source) need(source.path, 'people', 'Email');
  for (const source of mapping.solutions.from)
    if ('path' in source) need(source.path, 'the product', 'Text(255)');
  for (const column of filterColumns(mapping.include)) need(column, 'the filter (include)', 'Checkbox');
  return [...columns.values()];
}
