/** Turns a parsed `$filter` into a test of rows, checking names and types on the way. */
import { badRequest } from './dataverse-error.ts';
import type { Comparison, Expression, Literal, Operand, TextTest } from './odata-ast.ts';
import { queryFunction } from './odata-functions.ts';
import { folded, order, type PropertyType, type Scalar } from './odata-values.ts';
import { parseStamp } from './values.ts';

export interface Property<T> {
  readonly type: PropertyType;
  read(item: T): Scalar;
}

/** What names mean where a filter stands. */
export interface Scope<T> {
  /** @throws DataverseError when there is no such property */
  property(path: readonly string[]): Property<T>;
  /** The same by logical name, as the platform's query functions name them. */
  logical(path: readonly string[]): Property<T>;
  /** Rows behind a collection-valued navigation property, and the scope of their own names. */
  collection(path: readonly string[]): { items(item: T): readonly T[]; readonly scope: Scope<T> };
  readonly now: Date;
  readonly userId: string;
}

export type Test<T> = (item: T) => boolean;

const KINDS: Readonly<Record<Comparison, string>> = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterThanOrEqual',
  lt: 'LessThan',
  le: 'LessThanOrEqual',
};
const EDM: Readonly<Record<PropertyType | Literal['type'], string>> = {
  string: 'Edm.String',
  number: 'Edm.Decimal',
  boolean: 'Edm.Boolean',
  guid: 'Edm.Guid',
  day: 'Edm.Date',
  stamp: 'Edm.DateTimeOffset',
  any: 'Edm.Untyped',
  enum: 'Edm.Int32',
  null: 'null',
};

function fits(property: PropertyType, literal: Literal['type']): boolean {
  if (property === 'any' || literal === 'null') return true;
  const isTime = (type: string): boolean => type === 'day' || type === 'stamp';
  return property === literal || (isTime(property) && isTime(literal));
}

/** A literal in the form in which the property's values are compared. */
function valueFor(type: PropertyType, literal: Literal): Scalar {
  if (literal.type === 'null') return null;
  if (literal.type === 'guid') return literal.value.toLowerCase();
  if (type === 'stamp' && (literal.type === 'day' || literal.type === 'stamp'))
    return parseStamp(literal.value);
  if (type === 'day' && literal.type === 'stamp') return literal.value.slice(0, 10);
  return literal.value;
}

function holds(operator: Comparison, left: Scalar, right: Scalar): boolean {
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  if (left === null || right === null) return false;
  const way = order(left, right);
  switch (operator) {
    case 'gt':
      return way > 0;
    case 'ge':
      return way >= 0;
    case 'lt':
      return way < 0;
    default:
      return way <= 0;
  }
}

function bindCompare<T>(
  { operator, left, right }: Expression & { readonly kind: 'compare' },
  scope: Scope<T>,
): Test<T> {
  const incompatible = (first: string, second: string): Error =>
    badRequest(
      '0x80060888',
      `A binary operator with incompatible types was detected. Found operand types '${first}' and '${second}' for operator kind '${KINDS[operator]}'.`,
    );
  const sides = [left, right].map((operand) =>
    operand.kind === 'path' ? scope.property(operand.segments) : null,
  );
  const typed = sides.find((side) => side !== null)?.type ?? 'any';
  const read = (operand: Operand, property: Property<T> | null | undefined): ((item: T) => Scalar) => {
    if (operand.kind === 'path') return (item) => folded(property?.read(item) ?? null);
    if (!fits(typed, operand.literal.type)) throw incompatible(EDM[typed], EDM[operand.literal.type]);
    const value = folded(valueFor(typed, operand.literal));
    return () => value;
  };
  const [readLeft, readRight] = [read(left, sides[0]), read(right, sides[1])];
  if (sides[0] && sides[1] && sides[0].type !== sides[1].type) {
    throw incompatible(EDM[sides[0].type], EDM[sides[1].type]);
  }
  return (item) => holds(operator, readLeft(item), readRight(item));
}

/** `%` stands for any text, `_` for any character, as in the database behind. */
export function likePattern(test: TextTest, text: string): RegExp {
  const body = [...text]
    .map((each) => (each === '%' ? '.*' : each === '_' ? '.' : each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
    .join('');
  const [start, end] = [test === 'startswith' ? '^' : '', test === 'endswith' ? '$' : ''];
  return new RegExp(`${start}${body}${end}`, 'isu');
}

function bindText<T>(
  { test, subject, text }: Expression & { readonly kind: 'text' },
  scope: Scope<T>,
): Test<T> {
  if (subject.kind !== 'path' || text.kind !== 'literal' || text.literal.type !== 'string') {
    throw badRequest('0x80060888', `No function signature for the function with name '${test}' matches.`);
  }
  const property = scope.property(subject.segments);
  if (property.type !== 'string' && property.type !== 'any') {
    throw badRequest(
      '0x80060888',
      `No function signature for the function with name '${test}' matches the specified arguments.`,
    );
  }
  const pattern = likePattern(test, text.literal.value);
  return (item) => {
    const value = property.read(item);
    return typeof value === 'string' && pattern.test(value);
  };
}

function bindLambda<T>(expression: Expression & { readonly kind: 'lambda' }, scope: Scope<T>): Test<T> {
  const { quantifier, path, variable, body } = expression;
  const { items, scope: inner } = scope.collection(path);
  if (body === null) return (item) => items(item).length > 0;
  const own: Scope<T> = {
    ...inner,
    property(segments) {
      if (segments[0] !== variable)
        throw badRequest('0x80060888', `The name '${segments[0]}' is not in scope.`);
      return inner.property(segments.slice(1));
    },
    logical: (segments) => own.property(segments),
    collection: (segments) => inner.collection(segments[0] === variable ? segments.slice(1) : segments),
  };
  const test = bind(body, own);
  return quantifier === 'any' ? (item) => items(item).some(test) : (item) => items(item).every(test);
}

/** @throws DataverseError for unknown names and types that do not go together */
export function bind<T>(expression: Expression, scope: Scope<T>): Test<T> {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const [left, right] = [bind(expression.left, scope), bind(expression.right, scope)];
      return expression.kind === 'and'
        ? (item) => left(item) && right(item)
        : (item) => left(item) || right(item);
    }
    case 'not': {
      const inner = bind(expression.inner, scope);
      return (item) => !inner(item);
    }
    case 'compare':
      return bindCompare(expression, scope);
    case 'text':
      return bindText(expression, scope);
    case 'lambda':
      return bindLambda(expression, scope);
    case 'query': {
      const property = scope.logical(expression.property.split('/'));
      const test = queryFunction(expression.name, expression.values, property.type, scope);
      return (item) => test(property.read(item));
    }
  }
}
