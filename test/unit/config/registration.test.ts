import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseMapping } from '../../../src/config/mapping.ts';
import { mappingHash, selectionFor } from '../../../src/config/selection.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';

const BASE = `
include: "Share__c = true"
tag: { referralId: Referral__c }
fields: { name: { crm: Name }, amount: { crm: Amount }, currency: { default: USD } }
customer: { name: Account.Name, country: Account.BillingCountry }
stages: [{ crm: Open, deal: Accepted }, { crm: Won, deal: Won }, { crm: Lost, deal: Lost }, { crm: No, deal: Declined }]
`;
const SECTION = `
registration:
  wanted: Register__c
  contract: { value: Amount, signDate: Signed__c, startDate: Start__c, endDate: End__c, term: { crm: Term__c, default: Finite } }
  solution:
    deployedOnAzure: { default: true }
    primaryDeploymentOn: Subscription__c
    pricingModel: { crm: Pricing__c, default: Pay as you go }
    marketplaceTransacted: Marketplace__c
  status: Review__c
  eligibleSolutions: [SOL-10001-AAA]
`;

const read = (section: string) => parseMapping(BASE + section, 'm.yaml');

function problemsOf(section: string): readonly string[] {
  try {
    read(section);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the registration section', () => {
  it('may be left out, and then nothing is registered', () => {
    expect(read('').registration).toBeUndefined();
  });

  it('says where every value comes from', () => {
    expect(read(SECTION).registration).toEqual({
      wanted: 'Register__c',
      status: 'Review__c',
      eligibleSolutions: ['SOL-10001-AAA'],
      values: {
        contractValue: { crm: 'Amount', default: null },
        signDate: { crm: 'Signed__c', default: null },
        startDate: { crm: 'Start__c', default: null },
        endDate: { crm: 'End__c', default: null },
        term: { crm: 'Term__c', default: 'Finite' },
        deployedOnAzure: { crm: null, default: true },
        primaryDeploymentOn: { crm: 'Subscription__c', default: null },
        pricingModel: { crm: 'Pricing__c', default: 'Pay as you go' },
        marketplaceTransacted: { crm: 'Marketplace__c', default: null },
      },
    });
  });

  it('has its columns read, and the state of the review written too', () => {
    const { paths, bookkeeping } = selectionFor(read(SECTION));

    expect(paths).toEqual(
      expect.arrayContaining([
        'Register__c',
        'Signed__c',
        'Start__c',
        'End__c',
        'Term__c',
        'Subscription__c',
        'Pricing__c',
        'Marketplace__c',
      ]),
    );
    expect(paths.filter((path) => path === 'Amount')).toHaveLength(1);
    expect(paths).toContain('Review__c');
    expect(bookkeeping).toContain('Review__c');
  });

  it('is part of what a plan is made from', () => {
    expect(mappingHash(read(SECTION))).not.toBe(mappingHash(read(SECTION.replace('Signed__c', 'Closed__c'))));
  });

  it.each<[string, string, string, RegExp]>([
    [
      'a wish with a default',
      'wanted: Register__c',
      'wanted: { default: true }',
      /^m\.yaml: registration\.wanted: /,
    ],
    ['no wish', '  wanted: Register__c\n', '', /registration\.wanted: /],
    ['no solutions', '[SOL-10001-AAA]', '[]', /registration\.eligibleSolutions: /],
    [
      'a date with a default',
      'signDate: Signed__c',
      'signDate: { default: 2026-01-01 }',
      /registration\.contract\.signDate: /,
    ],
    [
      'an unknown term',
      'default: Finite',
      'default: Endless',
      /registration\.contract\.term\.default: "Endless" is not Perpetual or Finite/,
    ],
    [
      'neither column nor default',
      '{ default: true }',
      '{}',
      /registration\.solution\.deployedOnAzure: names neither a column \(crm\) nor a default/,
    ],
    [
      'a key that is misspelt',
      'startDate:',
      'startDay:',
      /registration\.contract\.startDay: .*did you mean "startDate"/,
    ],
    [
      'a status that another key writes',
      'status: Review__c',
      'status: Referral__c',
      /registration\.status: Referral__c is written by tag\.referralId too/,
    ],
    [
      'a column in two spellings',
      'value: Amount',
      'value: AMOUNT',
      /registration: AMOUNT is spelled Amount at fields\.amount\.crm/,
    ],
    ['a status in a related row', 'status: Review__c', 'status: Account.Review__c', /registration\.status: /],
  ])('is refused with %s', (_what, from, to, problem) => {
    expect(SECTION).toContain(from);
    expect(problemsOf(SECTION.replace(from, to)).join('\n')).toMatch(problem);
  });

  it('works as the shipped mapping shows it, once it is no comment any more', () => {
    const file = fileURLToPath(new URL('../../../config/mapping.salesforce.yaml', import.meta.url));
    const text = readFileSync(file, 'utf8');
    const start = text.indexOf('# registration:');

    const shown = text.slice(0, start) + text.slice(start).replace(/^# ?/gm, '');

    expect(parseMapping(text, 'm.yaml').registration).toBeUndefined();
    expect(parseMapping(shown, 'm.yaml').registration).toMatchObject({
      wanted: 'Register_Deal__c',
      status: 'Registration_Status__c',
    });
  });
});
