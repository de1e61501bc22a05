/** After both sides were read completely: links whose record was not delivered. Absence is not deletion, so each gets a direct look. */
import { type Guarded, guard } from '../core/guard.ts';
import type { OpportunityId } from '../core/ids.ts';
import { findingsFor } from '../core/pair-findings.ts';
import { recordLabel } from '../core/plan.ts';
import type { CallOptions, Referral } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { digestOf } from './digest.ts';
import { toItem } from './findings.ts';
import { type Pulled, saveOpportunities, saveReferrals } from './pull.ts';
import { approvedDigests } from './run-items.ts';
import type { RunState } from './run-state.ts';
import { isOfOneRecord } from './trouble.ts';
import { type Unlink, unlinkAction } from './unlink.ts';

const PAGE = 1000;
/** Direct looks at referrals in one run: a role that lost its view must not cost a request a deal. */
const MAX_LOOKS = 200;
/** The ledger's note of the opportunity whose referral was looked at last, where there were more than one run looks at. */
const LOOKED_UP_TO = 'absent-looks-up-to';

/** Pairs whose referral was not delivered, in the order of their opportunities' ids. */
interface Missing {
  /** A person has approved that these are given up. */
  readonly approved: OpportunityId[];
  readonly others: OpportunityId[];
}

/**
 * Looks at absent records; what is really out of sight is said and, the second time, given up, as far as the guards
 * allow. Where more referrals are absent than a run looks at, it goes on where the run before stopped. Returns what the
 * guards said.
 */
