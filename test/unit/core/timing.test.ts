/** When a record may be touched, to the second. */
import { describe, expect, it } from 'vitest';
import { addSeconds, heldAt, SLOW_RETRY_MINUTES, settledAt, timingAt } from '../../../src/core/timing.ts';
import { NOW, opportunity, timing } from '../../support/builders.ts';

const at = (modifiedAt: string, modifiedByUs = false) => opportunity({}, { modifiedAt, modifiedByUs });

describe('a record', () => {
  const quiet = timing({ settleSeconds: 60 });

  it('may be touched once it has been quiet long enough', () => {
    expect(settledAt(at('2026-11-20T11:59:00.000Z'), quiet)).toBeNull();
    expect(settledAt(at('2026-11-20T11:59:00.001Z'), quiet)).toBe('2026-11-20T12:00:00.001Z');
    expect(settledAt(at(NOW), quiet)).toBe('2026-11-20T12:01:00.000Z');
  });

  it('may be touched at once when the last change was ours', () => {
    expect(settledAt(at(NOW, true), quiet)).toBeNull();
  });

  it('may be touched at once where nothing settles, even when its clock is ahead', () => {
    expect(settledAt(at('2026-11-20T12:00:05.000Z'), timing({ settleSeconds: 0 }))).toBeNull();
  });
});

describe('a closing stage', () => {
  const hold = timing({ closeHoldMinutes: 15 });

  it('has held after its minutes', () => {
    expect(heldAt('2026-11-20T11:45:00.000Z', hold)).toBeNull();
    expect(heldAt('2026-11-20T11:45:00.001Z', hold)).toBe('2026-11-20T12:00:00.001Z');
  });

  it('has held at once where none are asked for, even when the CRM’s clock is ahead', () => {
    expect(heldAt('2026-11-20T12:00:05.000Z', timing({ closeHoldMinutes: 0 }))).toBeNull();
  });
});

describe('time', () => {
  it('goes on in seconds and minutes, over the end of a day', () => {
    expect(addSeconds('2026-11-20T23:59:59.500Z', 1)).toBe('2026-11-21T00:00:00.500Z');
    expect(timing().after(0)).toBe(NOW);
    expect(timing().after(SLOW_RETRY_MINUTES)).toBe('2026-11-21T12:00:00.000Z');
  });

  it('stands where it is told, with the policy’s waits', () => {
    expect(timingAt(NOW, '2026-11-21', { settleSeconds: 5, closeHoldMinutes: 7 })).toEqual({
      now: NOW,
      today: '2026-11-21',
      settleSeconds: 5,
      closeHoldMinutes: 7,
      after: expect.any(Function),
    });
  });
});
