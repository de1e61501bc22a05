/** Tables, columns, keys and relationships as the API describes them. */
import { type Column, isLookup } from './column.ts';
import { keyStatus } from './keys.ts';
import type { OrgParts } from './parts.ts';
import { type Collection, relationshipName } from './schema.ts';
import type { AlternateKey, Table } from './table.ts';
import { guidOf, type JsonRecord } from './values.ts';

const LANGUAGE = 1033;

/** A label in the organization's one language. */
export function label(text: string): JsonRecord {
  if (text === '') return { LocalizedLabels: [], UserLocalizedLabel: null };
  const localized = {
    Label: text,
    LanguageCode: LANGUAGE,
    IsManaged: false,
    MetadataId: guidOf(`label ${text}`),
    HasChanged: null,
  };
  return { LocalizedLabels: [localized], UserLocalizedLabel: localized };
}

const managed = (value: unknown, name: string): JsonRecord => ({
  Value: value,
  CanBeChanged: true,
  ManagedPropertyLogicalName: name,
});

/** A table without what has to be expanded. */
export function tableJson({ switches }: OrgParts, table: Table): JsonRecord {
  return {
    MetadataId: table.metadataId,
    LogicalName: table.name,
    SchemaName: table.schemaName,
    EntitySetName: table.entitySet,
    LogicalCollectionName: table.entitySet,
    CollectionSchemaName: table.entitySet,
    ObjectTypeCode: table.typeCode,
    PrimaryIdAttribute: table.primaryId,
    PrimaryNameAttribute: table.primaryName,
    OwnershipType: table.ownership,
    IsActivity: table.isActivity,
    IsCustomEntity: table.isCustom,
    IsManaged: false,
    IsIntersect: false,
    IsPrivate: false,
    TableType: 'Standard',
    ChangeTrackingEnabled: table.changeTracking && !switches.changeTrackingOff.includes(table.name),
    IsOptimisticConcurrencyEnabled: table.optimisticConcurrency,
    IsKnowledgeManagementEnabled: false,
    IsAuditEnabled: managed(false, 'canmodifyauditsettings'),
    IsCustomizable: managed(true, 'iscustomizable'),
    CanCreateAttributes: managed(true, 'cancreateattributes'),
    IsDuplicateDetectionEnabled: managed(true, 'canmodifyduplicatedetectionsettings'),
    DisplayName: label(table.label),
    DisplayCollectionName: label(table.collectionLabel),
    Description: label(''),
    HasChanged: null,
  };
}

/** The derived type of a column's description. */
export function attributeType({ type }: Column): string {
  return type === 'Customer' || type === 'Owner' ? 'LookupAttributeMetadata' : `${type}AttributeMetadata`;
}

/** What every column's description has. */
export function baseAttributeJson(table: Table, column: Column): JsonRecord {
  return {
    MetadataId: column.metadataId,
    LogicalName: column.name,
    SchemaName: column.schemaName,
    EntityLogicalName: table.name,
    AttributeType: column.type,
    AttributeTypeName: { Value: `${column.type}Type` },
    DisplayName: label(column.label),
    Description: label(column.description),
    RequiredLevel: managed(column.required, 'canmodifyrequirementlevelsettings'),
    IsPrimaryId: column.name === table.primaryId,
    IsPrimaryName: column.name === table.primaryName,
    IsCustomAttribute: column.isCustom,
    IsManaged: false,
    IsSecured: false,
    IsLogical: false,
    IsValidForCreate: column.creatable,
    IsValidForUpdate: column.updatable,
    IsValidForRead: true,
    IsValidODataAttribute: true,
    AttributeOf: null,
    ColumnNumber: [...table.columns.keys()].indexOf(column.name) + 1,
    IsCustomizable: managed(true, 'iscustomizable'),
    HasChanged: null,
  };
}

