/**
 * What a deal still needs before Partner Center can take it, all at once and in words a seller understands. The
 * sentences name roles and columns, never persons or values.
 */
import { type Deal, type DealKind, type FieldName, kindOf, type Person } from './deal.ts';
import { isCurrency, isPositive } from './lenses/money.ts';
import { isCompletePerson, missingPersonParts, type PersonPart } from './lenses/people.ts';

/** A part that is missing or unusable. */
export interface Missing {
  readonly field: FieldName;
  readonly text: string;
}

export interface ChecklistOptions {
  /** Today where the partner is, `YYYY-MM-DD`. */
  readonly now: string;
  readonly pastCloseDate: 'park' | 'send';
  /** What the deal is to become; what its values say by default. */
  readonly kind?: DealKind;
  /** What the mapping could not read (an unknown country, a product no catalogue names): said instead of "missing". */
  readonly problems?: readonly Missing[];
}

/** Partner Center takes this many solutions, and as many team members. */
export const MAX_LIST_ITEMS = 50;

const PART_TEXT: Readonly<Record<PersonPart, string>> = {
  firstName: 'first name',
  lastName: 'last name',
  email: 'valid e-mail address',
  phone: 'phone number',
};
const COMPLETE = 'first name, last name, e-mail address and phone number';

/** Fields that every deal needs, with how a sentence begins that speaks of them. */
const REQUIRED = [
  ['name', 'The name'],
  ['customer', 'The customer account'],
  ['amount', 'The amount'],
  ['currency', 'The currency'],
  ['closeDate', 'The close date'],
  ['team', 'The sales team'],
  ['solutions', 'The product or solution'],
] as const satisfies readonly (readonly [FieldName, string])[];

/** Fields that a deal needs besides when help is asked of Microsoft. */
const REQUIRED_FOR_CO_SELL = [
  ['contacts', 'The customer contact'],
  ['consentToShareContact', "The customer's consent to share contact details"],
  ['help', 'The kind of help wanted from Microsoft'],
] as const satisfies readonly (readonly [FieldName, string])[];

type RequiredField = (typeof REQUIRED | typeof REQUIRED_FOR_CO_SELL)[number][0];

const UNREADABLE = 'could not be read; check that the daemon may see its column.';

/**
 * Everything that keeps a deal from being created or upgraded, in the order of the fields of a form.
 *
 * Each required field is there; the amount is above zero, the currency one of ISO 4217, the close date not past
 * (unless such dates are sent); every team member is complete, for Partner Center refuses those that are not; when
 * help is asked of Microsoft there is a complete customer contact, recorded consent to share it, and a kind of help.
 */
export function missingParts(deal: Deal, options: ChecklistOptions): readonly Missing[] {
  const { problems = [], kind = kindOf(deal) } = options;
  const required = kind === 'co-sell' ? [...REQUIRED, ...REQUIRED_FOR_CO_SELL] : REQUIRED;
  const found = required.flatMap(([field, subject]): readonly Missing[] => {
    const hasProblem = problems.some((problem) => problem.field === field);
    if (deal[field] === undefined) return hasProblem ? [] : [{ field, text: `${subject} ${UNREADABLE}` }];
    return check(deal, field, hasProblem, options).map((text) => ({ field, text }));
  });
  return [...problems, ...found].toSorted((a, b) => rank(a.field) - rank(b.field));
}

function rank(field: FieldName): number {
  const position = [...REQUIRED, ...REQUIRED_FOR_CO_SELL].findIndex(([name]) => name === field);
  return position < 0 ? Number.MAX_SAFE_INTEGER : position;
}

