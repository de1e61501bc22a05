/** The lists behind the page: an index of deals for each connection, made on first use and freed when nobody looks. */
import { setImmediate as rest } from 'node:timers/promises';
import { daysLeft } from '../../core/deadlines.ts';
import type { Ledger } from '../../core/store-port.ts';
import { createDealIndex, type DealIndex, type IndexedDeal, watchLedger } from '../../views/deal-index.ts';
import { type DealFilter, type DealRow, passes } from '../../views/deal-rows.ts';
import { createPipelineCounter, type PipelineCell } from '../../views/pipeline.ts';
import { receivedWithoutLink } from '../../views/received-deals.ts';
import type { ConsoleConnection } from './dependencies.ts';

/** Nobody asked for so long: the memory is better used elsewhere. */
const UNUSED_MS = 15 * 60_000;

const SORTS = {
  changed: ({ row }: IndexedDeal) => (row.lastChange === null ? 0 : Date.parse(row.lastChange)),
  deadline: ({ row }: IndexedDeal) =>
    row.daysLeft === null || row.expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(row.expiresAt),
  amount: ({ row }: IndexedDeal) => Number(row.amount ?? 0),
  closeDate: ({ row }: IndexedDeal) => row.closeDate ?? '',
  name: ({ row }: IndexedDeal) => (row.name ?? '').toLowerCase(),
  customer: ({ row }: IndexedDeal) => (row.customer ?? '').toLowerCase(),
} as const;
export const DEAL_SORTS = Object.keys(SORTS) as (keyof typeof SORTS)[];
export type DealSort = keyof typeof SORTS;

export interface DealQuery {
  readonly filter: DealFilter;
  /** Only this connection; null: all. */
  readonly connection: string | null;
  /** Links that no longer sync, instead of those that do. */
  readonly archived: boolean;
  /** Words that must all occur. */
  readonly text: string | null;
  readonly sort: DealSort;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface DealPage {
  readonly rows: readonly DealRow[];
  /** How many the filters let pass. */
  readonly total: number;
  /** Null when every link has been looked at; else how far the index is built. */
  readonly building: { readonly done: number; readonly total: number } | null;
}

export interface Standing {
  readonly pipeline: readonly PipelineCell[];
  /** Deals with an edit that waits, and since when the oldest does. */
  readonly waiting: { readonly count: number; readonly since: string | null };
  readonly building: DealPage['building'];
}

export interface ReadModel {
  deals(query: DealQuery): Promise<DealPage>;
  /** Unanswered deals that others sent, the one that expires first at the top. */
  inbound(): Promise<{ readonly rows: readonly DealRow[]; readonly building: DealPage['building'] }>;
  standing(connection: ConsoleConnection): Promise<Standing>;
  /** A ledger whose commits the index learns of: every writer of the process must go through it. */
  watch(connection: string, ledger: Ledger): Ledger;
  releaseUnused(): void;
}

/** How long an answer waits for an index that is being built before it shows what there is. */
const PATIENCE_MS = 1_500;

export function createReadModel(connections: () => readonly ConsoleConnection[], now: () => Date): ReadModel {
  const indexes = new Map<string, { index: DealIndex; of: ConsoleConnection['config']; usedAt: number }>();

  const indexOf = async (connection: ConsoleConnection): Promise<DealIndex> => {
    const { config, hashOf } = connection;
    const held = indexes.get(config.name);
    // Another configuration: what a stage or a field means may be other, too.
    if (held !== undefined && held.of === config) {
      held.usedAt = now().getTime();
      return held.index;
    }
    const index = createDealIndex({
      connection: config.name,
      ledger: await connection.ledger(),
      mapping: config.mapping,
      hashOf,
      now,
      rest,
    });
    indexes.set(config.name, { index, of: config, usedAt: now().getTime() });
    return index;
  };

  const refreshed = async (connection: ConsoleConnection): Promise<DealIndex> => {
    const index = await indexOf(connection);
    const ready = index.refresh();
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([ready, enough]).finally(() => clearTimeout(timer));
    // Whoever asks next meets the same failure; this one must not go unhandled.
    ready.catch(() => {});
    return index;
  };

  const gather = async (wanted: readonly ConsoleConnection[]) => {
    const found = await Promise.all(wanted.map(refreshed));
    const busy = found.flatMap(({ building }) => building ?? []);
    const sum = (key: 'done' | 'total'): number => busy.reduce((total, one) => total + one[key], 0);
    return {
      deals: found.flatMap(({ deals }) => [...deals.values()]),
      building: busy.length === 0 ? null : { done: sum('done'), total: sum('total') },
    };
  };

  const today = (row: DealRow): DealRow =>
    row.daysLeft === null || row.expiresAt === null
      ? row
      : { ...row, daysLeft: daysLeft(row.expiresAt, now().toISOString()) };

  return {
    async deals(query) {
      const { filter, archived, sort, descending, offset, limit } = query;
      const wanted = connections().filter(
        ({ config }) => query.connection === null || config.name === query.connection,
      );
      const words = (query.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
      const { deals, building } = await gather(wanted);
      const passing = deals.filter(
        ({ row, owners, text }) =>
          (row.link === 'active') !== archived &&
          passes(filter, today(row), owners) &&
          words.every((word) => text.includes(word)),
      );
      const keyOf = SORTS[sort];
      const order = descending ? -1 : 1;
      const sorted = passing
        .map((deal) => ({ deal, key: keyOf(deal) }))
        .sort(
          (a, b) =>
            (a.key < b.key ? -order : a.key > b.key ? order : 0) ||
            (a.deal.row.opportunityId < b.deal.row.opportunityId ? -1 : 1),
        );
      const rows = sorted.slice(offset, offset + limit).map(({ deal }) => today(deal.row));
      return { rows, total: passing.length, building };
    },
    async inbound() {
      const { deals, building } = await gather(connections());
      const linked = deals.filter(({ row }) => row.daysLeft !== null && row.link === 'active');
      const others = await Promise.all(
        connections().map(async (connection) => {
          const index = await indexOf(connection);
          const ledger = await connection.ledger();
          return receivedWithoutLink(connection.config.name, ledger, index.isLinked, now());
        }),
      );
      const rows = [...linked.map(({ row }) => today(row)), ...others.flat()].sort(
        (a, b) => Date.parse(a.expiresAt ?? '') - Date.parse(b.expiresAt ?? ''),
      );
      return { rows, building };
    },
    async standing(connection) {
      const index = await refreshed(connection);
      const counter = createPipelineCounter();
      let count = 0;
      let since: string | null = null;
      for (const { row, salesStage, waitingSince } of index.deals.values()) {
        if (row.link !== 'active') continue;
        const { state, kind, amount, currency } = row;
        counter.add({ state, kind, amount, currency, salesStage });
        if (waitingSince === null) continue;
        count += 1;
        if (since === null || Date.parse(waitingSince) < Date.parse(since)) since = waitingSince;
      }
      return { pipeline: counter.cells(), waiting: { count, since }, building: index.building };
    },
    watch: (name, ledger) => watchLedger(ledger, () => indexes.get(name)?.index ?? null),
    releaseUnused() {
      for (const { index, usedAt } of indexes.values())
        if (now().getTime() - usedAt > UNUSED_MS) index.release();
    },
  };
}
