import { describe, expect, it } from 'vitest';
import { harvestSolutions } from '../../../src/core/solutions-harvest.ts';
import { mapping, opportunity, referral, SOLUTION } from '../../support/builders.ts';

const solution = (id: string, name: string | null) => ({ id, name });

describe('a harvest of solutions', () => {
  it('counts what our own deals use, most used first, with the products that stand for it', () => {
    const deals = [
      referral({ solutions: [solution(SOLUTION, null), solution('SOL-2', 'Other')] }),
      referral({ solutions: [solution(SOLUTION.toLowerCase(), 'GTX Pro')] }),
      referral({ solutions: [solution('SOL-9', 'Theirs')] }, { isMicrosofts: true }),
    ];

    const { solutions } = harvestSolutions(deals, [], mapping());

    expect(solutions).toEqual([
      { id: SOLUTION, name: 'GTX Pro', deals: 2, products: ['GTX Pro'] },
      { id: 'SOL-2', name: 'Other', deals: 1, products: [] },
    ]);
  });

  it('lists products without an entry, with the solution of the same name where there is one', () => {
    const rows = [
      opportunity({ Product__c: 'GTX Pro;MG Special' }),
      opportunity({ Product__c: 'mg special' }),
      opportunity({ Product__c: 'Nobody knows' }),
      opportunity({ Product__c: 'SOL-77-XYZ' }),
      opportunity({ Product__c: null }),
    ];

    const { unknownProducts } = harvestSolutions(
      [referral({ solutions: [solution('SOL-3', 'MG Special')] })],
      rows,
      mapping(),
    );

    expect(unknownProducts).toEqual([
      { product: 'MG Special', opportunities: 1, solutionId: 'SOL-3' },
      { product: 'Nobody knows', opportunities: 1, solutionId: null },
      { product: 'mg special', opportunities: 1, solutionId: 'SOL-3' },
    ]);
  });
});
