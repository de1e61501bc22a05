/**
 * Partner Center sends UTC instants with 0 to 7 fractional digits, trailing zeros trimmed. A Date holds three of
 * them, so order is decided on text of a fixed width, and cursors keep the text as it was sent.
 */

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The instant as `YYYY-MM-DDTHH:MM:SS.fffffffZ`, which sorts by time; null when the text is none.
 * A text without a zone is UTC.
 */
export function sortableTimestamp(raw: string): string | null {
  const match = TIMESTAMP.exec(raw.trim());
  if (match === null) return null;
  const [, day = '', minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const time = Date.parse(`${day}T${minute}:${second}${zone.toUpperCase()}`);
  if (Number.isNaN(time)) return null;
  return `${new Date(time).toISOString().slice(0, 19)}.${fraction.slice(0, 7).padEnd(7, '0')}Z`;
}

/** The later of two sortable timestamps; null is earlier than all. */
export function latest(left: string | null, right: string | null): string | null {
  if (left === null) return right;
  return right === null || left >= right ? left : right;
}

/** A sortable timestamp moved by milliseconds, which may be negative; all seven digits are kept. */
export function shiftTimestamp(sortable: string, milliseconds: number): string {
  const time = Date.parse(`${sortable.slice(0, 19)}Z`) + Number(sortable.slice(20, 23)) + milliseconds;
  return `${new Date(time).toISOString().slice(0, 23)}${sortable.slice(23)}`;
}

/** Milliseconds since the epoch of a sortable timestamp. */
export function timeOf(sortable: string): number {
  return Date.parse(`${sortable.slice(0, 23)}Z`);
}

const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const NOON_UTC = /T12:00:00\.0000000Z$/;
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The calendar day that a close date means. Partner Center's own pages store local midnight, so an instant is read in
 * the partner's zone; noon UTC is how we write a day, and means that day in every zone.
 *
 * @returns null when the text is no date
 */
export function calendarDay(raw: string, timeZone: string): string | null {
  const sortable = sortableTimestamp(raw);
  if (sortable === null) return null;
  if (DAY_ONLY.test(raw.trim()) || NOON_UTC.test(sortable)) return sortable.slice(0, 10);
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formatters.set(timeZone, formatter);
  }
  const parts = new Map(formatter.formatToParts(timeOf(sortable)).map(({ type, value }) => [type, value]));
  return `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
}

/** How a day is written: at noon UTC it is the same day from 12 hours west to 11 hours east. */
export function closingDateTime(day: string): string {
  return `${day}T12:00:00Z`;
}
