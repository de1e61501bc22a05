/** The CRM columns that a mapping needs, with what each is for and how a person makes it. */
import type { FieldName } from '../core/deal.ts';
import { HELP_CODES } from '../core/deal.ts';
import { specOf } from '../core/fields.ts';
import { filterColumns } from '../core/filter.ts';
import { helpLabel } from '../core/lenses/help.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type { ColumnShape, NewColumn } from '../core/ports.ts';
import { registrationNeeds } from './registration-columns.ts';

export interface NeededColumn extends NewColumn {
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

/** Labels, types and lengths as in Microsoft's connector, so that an org may go back and forth between the two. */
const TAG_COLUMNS: Readonly<Record<keyof Mapping['tag'], Omit<NewColumn, 'path'>>> = {
  referralId: {
    label: 'Referral Identifier',
    use: 'the id of the deal (tag)',
    shape: { kind: 'text', length: 100, isKey: true },
  },
  referralLink: {
    label: 'Referral Link',
    use: 'the address of the deal in Partner Center',
    shape: { kind: 'url' },
  },
  status: { label: 'Referral Status', use: 'where the deal stands', shape: { kind: 'text', length: 255 } },
  audit: { label: 'Audit', use: 'the last result in words', shape: { kind: 'longText', length: 100_000 } },
};

const LABELS: Readonly<Partial<Record<FieldName, string>>> = {
  help: 'How can Microsoft help?',
  visibleToMicrosoft: 'Referral visible to Microsoft sellers?',
  microsoftCrmId: 'Microsoft CRM Identifier',
  microsoftTeam: 'Microsoft Team',
};

const TEXT: ColumnShape = { kind: 'text', length: 255 };

function shapeOf(field: FieldName): ColumnShape {
  if (field === 'help') return { kind: 'choice', choices: HELP_CODES.map(helpLabel) };
  if (field === 'microsoftCrmId') return { kind: 'text', length: 100 };
  if (field === 'microsoftTeam') return { kind: 'longText', length: 2_000 };
  const { kind } = specOf(field);
  return kind === 'flag' || kind === 'money' || kind === 'date' ? { kind } : TEXT;
}

/** The values of a choice column that the stage rows name. */
function stageChoices({ stages, stageField }: Mapping, column: string): readonly string[] {
  const values = stages.flatMap(({ crm }) => {
    if (typeof crm === 'string') return column === stageField ? [crm] : [];
    const value = crm[column];
    return value === undefined ? [] : [String(value)];
  });
  return [...new Set(values)];
}

/** The type's name on the CRM's setup pages. */
function typeText(shape: ColumnShape): string {
  switch (shape.kind) {
    case 'text':
      return `Text(${shape.length})${shape.isKey === true ? ', unique, external id' : ''}`;
    case 'longText':
      return `Long Text Area(${shape.length})`;
    case 'choice':
      return shape.choices.length === 0 ? 'Picklist' : `Picklist (${shape.choices.join('; ')})`;
    case 'url':
      return 'URL(255)';
    case 'flag':
      return 'Checkbox';
    case 'money':
      return 'Currency(16, 2)';
    case 'date':
      return 'Date';
    case 'email':
      return 'Email';
  }
}

/** Every column of a mapping, each once, in the mapping's order. */
export function neededColumns(
  mapping: Mapping,
  kind: 'salesforce' | 'dynamics',
  publisherPrefix: string,
): readonly NeededColumn[] {
  const columns = new Map<string, NeededColumn>();
  const need = (
    path: string | null | undefined,
    use: string,
    shape: ColumnShape,
    label: string | null = null,
  ): void => {
    if (path === null || path === undefined || columns.has(path.toLowerCase())) return;
    columns.set(path.toLowerCase(), {
      path,
      label,
      use,
      shape,
      type: typeText(shape),
      isCustom: isCustom(path, kind, publisherPrefix),
    });
  };
  for (const [key, { use, shape, label }] of Object.entries(TAG_COLUMNS))
    need(mapping.tag[key as keyof Mapping['tag']], use, shape, label);
  for (const { field, crm } of mapping.fields)
    need(crm, `the field ${field}`, shapeOf(field), LABELS[field] ?? null);
  for (const [key, path] of Object.entries(mapping.customer)) need(path, `the customer's ${key}`, TEXT);
  for (const row of mapping.stages) {
    for (const column of typeof row.crm === 'string' ? [mapping.stageField] : Object.keys(row.crm))
      need(column, 'the stage', { kind: 'choice', choices: stageChoices(mapping, column) });
    need(row.reason, 'the reason for a loss or a refusal', TEXT);
  }
  for (const source of [...mapping.team.from, ...mapping.contacts])
    if ('path' in source) need(source.path, 'people', { kind: 'email' });
  for (const source of mapping.solutions.from) if ('path' in source) need(source.path, 'the product', TEXT);
  for (const column of filterColumns(mapping.include)) need(column, 'the filter (include)', { kind: 'flag' });
  for (const { path, use, shape, label } of registrationNeeds(mapping.registration))
    need(path, use, shape, label);
  return [...columns.values()];
}
