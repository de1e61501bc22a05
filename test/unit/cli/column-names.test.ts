import { describe, expect, it } from 'vitest';
import { renameColumns, replacedLines } from '../../../src/cli/column-names.ts';

const TEXT = `include: "Sync__c = true and not (MySync__c = true)" # Sync__c decides
tag: { referralId: Referral__c }
customer: { name: Account.Referral__c }
`;
const RENAMINGS = [
  { from: 'Sync__c', to: 'msft__Sync__c' },
  { from: 'Referral__c', to: 'msft__Referral__c' },
];

describe('renaming columns in a mapping file', () => {
  it('changes whole names wherever they stand, and nothing else', () => {
    expect(
      renameColumns(TEXT, RENAMINGS),
    ).toBe(`include: "msft__Sync__c = true and not (MySync__c = true)" # msft__Sync__c decides
tag: { referralId: msft__Referral__c }
customer: { name: Account.Referral__c }
`);
  });

  it('says which lines change', () => {
    expect(replacedLines(TEXT, RENAMINGS.slice(1))).toEqual([
      {
        line: 2,
        before: 'tag: { referralId: Referral__c }',
        after: 'tag: { referralId: msft__Referral__c }',
      },
    ]);
  });
});
