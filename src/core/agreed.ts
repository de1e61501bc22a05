/** Between the ledger's baselines and the pairs of values that the merge works on. */
import type { FieldName } from './deal.ts';
import { FIELDS } from './fields.ts';
import type { ReconcileInput, Reconciliation } from './reconciliation.ts';
import type { Baseline } from './store-port.ts';

/** Baselines made under the present mapping, as pairs. */
export function validBaseline(
  baseline: Baseline,
  hashOf: (field: FieldName) => string,
): ReconcileInput['baseline'] {
  return Object.fromEntries(
    FIELDS.map(({ name }) => [name, baseline[name]] as const)
      .filter(([name, entry]) => entry !== undefined && entry.mapping === hashOf(name))
      .map(([name, entry]) => [name, { opportunity: entry?.opportunity, referral: entry?.referral }]),
  );
}

/** Agreed pairs as ledger entries. */
export function hashed(
  pairs: Reconciliation['baselineChanges'],
  hashOf: (field: FieldName) => string,
): Baseline {
  return Object.fromEntries(
    FIELDS.map(({ name }) => [name, pairs[name]] as const)
      .filter(([, pair]) => pair !== undefined)
      .map(([name, pair]) => [
        name,
        { opportunity: pair?.opportunity ?? null, referral: pair?.referral ?? null, mapping: hashOf(name) },
      ]),
  );
}
