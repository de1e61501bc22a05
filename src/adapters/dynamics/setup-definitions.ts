/** The columns and tables that a mapping may ask for, as Dataverse takes their definitions. */
import { type FieldName, HELP_CODES } from '../../core/deal.ts';
import { specOf } from '../../core/fields.ts';
import type { Filter } from '../../core/filter.ts';
import { helpLabel } from '../../core/lenses/help.ts';
import type { Mapping } from '../../core/mapping-types.ts';

/** A column to have: where, under which name, of which type. */
export interface ColumnNeed {
  /** As the mapping spells it. */
  readonly path: string;
  /** What people call it; Microsoft's own connector uses the same names for the columns it brings. */
  readonly label: string;
  readonly type: ColumnType;
}

export type ColumnType =
  | { readonly kind: 'text'; readonly length: number; readonly format?: 'Text' | 'Url' }
  | { readonly kind: 'memo'; readonly length: number }
  | { readonly kind: 'flag'; readonly yes: string; readonly no: string }
  | { readonly kind: 'choice'; readonly labels: readonly string[] }
  | { readonly kind: 'money' }
  | { readonly kind: 'day' };

const LANGUAGE_CODE = 1033;
const YES_NO: ColumnType = { kind: 'flag', yes: 'Yes', no: 'No' };
const text = (length: number): ColumnType => ({ kind: 'text', length });

const FIELD_COLUMNS: Readonly<Partial<Record<FieldName, Omit<ColumnNeed, 'path'>>>> = {
  help: { label: 'How can Microsoft help?', type: { kind: 'choice', labels: HELP_CODES.map(helpLabel) } },
  visibleToMicrosoft: {
    label: 'Referral Visibility',
    type: { kind: 'flag', yes: 'Visible to Microsoft sellers', no: 'Not visible to Microsoft sellers' },
  },
  consentToShareContact: { label: 'Customer Consent', type: YES_NO },
  microsoftCrmId: { label: 'Microsoft CRM Identifier', type: text(100) },
  microsoftTeam: { label: 'Microsoft Team', type: { kind: 'memo', length: 2_000 } },
  referralProgram: { label: 'Referral Program', type: text(100) },
  favorite: { label: 'Favorite', type: YES_NO },
  campaignId: { label: 'Marketing Campaign', type: text(128) },
};

/** Every column of the opportunity, and of tables next to it, that the mapping needs; each once. */
export function columnNeeds(mapping: Mapping): ColumnNeed[] {
  const needs = new Map<string, ColumnNeed>();
  const need = (path: string | null | undefined, label: string, type: ColumnType): void => {
    if (path === null || path === undefined || needs.has(path.toLowerCase())) return;
    needs.set(path.toLowerCase(), { path, label, type });
  };
  const { tag, fields, stages, solutions, customer } = mapping;
  need(tag.referralId, 'Referral Identifier', text(100));
  need(tag.referralLink, 'Referral Link', { kind: 'text', length: 255, format: 'Url' });
  need(tag.status, 'Referral Status', text(255));
  need(tag.audit, 'Audit', { kind: 'memo', length: 100_000 });
  for (const { field, crm } of fields) {
    const known = FIELD_COLUMNS[field];
    need(crm, known?.label ?? titleOf(field), known?.type ?? typeOf(field));
  }
  for (const { deal, reason } of stages) need(reason, `${deal} Reason`, text(255));
  for (const column of flagColumns(mapping.include)) need(column, 'Sync With Partner Center', YES_NO);
  for (const from of solutions.from) if ('path' in from) need(from.path, 'Solution Identifier', text(100));
  for (const [key, path] of Object.entries(customer))
    need(path, key === 'duns' ? 'D-U-N-S Number' : titleOf(key), text(255));
  return [...needs.values()];
}

/** Columns that the filter compares with yes or no. */
function flagColumns(filter: Filter): string[] {
  switch (filter.type) {
    case 'and':
    case 'or':
      return filter.terms.flatMap(flagColumns);
    case 'not':
      return flagColumns(filter.term);
    case 'compare':
      return typeof filter.value === 'boolean' ? [filter.column] : [];
    default:
      return [];
  }
}

function typeOf(field: FieldName): ColumnType {
  const { kind } = specOf(field);
  if (kind === 'flag') return YES_NO;
  if (kind === 'money') return { kind: 'money' };
  return kind === 'date' ? { kind: 'day' } : text(255);
}

