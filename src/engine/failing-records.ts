/**
 * Records at which Partner Center fails again, while it answers about others, become attention items and are tried at
 * growing distances; what failed is remembered between runs.
 */
import { z } from 'zod';
import type { RemoteError } from '../core/errors.ts';
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import type { Finding } from '../core/plan.ts';
import type { AttentionItem, Ledger, Link } from '../core/store-port.ts';
import { addSeconds } from '../core/timing.ts';
import type { EngineDependencies } from './dependencies.ts';
import { toItem } from './findings.ts';
import type { RunState } from './run-state.ts';
import type { Failure, Trouble } from './trouble.ts';

/** The code of the item. */
export const FAILING = 'failing-record';

/** Runs in which a record failed while others were answered, before a person is told. */
const MIN_FAILURES = 2;
/**
 * Runs in which it failed while nothing else was asked for but the lists, which were answered. The same goes for a row
 * that was changed or held by somebody else, which is nothing out of the ordinary.
 */
const MIN_RUNS = 5;
const MIN_WAIT_SECONDS = 5 * 60;
const MAX_WAIT_SECONDS = 60 * 60;
const META_KEY = 'failing-records';
const MAX_REMEMBERED = 500;
/** What has not failed for so long is another matter when it fails again. */
const FORGOTTEN_AFTER_SECONDS = 48 * 3600;

const Failures = z.record(
  z.string(),
  z.object({
    since: z.string(),
    last: z.string(),
    runs: z.number().int(),
    count: z.number().int(),
    retryAt: z.string().nullable(),
  }),
);

/** What failed lately, by referral id, engagement id or opportunity id; something unreadable counts as nothing. */
export async function rememberedFailures({
  ledger,
  now,
}: Pick<EngineDependencies, 'ledger' | 'now'>): Promise<ReadonlyMap<string, Failure>> {
  const text = await ledger.meta(META_KEY);
  if (text === null) return new Map();
  try {
    return recent(Object.entries(Failures.parse(JSON.parse(text))), now().toISOString());
  } catch {
    return new Map();
  }
}

function recent(failures: Iterable<readonly [string, Failure]>, at: string): ReadonlyMap<string, Failure> {
  const oldest = addSeconds(at, -FORGOTTEN_AFTER_SECONDS);
  return new Map([...failures].filter(([, { last }]) => last > oldest));
}

interface Failed {
  readonly id: string;
  readonly error: RemoteError;
  /** Whether it says something about the record at all, and whether others were answered about. */
  readonly counts: boolean;
  readonly isAlone: boolean;
}

/** What failed in a run, each with what that tells of the record. */
function failuresOf({ trouble, rowTrouble, stopped }: RunState): readonly Failed[] {
  const { failed, answered, remembered } = trouble;
  const isUp = [...answered].some((id) => !failed.has(id));
  const isStopped = stopped.has('partnerCenter');
  return [
    ...[...failed].map(([id, error]) => ({
      id,
      error,
      counts: !isStopped,
      // Where the host gave out within the run, only what had failed before it is blamed on the record.
      isAlone: isUp && (!isStopped || remembered.has(id)),
    })),
    ...[...rowTrouble.failed].map(([id, error]) => ({ id, error, counts: true, isAlone: false })),
  ];
}

/**
 * Remembers the failures of a run, raises items for records that fail while others are answered, and forgets what was
 * answered about. A single failure is only reported: the next run tries again.
 */
