/**
 * Collects hints into looks. Events come in bursts, several for one change, so a hint waits until it has been quiet for
 * a moment; what was named meanwhile is looked at once. Too many records, and one ordinary run looks at all of them.
 *
 * An edited opportunity is left alone until it has settled, and a look before that would find nothing to do. So a hint
 * from the CRM first waits for as long, anew with each edit of the same record.
 */
import type { RunRequest } from '../requests.ts';
import type { Scheduler } from '../scheduler.ts';

/** What a hint names; neither: something, somewhere in the CRM. */
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
  /** How long an opportunity of the connection must have been quiet. */
  readonly settleMs: (connection: string) => number;
}

/** How long nothing must have come. */
export const QUIET_MS = 2_000;
/** The longest that a first hint waits for the last. */
export const LONGEST_WAIT_MS = 10_000;
/** Records of one look; beyond it an ordinary run costs less. */
export const MAX_RECORDS = 50;

interface Timer {
  cancel(): void;
}

/** What is looked at together, soon. */
interface Waiting {
  readonly since: number;
  readonly who: string;
  readonly referrals: Set<string>;
  readonly opportunities: Set<string>;
  /** An ordinary run is wanted; names do not matter any more. */
  everything: boolean;
  timer: Timer;
}

/** Stands for all opportunities among those that settle. */
const ANY = '*';

export function createHints({ request, scheduler, now, settleMs }: HintsOptions): Hints {
  const waiting = new Map<string, Waiting>();
  /** By connection and opportunity. */
  const settling = new Map<string, Map<string, Timer>>();

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

  function enqueue(connection: string, who: string, { referrals = [], opportunities = [] }: Hint): void {
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
  }

  /** Lets an opportunity (or any) settle, then queues it. */
  function settle(connection: string, who: string, id: string): void {
    const delay = settleMs(connection);
    const hint = id === ANY ? {} : { opportunities: [id] };
    if (delay === 0) return enqueue(connection, who, hint);
    const timers = settling.get(connection) ?? new Map<string, Timer>();
    settling.set(connection, timers);
    // Too many to follow one by one: all of them once, and not put off by more.
    if (id === ANY && timers.has(ANY)) return;
    if (!timers.has(id) && id !== ANY && timers.size >= MAX_RECORDS) return settle(connection, who, ANY);
    timers.get(id)?.cancel();
    const timer = scheduler.after(delay, () => {
      timers.delete(id);
      enqueue(connection, who, hint);
    });
    timers.set(id, timer);
  }

  return {
    add(connection, who, { referrals = [], opportunities = [] }) {
      if (referrals.length > 0) enqueue(connection, who, { referrals });
      for (const id of opportunities) settle(connection, who, id);
      if (referrals.length + opportunities.length === 0) settle(connection, who, ANY);
    },
    close() {
      for (const { timer } of waiting.values()) timer.cancel();
      for (const timers of settling.values()) for (const timer of timers.values()) timer.cancel();
      waiting.clear();
      settling.clear();
    },
  };
}
