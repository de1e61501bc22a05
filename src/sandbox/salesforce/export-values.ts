/** One value of a data export. */
import type { Field } from './field.ts';
import { toId18 } from './ids.ts';
import type { SObject } from './object.ts';
import { type FieldValue, parseDate, parseDateTime } from './values.ts';

export interface Cell {
  readonly value: FieldValue;
  readonly problem: { readonly message: string; readonly remedy: string } | null;
}

const EMPTY = { value: null, problem: null } as const;

function wrong(message: string, remedy: string): Cell {
  return { value: null, problem: { message, remedy } };
}

/** Texts are taken as they are; numbers, dates and ids have to be such. */
export function readCell(object: SObject, field: Field, text: string): Cell {
  if (text === '') {
    if (field.type === 'boolean') return { value: false, problem: null };
    return field.type === 'id' ? wrong('the id is empty', 'Export the file again.') : EMPTY;
  }
  switch (field.type) {
    case 'id':
    case 'reference': {
      const id = toId18(text);
      if (id === null || (field.type === 'id' && !id.startsWith(object.keyPrefix))) {
        const kind =
          field.type === 'id' ? `an id of ${object.name} (${object.keyPrefix}…)` : 'a Salesforce id';
        return wrong(
          `"${text}" is not ${kind}`,
          'Open the export in a text editor: spreadsheets garble ids.',
        );
      }
      return { value: id, problem: null };
    }
    case 'boolean': {
      const isTrue = /^(?:true|1)$/i.test(text);
      if (isTrue || /^(?:false|0)$/i.test(text)) return { value: isTrue, problem: null };
      return wrong(`"${text}" is neither true nor false`, 'Correct the value.');
    }
    case 'currency':
    case 'percent':
    case 'double':
    case 'int': {
      const number = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
      if (Number.isFinite(number)) return { value: number, problem: null };
      return wrong(`"${text}" is not a number`, 'Write it with digits and a decimal point only.');
    }
    case 'date': {
      const date = parseDate(text);
      if (date !== null) return { value: date, problem: null };
      return wrong(`"${text}" is not a date`, 'Write it as YYYY-MM-DD.');
    }
    case 'datetime': {
      const stamp = parseDateTime(text.replace(' ', 'T'));
      if (stamp !== null) return { value: stamp, problem: null };
      return wrong(`"${text}" is not a date and time`, 'Write it as YYYY-MM-DDThh:mm:ss.000Z.');
    }
    default:
      return { value: text, problem: null };
  }
}
