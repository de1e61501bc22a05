import { describe, expect, it } from 'vitest';
import { canonicalText, decodeEntities } from '../../../src/adapters/partner-center/text.ts';
import {
  calendarDay,
  closingDateTime,
  shiftTimestamp,
  sortableTimestamp,
  timeOf,
} from '../../../src/adapters/partner-center/timestamps.ts';

describe('timestamps', () => {
  it('sort by time whatever their number of fractional digits', () => {
    const inOrder = [
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00.0000001Z',
      '2026-01-01T00:00:00.000001Z',
      '2026-01-01T00:00:00.81Z',
      '2026-01-01T00:00:00.810144Z',
      '2026-01-01T00:00:00.8101441Z',
      '2026-01-01T00:00:00.9Z',
      '2026-01-01T00:00:01Z',
    ];

    const sorted = [...inOrder].reverse().map(sortableTimestamp).sort();

    expect(sorted).toEqual(inOrder.map(sortableTimestamp));
    expect(new Set(sorted).size).toBe(inOrder.length);
  });

  it.each([
    ['2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.0000000Z'],
    ['2026-03-01T10:00:00.5', '2026-03-01T10:00:00.5000000Z'],
    ['2026-03-01T10:00Z', '2026-03-01T10:00:00.0000000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.0000000Z'],
  ])('read %s as %s', (raw, sortable) => {
    expect(sortableTimestamp(raw)).toBe(sortable);
  });

  it.each(['', 'now', '2026-13-01T00:00:00Z', '2026-03-01T25:00:00Z', '1772359200'])(
    'do not include %j',
    (raw) => {
      expect(sortableTimestamp(raw)).toBeNull();
    },
  );

  it('keep all their digits when moved', () => {
    expect(shiftTimestamp('2026-03-01T00:00:00.1234567Z', -600_000)).toBe('2026-02-28T23:50:00.1234567Z');
    expect(timeOf('2026-03-01T00:00:00.1234567Z')).toBe(Date.parse('2026-03-01T00:00:00.123Z'));
  });
});

describe('close dates', () => {
  it.each([
    ['2022-06-29T23:00:00Z', 'Europe/London', '2022-06-30'],
    ['2022-06-29T18:30:00Z', 'Asia/Kolkata', '2022-06-30'],
    ['2022-06-30T03:00:00Z', 'America/Sao_Paulo', '2022-06-30'],
    ['2022-06-30T12:00:00Z', 'Pacific/Auckland', '2022-06-30'],
    ['2022-06-30T12:00:00.0000000Z', 'Pacific/Kiritimati', '2022-06-30'],
    ['2022-06-30T00:00:00Z', 'UTC', '2022-06-30'],
    ['2022-06-30', 'America/New_York', '2022-06-30'],
  ])('%s means in %s the day %s', (raw, timeZone, day) => {
    expect(calendarDay(raw, timeZone)).toBe(day);
  });

  it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kolkata', 'UTC'])(
    'written and read back in %s stay',
    (timeZone) => {
      expect(calendarDay(closingDateTime('2026-12-31'), timeZone)).toBe('2026-12-31');
    },
  );
});

describe('text', () => {
  it('undoes one level of HTML encoding', () => {
    expect(decodeEntities('R&amp;D &lt;&#39;x&#x27;&gt; &amp;amp; &unknown; &#0; 5 & 6')).toBe(
      "R&D <'x'> &amp; &unknown; &#0; 5 & 6",
    );
  });

  it.each([
    ['  a\r\nb\rc ', 'a\nb\nc'],
    ['Mu\u0308ller', 'M\u00fcller'],
    ['   ', null],
    ['&nbsp;', null],
  ])('reads %j as %j', (raw, canonical) => {
    expect(canonicalText(raw)).toBe(canonical);
  });

  it('reads canonical text as itself', () => {
    for (const raw of [' x\r\n', 'R&amp;D', 'Mu\u0308ller']) {
      const once = canonicalText(raw) ?? '';
      expect(canonicalText(once)).toBe(once);
    }
  });
});
