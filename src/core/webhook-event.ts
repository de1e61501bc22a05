/**
 * What an event of Partner Center says. An event is only a hint that a referral may have changed: nothing of it is
 * believed but an id to look at, and the address in it is never called.
 */
import { z } from 'zod';
import { parseReferralId, type ReferralId } from './ids.ts';

/** Events about referrals: our own, and those of other parties to the same deal. */
export const REFERRAL_EVENTS = [
  'referral-created',
  'referral-updated',
  'related-referral-created',
  'related-referral-updated',
] as const;
/** What Partner Center sends when a test is asked for. */
export const TEST_EVENT = 'test-created';

export interface WebhookEvent {
  /** In lower case. */
  readonly name: string;
  /** The referral to look at; null for events about anything else. */
  readonly referralId: ReferralId | null;
  /** When the event says that the change happened, milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Longer than any name or address in an event. */
const MAX_TEXT = 2_000;
const NAME = /^[a-z0-9][a-z0-9-]{0,99}$/;
/** A plain GUID as the last segment of a path; anything encoded, braced or followed by more is none. */
const LAST_SEGMENT = /\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/?$/i;

const Event = z.object({
  eventname: z
    .string()
    .max(MAX_TEXT)
    .transform((name) => name.toLowerCase())
    .pipe(z.string().regex(NAME)),
  resourceuri: z.string().max(MAX_TEXT).nullish(),
  resourcechangeutcdate: z.string().max(100),
});

/** Reads an event's body; null when it is none. Keys may come in any case. Never throws. */
export function parseWebhookEvent(body: string): WebhookEvent | null {
  const event = Event.safeParse(withLowerKeys(body));
  if (!event.success) return null;
  const { eventname: name, resourceuri: uri, resourcechangeutcdate: date } = event.data;
  const changedAt = Date.parse(date);
  if (Number.isNaN(changedAt)) return null;
  const isAboutReferral = REFERRAL_EVENTS.some((known) => known === name);
  const segment = isAboutReferral ? uri?.match(LAST_SEGMENT)?.[1] : undefined;
  const referralId = segment === undefined ? null : parseReferralId(segment);
  return isAboutReferral && referralId === null ? null : { name, referralId, changedAt };
}

function withLowerKeys(body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]));
}
