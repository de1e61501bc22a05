/**
 * All links of a connection as list rows in memory, so that lists filter, sort and count at once with very many deals.
 * Built when somebody looks, in slices between which others get their turn; kept up to date from what is committed;
 * released when nobody looks any more. About a kilobyte a link.
 */
import type { FieldName, SalesStage } from '../core/deal.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import type { Mapping } from '../core/mapping-types.ts';
import type { Ledger, LedgerChanges, Link } from '../core/store-port.ts';
import { type DealRow, ownersOf, toDealRow } from './deal-rows.ts';
import { dealOf, type PairView, viewPairs, viewSettled } from './pair-view.ts';

/** Pairs read at a time. */
const SLICE = 200;

export interface IndexedDeal {
  /** As of its last change: days are counted anew when it is shown. */
  readonly row: DealRow;
  readonly salesStage: SalesStage | null;
  readonly owners: readonly string[];
  /** What a search looks through, in lower case. */
  readonly text: string;
  /** Since when an edit waits to travel, or for a decision; null when both sides agree. */
  readonly waitingSince: string | null;
}

export interface DealIndexOptions {
  readonly connection: string;
  readonly ledger: Ledger;
  readonly mapping: Mapping;
  readonly hashOf: (field: FieldName) => string;
  readonly now: () => Date;
  /** Gives way to others. */
  readonly rest: () => Promise<void>;
}

export interface DealIndex {
  /** Told of each commit of this connection's ledger, before it (`begin`) and after it. */
  begin(): void;
  end(changes: LedgerChanges | null): void;
  /** Brings the index up to date; building it takes a while with very many deals. */
  refresh(): Promise<void>;
  /** How far building is; null when it is built. */
  readonly building: { readonly done: number; readonly total: number } | null;
  readonly deals: ReadonlyMap<string, IndexedDeal>;
  /** Whether a referral is linked. */
  isLinked(id: string): boolean;
  /** Frees the memory; the next refresh builds anew. */
  release(): void;
}

export function createDealIndex(options: DealIndexOptions): DealIndex {
  const { connection, ledger, mapping, hashOf, now, rest } = options;
  const deals = new Map<string, IndexedDeal>();
  const byReferral = new Map<string, OpportunityId>();
  const dirty = new Set<OpportunityId>();
  const dirtyReferrals = new Set<ReferralId>();
  const resolvedKeys = new Set<string>();
  /** The serial up to which commits are known; null: nothing is built. */
  let known: number | null = null;
  let underWay = 0;
  let building: { done: number; total: number } | null = null;
  let refreshing: Promise<void> | null = null;

  const put = (view: PairView): void => {
    deals.set(view.link.opportunityId, toIndexed(connection, view, now()));
    byReferral.set(view.link.referralId, view.link.opportunityId);
  };
  /** Pairs whose records wait, or about which something is open, are looked at as a run looks at them. */
  const view = async (links: readonly Link[], waiting: Waiting): Promise<readonly PairView[]> => {
    const isSettled = ({ opportunityId, referralId }: Link): boolean =>
      !waiting.has(opportunityId) && !waiting.has(referralId);
    return [
      ...(await viewSettled(ledger, links.filter(isSettled), mapping)),
      ...(await viewPairs(
        ledger,
        links.filter((link) => !isSettled(link)),
        mapping,
        hashOf,
      )),
    ];
  };

  const build = async (serial: number): Promise<void> => {
    deals.clear();
    byReferral.clear();
    known = serial;
    const { links: total } = await ledger.counts();
    building = { done: 0, total };
    const waiting = await waitingRecords(ledger);
    let after: OpportunityId | undefined;
    for (;;) {
      const links = await ledger.links({ limit: SLICE, ...(after === undefined ? {} : { after }) });
      for (const pair of await view(links, waiting)) put(pair);
      building.done += links.length;
      after = links.at(-1)?.opportunityId;
      if (links.length < SLICE || after === undefined) break;
      await rest();
    }
  };

  const update = async (): Promise<void> => {
    const keys = await ledger.attentionByKeys([...resolvedKeys]);
    resolvedKeys.clear();
    for (const { opportunityId, referralId } of keys.values()) {
      if (opportunityId !== null) dirty.add(opportunityId);
      if (referralId !== null) dirtyReferrals.add(referralId);
    }
    for (const id of dirtyReferrals) {
      const owner = byReferral.get(id);
      if (owner !== undefined) dirty.add(owner);
    }
    dirtyReferrals.clear();
    while (dirty.size > 0) {
      const ids = [...dirty].slice(0, SLICE);
      for (const id of ids) dirty.delete(id);
      const links = await ledger.linksByOpportunity(ids);
      for (const id of ids) if (!links.has(id)) deals.delete(id);
      for (const pair of await viewPairs(ledger, [...links.values()], mapping, hashOf)) put(pair);
      await rest();
    }
  };

  const work = async (): Promise<void> => {
    try {
      const { serial } = await ledger.identity();
      // A commit that nobody told of (another process writes, too): nothing says what it touched.
      if (known === null || serial < known || serial > known + underWay) await build(serial);
      await update();
    } finally {
      building = null;
    }
  };

  return {
    deals,
    isLinked: (id) => byReferral.has(id),
    get building() {
      return building;
    },
    begin() {
      underWay += 1;
    },
    end(changes) {
      underWay -= 1;
      if (known === null || changes === null) return;
      known += 1;
      for (const { record } of changes.opportunities ?? []) dirty.add(record.id);
      for (const { record } of changes.referrals ?? []) dirtyReferrals.add(record.id);
      for (const link of changes.links ?? []) dirty.add(link.opportunityId);
      for (const id of changes.unlink ?? []) dirty.add(id);
      for (const key of changes.resolved ?? []) resolvedKeys.add(key);
      for (const { opportunityId, referralId } of changes.attention ?? []) {
        if (opportunityId !== null) dirty.add(opportunityId);
        if (referralId !== null) dirtyReferrals.add(referralId);
      }
    },
    refresh() {
      refreshing ??= work().finally(() => {
        refreshing = null;
      });
      return refreshing;
    },
    release() {
      if (refreshing !== null) return;
      known = null;
      for (const held of [deals, byReferral, dirty, dirtyReferrals, resolvedKeys]) held.clear();
    },
  };
}

