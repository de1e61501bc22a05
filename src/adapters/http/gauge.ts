import type { Concurrency } from '../../core/config-types.ts';

const AUTO_START = 2;
const AUTO_MAX = 16;
/** Latency counts as flat while a window's mean stays below this multiple of the best mean seen, plus a margin. */
const FLAT_FACTOR = 1.5;
const FLAT_MARGIN_MS = 10;

export interface GaugeSample {
  readonly latencyMs: number;
  readonly throttled: boolean;
  /** When the request was let through, and when its answer came; milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: number;
}

export interface Gauge {
  readonly limit: number;
  observeActive(active: number): void;
  record(sample: GaugeSample): void;
  narrow(concurrency: Concurrency): void;
}

/**
 * How many requests may be under way at once: a fixed number, or found out (`auto`): it starts low, rises by one
 * after each window of answers that were neither throttled nor slower than before, and halves when throttled.
 */
export function createGauge(concurrency: Concurrency): Gauge {
  let fixed = concurrency === 'auto' ? null : concurrency;
  let found = AUTO_START;
  let bestMeanMs = Number.POSITIVE_INFINITY;
  let loweredAt = Number.NEGATIVE_INFINITY;
  let answers = 0;
  let totalLatencyMs = 0;
  let wasFull = false;

  const startWindow = (): void => {
    answers = 0;
    totalLatencyMs = 0;
    wasFull = false;
  };

  const limit = (): number => fixed ?? found;

  return {
    get limit() {
      return limit();
    },
    observeActive(active) {
      if (active >= limit()) wasFull = true;
    },
    record({ latencyMs, throttled, startedAt, now }) {
      if (fixed !== null) return;
      if (throttled) {
        // Requests that were already under way at the last halving say nothing about the new limit.
        if (startedAt < loweredAt) return;
        found = Math.max(1, Math.floor(found / 2));
        loweredAt = now;
        startWindow();
        return;
      }
      answers += 1;
      totalLatencyMs += latencyMs;
      if (answers < found * 2) return;
      const meanMs = totalLatencyMs / answers;
      const isFlat = meanMs <= bestMeanMs * FLAT_FACTOR + FLAT_MARGIN_MS;
      bestMeanMs = Math.min(bestMeanMs, meanMs);
      if (isFlat && wasFull) found = Math.min(AUTO_MAX, found + 1);
      startWindow();
    },
    narrow(wanted) {
      if (wanted !== 'auto') fixed = Math.min(fixed ?? AUTO_MAX, wanted);
    },
  };
}
