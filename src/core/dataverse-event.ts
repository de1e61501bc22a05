/** What a webhook of Dynamics 365 says: only the id of an opportunity is taken from it. */
import { z } from 'zod';
import { canonicalGuid, type OpportunityId } from './ids.ts';

const Context = z.object({
  PrimaryEntityName: z.string().max(200),
  PrimaryEntityId: z.string().max(100),
});

/** The table of opportunities, and of the rows that closing one makes. */
const OPPORTUNITY = 'opportunity';

/**
 * The opportunity that an event is about; null when it is about another table's row, or cannot be read. Then something
 * may have changed all the same. Never throws.
 */
export function parseDataverseEvent(body: string): OpportunityId | null {
  try {
    const { PrimaryEntityName: table, PrimaryEntityId: id } = Context.parse(JSON.parse(body));
    return table.toLowerCase() === OPPORTUNITY ? (canonicalGuid(id) as OpportunityId | null) : null;
  } catch {
    return null;
  }
}
