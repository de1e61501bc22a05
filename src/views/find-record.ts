/** Finding a record in a ledger by either side's id, in any form a person may paste. */
import type { ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { type OpportunityId, parseOpportunityId, parseReferralId, type ReferralId } from '../core/ids.ts';
import type { OpportunityRecord, Referral } from '../core/ports.ts';
import type { Ledger, Link } from '../core/store-port.ts';

/** A tag's prefix, or what stands before the id in an address. */
const PREFIX = /^(?:sf:|d365:)/i;
const IN_ADDRESS = /(?:[/=])([0-9a-z]{15,18}|\{?[0-9a-f-]{36}\}?)(?=$|[/&?#])/gi;

export interface FoundRecord {
  readonly connection: ConnectionConfig;
  readonly ledger: Ledger;
  /** Null when the record is known but not linked. */
  readonly link: Link | null;
  readonly opportunity: OpportunityRecord | null;
  readonly referral: Referral | null;
}

export interface Ids {
  readonly opportunityIds: readonly OpportunityId[];
  readonly referralIds: readonly ReferralId[];
}

/** The ids a text can mean: bare, tagged, or in a record's address. @throws ConfigurationError when it holds none */
export function idsIn(text: string): Ids {
  const bare = text.trim().replace(PREFIX, '');
  const candidates = [bare, ...[...bare.matchAll(IN_ADDRESS)].map(([, id = '']) => id)];
  const opportunityIds = new Set(candidates.map(parseOpportunityId).filter((id) => id !== null));
  const referralIds = new Set(candidates.map(parseReferralId).filter((id) => id !== null));
  if (opportunityIds.size + referralIds.size === 0) {
    throw new ConfigurationError([`"${text}" is no id of an opportunity or a referral.`]);
  }
  return { opportunityIds: [...opportunityIds], referralIds: [...referralIds] };
}

/** The record in one ledger, linked or not; null when it is not held. */
export async function findIn(
  ledger: Ledger,
  { opportunityIds, referralIds }: Ids,
): Promise<Omit<FoundRecord, 'connection' | 'ledger'> | null> {
  const link =
    [
      ...(await ledger.linksByOpportunity(opportunityIds)).values(),
      ...(await ledger.linksByReferral(referralIds)).values(),
    ][0] ?? null;
  const opportunities = await ledger.opportunities(link === null ? opportunityIds : [link.opportunityId]);
  const referrals = await ledger.referrals(link === null ? referralIds : [link.referralId]);
  const opportunity = [...opportunities.values()][0]?.record ?? null;
  const referral = [...referrals.values()][0]?.record ?? null;
  if (link === null && opportunity === null && referral === null) return null;
  return { link, opportunity, referral };
}
