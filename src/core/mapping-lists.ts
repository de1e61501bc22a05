/** The lists of a deal, gathered from the CRM's own sources: sales team, customer contacts, solutions. */
import type { Person, Solution } from './deal.ts';
import { canonicalPeople, canonicalPerson, isCompletePerson } from './lenses/people.ts';
import { canonicalSolutions } from './lenses/solutions.ts';
import { asText, type Reader } from './mapping-reader.ts';
import type { Mapping } from './mapping-types.ts';
import type { OpportunityRecord } from './ports.ts';
import { completedFrom } from './team-directory.ts';

type PeopleFrom = { readonly source: keyof OpportunityRecord['people'] } | { readonly path: string };

function gatherPeople(
  record: Pick<OpportunityRecord, 'values' | 'people'>,
  sources: readonly PeopleFrom[],
): Person[] | null {
  const people: Person[] = [];
  let known = false;
  for (const from of sources) {
    if ('source' in from) {
      const found = record.people[from.source];
      if (found === undefined) continue;
      known = true;
      people.push(...found);
    } else if (Object.hasOwn(record.values, from.path)) {
      known = true;
      // Without an address it says nothing, and is dropped with all who say nothing.
      people.push({ firstName: null, lastName: null, email: asText(record.values[from.path]), phone: null });
    }
  }
  return known ? people : null;
}

/** The sales team as the CRM holds it; null where it is not to be seen. */
export function crmTeamOf(
  record: Pick<OpportunityRecord, 'values' | 'people'>,
  mapping: Mapping,
): readonly Person[] | null {
  // A connection of the sales team is one with a colleague, one of the customer's is one with a contact.
  const team = gatherPeople(
    record,
    mapping.team.from.map((from) =>
      'source' in from && from.source === 'connections' ? { source: 'connectedUsers' as const } : from,
    ),
  );
  // Colleagues' numbers are read without a country: nothing says where a colleague sits.
  return team === null ? null : canonicalPeople(team);
}

/** Reads team and contacts. @param country the customer's, for the contacts' phone numbers */
export function readPeople({ record, mapping, defaulted, deal }: Reader, country: string | null): void {
  const held = crmTeamOf(record, mapping);
  if (held !== null) {
    const known = mapping.team.directory ?? new Map();
    const completed = held.map((member) => completedFrom(member, known));
    const members = canonicalPeople(completed);
    if (completed.some((member, index) => member !== held[index])) defaulted.push('team');
    const complete = members.filter(isCompletePerson);
    const { fallback } = mapping.team;
    // Partner Center takes only complete members, and one is enough; without any, what is missing is said.
    if (complete.length > 0) deal.team = complete;
    else if (fallback !== null) {
      deal.team = [canonicalPerson(fallback, null)];
      if (!defaulted.includes('team')) defaulted.push('team');
    } else deal.team = members;
  }
  const contacts = gatherPeople(record, mapping.contacts);
  if (contacts !== null) deal.contacts = canonicalPeople(contacts, country);
}

/** Ids of our own solutions, and of Microsoft's. */
export const SOLUTION_ID = /^(?:SOL-[A-Z0-9-]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Reads the solutions, through the mapping's catalogue. */
export function readSolutions({ record, mapping, problems, defaulted, deal }: Reader): void {
  const names: { readonly id: string | null; readonly name: string }[] = [];
  let known = false;
  for (const from of mapping.solutions.from) {
    if ('source' in from) {
      if (record.products === undefined) continue;
      known = true;
      for (const product of record.products) names.push({ id: product.id, name: product.name ?? product.id });
    } else if (Object.hasOwn(record.values, from.path)) {
      known = true;
      const text = asText(record.values[from.path]);
      for (const name of text?.split(';') ?? [])
        if (name.trim() !== '') names.push({ id: null, name: name.trim() });
    }
  }
  if (!known && mapping.solutions.from.length > 0) return;
  const solutions: Solution[] = [];
  let unknown = false;
  for (const { id, name } of names) {
    const catalogued = mapping.solutions.catalogue[name] ?? mapping.solutions.catalogue[id ?? name];
    if (catalogued !== undefined) solutions.push({ id: catalogued, name });
    else if (SOLUTION_ID.test(name)) solutions.push({ id: name, name: null });
    else {
      unknown = true;
      problems.push({
        field: 'solutions',
        code: 'unknown-product',
        text: `the product "${name}" has no solution id in the mapping's catalogue`,
      });
    }
  }
  // A product nobody knows makes the whole list unknown: sending the rest would remove it at Microsoft.
  if (unknown) return;
  if (solutions.length === 0 && mapping.solutions.default !== null) {
    solutions.push({ id: mapping.solutions.default, name: null });
    defaulted.push('solutions');
  }
  deal.solutions = canonicalSolutions(solutions);
}
