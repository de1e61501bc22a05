/** The words of a deal. */
import { describe, expect, it } from 'vitest';
import { DEAL_STATES, type Deal, HELP_CODES, kindOf, SALES_STAGES } from '../../../src/core/deal.ts';

describe('a deal', () => {
  it.each<readonly [Deal, string]>([
    [{}, 'private'],
    [{ visibleToMicrosoft: false, help: null }, 'private'],
    [{ visibleToMicrosoft: null }, 'private'],
    [{ visibleToMicrosoft: true }, 'partner-led'],
    [{ visibleToMicrosoft: true, help: null }, 'partner-led'],
    [{ visibleToMicrosoft: false, help: 'GeneralOrOther' }, 'co-sell'],
    [{ help: 'QuotesOrLicensing' }, 'co-sell'],
  ])('with %j is %s', (deal, kind) => {
    expect(kindOf(deal)).toBe(kind);
  });

  it('has states, sales stages and kinds of help by the names that Partner Center gives them', () => {
    expect(DEAL_STATES).toEqual(['Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired', 'Error']);
    expect(SALES_STAGES).toEqual(['Qualify', 'Develop', 'Propose', 'Close']);
    expect(HELP_CODES).toEqual([
      'WorkloadSpecificValueProposition',
      'CustomerTechnicalArchitecture',
      'ProofOfConceptOrDemo',
      'QuotesOrLicensing',
      'PostSalesCustomerSuccess',
      'GeneralOrOther',
    ]);
  });
});
