/** A mistake of ours that one record brings to light: that record waits with an item that says so, and the others go on. */
import type { OpportunityId, ReferralId } from '../core/ids.ts';
import { safeRemoteText } from '../core/lenses/remote-text.ts';
import { type Finding, recordLabel } from '../core/plan.ts';

/** The code of the item. */
export const MISTAKE = 'our-mistake';

/** Whether an error is what JavaScript throws where a program is wrong; everything else is somebody's answer. */
export function isMistake(error: unknown): error is Error {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** Where an error came from, without its message, which may say anything and is told masked. */
export function placesOf({ name, stack = '' }: Error): readonly string[] {
  return [name, ...stack.split('\n').filter((line) => /^\s+at /.test(line))];
}

/** What a person is told. What the program came across may be anything, so its words are masked. */
export function mistakeAt(
  ids: { readonly opportunityId?: OpportunityId | undefined; readonly referralId?: ReferralId | undefined },
  error: Error,
): Finding {
  const [opportunity, referral] = [ids.opportunityId ?? null, ids.referralId ?? null];
  return {
    key: `parked:${MISTAKE}:${opportunity ?? referral ?? ''}`,
    kind: 'parked',
    code: MISTAKE,
    opportunityId: opportunity,
    referralId: referral,
    fields: [],
    message: `cosell-sync made a mistake at ${recordLabel(opportunity, referral)} (${safeRemoteText(`${error.name}: ${error.message}`)}). Nothing was written for it, and the others go on. Please report it with the log of this run, which says where; the record is tried again when it is edited and once a day.`,
    values: [],
  };
}
