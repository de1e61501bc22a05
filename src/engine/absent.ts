/** After both sides were read completely: links whose record was not delivered. Absence is not deletion, so each gets a direct look. */
import { type Guarded, guard } from '../core/guard.ts';
import { findingsFor } from '../core/pair-findings.ts';
import { recordLabel } from '../core/plan.ts';
import type { CallOptions } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { digestOf } from './digest.ts';
import { toItem } from './findings.ts';
import { type Pulled, saveOpportunities, saveReferrals } from './pull.ts';
import { approvedDigests } from './run-items.ts';
import type { RunState } from './run-state.ts';
import { type Unlink, unlinkAction } from './unlink.ts';

const PAGE = 1000;
/** Direct looks at referrals in one run: a role that lost its view must not cost a request a deal. */
const MAX_LOOKS = 200;

/**
 * Looks at absent records; what is really out of sight is said and, the second time, given up, as far as the guards
 * allow. Returns what they said.
 */
export async function lookForAbsent(
  dependencies: EngineDependencies,
  state: RunState,
  pulled: Pulled,
  options: CallOptions,
): Promise<Guarded> {
  const { ledger } = dependencies;
  const gone: Unlink[] = [];
  let looks = 0;
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
      : active.filter(({ referralId }) => !pulled.allReferrals?.has(referralId))) {
      looks += 1;
      if (looks > MAX_LOOKS) break;
      gone.push(...(await lookAtReferral(dependencies, state, link, options)));
    }
    const last = links.at(-1);
    if (last === undefined || links.length < PAGE) return giveUp(dependencies, gone);
    after = last.opportunityId;
  }
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
  const found = await dependencies.partnerCenter.find(link.referralId, options);
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
  return isKnown ? [unlinkAction(link, 'referral-gone', 'the referral is out of sight', link.linkedAt)] : [];
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
async function giveUp(dependencies: EngineDependencies, gone: readonly Unlink[]): Promise<Guarded> {
  const { ledger, policy } = dependencies;
  const guarded = guard({
    actions: gone,
    maxWrites: policy.maxWritesPerRun,
    maxCloses: policy.maxClosesPerRun,
    approvals: policy.approvals,
    approved: await approvedDigests(dependencies),
    digestOf,
  });
  const allowed = new Set(guarded.allowed);
  const links = gone.filter((action) => allowed.has(action)).map(({ link }) => link);
  if (links.length > 0) await ledger.commit({ links });
  return guarded;
}
