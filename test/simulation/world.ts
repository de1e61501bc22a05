/** The mapping of the simulation: what the shipped ones do, on the fakes' columns. */
import type { Winner } from '../../src/core/fields.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import { mapping as baseMapping, SOLUTION } from '../support/builders.ts';

export function mappingOf(winner: Winner): Mapping {
  const base = baseMapping();
  const decided = new Set(['amount', 'closeDate', 'notes']);
  return {
    ...base,
    fields: base.fields.map((field) => (decided.has(field.field) ? { ...field, conflict: winner } : field)),
    solutions: {
      ...base.solutions,
      catalogue: { 'GTX Pro': SOLUTION, 'GTX Basic': 'SOL-10002-BBB' },
    },
    stages: [...base.stages, { crm: 'Closed Lost', deal: 'Expired', salesStage: null, reason: null }],
  };
}
