/**
 * Puts the requests of all adapters in one row. Real sockets answer in no certain order; with one request under way at a
 * time, chosen by a rule, the same seed is the same history.
 */
import { setImmediate } from 'node:timers/promises';
import { type Clock, createHostLimit, type HostLimit } from '../../../src/adapters/http/index.ts';

/** Turns of the event loop after which every strand of the daemon has come to its next request or to its end. */
const SETTLE_TURNS = 4;

interface Waiting {
  readonly rank: number;
  readonly order: number;
  readonly go: () => void;
}

export interface Turnstile {
  /** The limit of a host, to be given to its client. @param rank whose turn comes first among those who wait */
  limit(rank: number): HostLimit;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
}

/**
 * @param pass comes before each request: never settles where the process is dead
 * @param clock of the daemon, on which it waits when a host asks for a pause
 */
export function createTurnstile(clock: Clock, pass: () => Promise<void>): Turnstile {
  const waiting: Waiting[] = [];
  const idlers: (() => void)[] = [];
  let order = 0;
  let isBusy = false;
  let isChoosing = false;

  async function choose(): Promise<void> {
    if (isBusy || isChoosing || waiting.length === 0) return;
    isChoosing = true;
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await setImmediate();
    await pass();
    waiting.sort((a, b) => a.rank - b.rank || a.order - b.order);
    isChoosing = false;
    isBusy = true;
    waiting.shift()?.go();
  }

  function leave(): void {
    isBusy = false;
    for (const idler of idlers.splice(0)) idler();
    void choose();
  }

  return {
    limit(rank) {
      const inner = createHostLimit({ concurrency: 1, requestsPerSecond: null }, clock);
      return {
        async acquire(options) {
          await new Promise<void>((go) => {
            waiting.push({ rank, order: order++, go });
            void choose();
          });
          try {
            const lease = await inner.acquire(options);
            return {
              release(result) {
                lease.release(result);
                leave();
              },
            };
          } catch (error) {
            leave();
            throw error;
          }
        },
        pauseUntil: (time) => inner.pauseUntil(time),
        narrow: (settings) => inner.narrow(settings),
        get concurrency() {
          return 1;
        },
      };
    },
    idle: () => (isBusy ? new Promise((resolve) => void idlers.push(resolve)) : Promise.resolve()),
  };
}
