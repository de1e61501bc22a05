/** Reads a `$filter`. Precedence: not, comparison, and, or. */
import type { Comparison, Expression, Operand, TextTest } from './odata-ast.ts';
import { syntaxError, type Token, tokenize } from './odata-lexer.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const TEXT_TESTS: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);
const QUERY_PREFIX = 'Microsoft.Dynamics.CRM.';

const isComparison = (text: string): text is Comparison => COMPARISONS.has(text);
const isTextTest = (text: string): text is TextTest => TEXT_TESTS.has(text);

class Reader {
  readonly tokens: readonly Token[];
  position = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.position + ahead];
  }

  is(kind: 'name' | 'mark', text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token?.kind === kind && token.text === text;
  }

  take(kind: 'name' | 'mark', text: string): void {
    if (!this.is(kind, text)) throw syntaxError(`'${text}' expected at word ${this.position + 1}.`);
    this.position += 1;
  }

  accept(kind: 'name' | 'mark', text: string): boolean {
    if (!this.is(kind, text)) return false;
    this.position += 1;
    return true;
  }

  name(): string {
    const token = this.peek();
    if (token?.kind !== 'name') throw syntaxError(`a name expected at word ${this.position + 1}.`);
    this.position += 1;
    return token.text;
  }
}

/** @throws DataverseError when the text is no filter */
export function parseFilter(source: string, aliases: ReadonlyMap<string, string>): Expression {
  const reader = new Reader(tokenize(source, aliases));
  const expression = readOr(reader);
  if (reader.peek() !== undefined) throw syntaxError(`nothing more expected at word ${reader.position + 1}.`);
  return expression;
}

function readOr(reader: Reader): Expression {
  let left = readAnd(reader);
  while (reader.accept('name', 'or')) left = { kind: 'or', left, right: readAnd(reader) };
  return left;
}

function readAnd(reader: Reader): Expression {
  let left = readNot(reader);
  while (reader.accept('name', 'and')) left = { kind: 'and', left, right: readNot(reader) };
  return left;
}

function readNot(reader: Reader): Expression {
  if (reader.accept('name', 'not')) return { kind: 'not', inner: readNot(reader) };
  return readPrimary(reader);
}

function readPrimary(reader: Reader): Expression {
  if (reader.accept('mark', '(')) {
    const inner = readOr(reader);
    reader.take('mark', ')');
    return inner;
  }
  const token = reader.peek();
  if (token?.kind === 'name' && reader.is('mark', '(', 1)) {
    if (isTextTest(token.text)) return readTextTest(reader, token.text);
    if (token.text.startsWith(QUERY_PREFIX)) return readQueryFunction(reader);
    throw syntaxError(`An unknown function with name '${token.text}' was found.`);
  }
  const left = readOperand(reader);
  if (left.kind === 'path' && (reader.is('mark', '(') || isLambda(left)))
    return readLambda(reader, left.segments);
  const operator = reader.peek();
  if (operator?.kind !== 'name' || !isComparison(operator.text)) {
    if (left.kind === 'path') {
      const right: Operand = { kind: 'literal', literal: { type: 'boolean', value: true } };
      return { kind: 'compare', operator: 'eq', left, right };
    }
    throw syntaxError(`a comparison expected at word ${reader.position + 1}.`);
  }
  reader.position += 1;
  return { kind: 'compare', operator: operator.text, left, right: readOperand(reader) };
}

const isLambda = ({ segments }: { readonly segments: readonly string[] }): boolean => {
  const last = segments[segments.length - 1];
  return segments.length > 1 && (last === 'any' || last === 'all');
};

function readTextTest(reader: Reader, test: TextTest): Expression {
  reader.position += 1;
  reader.take('mark', '(');
  const subject = readOperand(reader);
  reader.take('mark', ',');
  const text = readOperand(reader);
  reader.take('mark', ')');
  return { kind: 'text', test, subject, text };
}

/** `Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=["a","b"])` */
function readQueryFunction(reader: Reader): Expression {
  const name = reader.name().slice(QUERY_PREFIX.length);
  reader.take('mark', '(');
  let property = '';
  let values: readonly string[] = [];
  while (!reader.accept('mark', ')')) {
    const parameter = reader.name();
    reader.take('mark', '=');
    const token = reader.peek();
    reader.position += 1;
    if (parameter === 'PropertyName' && token?.kind === 'literal') property = String(token.literal.value);
    else if (token?.kind === 'json') values = token.values;
    else if (token?.kind === 'literal') values = [String(token.literal.value)];
    else throw syntaxError(`the parameter ${parameter} of ${name} has no value.`);
    reader.accept('mark', ',');
  }
  return { kind: 'query', name, property, values };
}

function readLambda(reader: Reader, segments: readonly string[]): Expression {
  const quantifier = segments[segments.length - 1] === 'all' ? 'all' : 'any';
  const path = segments.slice(0, -1);
  reader.take('mark', '(');
  if (reader.accept('mark', ')')) return { kind: 'lambda', quantifier, path, variable: null, body: null };
  const variable = reader.name();
  reader.take('mark', ':');
  const body = readOr(reader);
  reader.take('mark', ')');
  return { kind: 'lambda', quantifier, path, variable, body };
}

function readOperand(reader: Reader): Operand {
  const token = reader.peek();
  if (token === undefined) throw syntaxError('the query ends too early.');
  if (token.kind === 'literal') {
    reader.position += 1;
    return { kind: 'literal', literal: token.literal };
  }
  const segments = [reader.name()];
  // A type's name and a quoted member: an enumeration's value.
  const next = reader.peek();
  if ((segments[0] ?? '').startsWith(QUERY_PREFIX) && next?.kind === 'literal') {
    reader.position += 1;
    return { kind: 'literal', literal: { type: 'enum', value: String(next.literal.value) } };
  }
  while (reader.accept('mark', '/')) segments.push(reader.name());
  return { kind: 'path', segments };
}
