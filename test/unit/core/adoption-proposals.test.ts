import { describe, expect, it } from 'vitest';
import { type Half, proposePairs } from '../../../src/core/adoption-proposals.ts';
import type { Customer, Deal } from '../../../src/core/deal.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import {
  OPPORTUNITY,
  OTHER_OPPORTUNITY,
  OTHER_REFERRAL,
  opportunityId,
  REFERRAL,
  referralDeal,
  referralId,
  SELLER,
} from '../../support/builders.ts';

function customer(values: Partial<Customer> = {}, country = 'DE'): Customer {
  return {
    name: 'Fabrikam GmbH',
    address: { line1: null, line2: null, city: null, state: null, postalCode: null, country },
    duns: null,
    size: null,
    ...values,
  };
}

const here = (deal: Deal, id: OpportunityId = OPPORTUNITY): Half<OpportunityId> => ({
  id,
  deal: referralDeal(deal),
});
const there = (deal: Deal, id: ReferralId = REFERRAL): Half<ReferralId> => ({ id, deal: referralDeal(deal) });

describe('proposals for adoption', () => {
  it('pair same name, customer and country whatever marks, case, blanks and escapes the name carries', () => {
    const [proposal, ...others] = proposePairs(
      [here({ name: '✔ Fabrikam  RENEWAL', customer: customer({ name: 'A & B GmbH' }) })],
      [there({ name: 'fabrikam renewal', customer: customer({ name: 'A &amp; B GmbH' }) })],
    );

    expect(others).toEqual([]);
    expect(proposal).toMatchObject({
      opportunityId: OPPORTUNITY,
      referralId: REFERRAL,
      confidence: 'high',
      ambiguous: false,
    });
    expect(proposal?.reasons).toEqual([
      'same name',
      'same customer and country',
      'same amount and currency',
      'same close date',
      'a team member in common',
    ]);
  });

  it('pair by D-U-N-S number, amount and close date where the names differ', () => {
    const duns = customer({ duns: '123456789', name: 'Fabrikam Deutschland' });

    const [proposal] = proposePairs(
      [here({ name: 'ERP', customer: customer({ duns: '123456789' }) })],
      [there({ name: 'Analytics', customer: duns })],
    );

    expect(proposal).toMatchObject({ confidence: 'high' });
    expect(proposal?.disagreements.map(({ field }) => field)).toEqual(['name', 'customer']);
  });

  it('are less sure of last year’s name: nothing else fits a renewal', () => {
    const [proposal] = proposePairs(
      [here({ team: [] })],
      [there({ amount: '10', closeDate: '2025-12-31', team: [] })],
    );

    expect(proposal).toMatchObject({ confidence: 'medium' });
    expect(proposal?.disagreements.map(({ field }) => field)).toEqual(['amount', 'closeDate']);
  });

  it('take amounts and days that are close as a reason, of one currency only', () => {
    const near = { name: 'Other', amount: '85000', closeDate: '2027-01-08', team: [] };

    const [close] = proposePairs([here({ team: [] })], [there(near)]);
    const [foreign] = proposePairs([here({ team: [] })], [there({ ...near, currency: 'EUR' })]);

    expect(close).toMatchObject({ confidence: 'medium' });
    expect(close?.reasons).toContain('amounts within 5 %, same currency');
    expect(foreign).toMatchObject({ confidence: 'low' });
  });

  it('say nothing about records that share only their owner, or only an amount', () => {
    const stranger = { name: 'Other', customer: customer({ name: 'Contoso' }), closeDate: '2028-01-01' };

    expect(proposePairs([here({})], [there({ ...stranger, amount: '1' })])).toEqual([]);
    expect(proposePairs([here({})], [there({ ...stranger, team: [] })])).toEqual([]);
  });

  it('doubt two companies of one name whose D-U-N-S numbers differ', () => {
    const [proposal] = proposePairs(
      [here({ customer: customer({ duns: '123456789' }) })],
      [there({ customer: customer({ duns: '987654321' }) })],
    );

    expect(proposal).toMatchObject({ confidence: 'low', ambiguous: false });
  });

  it('give each record one proposal, the one that fits clearly best', () => {
    const proposals = proposePairs(
      [here({ name: 'Phase one' }), here({ name: 'Phase two', amount: '500' }, OTHER_OPPORTUNITY)],
      [there({ name: 'Phase two', amount: '500' }), there({ name: 'Phase one' }, OTHER_REFERRAL)],
    );

    expect(
      proposals.map(({ opportunityId, referralId, ambiguous }) => [opportunityId, referralId, ambiguous]),
    ).toEqual([
      [OPPORTUNITY, OTHER_REFERRAL, false],
      [OTHER_OPPORTUNITY, REFERRAL, false],
    ]);
  });

  it('give all candidates, with low confidence, where they cannot be told apart', () => {
    const proposals = proposePairs(
      [here({}), here({}, OTHER_OPPORTUNITY)],
      [there({}), there({}, OTHER_REFERRAL)],
    );

    expect(proposals).toHaveLength(4);
    expect(proposals.every(({ ambiguous, confidence }) => ambiguous && confidence === 'low')).toBe(true);
  });

  it('do not compare everything with everything for one customer with thousands of records', () => {
    const id = (index: number): string => String(index).padStart(12, '0');
    const many = Array.from({ length: 3000 }, (_, index) => index);

    const proposals = proposePairs(
      many.map((index) =>
        here(
          { name: `Deal ${index}`, amount: `${1000 + index}` },
          opportunityId(`22222222-0000-4000-8000-${id(index)}`),
        ),
      ),
      many.map((index) =>
        there(
          { name: `Deal ${index}`, amount: `${1000 + index}` },
          referralId(`11111111-0000-4000-8000-${id(index)}`),
        ),
      ),
    );

    expect(proposals).toHaveLength(3000);
    expect(proposals.every(({ confidence, ambiguous }) => confidence === 'high' && !ambiguous)).toBe(true);
  });

  it('never show contact details', () => {
    const text = JSON.stringify(proposePairs([here({})], [there({ amount: '1' })]));

    expect(text).not.toContain(SELLER.email);
  });
});