/** What the description has for the column's type. */
export function typedAttributeJson(column: Column): JsonRecord {
  switch (column.type) {
    case 'String':
    case 'Memo':
      return {
        MaxLength: column.maxLength,
        Format: column.format ?? (column.type === 'Memo' ? 'TextArea' : 'Text'),
        FormatName: { Value: column.format ?? (column.type === 'Memo' ? 'TextArea' : 'Text') },
        ImeMode: 'Auto',
      };
    case 'Integer':
    case 'BigInt':
      return { MinValue: column.min, MaxValue: column.max, Format: 'None' };
    case 'Decimal':
    case 'Double':
      return { MinValue: column.min, MaxValue: column.max, Precision: column.precision };
    case 'Money':
      return {
        MinValue: column.min,
        MaxValue: column.max,
        Precision: column.precision,
        PrecisionSource: 2,
        IsBaseCurrency: column.baseOf !== null,
        CalculationOf: column.baseOf,
      };
    case 'DateTime':
      return {
        Format: column.dateOnly ? 'DateOnly' : (column.format ?? 'DateAndTime'),
        DateTimeBehavior: { Value: column.dateOnly ? 'DateOnly' : 'UserLocal' },
      };
    case 'Boolean':
      return { DefaultValue: column.defaultValue === true };
    case 'Picklist':
    case 'State':
    case 'Status':
    case 'MultiSelectPicklist':
      return { DefaultFormValue: column.defaultValue ?? -1 };
    default:
      return isLookup(column) ? { Targets: column.targets.map(({ table }) => table) } : {};
  }
}

function option(value: number, text: string, state: number | undefined): JsonRecord {
  return {
    ...(state === undefined ? {} : { State: state, TransitionData: null }),
    Value: value,
    Label: label(text),
    Description: label(''),
    Color: null,
    IsManaged: false,
    ExternalValue: null,
    MetadataId: null,
    HasChanged: null,
  };
}

const GLOBAL_SETS: Readonly<Record<string, string>> = {
  budgetstatus: 'budgetstatus',
  need: 'need',
  purchasetimeframe: 'purchasetimeframe',
  purchaseprocess: 'purchaseprocess',
  initialcommunication: 'initialcommunication',
  salesstage: 'opportunity_salesstage',
};

/** Name of the option set that a column shares with others, or null. */
export function globalSetOf(column: Column): string | null {
  return column.globalOptionSet ?? (column.isCustom ? null : (GLOBAL_SETS[column.name] ?? null));
}

/** The choices of a column. */
export function optionSetJson(table: Table, column: Column): JsonRecord {
  const global = globalSetOf(column);
  const name = global ?? `${table.name}_${column.name}`;
  const types: Readonly<Partial<Record<Column['type'], string>>> = {
    State: 'State',
    Status: 'Status',
    Boolean: 'Boolean',
  };
  const base = {
    MetadataId: guidOf(`option set ${name}`),
    Name: name,
    IsGlobal: global !== null,
    IsCustomOptionSet: column.isCustom,
    IsManaged: false,
    OptionSetType: types[column.type] ?? 'Picklist',
    DisplayName: label(column.label),
    Description: label(''),
    HasChanged: null,
  };
  if (column.type === 'Boolean') {
    const [no, yes] = [0, 1].map((value) => {
      const text = column.options.find((each) => each.value === value)?.label ?? (value === 1 ? 'Yes' : 'No');
      return option(value, text, undefined);
    });
    return { ...base, TrueOption: yes, FalseOption: no };
  }
  return {
    ...base,
    Options: column.options.map(({ value, label: text, state }) => option(value, text, state)),
  };
}

export function keyJson(parts: OrgParts, table: Table, key: AlternateKey): JsonRecord {
  return {
    MetadataId: key.metadataId,
    LogicalName: key.name,
    SchemaName: key.schemaName,
    EntityLogicalName: table.name,
    DisplayName: label(key.label),
    KeyAttributes: [...key.columns],
    EntityKeyIndexStatus: keyStatus(parts, key),
    IsManaged: false,
    IsSynchronous: false,
    IsExportKey: false,
    AsyncJob: null,
    HasChanged: null,
  };
}

/** A one-to-many relationship, seen from either side. */
export function relationshipJson(referenced: Table, { table, column, target }: Collection): JsonRecord {
  const name = relationshipName(target);
  return {
    MetadataId: guidOf(`relationship ${name}`),
    SchemaName: name,
    RelationshipType: 'OneToManyRelationship',
    ReferencedEntity: referenced.name,
    ReferencedAttribute: referenced.primaryId,
    ReferencingEntity: table.name,
    ReferencingAttribute: column.name,
    ReferencedEntityNavigationPropertyName: target.collection,
    ReferencingEntityNavigationPropertyName: target.navigation,
    IsCustomRelationship: column.isCustom,
    IsManaged: false,
    IsHierarchical: false,
    HasChanged: null,
  };
}
