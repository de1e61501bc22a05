/** The deciding half of a run: from due records to decisions, committing what needs no remote write. */

import { decideCreate } from '../core/decide-create.ts';
import { decideInbound, wantsOpportunity } from '../core/decide-inbound.ts';
import { RemoteError } from '../core/errors.ts';
import { toDeal } from '../core/mapping.ts';
import { TEXT_LIMITS } from '../core/mapping-write.ts';
import { type Finding, NOTHING } from '../core/plan.ts';
import type { CallOptions, OpportunityRecord, OpportunityUpdate } from '../core/ports.ts';
import type { AttentionItem } from '../core/store-port.ts';
import { SLOW_RETRY_MINUTES } from '../core/timing.ts';
import { accountKey } from './account-choice.ts';
import { searchAccounts, withoutAccounts } from './account-search.ts';
import { isLeftBehind } from './adopted.ts';
import { parkedBookkeeping } from './bookkeeping.ts';
import { commitDecided } from './commit-decided.ts';
import { withDeadline } from './deadlines.ts';
import { decidePair } from './decide-pair.ts';
import type { DecideContext, Decided } from './decided.ts';
import type { EngineDependencies } from './dependencies.ts';
import { fingerprint } from './digest.ts';
import { lookAtInvitation } from './microsoft.ts';
import { isMistake, mistakeAt, placesOf } from './mistakes.ts';
import { opportunityOf, referralOf, type Subject } from './subject.ts';
import { unanswered } from './unanswered.ts';

/** When to ask again whether another connection holds the opportunity of a referral. */
const ASK_AGAIN_MINUTES = 60;

/** Decides about subjects and commits findings, baselines, links and due times that need no remote write. */
export async function decideAll(
  dependencies: EngineDependencies,
  subjects: readonly Subject[],
  context: DecideContext,
  options: CallOptions,
): Promise<readonly Decided[]> {
  const { ledger } = dependencies;
  const items = await ledger.attentionAbout({
    opportunityIds: subjects.flatMap((subject) => opportunityOf(subject)?.id ?? []),
    referralIds: subjects.flatMap((subject) => referralOf(subject)?.id ?? []),
  });
  const about = indexItems(items);
  const decided: Decided[] = [];
  for (const subject of subjects) {
    const own = [
      ...(about.get(opportunityOf(subject)?.id ?? '') ?? []),
      ...(about.get(referralOf(subject)?.id ?? '') ?? []),
    ];
    try {
      const one = await decideOne(dependencies, subject, [...new Set(own)], context, options);
      const { findings, actions, lookAgainAt } = one.decision;
      decided.push({
        ...one,
        waits: one.waits ?? (findings.length === 0 && actions.length === 0 && lookAgainAt !== null),
        decision: isElsewhere(subject)
          ? one.decision
          : withDeadline(one.decision, referralOf(subject), opportunityOf(subject), context.timing.now),
      });
    } catch (error) {
      if (!isMistake(error)) throw error;
      decided.push(undecided(dependencies, subject, error, context));
    }
  }
  await commitDecided(dependencies, decided, about, context);
  return decided;
}

/** A record at which we made a mistake: nothing is decided about it, and a person is told. */
function undecided(
  { logger }: EngineDependencies,
  subject: Subject,
  error: Error,
  { timing }: DecideContext,
): Decided {
  const ids = { opportunityId: opportunityOf(subject)?.id, referralId: referralOf(subject)?.id };
  logger.error({ ...ids, where: placesOf(error) }, 'A mistake was made at a record');
  const finding = mistakeAt(subject.kind === 'linked' ? subject.link : ids, error);
  return {
    subject,
    decision: { ...NOTHING, findings: [finding], lookAgainAt: timing.after(SLOW_RETRY_MINUTES) },
    mapped: null,
    bookkeeping: null,
    parkedNote: null,
    link: subject.kind === 'linked' ? subject.link : null,
  };
}

function isElsewhere(subject: Subject): boolean {
  return subject.kind === 'referral' && subject.isElsewhere !== undefined;
}

