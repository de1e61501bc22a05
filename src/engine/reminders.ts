/** Mail to owners before their unanswered deals expire; once for each deal and step, whatever becomes of a run. */
import { DEADLINE } from '../core/deadlines.ts';
import { isQuiet } from '../core/delivery.ts';
import { remindersOf, type UnansweredDeal } from '../core/owner-reminders.ts';
import type { CallOptions } from '../core/ports.ts';
import type { AttentionItem } from '../core/store-port.ts';
import type { EngineDependencies } from './dependencies.ts';
import { attempt } from './notices.ts';

const REMINDED = 'reminded';

/** Sends what is due. Never throws for a mail that fails: it is tried again the next time. */
export async function remindOwners(dependencies: EngineDependencies, options: CallOptions): Promise<void> {
  const { ledger, messages, logger } = dependencies;
  const mail = messages?.ownerMail ?? null;
  if (messages === undefined || mail === null) return;
  const items = await ledger.attention({ state: 'open', kind: 'notice', code: DEADLINE });
  const before = (await ledger.meta(REMINDED)) ?? '';
  if (items.length === 0 && before === '') return;
  const now = dependencies.now().toISOString();
  const { mails, kept, unreachable } = remindersOf(await dealsOf(dependencies, items), {
    now,
    sent: new Set(before.split('\n')),
    isQuiet: isQuiet(messages.delivery, now),
  });
  if (unreachable.length > 0)
    logger.warn({ opportunities: unreachable }, 'Owners without an address could not be reminded');
  let marks = [...kept];
  const save = () => ledger.commit({ meta: { [REMINDED]: marks.length === 0 ? null : marks.join('\n') } });
  if (mails.length === 0 && marks.join('\n') !== before) await save();
  for (const reminder of mails) {
    if (options.signal.aborted) return;
    const earlier = marks;
    marks = [...earlier, ...reminder.marks];
    // What may have gone out is never sent again: it counts as sent from here.
    await save();
    const send = () => mail.send(reminder.to, reminder.message, options);
    const outcome = await attempt(send, logger, 'owner reminders', options);
    if (outcome === 'failed') {
      marks = earlier;
      await save();
    }
  }
  if (mails.length > 0) logger.info({ mails: mails.length }, 'Owners were reminded');
}

/** The deals that the items are about, as the ledger holds them. */
async function dealsOf(
  { ledger }: EngineDependencies,
  items: readonly AttentionItem[],
): Promise<readonly UnansweredDeal[]> {
  const pairs = new Map(
    items.flatMap(({ opportunityId, referralId }) =>
      opportunityId === null || referralId === null ? [] : [[referralId, opportunityId] as const],
    ),
  );
  const [referrals, opportunities] = await Promise.all([
    ledger.referrals([...pairs.keys()]),
    ledger.opportunities([...pairs.values()]),
  ]);
  return [...pairs].flatMap(([referralId, opportunityId]) => {
    const referral = referrals.get(referralId)?.record;
    const opportunity = opportunities.get(opportunityId)?.record;
    return referral === undefined || opportunity === undefined || opportunity.deleted
      ? []
      : [{ referral, opportunity }];
  });
}
