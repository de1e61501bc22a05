/** What a row holds, and how values look on the wire. */
import { createHash } from 'node:crypto';

/** A lookup's value: the row it leads to. */
export interface Reference {
  /** Logical name of the target's table. */
  readonly table: string;
  /** Lower-case GUID. */
  readonly id: string;
}
export type Value = string | number | boolean | null | Reference;
/** A row's values by logical column name. Never changed in place. */
export type Values = Readonly<Record<string, Value>>;
export type MutableValues = Record<string, Value>;
export type JsonRecord = Record<string, unknown>;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** The same GUID for the same text, on every machine. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Row ids as Dataverse makes them: they grow with time. */
export function createGuidSource(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${(0x1e000000 + count).toString(16)}-7c1b-f011-8e4f-002248a31d05`;
  };
}

export function isReference(value: Value | undefined): value is Reference {
  return typeof value === 'object' && value !== null;
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

export function referenceOf(values: Values, column: string): Reference | null {
  const value = values[column];
  return isReference(value) ? value : null;
}

export function isSameValue(left: Value, right: Value): boolean {
  if (isReference(left) && isReference(right)) return left.table === right.table && left.id === right.id;
  return left === right;
}

/** `2026-04-13T15:00:00Z`: UTC, whole seconds. */
export function toStamp(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

/** The same instant in whole seconds, from any ISO text with an offset (none means UTC); null when it is none. */
export function parseStamp(text: string): string | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/i.exec(
    text,
  );
  if (match === null) return null;
  const time = match[2] ?? '00:00:00';
  const instant = Date.parse(`${match[1]}T${time.length === 5 ? `${time}:00` : time}${match[3] ?? 'Z'}`);
  return Number.isNaN(instant) ? null : toStamp(new Date(instant));
}

/** Whether the text is an existing calendar day, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().slice(0, 10) === text;
}

/** Rounds half away from zero, as money is rounded on the server. */
export function roundTo(value: number, digits: number): number {
  const text = Math.abs(value).toFixed(10);
  const scaled = Math.round(Number(`${text}e${digits}`));
  return Math.sign(value) * Number(`${scaled}e-${digits}`);
}
