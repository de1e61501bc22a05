/** Time as data: what "now" is for a decision, and when a record may be touched. */
import type { OpportunityRecord } from './ports.ts';

/** How long a parked record waits before it is tried again without any edit. */
export const SLOW_RETRY_MINUTES = 24 * 60;

export interface Timing {
  /** The CRM's clock when the run read it, UTC text. */
  readonly now: string;
  /** Calendar day in the partner's time zone. */
  readonly today: string;
  readonly settleSeconds: number;
  readonly closeHoldMinutes: number;
  /** UTC text this many minutes after now. */
  after(minutes: number): string;
}

export function addSeconds(utc: string, seconds: number): string {
  return new Date(Date.parse(utc) + seconds * 1000).toISOString();
}

/** When the record will have been quiet long enough; null: it has been. Our own writes need no quiet. */
export function settledAt(record: OpportunityRecord, timing: Timing): string | null {
  if (record.modifiedByUs || timing.settleSeconds === 0) return null;
  const quiet = addSeconds(record.modifiedAt, timing.settleSeconds);
  return Date.parse(quiet) > Date.parse(timing.now) ? quiet : null;
}

/** When a closing stage will have held long enough; null: it has. */
export function heldAt(since: string, timing: Timing): string | null {
  if (timing.closeHoldMinutes === 0) return null;
  const held = addSeconds(since, timing.closeHoldMinutes * 60);
  return Date.parse(held) > Date.parse(timing.now) ? held : null;
}

/** A timing whose clock stands at `now`. */
export function timingAt(
  now: string,
  today: string,
  policy: { readonly settleSeconds: number; readonly closeHoldMinutes: number },
): Timing {
  return {
    now,
    today,
    settleSeconds: policy.settleSeconds,
    closeHoldMinutes: policy.closeHoldMinutes,
    after: (minutes) => addSeconds(now, minutes * 60),
  };
}
