/** The conditions of WHERE and HAVING. */
import type { AggregateName, Comparison, Condition, Literal, Query } from './soql-ast.ts';
import { type Cursor, isAggregate } from './soql-cursor.ts';
import { errorAt } from './soql-lexer.ts';
import { parseDate, parseDateTime } from './values.ts';

type ParseQuery = (cursor: Cursor) => Query;

const OPERATORS: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const PERIODS =
  /^(?:today|yesterday|tomorrow|(?:this|last|next)_(?:week|month|quarter|year)|last_90_days|next_90_days)$/i;
const COUNTED_PERIODS = /^(?:last|next)_n_(?:days|weeks|months|quarters|years)$/i;

/** `a AND b AND (c OR d)`: AND and OR do not mix without parentheses, as in SOQL. */
export function parseConditions(cursor: Cursor, parseQuery: ParseQuery): Condition {
  const terms = [parseTerm(cursor, parseQuery)];
  const type = cursor.accept('and') ? 'and' : cursor.accept('or') ? 'or' : null;
  if (type === null) return terms[0] ?? { type: 'and', terms };
  do terms.push(parseTerm(cursor, parseQuery));
  while (cursor.accept(type));
  const following = cursor.peek();
  if (/^(?:and|or)$/i.test(following.value) && following.type === 'word') throw cursor.unexpected(following);
  return { type, terms };
}

function parseTerm(cursor: Cursor, parseQuery: ParseQuery): Condition {
  if (cursor.accept('not')) return { type: 'not', term: parseTerm(cursor, parseQuery) };
  if (cursor.acceptSymbol('(')) {
    const inner = parseConditions(cursor, parseQuery);
    cursor.expectSymbol(')');
    return inner;
  }
  return parseComparison(cursor, parseQuery);
}

function parseComparison(cursor: Cursor, parseQuery: ParseQuery): Condition {
  let path = cursor.path();
  let aggregate: AggregateName | null = null;
  const name = path.parts[0]?.toLowerCase() ?? '';
  if (path.parts.length === 1 && isAggregate(name) && cursor.acceptSymbol('(')) {
    aggregate = name;
    const isBare = cursor.acceptSymbol(')');
    if (isBare) path = { parts: ['Id'], at: path.at };
    else {
      path = cursor.path();
      cursor.expectSymbol(')');
    }
  }
  const negated = cursor.accept('not', 'in');
  if (negated || cursor.accept('in')) {
    cursor.expectSymbol('(');
    const values = /^select$/i.test(cursor.peek().value) ? parseQuery(cursor) : parseList(cursor);
    cursor.expectSymbol(')');
    return { type: 'in', path, negated, values };
  }
  const token = cursor.next();
  const isLike = token.type === 'word' && token.value.toLowerCase() === 'like';
  const operator = isLike ? 'like' : token.type === 'symbol' ? OPERATORS[token.value] : undefined;
  if (operator === undefined) throw cursor.unexpected(token);
  const value = parseLiteral(cursor);
  return { type: 'compare', path, operator, value, ...(aggregate === null ? {} : { aggregate }) };
}

function parseList(cursor: Cursor): Literal[] {
  const values = [parseLiteral(cursor)];
  while (cursor.acceptSymbol(',')) values.push(parseLiteral(cursor));
  return values;
}

function parseLiteral(cursor: Cursor): Literal {
  const token = cursor.next();
  switch (token.type) {
    case 'text':
      return { type: 'text', value: token.value };
    case 'number':
      return { type: 'number', value: Number(token.value) };
    case 'date': {
      const date = parseDate(token.value);
      if (date !== null) return { type: 'date', value: date };
      break;
    }
    case 'datetime': {
      const stamp = parseDateTime(token.value.toUpperCase());
      if (stamp !== null) return { type: 'datetime', value: stamp };
      break;
    }
    case 'word': {
      const word = token.value.toLowerCase();
      if (word === 'null') return { type: 'null' };
      if (word === 'true' || word === 'false') return { type: 'boolean', value: word === 'true' };
      if (PERIODS.test(word)) return { type: 'period', name: word, count: 1 };
      if (COUNTED_PERIODS.test(word)) {
        cursor.expectSymbol(':');
        const count = cursor.next();
        if (/^\d+$/.test(count.value)) return { type: 'period', name: word, count: Number(count.value) };
      }
      break;
    }
    default:
      break;
  }
  throw token.type === 'symbol' && token.value === ':'
    ? errorAt(cursor.soql, token.at, 'MALFORMED_QUERY', 'Bind variables only allowed in Apex code')
    : cursor.unexpected(token);
}
