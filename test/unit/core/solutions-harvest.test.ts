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

  it('finds nothing where nothing is known', () => {
    const { solutions: _none, ...deal } = referral().deal;

    expect(
      harvestSolutions([referral({}, { deal })], [opportunity({ Product__c: ' ; ' })], mapping()),
    ).toEqual({ solutions: [], unknownProducts: [] });
  });

  it('counts a deal and an opportunity once, however often they name the same', () => {
    const deals = [referral({ solutions: [solution('SOL-5', 'First'), solution('sol-5', 'Last')] })];
    const rows = [opportunity({ Product__c: 'New; New ;New' })];

    expect(harvestSolutions(deals, rows, mapping())).toEqual({
      solutions: [{ id: 'sol-5', name: 'Last', deals: 1, products: [] }],
      unknownProducts: [{ product: 'New', opportunities: 1, solutionId: null }],
    });
  });

  it('keeps the first name that a deal gives, and puts what is used as often in the order of ids and names', () => {
    const deals = [
      referral({ solutions: [solution('SOL-B', 'One'), solution('SOL-A', null), solution('SOL-C', null)] }),
      referral({
        solutions: [solution('SOL-B', 'Two'), solution('SOL-A', 'Named'), solution('SOL-C', null)],
      }),
      referral({ solutions: [solution('SOL-C', null)] }),
    ];
    const rows = [
      opportunity({ Product__c: 'Zeta; Alpha; Often' }),
      opportunity({ Product__c: 'Alpha; Zeta' }),
      opportunity({ Product__c: 'Often' }),
      opportunity({ Product__c: 'Often' }),
    ];

    const { solutions, unknownProducts } = harvestSolutions(deals, rows, mapping());

    expect(solutions.map(({ id, name, deals: count }) => [id, name, count])).toEqual([
      ['SOL-C', null, 3],
      ['SOL-A', 'Named', 2],
      ['SOL-B', 'One', 2],
    ]);
    expect(unknownProducts.map(({ product, opportunities }) => [product, opportunities])).toEqual([
      ['Often', 3],
      ['Alpha', 2],
      ['Zeta', 2],
    ]);
  });

  it('lists line items that the catalogue names neither by name nor by id', () => {
    const catalogue = { Known: 'SOL-1', '01t1': 'SOL-2' };
    const products = [
      { id: '01t0', name: 'Known' },
      { id: '01t1', name: 'By id' },
      { id: 'SOL-3', name: null },
      { id: '01t4', name: null },
      { id: '01t5', name: ' ' },
    ];

    const { unknownProducts } = harvestSolutions(
      [referral({ solutions: [solution('SOL-9', null)] })],
      [opportunity({}, { products }), opportunity()],
      mapping({ solutions: { from: [{ source: 'products' }], catalogue, default: null } }),
    );

    expect(unknownProducts).toEqual([
      { product: ' ', opportunities: 1, solutionId: null },
      { product: '01t4', opportunities: 1, solutionId: null },
    ]);
  });

  it.each([
    ['SOL-A', 'SOL-B'],
    ['SOL-B', 'SOL-A'],
  ])('lists %s and %s in the order of their ids, whichever deal comes first', (one, other) => {
    const deals = [one, other].map((id) => referral({ solutions: [solution(id, null)] }));

    const { solutions } = harvestSolutions(deals, [], mapping());

    expect(solutions.map(({ id }) => id)).toEqual(['SOL-A', 'SOL-B']);
  });

  it('takes names for two that only capitals make alike', () => {
    const { unknownProducts } = harvestSolutions(
      [referral({ solutions: [solution('SOL-1', 'Maße')] })],
      [opportunity({ Product__c: 'MASSE' })],
      mapping(),
    );

    expect(unknownProducts).toEqual([{ product: 'MASSE', opportunities: 1, solutionId: null }]);
  });

  it('proposes the solution of the same name, whatever case and blanks, unless several have it', () => {
    const deals = [
      referral({
        solutions: [
          solution('SOL-1', ' Data  Hub'),
          solution('SOL-2', 'Twin'),
          solution('SOL-3', 'TWIN'),
          solution('SOL-4', null),
        ],
      }),
    ];

    const { unknownProducts } = harvestSolutions(
      deals,
      [opportunity({ Product__c: 'data hub;Twin;DataHub' })],
      mapping(),
    );

    expect(unknownProducts).toEqual([
      { product: 'DataHub', opportunities: 1, solutionId: null },
      { product: 'Twin', opportunities: 1, solutionId: null },
      { product: 'data hub', opportunities: 1, solutionId: 'SOL-1' },
    ]);
  });
});