/** `solutionArea` → `Solution Area` */
function titleOf(name: string): string {
  return name.replace(/([A-Z])/g, ' $1').replace(/^./, (first) => first.toUpperCase());
}

function labelBody(label: string): object {
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.Label',
    LocalizedLabels: [
      { '@odata.type': 'Microsoft.Dynamics.CRM.LocalizedLabel', Label: label, LanguageCode: LANGUAGE_CODE },
    ],
  };
}

const OPTIONAL = {
  Value: 'None',
  CanBeChanged: true,
  ManagedPropertyLogicalName: 'canmodifyrequirementlevelsettings',
};

/**
 * The body that creates a column.
 * @param optionBase options are numbered from here, within the publisher's range
 */
export function columnBody(
  logicalName: string,
  { label, type }: Omit<ColumnNeed, 'path'>,
  optionBase: number,
): object {
  const common = {
    SchemaName: logicalName,
    DisplayName: labelBody(label),
    Description: labelBody(`${label} (Partner Center)`),
    RequiredLevel: OPTIONAL,
  };
  const typed = (name: string): object => ({
    '@odata.type': `Microsoft.Dynamics.CRM.${name}AttributeMetadata`,
    AttributeType: name,
    AttributeTypeName: { Value: `${name}Type` },
    ...common,
  });
  const option = (value: number, optionLabel: string): object => ({
    Value: value,
    Label: labelBody(optionLabel),
  });
  switch (type.kind) {
    case 'text':
      return { ...typed('String'), MaxLength: type.length, FormatName: { Value: type.format ?? 'Text' } };
    case 'memo':
      return { ...typed('Memo'), MaxLength: type.length, Format: 'TextArea' };
    case 'money':
      return { ...typed('Money'), PrecisionSource: 2 };
    case 'day':
      return { ...typed('DateTime'), Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } };
    case 'flag':
      return {
        ...typed('Boolean'),
        DefaultValue: false,
        OptionSet: {
          TrueOption: option(1, type.yes),
          FalseOption: option(0, type.no),
          OptionSetType: 'Boolean',
        },
      };
    case 'choice':
      return {
        ...typed('Picklist'),
        OptionSet: {
          '@odata.type': 'Microsoft.Dynamics.CRM.OptionSetMetadata',
          IsGlobal: false,
          OptionSetType: 'Picklist',
          Options: type.labels.map((optionLabel, index) => option(optionBase + index, optionLabel)),
        },
      };
  }
}

/** The body that creates a table of rows below an opportunity, with the one column that names them. */
export function tableBody(logicalName: string, nameColumn: string): object {
  const title = 'Partner Center Solution';
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.EntityMetadata',
    SchemaName: logicalName,
    DisplayName: labelBody(title),
    DisplayCollectionName: labelBody(`${title}s`),
    Description: labelBody('Solutions that are shared with Partner Center'),
    OwnershipType: 'UserOwned',
    HasActivities: false,
    HasNotes: false,
    IsActivity: false,
    ChangeTrackingEnabled: true,
    Attributes: [
      {
        ...columnBody(nameColumn, { label: 'Solution Identifier', type: { kind: 'text', length: 100 } }, 0),
        IsPrimaryName: true,
      },
    ],
  };
}

/** The body that makes a table's rows point to opportunities. */
export function relationshipBody(table: string, prefix: string): object {
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata',
    SchemaName: `${prefix}_opportunity_${table}`,
    ReferencedEntity: 'opportunity',
    ReferencedAttribute: 'opportunityid',
    ReferencingEntity: table,
    CascadeConfiguration: {
      Assign: 'Cascade',
      Delete: 'Cascade',
      Merge: 'Cascade',
      Reparent: 'Cascade',
      Share: 'Cascade',
      Unshare: 'Cascade',
    },
    Lookup: {
      '@odata.type': 'Microsoft.Dynamics.CRM.LookupAttributeMetadata',
      AttributeType: 'Lookup',
      AttributeTypeName: { Value: 'LookupType' },
      SchemaName: `${prefix}_opportunityid`,
      DisplayName: labelBody('Opportunity'),
      RequiredLevel: OPTIONAL,
    },
  };
}

/** The body that creates the alternate key on the referral id. */
export function keyBody(column: string, prefix: string): object {
  return {
    SchemaName: keyName(prefix),
    KeyAttributes: [column],
    DisplayName: labelBody('Referral Identifier'),
  };
}

export function keyName(prefix: string): string {
  return `${prefix}_referralidkey`;
}
