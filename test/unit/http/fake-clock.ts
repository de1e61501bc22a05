import type { Clock } from '../../../src/adapters/http/index.ts';

export interface FakeClock extends Clock {
  /** Every wait asked for, in milliseconds. */
  readonly sleeps: number[];
  time: number;
}

/** A clock that moves only when somebody waits, and never really waits. */
export function fakeClock(random = 0): FakeClock {
  const clock: FakeClock = {
    sleeps: [],
    time: Date.parse('2026-03-01T10:00:00Z'),
    now: () => clock.time,
    random: () => random,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      clock.sleeps.push(milliseconds);
      clock.time += milliseconds;
    },
  };
  return clock;
}
