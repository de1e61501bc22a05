/** Fills a ledger with links, as it would be after years: copies of pairs that it holds, under other ids. */
import { parseOpportunityId, parseReferralId } from '../../src/core/ids.ts';
import type { Link } from '../../src/core/store-port.ts';
import { openEmbeddedState } from '../../src/store/index.ts';

const CHUNK = 1000;
const TEMPLATES = 200;

/** Adds links, with their records, until the ledger holds so many. Nothing of them is due. */
export async function growLedger(
  { dir, connection }: { readonly dir: string; readonly connection: string },
  links: number,
): Promise<void> {
  const state = await openEmbeddedState({ dir, connection, now: () => new Date() });
  try {
    const { ledger } = state;
    const found = await ledger.links({ status: 'active', limit: TEMPLATES });
    const opportunities = await ledger.opportunities(found.map(({ opportunityId }) => opportunityId));
    const referrals = await ledger.referrals(found.map(({ referralId }) => referralId));
    const templates = found.flatMap((link) => {
      const opportunity = opportunities.get(link.opportunityId);
      const referral = referrals.get(link.referralId);
      return opportunity === undefined || referral === undefined
        ? []
        : [{ link, opportunity: opportunity.record, referral: referral.record }];
    });
    if (templates.length === 0) throw new Error('The ledger holds no link to copy.');
    const held = (await ledger.counts()).links;
    for (let start = held; start < links; start += CHUNK) {
      const copies = Array.from({ length: Math.min(CHUNK, links - start) }, (_, offset) => {
        const index = start + offset;
        const template = templates[index % templates.length];
        if (template === undefined) throw new RangeError('There is a template for every index.');
        const { opportunityId, referralId, engagementId } = idsOf(index);
        const link: Link = { ...template.link, opportunityId, referralId, engagementId };
        const values = { ...template.opportunity.values };
        for (const [path, value] of Object.entries(values))
          if (value === template.link.referralId) values[path] = referralId;
        return {
          link,
          opportunity: { ...template.opportunity, id: opportunityId, values },
          referral: {
            ...template.referral,
            id: referralId,
            engagementId,
            tag: { kind: 'opportunity' as const, id: opportunityId },
          },
        };
      });
      await ledger.commit({
        links: copies.map(({ link }) => link),
        opportunities: copies.map(({ opportunity }) => ({ record: opportunity, dueAt: null })),
        referrals: copies.map(({ referral }) => ({ record: referral, dueAt: null })),
      });
    }
  } finally {
    await state.close();
  }
}

function idsOf(index: number) {
  const number = index.toString(16).padStart(12, '0');
  const opportunityId = parseOpportunityId(`006ZZ${index.toString(36).padStart(10, '0')}`);
  const referralId = parseReferralId(`beefbeef-0000-4000-8000-${number}`);
  if (opportunityId === null || referralId === null) throw new RangeError(`No ids can be made of ${index}.`);
  return { opportunityId, referralId, engagementId: `cafecafe-0000-4000-8000-${number}` };
}
