/** Recursive descent over SOQL's tokens. Keywords and names are taken in any case. */
import type { AggregateName, Condition, OrderItem, Path, Query, SelectItem } from './soql-ast.ts';
import { parseConditions } from './soql-conditions.ts';
import { type Cursor, createCursor, isAggregate } from './soql-cursor.ts';
import { errorAt } from './soql-lexer.ts';

const CLAUSES: ReadonlySet<string> = new Set([
  'from',
  'where',
  'with',
  'group',
  'having',
  'order',
  'limit',
  'offset',
  'for',
  'using',
]);

/** @throws SalesforceError MALFORMED_QUERY */
export function parseSoql(soql: string): Query {
  const cursor = createCursor(soql);
  const query = parseQuery(cursor);
  if (cursor.peek().type !== 'end') throw cursor.unexpected();
  return query;
}

/** A condition as it stands after WHERE. */
export function parseWhere(text: string): Condition {
  const cursor = createCursor(text);
  const condition = parseConditions(cursor, parseQuery);
  if (cursor.peek().type !== 'end') throw cursor.unexpected();
  return condition;
}

function parseQuery(cursor: Cursor): Query {
  cursor.expect('select');
  const select = [parseSelectItem(cursor)];
  while (cursor.acceptSymbol(',')) select.push(parseSelectItem(cursor));
  cursor.expect('from');
  const named = cursor.path();
  cursor.accept('as');
  const following = cursor.peek();
  const isAlias = following.type === 'word' && !CLAUSES.has(following.value.toLowerCase());
  const alias = isAlias ? cursor.next().value.toLowerCase() : null;
  if (cursor.accept('using')) {
    cursor.expect('scope');
    cursor.next();
  }
  const where = cursor.accept('where') ? parseConditions(cursor, parseQuery) : null;
  if (cursor.accept('with')) cursor.next();
  const groupBy: Path[] = [];
  if (cursor.accept('group', 'by')) {
    do groupBy.push(cursor.path());
    while (cursor.acceptSymbol(','));
  }
  const having = cursor.accept('having') ? parseConditions(cursor, parseQuery) : null;
  const orderBy: OrderItem[] = [];
  if (cursor.accept('order', 'by')) {
    do orderBy.push(parseOrderItem(cursor));
    while (cursor.acceptSymbol(','));
  }
  const limit = cursor.accept('limit') ? parseCount(cursor) : null;
  const offset = cursor.accept('offset') ? parseCount(cursor) : 0;
  if (cursor.accept('for')) cursor.next();
  const query = { select, from: named, where, groupBy, having, orderBy, limit, offset };
  return alias === null ? query : withoutAlias(query, alias);
}

function parseCount(cursor: Cursor): number {
  const token = cursor.next();
  if (token.type !== 'number' || !/^\d+$/.test(token.value)) throw cursor.unexpected(token);
  return Number(token.value);
}

function parseSelectItem(cursor: Cursor): SelectItem {
  if (cursor.acceptSymbol('(')) {
    const query = parseQuery(cursor);
    cursor.expectSymbol(')');
    return { type: 'subquery', query };
  }
  if (CLAUSES.has(cursor.peek().value.toLowerCase())) throw cursor.unexpected();
  const path = cursor.path();
  const name = path.parts[0]?.toLowerCase() ?? '';
  if (path.parts.length === 1 && cursor.acceptSymbol('(')) {
    if (isAggregate(name)) {
      const isBare = name === 'count' && cursor.acceptSymbol(')');
      const inner = isBare ? null : cursor.path();
      if (!isBare) cursor.expectSymbol(')');
      return { type: 'aggregate', name, path: inner, alias: parseAlias(cursor) };
    }
    if (name === 'fields') {
      const group = cursor.next().value.toLowerCase();
      cursor.expectSymbol(')');
      if (group === 'all' || group === 'standard' || group === 'custom') return { type: 'fields', group };
    }
    // `toLabel(StageName)` and `FORMAT(Amount)`: the sandbox has one language, so the value is its own label.
    if (name === 'tolabel' || name === 'format') {
      const inner = cursor.path();
      cursor.expectSymbol(')');
      return { type: 'field', path: inner, alias: parseAlias(cursor) };
    }
    throw errorAt(cursor.soql, path.at, 'MALFORMED_QUERY', `unexpected token: '${path.parts[0]}'`);
  }
  return { type: 'field', path, alias: parseAlias(cursor) };
}

function parseAlias(cursor: Cursor): string | null {
  const token = cursor.peek();
  if (token.type !== 'word' || CLAUSES.has(token.value.toLowerCase())) return null;
  return cursor.next().value;
}

function parseOrderItem(cursor: Cursor): OrderItem {
  let path = cursor.path();
  let aggregate: AggregateName | null = null;
  const name = path.parts[0]?.toLowerCase() ?? '';
  if (isAggregate(name) && cursor.acceptSymbol('(')) {
    aggregate = name;
    path = cursor.acceptSymbol(')') ? { parts: ['Id'], at: path.at } : cursor.path();
    if (cursor.peek().value === ')') cursor.expectSymbol(')');
  }
  const descending = cursor.accept('desc');
  if (!descending) cursor.accept('asc');
  let nullsLast = false;
  if (cursor.accept('nulls')) {
    nullsLast = cursor.accept('last');
    if (!nullsLast) cursor.expect('first');
  }
  return { path, aggregate, descending, nullsLast };
}

/** The query with an alias of its object (`FROM Opportunity o`) taken off the paths. */
function withoutAlias(query: Query, alias: string): Query {
  const strip = (path: Path): Path =>
    path.parts.length > 1 && path.parts[0]?.toLowerCase() === alias
      ? { ...path, parts: path.parts.slice(1) }
      : path;
  const stripAll = (condition: Condition): Condition => {
    switch (condition.type) {
      case 'and':
      case 'or':
        return { ...condition, terms: condition.terms.map(stripAll) };
      case 'not':
        return { ...condition, term: stripAll(condition.term) };
      default:
        return { ...condition, path: strip(condition.path) };
    }
  };
  return {
    ...query,
    select: query.select.map((item): SelectItem => {
      if (item.type === 'field') return { ...item, path: strip(item.path) };
      if (item.type === 'aggregate') return { ...item, path: item.path === null ? null : strip(item.path) };
      return item;
    }),
    where: query.where === null ? null : stripAll(query.where),
    groupBy: query.groupBy.map(strip),
    orderBy: query.orderBy.map((item) => ({ ...item, path: strip(item.path) })),
  };
}
