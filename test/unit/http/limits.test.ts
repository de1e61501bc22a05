import { describe, expect, it } from 'vitest';
import { createHostLimit, createHostLimits, type HostLimit } from '../../../src/adapters/http/index.ts';
import { fakeClock } from './fake-clock.ts';

const signal = new AbortController().signal;
const acquire = (limit: HostLimit) => limit.acquire({ signal, maxPauseMs: 60_000 });
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('concurrency', () => {
  it('lets no more than the limit through, first come first served', async () => {
    const limit = createHostLimit({ concurrency: 1, requestsPerSecond: null }, fakeClock());
    const order: number[] = [];
    const first = await acquire(limit);
    const second = acquire(limit).then((lease) => [order.push(2), lease] as const);
    const third = acquire(limit).then((lease) => [order.push(3), lease] as const);

    await settle();
    expect(order).toEqual([]);
    first.release({ latencyMs: 1, throttled: false });
    const [, lease] = await second;
    expect(order).toEqual([2]);
    lease.release({ latencyMs: 1, throttled: false });
    await third;

    expect(order).toEqual([2, 3]);
  });

  it('gives the place of one who stops waiting to the next', async () => {
    const limit = createHostLimit({ concurrency: 1, requestsPerSecond: null }, fakeClock());
    const controller = new AbortController();
    const first = await acquire(limit);
    const impatient = limit.acquire({ signal: controller.signal, maxPauseMs: 0 });
    const patient = acquire(limit);

    controller.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    first.release({ latencyMs: 1, throttled: false });

    await expect(patient).resolves.toBeDefined();
  });

  async function answers(
    limit: HostLimit,
    count: number,
    latencyMs: number,
    throttled = false,
  ): Promise<void> {
    for (let sent = 0; sent < count; ) {
      const leases = await Promise.all(Array.from({ length: limit.concurrency }, () => acquire(limit)));
      for (const lease of leases) lease.release({ latencyMs, throttled });
      sent += leases.length;
    }
  }

  it('rises from 2 to 16 while latency stays flat', async () => {
    const limit = createHostLimit({ concurrency: 'auto', requestsPerSecond: null }, fakeClock());
    expect(limit.concurrency).toBe(2);

    await answers(limit, 1000, 100);

    expect(limit.concurrency).toBe(16);
  });

  it('stops rising when answers get slower', async () => {
    const limit = createHostLimit({ concurrency: 'auto', requestsPerSecond: null }, fakeClock());
    await answers(limit, 4, 100);
    const before = limit.concurrency;

    await answers(limit, 200, 500);

    expect(limit.concurrency).toBe(before);
  });

  it('halves when throttled, once for requests that were under way together', async () => {
    const clock = fakeClock();
    const limit = createHostLimit({ concurrency: 'auto', requestsPerSecond: null }, clock);
    await answers(limit, 1000, 100);
    const leases = await Promise.all(Array.from({ length: 16 }, () => acquire(limit)));
    clock.time += 10;

    for (const lease of leases) lease.release({ latencyMs: 10, throttled: true });

    expect(limit.concurrency).toBe(8);
  });
});

describe('rate', () => {
  it('spaces requests evenly', async () => {
    const clock = fakeClock();
    const limit = createHostLimit({ concurrency: 16, requestsPerSecond: 10 }, clock);
    const start = clock.time;

    for (let index = 0; index < 11; index += 1) await acquire(limit);

    expect(clock.time - start).toBe(1000);
  });
});

describe('the registry', () => {
  it('shares one limit for each origin, under the strictest of the settings', () => {
    const limits = createHostLimits({ clock: fakeClock() });

    const one = limits.forHost('https://api.example.test/a', {
      concurrency: 'auto',
      requestsPerSecond: null,
    });
    const same = limits.forHost('https://api.example.test/b', { concurrency: 3, requestsPerSecond: 5 });
    const other = limits.forHost('https://other.example.test/', { concurrency: 7, requestsPerSecond: null });

    expect(same).toBe(one);
    expect(one.concurrency).toBe(3);
    expect(other.concurrency).toBe(7);
  });
});
