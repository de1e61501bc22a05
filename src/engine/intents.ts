/** Creates whose outcome is unknown: settled by looking for the tag, sent again only after the grace period. */

import type { OpportunityId, ReferralId } from '../core/ids.ts';
import type { CallOptions } from '../core/ports.ts';
import type { Intent } from '../core/store-port.ts';
import { addSeconds } from '../core/timing.ts';
import type { EngineDependencies } from './dependencies.ts';
import { saveOpportunities, saveReferrals } from './pull.ts';

/** Clocks differ: a search begins this long before the intent was written. */
const SKEW_SECONDS = 300;

/** Looks for every open intent's record; returns those still open. */
export async function settleIntents(
  dependencies: EngineDependencies,
  options: CallOptions,
): Promise<readonly Intent[]> {
  const open = (await dependencies.ledger.intents()).filter(({ kind }) => kind !== 'add-related');
  if (open.length === 0) return [];
  const found = new Set<string>();
  await findReferrals(
    dependencies,
    open.filter(({ kind }) => kind === 'create-referral'),
    found,
    options,
  );
  await findInvitations(
    dependencies,
    open.filter(({ kind }) => kind === 'invite-microsoft'),
    found,
    options,
  );
  await findOpportunities(
    dependencies,
    open.filter(({ kind }) => kind === 'create-opportunity'),
    found,
    options,
  );

  const now = dependencies.now();
  const graceMs = dependencies.policy.createGraceMinutes * 60_000;
  const settled: string[] = [];
  const kept: Intent[] = [];
  for (const intent of open) {
    const waitedMs = now.getTime() - Date.parse(intent.since);
    if (found.has(intent.id) || waitedMs >= graceMs) settled.push(intent.id);
    else kept.push({ ...intent, state: 'unknown', searches: intent.searches + 1 });
  }
  await dependencies.ledger.commit({
    settledIntents: settled,
    intents: kept,
    due: open
      .filter(({ id }) => settled.includes(id))
      .flatMap(({ opportunityId, referralId }) => [
        ...(opportunityId === null
          ? []
          : [{ side: 'opportunity' as const, id: opportunityId as string, dueAt: now.toISOString() }]),
        ...(referralId === null
          ? []
          : [{ side: 'referral' as const, id: referralId as string, dueAt: now.toISOString() }]),
      ]),
  });
  return kept;
}

async function findReferrals(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  found: Set<string>,
  options: CallOptions,
): Promise<void> {
  const wanted = new Map<OpportunityId, Intent>();
  for (const intent of intents) if (intent.opportunityId !== null) wanted.set(intent.opportunityId, intent);
  if (wanted.size === 0) return;
  const known = await dependencies.ledger.referralsTagged([...wanted.keys()]);
  for (const referral of known) markTagged(referral, wanted, found);
  const missing = new Set([...wanted].filter(([, { id }]) => !found.has(id)).map(([id]) => id));
  if (missing.size === 0) return;
  const since = [...wanted.values()].map((intent) => intent.since).sort()[0] ?? '';
  const referrals = await dependencies.partnerCenter.findByTags(
    missing,
    addSeconds(since, -SKEW_SECONDS),
    options,
  );
  await saveReferrals(dependencies, referrals);
  for (const referral of referrals) markTagged(referral, wanted, found);
}

function markTagged(
  referral: {
    readonly tag: { readonly kind: string; readonly id?: OpportunityId };
    readonly isMicrosofts: boolean;
  },
  wanted: ReadonlyMap<OpportunityId, Intent>,
  found: Set<string>,
): void {
  const { tag } = referral;
  if (referral.isMicrosofts || tag.kind !== 'opportunity' || tag.id === undefined) return;
  const intent = wanted.get(tag.id);
  if (intent !== undefined) found.add(intent.id);
}

async function findInvitations(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  found: Set<string>,
  options: CallOptions,
): Promise<void> {
  for (const intent of intents) {
    if (intent.engagementId === null) continue;
    const referrals = await dependencies.partnerCenter.listEngagement(intent.engagementId, options);
    const sibling = referrals.find(({ isMicrosofts }) => isMicrosofts);
    if (sibling === undefined) continue;
    await saveReferrals(dependencies, [sibling]);
    found.add(intent.id);
  }
}

async function findOpportunities(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  found: Set<string>,
  options: CallOptions,
): Promise<void> {
  const wanted = new Map<ReferralId, Intent>();
  for (const intent of intents) if (intent.referralId !== null) wanted.set(intent.referralId, intent);
  if (wanted.size === 0) return;
  const records = await dependencies.crm.findByReferralIds([...wanted.keys()], options);
  await saveOpportunities(dependencies, records);
  const path = dependencies.mapping.tag.referralId;
  for (const record of records) {
    const intent = wanted.get(String(record.values[path] ?? '').toLowerCase() as ReferralId);
    if (intent !== undefined) found.add(intent.id);
  }
}
