/**
 * Following Microsoft's side of an engagement. Normally the referral list delivers it; where it does not, invitations
 * that wait for an answer are looked at directly, seldom and only a few a run.
 */
import { RemoteError } from '../core/errors.ts';
import {
  isWaiting,
  type MicrosoftAnswer,
  microsoftAnswer,
  newAnswer,
  withMicrosoftsPart,
  withSiblings,
} from '../core/microsoft-answer.ts';
import type { Finding } from '../core/plan.ts';
import type { CallOptions, Referral } from '../core/ports.ts';
import type { HistoryEntry, Link, Seen } from '../core/store-port.ts';
import type { Timing } from '../core/timing.ts';
import type { EngineDependencies } from './dependencies.ts';
import { saveReferrals } from './pull.ts';

/** How long an unanswered invitation is left alone where the list shows no siblings. */
const LOOK_EVERY_MINUTES = 12 * 60;
/** After a look that failed. */
const RETRY_MINUTES = 60;
const PAGE = 1000;

/** After a complete reading: invitations without an answer whose sibling it did not deliver are looked at in this run. */
export async function wakeInvitations(
  { ledger, now }: EngineDependencies,
  delivered: ReadonlySet<Referral['id']> | null,
): Promise<void> {
  if (delivered === null) return;
  const dueAt = now().toISOString();
  let after: Link['opportunityId'] | undefined;
  for (;;) {
    const links = await ledger.links({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    const due = links
      .filter(({ status }) => status === 'active')
      .flatMap(({ siblings }) => siblings)
      .filter(({ id, state }) => state === 'Received' && !delivered.has(id))
      .map(({ id }) => ({ side: 'referral' as const, id: id as string, dueAt }));
    if (due.length > 0) await ledger.commit({ due });
    after = links.at(-1)?.opportunityId;
    if (links.length < PAGE || after === undefined) return;
  }
}

/** Direct looks at unanswered invitations that a run may still take, and whom they did not suffice for. */
export interface LookBudget {
  left: number;
  /** Siblings that keep their place: they are looked at by the next run. */
  readonly passedOver: Set<string>;
}

/** The ledger's note that a complete reading has asked for more looks than one run takes. */
const LOOKS_LEFT = 'invitation-looks-left';

/** Whether invitations still wait for the look that a complete reading asked for. */
export async function hasLooksLeft({ ledger }: Pick<EngineDependencies, 'ledger'>): Promise<boolean> {
  return (await ledger.meta(LOOKS_LEFT)) !== null;
}

/** At a run's end: whether the next one has to go on with the looks. @param isFull whether this one made a complete reading */
export async function noteLooksLeft(
  { ledger }: Pick<EngineDependencies, 'ledger'>,
  { passedOver }: LookBudget,
  isFull: boolean,
): Promise<void> {
  const before = await ledger.meta(LOOKS_LEFT);
  const after = passedOver.size > 0 && (isFull || before !== null) ? 'yes' : null;
  if (after !== before) await ledger.commit({ meta: { [LOOKS_LEFT]: after } });
}

/** What a run may still look at. */
export interface InvitationLooks {
  readonly budget: LookBudget;
  /** Whether the list is known to show siblings, so that nothing else needs asking. */
  readonly showsSiblings: boolean;
  /** A complete reading has just been made, or its looks are still going on. */
  readonly isFull: boolean;
}

/** A linked pair with its siblings, as far as following them goes. */
export interface Followed {
  readonly link: Link;
  readonly referral: Referral | null;
  readonly siblings: readonly Seen<Referral>[];
}

/** The siblings, looked at where their time has come and nothing else tells. */
export async function lookAtInvitation(
  dependencies: EngineDependencies,
  { link, referral, siblings }: Followed,
  looks: InvitationLooks,
  timing: Timing,
  options: CallOptions,
): Promise<readonly Seen<Referral>[]> {
  const answer = microsoftAnswer(
    siblings.map(({ record }) => record),
    timing.now,
  );
  if (answer === null || referral?.origin !== 'own' || !isWaiting(answer)) return siblings;
  const entry = siblings.find(({ record }) => record.id === answer.referral.id);
  const told = link.siblings.find(({ id }) => id === answer.referral.id)?.state;
  const isDue = entry?.dueAt !== null && entry !== undefined && isPast(entry.dueAt, timing.now);
  const isNeeded = !looks.showsSiblings || looks.isFull || answer.stand === 'silent';
  if (!isDue || told !== 'Received' || !isNeeded) return siblings;
  if (looks.budget.left <= 0) {
    looks.budget.passedOver.add(entry.record.id);
    return siblings;
  }
  looks.budget.left -= 1;
  try {
    const found = await dependencies.partnerCenter.listEngagement(link.engagementId, options);
    const others = found.filter(({ isMicrosofts }) => isMicrosofts);
    await saveReferrals(dependencies, others);
    const seen = new Map(others.map((record) => [record.id, record]));
    return [
      ...siblings.map((sibling) => ({ ...sibling, record: seen.get(sibling.record.id) ?? sibling.record })),
      ...others
        .filter(({ id }) => siblings.every(({ record }) => record.id !== id))
        .map((record) => ({ record, dueAt: null })),
    ];
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    dependencies.logger.warn(
      { engagementId: link.engagementId, code: error.code },
      'An invitation could not be looked at; it is tried again later',
    );
    return siblings.map((sibling) =>
      sibling === entry ? { ...sibling, dueAt: timing.after(RETRY_MINUTES) } : sibling,
    );
  }
}

function isPast(time: string, now: string): boolean {
  return Date.parse(time) <= Date.parse(now);
}

/** What following says about a pair: the link and our referral as they are to be decided on, and what is new. */
export interface MicrosoftNews {
  readonly link: Link;
  readonly referral: Referral;
  readonly answer: MicrosoftAnswer | null;
  readonly findings: readonly Finding[];
  readonly history: readonly Omit<HistoryEntry, 'at' | 'runId'>[];
}

/** Folds the siblings into a pair. */
export function microsoftNews(
  link: Link,
  referral: Referral,
  siblings: readonly Seen<Referral>[],
  { now }: Timing,
): MicrosoftNews {
  const records = siblings.map(({ record }) => record);
  const answer = microsoftAnswer(records, now);
  const news = newAnswer(link, referral, answer);
  return {
    link: records.length === 0 ? link : withSiblings(link, records, now),
    referral: withMicrosoftsPart(referral, answer),
    answer,
    findings: news === null ? [] : [news.finding],
    history:
      news === null
        ? []
        : [
            {
              opportunityId: link.opportunityId,
              referralId: link.referralId,
              field: 'microsoft',
              who: 'partnerCenter',
              to: 'ledger',
              from: news.from,
              value: news.to,
              rule: news.finding.message,
              requestId: null,
            },
          ],
  };
}

/** When another party's referral of a deal wants a look; null: not before it changes. */
export interface SiblingDue {
  readonly side: 'referral';
  readonly id: string;
  readonly dueAt: string | null;
}

/** When each sibling wants a look without having changed; null: only when it changes. */
export function siblingDues(
  siblings: readonly Seen<Referral>[],
  answer: MicrosoftAnswer | null,
  looks: Pick<InvitationLooks, 'showsSiblings' | 'budget'>,
  timing: Timing,
): readonly SiblingDue[] {
  const nextLook = ({ record, dueAt }: Seen<Referral>): string | null => {
    if (looks.budget.passedOver.has(record.id)) return dueAt;
    if (answer?.referral.id !== record.id || answer.stand !== 'waiting') return null;
    if (dueAt !== null && !isPast(dueAt, timing.now)) return dueAt;
    const look = timing.after(LOOK_EVERY_MINUTES);
    const { until } = answer;
    return until !== null && (looks.showsSiblings || until < look) ? until : look;
  };
  return siblings
    .map((sibling) => ({ sibling, next: nextLook(sibling) }))
    .filter(({ sibling, next }) => next !== null || sibling.dueAt !== null)
    .map(({ sibling, next }) => ({ side: 'referral' as const, id: sibling.record.id, dueAt: next }));
}
