/**
 * Takes events of Partner Center: proves where they come from, remembers them for a while so that a repetition causes
 * nothing, and passes on the one thing that is used of them, the id of a referral to look at.
 */
import { createHash } from 'node:crypto';
import type { ReferralId } from '../../core/ids.ts';
import { parseWebhookEvent, TEST_EVENT } from '../../core/webhook-event.ts';

/** Header values by lower-case name. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Proves that a delivery is the sender's; the reason why not, or null. Never throws. */
export type Verify = (headers: Headers, body: Uint8Array) => Promise<string | null>;

export interface Receipt {
  /** What to answer. */
  readonly status: 200 | 401;
  /** For counting: `taken`, `repeated`, `test`, `other`, `stale`, `unreadable`, or why the signature was refused. */
  readonly outcome: string;
  /** The referral to look at; null for none. */
  readonly referralId: ReferralId | null;
}

/** An event older than this is not news: polling has long seen it. */
export const MAX_AGE_MS = 24 * 3_600_000;
/** Clocks differ. */
export const MAX_AHEAD_MS = 3_600_000;
/** Remembered events; the oldest are forgotten first, and cost one look if they come again. */
export const MAX_REMEMBERED = 10_000;

export interface EventReceiver {
  receive(headers: Headers, body: Uint8Array): Promise<Receipt>;
}

/** @param now milliseconds since the epoch */
export function createEventReceiver(verify: Verify, now: () => number): EventReceiver {
  const remembered = new Set<string>();

  /** Whether it is new; a signature of this kind is one for each body, so that the body tells. */
  function remember(body: Uint8Array): boolean {
    const digest = createHash('sha256').update(body).digest('base64');
    const isNew = !remembered.delete(digest);
    remembered.add(digest);
    if (remembered.size > MAX_REMEMBERED) {
      const [oldest] = remembered;
      if (oldest !== undefined) remembered.delete(oldest);
    }
    return isNew;
  }

  const refused = (outcome: string): Receipt => ({ status: 401, outcome, referralId: null });

  return {
    async receive(headers, body) {
      const refusal = await verify(headers, body);
      if (refusal !== null) return refused(refusal);
      const event = parseWebhookEvent(Buffer.from(body).toString('utf8'));
      if (event === null) return refused('unreadable');
      const age = now() - event.changedAt;
      if (age > MAX_AGE_MS || age < -MAX_AHEAD_MS) return refused('stale');
      // Said yes to: our first answer may have been lost, and the sender should stop.
      if (!remember(body)) return { status: 200, outcome: 'repeated', referralId: null };
      if (event.referralId !== null) return { status: 200, outcome: 'taken', referralId: event.referralId };
      return { status: 200, outcome: event.name === TEST_EVENT ? 'test' : 'other', referralId: null };
    },
  };
}
