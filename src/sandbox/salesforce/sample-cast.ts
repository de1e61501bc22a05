/** Who and what the sample org's opportunities are about: sellers, accounts with contacts, products. */
import type { SalesforceOrg } from './org.ts';
import type { Random } from './random.ts';
import {
  COMPANY_KINDS,
  COMPANY_WORDS,
  FIRST_NAMES,
  INDUSTRIES,
  LAST_NAMES,
  PLACES,
  PRODUCTS,
  TITLES,
} from './sample-data.ts';

const ACCOUNTS = 40;
const USERS = 12;

function phoneOf(random: Random, dial: string): string {
  return `${dial} 555 ${String(random.below(10_000)).padStart(4, '0')}`;
}

function mailOf(first: string, last: string, domain: string): string {
  const plain = `${first}.${last}`
    .normalize('NFD')
    .replace(/[^A-Za-z.]/g, '')
    .toLowerCase();
  return `${plain}@${domain}`;
}

/** Sellers, of whom the last has no phone number at all. */
export function createUsers(org: SalesforceOrg, random: Random, started: string): string[] {
  return Array.from({ length: USERS }, (_, index) => {
    const FirstName = FIRST_NAMES[index] ?? 'Sam';
    const LastName = LAST_NAMES[(index * 7 + 3) % LAST_NAMES.length] ?? 'Seller';
    const Email = mailOf(FirstName, LastName, 'partner.example.com');
    const Phone = index === USERS - 1 ? null : phoneOf(random, '+1 206');
    return org.load('User', {
      FirstName,
      LastName,
      Name: `${FirstName} ${LastName}`,
      Username: Email,
      Email,
      Phone,
      Alias: LastName.slice(0, 8).toLowerCase(),
      Title: 'Account Executive',
      SystemModstamp: started,
    });
  });
}

/** Accounts with their contacts; the last account's country is misspelt. */
export function createAccounts(
  org: SalesforceOrg,
  random: Random,
  users: readonly string[],
  started: string,
): { readonly accounts: string[]; readonly contacts: Map<string, string[]> } {
  const contacts = new Map<string, string[]>();
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
    const place = PLACES[index % PLACES.length];
    const name = `${COMPANY_WORDS[index % COMPANY_WORDS.length]} ${random.pick(COMPANY_KINDS)}${index >= COMPANY_WORDS.length ? ' Group' : ''}`;
    const domain = `${name.toLowerCase().replace(/\W+/g, '-')}.example.com`;
    const isMisspelt = index === ACCOUNTS - 1;
    const id = org.load('Account', {
      Name: name,
      Industry: random.pick(INDUSTRIES),
      NumberOfEmployees: 20 + random.below(4_000),
      Website: `https://${domain}`,
      Phone: phoneOf(random, place?.dial ?? '+1 206'),
      BillingStreet: `${1 + random.below(240)} ${place?.street ?? 'Main Street'}`,
      BillingCity: place?.city ?? null,
      BillingState: place?.state ?? null,
      BillingPostalCode: place?.postalCode ?? null,
      BillingCountry: isMisspelt ? 'Philipines' : (place?.country ?? null),
      DunsNumber: random.below(3) === 0 ? String(100_000_000 + random.below(800_000_000)) : null,
      OwnerId: random.pick(users),
      SystemModstamp: started,
    });
    const people = Array.from({ length: 1 + random.below(2) }, (_unused, position) => {
      const FirstName = FIRST_NAMES[(index * 3 + position * 5) % FIRST_NAMES.length] ?? 'Sam';
      const LastName = random.pick(LAST_NAMES);
      return org.load('Contact', {
        AccountId: id,
        FirstName,
        LastName,
        Name: `${FirstName} ${LastName}`,
        Email: mailOf(FirstName, LastName, domain),
        Phone: phoneOf(random, place?.dial ?? '+1 206'),
        Title: random.pick(TITLES),
        SystemModstamp: started,
      });
    });
    contacts.set(id, people);
    return id;
  });
  return { accounts, contacts };
}

/** The products with their standard prices. */
export function createProducts(org: SalesforceOrg, started: string): void {
  const [standard] = org.query('SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE');
  for (const { name, family, price } of PRODUCTS) {
    const Product2Id = org.load('Product2', {
      Name: name,
      ProductCode: name.replace(/\s/g, '-').toUpperCase(),
      Family: family,
      IsActive: true,
      SystemModstamp: started,
    });
    org.load('PricebookEntry', {
      Name: name,
      Pricebook2Id: String(standard?.Id),
      Product2Id,
      UnitPrice: price,
      IsActive: true,
      SystemModstamp: started,
    });
  }
}
