/** What a row holds, and how times are written on the wire: UTC, whole seconds, an offset without a colon. */

export type FieldValue = string | number | boolean | null;
/** A row's values by canonical column name. Never changed in place. */
export type Values = Readonly<Record<string, FieldValue>>;
export type MutableValues = Record<string, FieldValue>;
export type JsonRecord = Record<string, unknown>;

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})/;

/** `2026-11-20T17:59:20.000+0000`: stamps of this form sort as text. */
export function toStamp(milliseconds: number): string {
  return `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}.000+0000`;
}

/** Milliseconds since the epoch of a stamp. */
export function stampToMs(stamp: string): number {
  return Date.parse(`${stamp.slice(0, 19)}Z`);
}

/** A stamp from any ISO date-time (UTC when it has no offset), or null. */
export function parseDateTime(text: string): string | null {
  const match = DATE_TIME.exec(text.trim());
  if (match === null) return null;
  const offset = match[3] ?? 'Z';
  const zone = /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
  const time = match[2] ?? '';
  const instant = Date.parse(`${match[1]}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  return Number.isNaN(instant) ? null : toStamp(instant);
}

/** The calendar date at the start of a text, or null when there is no such day. */
export function parseDate(text: string): string | null {
  const match = DATE.exec(text.trim());
  if (match === null) return null;
  const day = match[0];
  const instant = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== day ? null : day;
}

/** An HTTP date, as in `Last-Modified`. */
export function toHttpDate(stamp: string): string {
  return new Date(stampToMs(stamp)).toUTCString();
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text in a column, or null. */
export function textOf(values: Values, column: string): string | null {
  const value = values[column];
  return typeof value === 'string' ? value : null;
}

export function numberOf(values: Values, column: string): number | null {
  const value = values[column];
  return typeof value === 'number' ? value : null;
}
