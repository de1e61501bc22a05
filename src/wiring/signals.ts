/** What SIGINT and SIGTERM mean: the first finishes the write under way, the second ends at once. */

/** How long after the first signal a request may still take before it is given up. */
const GRACE_MS = 10_000;
/** A terminal and a launcher may both pass one Ctrl-C on; that is one signal. */
const SAME_SIGNAL_MS = 100;

export interface StopSignals {
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
}

export interface SignalOptions {
  /** Registers a handler for a signal. */
  readonly on: (signal: 'SIGINT' | 'SIGTERM', handler: () => void) => void;
  readonly exit: () => void;
  readonly notice: (text: string) => void;
  readonly nowMs: () => number;
  readonly setTimer: (handler: () => void, milliseconds: number) => void;
}

/** Listens for both signals from now on. */
export function listenForSignals({ on, exit, notice, nowMs, setTimer }: SignalOptions): StopSignals {
  const stop = new AbortController();
  const abort = new AbortController();
  let firstAt: number | null = null;
  const receive = (): void => {
    if (firstAt === null) {
      firstAt = nowMs();
      notice('Stopping once the step under way is finished; once more ends at once.\n');
      stop.abort();
      setTimer(() => abort.abort(), GRACE_MS);
    } else if (nowMs() - firstAt > SAME_SIGNAL_MS) exit();
  };
  on('SIGINT', receive);
  on('SIGTERM', receive);
  return { stop: stop.signal, abort: abort.signal };
}
