import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT_ONCE, type Delivery, isDigestDue, isQuiet, permissionAt } from '../../../src/core/delivery.ts';

const delivery = (given: Partial<Delivery>): Delivery => ({
  ...AT_ONCE,
  timeZone: 'Europe/Berlin',
  ...given,
});
const night = delivery({ quietHours: { from: '19:00', to: '07:00', weekends: false } });
const noon = delivery({ quietHours: { from: '12:00', to: '13:00', weekends: true } });

describe('quiet hours', () => {
  it.each([
    ['2026-01-14T17:59:00Z', false],
    ['2026-01-14T18:00:00Z', true],
    ['2026-01-14T23:30:00Z', true],
    ['2026-01-15T05:59:00Z', true],
    ['2026-01-15T06:00:00Z', false],
    // Summer time.
    ['2026-07-14T17:00:00Z', true],
    ['2026-07-14T05:00:00Z', false],
  ])('go over midnight, by the clock of their zone: %s', (at, expected) => {
    expect(isQuiet(night, at)).toBe(expected);
  });

  it('can lie within a day, and take in the weekend of their zone', () => {
    expect(isQuiet(noon, '2026-01-14T11:00:00Z')).toBe(true);
    expect(isQuiet(noon, '2026-01-14T12:00:00Z')).toBe(false);
    expect(isQuiet(noon, '2026-01-16T22:59:00Z')).toBe(false);
    expect(isQuiet(noon, '2026-01-16T23:00:00Z')).toBe(true);
    expect(isQuiet(noon, '2026-01-18T22:59:00Z')).toBe(true);
    expect(isQuiet(noon, '2026-01-18T23:00:00Z')).toBe(false);
    expect(isQuiet(night, '2026-01-17T12:00:00Z')).toBe(false);
    expect(isQuiet(night, '2026-01-18T12:00:00Z')).toBe(false);
  });

  it('that end when they begin are the whole day', () => {
    const always = delivery({ quietHours: { from: '07:00', to: '07:00', weekends: false } });

    expect(
      ['2026-01-14T05:59:00Z', '2026-01-14T06:00:00Z', '2026-01-14T18:00:00Z'].map((at) =>
        isQuiet(always, at),
      ),
    ).toEqual([true, true, true]);
  });

  it('are none where nothing is configured: everything goes out at once', () => {
    expect(AT_ONCE).toEqual({ timeZone: 'UTC', quietHours: null, digest: null, urgent: [] });
    expect(isQuiet(AT_ONCE, '2026-01-18T03:00:00Z')).toBe(false);
    expect(isDigestDue(AT_ONCE, '2026-01-01T00:00:00Z', '2026-01-18T03:00:00Z')).toBe(false);
    expect(permissionAt(AT_ONCE, '2026-01-01T00:00:00Z', '2026-01-18T03:00:00Z')).toBe('everything');
  });

  it('let only what is urgent through', () => {
    expect(permissionAt(night, '', '2026-01-14T23:30:00Z')).toBe('urgent');
    expect(permissionAt(night, '', '2026-01-14T12:00:00Z')).toBe('everything');
  });
});

describe('the digest', () => {
  const daily = delivery({ digest: '08:00' });

  it('is due once a day, at its time or as soon as somebody looks', () => {
    expect(isDigestDue(daily, '2026-01-14T07:05:00Z', '2026-01-15T06:59:00Z')).toBe(false);
    expect(isDigestDue(daily, '2026-01-14T07:05:00Z', '2026-01-15T07:00:00Z')).toBe(true);
    expect(isDigestDue(daily, '2026-01-15T07:00:00Z', '2026-01-15T20:00:00Z')).toBe(false);
    expect(isDigestDue(daily, '2026-01-10T07:00:00Z', '2026-01-15T01:00:00Z')).toBe(true);
  });

  it('that falls into quiet hours waits for their end', () => {
    const early = delivery({ digest: '06:00', quietHours: { from: '20:00', to: '07:30', weekends: false } });

    expect(permissionAt(early, '2026-01-14T07:00:00Z', '2026-01-15T05:30:00Z')).toBe('urgent');
    expect(permissionAt(early, '2026-01-14T07:00:00Z', '2026-01-15T06:30:00Z')).toBe('digest');
  });

  it('comes exactly once a day whenever somebody looks every few minutes, also where clocks change', () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    fc.assert(
      fc.property(
        time,
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
        fc.constantFrom('2026-03-05T00:00:00Z', '2026-03-27T00:00:00Z', '2026-10-23T00:00:00Z'),
        fc.integer({ min: 5, max: 45 }),
        (digest, timeZone, from, stepMinutes) => {
          const settings = delivery({ digest, timeZone });
          let last = new Date(from).toISOString();
          let sent = 0;
          const days = 6;
          for (
            let at = Date.parse(from);
            at < Date.parse(from) + days * 86_400_000;
            at += stepMinutes * 60_000
          ) {
            const now = new Date(at).toISOString();
            if (!isDigestDue(settings, last, now)) continue;
            sent += 1;
            last = now;
          }
          // The first and the last day count where their time lies within them.
          return sent >= days - 1 && sent <= days + 1;
        },
      ),
      { numRuns: 60 },
    );
  });
});
