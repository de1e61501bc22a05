/**
 * Reading named records instead of the feeds: somebody said that they changed. What is read is saved as due, like a
 * feed's page; no cursor moves, so that the next ordinary run reads whatever else changed meanwhile.
 */
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { hasEnded } from '../core/lifecycle.ts';
import type { CallOptions } from '../core/ports.ts';
import type { EngineDependencies } from './dependencies.ts';
import { type Pulled, saveOpportunities, saveReferrals } from './pull.ts';
import { isOfOneRecord } from './trouble.ts';

export interface Looks {
  readonly referrals: readonly ReferralId[];
  readonly opportunities: readonly OpportunityId[];
  /** Whether the feeds are left alone in this run. */
  readonly only: boolean;
}

const NOTHING: Omit<Pulled, 'crmNow'> = {
  opportunities: 0,
  referrals: 0,
  delivered: new Set(),
  allOpportunities: null,
  allReferrals: null,
  unreadable: 0,
};
/** Links read from the ledger at a time. */
const PAGE = 1000;
const CLOCK_KEY = 'crm-clock';
/** A clock that is off by no more than this is the same clock. */
const SAME_CLOCK_MS = 2_000;

/** Keeps how the CRM's clock differs from ours, for runs that do not ask it. */
export async function noteCrmClock({ ledger, now }: EngineDependencies, crmNow: string): Promise<void> {
  const offset = Date.parse(crmNow) - now().getTime();
  const known = Number((await ledger.meta(CLOCK_KEY)) ?? Number.NaN);
  if (Math.abs(known - offset) <= SAME_CLOCK_MS) return;
  await ledger.commit({ meta: { [CLOCK_KEY]: String(offset) } });
}

/** The CRM's time as far as it can be told without asking; null before any feed was read. */
export async function crmTime({ ledger, now }: EngineDependencies): Promise<string | null> {
  const offset = await ledger.meta(CLOCK_KEY);
  return offset === null ? null : new Date(now().getTime() + Number(offset)).toISOString();
}

/**
 * Reads the records, one request a referral and the opportunities together with those that are linked to or named by
 * the referrals, and saves them. One that cannot be seen is passed over: absence is for the feeds to judge.
 */
export async function look(
  dependencies: EngineDependencies,
  { referrals, opportunities }: Looks,
  crmNow: string,
  options: CallOptions,
): Promise<Pulled> {
  const { ledger, partnerCenter, progress, logger } = dependencies;
  const found = [];
  for (const id of referrals) {
    try {
      const referral = await partnerCenter.find(id, options);
      if (referral !== null) found.push(referral);
    } catch (error) {
      if (!isOfOneRecord(error)) throw error;
      logger.warn(
        { referralId: id, code: error.code },
        'A referral that was to be looked at could not be read',
      );
    }
    progress({ phase: 'reading', done: found.length, total: referrals.length, what: 'referrals' });
  }
  await saveReferrals(dependencies, found);
  const links = await ledger.linksByReferral(found.map(({ id }) => id));
  const ids = new Set([
    ...opportunities,
    ...[...links.values()].map(({ opportunityId }) => opportunityId),
    ...found.flatMap(({ tag }) => (tag.kind === 'opportunity' ? [tag.id] : [])),
  ]);
  const delivered = await readOpportunities(dependencies, [...ids], options);
  return { ...NOTHING, crmNow, opportunities: delivered.size, referrals: found.length, delivered };
}

/** Reads the opportunities of open deals anew, where the CRM's feed cannot tell all that changes around one. */
export async function followRelated(dependencies: EngineDependencies, options: CallOptions): Promise<number> {
  const { crm, ledger } = dependencies;
  if (crm.hasSilentChanges !== true) return 0;
  let read = 0;
  let after: OpportunityId | undefined;
  for (;;) {
    const links = await ledger.links({
      status: 'active',
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const referrals = await ledger.referrals(links.map(({ referralId }) => referralId));
    const open = links.filter(({ referralId }) => {
      const deal = referrals.get(referralId)?.record.deal;
      return deal === undefined || !hasEnded(deal);
    });
    const ids = open.map(({ opportunityId }) => opportunityId);
    read += (await readOpportunities(dependencies, ids, options)).size;
    after = links.at(-1)?.opportunityId;
    if (after === undefined || links.length < PAGE) return read;
  }
}

async function readOpportunities(
  dependencies: EngineDependencies,
  ids: readonly OpportunityId[],
  options: CallOptions,
): Promise<ReadonlySet<OpportunityId>> {
  if (ids.length === 0) return new Set();
  const rows = [...(await dependencies.crm.read(ids, options)).values()].filter((row) => row !== null);
  await saveOpportunities(dependencies, rows);
  const { progress } = dependencies;
  progress({ phase: 'reading', done: rows.length, total: ids.length, what: 'opportunities' });
  return new Set(rows.map(({ id }) => id));
}