export async function settleTrouble(
  { ledger, now }: Pick<EngineDependencies, 'ledger' | 'now'>,
  state: RunState,
): Promise<void> {
  const { trouble, rowTrouble } = state;
  const { remembered } = trouble;
  const failures = failuresOf(state);
  const failed = new Set(failures.map(({ id }) => id));
  const recovered = [...remembered.keys()].filter(
    (id) => !failed.has(id) && (trouble.answered.has(id) || rowTrouble.answered.has(id)),
  );
  if (failed.size === 0 && recovered.length === 0) return;
  const at = now().toISOString();
  const next = new Map(remembered);
  const resolved: string[] = [];
  for (const id of recovered) {
    next.delete(id);
    resolved.push(keyOf(id, await pairOf(ledger, trouble, id)));
  }
  const attention: AttentionItem[] = [];
  const due: { side: 'opportunity'; id: string; dueAt: string }[] = [];
  for (const { id, error, counts, isAlone } of failures) {
    const { since, runs, count } = remembered.get(id) ?? { since: at, runs: 0, count: 0 };
    const failure = {
      since,
      last: at,
      runs: runs + (counts ? 1 : 0),
      count: count + (isAlone ? 1 : 0),
    };
    const isTold = failure.count >= MIN_FAILURES || failure.runs >= MIN_RUNS;
    const retryAt = isTold ? addSeconds(at, waitOf(since, at)) : null;
    next.set(id, { ...failure, retryAt });
    if (retryAt === null) {
      if (error.system === 'partnerCenter') trouble.untold ??= error;
      continue;
    }
    const pair = await pairOf(ledger, trouble, id);
    const finding = findingOf(id, pair, error);
    const known = (await ledger.attentionByKeys([finding.key])).get(finding.key);
    attention.push(toItem(finding, at, known));
    state.raised.set(finding.key, finding.kind);
    // What else there is to do for the opportunity does not wait for what belongs to it.
    if (pair.opportunityId !== null && !isRelated(id))
      due.push({ side: 'opportunity', id: pair.opportunityId, dueAt: retryAt });
  }
  const raised = new Set(attention.map(({ key }) => key));
  await ledger.commit({
    attention,
    resolved: resolved.filter((key) => !raised.has(key)),
    due,
    meta: { [META_KEY]: written(next, at) },
  });
}

/** As long as it has been failing already, within bounds. */
function waitOf(since: string, at: string): number {
  const failingFor = (Date.parse(at) - Date.parse(since)) / 1000;
  return Math.min(MAX_WAIT_SECONDS, Math.max(MIN_WAIT_SECONDS, failingFor));
}

function written(failures: ReadonlyMap<string, Failure>, at: string): string | null {
  const kept = [...recent(failures, at)]
    .sort(([, a], [, b]) => (a.last < b.last ? 1 : -1))
    .slice(0, MAX_REMEMBERED);
  return kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept));
}

const RELATED = 'related:';

/** Under what the failures of what belongs to an opportunity are remembered, apart from those of its own columns. */
export function relatedRecord({ opportunityId }: Pick<Link, 'opportunityId'>): string {
  return `${RELATED}${opportunityId}`;
}

interface Pair {
  readonly opportunityId: OpportunityId | null;
  readonly referralId: ReferralId | null;
}

/** Whose record it is: a link's, by any of its ids, or that of an opportunity that names it. */
async function pairOf(
  ledger: Pick<Ledger, 'linksByOpportunity' | 'linksByReferral' | 'referralsOfEngagement'>,
  { waiting }: Trouble,
  id: string,
): Promise<Pair> {
  const row = id.replace(RELATED, '') as OpportunityId;
  const own = (await ledger.linksByOpportunity([row])).get(row);
  if (own !== undefined) return asPair(own);
  const members = await ledger.referralsOfEngagement(id);
  const ids = [id as ReferralId, ...members.map((member) => member.id)];
  const [link] = [...(await ledger.linksByReferral(ids)).values()];
  return link === undefined ? { opportunityId: waiting.get(id) ?? null, referralId: null } : asPair(link);
}

function asPair({ opportunityId, referralId }: Link): Pair {
  return { opportunityId, referralId };
}

function isRelated(record: string): boolean {
  return record.startsWith(RELATED);
}

function keyOf(record: string, { opportunityId }: Pair): string {
  return `${isRelated(record) ? 'notice:related-failing' : `parked:${FAILING}`}:${opportunityId ?? record}`;
}

function findingOf(record: string, pair: Pair, error: RemoteError): Finding {
  return {
    ...pair,
    key: keyOf(record, pair),
    kind: isRelated(record) ? 'notice' : 'parked',
    code: isRelated(record) ? 'related-failing' : FAILING,
    fields: isRelated(record) ? ['contacts', 'solutions'] : [],
    message: messageOf(record, error),
    values: [],
  };
}

function messageOf(record: string, error: RemoteError): string {
  const said = withStop(error.message);
  if (isRelated(record))
    return `The contacts and solutions of this received deal cannot be added to its opportunity: ${said} It is tried again at least once an hour. If it lasts, add what you need in the CRM.`;
  if (error.system === 'crm')
    return `The opportunity cannot be written, because something else keeps changing or holding it: ${said} It is tried again when it is edited and at least once an hour; the others go on. If it lasts, look for an automation that saves it again and again.`;
  const request = error.requestId === null ? '' : ` with request ${error.requestId}`;
  return `Partner Center fails at this deal while it answers otherwise: ${said} It is tried again when it is edited and at least once an hour; the others go on. If it lasts, open the deal in Partner Center, and report it to Microsoft${request}.`;
}

function withStop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