type Waiting = ReadonlySet<string>;

/** Later than any due time. */
const END_OF_TIME = '9999-12-31T00:00:00.000Z';

/** Ids of the records that are due, now or later, or named in an open item. */
async function waitingRecords(ledger: Ledger): Promise<Waiting> {
  const [due, items] = await Promise.all([
    ledger.due(END_OF_TIME, Number.MAX_SAFE_INTEGER),
    ledger.attention({ state: 'open' }),
  ]);
  return new Set([
    ...due.map(({ id }) => id),
    ...items.flatMap(({ opportunityId, referralId }) => [opportunityId ?? '', referralId ?? '']),
  ]);
}

/** The ledger, with every commit told to an index (found when it happens: an index may come later than the ledger). */
export function watchLedger(ledger: Ledger, index: () => DealIndex | null): Ledger {
  return {
    ...ledger,
    async commit(changes) {
      const watching = index();
      watching?.begin();
      try {
        await ledger.commit(changes);
      } catch (error) {
        watching?.end(null);
        throw error;
      }
      watching?.end(changes);
    },
  };
}

function toIndexed(connection: string, view: PairView, now: Date): IndexedDeal {
  const row = toDealRow(connection, view, now);
  const owners = ownersOf(view);
  const { salesStage = null } = dealOf(view);
  const searched = [row.name, row.customer, row.stage, row.opportunityId, row.referralId, ...owners];
  return {
    row,
    owners,
    salesStage,
    text: searched
      .filter((part) => part !== null)
      .join('\n')
      .toLowerCase(),
    waitingSince: row.inStep ? null : waitingSinceOf(view, row),
  };
}

function waitingSinceOf({ verdict, opportunity, referral, items }: PairView, row: DealRow): string | null {
  const edits: string[] = [];
  if (verdict !== null && opportunity !== null && Object.keys(verdict.referralChanges).length > 0)
    edits.push(opportunity.modifiedAt);
  if (verdict !== null && referral !== null && Object.keys(verdict.opportunityChanges).length > 0)
    edits.push(referral.updatedAt);
  for (const { kind, since } of items) if (kind === 'conflict' || kind === 'parked') edits.push(since);
  return edits.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? row.lastChange;
}
