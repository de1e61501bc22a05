/** What speaks for two records being one deal: weighed, counted, and said in words. */
import type { Deal } from './deal.ts';
import { sameValue } from './lenses/equality.ts';
import { canonicalText, decodeEntities, stripMarks } from './lenses/text.ts';

/** How sure a pair is. */
export type Confidence = 'high' | 'medium' | 'low';

/** What speaks for a pair. */
export interface Evidence {
  readonly duns: boolean;
  readonly name: boolean;
  /** Same customer name in the same country. */
  readonly customer: boolean;
  readonly amount: 'same' | 'near' | null;
  readonly closeDate: 'same' | 'near' | null;
  readonly email: boolean;
  /** Both name a D-U-N-S number, and not the same: two companies. */
  readonly otherCompany: boolean;
}

/** Amounts this close (part of the larger) and days this close are "near". */
const NEAR_AMOUNT = 0.05;
const NEAR_DAYS = 14;
const DAY_MS = 86_400_000;

/** Text as people compare it: without marks, HTML escapes, case and extra blanks. */
export function plain(text: string | null | undefined): string | null {
  const clean = canonicalText(stripMarks(decodeEntities(text ?? '')));
  return clean === null ? null : clean.toLowerCase().replace(/\s+/gu, ' ');
}

/** A customer by name and country; null when either is missing. */
export function customerKey({ customer }: Deal): string | null {
  const name = plain(customer?.name);
  const country = plain(customer?.address.country);
  return name === null || country === null ? null : `${name}\n${country}`;
}

/** Addresses of the sales team, as people compare them. */
export function emails({ team }: Deal): ReadonlySet<string> {
  return new Set(team?.flatMap(({ email }) => plain(email) ?? []));
}

function compareAmounts(a: Deal, b: Deal): Evidence['amount'] {
  if (!a.amount || !b.amount || (a.currency ?? '') !== (b.currency ?? '')) return null;
  if (sameValue('amount', a.amount, b.amount)) return 'same';
  const [left, right] = [Number(a.amount), Number(b.amount)];
  return Math.abs(left - right) <= Math.max(left, right) * NEAR_AMOUNT ? 'near' : null;
}

function compareDays(a: Deal, b: Deal): Evidence['closeDate'] {
  if (!a.closeDate || !b.closeDate) return null;
  if (a.closeDate === b.closeDate) return 'same';
  return Math.abs(Date.parse(a.closeDate) - Date.parse(b.closeDate)) <= NEAR_DAYS * DAY_MS ? 'near' : null;
}

/** Holds two deals against each other. */
export function evidenceFor(a: Deal, b: Deal): Evidence {
  const [dunsHere, dunsThere] = [a.customer?.duns ?? null, b.customer?.duns ?? null];
  const customer = customerKey(a);
  const name = plain(a.name);
  const theirs = emails(b);
  return {
    duns: dunsHere !== null && dunsHere === dunsThere,
    otherCompany: dunsHere !== null && dunsThere !== null && dunsHere !== dunsThere,
    name: name !== null && name === plain(b.name),
    customer: customer !== null && customer === customerKey(b),
    amount: compareAmounts(a, b),
    closeDate: compareDays(a, b),
    email: [...emails(a)].some((email) => theirs.has(email)),
  };
}

/** How sure a pair is; null when too little speaks for it. */
export function confidenceOf({
  duns,
  name,
  customer,
  amount,
  closeDate,
  email,
  otherCompany,
}: Evidence): Confidence | null {
  const known = duns || customer;
  const close = (amount === null ? 0 : 1) + (closeDate === null ? 0 : 1);
  if (!known && !(name && (close > 0 || email)) && !(amount === 'same' && closeDate === 'same' && email))
    return null;
  if (otherCompany) return name || close === 2 ? 'low' : null;
  if (duns && amount === 'same' && closeDate === 'same') return 'high';
  // A renewal has last year's name: something else must fit too.
  if (name && known && close > 0) return 'high';
  if ((known && close === 2) || (name && (known || close > 0))) return 'medium';
  return close > 0 || email ? 'low' : null;
}

/** How much speaks for a pair, to tell candidates apart. */
export function pointsOf({ duns, name, customer, amount, closeDate, email }: Evidence): number {
  const closeness = (value: 'same' | 'near' | null, same: number): number =>
    value === 'same' ? same : value === 'near' ? 1 : 0;
  return (
    (duns ? 6 : 0) +
    (name ? 6 : 0) +
    (customer ? 4 : 0) +
    closeness(amount, 4) +
    closeness(closeDate, 3) +
    (email ? 2 : 0)
  );
}

/** What speaks for a pair, in words. */
export function reasonsOf({ duns, name, customer, amount, closeDate, email }: Evidence): string[] {
  return [
    duns ? 'same D-U-N-S number' : '',
    name ? 'same name' : '',
    customer ? 'same customer and country' : '',
    amount === null
      ? ''
      : amount === 'same'
        ? 'same amount and currency'
        : 'amounts within 5 %, same currency',
    closeDate === null
      ? ''
      : closeDate === 'same'
        ? 'same close date'
        : `close dates within ${NEAR_DAYS} days`,
    email ? 'a team member in common' : '',
  ].filter((reason) => reason !== '');
}
