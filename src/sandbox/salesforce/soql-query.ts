/** Runs queries: finds the rows, orders them, and renders them when a page asks for them. */
import type { SObject } from './object.ts';
import { refuse } from './salesforce-error.ts';
import { aggregate, compareValues, isAggregateQuery, isBareCount } from './soql-aggregate.ts';
import type { Query, SelectItem } from './soql-ast.ts';
import { type BoundPath, bindObject, bindPath, type QueryContext } from './soql-bind.ts';
import { errorAt } from './soql-lexer.ts';
import { bindCondition, type Predicate } from './soql-match.ts';
import { parseSoql } from './soql-parser.ts';
import { candidates } from './soql-plan.ts';
import { buildTree, type RenderChildren, renderRow } from './soql-render.ts';
import type { FieldValue, JsonRecord, Values } from './values.ts';

const MAX_OFFSET = 2_000;
const MAX_SUBQUERIES = 20;
/** With two or more long text columns, pages are small. */
const LONG_TEXT_PAGE = 200;

/** What a query found; rows are rendered one by one. */
export interface ResultSet {
  readonly object: SObject;
  /** Rows in all, which for a bare `COUNT()` are counted only. */
  readonly totalSize: number;
  readonly length: number;
  /** Page size that the columns allow; null when they ask for no smaller one. */
  readonly pageCap: number | null;
  render(index: number, version: string): JsonRecord;
}

/** Stores the rest of a child result and gives the address of its next page. */
export type OpenChildPage = (rest: ResultSet, version: string) => string;

export interface QueryOptions extends QueryContext {
  /** Child rows rendered with their parent, at most. */
  readonly childPageSize: number;
  readonly openChildPage: OpenChildPage;
}

/** @throws SalesforceError when the query is malformed or names something that is not there */
export function runQuery(options: QueryOptions): ResultSet {
  return run(options, parseSoql(options.soql));
}

/** Whether a row fulfils a condition written as after WHERE. */
export function bindWhere(context: QueryContext, object: SObject, where: Query['where']): Predicate {
  if (where === null) return () => true;
  return bindCondition(context, object, where, (query) => firstColumn(context, query));
}

