/** Which of several candidates are proposed, in which order, and what is compared at all. */
import { describe, expect, it } from 'vitest';
import { disagreementsBetween, type Half, proposePairs } from '../../../src/core/adoption-proposals.ts';
import type { Customer, Deal } from '../../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import { opportunityId, referralDeal, referralId, SELLER } from '../../support/builders.ts';

const A = opportunityId('0065500000KQ1AA');
const B = opportunityId('0065500000KQ1BB');
const C = opportunityId('0065500000KQ1CC');
const ONE = referralId('11111111-0000-4000-8000-000000000001');
const TWO = referralId('11111111-0000-4000-8000-000000000002');
const THREE = referralId('11111111-0000-4000-8000-000000000003');
const numbered = (index: number) => opportunityId(`0065500000KQ2A${index}`);
const referred = (index: number) => referralId(`11111111-0000-4000-8000-00000000001${index}`);
const ADDRESS = { line1: null, line2: null, city: null, state: null, postalCode: null, country: 'DE' };

const customer = (name: string | null, duns: string | null = null): Customer => ({
  name,
  address: ADDRESS,
  duns,
  size: null,
});
const FABRIKAM = customer('Fabrikam');
const here = (id: OpportunityId, deal: Deal): Half<OpportunityId> => ({ id, deal });
const there = (id: ReferralId, deal: Deal): Half<ReferralId> => ({ id, deal });

/** The pairs in their order, each with its confidence; a question mark for several that fit as well. */
function pairs(
  opportunities: readonly Half<OpportunityId>[],
  referrals: readonly Half<ReferralId>[],
  maxCombinations?: number,
) {
  const inOrder = proposePairs(opportunities, referrals, maxCombinations);
  const reversed = proposePairs(opportunities.toReversed(), referrals.toReversed(), maxCombinations);
  expect(reversed).toEqual(inOrder);
  return inOrder.map(
    (found) =>
      `${found.opportunityId.slice(13, 15)} ${found.referralId.slice(-1)} ${found.confidence}${found.ambiguous ? '?' : ''}`,
  );
}

describe('a proposal', () => {
  it('says why, and on what the two records differ', () => {
    const shared = { name: 'Renewal', customer: FABRIKAM };

    expect(
      proposePairs(
        [here(A, { ...shared, amount: '1', notes: undefined } as unknown as Deal)],
        [there(ONE, { ...shared, amount: null, notes: 'Call first.', closeDate: '2026-12-31' })],
      ),
    ).toEqual([
      {
        opportunityId: A,
        referralId: ONE,
        confidence: 'medium',
        ambiguous: false,
        reasons: ['same name', 'same customer and country'],
        disagreements: [
          { field: 'amount', opportunity: '1', referral: null },
          { field: 'notes', opportunity: null, referral: 'Call first.' },
        ],
      },
    ]);
  });

  it('names every field worth a word, and none that one side does not show', () => {
    const mine = referralDeal({ campaignId: 'one' });
    const theirs = referralDeal({
      name: 'Other',
      customer: customer('Contoso'),
      amount: '1',
      currency: 'EUR',
      closeDate: '2027-01-31',
      state: 'Won',
      notes: 'Other',
      solutions: [],
      campaignId: 'two',
      team: [],
    });

    expect(disagreementsBetween(mine, theirs)).toEqual(
      (['name', 'customer', 'amount', 'currency', 'closeDate', 'state', 'notes', 'solutions'] as const).map(
        (field) => ({ field, opportunity: mine[field], referral: theirs[field] }),
      ),
    );
    expect(disagreementsBetween(mine, {})).toEqual([]);
    expect(disagreementsBetween({}, theirs)).toEqual([]);
  });

  it('is none where a name is all there is', () => {
    expect(pairs([here(A, { name: 'Renewal' })], [there(ONE, { name: 'Renewal' })])).toEqual([]);
  });

  it.each<readonly [string, Deal]>([
    ['the D-U-N-S number', { customer: customer(null, '123456789'), closeDate: '2026-12-31' }],
    ['the customer', { customer: FABRIKAM, closeDate: '2026-12-31' }],
    ['the name', { name: 'Renewal', closeDate: '2026-12-31' }],
    ['terms and team', { amount: '1', closeDate: '2026-12-31', team: [SELLER] }],
  ])('is found by %s', (_what, deal) => {
    expect(proposePairs([here(A, deal)], [there(ONE, deal)])).toHaveLength(1);
  });
});

