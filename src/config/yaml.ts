/**
 * YAML to plain values. Messages are our own and name the line: the library's quote the file, where secrets may stand.
 */
import { type ErrorCode, LineCounter, parseDocument, visit } from 'yaml';
import { ConfigurationError } from '../core/errors.ts';

/** Far more than any configuration, far less than what exhausts memory. */
const MAX_LENGTH = 1_000_000;
/** Deeper than anything the schemas know; also stops structures that contain themselves. */
const MAX_DEPTH = 40;

const MEANINGS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: 'an alias (*name) can carry no tag or anchor',
  BAD_ALIAS: 'text that begins with * must stand in quotes',
  BAD_COLLECTION_TYPE: 'a tag does not fit what follows it',
  BAD_DIRECTIVE: 'text that begins with % must stand in quotes',
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins no known escape; write \\\\ or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  BAD_SCALAR_START: 'the text begins with a character that needs quotes around it',
  BLOCK_AS_IMPLICIT_KEY: 'a value contains ": "; put it in quotes, or begin a new line',
  BLOCK_IN_FLOW: 'a list or section by indentation cannot stand inside { } or [ ]',
  DUPLICATE_KEY: 'the key stands here a second time; keep one',
  MISSING_CHAR: 'a closing quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines; a colon or a quote is probably missing',
  MULTIPLE_DOCS: 'a second document begins (---); a file holds one',
  NON_STRING_KEY: 'a key must be text',
  TAB_AS_INDENT: 'indentation must be spaces, not tabs',
  TAG_RESOLVE_FAILED: 'text that begins with ! must stand in quotes',
  UNEXPECTED_TOKEN: 'the text goes on where a value should have ended; quotes are probably missing',
};

/**
 * Reads a YAML text as plain values; keys without a value are `undefined`.
 *
 * @param name the file's name for messages
 * @throws ConfigurationError one problem for each line that cannot be read
 */
export function parseYaml(text: string, name: string): unknown {
  const fail = (problem: string): ConfigurationError => new ConfigurationError([`${name}: ${problem}`]);
  if (text.length > MAX_LENGTH) throw fail(`the file is longer than ${MAX_LENGTH} characters`);
  const lines = new LineCounter();
  const problems = new Map<number, string>();
  const note = (offset: number, problem: string): void => {
    const { line, col } = lines.linePos(offset);
    if (!problems.has(line)) problems.set(line, `${name}, line ${line}, column ${col}: ${problem}`);
  };
  let value: unknown;
  try {
    const document = parseDocument(text.replace(/^\uFEFF/, ''), {
      lineCounter: lines,
      // Silence would also hide that a second document follows.
      logLevel: 'error',
      prettyErrors: false,
      stringKeys: true,
    });
    for (const error of document.errors) {
      note(error.pos[0], MEANINGS[error.code] ?? 'this is not valid YAML');
    }
    for (const warning of document.warnings) {
      note(warning.pos[0], 'text that begins with ! or % must stand in quotes');
    }
    visit(document, {
      Alias: (_key, alias) => {
        if (alias.resolve(document) === undefined) {
          note(alias.range?.[0] ?? 0, 'text that begins with * must stand in quotes');
        }
      },
    });
    if (problems.size === 0) value = document.toJS();
  } catch {
    // Too deep for the parser, or aliases that multiply beyond its limit.
    throw fail('the file is nested too deeply, or repeats itself by aliases');
  }
  if (problems.size > 0) throw new ConfigurationError([...problems.values()]);
  const plain = withoutNulls(value, MAX_DEPTH);
  if (plain === TOO_DEEP) throw fail(`the file is nested more than ${MAX_DEPTH} levels deep`);
  return plain;
}

const TOO_DEEP = Symbol('too deep');

/** A key without a value counts as left out, but is still seen, so that an unknown one is reported. */
function withoutNulls(value: unknown, depth: number): unknown {
  if (depth === 0) return TOO_DEEP;
  if (value === null) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutNulls(item, depth - 1) ?? null);
    return items.includes(TOO_DEEP) ? TOO_DEEP : items;
  }
  const members = Object.entries(value).map(
    ([key, member]) => [key, withoutNulls(member, depth - 1)] as const,
  );
  return members.some(([, member]) => member === TOO_DEEP) ? TOO_DEEP : Object.fromEntries(members);
}
