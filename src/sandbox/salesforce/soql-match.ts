/** Turns conditions into functions over rows. Text compares in any case, ids byte by byte. */
import type { Field } from './field.ts';
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import { refuse } from './salesforce-error.ts';
import type { Comparison, Condition, Literal, Path, Query } from './soql-ast.ts';
import { type BoundPath, bindPath, type QueryContext } from './soql-bind.ts';
import { errorAt } from './soql-lexer.ts';
import { periodAt } from './soql-periods.ts';
import type { FieldValue, Values } from './values.ts';

export type Predicate = (values: Values) => boolean;
type Test = (value: FieldValue) => boolean;

/** Runs a subquery of an IN and gives its first column's values. */
export type RunSubquery = (query: Query) => ReadonlySet<FieldValue>;

/** @throws SalesforceError for unknown or unfilterable columns and literals of the wrong type */
export function bindCondition(
  context: QueryContext,
  object: SObject,
  condition: Condition,
  runSubquery: RunSubquery,
): Predicate {
  switch (condition.type) {
    case 'and': {
      const terms = condition.terms.map((term) => bindCondition(context, object, term, runSubquery));
      return (values) => terms.every((term) => term(values));
    }
    case 'or': {
      const terms = condition.terms.map((term) => bindCondition(context, object, term, runSubquery));
      return (values) => terms.some((term) => term(values));
    }
    case 'not': {
      const term = bindCondition(context, object, condition.term, runSubquery);
      return (values) => !term(values);
    }
    case 'compare': {
      const bound = bindFilterable(context, object, condition.path);
      const test = compareTest(context, bound.field, condition.operator, condition.value);
      return (values) => test(bound.get(values));
    }
    case 'in': {
      const bound = bindFilterable(context, object, condition.path);
      const wanted = inValues(bound, condition.values, runSubquery);
      const isWanted = (values: Values): boolean => wanted.has(comparable(bound.field, bound.get(values)));
      return condition.negated ? (values) => !isWanted(values) : isWanted;
    }
  }
}

function bindFilterable(context: QueryContext, object: SObject, path: Path): BoundPath {
  const bound = bindPath(context, object, path);
  if (bound.field.filterable && bound.field.type !== 'address') return bound;
  throw errorAt(
    context.soql,
    path.at,
    'INVALID_FIELD',
    `field '${bound.field.name}' can not be filtered in a query call`,
  );
}

function inValues(
  { field }: BoundPath,
  values: readonly Literal[] | Query,
  runSubquery: RunSubquery,
): ReadonlySet<FieldValue> {
  const found =
    'select' in values ? [...runSubquery(values)] : values.map((literal) => literalValue(field, literal));
  return new Set(found.map((value) => comparable(field, value)));
}

function isText({ type }: Field): boolean {
  return ['string', 'textarea', 'picklist', 'phone', 'email', 'url'].includes(type);
}

/** The form in which two values of a column are the same. */
function comparable(field: Field, value: FieldValue): FieldValue {
  return typeof value === 'string' && isText(field) && !field.caseSensitive ? value.toLowerCase() : value;
}

const SOAP_NAMES: Readonly<Partial<Record<Field['type'], string>>> = {
  currency: 'double',
  percent: 'double',
  datetime: 'dateTime',
};

/**
 * A literal as the column would store it; null for `null`.
 * @throws SalesforceError when it is of another type
 */
export function literalValue(field: Field, literal: Literal): FieldValue {
  if (literal.type === 'null') return null;
  switch (field.type) {
    case 'id':
    case 'reference': {
      if (literal.type !== 'text') break;
      if (literal.value === '') return '';
      const id = toId18(literal.value);
      if (id === null) throw refuse('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${literal.value}`);
      return id;
    }
    case 'boolean':
      if (literal.type === 'boolean') return literal.value;
      break;
    case 'date':
    case 'datetime':
      if (literal.type === field.type) return literal.value;
      break;
    case 'currency':
    case 'percent':
    case 'double':
    case 'int':
      if (literal.type === 'number') return literal.value;
      break;
    default:
      if (literal.type === 'text') return literal.value;
  }
  const type = isText(field) ? 'string' : (SOAP_NAMES[field.type] ?? field.type);
  const quoting = type === 'string' ? 'should be enclosed in quotes' : 'should not be enclosed in quotes';
  throw refuse(
    'INVALID_FIELD',
    `value of filter criterion for field '${field.name}' must be of type ${type} and ${quoting}`,
  );
}

function compareTest(context: QueryContext, field: Field, operator: Comparison, literal: Literal): Test {
  if (literal.type === 'period') return periodTest(context, field, operator, literal.name, literal.count);
  if (operator === 'like') return likeTest(field, literal);
  const wanted = comparable(field, literalValue(field, literal));
  switch (operator) {
    case '=':
      return wanted === null || wanted === ''
        ? (value) => value === null || value === ''
        : (value) => comparable(field, value) === wanted;
    case '!=':
      return wanted === null || wanted === ''
        ? (value) => value !== null && value !== ''
        : (value) => comparable(field, value) !== wanted;
    default:
      return (value) => {
        const own = comparable(field, value);
        if (own === null || wanted === null) return false;
        if (operator === '<') return own < wanted;
        if (operator === '<=') return own <= wanted;
        return operator === '>' ? own > wanted : own >= wanted;
      };
  }
}

function periodTest(
  { parts }: QueryContext,
  field: Field,
  operator: Comparison,
  name: string,
  count: number,
): Test {
  if (field.type !== 'date' && field.type !== 'datetime') {
    throw refuse(
      'INVALID_FIELD',
      `value of filter criterion for field '${field.name}' must not be a date literal`,
    );
  }
  const { from, until } = periodAt(name, count, parts.clock.now());
  return (value) => {
    if (typeof value !== 'string') return operator === '!=';
    const day = value.slice(0, 10);
    if (operator === '=') return day >= from && day < until;
    if (operator === '!=') return day < from || day >= until;
    if (operator === '<') return day < from;
    if (operator === '<=') return day < until;
    return operator === '>' ? day >= until : day >= from;
  };
}

/** `%` is any text, `_` any one character, and a backslash takes either literally. */
function likeTest(field: Field, literal: Literal): Test {
  if (literal.type !== 'text' || !isText(field)) {
    throw refuse('INVALID_FIELD', `invalid operator on field '${field.name}': like`);
  }
  literalValue(field, literal);
  const pattern = literal.value.replace(
    /\\([%_])|[.*+?^${}()|[\]\\]|%|_/g,
    (found, escaped: string | undefined) => {
      if (escaped !== undefined) return escaped;
      if (found === '%') return '[^]*';
      return found === '_' ? '[^]' : `\\${found}`;
    },
  );
  const expression = new RegExp(`^${pattern}$`, 'iu');
  return (value) => typeof value === 'string' && expression.test(value);
}
