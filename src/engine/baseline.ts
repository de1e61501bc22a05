/** Baselines from what both servers really hold, after a write was confirmed. */
import type { Deal, FieldName } from '../core/deal.ts';
import { FIELD_NAMES } from '../core/fields.ts';
import { sameValue } from '../core/lenses/equality.ts';
import type { Baseline } from '../core/store-port.ts';

/** Entries for fields that both sides know, under the present mapping. */
export function baselineFrom(
  fields: readonly FieldName[],
  opportunity: Deal,
  referral: Deal,
  hashOf: (field: FieldName) => string,
): Baseline {
  return Object.fromEntries(
    fields
      .filter((field) => Object.hasOwn(opportunity, field) && Object.hasOwn(referral, field))
      .map((field) => [
        field,
        { opportunity: opportunity[field], referral: referral[field], mapping: hashOf(field) },
      ]),
  );
}

/** Every field that a create made both sides agree on; contacts only where they were sent. */
export function createdFields(sent: Deal): readonly FieldName[] {
  return FIELD_NAMES.filter((field) => field !== 'contacts' || Object.hasOwn(sent, field));
}

/** Fields that the server answered as done but holds otherwise. */
export function notApplied(wanted: Deal, held: Deal): readonly FieldName[] {
  return FIELD_NAMES.filter(
    (field) =>
      Object.hasOwn(wanted, field) &&
      Object.hasOwn(held, field) &&
      field !== 'salesStage' &&
      !sameValue(field, wanted[field], held[field]),
  );
}
