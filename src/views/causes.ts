/** What brought items onto the attention list, in words, and the items by cause. */
import type { AttentionItem } from '../core/store-port.ts';

/** What a cause is called where people read it; others show their code. */
const CAUSES: Readonly<Record<string, string>> = {
  'missing-parts': 'mandatory details are missing',
  'stage-unmapped': 'the stage is not in the mapping',
  rejected: 'refused by the other side',
  'unknown-outcome': 'a create whose answer never came',
  'our-mistake': 'a mistake of cosell-sync',
  'failing-record': 'a remote fails at this record alone',
  'related-failing': 'contacts and solutions that cannot be added',
  'past-close-date': 'the close date has passed',
  'too-many-closes': 'more closes than a run may do',
  'both-changed': 'both sides changed the same field',
  deadline: 'a deal that soon expires without an answer',
  'microsoft-answered': 'Microsoft answered an invitation',
  credentials: 'a sign-in was refused',
  'directory-unavailable': 'the directory did not answer',
  inbound: 'a deal that others sent',
  'account-ambiguous': 'several accounts fit a deal that others sent',
  'accounts-unread': 'the CRM could not be searched for an account',
  'account-missing': 'no account fits a deal that others sent',
  'differs-at-adoption': 'both sides differed when they were linked',
  'unclear-update': 'an update was cut off, and nobody can tell which value is the newer',
  frozen: 'Partner Center takes this field no more',
  'one-way': 'Partner Center does not take this back',
  'not-visible': 'a record that is not to be seen any more',
  'reason-missing': 'a close without its reason',
  'reason-unknown': 'a reason that Partner Center does not offer',
  'unmapped-value': 'a value that the mapping does not name',
  'unknown-product': 'a product without a solution',
  country: 'a country that nobody knows',
  'cannot-hold': 'a value that the other side cannot hold',
  'not-applied': 'a change that the other side took and did not keep',
  'win-too-early': 'a win too early to be registered',
  'close-referral': 'closing deals',
  'create-referral': 'creating deals',
  'invite-microsoft': 'inviting Microsoft',
  'accept-referral': 'accepting deals',
  'decline-referral': 'declining deals',
  'register-deal': 'registering deals',
  unlink: 'unlinking pairs',
};

/** The cause shared by items, in words. */
export function causeOf(code: string): string {
  return CAUSES[code] ?? code.replaceAll('-', ' ');
}

export interface CauseGroup {
  readonly kind: AttentionItem['kind'];
  readonly code: string;
  readonly items: readonly AttentionItem[];
}

const KIND_ORDER: readonly AttentionItem['kind'][] = ['approval', 'conflict', 'parked', 'notice'];

/** Items grouped by cause; what waits for a decision first, then the larger groups. */
export function groupByCause(items: readonly AttentionItem[]): readonly CauseGroup[] {
  const groups = new Map<string, AttentionItem[]>();
  for (const item of items) {
    const key = `${item.kind} ${item.code}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()]
    .flatMap((group) =>
      group[0] === undefined ? [] : [{ kind: group[0].kind, code: group[0].code, items: group }],
    )
    .sort(
      (a, b) => KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) || b.items.length - a.items.length,
    );
}
