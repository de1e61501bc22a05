/** What the readers of a mapping share: the record under the lens, what was found so far, and how a column is read. */
import type { Deal, FieldName } from './deal.ts';
import { canonicalText } from './lenses/text.ts';
import type { Mapping } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';

/** Why a field of one record could not be read or written. */
export interface MappingProblem {
  readonly field: FieldName;
  /** A cause that records share: `stage-unmapped`, `unreadable`, `country`, `unknown-product`, `unmapped-value`. */
  readonly code: string;
  /** What is wrong and what to do, in a seller's words; without contact details. */
  readonly text: string;
}

/** A reading under way: readers add to the deal, and to what is to be told of it. */
export interface Reader {
  readonly record: Pick<OpportunityRecord, 'values' | 'people' | 'products'>;
  readonly mapping: Mapping;
  readonly problems: MappingProblem[];
  readonly defaulted: FieldName[];
  readonly deal: { -readonly [K in keyof Deal]: Deal[K] };
}

/** A value that one side holds and the other cannot. */
export class Unreadable {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** Whether a column says nothing: absent, null, or blank text. */
export function isEmpty(value: CrmValue | undefined): boolean {
  return asText(value) === null;
}

/** A column as text; null when it says nothing. */
export function asText(value: CrmValue | undefined): string | null {
  return canonicalText(value);
}
