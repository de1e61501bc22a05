/** Splits the text of a `$filter` or `$orderby` into words. */
import { badRequest, type DataverseError } from './dataverse-error.ts';
import type { Literal } from './odata-ast.ts';

export type Token =
  | { readonly kind: 'literal'; readonly literal: Literal }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'json'; readonly values: readonly string[] }
  | { readonly kind: 'mark'; readonly text: string };

const SPACE = /^\s+/;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])/i;
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/i;
const DAY = /^\d{4}-\d{2}-\d{2}(?![\w:-])/;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w-])/;
const TEXT = /^'((?:[^']|'')*)'/;
const JSON_LIST = /^\[[^\]]*\]/;
const NAME = /^[A-Za-z_$][\w.]*/;
const ALIAS = /^@\w+/;
const MARK = /^[(),/:=]/;

export function syntaxError(detail: string): DataverseError {
  return badRequest('0x80060888', `Syntax error in the query: ${detail}`);
}

function readList(text: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // Told below.
  }
  throw syntaxError(`${text.slice(0, 60)} is not a list.`);
}

function literalAt(text: string): { readonly literal: Literal; readonly length: number } | null {
  const found = (type: 'guid' | 'stamp' | 'day', match: RegExpExecArray) => ({
    literal: { type, value: match[0] } as const,
    length: match[0].length,
  });
  const guid = GUID.exec(text);
  if (guid !== null) return found('guid', guid);
  const stamp = STAMP.exec(text);
  if (stamp !== null) return found('stamp', stamp);
  const day = DAY.exec(text);
  if (day !== null) return found('day', day);
  const number = NUMBER.exec(text);
  if (number !== null) {
    return { literal: { type: 'number', value: Number(number[0]) }, length: number[0].length };
  }
  const quoted = TEXT.exec(text);
  if (quoted === null) return null;
  const value = (quoted[1] ?? '').replace(/''/g, "'");
  return { literal: { type: 'string', value }, length: quoted[0].length };
}

/**
 * The words of a query option.
 * @param aliases values of parameters such as `@p1`, which stand for the text itself
 * @throws DataverseError where no word begins
 */
export function tokenize(source: string, aliases: ReadonlyMap<string, string> = new Map()): readonly Token[] {
  const tokens: Token[] = [];
  let rest = source;
  while (rest !== '') {
    const space = SPACE.exec(rest);
    if (space !== null) {
      rest = rest.slice(space[0].length);
      continue;
    }
    const alias = ALIAS.exec(rest);
    if (alias !== null) {
      // A parameter without a value is null.
      tokens.push(...tokenize(aliases.get(alias[0]) ?? 'null'));
      rest = rest.slice(alias[0].length);
      continue;
    }
    const list = JSON_LIST.exec(rest);
    if (list !== null) {
      tokens.push({ kind: 'json', values: readList(list[0]) });
      rest = rest.slice(list[0].length);
      continue;
    }
    const literal = literalAt(rest);
    if (literal !== null) {
      tokens.push({ kind: 'literal', literal: literal.literal });
      rest = rest.slice(literal.length);
      continue;
    }
    const word = NAME.exec(rest) ?? MARK.exec(rest);
    if (word === null)
      throw syntaxError(`character '${rest[0]}' is not valid at position ${source.length - rest.length}.`);
    tokens.push(wordToken(word[0]));
    rest = rest.slice(word[0].length);
  }
  return tokens;
}

function wordToken(word: string): Token {
  if (word === 'null') return { kind: 'literal', literal: { type: 'null', value: null } };
  if (word === 'true' || word === 'false') {
    return { kind: 'literal', literal: { type: 'boolean', value: word === 'true' } };
  }
  return { kind: MARK.test(word) ? 'mark' : 'name', text: word };
}
