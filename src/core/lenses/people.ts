/** Sales team members and customer contacts: one form, one identity, one order. */
import type { Person } from '../deal.ts';
import { canonicalJson } from './canonical-json.ts';
import { toE164 } from './phone.ts';
import { canonicalText } from './text.ts';

/** A person as a side gives it; parts may be missing. */
export type PersonInput = { readonly [Part in keyof Person]?: string | null | undefined };

/** The parts that a complete person has, in the order in which a form asks for them. */
export const PERSON_PARTS = [
  'firstName',
  'lastName',
  'email',
  'phone',
] as const satisfies readonly (keyof Person)[];
export type PersonPart = (typeof PERSON_PARTS)[number];

const PLAUSIBLE_EMAIL = /^[^\s@<>,;]+@[^\s@<>,;.]+(?:\.[^\s@<>,;.]+)+$/;
const MAX_EMAIL_LENGTH = 254;

function oneLine(value: string | null | undefined): string | null {
  return canonicalText(value)?.replace(/\s+/gu, ' ') ?? null;
}

/** In lower case, which may decompose a letter that the canonical form composes again. */
function emailOf(person: PersonInput): string | null {
  return canonicalText(oneLine(person.email)?.toLowerCase());
}

/**
 * A person in canonical form: e-mail in lower case, phone as E.164 where it can be read.
 *
 * @param country ISO 3166-1 alpha-2 whose national numbers are expected, or null.
 */
export function canonicalPerson(input: PersonInput, country: string | null): Person {
  const phone = oneLine(input.phone);
  return {
    firstName: oneLine(input.firstName),
    lastName: oneLine(input.lastName),
    email: emailOf(input),
    phone: phone === null ? null : toE164(phone, country),
  };
}

/** Identity: the e-mail in lower case, else the names, else the phone; empty for a person of whom nothing is known. */
export function personKey(person: PersonInput): string {
  const email = emailOf(person);
  if (email !== null) return email;
  const names = [oneLine(person.firstName), oneLine(person.lastName)].filter((name) => name !== null);
  return names.length > 0 ? names.join(' ').toLowerCase() : toE164(oneLine(person.phone) ?? '', null);
}

/** Orders different texts; whichever of two equal ones comes first makes no difference here. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** One of several rows for one person: the fullest, its gaps filled from the others, whatever order they came in. */
function merge(rows: readonly Person[]): Person {
  const fullestFirst = rows.toSorted(
    (a, b) =>
      missingPersonParts(a).length - missingPersonParts(b).length ||
      compareText(canonicalJson(a), canonicalJson(b)),
  );
  const pick = (part: PersonPart) => fullestFirst.find((row) => row[part] !== null)?.[part] ?? null;
  return {
    firstName: pick('firstName'),
    lastName: pick('lastName'),
    email: pick('email'),
    phone: pick('phone'),
  };
}

/**
 * People in canonical form, each once, sorted by identity; rows that say nothing are dropped. The result does not
 * depend on the order of the rows.
 */
export function canonicalPeople(
  list: readonly PersonInput[],
  country: string | null = null,
): readonly Person[] {
  const byKey = new Map<string, Person[]>();
  for (const input of list) {
    const person = canonicalPerson(input, country);
    const key = personKey(person);
    if (key === '') continue;
    const rows = byKey.get(key);
    if (rows === undefined) byKey.set(key, [person]);
    else rows.push(person);
  }
  return [...byKey].sort(([a], [b]) => compareText(a, b)).map(([, rows]) => merge(rows));
}

/** Whether a text looks like the e-mail address of one person. */
export function isPlausibleEmail(email: string): boolean {
  return email.length <= MAX_EMAIL_LENGTH && PLAUSIBLE_EMAIL.test(email);
}

/** The parts that a person lacks; an e-mail that cannot be one counts as lacking. */
export function missingPersonParts(person: PersonInput): readonly PersonPart[] {
  return PERSON_PARTS.filter((part) => {
    const value = oneLine(person[part]);
    return value === null || (part === 'email' && !isPlausibleEmail(value));
  });
}

/** Whether first name, last name, phone and a plausible e-mail are all there, as Partner Center wants of each member. */
export function isCompletePerson(person: PersonInput): boolean {
  return missingPersonParts(person).length === 0;
}