function run(options: QueryOptions, query: Query): ResultSet {
  const object = bindObject(options, query.from);
  if (query.offset > MAX_OFFSET) {
    throw refuse('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
  }
  if (isBareCount(query)) {
    const count = find(options, object, { ...query, orderBy: [] }).length;
    return emptyOf(object, count);
  }
  if (isAggregateQuery(query)) {
    const matching = find(options, object, { ...query, orderBy: [], limit: null, offset: 0 });
    const lines = aggregate(options, object, query, matching);
    return { ...emptyOf(object, lines.length), length: lines.length, render: (index) => lines[index] ?? {} };
  }
  if (query.select.filter(({ type }) => type === 'subquery').length > MAX_SUBQUERIES) {
    throw refuse('MALFORMED_QUERY', `Maximum number of child subqueries is ${MAX_SUBQUERIES}`);
  }
  const tree = buildTree(options, object, query.select, (item) => bindChildren(options, object, item));
  const rows = find(options, object, query);
  const longColumns = tree.items.filter(
    (item) => item.kind === 'field' && item.field.custom && !item.field.filterable,
  );
  return {
    object,
    totalSize: rows.length,
    length: rows.length,
    pageCap: longColumns.length >= 2 ? LONG_TEXT_PAGE : null,
    render: (index, version) => renderRow(options, tree, rows[index] ?? {}, version),
  };
}

function emptyOf(object: SObject, totalSize: number): ResultSet {
  return { object, totalSize, length: 0, pageCap: null, render: () => ({}) };
}

/** The rows that match, in order, cut to LIMIT and OFFSET. */
function find(context: QueryContext, object: SObject, query: Query): readonly Values[] {
  const { store } = context.parts;
  const nowMs = context.parts.clock.now().getTime();
  const table = store.table(object.name);
  const matches = bindWhere(context, object, query.where);
  const order = bindOrder(context, object, query);
  const found: Values[] = [];
  const look = (values: Values | null): void => {
    if (values === null || (values.IsDeleted === true && !context.includeDeleted)) return;
    if (matches(values)) found.push(values);
  };
  const ids = candidates(context, object, query.where);
  if (ids === null) for (const row of table.rows()) look(table.view(row, nowMs));
  else for (const id of ids) look(store.read(object.name, id));
  if (order !== null) found.sort(order);
  return found.slice(query.offset, query.limit === null ? undefined : query.offset + query.limit);
}

type Order = (left: Values, right: Values) => number;

function bindOrder(context: QueryContext, object: SObject, { orderBy }: Query): Order | null {
  if (orderBy.length === 0) return null;
  const keys = orderBy.map((item) => {
    const bound: BoundPath = bindPath(context, object, item.path);
    if (!bound.field.sortable) {
      throw errorAt(
        context.soql,
        item.path.at,
        'MALFORMED_QUERY',
        `field '${bound.field.name}' can not be sorted in a query call`,
      );
    }
    // Ids sort byte by byte, everything else in any case.
    return { item, bound, isExact: bound.field.type === 'id' || bound.field.type === 'reference' };
  });
  return (left, right) => {
    for (const { item, bound, isExact } of keys) {
      const difference = compareValues(bound.get(left), bound.get(right), item, isExact);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

/** A child subquery, bound once for all parents. */
function bindChildren(
  options: QueryOptions,
  parent: SObject,
  { query }: Extract<SelectItem, { type: 'subquery' }>,
): { name: string; render: RenderChildren } {
  const { parts, includeDeleted } = options;
  const wanted = query.from.parts.join('.').toLowerCase();
  const relationship = parts.schema
    .children(parent)
    .find(({ field }) => field.childRelationship?.toLowerCase() === wanted);
  if (relationship === undefined) {
    throw errorAt(
      options.soql,
      query.from.at,
      'INVALID_FIELD',
      `Didn't understand relationship '${query.from.parts.join('.')}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }
  const { object, field } = relationship;
  const matches = bindWhere(options, object, query.where);
  const order = bindOrder(options, object, query);
  const tree = buildTree(options, object, query.select, (item) => bindChildren(options, object, item));
  const table = parts.store.table(object.name);
  const render: RenderChildren = (parentId, version) => {
    const rows: Values[] = [];
    for (const id of new Set(table.idsWith(field.name, parentId))) {
      const values = parts.store.read(object.name, id);
      if (values === null || values[field.name] !== parentId) continue;
      if (values.IsDeleted === true && !includeDeleted) continue;
      if (matches(values)) rows.push(values);
    }
    if (order !== null) rows.sort(order);
    const kept = rows.slice(query.offset, query.limit === null ? undefined : query.offset + query.limit);
    if (kept.length === 0) return null;
    const show = (values: Values): JsonRecord => renderRow(options, tree, values, version);
    const rest = kept.slice(options.childPageSize);
    const first = kept.slice(0, options.childPageSize).map(show);
    if (rest.length === 0) return { totalSize: kept.length, done: true, records: first };
    const further: ResultSet = {
      object,
      totalSize: kept.length,
      length: rest.length,
      pageCap: null,
      render: (index) => show(rest[index] ?? {}),
    };
    return {
      totalSize: kept.length,
      done: false,
      nextRecordsUrl: options.openChildPage(further, version),
      records: first,
    };
  };
  return { name: field.childRelationship ?? '', render };
}

function firstColumn(context: QueryContext, query: Query): ReadonlySet<FieldValue> {
  const object = bindObject(context, query.from);
  const [item] = query.select;
  if (item?.type !== 'field') throw refuse('MALFORMED_QUERY', 'A semi join selects one column');
  const bound = bindPath(context, object, item.path);
  return new Set(find(context, object, query).map((values) => bound.get(values)));
}
