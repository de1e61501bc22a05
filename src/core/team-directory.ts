/** Completing sales team members from the company's directory: the CRM's own values first, the directory's second. */
import type { Person } from './deal.ts';
import { missingPersonParts, personKey } from './lenses/people.ts';

/** What the directory says of people, by key; null: it does not know them. Who is not in it was not asked for yet. */
export type KnownPeople = ReadonlyMap<string, Person | null>;

/** Whom to look up. */
export interface PersonQuery {
  /** How the answer is found again: the e-mail in lower case, else the name. */
  readonly key: string;
  readonly email: string | null;
  /** First and last name; null when neither is known. */
  readonly name: string | null;
}

/** The members who lack something, as questions to the directory. */
export function queriesFor(members: readonly Person[]): readonly PersonQuery[] {
  return members
    .filter((member) => missingPersonParts(member).length > 0)
    .map((member) => {
      const name = [member.firstName, member.lastName].filter((part) => part !== null).join(' ');
      return { key: personKey(member), email: member.email, name: name === '' ? null : name };
    })
    .filter(({ email, name }) => email !== null || name !== null);
}

/** A member with what the CRM lacks taken from the directory; the same object when nothing was added. */
export function completedFrom(member: Person, known: KnownPeople): Person {
  const found = known.get(personKey(member)) ?? null;
  if (found === null) return member;
  const whole: Person = {
    firstName: member.firstName ?? found.firstName,
    lastName: member.lastName ?? found.lastName,
    email: member.email ?? found.email,
    phone: member.phone ?? found.phone,
  };
  const isSame = (Object.keys(whole) as (keyof Person)[]).every((part) => whole[part] === member[part]);
  return isSame ? member : whole;
}
