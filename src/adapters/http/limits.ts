/**
 * How fast one host may be called: how many requests at a time, how many a second, and pauses that it asked for.
 * All clients of a host share one limit, whichever connection they belong to.
 */
import type { HostLimits as LimitSettings } from '../../core/config-types.ts';
import { createGauge } from './gauge.ts';
import type { Clock } from './types.ts';

/** A place among the concurrent requests of a host. Must be released, once. */
export interface Lease {
  release(result: { readonly latencyMs: number; readonly throttled: boolean }): void;
}

/** The host has asked for a longer pause than the caller is willing to wait. */
export class HostPausedError extends Error {
  override readonly name = 'HostPausedError';
  readonly remainingMs: number;

  constructor(remainingMs: number) {
    super('The host has asked for a pause.');
    this.remainingMs = remainingMs;
  }
}

export interface HostLimit {
  /**
   * Waits for the end of a pause, a free place and the rate.
   * @throws HostPausedError when a pause lasts longer than `maxPauseMs`
   */
  acquire(options: { readonly signal: AbortSignal; readonly maxPauseMs: number }): Promise<Lease>;
  /** Keeps every request of this host back until then (milliseconds since the epoch). */
  pauseUntil(time: number): void;
  /** Narrows the settings: of several connections' wishes for one host the strictest holds. */
  narrow(settings: LimitSettings): void;
  /** How many requests may be under way at once now. */
  readonly concurrency: number;
}

export interface HostLimitRegistry {
  /** The limit of the URL's origin, shared by all who ask for it. */
  forHost(url: string, settings: LimitSettings): HostLimit;
}

/** Builds the registry that the composition root hands to every client. */
export function createHostLimits({ clock }: { readonly clock: Clock }): HostLimitRegistry {
  const byOrigin = new Map<string, HostLimit>();
  return {
    forHost(url, settings) {
      const { origin } = new URL(url);
      const existing = byOrigin.get(origin);
      if (existing !== undefined) {
        existing.narrow(settings);
        return existing;
      }
      const limit = createHostLimit(settings, clock);
      byOrigin.set(origin, limit);
      return limit;
    },
  };
}

/** Builds the limit of one host. */
export function createHostLimit(settings: LimitSettings, clock: Clock): HostLimit {
  const gauge = createGauge(settings.concurrency);
  const waiting: (() => void)[] = [];
  let requestsPerSecond = settings.requestsPerSecond;
  let active = 0;
  let pausedUntil = 0;
  let nextSendAt = 0;

  const wakeWaiting = (): void => {
    for (let free = gauge.limit - active; free > 0 && waiting.length > 0; free -= 1) waiting.shift()?.();
  };

  const leave = (): void => {
    active -= 1;
    wakeWaiting();
  };

  const enter = async (signal: AbortSignal): Promise<void> => {
    while (active >= gauge.limit) await turn(waiting, signal, wakeWaiting);
    active += 1;
    gauge.observeActive(active);
  };

  /** Waits until no pause is on; returns the end of the last one it has waited for. */
  const waitForPause = async (signal: AbortSignal, maxPauseMs: number): Promise<number> => {
    // Goes by what was asked for, not by the clock, so that a clock that stands still cannot keep it here.
    let waitedFor = 0;
    while (pausedUntil > waitedFor) {
      waitedFor = pausedUntil;
      const remainingMs = waitedFor - clock.now();
      if (remainingMs > maxPauseMs) throw new HostPausedError(remainingMs);
      if (remainingMs > 0) await clock.sleep(remainingMs, signal);
    }
    return waitedFor;
  };

  /** Spaces requests evenly: a bucket that holds one token, because hosts count in windows we cannot see. */
  const waitForRate = async (signal: AbortSignal): Promise<void> => {
    if (requestsPerSecond === null) return;
    const now = clock.now();
    const sendAt = Math.max(now, nextSendAt);
    nextSendAt = sendAt + 1000 / requestsPerSecond;
    if (sendAt > now) await clock.sleep(sendAt - now, signal);
  };

  return {
    get concurrency() {
      return gauge.limit;
    },
    async acquire({ signal, maxPauseMs }) {
      for (;;) {
        signal.throwIfAborted();
        const waitedFor = await waitForPause(signal, maxPauseMs);
        await enter(signal);
        try {
          await waitForRate(signal);
        } catch (error) {
          leave();
          throw error;
        }
        // A pause may have begun while this one stood in the queue.
        if (pausedUntil === waitedFor) break;
        leave();
      }
      const startedAt = clock.now();
      return {
        release({ latencyMs, throttled }) {
          gauge.record({ latencyMs, throttled, startedAt, now: clock.now() });
          leave();
        },
      };
    },
    pauseUntil(time) {
      pausedUntil = Math.max(pausedUntil, time);
    },
    narrow(wanted) {
      gauge.narrow(wanted.concurrency);
      requestsPerSecond = strictest(requestsPerSecond, wanted.requestsPerSecond);
    },
  };
}

function strictest(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : Math.min(left, right);
}

/** Stands in the queue until woken; leaves it at once when the signal aborts. */
function turn(queue: (() => void)[], signal: AbortSignal, onGiveUp: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = (): void => {
      const place = queue.indexOf(wake);
      if (place >= 0) queue.splice(place, 1);
      onGiveUp();
      reject(signal.reason);
    };
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', giveUp, { once: true });
    queue.push(wake);
  });
}