export async function lookForAbsent(
  dependencies: EngineDependencies,
  state: RunState,
  pulled: Pulled,
  options: CallOptions,
): Promise<Guarded> {
  const { ledger } = dependencies;
  const approved = await approvedDigests(dependencies);
  const gone: Unlink[] = [];
  const missing: Missing = { approved: [], others: [] };
  let after: Link['opportunityId'] | undefined;
  for (;;) {
    const links = await ledger.links({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    const active = links.filter(({ status }) => status === 'active' || status === 'out-of-scope');
    const lostOpportunities =
      pulled.allOpportunities === null
        ? []
        : active.filter(({ opportunityId }) => !pulled.allOpportunities?.has(opportunityId));
    if (lostOpportunities.length > 0)
      gone.push(...(await lookAtOpportunities(dependencies, state, lostOpportunities, options)));
    for (const link of pulled.allReferrals === null
      ? []
      : active.filter(({ referralId }) => !pulled.allReferrals?.has(referralId)))
      missing[approved.has(digestOf(unlinkOfReferral(link))) ? 'approved' : 'others'].push(
        link.opportunityId,
      );
    after = links.at(-1)?.opportunityId;
    if (after === undefined || links.length < PAGE) break;
  }
  gone.push(...(await lookAtReferrals(dependencies, state, missing, options)));
  return giveUp(dependencies, gone, approved);
}

/** Looks at as many missing referrals as one run may, in turn: those whose giving up is approved, then where it stopped. */
async function lookAtReferrals(
  dependencies: EngineDependencies,
  state: RunState,
  { approved, others }: Missing,
  options: CallOptions,
): Promise<readonly Unlink[]> {
  const { ledger } = dependencies;
  const before = await ledger.meta(LOOKED_UP_TO);
  const isNext = (id: OpportunityId): boolean => before === null || id > before;
  const inTurn = [...others.filter(isNext), ...others.filter((id) => !isNext(id))];
  const chosen = [...approved, ...inTurn].slice(0, MAX_LOOKS);
  const links = await ledger.linksByOpportunity(chosen);
  const gone: Unlink[] = [];
  let upTo = before;
  let isDone = false;
  try {
    for (const [position, id] of chosen.entries()) {
      const link = links.get(id);
      if (position >= approved.length) upTo = id;
      if (link !== undefined) gone.push(...(await lookAtReferral(dependencies, state, link, options)));
    }
    isDone = approved.length + others.length <= MAX_LOOKS;
  } finally {
    // One that cannot be looked at must not keep the others from their turn either.
    const next = isDone ? null : upTo;
    if (next !== before) await ledger.commit({ meta: { [LOOKED_UP_TO]: next } });
  }
  return gone;
}

function unlinkOfReferral(link: Link): Unlink {
  return unlinkAction(link, 'referral-gone', 'the referral is out of sight', link.linkedAt);
}

async function lookAtOpportunities(
  dependencies: EngineDependencies,
  state: RunState,
  links: readonly Link[],
  options: CallOptions,
): Promise<readonly Unlink[]> {
  const { crm } = dependencies;
  const gone: Unlink[] = [];
  const found = await crm.read(
    links.map(({ opportunityId }) => opportunityId),
    options,
  );
  await saveOpportunities(
    dependencies,
    [...found.values()].filter((record) => record !== null),
  );
  for (const link of links) {
    if ((found.get(link.opportunityId) ?? null) !== null) continue;
    const isKnown = await tell(
      dependencies,
      state,
      link,
      'opportunity-not-visible',
      `The opportunity of ${recordLabel(link.opportunityId, link.referralId)} is not to be seen in the CRM any more. The deal was not closed.`,
    );
    if (isKnown)
      gone.push(unlinkAction(link, 'opportunity-deleted', 'the opportunity is out of sight', link.linkedAt));
  }
  return gone;
}

async function lookAtReferral(
  dependencies: EngineDependencies,
  state: RunState,
  link: Link,
  options: CallOptions,
): Promise<readonly Unlink[]> {
  const found = await find(dependencies, link, options);
  if (found === 'unreadable') return [];
  if (found !== null) {
    await saveReferrals(dependencies, [found]);
    return [];
  }
  const isKnown = await tell(
    dependencies,
    state,
    link,
    'referral-not-visible',
    `The referral of ${recordLabel(link.opportunityId, link.referralId)} is not to be seen in Partner Center any more; a role or team may have changed. The opportunity was not changed.`,
  );
  return isKnown ? [unlinkOfReferral(link)] : [];
}

async function find(
  { partnerCenter, logger }: EngineDependencies,
  { referralId }: Link,
  options: CallOptions,
): Promise<Referral | null | 'unreadable'> {
  try {
    return await partnerCenter.find(referralId, options);
  } catch (error) {
    if (!isOfOneRecord(error)) throw error;
    logger.warn({ referralId, code: error.code }, 'A referral that the list does not show could not be read');
    return 'unreadable';
  }
}

/** Says what is out of sight; true when an earlier run has said it already. */
async function tell(
  { ledger, now }: EngineDependencies,
  state: RunState,
  link: Link,
  code: string,
  text: string,
): Promise<boolean> {
  const findings = findingsFor(link);
  findings.add('notice', code, [], text);
  const [finding] = findings.list;
  if (finding === undefined) return false;
  const before = (await ledger.attentionByKeys([finding.key])).get(finding.key);
  await ledger.commit({ attention: [toItem(finding, now().toISOString(), before)] });
  state.raised.set(finding.key, 'notice');
  return before !== undefined;
}

/** Gives links up, unless there are more than a run may, or a person is to be asked. */
async function giveUp(
  dependencies: EngineDependencies,
  gone: readonly Unlink[],
  approved: ReadonlySet<string>,
): Promise<Guarded> {
  const { ledger, policy } = dependencies;
  const guarded = guard({
    actions: gone,
    maxWrites: policy.maxWritesPerRun,
    maxCloses: policy.maxClosesPerRun,
    approvals: policy.approvals,
    approved,
    digestOf,
  });
  const allowed = new Set(guarded.allowed);
  const links = gone.filter((action) => allowed.has(action)).map(({ link }) => link);
  if (links.length > 0) await ledger.commit({ links });
  return guarded;
}
