/** When things happen. A port, because tests and simulations drive time themselves. */
import { createTask } from 'node-cron';

export interface Appointment {
  /** When it comes next, or null once it is cancelled. */
  next(): Date | null;
  /** The time between the next two, in milliseconds; null once it is cancelled. */
  periodMs(): number | null;
  cancel(): void;
}

export interface Scheduler {
  /**
   * Calls the handler at each time of a cron expression (five or six fields, UTC). Times that passed while the process
   * could not act (a suspended machine) count as one.
   */
  every(cron: string, handler: () => void): Appointment;
  /** Calls the handler once, after so many milliseconds. */
  after(milliseconds: number, handler: () => void): { cancel(): void };
}

/** The real one: node-cron, and timers that keep no process alive. */
export function createScheduler(): Scheduler {
  return {
    every(cron, handler) {
      const task = createTask(cron, handler, { timezone: 'UTC', suppressMissedWarning: true });
      let isCancelled = false;
      let isLate = false;
      // Each time that was missed is told by itself, all of them in one go.
      task.on('execution:missed', () => {
        if (isLate) return;
        isLate = true;
        setImmediate(() => {
          isLate = false;
          if (!isCancelled) handler();
        });
      });
      void task.start();
      return {
        next: () => (isCancelled ? null : task.getNextRun()),
        periodMs() {
          const [first, second] = isCancelled ? [] : task.getNextRuns(2);
          return first === undefined || second === undefined ? null : second.getTime() - first.getTime();
        },
        cancel() {
          if (isCancelled) return;
          isCancelled = true;
          void task.destroy();
        },
      };
    },
    after(milliseconds, handler) {
      const timer = setTimeout(handler, milliseconds);
      timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
