/** What a received deal brings beside the columns of its new opportunity: customer contacts, and solutions as rows. */
import type { Policy } from './config-types.ts';
import { toDeal } from './mapping.ts';
import type { Mapping } from './mapping-types.ts';
import type { OpportunityRecord, Referral, RelatedRows } from './ports.ts';

export interface RelatedInput {
  readonly referral: Referral;
  readonly opportunity: OpportunityRecord;
  readonly mapping: Mapping;
  readonly policy: Policy['inbound'];
}

export interface Related {
  readonly rows: RelatedRows;
  /** What is left out from the start, in words without contact details. */
  readonly omitted: readonly string[];
}

/** Whether new opportunities may get anything beside their columns. */
export function mayHaveRelated({ solutions }: Mapping, policy: Policy['inbound']): boolean {
  const hasRows = policy.solutions !== 'leave' && solutions.from.some((from) => isRows(from));
  return hasRows || (policy.contacts ?? 'none') !== 'none';
}

function isRows(from: Mapping['solutions']['from'][number]): boolean {
  return 'source' in from || from.path.includes('.');
}

/** The rows to add; null where there is nothing. Pure. */
export function relatedOf({ referral, opportunity, mapping, policy }: RelatedInput): Related | null {
  const { contacts: mode = 'none' } = policy;
  const people = mode === 'none' ? [] : (referral.deal.contacts ?? []);
  // A contact is found again by its e-mail alone, so one without is not made.
  const contacts = people.filter(({ email }) => email !== null);
  const wanted = policy.solutions === 'leave' ? NOWHERE : solutionsOf(referral, mapping);
  if (people.length === 0 && wanted.names.length === 0) return null;
  const foreign = wanted.to === 'products' ? foreignCurrency(referral, opportunity, mapping) : null;
  const { to, names } = foreign === null ? wanted : NOWHERE;
  const lost = people.length - contacts.length;
  return {
    rows: {
      opportunityId: opportunity.id,
      accountId: opportunity.customerId,
      contacts,
      createContacts: mode === 'create',
      solutions: names,
      solutionsTo: to,
      amount: referral.deal.amount ?? null,
    },
    omitted: [
      ...(lost === 0 ? [] : [`${lost === 1 ? 'a contact' : `${lost} contacts`} without an e-mail address`]),
      ...(foreign === null
        ? []
        : [`its products, whose prices would not be in ${foreign} as the deal’s value is`]),
    ],
  };
}

/** The deal's currency where the opportunity is in another one: products add up to its amount, in its own currency. */
function foreignCurrency(
  { deal }: Referral,
  opportunity: OpportunityRecord,
  mapping: Mapping,
): string | null {
  const { currency: own = null } = toDeal(opportunity, mapping).deal;
  const { currency = null } = deal;
  return own !== null && currency !== own ? currency : null;
}

const NOWHERE: { readonly to: null; readonly names: readonly (readonly string[])[] } = {
  to: null,
  names: [],
};

/** Where solutions go that are rows of their own, and what the CRM may call each; one column is filled at creation. */
function solutionsOf(
  { deal }: Referral,
  { solutions: mapping }: Mapping,
): { readonly to: RelatedRows['solutionsTo']; readonly names: RelatedRows['solutions'] } {
  const [from] = mapping.from;
  if (from === undefined || mapping.from.length > 1) return NOWHERE;
  if (!isRows(from)) return NOWHERE;
  const entries = Object.entries(mapping.catalogue);
  const names = (deal.solutions ?? []).map(({ id }) => [
    ...entries.filter(([, known]) => known.toLowerCase() === id.toLowerCase()).map(([name]) => name),
    id,
  ]);
  return names.length === 0 ? NOWHERE : { to: 'source' in from ? 'products' : { path: from.path }, names };
}
