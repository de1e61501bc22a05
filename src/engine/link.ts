/** A link as it is made, and as siblings are noted on it. */
import type { OpportunityId } from '../core/ids.ts';
import { siblingState } from '../core/microsoft-answer.ts';
import type { Referral } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';

/** The link, knowing the others of its engagement that the ledger holds. */
export async function withSiblings(
  { ledger }: Pick<EngineDependencies, 'ledger'>,
  link: Link,
): Promise<Link> {
  const members = await ledger.referralsOfEngagement(link.engagementId);
  return members.filter(({ isMicrosofts }) => isMicrosofts).reduce(withSibling, link);
}

/** The link, knowing a sibling as it stands now. */
export function withSibling(link: Link, sibling: Referral): Link {
  const others = link.siblings.filter(({ id }) => id !== sibling.id);
  return {
    ...link,
    siblings: [
      ...others,
      {
        id: sibling.id,
        organizationId: sibling.organizationId,
        state: siblingState(sibling),
        createdAt: sibling.createdAt,
      },
    ],
  };
}

/** A link that was never synced. */
export function newLink(
  { now }: Pick<EngineDependencies, 'now'>,
  opportunityId: OpportunityId,
  referral: Referral,
): Link {
  const at = now().toISOString();
  return {
    opportunityId,
    referralId: referral.id,
    engagementId: referral.engagementId,
    status: 'active',
    baseline: {},
    siblings: [],
    linkedAt: at,
    changedAt: at,
    verifiedAt: at,
    stageSeen: null,
    written: {},
  };
}
