import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  addHours,
  addMinutes,
  addSeconds,
  compareInstants,
  dayOf,
  dayOfInstant,
  daysBetween,
  instantMs,
  isTimeZone,
  laterInstant,
  millisecondsBetween,
  noonUtc,
  normaliseInstant,
  parseDay,
} from '../../../../src/core/lenses/calendar.ts';
import { day, nastyText, recentInstant } from './arbitraries.ts';

describe('parseDay', () => {
  it('takes blanks off a day', () => {
    expect(parseDay(' 2026-01-31\n')).toBe('2026-01-31');
  });

  it.each([['2026-01-31'], ['2024-02-29'], ['2000-02-29'], ['0002-01-01'], ['9999-12-30']])(
    'keeps the day %s',
    (text) => {
      expect(parseDay(text)).toBe(text);
    },
  );

  it.each([
    ['2025-02-29'],
    ['1900-02-29'],
    ['2026-02-30'],
    ['2026-13-01'],
    ['2026-00-10'],
    ['2026-04-31'],
    ['0000-01-01'],
    ['2026-1-5'],
    ['2026-01-31T00:00:00Z'],
    ['x2026-01-31'],
    ['2026-01-31x'],
    ['+012345-01'],
    ['2026-01'],
    [''],
    ['tomorrow'],
  ])('refuses %s, which is no calendar day', (text) => {
    expect(parseDay(text)).toBeNull();
  });

  it.each([['0001-01-01'], ['9999-12-31']])('reads %s as no date', (text) => {
    expect(parseDay(text)).toBeNull();
  });
});

describe('instants', () => {
  it.each([
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.0000000Z'],
    ['2026-01-31T08:00:59.8754901Z', '2026-01-31T08:00:59.8754901Z'],
    ['2026-01-31T08:00:23.810144Z', '2026-01-31T08:00:23.8101440Z'],
    ['2025-09-01T00:00:00.000+0000', '2025-09-01T00:00:00.0000000Z'],
    ['2025-09-01T00:30:00+02:00', '2025-08-31T22:30:00.0000000Z'],
    ['2025-09-01T00:30:00.5-0330', '2025-09-01T04:00:00.5000000Z'],
    ['2025-09-01T00:30:00', '2025-09-01T00:30:00.0000000Z'],
    ['2025-09-01T00:30Z', '2025-09-01T00:30:00.0000000Z'],
    ['2025-09-01T00:30:00.123456789Z', '2025-09-01T00:30:00.1234567Z'],
    ['2025-09-01t00:30:00,5z', '2025-09-01T00:30:00.5000000Z'],
    [' 2025-09-01 00:30:15 ', '2025-09-01T00:30:15.0000000Z'],
    ['2025-09-01T00:30-0130', '2025-09-01T02:00:00.0000000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.0000000Z'],
    ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.9999999Z'],
  ])('writes %s with seven digits as %s', (text, normalised) => {
    expect(normaliseInstant(text)).toBe(normalised);
  });

  it.each([
    ['2025-02-30T00:00:00Z'],
    ['2025-02-03T25:00:00Z'],
    ['2025-02-03'],
    ['on 2025-02-03T08:00:00Z'],
    ['2025-02-03T08:00:00Z.'],
    ['2025-02-03T08:00:00+1'],
    ['2025-02-03T08'],
    ['now'],
    [''],
    ['0001-01-01T00:30:00+01:00'],
    ['9999-12-31T23:30:00-01:00'],
  ])('finds no instant in %s', (text) => {
    expect(normaliseInstant(text)).toBeNull();
  });

  it('tells apart instants within one millisecond', () => {
    expect(compareInstants('2026-01-01T00:00:00.8754901Z', '2026-01-01T00:00:00.8754902Z')).toBeLessThan(0);
    expect(compareInstants('2026-01-01T00:00:00.81Z', '2026-01-01T00:00:00.810144Z')).toBeLessThan(0);
    expect(compareInstants('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000+0000')).toBe(0);
    expect(laterInstant('2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.4999999Z')).toBe(
      '2026-01-01T00:00:00.5Z',
    );
  });

  it('takes the first of two texts for one instant as the later, and text that is no instant as the earliest', () => {
    const instant = '2026-01-01T00:00:00Z';
    expect(laterInstant(instant, '2026-01-01T01:00:00+01:00')).toBe(instant);
    expect(laterInstant('2026-01-01T01:00:00+01:00', instant)).toBe('2026-01-01T01:00:00+01:00');
    expect(laterInstant(instant, '2026-01-01T00:00:01Z')).toBe('2026-01-01T00:00:01Z');
    expect(compareInstants('soon', instant)).toBe(-1);
    expect(compareInstants(instant, 'soon')).toBe(1);
    expect(compareInstants('soon', 'later')).toBe(0);
  });

  it('are milliseconds as a Date holds them, finer digits cut', () => {
    expect(instantMs('1970-01-01T00:00:01.0159999Z')).toBe(1015);
    expect(instantMs('1969-12-31T23:59:59Z')).toBe(-1000);
    expect(instantMs('soon')).toBeNull();
  });

  it('orders as time does', () => {
    fc.assert(
      fc.property(recentInstant, recentInstant, (a, b) => {
        expect(Math.sign(compareInstants(a.toISOString(), b.toISOString()))).toBe(
          Math.sign(a.getTime() - b.getTime()),
        );
      }),
    );
  });

  it('settles: normalising twice is normalising once, and nothing throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nastyText,
          recentInstant.map((date) => date.toISOString()),
        ),
        (text) => {
          const once = normaliseInstant(text);

          if (once !== null) expect(normaliseInstant(once)).toBe(once);
        },
      ),
    );
  });

  it('adds time across month ends and leap days', () => {
    expect(addMinutes('2026-01-31T23:50:00Z', 15)).toBe('2026-02-01T00:05:00.000Z');
    expect(addMinutes('2026-01-01T00:00:00.1239999Z', -5)).toBe('2025-12-31T23:55:00.123Z');
    expect(addSeconds('2024-02-28T23:59:59Z', 1)).toBe('2024-02-29T00:00:00.000Z');
    expect(addHours('2026-01-01T00:00:00Z', 72)).toBe('2026-01-04T00:00:00.000Z');
    expect(addDays('2026-01-01T00:00:00Z', 14)).toBe('2026-01-15T00:00:00.000Z');
    expect(millisecondsBetween('2026-01-01T00:00:00Z', addHours('2026-01-01T00:00:00Z', 2))).toBe(7_200_000);
    expect(millisecondsBetween('2026-01-01T00:00:00Z', 'soon')).toBeNull();
    expect(millisecondsBetween('soon', '2026-01-01T00:00:00Z')).toBeNull();
  });

  it('refuses to add time to what is no instant', () => {
    expect(() => addMinutes('soon', 5)).toThrow(
      new RangeError('The text is no UTC instant, so no time can be added to it.'),
    );
  });

  it('counts calendar days', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2);
    expect(daysBetween('2026-03-01', '2026-02-28')).toBe(-1);
    expect(daysBetween('2026-03-01', '2026-03-01')).toBe(0);
  });
});

