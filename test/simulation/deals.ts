/** An opportunity read as a deal, each version once: checks ask for the same versions again and again. */
import { type MappedOpportunity, toDeal } from '../../src/core/mapping.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { OpportunityRecord } from '../../src/core/ports.ts';

const read = new WeakMap<Mapping, WeakMap<OpportunityRecord, MappedOpportunity>>();

/** As `toDeal`; versions of records are never changed in place, so one reading serves for all times. */
export function dealOf(record: OpportunityRecord, mapping: Mapping): MappedOpportunity {
  let known = read.get(mapping);
  if (known === undefined) {
    known = new WeakMap();
    read.set(mapping, known);
  }
  let mapped = known.get(record);
  if (mapped === undefined) {
    mapped = toDeal(record, mapping);
    known.set(record, mapped);
  }
  return mapped;
}
