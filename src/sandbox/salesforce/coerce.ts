/** Turns what a client sent for a column into what the column stores, or refuses it as the API does. */
import type { Field } from './field.ts';
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import { type ErrorItem, refuse } from './salesforce-error.ts';
import { type FieldValue, isRecord, parseDate, parseDateTime } from './values.ts';

/** White space that is trimmed on save; a non-breaking space is not. */
const EDGES = /^[ \t\r\n\f\v]+|[ \t\r\n\f\v]+$/g;
const EMAIL = /^[^\s@<>()]+@[^\s@<>()]+\.[^\s@.<>()]+$/;
const NUMERIC = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export interface Coerced {
  readonly value: FieldValue;
  /** What is wrong with the value; the others of the record are looked at all the same. */
  readonly problem: ErrorItem | null;
}

/**
 * @throws SalesforceError when the value is not even of the column's JSON type
 */
export function coerce(object: SObject, field: Field, raw: unknown): Coerced {
  if (raw === null || raw === undefined) return fine(field.type === 'boolean' ? false : null);
  if (isRecord(raw) || Array.isArray(raw)) throw undeserializable(field, raw);
  switch (field.type) {
    case 'boolean':
      return fine(toBoolean(field, raw));
    case 'currency':
    case 'percent':
    case 'double':
    case 'int':
      return toNumber(field, raw);
    case 'date':
      return fine(toTemporal(field, raw, parseDate));
    case 'datetime':
      return fine(toTemporal(field, raw, parseDateTime));
    case 'id':
    case 'reference':
      return toReference(object, field, raw);
    default:
      return toText(field, raw);
  }
}

function fine(value: FieldValue): Coerced {
  return { value, problem: null };
}

function wrong(field: Field, code: string, message: string, value: FieldValue = null): Coerced {
  return { value, problem: { code, message, fields: [field.name] } };
}

function undeserializable(field: Field, raw: unknown): Error {
  const kind = isRecord(raw)
    ? 'START_OBJECT value {'
    : Array.isArray(raw)
      ? 'START_ARRAY value ['
      : `VALUE_STRING value ${String(raw)}`;
  return refuse(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${field.type} from ${kind} or request may be missing a required field at [line:1, column:1]`,
  );
}

function toBoolean(field: Field, raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  const text = String(raw).toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0' || text === '') return false;
  throw undeserializable(field, raw);
}

/** Rounds half away from zero, on the decimal text, so that 1.005 becomes 1.01. */
function roundTo(value: number, scale: number): number {
  const rounded = Number(`${Math.round(Number(`${Math.abs(value)}e${scale}`))}e-${scale}`);
  const exact = Number.isNaN(rounded) ? Math.abs(value) : rounded;
  return value < 0 && exact !== 0 ? -exact : exact;
}

/** What happens to decimals beyond the scale is not documented; the sandbox rounds them off. */
function toNumber(field: Field, raw: unknown): Coerced {
  if (typeof raw === 'boolean') throw undeserializable(field, raw);
  if (typeof raw === 'string') {
    const text = raw.trim();
    if (text === '') return fine(null);
    if (!NUMERIC.test(text)) throw undeserializable(field, raw);
  }
  const value = Number(raw);
  if (field.type === 'int') {
    if (!Number.isInteger(value)) throw undeserializable(field, raw);
    return Math.abs(value) > 2_147_483_647 ? outOfRange(field, value) : fine(value);
  }
  const rounded = roundTo(value, field.scale);
  return Math.abs(rounded) >= 10 ** (field.precision - field.scale)
    ? outOfRange(field, value)
    : fine(rounded);
}

function outOfRange(field: Field, value: number): Coerced {
  return wrong(
    field,
    'NUMBER_OUTSIDE_VALID_RANGE',
    `${field.label}: value outside of valid range on numeric field: ${value}`,
  );
}

function toTemporal(field: Field, raw: unknown, parse: (text: string) => string | null): string | null {
  if (raw === '') return null;
  const value = typeof raw === 'string' ? parse(raw) : null;
  if (value === null) throw undeserializable(field, raw);
  return value;
}

function toReference(object: SObject, field: Field, raw: unknown): Coerced {
  const text = String(raw).trim();
  if (text === '') return fine(null);
  const id = toId18(text);
  if (id !== null) return fine(id);
  const label = field.type === 'id' ? `${object.label} ID` : field.label;
  return wrong(field, 'MALFORMED_ID', `${label}: id value of incorrect type: ${text}`);
}

function toText(field: Field, raw: unknown): Coerced {
  const text = String(raw).replace(EDGES, '');
  if (text === '') return fine(null);
  if (field.type === 'picklist' && field.restrictedPicklist && !field.picklist.includes(text)) {
    const message = `${field.label}: bad value for restricted picklist field: ${text}`;
    return wrong(field, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message);
  }
  if (field.type === 'email' && !EMAIL.test(text)) {
    return wrong(field, 'INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${text}`);
  }
  if (text.length > field.length) {
    const message = `${field.label}: data value too large: ${text} (max length=${field.length})`;
    return wrong(field, 'STRING_TOO_LONG', message, text);
  }
  return fine(text);
}
