/** People and companies of the sample organization. */
import type { Random } from '../salesforce/random.ts';
import {
  COMPANY_KINDS,
  COMPANY_WORDS,
  FIRST_NAMES,
  LAST_NAMES,
  PLACES,
  TITLES,
} from '../salesforce/sample-data.ts';
import type { DataverseOrg } from './org.ts';
import type { Reference } from './values.ts';

const ACCOUNTS = 40;
const USERS = 12;

/** A lookup's value. */
export const to = (table: string, id: string): Reference => ({ table, id });

function person(random: Random): {
  readonly firstname: string;
  readonly lastname: string;
  readonly mail: string;
} {
  const [firstname, lastname] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
  return { firstname, lastname, mail: `${firstname}.${lastname}`.toLowerCase() };
}

const phone = (random: Random, dial: string): string =>
  `${dial} 555 ${String(random.below(10_000)).padStart(4, '0')}`;

/** People who sell. The last one has no phone number. */
export function createUsers(org: DataverseOrg, random: Random, createdon: string): string[] {
  return Array.from({ length: USERS }, (_, index) => {
    const { firstname, lastname, mail } = person(random);
    const address = `${mail}.${index}@partner.example`;
    return org.load('systemuser', {
      firstname,
      lastname,
      domainname: address,
      internalemailaddress: address,
      title: 'Account Executive',
      address1_telephone1: index === USERS - 1 ? null : phone(random, '+1 206'),
      accessmode: 0,
      businessunitid: to('businessunit', org.parts.ids.businessUnit),
      createdon,
    });
  });
}

/** Companies and the people at them. The last one has a country that is spelt wrong. */
export function createAccounts(
  org: DataverseOrg,
  random: Random,
  users: readonly string[],
  createdon: string,
): { accounts: string[]; contacts: Map<string, readonly string[]> } {
  const contacts = new Map<string, readonly string[]>();
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
    const place = random.pick(PLACES);
    const word = COMPANY_WORDS[index % COMPANY_WORDS.length] ?? 'Alder';
    const name = `${word} ${COMPANY_KINDS[Math.floor(index / COMPANY_WORDS.length + random.below(4) * 2) % COMPANY_KINDS.length]}`;
    const ownerid = to('systemuser', random.pick(users));
    const account = org.load('account', {
      name,
      accountnumber: `A-${1000 + index}`,
      websiteurl: `https://${word.toLowerCase()}-${index}.example`,
      telephone1: phone(random, place.dial),
      numberofemployees: 10 + random.below(5000),
      address1_line1: `${place.street} ${1 + random.below(200)}`,
      address1_city: place.city,
      address1_stateorprovince: place.state,
      address1_postalcode: place.postalCode,
      address1_country: index === ACCOUNTS - 1 ? 'Untied States' : place.country,
      ownerid,
      createdon,
    });
    const people = Array.from({ length: 1 + random.below(3) }, (__, position) => {
      const { firstname, lastname, mail } = person(random);
      return org.load('contact', {
        firstname,
        lastname,
        emailaddress1: `${mail}.${index}.${position}@customer.example`,
        telephone1: phone(random, place.dial),
        jobtitle: random.pick(TITLES),
        parentcustomerid: to('account', account),
        ownerid,
        createdon,
      });
    });
    contacts.set(account, people);
    org.patchSilently('account', account, { primarycontactid: to('contact', people[0] ?? '') });
    return account;
  });
  return { accounts, contacts };
}
