/** The company's people as Graph lists them, and the mail that was sent. */
import { randomUUID } from 'node:crypto';
import { GraphRefusal } from './graph-error.ts';

export interface GraphPerson {
  readonly id: string;
  readonly displayName: string;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly mail: string | null;
  readonly userPrincipalName: string;
  readonly mobilePhone: string | null;
  readonly businessPhones: readonly string[];
  readonly jobTitle: string | null;
  readonly officeLocation: string | null;
  readonly preferredLanguage: string | null;
}

/** What a test or a person with curl says of somebody; the rest follows. */
export interface NewPerson extends Partial<Omit<GraphPerson, 'userPrincipalName'>> {
  readonly userPrincipalName: string;
}

export interface SentMail {
  readonly at: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Headers that begin with `x-`, by name. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface GraphSwitches {
  /** Items of batches that are refused with 429 next, and how long they ask to wait. */
  throttledItems: number;
  retryAfterSeconds: number;
  /** Whether the app may read people, and send mail. */
  mayReadUsers: boolean;
  maySendMail: boolean;
}

export interface GraphTenant {
  readonly switches: GraphSwitches;
  readonly people: readonly GraphPerson[];
  readonly sent: SentMail[];
  add(person: NewPerson): GraphPerson;
  /** By object id or sign-in name. @throws GraphRefusal 404 */
  get(idOrName: string): GraphPerson;
}

/** A tenant with these people. */
export function createGraphTenant(people: readonly NewPerson[] = []): GraphTenant {
  const known: GraphPerson[] = [];
  const tenant: GraphTenant = {
    switches: { throttledItems: 0, retryAfterSeconds: 1, mayReadUsers: true, maySendMail: true },
    people: known,
    sent: [],
    add(given) {
      const names = [given.givenName, given.surname].filter((part) => (part ?? '') !== '');
      const person: GraphPerson = {
        id: randomUUID(),
        displayName: names.length > 0 ? names.join(' ') : given.userPrincipalName,
        givenName: null,
        surname: null,
        mail: given.userPrincipalName,
        mobilePhone: null,
        businessPhones: [],
        jobTitle: null,
        officeLocation: null,
        preferredLanguage: null,
        ...given,
      };
      known.push(person);
      return person;
    },
    get(idOrName) {
      const wanted = idOrName.toLowerCase();
      const person = known.find(
        ({ id, userPrincipalName }) => id === wanted || userPrincipalName.toLowerCase() === wanted,
      );
      if (person === undefined)
        throw new GraphRefusal(
          404,
          'Request_ResourceNotFound',
          `Resource '${idOrName}' does not exist or one of its queried reference-property objects are not present.`,
        );
      return person;
    },
  };
  for (const person of people) tenant.add(person);
  return tenant;
}
