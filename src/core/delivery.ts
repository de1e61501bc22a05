/** When messages may go out: quiet hours, one digest a day, and what is too urgent for either. Pure. */
import type { QuietHours } from './config-types.ts';

export interface Delivery {
  /** The zone of quiet hours and digest. */
  readonly timeZone: string;
  readonly quietHours: QuietHours | null;
  /** Time of the one message a day, `HH:MM`; null: a message after each run with something new. */
  readonly digest: string | null;
  /** Occasions that wait for neither. */
  readonly urgent: readonly string[];
}

/** At once, whatever the hour. */
export const AT_ONCE: Delivery = { timeZone: 'UTC', quietHours: null, digest: null, urgent: [] };

/** A clock on the wall: `2026-03-29`, `02:30`, and the day of the week (0 is Sunday). */
interface WallTime {
  readonly date: string;
  readonly time: string;
  readonly weekday: number;
}

function wallTime(at: string, timeZone: string): WallTime {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(new Date(at));
  const { year, month, day, hour, minute } = Object.fromEntries(
    parts.map(({ type, value }) => [type, value]),
  );
  const date = `${year}-${month}-${day}`;
  return {
    date,
    time: `${hour}:${minute}`,
    weekday: new Date(`${date}T00:00:00Z`).getUTCDay(),
  };
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** Whether a time (UTC text) lies in the quiet hours. They begin with `from` and end before `to`. */
export function isQuiet({ timeZone, quietHours }: Delivery, at: string): boolean {
  if (quietHours === null) return false;
  const { from, to, weekends } = quietHours;
  const { time, weekday } = wallTime(at, timeZone);
  if (weekends && (weekday === 0 || weekday === 6)) return true;
  return from < to ? time >= from && time < to : time >= from || time < to;
}

/**
 * Whether the digest is due: its time of day has come since the last one.
 * @param last when the last one went out, or when waiting for the first began; UTC text
 */
export function isDigestDue({ timeZone, digest }: Delivery, last: string, at: string): boolean {
  if (digest === null) return false;
  const now = wallTime(at, timeZone);
  const before = wallTime(last, timeZone);
  const due = `${now.time >= digest ? now.date : dayBefore(now.date)} ${digest}`;
  return `${before.date} ${before.time}` < due;
}

/** What may go out at a time: all that waits, only what is urgent, or the day's digest. */
export type Permission = 'everything' | 'urgent' | 'digest';

/** @param lastDigest as `last` of `isDigestDue` */
export function permissionAt(delivery: Delivery, lastDigest: string, at: string): Permission {
  if (isQuiet(delivery, at)) return 'urgent';
  if (delivery.digest === null) return 'everything';
  return isDigestDue(delivery, lastDigest, at) ? 'digest' : 'urgent';
}