/** @param hasProblem a more precise sentence about this field is there already, so its absence goes without saying. */
function check(
  deal: Deal,
  field: RequiredField,
  hasProblem: boolean,
  options: ChecklistOptions,
): readonly string[] {
  const absent = (text: string) => (hasProblem ? [] : [text]);
  switch (field) {
    case 'name':
      return isBlank(deal.name) ? absent('The opportunity has no name.') : [];
    case 'customer':
      return checkCustomer(deal, absent);
    case 'amount':
      if (isBlank(deal.amount)) return absent('The opportunity has no amount.');
      return isPositive(deal.amount) ? [] : ['The amount must be above zero.'];
    case 'currency':
      if (isBlank(deal.currency)) return absent('The opportunity has no currency.');
      return isCurrency(deal.currency) ? [] : ['The currency is none of ISO 4217, such as USD or EUR.'];
    case 'closeDate':
      if (isBlank(deal.closeDate)) return absent('The opportunity has no close date.');
      return options.pastCloseDate === 'park' && deal.closeDate < options.now
        ? ['The close date is in the past; set the day on which the deal is expected to close.']
        : [];
    case 'team':
      return checkTeam(deal.team ?? [], absent);
    case 'solutions':
      return checkSolutions(deal.solutions?.length ?? 0, absent);
    case 'contacts':
      return checkContacts(deal.contacts ?? [], absent);
    case 'consentToShareContact':
      return deal.consentToShareContact === true
        ? []
        : absent(
            "The customer's consent to share contact details with Microsoft is not recorded; asking for help needs it.",
          );
    case 'help':
      return isBlank(deal.help) ? absent('The kind of help wanted from Microsoft is not chosen.') : [];
  }
}

function isBlank(text: string | null | undefined): text is null | undefined | '' {
  return (text ?? '').trim() === '';
}

type Absent = (text: string) => readonly string[];

function checkCustomer(deal: Deal, absent: Absent): readonly string[] {
  const customer = deal.customer ?? null;
  if (customer === null) {
    return absent('The opportunity has no customer account; choose the account it belongs to.');
  }
  const texts = isBlank(customer.name) ? ['The customer account has no name.'] : [];
  const country = isBlank(customer.address.country)
    ? absent("The customer's country is missing; fill it in on the account.")
    : [];
  return [...texts, ...country];
}

/** Counts who lacks what: "1 of 3 team members has no phone number." */
function lacking(people: readonly Person[], one: string, many: string): readonly string[] {
  return (Object.keys(PART_TEXT) as PersonPart[]).flatMap((part) => {
    const count = people.filter((person) => missingPersonParts(person).includes(part)).length;
    if (count === 0) return [];
    if (people.length === 1) return [`The ${one} has no ${PART_TEXT[part]}.`];
    return [`${count} of ${people.length} ${many} ${count === 1 ? 'has' : 'have'} no ${PART_TEXT[part]}.`];
  });
}

function tooMany(count: number, what: string): readonly string[] {
  return count > MAX_LIST_ITEMS
    ? [`The opportunity has ${count} ${what}; Partner Center takes at most ${MAX_LIST_ITEMS}.`]
    : [];
}

function checkTeam(team: readonly Person[], absent: Absent): readonly string[] {
  if (team.length === 0) return absent(`The sales team is empty; it needs a member with ${COMPLETE}.`);
  const none = team.length > 1 && !team.some(isCompletePerson);
  return [
    ...lacking(team, 'only sales team member (normally the owner)', 'sales team members'),
    ...(none ? [`No sales team member is complete; at least one needs ${COMPLETE}.`] : []),
    ...tooMany(team.length, 'sales team members'),
  ];
}

function checkSolutions(count: number, absent: Absent): readonly string[] {
  if (count === 0) return absent('The opportunity has no product that maps to a solution; choose one.');
  return tooMany(count, 'solutions');
}

/** One complete contact is enough; the others are only sent along. */
function checkContacts(contacts: readonly Person[], absent: Absent): readonly string[] {
  if (contacts.some(isCompletePerson)) return [];
  if (contacts.length === 0) {
    return absent(
      `The opportunity has no customer contact; asking Microsoft for help needs one with ${COMPLETE}.`,
    );
  }
  return lacking(contacts, 'customer contact', 'customer contacts');
}
