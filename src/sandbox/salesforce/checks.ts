/** Checks before a row is stored: required columns, lookups, unique values, administrators' rules. */
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import { type ErrorItem, SalesforceError } from './salesforce-error.ts';
import { parseWhere } from './soql-parser.ts';
import { bindWhere } from './soql-query.ts';
import { textOf, type Values } from './values.ts';

/** Columns that have no value although they must have one. */
export function missingColumns(parts: OrgParts, object: SObject, values: Values): ErrorItem[] {
  const missing = parts.schema
    .fields(object)
    .filter(({ nillable, createable, name }) => createable && !nillable && (values[name] ?? null) === null)
    .map(({ name }) => name);
  if (missing.length === 0) return [];
  const message = `Required fields are missing: [${missing.join(', ')}]`;
  return [{ code: 'REQUIRED_FIELD_MISSING', message, fields: missing }];
}

/** Lookups among the written columns that point nowhere. */
export function brokenLookups(parts: OrgParts, object: SObject, written: Values): ErrorItem[] {
  const problems: ErrorItem[] = [];
  for (const field of parts.schema.fields(object)) {
    const id = field.type === 'reference' ? textOf(written, field.name) : null;
    const target = field.referenceTo[0];
    if (id === null || target === undefined) continue;
    const prefix = parts.schema.find(target)?.keyPrefix ?? '';
    const row = parts.store.table(target).get(id);
    if (!id.startsWith(prefix)) {
      const message = `${field.label}: id value of incorrect type: ${id}`;
      problems.push({ code: 'MALFORMED_ID', message, fields: [field.name] });
    } else if (row === undefined) {
      const message = 'invalid cross reference id';
      problems.push({ code: 'INVALID_CROSS_REFERENCE_KEY', message, fields: [field.name] });
    } else if (row.values.IsDeleted === true) {
      problems.push({ code: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [field.name] });
    } else if (field.name === 'OwnerId' && row.values.IsActive === false) {
      const message = `operation performed with inactive user [${id}] as owner of ${object.name.toLowerCase()}`;
      problems.push({ code: 'INACTIVE_OWNER_OR_USER', message, fields: [field.name] });
    }
  }
  return problems;
}

/** Values that another row already has in a unique column. Deleted rows hold theirs no longer. */
export function takenValues(parts: OrgParts, object: SObject, id: string, values: Values): ErrorItem[] {
  const table = parts.store.table(object.name);
  const problems: ErrorItem[] = [];
  for (const field of parts.schema.fields(object)) {
    const value = field.unique ? textOf(values, field.name) : null;
    if (value === null) continue;
    for (const otherId of table.idsWith(field.name, value)) {
      const other = table.get(otherId)?.values;
      const own = String(other?.[field.name] ?? '');
      const isSame = field.caseSensitive ? own === value : own.toLowerCase() === value.toLowerCase();
      if (otherId === id || other === undefined || other.IsDeleted === true || !isSame) continue;
      problems.push({
        code: 'DUPLICATE_VALUE',
        message: `duplicate value found: ${field.name} duplicates value on record with id: ${otherId}`,
        fields: [],
      });
      break;
    }
  }
  return problems;
}

/** What administrators' validation rules say. */
export function brokenRules(
  parts: OrgParts,
  object: SObject,
  values: Values,
  before: Values | null,
): ErrorItem[] {
  const actor: Actor = { userId: '', origin: 'system' };
  return parts.guards.validationRules
    .filter((rule) => rule.object.toLowerCase() === object.name.toLowerCase())
    .filter(({ failsWhen }) => {
      if (typeof failsWhen !== 'string') return failsWhen(values, before);
      const context = { parts, actor, soql: failsWhen, includeDeleted: false };
      return bindWhere(context, object, parseWhere(failsWhen))(values);
    })
    .map(({ message, field }) => ({
      code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message,
      fields: field === undefined ? [] : [field],
    }));
}

/** @throws SalesforceError DUPLICATES_DETECTED when a duplicate rule stops the save */
export function refuseDuplicates(
  parts: OrgParts,
  actor: Actor,
  object: SObject,
  id: string,
  values: Values,
): void {
  for (const rule of parts.guards.duplicateRules) {
    if (rule.object.toLowerCase() !== object.name.toLowerCase()) continue;
    if (rule.action === 'alert' && actor.allowDuplicates === true) continue;
    const matches: string[] = [];
    for (const { id: otherId, values: other } of parts.store.table(object.name).rows()) {
      if (otherId === id || other.IsDeleted === true) continue;
      const isSame = rule.fields.every((name) => {
        const value = textOf(values, name)?.toLowerCase() ?? null;
        return value !== null && value === textOf(other, name)?.toLowerCase();
      });
      if (isSame) matches.push(otherId);
    }
    if (matches.length === 0) continue;
    const duplicateResult = {
      allowSave: rule.action === 'alert',
      duplicateRule: rule.name,
      duplicateRuleEntityType: object.name,
      errorMessage: 'Use one of these records?',
      matchResults: [
        {
          entityType: object.name,
          errors: [],
          matchEngine: 'ExactMatchEngine',
          matchRecords: matches.map((matchId) => ({
            additionalInformation: [],
            fieldDiffs: [],
            matchConfidence: 100,
            record: { attributes: { type: object.name }, Id: matchId },
          })),
          rule: rule.name,
          size: matches.length,
          success: true,
        },
      ],
    };
    throw new SalesforceError(
      400,
      [{ code: 'DUPLICATES_DETECTED', message: 'Use one of these records?', fields: [] }],
      { [parts.switches.duplicateResultSpelling]: duplicateResult },
    );
  }
}
