/** Deals that others sent and that are no opportunity yet: their fourteen days run all the same. */
import { daysLeft, deadlineOf } from '../core/deadlines.ts';
import { kindOf } from '../core/deal.ts';
import type { ReferralId } from '../core/ids.ts';
import type { Referral } from '../core/ports.ts';
import type { AttentionItem, Ledger } from '../core/store-port.ts';
import type { DealRow } from './deal-rows.ts';

/** Later than any due time. */
const END_OF_TIME = '9999-12-31T00:00:00.000Z';

/**
 * Unanswered deals without a link, as rows of the list; `opportunityId` is empty.
 * Such a referral is due at its next warning, or an open item is about it, so that no other need be looked at.
 */
export async function receivedWithoutLink(
  connection: string,
  ledger: Ledger,
  isLinked: (id: string) => boolean,
  now: Date,
): Promise<readonly DealRow[]> {
  const [due, items] = await Promise.all([
    ledger.due(END_OF_TIME, Number.MAX_SAFE_INTEGER),
    ledger.attention({ state: 'open' }),
  ]);
  const ids = new Set<string>();
  for (const { side, id } of due) if (side === 'referral' && !isLinked(id)) ids.add(id);
  for (const { referralId } of items) if (referralId !== null && !isLinked(referralId)) ids.add(referralId);
  const wanted = [...ids] as ReferralId[];
  const [referrals, links] = await Promise.all([ledger.referrals(wanted), ledger.linksByReferral(wanted)]);
  return [...referrals.values()].flatMap(({ record }) => {
    const deadline = links.has(record.id) ? null : deadlineOf(record);
    return deadline === null ? [] : [toRow(connection, record, { deadline, items, now })];
  });
}

function toRow(
  connection: string,
  referral: Referral,
  given: { readonly deadline: string; readonly items: readonly AttentionItem[]; readonly now: Date },
): DealRow {
  const { deal } = referral;
  const about = given.items.filter(({ referralId }) => referralId === referral.id);
  return {
    connection,
    opportunityId: '',
    referralId: referral.id,
    name: deal.name ?? null,
    customer: deal.customer?.name ?? null,
    state: deal.state ?? null,
    kind: kindOf(deal),
    origin: referral.origin === 'inbound' ? 'inbound' : 'outbound',
    amount: deal.amount ?? null,
    currency: deal.currency ?? null,
    closeDate: deal.closeDate ?? null,
    stage: null,
    favorite: referral.favorite,
    expiresAt: given.deadline,
    daysLeft: daysLeft(given.deadline, given.now.toISOString()),
    lastChange: referral.updatedAt,
    link: 'active',
    inStep: false,
    attention: [...new Set(about.map(({ kind }) => kind))],
  };
}
