/**
 * How long a channel that fails is left alone: a minute, then twice as long after each failure in a row, an hour at
 * most. It stands in the ledger, so that runs from cron keep it too. What the channel was to send stays unsent meanwhile.
 */
import type { Ledger } from '../core/store-port.ts';

const MINUTE_MS = 60_000;
export const LONGEST_PAUSE_MS = 60 * MINUTE_MS;

/** What became of handing messages to a channel: `unknown` may have arrived and says nothing about the channel. */
export type Outcome = 'sent' | 'failed' | 'unknown';

interface Pause {
  readonly failures: number;
  /** UTC text. */
  readonly until: string;
}

function keyOf(channel: string): string {
  return `pause:${channel}`;
}

async function pauseOf(ledger: Ledger, channel: string): Promise<Pause | null> {
  const [failures, until] = ((await ledger.meta(keyOf(channel))) ?? '').split(' ');
  return until === undefined ? null : { failures: Number(failures), until };
}

/** Until when a channel is left alone (UTC text); null when it may be tried. */
export async function pausedUntil(ledger: Ledger, channel: string, at: string): Promise<string | null> {
  const pause = await pauseOf(ledger, channel);
  if (pause === null) return null;
  const left = Date.parse(pause.until) - Date.parse(at);
  // Further away than any pause: the clock was set back since.
  return left > 0 && left <= LONGEST_PAUSE_MS ? pause.until : null;
}

/** Notes what became of an attempt: a failure begins a longer pause, success ends it. */
export async function noteOutcome(
  ledger: Ledger,
  channel: string,
  outcome: Outcome,
  at: string,
): Promise<void> {
  if (outcome === 'unknown') return;
  const pause = await pauseOf(ledger, channel);
  if (outcome === 'sent') {
    if (pause !== null) await ledger.commit({ meta: { [keyOf(channel)]: null } });
    return;
  }
  const failures = (pause?.failures ?? 0) + 1;
  const length = Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 2 ** Math.min(failures - 1, 10));
  const until = new Date(Date.parse(at) + length).toISOString();
  await ledger.commit({ meta: { [keyOf(channel)]: `${failures} ${until}` } });
}
