import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createScheduler } from '../../../src/daemon/scheduler.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-20T12:00:01.000Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the real scheduler', () => {
  it('takes expressions with seconds', async () => {
    const times: string[] = [];
    const task = createScheduler().every('*/15 * * * * *', () => void times.push(new Date().toISOString()));
    expect(task.next()?.toISOString()).toBe('2026-11-20T12:00:15.000Z');
    expect(task.periodMs()).toBe(15_000);

    await vi.advanceTimersByTimeAsync(45_000);

    expect(times.map((time) => time.slice(11, 19))).toEqual(['12:00:15', '12:00:30', '12:00:45']);
    task.cancel();
  });

  it('reads them in UTC', async () => {
    const task = createScheduler().every('17 3 * * *', () => {});

    expect(task.next()?.toISOString()).toBe('2026-11-21T03:17:00.000Z');
    task.cancel();
    expect(task.next()).toBeNull();
    expect(task.periodMs()).toBeNull();
  });

  it('counts the times that a suspended machine slept through as one', async () => {
    let calls = 0;
    const task = createScheduler().every('* * * * *', () => {
      calls += 1;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toBe(1);

    // The clock jumps, and the timer that was set for 12:02 goes off ten hours late.
    vi.setSystemTime(new Date('2026-11-20T22:02:30.000Z'));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(calls).toBe(2);
    await vi.advanceTimersByTimeAsync(30_000);

    expect(calls).toBe(3);
    task.cancel();
  });

  it('calls nobody once it is cancelled', async () => {
    let calls = 0;
    const scheduler = createScheduler();
    const task = scheduler.every('* * * * *', () => {
      calls += 1;
    });
    const once = scheduler.after(5_000, () => {
      calls += 1;
    });

    task.cancel();
    once.cancel();
    await vi.advanceTimersByTimeAsync(300_000);

    expect(calls).toBe(0);
  });
});
