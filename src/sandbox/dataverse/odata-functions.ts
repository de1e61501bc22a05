/** The platform's own query functions, as far as single properties go. */
import { badRequest } from './dataverse-error.ts';
import { folded, order, type PropertyType, type Scalar } from './odata-values.ts';
import { isGuid, parseStamp } from './values.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Values of query functions are text, whatever the property's type. */
function read(text: string, type: PropertyType): Scalar {
  if (type === 'number') return Number(text);
  if (type === 'boolean') return text === 'true' || text === '1';
  if (type === 'stamp') return parseStamp(text)?.toLowerCase() ?? null;
  if (type === 'guid') return isGuid(text) ? text.toLowerCase() : null;
  return folded(text);
}

function between(value: Scalar, from: Scalar, to: Scalar): boolean {
  return value !== null && order(value, from) >= 0 && order(value, to) <= 0;
}

/** @throws DataverseError for a function that this stand-in does not know */
export function queryFunction(
  name: string,
  texts: readonly string[],
  type: PropertyType,
  { now, userId }: { readonly now: Date; readonly userId: string },
): (value: Scalar) => boolean {
  const values = texts.map((text) => read(text, type));
  const [first = null, second = null] = values;
  const inLast = (unitMs: number) => {
    const from = new Date(now.getTime() - Number(texts[0] ?? 0) * unitMs);
    return (value: Scalar) =>
      typeof value === 'string' && Date.parse(value) >= from.getTime() && Date.parse(value) <= now.getTime();
  };
  const dayOf = (value: Scalar): string => String(value ?? '').slice(0, 10);
  switch (name) {
    case 'In':
      return (value) => values.includes(folded(value));
    case 'NotIn':
      return (value) => !values.includes(folded(value));
    case 'Between':
      return (value) => between(folded(value), first, second);
    case 'NotBetween':
      return (value) => value !== null && !between(folded(value), first, second);
    case 'On':
      return (value) => value !== null && dayOf(value) === dayOf(texts[0] ?? null);
    case 'OnOrAfter':
      return (value) => value !== null && dayOf(value) >= dayOf(texts[0] ?? null);
    case 'OnOrBefore':
      return (value) => value !== null && dayOf(value) <= dayOf(texts[0] ?? null);
    case 'LastXHours':
      return inLast(HOUR_MS);
    case 'LastXDays':
      return inLast(DAY_MS);
    case 'EqualUserId':
      return (value) => value === userId;
    case 'NotEqualUserId':
      return (value) => value !== userId;
    default:
      throw badRequest(
        '0x80060888',
        `An unknown function with name 'Microsoft.Dynamics.CRM.${name}' was found.`,
      );
  }
}
