/** The state of a deal's registration in the CRM: Partner Center's own word, so that a choice column can hold it. */
import type { Mapping } from '../core/mapping-types.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import { registrationStatusOf } from '../core/registration.ts';
import type { Link } from '../core/store-port.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import { asHeard, isUnheard } from './told.ts';

/**
 * The bookkeeping with the registration's state, where the CRM does not hold it yet. Each state is told once: a column
 * that a rule of the CRM words otherwise is not written again and again, and one that another tool filled is left alone.
 */
export function withRegistrationStatus(
  bookkeeping: Bookkeeping | null,
  {
    mapping,
    link,
    referral,
    opportunity,
  }: {
    readonly mapping: Mapping;
    readonly link: Link;
    readonly referral: Referral;
    readonly opportunity: OpportunityRecord;
  },
): Bookkeeping | null {
  const column = mapping.registration?.status ?? null;
  const status = registrationStatusOf(referral);
  // An answer that does not say is no reason to empty the column.
  if (column === null || status === null) return bookkeeping;
  if (opportunity.values[column] === status) return bookkeeping;
  if (link.written.registration === status && !isUnheard(link)) return bookkeeping;
  return {
    update: { id: link.opportunityId, values: { ...bookkeeping?.update.values, [column]: status } },
    written: { ...asHeard(link.written), ...bookkeeping?.written, registration: status },
  };
}
