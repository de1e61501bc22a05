/** A scheduler whose time is moved by hand: nothing sleeps, and every appointment is kept in order. */
import { createTask } from 'node-cron';
import type { Scheduler } from '../../src/daemon/scheduler.ts';

export interface DrivenScheduler extends Scheduler {
  /**
   * Moves time on, stopping at each appointment on the way: the clock stands at its time when its handler is called, and
   * `settled` is awaited before time goes on.
   */
  advance(milliseconds: number, settled: () => Promise<void>): Promise<void>;
}

interface Entry {
  readonly at: () => number;
  readonly fire: () => void;
}

/** Cron times are looked for minute by minute, or second by second where they have seconds. */
function stepOf(cron: string): number {
  return cron.trim().split(/\s+/).length > 5 ? 1_000 : 60_000;
}

/** The first time after `from` that a cron expression names. */
export function nextTime(cron: string, from: number): number {
  const task = createTask(cron, () => {}, { timezone: 'UTC' });
  const step = stepOf(cron);
  let time = Math.floor(from / step) * step + step;
  while (!task.match(new Date(time))) time += step;
  void task.destroy();
  return time;
}

/** @param clock what everybody else reads the time from */
export function createDrivenScheduler(clock: { now(): Date; set(time: Date): void }): DrivenScheduler {
  const entries = new Set<Entry>();
  const time = (): number => clock.now().getTime();
  return {
    every(cron, handler) {
      let next = nextTime(cron, time());
      const entry: Entry = {
        at: () => next,
        fire() {
          next = nextTime(cron, next);
          handler();
        },
      };
      entries.add(entry);
      return {
        next: () => (entries.has(entry) ? new Date(next) : null),
        periodMs: () => (entries.has(entry) ? nextTime(cron, next) - next : null),
        cancel: () => void entries.delete(entry),
      };
    },
    after(milliseconds, handler) {
      const at = time() + milliseconds;
      const entry: Entry = {
        at: () => at,
        fire() {
          entries.delete(entry);
          handler();
        },
      };
      entries.add(entry);
      return { cancel: () => void entries.delete(entry) };
    },
    async advance(milliseconds, settled) {
      const end = time() + milliseconds;
      for (;;) {
        const [first] = [...entries].sort((a, b) => a.at() - b.at());
        if (first === undefined || first.at() > end) break;
        // Work may have taken longer than until the next appointment; time does not go back for it.
        clock.set(new Date(Math.max(first.at(), time())));
        first.fire();
        await settled();
      }
      clock.set(new Date(Math.max(end, time())));
    },
  };
}
