/** The part of the tooling API that creates columns. A new column is invisible until a permission set grants it. */
import { type FieldOptions, type FieldType, field } from './field.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, bodyRecord, notAllowed } from './http.ts';
import { toId18 } from './ids.ts';
import { handleToolingQuery } from './query-api.ts';
import { notFound, refuse } from './salesforce-error.ts';
import { isRecord, type JsonRecord, textOf } from './values.ts';

const TYPES: Readonly<Record<string, FieldType>> = {
  Text: 'string',
  TextArea: 'textarea',
  LongTextArea: 'textarea',
  Checkbox: 'boolean',
  Picklist: 'picklist',
  Url: 'url',
  Number: 'double',
  Currency: 'currency',
  Percent: 'percent',
  Date: 'date',
  DateTime: 'datetime',
  Email: 'email',
  Phone: 'phone',
  Lookup: 'reference',
};
/** Members of the metadata that a type cannot do without. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  Text: ['length'],
  LongTextArea: ['length', 'visibleLines'],
  Checkbox: ['defaultValue'],
  Number: ['precision', 'scale'],
  Currency: ['precision', 'scale'],
  Percent: ['precision', 'scale'],
  Lookup: ['referenceTo', 'relationshipName'],
};

export function handleTooling(context: ApiContext, call: ApiCall): ApiAnswer {
  const [, resource, objectName, id] = call.segments;
  if (resource?.toLowerCase() === 'query') return handleToolingQuery(context, call);
  if (resource !== 'sobjects' || objectName?.toLowerCase() !== 'customfield') throw notFound();
  if (id === undefined && call.method === 'POST') return createField(context, bodyRecord(call));
  if (id !== undefined && call.method === 'DELETE') return deleteField(context, id);
  return notAllowed(call, id === undefined ? ['POST'] : ['DELETE']);
}

function createField({ org, actor }: ApiContext, body: JsonRecord): ApiAnswer {
  const [objectName = '', name = ''] = String(body.FullName ?? '').split('.');
  const object = org.schema.find(objectName);
  const metadata = isRecord(body.Metadata) ? body.Metadata : {};
  const label = typeof metadata.label === 'string' ? metadata.label : '';
  const typeName = String(metadata.type ?? '');
  const type = TYPES[typeName];
  if (object === undefined || type === undefined || label === '') {
    throw refuse('FIELD_INTEGRITY_EXCEPTION', 'FullName, label and type have to be valid for a custom field');
  }
  if (!/^[A-Za-z](?:\w*[A-Za-z0-9])?__c$/.test(name) || /[A-Za-z0-9]__\w+__c$/.test(name)) {
    throw refuse('INVALID_FULL_NAME', `The custom field name ${name} is not valid.`, ['FullName']);
  }
  for (const member of NEEDED[typeName] ?? []) {
    if (metadata[member] === undefined || metadata[member] === null) {
      throw refuse(
        'FIELD_INTEGRITY_EXCEPTION',
        `Must specify '${member}' for a CustomField of type ${typeName}`,
      );
    }
  }
  if (object.fields.some((existing) => existing.name.toLowerCase() === name.toLowerCase())) {
    throw refuse('DUPLICATE_DEVELOPER_NAME', `There is already a field named ${label} on ${object.label}.`, [
      'DeveloperName',
    ]);
  }
  org.schema.addField(
    object.name,
    field(name, type, { ...optionsOf(typeName, metadata), label, needsGrant: true }),
  );
  const id = org.load('CustomField', {
    DeveloperName: name.replace(/__c$/, ''),
    TableEnumOrId: object.name,
    Length: typeof metadata.length === 'number' ? metadata.length : null,
    CreatedById: actor.userId,
    LastModifiedById: actor.userId,
  });
  return { status: 201, json: { id, success: true, errors: [], warnings: [], infos: [] } };
}

function optionsOf(typeName: string, metadata: JsonRecord): FieldOptions {
  const { length, precision, scale, description, inlineHelpText, referenceTo } = metadata;
  const number = (value: unknown): number => Number(value);
  const isKey = metadata.externalId === true;
  const picklist = picklistOf(metadata);
  return {
    ...(length === undefined ? {} : { length: number(length) }),
    ...(precision === undefined ? {} : { precision: number(precision), scale: number(scale) }),
    ...(typeName === 'Checkbox' ? { defaultValue: String(metadata.defaultValue) === 'true' } : {}),
    ...(typeName === 'Lookup'
      ? { referenceTo: [String(referenceTo)], relationshipName: `${String(metadata.relationshipName)}__r` }
      : {}),
    externalId: isKey,
    idLookup: isKey,
    unique: metadata.unique === true,
    caseSensitive: metadata.caseSensitive === true,
    ...picklist,
    help:
      typeof inlineHelpText === 'string'
        ? inlineHelpText
        : typeof description === 'string'
          ? description
          : null,
  };
}

function picklistOf({ valueSet }: JsonRecord): Pick<FieldOptions, 'picklist' | 'restrictedPicklist'> {
  if (!isRecord(valueSet) || !isRecord(valueSet.valueSetDefinition)) return {};
  const { value } = valueSet.valueSetDefinition;
  const values = Array.isArray(value) ? value.filter(isRecord) : [];
  return {
    picklist: values.map((entry) => String(entry.fullName ?? entry.valueName ?? entry.label)),
    restrictedPicklist: valueSet.restricted === true,
  };
}

function deleteField({ org }: ApiContext, id: string): ApiAnswer {
  const row = org.store.table('CustomField').get(toId18(id) ?? id);
  if (row === undefined) throw notFound();
  org.removeField(
    textOf(row.values, 'TableEnumOrId') ?? '',
    `${textOf(row.values, 'DeveloperName') ?? ''}__c`,
  );
  org.store.remove('CustomField', row.id);
  return { status: 204 };
}
