/** When two canonical values of a field are one value: what decides whether anything is written at all. */
import type { Customer, FieldName, FieldValue, Person, Solution } from '../deal.ts';
import { canonicalJson } from './canonical-json.ts';
import { sameAmount } from './money.ts';
import { personKey } from './people.ts';
import { samePhone } from './phone.ts';
import { solutionKey } from './solutions.ts';
import { canonicalText, sameText, shorten, stripMarks } from './text.ts';

export { canonicalJson } from './canonical-json.ts';

/** Partner Center does not say how long a note may be; longer ones are cut to this many UTF-16 units when sent. */
export const REFERRAL_NOTES_LIMIT = 4000;

type Present = Exclude<FieldValue, null | undefined>;

/** Nothing, blank text, an empty list and an object with nothing in it are one value. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return canonicalText(value) === null;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/**
 * Notes are equal when they are one text, or when one is the beginning that a referral can hold of the other.
 * Two notes that are both too long are compared in full: an edit beyond the limit is still an edit.
 */
function sameNotes(a: string, b: string): boolean {
  if (sameText(a, b)) return true;
  const short = (text: string) => shorten(canonicalText(text) ?? '', REFERRAL_NOTES_LIMIT, 'utf16');
  return sameText(short(a), b) || sameText(a, short(b));
}

function samePerson(a: Person, b: Person): boolean {
  return (
    sameText(a.firstName, b.firstName) && sameText(a.lastName, b.lastName) && samePhone(a.phone, b.phone)
  );
}

function sameByKey<T>(
  a: readonly T[],
  b: readonly T[],
  keyOf: (item: T) => string,
  same: (a: T, b: T) => boolean,
): boolean {
  const byKey = (list: readonly T[]) => new Map(list.map((item) => [keyOf(item), item]));
  const [left, right] = [byKey(a), byKey(b)];
  const hasEqual = ([key, item]: readonly [string, T]) => {
    const other = right.get(key);
    return other !== undefined && same(item, other);
  };
  return left.size === right.size && [...left].every(hasEqual);
}

function sameCustomer(a: Partial<Customer>, b: Partial<Customer>): boolean {
  const country = (customer: Partial<Customer>) => canonicalText(customer.address?.country)?.toUpperCase();
  return sameText(a.name ?? null, b.name ?? null) && country(a) === country(b);
}

/** A list whose every entry is a record; anything else is not of a list field's type. */
function isRecordList(value: Present): value is readonly (Person & Solution)[] {
  return Array.isArray(value) && value.every((entry: unknown) => typeof entry === 'object' && entry !== null);
}

function samePeople(a: Present, b: Present): boolean | null {
  if (!isRecordList(a) || !isRecordList(b)) return null;
  return sameByKey<Person>(a, b, personKey, samePerson);
}

function sameSolutions(a: Present, b: Present): boolean | null {
  if (!isRecordList(a) || !isRecordList(b)) return null;
  return sameByKey(a, b, solutionKey, () => true);
}

function isCustomer(value: Present): value is Customer {
  return typeof value === 'object' && !Array.isArray(value);
}

/** The field's own rule; null where a value is not of the field's type, as after a change of its mapping. */
function byFieldRule(field: FieldName, a: Present, b: Present): boolean | null {
  if (field === 'team' || field === 'contacts') return samePeople(a, b);
  if (field === 'solutions') return sameSolutions(a, b);
  if (field === 'customer') return isCustomer(a) && isCustomer(b) ? sameCustomer(a, b) : null;
  if (!isText(a) || !isText(b)) return null;
  switch (field) {
    case 'amount':
      return sameAmount(a, b);
    case 'currency':
      return a.toUpperCase() === b.toUpperCase();
    case 'name':
      return sameText(stripMarks(a), stripMarks(b));
    case 'notes':
      return sameNotes(a, b);
    default:
      return sameText(a, b);
  }
}

function samePresent(field: FieldName, a: Present, b: Present): boolean {
  return byFieldRule(field, a, b) ?? canonicalJson(a) === canonicalJson(b);
}

/** Fields in which nothing and "no" say the same. */
const NULL_IS_FALSE: ReadonlySet<FieldName> = new Set([
  'visibleToMicrosoft',
  'consentToShareContact',
  'favorite',
]);

/**
 * Whether two canonical values of a field mean the same to both sides. Values that a side cannot tell apart (a note
 * and its beginning, `&` and `&amp;`, a phone number with and without blanks) are equal, so that none is ever sent
 * back as an edit. A side without a sales stage agrees with every stage. Solutions are compared by id, customers by
 * name and country (nothing else of them can be changed after creation).
 */
export function sameValue(field: FieldName, a: FieldValue, b: FieldValue): boolean {
  const isNothing = (value: FieldValue) => isEmpty(value) || (value === false && NULL_IS_FALSE.has(field));
  const [nothingA, nothingB] = [isNothing(a), isNothing(b)];
  if (field === 'salesStage' && (nothingA || nothingB)) return true;
  if (nothingA || nothingB) return nothingA && nothingB;
  return samePresent(field, a as Present, b as Present);
}
