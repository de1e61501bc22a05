/** After both sides were read completely: links whose record was not delivered. Absence is not deletion, so each gets a direct look. */
import { findingsFor } from '../core/pair-findings.ts';
import { recordLabel } from '../core/plan.ts';
import type { CallOptions } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { toItem } from './findings.ts';
import { type Pulled, saveOpportunities, saveReferrals } from './pull.ts';
import type { RunState } from './run-state.ts';

const PAGE = 1000;
/** Direct looks at referrals in one run: a role that lost its view must not cost a request a deal. */
const MAX_LOOKS = 200;

/** Looks at absent records; what is really out of sight is said and, the second time, given up. */
export async function lookForAbsent(
  dependencies: EngineDependencies,
  state: RunState,
  pulled: Pulled,
  options: CallOptions,
): Promise<void> {
  const { ledger } = dependencies;
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
      await lookAtOpportunities(dependencies, state, lostOpportunities, options);
    for (const link of pulled.allReferrals === null
      ? []
      : active.filter(({ referralId }) => !pulled.allReferrals?.has(referralId))) {
      looks += 1;
      if (looks > MAX_LOOKS) break;
      await lookAtReferral(dependencies, state, link, options);
    }
    const last = links.at(-1);
    if (last === undefined || links.length < PAGE) return;
    after = last.opportunityId;
  }
}

async function lookAtOpportunities(
  dependencies: EngineDependencies,
  state: RunState,
  links: readonly Link[],
  options: CallOptions,
): Promise<void> {
  const { crm } = dependencies;
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
    await giveUp(
      dependencies,
      state,
      link,
      'opportunity-not-visible',
      'opportunity-deleted',
      `The opportunity of ${recordLabel(link.opportunityId, link.referralId)} is not to be seen in the CRM any more. The deal was not closed.`,
    );
  }
}

async function lookAtReferral(
  dependencies: EngineDependencies,
  state: RunState,
  link: Link,
  options: CallOptions,
): Promise<void> {
  const found = await dependencies.partnerCenter.find(link.referralId, options);
  if (found !== null) return saveReferrals(dependencies, [found]);
  await giveUp(
    dependencies,
    state,
    link,
    'referral-not-visible',
    'referral-gone',
    `The referral of ${recordLabel(link.opportunityId, link.referralId)} is not to be seen in Partner Center any more; a role or team may have changed. The opportunity was not changed.`,
  );
}

/** Says it the first time; unlinks when a later run finds the same. */
async function giveUp(
  { ledger, now }: EngineDependencies,
  state: RunState,
  link: Link,
  code: string,
  status: Link['status'],
  text: string,
): Promise<void> {
  const findings = findingsFor(link);
  findings.add('notice', code, [], text);
  const [finding] = findings.list;
  if (finding === undefined) return;
  const before = (await ledger.attentionByKeys([finding.key])).get(finding.key);
  await ledger.commit({
    attention: [toItem(finding, now().toISOString(), before)],
    links: before === undefined ? [] : [{ ...link, status }],
  });
  state.raised.set(finding.key, 'notice');
}
