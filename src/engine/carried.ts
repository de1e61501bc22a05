/**
 * Updates under way. What a write will have made both sides agree on is kept before it is sent: when its outcome is
 * not heard, because no answer came or the process died, the server is asked, and a value of ours that it holds is not
 * taken for an edit of somebody else's. Otherwise a person's change back would look like the older value, and be undone.
 */
import type { Deal, FieldName } from '../core/deal.ts';
import { RemoteError } from '../core/errors.ts';
import { FIELD_NAMES } from '../core/fields.ts';
import { sameValue } from '../core/lenses/equality.ts';
import { toDeal } from '../core/mapping.ts';
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import type { Baseline, BaselineEntry, Intent, Link } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { newIntent } from './intent.ts';
import { saveOpportunities, saveReferrals } from './pull.ts';

type UpdateKind = 'update-referral' | 'update-opportunity';

/** The intent of an update. @param carried what both sides will hold once it took effect */
export function updateIntent(
  dependencies: Pick<EngineDependencies, 'newId' | 'now'>,
  kind: UpdateKind,
  { opportunityId, referralId, engagementId }: Link,
  version: string,
  carried: Baseline,
): Intent {
  return { ...newIntent(dependencies, kind, { opportunityId, referralId, engagementId }), version, carried };
}

export function isUpdate({ kind }: Pick<Intent, 'kind'>): boolean {
  return kind === 'update-referral' || kind === 'update-opportunity';
}

/** What of an update a server is seen to hold, as entries of the baseline. */
export function tookEffect(
  { carried = {}, version }: Intent,
  side: keyof Pick<BaselineEntry, 'opportunity' | 'referral'>,
  held: { readonly version: string | null; readonly deal: Deal; readonly savedByUs: boolean },
): Baseline {
  if (held.version === version) return {};
  const entries: Partial<Record<FieldName, BaselineEntry>> = {};
  for (const field of FIELD_NAMES) {
    const entry = carried[field];
    if (entry === undefined || !Object.hasOwn(held.deal, field)) continue;
    // A row that nobody has saved after us holds what a trigger made of what we wrote.
    if (held.savedByUs || sameValue(field, held.deal[field], entry[side]))
      entries[field] = { ...entry, [side]: held.deal[field] };
  }
  return entries;
}

/** Looks at what became of every update that was not heard of. Returns the records that could not be read and must wait. */
export async function settleUpdates(
  dependencies: EngineDependencies,
  open: readonly Intent[],
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const updates = open.filter(isUpdate);
  const waiting = new Set<string>();
  if (updates.length === 0) return waiting;
  const links = await dependencies.ledger.linksByOpportunity(
    updates.flatMap(({ opportunityId }) => opportunityId ?? []),
  );
  const linkOf = ({ opportunityId, referralId }: Intent): Link | null => {
    const link = opportunityId === null ? undefined : links.get(opportunityId);
    return link?.referralId === referralId ? link : null;
  };
  await dropUnlinked(
    dependencies,
    updates.filter((intent) => linkOf(intent) === null),
  );
  const linked = updates.flatMap((intent) => {
    const link = linkOf(intent);
    return link === null ? [] : [{ intent, link }];
  });
  for (const { intent, link } of linked.filter((entry) => entry.intent.kind === 'update-referral')) {
    const referral = await readReferral(dependencies, link, options);
    if (referral !== 'unreadable') await settleReferralUpdate(dependencies, intent, referral);
    else for (const id of [link.opportunityId, link.referralId]) waiting.add(id);
  }
  await settleOpportunityUpdates(
    dependencies,
    linked.filter((entry) => entry.intent.kind === 'update-opportunity').map(({ intent }) => intent),
    options,
  );
  return waiting;
}

/** The updates of a pair that were not heard of, judged by the referral as it was just read. */
export async function settleReferralUpdates(
  dependencies: EngineDependencies,
  link: Link,
  referral: Referral,
): Promise<void> {
  const open = (await dependencies.ledger.intents()).filter(
    ({ kind, referralId }) => kind === 'update-referral' && referralId === link.referralId,
  );
  for (const intent of open) await settleReferralUpdate(dependencies, intent, referral);
}

async function readReferral(
  dependencies: EngineDependencies,
  { referralId }: Link,
  options: CallOptions,
): Promise<Referral | null | 'unreadable'> {
  try {
    const referral = await dependencies.partnerCenter.find(referralId, options);
    if (referral !== null) await saveReferrals(dependencies, [referral]);
    return referral;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.stopsHost) throw error;
    dependencies.logger.warn(
      { referralId, code: error.code },
      'A referral could not be read after an update without an answer',
    );
    return 'unreadable';
  }
}

/** A referral out of sight tells nothing: the pair rests until it is seen again, and so does the question. */
async function settleReferralUpdate(
  dependencies: EngineDependencies,
  intent: Intent,
  referral: Referral | null,
): Promise<void> {
  if (referral === null) return;
  await conclude(dependencies, [
    {
      intent,
      entries: tookEffect(intent, 'referral', {
        version: referral.version,
        deal: referral.deal,
        savedByUs: false,
      }),
    },
  ]);
}

async function settleOpportunityUpdates(
  dependencies: EngineDependencies,
  intents: readonly Intent[],
  options: CallOptions,
): Promise<void> {
  if (intents.length === 0) return;
  const read = await dependencies.crm.read(
    intents.flatMap(({ opportunityId }) => opportunityId ?? []),
    options,
  );
  const records = [...read.values()].filter((record): record is OpportunityRecord => record !== null);
  await saveOpportunities(dependencies, records);
  await conclude(
    dependencies,
    intents.map((intent) => {
      const record = intent.opportunityId === null ? null : (read.get(intent.opportunityId) ?? null);
      // A row that is gone is never written again; what became of its last update does not matter.
      if (record === null) return { intent, entries: {} };
      const { version, modifiedByUs: savedByUs } = record;
      const { deal } = toDeal(record, dependencies.mapping);
      return { intent, entries: tookEffect(intent, 'opportunity', { version, deal, savedByUs }) };
    }),
  );
}

/** Agrees on what took effect and lets the intents go, in one commit; the pairs are looked at again. */
async function conclude(
  { ledger, now }: EngineDependencies,
  outcomes: readonly { readonly intent: Intent; readonly entries: Baseline }[],
): Promise<void> {
  const ids = outcomes.flatMap(({ intent }) => intent.opportunityId ?? []);
  const links = new Map(await ledger.linksByOpportunity(ids));
  for (const { intent, entries } of outcomes) {
    const link = intent.opportunityId === null ? undefined : links.get(intent.opportunityId);
    if (link !== undefined)
      links.set(link.opportunityId, { ...link, baseline: { ...link.baseline, ...entries } });
  }
  await ledger.commit({
    links: [...links.values()],
    settledIntents: outcomes.map(({ intent }) => intent.id),
    due: ids.map((id) => ({ side: 'opportunity' as const, id: id as string, dueAt: now().toISOString() })),
  });
}

async function dropUnlinked({ ledger }: EngineDependencies, intents: readonly Intent[]): Promise<void> {
  if (intents.length > 0) await ledger.commit({ settledIntents: intents.map(({ id }) => id) });
}
