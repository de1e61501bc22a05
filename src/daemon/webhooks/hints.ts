/**
 * Collects hints into looks. Events come in bursts, several for one change, so a hint waits until it has been quiet for
 * a moment; what was named meanwhile is looked at once. Too many records, and one ordinary run looks at all of them.
 */
import type { RunRequest } from '../requests.ts';
import type { Scheduler } from '../scheduler.ts';

/** What a hint names; neither: something, somewhere. */
export interface Hint {
  readonly referrals?: readonly string[];
  readonly opportunities?: readonly string[];
}

export interface Hints {
  /** @param who where it comes from, for logs */
  add(connection: string, who: string, hint: Hint): void;
  /** Forgets what waits; the next ordinary run finds it. */
  close(): void;
}

export interface HintsOptions {
  readonly request: (connection: string, request: RunRequest) => unknown;
  readonly scheduler: Pick<Scheduler, 'after'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long nothing must have come. */
export const QUIET_MS = 2_000;
/** The longest that a first hint waits for the last. */
export const LONGEST_WAIT_MS = 10_000;
/** Records of one look; beyond it an ordinary run costs less. */
export const MAX_RECORDS = 50;

interface Waiting {
  readonly since: number;
  readonly who: string;
  readonly referrals: Set<string>;
  readonly opportunities: Set<string>;
  /** An ordinary run is wanted; names do not matter any more. */
  everything: boolean;
  timer: { cancel(): void };
}

export function createHints({ request, scheduler, now }: HintsOptions): Hints {
  const waiting = new Map<string, Waiting>();

  const flush = (connection: string): void => {
    const entry = waiting.get(connection);
    if (entry === undefined) return;
    waiting.delete(connection);
    const { who, referrals, opportunities, everything } = entry;
    request(
      connection,
      everything
        ? { kind: 'scheduled', who }
        : { kind: 'hint', who, referrals: [...referrals], opportunities: [...opportunities] },
    );
  };

  return {
    add(connection, who, { referrals = [], opportunities = [] }) {
      const entry = waiting.get(connection) ?? {
        since: now(),
        who,
        referrals: new Set(),
        opportunities: new Set(),
        everything: false,
        timer: { cancel() {} },
      };
      waiting.set(connection, entry);
      for (const id of referrals) entry.referrals.add(id);
      for (const id of opportunities) entry.opportunities.add(id);
      if (referrals.length + opportunities.length === 0) entry.everything = true;
      if (entry.referrals.size + entry.opportunities.size > MAX_RECORDS) entry.everything = true;
      if (entry.everything) {
        entry.referrals.clear();
        entry.opportunities.clear();
      }
      entry.timer.cancel();
      const wait = Math.max(0, Math.min(QUIET_MS, entry.since + LONGEST_WAIT_MS - now()));
      entry.timer = scheduler.after(wait, () => flush(connection));
    },
    close() {
      for (const { timer } of waiting.values()) timer.cancel();
      waiting.clear();
    },
  };
}
