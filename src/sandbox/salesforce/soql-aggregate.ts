/** Aggregates: one line for each group, columns called by their alias or `expr0`, `expr1` … */
import type { SObject } from './object.ts';
import { refuse } from './salesforce-error.ts';
import type { AggregateName, Condition, OrderItem, Query, SelectItem } from './soql-ast.ts';
import { type BoundPath, bindPath, type QueryContext } from './soql-bind.ts';
import { errorAt } from './soql-lexer.ts';
import type { FieldValue, JsonRecord, Values } from './values.ts';

/** Whether the query's answer is one of aggregates (a bare `COUNT()` is not: it only counts). */
export function isAggregateQuery({ select, groupBy }: Query): boolean {
  return groupBy.length > 0 || select.some((item) => item.type === 'aggregate' && item.path !== null);
}

export function isBareCount({ select }: Query): boolean {
  const [only] = select;
  return select.length === 1 && only?.type === 'aggregate' && only.path === null && only.alias === null;
}

interface Group {
  readonly rows: readonly Values[];
}

type Measure = (group: Group) => FieldValue;

/** The lines of an aggregate query over the rows that match. @throws SalesforceError */
export function aggregate(
  context: QueryContext,
  object: SObject,
  query: Query,
  rows: readonly Values[],
): JsonRecord[] {
  const keys = query.groupBy.map((path) => {
    const bound = bindPath(context, object, path);
    if (bound.field.groupable) return bound;
    throw errorAt(
      context.soql,
      path.at,
      'MALFORMED_QUERY',
      `field '${bound.field.name}' can not be grouped in a query call`,
    );
  });
  const columns = bindColumns(context, object, query.select, keys);
  let groups = groupsOf(rows, keys);
  if (query.having !== null) {
    const holds = bindHaving(context, object, query.having);
    groups = groups.filter(holds);
  }
  for (const item of [...query.orderBy].reverse()) {
    const measure = orderMeasure(context, object, item);
    groups.sort((left, right) => compareValues(measure(left), measure(right), item));
  }
  const lines = groups.map((group): JsonRecord => {
    const line: JsonRecord = { attributes: { type: 'AggregateResult' } };
    for (const { name, measure } of columns) line[name] = measure(group);
    return line;
  });
  return lines.slice(query.offset, query.limit === null ? undefined : query.offset + query.limit);
}

function groupsOf(rows: readonly Values[], keys: readonly BoundPath[]): Group[] {
  if (keys.length === 0) return [{ rows }];
  const groups = new Map<string, { rows: Values[] }>();
  for (const row of rows) {
    const values = keys.map((key) => key.get(row));
    const key = JSON.stringify(
      values.map((value) => (typeof value === 'string' ? value.toLowerCase() : value)),
    );
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()];
}

function bindColumns(
  context: QueryContext,
  object: SObject,
  select: readonly SelectItem[],
  keys: readonly BoundPath[],
): { name: string; measure: Measure }[] {
  let unnamed = 0;
  return select.map((item) => {
    if (item.type === 'aggregate') {
      const bound = item.path === null ? null : bindPath(context, object, item.path);
      const name = item.alias ?? `expr${unnamed}`;
      if (item.alias === null) unnamed += 1;
      return { name, measure: measureOf(item.name, bound) };
    }
    if (item.type !== 'field')
      throw refuse('MALFORMED_QUERY', 'Grouped queries take columns and aggregates only');
    const bound = bindPath(context, object, item.path);
    if (!keys.some((key) => key.field === bound.field && key.steps.length === bound.steps.length)) {
      throw errorAt(
        context.soql,
        item.path.at,
        'MALFORMED_QUERY',
        `Field must be grouped or aggregated: ${bound.field.name}`,
      );
    }
    return { name: item.alias ?? bound.field.name, measure: firstOf(bound) };
  });
}

function firstOf(bound: BoundPath): Measure {
  return ({ rows: [row] }) => (row === undefined ? null : bound.get(row));
}

function measureOf(name: AggregateName, bound: BoundPath | null): Measure {
  if (bound === null) return ({ rows }) => rows.length;
  return ({ rows }) => {
    const values = rows.map((row) => bound.get(row)).filter((value) => value !== null);
    const total = (): number => values.reduce<number>((sum, value) => sum + Number(value), 0);
    switch (name) {
      case 'count':
        return values.length;
      case 'count_distinct':
        return new Set(values.map((value) => (typeof value === 'string' ? value.toLowerCase() : value))).size;
      case 'sum':
        return values.length === 0 ? null : total();
      case 'avg':
        return values.length === 0 ? null : total() / values.length;
      case 'min':
        return values.reduce<FieldValue>(
          (least, value) => (least === null || value < least ? value : least),
          null,
        );
      case 'max':
        return values.reduce<FieldValue>(
          (most, value) => (most === null || value > most ? value : most),
          null,
        );
    }
  };
}

function orderMeasure(context: QueryContext, object: SObject, { path, aggregate: name }: OrderItem): Measure {
  const bound = bindPath(context, object, path);
  return name === null ? firstOf(bound) : measureOf(name, bound);
}

/** Conditions over aggregates, with numbers and texts. */
function bindHaving(context: QueryContext, object: SObject, condition: Condition): (group: Group) => boolean {
  switch (condition.type) {
    case 'and':
    case 'or': {
      const terms = condition.terms.map((term) => bindHaving(context, object, term));
      return condition.type === 'and'
        ? (group) => terms.every((term) => term(group))
        : (group) => terms.some((term) => term(group));
    }
    case 'not': {
      const term = bindHaving(context, object, condition.term);
      return (group) => !term(group);
    }
    case 'in':
      throw refuse('MALFORMED_QUERY', 'HAVING takes comparisons only');
    case 'compare': {
      const { operator, value: literal } = condition;
      const bound = bindPath(context, object, condition.path);
      const measure =
        condition.aggregate === undefined ? firstOf(bound) : measureOf(condition.aggregate, bound);
      const wanted =
        literal.type === 'null' ? null : literal.type === 'period' ? literal.name : literal.value;
      return (group) => {
        const value = measure(group);
        if (operator === '=') return value === wanted;
        if (operator === '!=') return value !== wanted;
        if (value === null || wanted === null) return false;
        const order = compareValues(value, wanted, { descending: false, nullsLast: false });
        if (operator === '<') return order < 0;
        if (operator === '<=') return order <= 0;
        return operator === '>' ? order > 0 : order >= 0;
      };
    }
  }
}

/** Order of two values: empty ones first unless asked otherwise, text in any case. */
export function compareValues(
  left: FieldValue,
  right: FieldValue,
  { descending, nullsLast }: { readonly descending: boolean; readonly nullsLast: boolean },
  isCaseSensitive = false,
): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === nullsLast ? 1 : -1;
  }
  const fold = (value: string | number | boolean): string | number | boolean =>
    typeof value === 'string' && !isCaseSensitive ? value.toLowerCase() : value;
  const first = fold(left);
  const second = fold(right);
  const order = first < second ? -1 : first > second ? 1 : 0;
  return descending ? -order : order;
}
