/** Who is signed in to the console: sessions in memory, which end with the daemon, and how often a token may be tried. */
import { randomBytes } from 'node:crypto';

/** How long somebody stays signed in. */
export interface SessionLimits {
  /** Without anything done by a person. */
  readonly idleMs: number;
  /** After signing in, whatever is done. */
  readonly maxMs: number;
}

/** More sessions than these: the oldest ends. */
export const MAX_SESSIONS = 500;
/** Wrong tokens from one address, and from all, within the window; more must wait for its end. */
const TRIES_PER_ADDRESS = 5;
const TRIES_IN_ALL = 50;
const WINDOW_MS = 60_000;
/**
 * Wrong codes beside the right token, from all within an hour. A code has only a million values, and whoever tries many
 * of them has the token already.
 */
const CODES_IN_ALL = 20;
const CODES_WINDOW_MS = 3_600_000;

export interface Session {
  readonly id: string;
  /** Goes back with every change, in a header that a foreign page cannot set. */
  readonly csrf: string;
  /** What the audit trail calls this person. */
  readonly name: string;
}

/** What was wrong about an attempt; the code only where the token was right. */
export type Wrong = 'wrong-token' | 'wrong-code';

export type Admission =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly reason: Wrong }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number };

export interface Sessions {
  /** @param attempt.findWrong what is wrong, null for nothing; not called while tries are throttled */
  open(attempt: {
    readonly name: string;
    readonly address: string;
    readonly findWrong: () => Wrong | null;
  }): Admission;
  /** @param isAttended whether a person is behind the request, or the page by itself, which keeps nobody signed in */
  find(id: string | undefined, isAttended: boolean): Session | null;
  close(id: string): void;
}

/** @param limits how long sessions last */
export function createSessions(now: () => Date, { idleMs, maxMs }: SessionLimits): Sessions {
  const sessions = new Map<
    string,
    { readonly session: Session; readonly openedAt: number; seenAt: number }
  >();
  const failures: { readonly address: string; readonly at: number }[] = [];
  const wrongCodes: number[] = [];

  const waitFor = (address: string): number => {
    const at = now().getTime();
    while (failures[0] !== undefined && failures[0].at <= at - WINDOW_MS) failures.shift();
    while (wrongCodes[0] !== undefined && wrongCodes[0] <= at - CODES_WINDOW_MS) wrongCodes.shift();
    const own = failures.filter((failure) => failure.address === address);
    const oldest =
      own.length >= TRIES_PER_ADDRESS ? own[0] : failures.length >= TRIES_IN_ALL ? failures[0] : undefined;
    const ends = [
      ...(oldest === undefined ? [] : [oldest.at + WINDOW_MS]),
      ...(wrongCodes.length < CODES_IN_ALL ? [] : wrongCodes.slice(0, 1).map((one) => one + CODES_WINDOW_MS)),
    ];
    return Math.ceil(Math.max(0, ...ends.map((end) => end - at)) / 1000);
  };

  return {
    open({ name, address, findWrong }) {
      const retryAfterSeconds = waitFor(address);
      if (retryAfterSeconds > 0) return { ok: false, reason: 'throttled', retryAfterSeconds };
      const reason = findWrong();
      if (reason !== null) {
        failures.push({ address, at: now().getTime() });
        if (reason === 'wrong-code') wrongCodes.push(now().getTime());
        return { ok: false, reason };
      }
      const session = {
        id: randomBytes(32).toString('base64url'),
        csrf: randomBytes(32).toString('base64url'),
        name,
      };
      const at = now().getTime();
      sessions.set(session.id, { session, openedAt: at, seenAt: at });
      const [first] = sessions.keys();
      if (sessions.size > MAX_SESSIONS && first !== undefined) sessions.delete(first);
      return { ok: true, session };
    },
    find(id, isAttended) {
      const held = id === undefined ? undefined : sessions.get(id);
      if (id === undefined || held === undefined) return null;
      const at = now().getTime();
      if (at - held.openedAt > maxMs || at - held.seenAt > idleMs) {
        sessions.delete(id);
        return null;
      }
      if (isAttended) held.seenAt = at;
      return held.session;
    },
    close: (id) => void sessions.delete(id),
  };
}
