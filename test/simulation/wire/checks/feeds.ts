/** G6 on the wire: once quiet, the ledger holds the newest version of everything that the servers hold. */
import type { OpportunityId, ReferralId } from '../../../../src/core/ids.ts';
import type { WireHistory } from '../simulate.ts';

export async function checkFeeds({ place, belongings, violations }: WireHistory): Promise<void> {
  const { sandbox } = place;
  const { ledger } = belongings.state;
  const shared = place.opportunities().filter((id) => place.isShared(id)) as OpportunityId[];
  const held = await ledger.opportunities(shared);
  for (const id of shared) {
    const version = held.get(id)?.record.version;
    if (version === undefined || !isNewest(place, id, version))
      violations.push(
        `G6 the ledger holds ${version ?? 'nothing'} of opportunity ${id}, which the CRM has newer`,
      );
  }
  const referrals = sandbox.partnerCenter.referrals();
  const known = await ledger.referrals(referrals.map(({ id }) => String(id) as ReferralId));
  for (const { id, eTag } of referrals) {
    const version = known.get(String(id) as ReferralId)?.record.version;
    if (version !== eTag)
      violations.push(
        `G6 the ledger holds ${version ?? 'nothing'} of referral ${String(id)}, the server ${String(eTag)}`,
      );
  }
}

function isNewest({ sandbox, desk }: WireHistory['place'], id: string, version: string): boolean {
  if (desk.kind === 'dynamics')
    return version === `W/"${sandbox.dynamics?.store.get('opportunity', id)?.version}"`;
  const stamp = String(sandbox.salesforce.find('Opportunity', id)?.SystemModstamp);
  return Date.parse(stamp) === Date.parse(version);
}
