/** Whether a connection's referral list shows other parties' referrals, which no document says: it is learnt and kept. */
import type { Referral } from '../core/ports.ts';
import type { EngineDependencies } from './dependencies.ts';

const FEED_SHOWS_SIBLINGS = 'feed-shows-siblings';
const KNOWN_ROWS = 500;

/** Notes whether the list shows siblings. @param known rows it delivered that the ledger held already */
export async function noteSiblings(
  { ledger }: EngineDependencies,
  delivered: readonly Referral[],
  known: readonly Referral['id'][],
  isWhole: boolean,
): Promise<void> {
  const before = await ledger.meta(FEED_SHOWS_SIBLINGS);
  const isSibling = ({ isMicrosofts }: Referral): boolean => isMicrosofts;
  if (!delivered.some(isSibling)) {
    if (before === 'yes' && !isWhole) return;
    const held = await ledger.referrals(known.slice(-KNOWN_ROWS));
    if (![...held.values()].some(({ record }) => isSibling(record))) {
      if (before === 'yes' && known.length <= KNOWN_ROWS)
        await ledger.commit({ meta: { [FEED_SHOWS_SIBLINGS]: null } });
      return;
    }
  }
  if (before !== 'yes') await ledger.commit({ meta: { [FEED_SHOWS_SIBLINGS]: 'yes' } });
}

/** Whether the list is known to show siblings, so that nothing else needs asking. */
export async function feedShowsSiblings({ ledger }: EngineDependencies): Promise<boolean> {
  return (await ledger.meta(FEED_SHOWS_SIBLINGS)) === 'yes';
}
