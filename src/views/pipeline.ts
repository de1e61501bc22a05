/**
 * How many deals stand where, and what they are worth, counted today and kept for every day.
 *
 * The history cannot be worked out afterwards: the audit trail begins with a pair's link, is pruned, and knows nothing
 * of adopted deals. So one note a month is kept in the ledger, rewritten once a day: at most 31 small entries, read
 * with one look-up a month, and no table of its own.
 */
import { Decimal } from 'decimal.js';
import type { Deal, DealKind } from '../core/deal.ts';
import type { OpportunityId } from '../core/ids.ts';
import type { Ledger } from '../core/store-port.ts';
import { kindOfPair } from './pair-view.ts';

/** Where a deal stands: the open ones by sales stage, the closed ones by how they ended. In the order of a deal's life. */
export const PIPELINE_STAGES = [
  'Received',
  'Accepted',
  'Qualify',
  'Develop',
  'Propose',
  'Close',
  'Won',
  'Lost',
  'Declined',
  'Expired',
  'Error',
] as const;
export type PipelineStage = (typeof PIPELINE_STAGES)[number];

/** Deals of one stage and kind. */
export interface PipelineCell {
  readonly stage: PipelineStage;
  readonly kind: DealKind;
  readonly count: number;
  /** Sum of the estimated values by currency, as decimal text. */
  readonly value: Readonly<Record<string, string>>;
}

export interface PipelineDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly cells: readonly PipelineCell[];
}

/** What counting needs of a deal. */
export type Countable = Pick<Deal, 'state' | 'salesStage' | 'amount' | 'currency'> & {
  readonly kind: DealKind;
};

/** Links read at a time; between slices others get their turn. */
const SLICE = 200;

/** Where a deal stands; an accepted deal by its sales stage where one is known. */
export function pipelineStageOf({ state, salesStage }: Pick<Deal, 'state' | 'salesStage'>): PipelineStage {
  if (state === 'Accepted') return salesStage ?? 'Accepted';
  return state ?? 'Accepted';
}

export interface PipelineCounter {
  add(deal: Countable): void;
  cells(): readonly PipelineCell[];
}

export function createPipelineCounter(): PipelineCounter {
  const cells = new Map<
    string,
    { stage: PipelineStage; kind: DealKind; count: number; value: Map<string, Decimal> }
  >();
  return {
    add(deal) {
      const stage = pipelineStageOf(deal);
      const key = `${stage} ${deal.kind}`;
      const cell = cells.get(key) ?? { stage, kind: deal.kind, count: 0, value: new Map() };
      cells.set(key, cell);
      cell.count += 1;
      const { amount, currency } = deal;
      if (!amount || !currency) return;
      cell.value.set(currency, (cell.value.get(currency) ?? new Decimal(0)).plus(amount));
    },
    cells: () =>
      [...cells.values()]
        .sort(
          (a, b) =>
            PIPELINE_STAGES.indexOf(a.stage) - PIPELINE_STAGES.indexOf(b.stage) ||
            a.kind.localeCompare(b.kind),
        )
        .map(({ value, ...cell }) => ({
          ...cell,
          value: Object.fromEntries([...value].map(([currency, sum]) => [currency, sum.toFixed()])),
        })),
  };
}

/** Counts every pair that syncs, in slices. @param rest gives way to others between them */
export async function countPipeline(
  ledger: Ledger,
  rest: () => Promise<void>,
): Promise<readonly PipelineCell[]> {
  const counter = createPipelineCounter();
  let after: OpportunityId | undefined;
  for (;;) {
    const links = await ledger.links({
      status: 'active',
      limit: SLICE,
      ...(after === undefined ? {} : { after }),
    });
    const referrals = await ledger.referrals(links.map(({ referralId }) => referralId));
    for (const link of links) {
      const referral = referrals.get(link.referralId)?.record;
      if (referral !== undefined) counter.add({ ...referral.deal, kind: kindOfPair({ link, referral }) });
    }
    after = links.at(-1)?.opportunityId;
    if (links.length < SLICE || after === undefined) return counter.cells();
    await rest();
  }
}

const KEY = 'pipeline:';
const monthOf = (day: string): string => day.slice(0, 7);

type Month = Record<string, readonly PipelineCell[]>;

/** Keeps a day's figures; a later call on the same day replaces them. */
export async function savePipelineDay(ledger: Ledger, { day, cells }: PipelineDay): Promise<void> {
  const key = KEY + monthOf(day);
  const month = readMonth(await ledger.meta(key));
  await ledger.commit({ meta: { [key]: JSON.stringify({ ...month, [day]: cells }) } });
}

/** The days that were kept from one day to another, both included, oldest first. */
export async function pipelineDays(
  ledger: Ledger,
  from: string,
  to: string,
): Promise<readonly PipelineDay[]> {
  const days: PipelineDay[] = [];
  for (let month = monthOf(from); month <= monthOf(to); month = nextMonth(month)) {
    for (const [day, cells] of Object.entries(readMonth(await ledger.meta(KEY + month))))
      if (day >= from && day <= to) days.push({ day, cells });
  }
  return days.sort((a, b) => a.day.localeCompare(b.day));
}

/** Whether a day's figures are kept. */
export async function hasPipelineDay(ledger: Ledger, day: string): Promise<boolean> {
  return Object.hasOwn(readMonth(await ledger.meta(KEY + monthOf(day))), day);
}

function nextMonth(month: string): string {
  return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 1))
    .toISOString()
    .slice(0, 7);
}

/** What cannot be read is as good as not kept: figures of the past steer nothing. */
function readMonth(text: string | null): Month {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Month) : {};
  } catch {
    return {};
  }
}
