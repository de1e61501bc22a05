/**
 * Another connection in the same store, whose records carry the very ids of ours: whatever forgets to ask for its own
 * connection's rows meets these.
 */
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { AttentionItem, Link } from '../../src/core/store-port.ts';
import { link, opportunity, opportunityId, referral, referralId } from '../support/builders.ts';
import { NEIGHBOURS } from './checks/secrecy.ts';
import type { OpenState } from './disk.ts';

const AT = '2026-11-20T11:00:00.000Z';
const RECORDS = 6;
const CURSORS = ['crm:fake-crm', 'partner-center:fake-partner-center'];

/** Fills the other connection's state with whatever a run would take up, were it asked. */
export async function moveIn(
  { ledger, cursors }: OpenState,
  mapping: Mapping,
  ids: { readonly opportunity: (index: number) => string; readonly referral: (index: number) => string },
): Promise<void> {
  const indexes = Array.from({ length: RECORDS }, (_, index) => index + 1);
  const text = `${NEIGHBOURS} deal`;
  const pairs = indexes.map((index) => ({
    opportunityId: opportunityId(ids.opportunity(index)),
    referralId: referralId(ids.referral(index)),
  }));
  await ledger.commit({
    opportunities: pairs.map((pair) => ({
      record: opportunity(
        { Name: text, Description: text, [mapping.tag.referralId]: pair.referralId },
        { id: pair.opportunityId },
      ),
      dueAt: AT,
    })),
    referrals: pairs.map((pair) => ({
      record: referral({ name: text, notes: text }, { id: pair.referralId, tag: { kind: 'none' } }),
      dueAt: AT,
    })),
    links: pairs.map(
      (pair): Link => ({ ...link(), ...pair, engagementId: `eeeeeeee${pair.referralId.slice(8)}` }),
    ),
    intents: pairs.map((pair, index) => ({
      id: `99999999-0000-4000-8000-${String(index).padStart(12, '0')}`,
      kind: 'create-referral',
      opportunityId: pair.opportunityId,
      referralId: null,
      engagementId: null,
      since: AT,
      state: 'unknown',
      requestId: '99999999-0000-4000-8000-999999999999',
      searches: 0,
    })),
    attention: pairs.map(
      (pair): AttentionItem => ({
        ...pair,
        id: '',
        key: `parked:rejected:${pair.opportunityId}`,
        kind: 'parked',
        code: 'rejected',
        fields: [],
        message: text,
        values: [],
        since: AT,
        lastSeenAt: AT,
        count: 1,
        state: 'open',
        covers: [],
        decisions: {},
        why: null,
      }),
    ),
    meta: { 'feed-shows-siblings': 'yes' },
  });
  for (const key of CURSORS)
    await cursors.save(
      key,
      JSON.stringify({ since: 9e15, after: null, startedAt: null, covered: 0, covering: 0, through: 1e9 }),
    );
}

/** Everything the other connection holds. */
export async function inventoryOf({ ledger, cursors }: OpenState): Promise<string> {
  const links = await ledger.links({});
  return JSON.stringify({
    serial: (await ledger.identity()).serial,
    links,
    opportunities: [...(await ledger.opportunities(links.map(({ opportunityId: id }) => id)))],
    referrals: [...(await ledger.referrals(links.map(({ referralId: id }) => id)))],
    intents: await ledger.intents(),
    attention: await ledger.attention({}),
    runs: await ledger.runs(100),
    siblings: await ledger.meta('feed-shows-siblings'),
    cursors: await Promise.all(CURSORS.map((key) => cursors.load(key))),
  });
}
