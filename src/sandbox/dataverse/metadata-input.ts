/** Descriptions of new columns, as clients send them. */
import { type Column, type ColumnOptions, type ColumnType, column, type Option } from './column.ts';
import { badRequest } from './dataverse-error.ts';
import type { OrgParts } from './parts.ts';
import { isRecord, type JsonRecord, numberOf } from './values.ts';

const CREATABLE: ReadonlySet<string> = new Set([
  'String',
  'Memo',
  'Integer',
  'BigInt',
  'Decimal',
  'Double',
  'Money',
  'Boolean',
  'DateTime',
  'Picklist',
  'MultiSelectPicklist',
]);
const OPTIONS_PER_PREFIX = 10_000;
const isCreatable = (type: string): type is ColumnType => CREATABLE.has(type);

/** The first text of a label, or null. */
export function labelIn(value: unknown): string | null {
  const labels = isRecord(value) && Array.isArray(value.LocalizedLabels) ? value.LocalizedLabels : [];
  const [first] = labels;
  return isRecord(first) && typeof first.Label === 'string' ? first.Label : null;
}

/** @throws DataverseError when there is none */
export function schemaNameOf(body: JsonRecord): string {
  const { SchemaName: name } = body;
  if (typeof name === 'string' && /^[A-Za-z]\w*$/.test(name)) return name;
  throw badRequest('0x80040203', 'The property SchemaName is missing or is not a valid name.');
}

/** What a wrapped value holds, such as `{"Value": "None"}`. */
function valueIn(value: unknown): unknown {
  return isRecord(value) ? value.Value : undefined;
}

function numberIn(body: JsonRecord, name: string): number | null {
  const value = body[name];
  return typeof value === 'number' ? value : null;
}

/** Choices of a picklist; those without a value get one from the publisher's range. */
function optionsIn({ store }: OrgParts, schemaName: string, value: unknown): readonly Option[] {
  const given = isRecord(value) && Array.isArray(value.Options) ? value.Options.filter(isRecord) : [];
  const prefix = schemaName.split('_')[0]?.toLowerCase();
  const publisher = [...store.rows('publisher')].find(({ values }) => values.customizationprefix === prefix);
  const first =
    (publisher === undefined ? null : numberOf(publisher.values, 'customizationoptionvalueprefix')) ?? 10_000;
  return given.map((option, index) => ({
    value: numberIn(option, 'Value') ?? first * OPTIONS_PER_PREFIX + index,
    label: labelIn(option.Label) ?? '',
  }));
}

function switchLabels(value: unknown): readonly Option[] {
  const text = (name: string, fallback: string): string => {
    const option = isRecord(value) ? value[name] : undefined;
    return (isRecord(option) ? labelIn(option.Label) : null) ?? fallback;
  };
  return [
    { value: 0, label: text('FalseOption', 'No') },
    { value: 1, label: text('TrueOption', 'Yes') },
  ];
}

function typedOptions(
  parts: OrgParts,
  type: ColumnType,
  schemaName: string,
  body: JsonRecord,
): ColumnOptions {
  const format = valueIn(body.FormatName) ?? body.Format;
  switch (type) {
    case 'String':
    case 'Memo': {
      const maxLength = numberIn(body, 'MaxLength');
      const limit = type === 'String' ? 4000 : 1_048_576;
      if (maxLength === null || maxLength < 1 || maxLength > limit) {
        throw badRequest('0x80040203', `MaxLength must be between 1 and ${limit}.`);
      }
      return { maxLength, format: typeof format === 'string' ? format : null };
    }
    case 'Boolean':
      return { options: switchLabels(body.OptionSet), defaultValue: body.DefaultValue === true };
    case 'Picklist':
    case 'MultiSelectPicklist': {
      const options = optionsIn(parts, schemaName, body.OptionSet);
      const initial = numberIn(body, 'DefaultFormValue');
      return { options, defaultValue: initial !== null && initial >= 0 ? initial : null };
    }
    case 'DateTime':
      return { dateOnly: valueIn(body.DateTimeBehavior) === 'DateOnly' || body.Format === 'DateOnly' };
    case 'Integer':
      return {
        min: numberIn(body, 'MinValue') ?? -2_147_483_648,
        max: numberIn(body, 'MaxValue') ?? 2_147_483_647,
      };
    case 'Decimal':
    case 'Double':
    case 'Money':
      return {
        min: numberIn(body, 'MinValue') ?? -1e11,
        max: numberIn(body, 'MaxValue') ?? 1e11,
        precision: numberIn(body, 'Precision') ?? 2,
      };
    default:
      return {};
  }
}

/** A new column from its description. @throws DataverseError when something is missing or cannot be */
export function readAttribute(parts: OrgParts, body: JsonRecord): Column {
  const named = /^#?Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata$/.exec(
    String(body['@odata.type'] ?? ''),
  )?.[1];
  if (named === undefined || !isCreatable(named)) {
    throw badRequest(
      '0x80048d19',
      "Error identified in Payload provided by the user for Entity :'', ---->  InnerException : Microsoft.OData.ODataException: The type of the attribute is missing in @odata.type or cannot be created here.",
    );
  }
  const schemaName = schemaNameOf(body);
  const required = valueIn(body.RequiredLevel);
  return column(schemaName, named, {
    label: labelIn(body.DisplayName) ?? schemaName,
    description: labelIn(body.Description) ?? '',
    required: required === 'ApplicationRequired' || required === 'Recommended' ? required : 'None',
    isCustom: true,
    addedAtMs: parts.clock.now().getTime(),
    ...typedOptions(parts, named, schemaName, body),
  });
}
