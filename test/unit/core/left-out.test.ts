/** What is told of values that a received deal's new opportunity goes without. */
import { describe, expect, it } from 'vitest';
import { leavables, leftOut, leftOutOf } from '../../../src/core/left-out.ts';
import { field, mapping, OPPORTUNITY, REFERRAL, referral } from '../../support/builders.ts';

const ADVICE =
  'The deal keeps its value in Partner Center; an amount that is entered in the CRM goes to the deal in the currency of the opportunity.';

describe('a value that a new opportunity cannot hold', () => {
  it('of the amount is told with what an amount entered later will mean', () => {
    const problem = { field: 'currency', code: 'no-currency', text: 'the CRM has no EUR' } as const;

    expect(leftOut(referral(), problem)).toEqual({
      key: `notice:no-currency:${REFERRAL}:amount`,
      kind: 'notice',
      code: 'no-currency',
      opportunityId: null,
      referralId: REFERRAL,
      fields: ['amount'],
      message: `Referral ${REFERRAL}: the CRM has no EUR. Its opportunity is created without an amount. ${ADVICE}`,
      values: [],
    });
  });

  it.each([
    ['campaignId', 'a campaign'],
    ['notes', 'notes'],
  ] as const)('of %s is told by its name', (name, called) => {
    const problem = { field: name, code: 'too-long', text: 'it is too long' };

    expect(leftOut(referral(), problem).message).toBe(
      `Referral ${REFERRAL}: it is too long. Its opportunity is created without ${called}.`,
    );
  });
});

describe('what a new opportunity may go without where the CRM refuses it', () => {
  it('is the amount with its currency, and the campaign', () => {
    const { fields } = mapping();
    const withCampaign = mapping({
      fields: [
        ...fields.filter(({ field: name }) => name !== 'campaignId'),
        field('campaignId', 'CampaignId'),
      ],
    });

    expect(leavables(withCampaign)).toEqual([
      { group: 'campaignId', refused: 'CampaignId', paths: new Set(['CampaignId']) },
      { group: 'amount', refused: 'CurrencyIsoCode', paths: new Set(['Amount', 'CurrencyIsoCode']) },
    ]);
  });

  it('is nothing where neither has a column', () => {
    const { fields } = mapping();
    const without = fields
      .filter(({ field: name }) => name !== 'campaignId')
      .map((rule) => (rule.field === 'currency' ? { ...rule, crm: null } : rule));

    expect(leavables(mapping({ fields: without }))).toEqual([]);
  });
});

describe('an opportunity that was created without a value', () => {
  const why = 'The CRM has no such row.';

  it('of the amount is told with the currency and the advice', () => {
    expect(leftOutOf(OPPORTUNITY, referral({ currency: 'EUR' }), 'amount', why)).toEqual({
      key: `notice:no-amount:${OPPORTUNITY}`,
      kind: 'notice',
      code: 'no-amount',
      opportunityId: OPPORTUNITY,
      referralId: REFERRAL,
      fields: ['amount'],
      message: `Opportunity ${OPPORTUNITY} was created without an amount for referral ${REFERRAL}, whose value is in EUR: ${why} ${ADVICE}`,
      values: [],
    });
  });

  it('of the amount of a deal that names no currency is told without one', () => {
    expect(leftOutOf(OPPORTUNITY, referral({ currency: null }), 'amount', why).message).toContain(
      `for referral ${REFERRAL}: ${why}`,
    );
  });

  it('of the campaign is told without a word about amounts', () => {
    expect(leftOutOf(OPPORTUNITY, referral({ currency: 'EUR' }), 'campaignId', why)).toMatchObject({
      key: `notice:no-campaign:${OPPORTUNITY}`,
      code: 'no-campaign',
      fields: ['campaignId'],
      message: `Opportunity ${OPPORTUNITY} was created without a campaign for referral ${REFERRAL}: ${why}`,
    });
  });
});
