/** Between the ledger's baselines and the pairs of values that the merge works on. */
import type { FieldName } from './deal.ts';
import { FIELD_NAMES } from './fields.ts';
import type { ReconcileInput, Reconciliation } from './reconciliation.ts';
import type { Baseline } from './store-port.ts';

/** Baselines made under the present mapping, as pairs. */
export function validBaseline(
  baseline: Baseline,
  hashOf: (field: FieldName) => string,
): ReconcileInput['baseline'] {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const entry = baseline[name];
      if (entry?.mapping !== hashOf(name)) return [];
      return [[name, { opportunity: entry.opportunity, referral: entry.referral }]];
    }),
  );
}

/** Agreed pairs as ledger entries. */
export function hashed(
  pairs: Reconciliation['baselineChanges'],
  hashOf: (field: FieldName) => string,
): Baseline {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const pair = pairs[name];
      if (pair === undefined) return [];
      const { opportunity = null, referral = null } = pair;
      return [[name, { opportunity, referral, mapping: hashOf(name) }]];
    }),
  );
}
