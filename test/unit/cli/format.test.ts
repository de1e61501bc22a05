import { describe, expect, it } from 'vitest';
import { csvCell, toCsv } from '../../../src/cli/csv.ts';
import {
  count,
  displayAge,
  displayAmount,
  displayValue,
  paintWith,
  renderTable,
  wrap,
} from '../../../src/cli/format.ts';
import { createProgressLine, displayDuration, progressText } from '../../../src/cli/progress.ts';

const plain = paintWith(false);

describe('values on a terminal', () => {
  it.each([
    [null, '(empty)'],
    [[], '(empty)'],
    [true, 'yes'],
    ['Fabrikam', 'Fabrikam'],
    [['a', 'b'], 'a; b'],
    [{ name: 'Fabrikam', address: { city: 'Essen', country: 'DE' } }, 'Fabrikam, Essen, DE'],
    [[{ id: 'SOL-1', name: null }], 'SOL-1'],
  ])('%j is shown as %s', (value, expected) => {
    expect(displayValue(value)).toBe(expected);
  });

  it('never reach it with escape sequences in them', () => {
    expect(displayValue('\u001b[31mred\u001b[0m')).toBe('\\u001b[31mred\\u001b[0m');
    expect(wrap('a \u001b]0;title\u0007 b', 80)).not.toContain('\u001b');
  });

  it('are cut by characters as people see them, not by halves of one', () => {
    expect(displayValue('😀😀😀😀', 3)).toBe('😀😀…');
  });

  it('show amounts exactly, with separators', () => {
    expect(displayAmount('1234567.05', 'USD')).toBe('1,234,567.05 USD');
    expect(displayAmount('-12', null)).toBe('-12');
    expect(displayAmount(null, 'USD')).toBe('');
  });

  it('count in words', () => {
    expect([count(1, 'deal'), count(2, 'opportunity'), count(1200, 'record')]).toEqual([
      '1 deal',
      '2 opportunities',
      '1,200 records',
    ]);
  });

  it('tell ages in one figure', () => {
    const now = new Date('2026-11-20T12:00:00Z');

    expect(displayAge('2026-11-20T11:59:30Z', now)).toBe('30 s ago');
    expect(displayAge('2026-11-20T09:00:00Z', now)).toBe('3 h ago');
    expect(displayAge('2026-11-10T12:00:00Z', now)).toBe('10 days ago');
  });

  it('stand in tables without lines or colours where none are wanted', () => {
    const table = renderTable(
      [
        ['a', '1'],
        ['bb', '22'],
      ],
      { head: ['Name', 'Figure'], paint: plain, right: [1] },
    );

    expect(table).toBe('Name  Figure\na          1\nbb        22\n');
  });
});

describe('comma-separated values', () => {
  it.each(['=HYPERLINK("http://x")', '+1', '@SUM(A1)', '-1+1', '\t=1', ' =1'])(
    'disarm the formula %j',
    (text) => {
      expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
    },
  );

  it('leave numbers alone, negative ones too', () => {
    expect(csvCell('-12.5')).toBe('-12.5');
    expect(csvCell(12)).toBe('12');
  });

  it('quote what would break a row', () => {
    expect(toCsv(['a', 'b'], [['x,y', 'say "hi"\nthere']])).toBe('a,b\r\n"x,y","say ""hi""\nthere"\r\n');
  });
});

describe('the progress line', () => {
  const zero = { crm: 0, partnerCenter: 0, graph: 0, retries: 0 };

  it('says phase, records, requests and the time that is left', () => {
    const text = progressText(
      'contoso',
      { phase: 'writing', done: 50, total: 200, what: 'referrals' },
      61,
      10_000,
    );

    expect(text).toBe('contoso: writing 50 of 200 referrals, 61 requests, 0:30 left');
  });

  it('makes no forecast before there is enough to go by', () => {
    expect(
      progressText('contoso', { phase: 'reading', done: 7, total: 0, what: 'opportunities' }, 1, 100),
    ).toBe('contoso: reading 7 opportunities, 1 requests');
  });

  it('writes nothing where nobody can see it redrawn', () => {
    let written = '';
    const line = createProgressLine({
      write: (text) => {
        written += text;
      },
      isEnabled: false,
      label: 'contoso',
      now: () => new Date(),
      requests: () => zero,
    });

    line.show({ phase: 'reading', done: 1, total: 2, what: 'opportunities' });
    line.clear();

    expect(written).toBe('');
  });

  it('is redrawn at most ten times a second, and removed in the end', () => {
    const written: string[] = [];
    let at = 0;
    const line = createProgressLine({
      write: (text) => void written.push(text),
      isEnabled: true,
      label: 'contoso',
      now: () => new Date(at),
      requests: () => zero,
    });

    for (; at < 1000; at += 10) line.show({ phase: 'writing', done: at, total: 5000, what: 'referrals' });
    line.clear();

    expect(written.length).toBeLessThanOrEqual(12);
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it.each([
    [5_000, '0:05'],
    [65_000, '1:05'],
    [3_661_000, '1:01:01'],
  ])('%i ms are %s', (milliseconds, text) => {
    expect(displayDuration(milliseconds)).toBe(text);
  });
});
