/** What a mapping's catalogue of solutions could say, learnt from the deals and opportunities that are there. */
import { canonicalText } from './lenses/text.ts';
import { SOLUTION_ID } from './mapping-lists.ts';
import { asText } from './mapping-reader.ts';
import type { Mapping } from './mapping-types.ts';
import type { OpportunityRecord, Referral } from './ports.ts';

/** A solution that deals use. */
export interface UsedSolution {
  readonly id: string;
  readonly name: string | null;
  readonly deals: number;
  /** CRM products that the catalogue has for it. */
  readonly products: readonly string[];
}

/** A product of the CRM that no entry of the catalogue names: deals with it wait. */
export interface UnknownProduct {
  readonly product: string;
  readonly opportunities: number;
  /** The one used solution of the same name; null when there is none. */
  readonly solutionId: string | null;
}

export interface Harvest {
  readonly solutions: readonly UsedSolution[];
  readonly unknownProducts: readonly UnknownProduct[];
}

interface Product {
  readonly id: string | null;
  readonly name: string;
}

/** The products that an opportunity names, as the mapping finds them. */
function productsOf(record: OpportunityRecord, mapping: Mapping): readonly Product[] {
  return mapping.solutions.from.flatMap((from): Product[] => {
    if ('source' in from) return (record.products ?? []).map(({ id, name }) => ({ id, name: name ?? id }));
    return (asText(record.values[from.path]) ?? '')
      .split(';')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({ id: null, name }));
  });
}

function plain(text: string | null): string {
  return (canonicalText(text) ?? '').toLowerCase().replace(/\s+/gu, ' ');
}

/** Counts solutions of our own deals, and products without an entry; what is used most comes first. */
export function harvestSolutions(
  referrals: Iterable<Referral>,
  opportunities: Iterable<OpportunityRecord>,
  mapping: Mapping,
): Harvest {
  const { catalogue } = mapping.solutions;
  const used = new Map<string, { id: string; name: string | null; deals: number }>();
  for (const { deal, isMicrosofts } of referrals) {
    if (isMicrosofts) continue;
    const ofDeal = new Map((deal.solutions ?? []).map((solution) => [solution.id.toLowerCase(), solution]));
    for (const [key, { id, name }] of ofDeal) {
      const entry = used.get(key) ?? { id, name, deals: 0 };
      used.set(key, { id: entry.id, name: entry.name ?? name, deals: entry.deals + 1 });
    }
  }
  const unknown = new Map<string, number>();
  for (const record of opportunities) {
    const names = productsOf(record, mapping).filter(
      ({ id, name }) =>
        catalogue[name] === undefined && catalogue[id ?? name] === undefined && !SOLUTION_ID.test(name),
    );
    for (const name of new Set(names.map((product) => product.name)))
      unknown.set(name, (unknown.get(name) ?? 0) + 1);
  }
  const solutions = [...used.values()]
    .map((solution) => ({
      ...solution,
      products: Object.entries(catalogue)
        .filter(([, id]) => id.toLowerCase() === solution.id.toLowerCase())
        .map(([product]) => product),
    }))
    .sort((a, b) => b.deals - a.deals || (a.id < b.id ? -1 : 1));
  const sameName = (product: string): string | null => {
    const [only, other] = solutions.filter(
      ({ name }) => plain(name) !== '' && plain(name) === plain(product),
    );
    return only !== undefined && other === undefined ? only.id : null;
  };
  const unknownProducts = [...unknown]
    .map(([product, count]) => ({ product, opportunities: count, solutionId: sameName(product) }))
    .sort((a, b) => b.opportunities - a.opportunities || (a.product < b.product ? -1 : 1));
  return { solutions, unknownProducts };
}