function indexItems(items: readonly AttentionItem[]): Map<string, AttentionItem[]> {
  const index = new Map<string, AttentionItem[]>();
  for (const item of items) {
    for (const id of [item.opportunityId, item.referralId])
      if (id !== null) index.set(id, [...(index.get(id) ?? []), item]);
  }
  return index;
}

async function decideOne(
  dependencies: EngineDependencies,
  subject: Subject,
  items: readonly AttentionItem[],
  context: DecideContext,
  options: CallOptions,
): Promise<Decided> {
  const { mapping, policy, crm } = dependencies;
  const limits = TEXT_LIMITS[crm.kind];
  const none = { mapped: null, bookkeeping: null, parkedNote: null, link: null };
  switch (subject.kind) {
    case 'doubtful': {
      const note =
        subject.opportunity === null || isLeftBehind(subject.opportunity, context.stateCreatedAt)
          ? null
          : await newParkedNote(dependencies, subject.opportunity, [subject.finding], context);
      return {
        ...none,
        subject,
        parkedNote: note,
        decision: { ...NOTHING, findings: [subject.finding], lookAgainAt: context.timing.after(24 * 60) },
      };
    }
    case 'opportunity': {
      const intent = context.openIntents.get(subject.opportunity.id);
      if (intent !== undefined) return { ...none, subject, decision: unanswered(intent, context) };
      const mapped = toDeal(subject.opportunity, mapping);
      const decision = decideCreate({
        opportunity: subject.opportunity,
        mapped,
        timing: context.timing,
        pastCloseDate: policy.pastCloseDate,
      });
      return {
        ...none,
        subject,
        mapped,
        decision,
        parkedNote: await newParkedNote(dependencies, subject.opportunity, decision.findings, context),
      };
    }
    case 'referral': {
      if (subject.isElsewhere !== undefined) {
        const lookAgainAt = subject.isElsewhere === 'yes' ? null : context.timing.after(ASK_AGAIN_MINUTES);
        return { ...none, subject, decision: { ...NOTHING, lookAgainAt } };
      }
      const intent = context.openIntents.get(subject.referral.id);
      if (intent !== undefined) return { ...none, subject, decision: unanswered(intent, context) };
      const input = {
        referral: subject.referral,
        mapping,
        limits,
        lacking: new Set(crm.lacking?.() ?? []),
        timing: context.timing,
        policy: policy.inbound,
        stateCreatedAt: context.stateCreatedAt,
      };
      const customer = subject.referral.deal.customer;
      const looks =
        wantsOpportunity(input) && customer !== undefined && customer !== null && customer.name !== null;
      const accounts = looks
        ? await searchAccounts(
            crm,
            { duns: customer.duns, name: customer.name ?? '' },
            context.accountSearches,
            options,
          )
        : null;
      if (accounts instanceof RemoteError)
        return { ...none, subject, decision: withoutAccounts(subject.referral, accounts, context.timing) };
      const chosenAccount = await dependencies.ledger.meta(accountKey(subject.referral.id));
      return { ...none, subject, decision: decideInbound({ ...input, accounts, chosenAccount }) };
    }
    case 'linked': {
      const siblings = await lookAtInvitation(dependencies, subject, context.looks, context.timing, options);
      return decidePair(dependencies, { ...subject, siblings }, items, context);
    }
    default:
      return assertNever(subject);
  }
}

function assertNever(value: never): never {
  throw new TypeError(`Unknown subject ${String((value as { kind: unknown }).kind)}.`);
}

/** Tells an opportunity why it is not shared, once for each reason: what was told last is kept in the ledger. */
async function newParkedNote(
  { mapping, ledger }: EngineDependencies,
  opportunity: OpportunityRecord,
  findings: readonly Finding[],
  { timing }: DecideContext,
): Promise<OpportunityUpdate | null> {
  const parked = findings.find(({ kind }) => kind === 'parked');
  if (parked === undefined || opportunity.deleted) return null;
  if ((await ledger.meta(noteKey(opportunity.id))) === fingerprint(parked.message)) return null;
  return parkedBookkeeping(mapping, opportunity.id, parked, timing.now);
}

/** Where the ledger keeps a fingerprint of what an unlinked opportunity was last told. */
export function noteKey(id: string): string {
  return `note:${id}`;
}
