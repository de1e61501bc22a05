/** Describe answers with every key that the API sends. */
import { visibleFields } from './access.ts';
import type { Field, FieldType } from './field.ts';
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import { type JsonRecord, textOf } from './values.ts';

const SOAP_TYPES: Readonly<Record<FieldType, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  string: 'xsd:string',
  textarea: 'xsd:string',
  picklist: 'xsd:string',
  phone: 'xsd:string',
  email: 'xsd:string',
  url: 'xsd:string',
  boolean: 'xsd:boolean',
  currency: 'xsd:double',
  percent: 'xsd:double',
  double: 'xsd:double',
  int: 'xsd:int',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  address: 'urn:address',
};

function picklistOf({ store, switches }: OrgParts, object: SObject, field: Field): readonly string[] {
  const rows = (name: string): JsonRecord[] =>
    [...store.table(name).rows()].map(({ values }) => ({ ...values }));
  if (object.name === 'Opportunity' && field.name === 'StageName') {
    const stages = rows('OpportunityStage').filter(({ IsActive }) => IsActive === true);
    stages.sort((left, right) => Number(left.SortOrder) - Number(right.SortOrder));
    return stages.map(({ ApiName }) => String(ApiName));
  }
  if (field.name === 'CurrencyIsoCode' && switches.multiCurrency) {
    return rows('CurrencyType').map(({ IsoCode }) => String(IsoCode));
  }
  return field.picklist;
}

function describeField(parts: OrgParts, object: SObject, field: Field): JsonRecord {
  const isId = field.type === 'id' || field.type === 'reference';
  const isRestricted =
    field.restrictedPicklist ||
    field.name === 'CurrencyIsoCode' ||
    (field.name === 'StageName' && parts.switches.stagesRestricted);
  return {
    aggregatable: field.aggregatable,
    aiPredictionField: false,
    autoNumber: false,
    byteLength: isId || field.name === 'Fiscal' ? field.length : field.length * 3,
    calculated: false,
    calculatedFormula: null,
    cascadeDelete: field.custom && field.cascadeDelete,
    caseSensitive: field.caseSensitive,
    compoundFieldName: field.compoundFieldName,
    controllerName: null,
    createable: field.createable,
    custom: field.custom,
    defaultValue: field.defaultValue,
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultedOnCreate,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? 8 : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: field.externalId,
    extraTypeInfo: field.extraTypeInfo,
    filterable: field.filterable,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: field.groupable,
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.idLookup,
    inlineHelpText: field.help,
    label: field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: false,
    nillable: field.nillable,
    permissionable: field.permissionable,
    picklistValues: picklistOf(parts, object, field).map((value) => ({
      active: true,
      defaultValue: false,
      label: value,
      validFor: null,
      value,
    })),
    polymorphicForeignKey: false,
    precision: field.precision,
    queryByDistance: field.type === 'address',
    referenceTargetField: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: isRestricted,
    scale: field.scale,
    searchPrefilterable: field.type === 'reference' && field.permissionable,
    soapType: SOAP_TYPES[field.type],
    sortable: field.sortable,
    type: field.type,
    unique: field.unique,
    updateable: field.updateable,
    writeRequiresMasterRead: false,
  };
}

/** An object in the list of all objects. */
export function describeBrief(object: SObject, version: string): JsonRecord {
  const root = `/services/data/v${version}/sobjects/${object.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable,
    custom: false,
    customSetting: false,
    deepCloneable: object.name === 'Opportunity',
    deletable: object.deletable,
    deprecatedAndHidden: false,
    feedEnabled: true,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: true,
    mergeable: object.mergeable,
    mruEnabled: true,
    name: object.name,
    queryable: true,
    replicateable: object.replicateable,
    retrieveable: true,
    searchable: true,
    triggerable: true,
    undeletable: object.undeletable,
    updateable: object.updateable,
    urls: {
      compactLayouts: `${root}/describe/compactLayouts`,
      rowTemplate: `${root}/{ID}`,
      approvalLayouts: `${root}/describe/approvalLayouts`,
      listviews: `${root}/listviews`,
      describe: `${root}/describe`,
      quickActions: `${root}/quickActions`,
      layouts: `${root}/describe/layouts`,
      sobject: root,
    },
  };
}

const MASTER_RECORD_TYPE = '012000000000000AAA';

function recordTypes({ store }: OrgParts, object: SObject, version: string): JsonRecord[] {
  const own = [...store.table('RecordType').rows()].filter(
    ({ values }) => values.SobjectType === object.name,
  );
  const hasType = object.fields.some(({ name }) => name === 'RecordTypeId');
  const types = own.map(({ id, values }, index) => ({
    id,
    name: textOf(values, 'Name') ?? '',
    developerName: textOf(values, 'DeveloperName') ?? '',
    isActive: values.IsActive === true,
    isDefault: index === 0,
    isMaster: false,
  }));
  if (hasType) {
    const isDefault = own.length === 0;
    types.push({
      id: MASTER_RECORD_TYPE,
      name: 'Master',
      developerName: 'Master',
      isActive: true,
      isDefault,
      isMaster: true,
    });
  }
  return types.map(({ id, name, developerName, isActive, isDefault, isMaster }) => ({
    active: isActive,
    available: true,
    defaultRecordTypeMapping: isDefault,
    developerName,
    master: isMaster,
    name,
    recordTypeId: id,
    urls: { layout: `/services/data/v${version}/sobjects/${object.name}/describe/layouts/${id}` },
  }));
}

/** The full describe of an object as the user sees it: hidden columns are absent. */
export function describeObject(
  parts: OrgParts,
  actor: Actor,
  object: SObject,
  version: string,
  baseUrl: string,
): JsonRecord {
  const brief = describeBrief(object, version);
  const { urls } = brief;
  return {
    actionOverrides: [],
    ...brief,
    childRelationships: parts.schema.children(object).map(({ object: child, field }) => ({
      cascadeDelete: field.cascadeDelete,
      childSObject: child.name,
      deprecatedAndHidden: false,
      field: field.name,
      junctionIdListNames: [],
      junctionReferenceTo: [],
      relationshipName: field.childRelationship,
      restrictedDelete: false,
    })),
    compactLayoutable: true,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: visibleFields(parts, actor, object).map((field) => describeField(parts, object, field)),
    implementedBy: null,
    implementsInterfaces: null,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: recordTypes(parts, object, version),
    searchLayoutable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [{ label: `All ${object.labelPlural.toLowerCase()}`, name: 'everything' }],
    urls: {
      ...(typeof urls === 'object' ? urls : {}),
      uiDetailTemplate: `${baseUrl}/{ID}`,
      uiEditTemplate: `${baseUrl}/{ID}/e`,
      uiNewRecord: `${baseUrl}/${object.keyPrefix}/e`,
    },
  };
}