describe('of several proposals', () => {
  const high = { name: 'Renewal', customer: FABRIKAM };
  const other = (name: string, duns: string | null = null) => customer(name, duns);

  it('the surest comes first, then that for which more speaks, then that of the lesser id', () => {
    const opportunities = [
      here(A, { ...high, customer: other('One'), amount: '100' }),
      here(B, { customer: other('Two', '2'), amount: '100', closeDate: '2026-12-31', team: [SELLER] }),
      here(C, { ...high, customer: other('Three'), amount: '300', name: 'Third' }),
    ];
    const referrals = [
      there(THREE, { ...high, customer: other('One'), amount: '99' }),
      there(TWO, { customer: other('Two', '2'), amount: '99', closeDate: '2026-12-31', team: [SELLER] }),
      there(ONE, { ...high, customer: other('Three'), amount: '300', name: 'Third' }),
    ];

    expect(pairs(opportunities, referrals)).toEqual(['CC 1 high', 'AA 3 high', 'BB 2 medium']);
    expect(
      pairs(
        [here(B, { ...high, amount: '1' }), here(A, { ...high, customer: other('X'), amount: '1' })],
        [there(ONE, { ...high, amount: '1' }), there(TWO, { ...high, customer: other('X'), amount: '1' })],
      ),
    ).toEqual(['AA 2 high', 'BB 1 high']);
  });

  it('a clear lead settles it: what is passed over is not proposed', () => {
    const mine = here(A, { ...high, amount: '1', closeDate: '2026-12-31' });
    const full = there(TWO, mine.deal);

    expect(pairs([mine], [full, there(ONE, { ...high, amount: '1' })])).toEqual(['AA 2 high']);
    expect(pairs([mine], [full, there(ONE, { ...mine.deal, closeDate: '2026-12-30' })])).toEqual([
      'AA 2 low?',
      'AA 1 low?',
    ]);
    expect(pairs([here(B, { ...high, amount: '1' }), mine], [full])).toEqual(['AA 2 high']);
  });

  it('those that cannot be told apart come together, what most speaks for first', () => {
    const at = (amount: string, closeDate: string): Deal => ({ ...high, amount, closeDate });

    expect(
      pairs(
        [here(A, at('100', '2026-12-01')), here(B, at('99', '2026-12-04'))],
        [there(ONE, at('100', '2026-12-04')), there(TWO, at('500', '2026-12-01'))],
      ),
    ).toEqual(['AA 1 low?', 'BB 1 low?', 'AA 2 low?']);
    expect(pairs([here(B, high), here(A, high)], [there(TWO, high), there(ONE, high)])).toEqual([
      'AA 1 low?',
      'AA 2 low?',
      'BB 1 low?',
      'BB 2 low?',
    ]);
  });

  it('a record that has its pair makes no other doubtful', () => {
    const sure = { ...high, amount: '100', closeDate: '2026-12-31', team: [SELLER] };

    expect(
      pairs(
        [here(A, sure), here(B, { ...high, amount: '999' })],
        [there(ONE, sure), there(TWO, { customer: FABRIKAM, name: 'Renewal' })],
      ),
    ).toEqual(['AA 1 high', 'BB 2 medium']);
  });
});

describe('records of one customer', () => {
  const month = (index: number): string => `20${20 + index}-01-31`;
  const deal = (index: number, more: Deal = {}): Deal => ({
    customer: FABRIKAM,
    closeDate: month(index),
    ...more,
  });

  it('are all compared up to the limit; beyond it only those that have something else in common', () => {
    const mine = [here(A, deal(1)), here(B, deal(2))];

    expect(pairs(mine, [there(ONE, deal(2)), there(TWO, deal(1))], 4)).toEqual(['AA 2 low', 'BB 1 low']);
    expect(pairs(mine, [there(ONE, deal(2)), there(TWO, deal(1))], 3)).toEqual([]);
    expect(
      pairs(
        [...mine, here(C, deal(3, { name: 'Third' }))],
        [there(ONE, deal(2)), there(TWO, deal(1)), there(THREE, deal(3, { name: 'Third' }))],
        3,
      ),
    ).toEqual(['CC 3 high']);
  });

  it('have nothing in common for lacking the same', () => {
    const lacking: Deal = { customer: customer('Fabrikam'), closeDate: '2026-12-31' };
    const whole = (index: number): Deal =>
      deal(index, {
        name: `Deal ${index}`,
        amount: `${index}00`,
        customer: customer('Fabrikam', `10000000${index}`),
      });

    const nothing = (lacks: Deal, others: (index: number) => Deal) =>
      pairs(
        [here(A, lacks), ...[1, 2, 3].map((index) => here(numbered(index), others(index)))],
        [there(ONE, lacks), ...[4, 5, 6].map((index) => there(referred(index), others(index)))],
        10,
      );

    expect(nothing(lacking, whole)).toEqual([]);
    const nameless: Deal = { customer: customer(null, '123456789'), amount: '1' };
    const named = (index: number): Deal => ({
      name: `Deal ${index}`,
      customer: customer('Fabrikam', '123456789'),
      closeDate: month(index),
      amount: `${index}00`,
    });
    expect(nothing(nameless, named)).toEqual([]);
  });
});

describe('records of many customers', () => {
  const KEYS = ['AAA', 'BBB', 'CCC'];

  it.each<readonly [string, (key: string) => Deal]>([
    ['D-U-N-S numbers', (key) => ({ customer: customer(null, key), closeDate: '2026-12-31' })],
    ['customers', (key) => ({ customer: customer(key), closeDate: '2026-12-31' })],
    ['names', (key) => ({ name: key, closeDate: '2026-12-31' })],
    ['currencies', (key) => ({ amount: '1', currency: key, closeDate: '2026-12-31', team: [SELLER] })],
  ])('are compared with those of their own, however many there are: %s', (_what, make) => {
    expect(
      pairs(
        [A, B, C].map((id, index) => here(id, make(KEYS[index] ?? ''))),
        [ONE, TWO, THREE].map((id, index) => there(id, make(KEYS[index] ?? ''))),
        1,
      ).map((line) => line.slice(0, 4)),
    ).toEqual(['AA 1', 'BB 2', 'CC 3']);
  });
});
