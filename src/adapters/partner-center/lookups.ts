/** Searches of the referral list other than the change feed. */
import { RemoteError } from '../../core/errors.ts';
import { canonicalGuid, type OpportunityId, type ReferralId } from '../../core/ids.ts';
import type { CallOptions, PartnerCenter, Referral } from '../../core/ports.ts';
import { createFilterForms, type Page, type Pages, toQuery } from './pages.ts';
import { shiftTimestamp, sortableTimestamp } from './timestamps.ts';

/** A search by creation time allows for this much difference between the server's clock and ours. */
const CLOCK_MARGIN_MS = 2 * 60_000;

/** Builds the searches. */
export function createLookups(pages: Pages): Pick<PartnerCenter, 'listEngagement' | 'findByTags'> {
  const engagementForms = createFilterForms();

  async function listEngagement(engagementId: string, { signal }: CallOptions): Promise<readonly Referral[]> {
    const id = canonicalGuid(engagementId) ?? engagementId;
    const operation = `List the referrals of engagement ${id}`;
    const found = new Map<ReferralId, Referral>();
    // Quoted by the documentation, unquoted in links of real answers.
    await engagementForms.attempt(
      operation,
      [`engagementId eq '${id}'`, `engagementId eq ${id}`],
      async (filter) => {
        const end = await pages.walk({
          operation,
          query: toQuery({ $filter: filter }),
          signal,
          onPage: ({ referrals }) => {
            // Filters that are not supported may be ignored silently.
            for (const referral of referrals)
              if (referral.engagementId === id) found.set(referral.id, referral);
            return true;
          },
        });
        if (end !== 'done') throw incomplete(operation);
      },
    );
    return [...found.values()];
  }

  async function findByTags(
    tags: ReadonlySet<OpportunityId>,
    createdSince: string,
    { signal }: CallOptions,
  ): Promise<readonly Referral[]> {
    if (tags.size === 0) return [];
    const operation = 'Look for referrals by CRM id';
    const since = sortableTimestamp(createdSince);
    const bound = since === null ? null : shiftTimestamp(since, -CLOCK_MARGIN_MS);
    const found = new Map<ReferralId, Referral>();
    const query = toQuery({ $orderby: 'createdDateTime desc' });
    const walk = (onPage: (page: Page) => boolean) =>
      createFilterForms().attempt(operation, [null], () => pages.walk({ operation, query, signal, onPage }));
    const end = await walk(({ referrals }) => {
      let newest: string | null = null;
      for (const referral of referrals) {
        if (referral.tag.kind === 'opportunity' && tags.has(referral.tag.id))
          found.set(referral.id, referral);
        const createdAt = sortableTimestamp(referral.createdAt);
        if (createdAt !== null && (newest === null || createdAt > newest)) newest = createdAt;
      }
      const last = sortableTimestamp(referrals.at(-1)?.createdAt ?? '');
      // A server that ignores the order shows newer rows after older ones: then every page must be read.
      const isOrdered = newest === sortableTimestamp(referrals[0]?.createdAt ?? '');
      return bound === null || last === null || last >= bound || !isOrdered;
    });
    if (end !== 'done') throw incomplete(operation);
    return [...found.values()];
  }

  return { listEngagement, findByTags };
}

function incomplete(operation: string): RemoteError {
  return new RemoteError(`${operation} failed: the list could not be read to its end. Run again.`, {
    code: 'unavailable',
    system: 'partnerCenter',
  });
}
