/** Looks names up: which column a path means for this user, and how to get its value from a row. */
import { visibleField } from './access.ts';
import { emptyValue, type Field } from './field.ts';
import type { SObject } from './object.ts';
import type { Actor, OrgParts } from './parts.ts';
import type { Path } from './soql-ast.ts';
import { errorAt } from './soql-lexer.ts';
import type { FieldValue, Values } from './values.ts';

export interface QueryContext {
  readonly parts: OrgParts;
  readonly actor: Actor;
  readonly soql: string;
  /** Whether deleted rows are found as well. */
  readonly includeDeleted: boolean;
}

/** One lookup on the way to a column. */
export interface Step {
  readonly field: Field;
  readonly target: SObject;
}

export interface BoundPath {
  readonly steps: readonly Step[];
  /** Where the column is. */
  readonly object: SObject;
  readonly field: Field;
  get(values: Values): FieldValue;
}

const MAX_LEVELS = 5;
const ADVICE = 'Please reference your WSDL or the describe call for the appropriate names.';

/** @throws SalesforceError INVALID_TYPE */
export function bindObject(context: QueryContext, path: Path): SObject {
  const name = path.parts.join('.');
  const object = context.parts.schema.find(name);
  if (object !== undefined) return object;
  throw errorAt(
    context.soql,
    path.at,
    'INVALID_TYPE',
    `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. ${ADVICE}`,
  );
}

/** @throws SalesforceError INVALID_FIELD */
export function bindPath(context: QueryContext, from: SObject, path: Path): BoundPath {
  const { parts, actor, soql } = context;
  const names = [...path.parts];
  // The object's own name may stand in front: `Opportunity.Name`.
  if (
    names.length > 1 &&
    names[0]?.toLowerCase() === from.name.toLowerCase() &&
    !parts.schema.parent(from, names[0])
  )
    names.shift();
  const column = names.pop() ?? '';
  const steps: Step[] = [];
  let object = from;
  for (const name of names) {
    const field = parts.schema.parent(object, name);
    const target = parts.schema.find(field?.referenceTo[0] ?? '');
    if (field === undefined || target === undefined || steps.length >= MAX_LEVELS) {
      throw errorAt(
        soql,
        path.at,
        'INVALID_FIELD',
        `Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. ${ADVICE}`,
      );
    }
    steps.push({ field, target });
    object = target;
  }
  const field = visibleField(parts, actor, object, column);
  if (field === undefined) {
    throw errorAt(
      soql,
      path.at,
      'INVALID_FIELD',
      `No such column '${column}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. ${ADVICE}`,
    );
  }
  return { steps, object, field, get: getter(context, steps, field) };
}

function getter(
  { parts }: QueryContext,
  steps: readonly Step[],
  field: Field,
): (values: Values) => FieldValue {
  const { name } = field;
  const fallback = emptyValue(field);
  if (steps.length === 0) return (values) => values[name] ?? fallback;
  return (values) => {
    let current: Values | null = values;
    for (const step of steps) {
      const id: FieldValue | undefined = current?.[step.field.name];
      current = typeof id === 'string' ? parts.store.read(step.target.name, id) : null;
    }
    return current === null ? null : (current[name] ?? fallback);
  };
}
