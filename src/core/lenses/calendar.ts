/**
 * Days and instants as text. A day is `YYYY-MM-DD`; an instant is UTC text as the remotes send it, with 0 to 7
 * fractional digits, which a `Date` would cut to milliseconds.
 */

/** What systems store for "no date". */
const NO_DATE: ReadonlySet<string | null> = new Set(['0001-01-01', '9999-12-31']);
const BEGINS_WITH_YEAR = /^(?!0000)\d{4}-/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d+))?(?:[Zz]|([+-])(\d{2}):?(\d{2}))?$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The day's text when it is a day of the calendar. */
function validDay(text: string): string | null {
  if (!BEGINS_WITH_YEAR.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : text;
}

/** A calendar day, or null when the text is none or one of the days that stand for "no date" (0001-01-01, 9999-12-31). */
export function parseDay(text: string): string | null {
  const day = validDay(text.trim());
  return NO_DATE.has(day) ? null : day;
}

interface Instant {
  /** Whole seconds since 1970, as milliseconds. */
  readonly secondMs: number;
  /** Exactly seven digits. */
  readonly fraction: string;
}

function readInstant(text: string): Instant | null {
  const [, day = '', time, seconds = '', digits = '', sign, hours = 0, minutes = 0] =
    INSTANT.exec(text.trim()) ?? [];
  if (validDay(day) === null) return null;
  const localMs = Date.parse(`${day}T${time}${seconds}Z`);
  if (Number.isNaN(localMs)) return null;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return {
    secondMs: sign === '-' ? localMs + offsetMs : localMs - offsetMs,
    fraction: digits.padEnd(7, '0').slice(0, 7),
  };
}

/** An instant as a `Date` would hold it, in milliseconds; null when the text is none. */
export function instantMs(text: string): number | null {
  const instant = readInstant(text);
  return instant === null ? null : instant.secondMs + Number(instant.fraction.slice(0, 3));
}

/**
 * An instant as UTC text with exactly seven fractional digits, so that text order is time order. Text without a
 * zone is UTC; an offset is applied; digits after the seventh are dropped.
 *
 * @returns null when the text is no instant.
 */
export function normaliseInstant(text: string): string | null {
  const instant = readInstant(text);
  if (instant === null) return null;
  const date = new Date(instant.secondMs);
  return date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999
    ? null
    : `${date.toISOString().slice(0, 19)}.${instant.fraction}Z`;
}

/** Orders instants at seven fractional digits: negative, zero or positive. Text that is no instant comes first. */
export function compareInstants(a: string, b: string): number {
  const [left, right] = [normaliseInstant(a) ?? '', normaliseInstant(b) ?? ''];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The later of two instants, as given. */
export function laterInstant(a: string, b: string): string {
  return compareInstants(a, b) >= 0 ? a : b;
}

/**
 * Moves an instant; the result has milliseconds, as `Date.toISOString` writes them (finer digits are cut, which
 * moves it back by less than a millisecond).
 *
 * @throws RangeError when the text is no instant.
 */
export function addMilliseconds(instant: string, milliseconds: number): string {
  const time = instantMs(instant);
  if (time === null) throw new RangeError('The text is no UTC instant, so no time can be added to it.');
  return new Date(time + milliseconds).toISOString();
}

/** @see addMilliseconds */
export function addSeconds(instant: string, seconds: number): string {
  return addMilliseconds(instant, seconds * 1000);
}

/** @see addMilliseconds */
export function addMinutes(instant: string, minutes: number): string {
  return addMilliseconds(instant, minutes * MINUTE_MS);
}

/** @see addMilliseconds */
export function addHours(instant: string, hours: number): string {
  return addMilliseconds(instant, hours * 60 * MINUTE_MS);
}

/** Moves an instant by days of 24 hours. @see addMilliseconds */
export function addDays(instant: string, days: number): string {
  return addMilliseconds(instant, days * DAY_MS);
}

/** Milliseconds from one instant to another; null when either text is none. */
export function millisecondsBetween(from: string, to: string): number | null {
  const [start, end] = [instantMs(from), instantMs(to)];
  return start === null || end === null ? null : end - start;
}

/** Calendar days from one day to another (negative when the second is earlier). */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** Making a formatter costs far more than using it; zones are few. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formatters.set(timeZone, made);
  return made;
}

/**
 * The calendar day of an instant in a time zone such as `America/New_York`; null when the text is no instant or
 * stands for "no date".
 *
 * @throws RangeError for an unknown time zone.
 */
export function dayOfInstant(instant: string, timeZone: string): string | null {
  const normalised = normaliseInstant(instant);
  if (normalised === null || NO_DATE.has(normalised.slice(0, 10))) return null;
  const parts = formatterOf(timeZone).formatToParts(new Date(`${normalised.slice(0, 19)}Z`));
  const { year = '', month, day } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return parseDay(`${year.padStart(4, '0')}-${month}-${day}`);
}

/** Whether there is such a time zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** The day a date column's text means: a plain day stays, an instant is read in the zone. */
export function dayOf(text: string, timeZone: string): string | null {
  return parseDay(text) ?? dayOfInstant(text, timeZone);
}

/**
 * The instant that stands for a day: noon UTC, which is the same day wherever clocks are less than twelve hours
 * ahead. Further east (New Zealand, Fiji) noon UTC is already the next day, so there, when the zone is given,
 * midnight UTC stands for the day: otherwise the date would move by one day at every exchange.
 */
export function noonUtc(day: string, timeZone = 'UTC'): string {
  const noon = `${day}T12:00:00Z`;
  return dayOfInstant(noon, timeZone) === day ? noon : `${day}T00:00:00Z`;
}
