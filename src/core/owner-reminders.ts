/** Mail to the owners of opportunities whose unanswered deals expire soon: to whom, about what, once for each step. Pure. */
import { daysLeft, deadlineOf, WARNING_DAYS } from './deadlines.ts';
import type { OpportunityId } from './ids.ts';
import { withoutContacts } from './operator-message.ts';
import type { Message, OpportunityRecord, Referral } from './ports.ts';

const DAY_MS = 86_400_000;

/** An unanswered deal that has an opportunity. */
export interface UnansweredDeal {
  readonly referral: Referral;
  readonly opportunity: OpportunityRecord;
}

/** One mail to one owner about all of theirs. */
export interface OwnerReminder {
  /** The owner's own address. */
  readonly to: string;
  readonly message: Message;
  /** Marks of what it reminds of. */
  readonly marks: readonly string[];
}

export interface Reminders {
  readonly mails: readonly OwnerReminder[];
  /** Marks of earlier reminders that may still matter. */
  readonly kept: readonly string[];
  /** Opportunities whose owner has no address. */
  readonly unreachable: readonly OpportunityId[];
}

interface Due extends UnansweredDeal {
  readonly deadline: string;
  readonly step: number;
  readonly mark: string;
}

/** What one owner is reminded of. */
type SoonestFirst = [Due, ...Due[]];

/** The step of a deadline that is in force; null when it is far away or has passed. */
function stepAt(deadline: string, now: string): number | null {
  const left = Date.parse(deadline) - Date.parse(now);
  if (!(left > 0)) return null;
  return WARNING_DAYS.findLast((days) => left <= days * DAY_MS) ?? null;
}

/**
 * What to remind of now.
 * @param sent marks of earlier reminders; a deadline that was moved is another one
 * @param isQuiet whether this is no hour for mail: then only the last step goes out
 */
export function remindersOf(
  deals: readonly UnansweredDeal[],
  {
    now,
    sent,
    isQuiet,
  }: { readonly now: string; readonly sent: ReadonlySet<string>; readonly isQuiet: boolean },
): Reminders {
  const due = deals.flatMap((deal): Due[] => {
    const deadline = deadlineOf(deal.referral);
    if (deadline === null) return [];
    const step = stepAt(deadline, now);
    if (step === null || (isQuiet && step > 1)) return [];
    const mark = `${deal.referral.id} ${step} ${deadline}`;
    return sent.has(mark) ? [] : [{ ...deal, deadline, step, mark }];
  });
  const byOwner = new Map<string, SoonestFirst>();
  const unreachable: OpportunityId[] = [];
  for (const one of due.sort((a, b) => Date.parse(a.deadline) - Date.parse(b.deadline))) {
    const address = one.opportunity.people.owner?.find(({ email }) => email !== null)?.email ?? null;
    if (address === null) unreachable.push(one.opportunity.id);
    else {
      const owner = address.toLowerCase();
      const group = byOwner.get(owner);
      if (group === undefined) byOwner.set(owner, [one]);
      else group.push(one);
    }
  }
  return {
    mails: [...byOwner].map(([to, group]) => ({
      to,
      message: messageTo(group, now),
      marks: group.map(({ mark }) => mark),
    })),
    kept: [...sent].filter((mark) => Date.parse(mark.slice(mark.lastIndexOf(' ') + 1)) > Date.parse(now)),
    unreachable,
  };
}

function messageTo(group: Readonly<SoonestFirst>, now: string): Message {
  const [first] = group;
  const days = daysLeft(first.deadline, now);
  const when = days === 1 ? 'within a day' : `within ${days} days`;
  const lines = group.map(
    ({ referral, opportunity, deadline }) =>
      `- ${nameOf(referral)} (opportunity ${opportunity.id}): answer before ${deadline.slice(0, 16).replace('T', ' ')} UTC`,
  );
  const subject =
    group.length === 1
      ? `A co-sell deal of yours expires ${when}: ${nameOf(first.referral)}`
      : `${group.length} co-sell deals of yours wait for an answer, the first expires ${when}`;
  return {
    id: `reminder-${first.referral.id}-${first.step}`,
    subject,
    text: `${[
      group.length === 1 ? 'This deal waits for your answer:' : 'These deals wait for your answer:',
      ...lines,
      '',
      'Move the opportunity on in the CRM to accept the deal, or to the declined stage with a reason. A deal that nobody answers expires; quick answers bring more deals.',
    ].join('\n')}\n`,
  };
}

function nameOf({ deal, id }: Referral): string {
  const { name } = deal;
  return typeof name === 'string' && name !== '' ? `"${withoutContacts(name)}"` : `referral ${id}`;
}