describe('days of instants', () => {
  it.each([
    ['2026-03-30T23:00:00Z', 'Europe/Berlin', '2026-03-31'],
    ['2026-03-31T18:30:00Z', 'Asia/Kolkata', '2026-04-01'],
    ['2026-03-31T03:00:00Z', 'America/New_York', '2026-03-30'],
    ['2026-03-31T03:00:00.1234567Z', 'UTC', '2026-03-31'],
    ['2024-02-29T12:00:00Z', 'America/Los_Angeles', '2024-02-29'],
    ['0099-06-05T12:00:00Z', 'UTC', '0099-06-05'],
  ])('reads %s in %s as %s', (instant, zone, expected) => {
    expect(dayOfInstant(instant, zone)).toBe(expected);
  });

  it.each([['0001-01-01T00:00:00Z'], ['9999-12-31T23:59:59.9999999Z'], ['never']])(
    'reads %s as no date in every zone',
    (instant) => {
      expect(dayOfInstant(instant, 'America/New_York')).toBeNull();
      expect(dayOfInstant(instant, 'Pacific/Kiritimati')).toBeNull();
    },
  );

  it('reads a plain day as it stands and an instant in the zone', () => {
    expect(dayOf('2026-03-31', 'America/New_York')).toBe('2026-03-31');
    expect(dayOf('2026-03-31T03:00:00Z', 'America/New_York')).toBe('2026-03-30');
    expect(dayOf('soon', 'America/New_York')).toBeNull();
  });

  it('stands for a day with noon UTC, the same day from Hawaii to Sydney in winter', () => {
    expect(noonUtc('2026-06-30')).toBe('2026-06-30T12:00:00Z');
    for (const zone of [
      'Pacific/Honolulu',
      'America/New_York',
      'Europe/London',
      'Asia/Tokyo',
      'Australia/Sydney',
    ]) {
      expect(dayOfInstant(noonUtc('2026-06-30'), zone)).toBe('2026-06-30');
    }
  });

  it('stands for a day with midnight UTC where noon UTC is the next day already', () => {
    expect(noonUtc('2026-06-30', 'Europe/Berlin')).toBe('2026-06-30T12:00:00Z');
    expect(noonUtc('2026-06-30', 'Pacific/Auckland')).toBe('2026-06-30T00:00:00Z');
  });

  it('gives back the day that was written, on every day of the year in every zone of the world', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    fc.assert(
      fc.property(recentInstant, fc.constantFrom(...zones), (date, zone) => {
        const written = date.toISOString().slice(0, 10);

        expect(dayOfInstant(noonUtc(written, zone), zone)).toBe(written);
      }),
      { numRuns: 2000 },
    );
  });

  it('writes every day as a valid instant of that day', () => {
    fc.assert(
      fc.property(day, (written) => {
        expect(dayOfInstant(noonUtc(written), 'UTC')).toBe(written);
      }),
    );
  });

  it('knows time zones', () => {
    expect(isTimeZone('America/New_York')).toBe(true);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
  });
});
