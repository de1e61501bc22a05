/** The part of Graph's query options that lists of people take: filters by equality, a selection, a first few. */
import type { SandboxRequest } from '../kernel/server.ts';
import { GraphRefusal } from './graph-error.ts';
import type { GraphPerson } from './people.ts';

const DEFAULT_TOP = 100;
const MAX_TOP = 999;
const FILTERABLE = new Set([
  'id',
  'displayName',
  'givenName',
  'surname',
  'mail',
  'userPrincipalName',
  'jobTitle',
]);
const ADVANCED = /\b(?:ne|not|endswith)\b|\$count|\$search/i;
const COMPARISON = /^\(?\s*(\w+)\s+eq\s+(?:'((?:[^']|'')*)'|null)\s*\)?$/i;
const STARTS = /^\(?\s*startswith\(\s*(\w+)\s*,\s*'((?:[^']|'')*)'\s*\)\s*\)?$/i;

type Test = (person: GraphPerson) => boolean;

function unsupported(message: string): GraphRefusal {
  return new GraphRefusal(400, 'Request_UnsupportedQuery', message);
}

function textValue(person: GraphPerson, property: string): string | null {
  const entry = Object.entries(person).find(([name]) => name.toLowerCase() === property.toLowerCase());
  return typeof entry?.[1] === 'string' ? entry[1].toLowerCase() : null;
}

function checkProperty(property: string): void {
  if (![...FILTERABLE].some((name) => name.toLowerCase() === property.toLowerCase()))
    throw unsupported(`Unsupported or invalid query filter clause specified for property '${property}'.`);
}

/** Splits at a word that stands outside of quoted text. */
function splitAt(text: string, word: 'or' | 'and'): string[] {
  const parts: string[] = [];
  let rest = '';
  for (const piece of text.match(/'(?:[^']|'')*'|\s+|[^\s']+/g) ?? []) {
    if (piece.toLowerCase() === word) {
      parts.push(rest);
      rest = '';
    } else rest += piece;
  }
  return [...parts, rest];
}

function parseTerm(term: string): Test {
  const compared = COMPARISON.exec(term.trim());
  if (compared !== null) {
    const [, property = '', quoted] = compared;
    checkProperty(property);
    const wanted = quoted === undefined ? null : quoted.replaceAll("''", "'").toLowerCase();
    return (person) => textValue(person, property) === wanted;
  }
  const started = STARTS.exec(term.trim());
  if (started === null) throw new GraphRefusal(400, 'Request_BadRequest', 'Invalid filter clause');
  const [, property = '', quoted = ''] = started;
  checkProperty(property);
  const wanted = quoted.replaceAll("''", "'").toLowerCase();
  return (person) => textValue(person, property)?.startsWith(wanted) === true;
}

function parseFilter(text: string): Test {
  const choices = splitAt(text, 'or').map((choice) => splitAt(choice, 'and').map(parseTerm));
  return (person) => choices.some((terms) => terms.every((test) => test(person)));
}

/** A person with the properties asked for. */
export function selected(person: GraphPerson, query: URLSearchParams): object {
  const wanted = query.get('$select')?.split(',') ?? null;
  if (wanted === null) return person;
  return Object.fromEntries(
    Object.entries(person).filter(([name]) =>
      wanted.some((key) => key.trim().toLowerCase() === name.toLowerCase()),
    ),
  );
}

/** The people a list asks for. @throws GraphRefusal 400 */
export function matching(people: readonly GraphPerson[], request: SandboxRequest): readonly object[] {
  const { query, headers } = request;
  const filter = query.get('$filter');
  const isAdvanced = ADVANCED.test(filter ?? '') || query.has('$count') || query.has('$search');
  if (isAdvanced && headers.consistencylevel?.toLowerCase() !== 'eventual')
    throw unsupported('Operator is not supported without the header ConsistencyLevel.');
  if (isAdvanced) throw unsupported('The sandbox does not do advanced queries.');
  const top = Number(query.get('$top') ?? DEFAULT_TOP);
  if (!Number.isInteger(top) || top < 1 || top > MAX_TOP)
    throw new GraphRefusal(400, 'Request_BadRequest', 'Invalid page size specified.');
  const test = filter === null ? () => true : parseFilter(filter);
  return people
    .filter(test)
    .slice(0, top)
    .map((person) => selected(person, query));
}
