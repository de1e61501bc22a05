/** Relative dates: `TODAY`, `LAST_N_DAYS:30`. In UTC, which is the time zone of the sandbox's org. */

const DAY_MS = 86_400_000;

export interface Period {
  /** First day, and the day after the last: `YYYY-MM-DD`. */
  readonly from: string;
  readonly until: string;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The days that a relative date means, seen from an instant. */
export function periodAt(name: string, count: number, now: Date): Period {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const lower = name.toLowerCase();
  const days = (from: number, until: number): Period => ({
    from: dayOf(today + from * DAY_MS),
    until: dayOf(today + until * DAY_MS),
  });
  const [, which = 'this', unit = 'days'] = /^(this|last|next)_(?:n_)?(\w+?)s?$/.exec(lower) ?? [];
  switch (lower) {
    case 'today':
      return days(0, 1);
    case 'yesterday':
      return days(-1, 0);
    case 'tomorrow':
      return days(1, 2);
    case 'last_90_days':
      return days(-90, 1);
    case 'next_90_days':
      return days(1, 91);
    case 'last_n_days':
      return days(-count, 1);
    case 'next_n_days':
      return days(1, count + 1);
    default:
      break;
  }
  const start = which === 'this' ? 0 : which === 'last' ? -count : 1;
  const length = which === 'this' ? 1 : count;
  if (unit === 'week') {
    const sunday = -now.getUTCDay();
    return days(sunday + 7 * start, sunday + 7 * (start + length));
  }
  const months = unit === 'year' ? 12 : unit === 'quarter' ? 3 : 1;
  const current = Math.floor(now.getUTCMonth() / months) * months;
  const monthStart = (offset: number): string =>
    dayOf(Date.UTC(now.getUTCFullYear(), current + offset * months, 1));
  return { from: monthStart(start), until: monthStart(start + length) };
}
