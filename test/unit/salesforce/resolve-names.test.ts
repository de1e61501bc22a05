import { describe, expect, it } from 'vitest';
import { suggestColumns } from '../../../src/adapters/salesforce/resolve-names.ts';
import { DescribeAnswer } from '../../../src/adapters/salesforce/schema.ts';
import type { ColumnShape, NewColumn } from '../../../src/core/ports.ts';

const signal = new AbortController().signal;
const TEXT: ColumnShape = { kind: 'text', length: 100 };

function column(path: string, shape: ColumnShape = TEXT, label: string | null = null): NewColumn {
  return { path, label, use: 'a test', shape };
}

async function suggest(
  wanted: NewColumn,
  fields: readonly (readonly [name: string, label: string, type: string])[],
) {
  const answer = (list: typeof fields) =>
    DescribeAnswer.parse({
      name: 'Opportunity',
      fields: [
        ...list.map(([name, label, type]) => ({ name, label, type })),
        { name: 'AccountId', type: 'reference', relationshipName: 'Account', referenceTo: ['Account'] },
      ],
    });
  const org = {
    describe: async (object: string) =>
      answer(object === 'Account' ? [['acme__Duns__c', 'D-U-N-S', 'string']] : fields),
  };
  const [found] = await suggestColumns(org, [wanted], signal);
  return found?.candidates.map(({ path }) => path) ?? [];
}

describe('a mapped column that the org has under another name', () => {
  it.each([
    ['msft__Referral_Identifier__c', 'Anything', 'behind the prefix of a package'],
    ['Referral_Identfier__c', 'Anything', 'with a letter left out'],
    ['RefId__c', 'Referral Identifier', 'by its label'],
    ['ReferralIdentifier__c', 'Anything', 'without underscores'],
  ])('is found: %s, %s (%s)', async (name, label) => {
    const wanted = column('Referral_Identifier__c', TEXT, 'Referral Identifier');

    expect(
      await suggest(wanted, [
        [name, label, 'string'],
        ['Other__c', 'Other', 'string'],
      ]),
    ).toEqual([name]);
  });

  it('must be of a type that can hold the value', async () => {
    const wanted = column('Sync_with_Partner_Center__c', { kind: 'flag' });

    expect(await suggest(wanted, [['msft__Sync_with_Partner_Center__c', 'Sync', 'string']])).toEqual([]);
    expect(await suggest(wanted, [['msft__Sync_with_Partner_Center__c', 'Sync', 'boolean']])).toHaveLength(1);
  });

  it('is a question when several fit equally', async () => {
    const fields = [
      ['a__Audit__c', 'Audit', 'textarea'],
      ['b__Audit__c', 'Audit', 'textarea'],
    ] as const;

    expect(await suggest(column('Audit__c', { kind: 'longText', length: 100 }), fields)).toEqual([
      'a__Audit__c',
      'b__Audit__c',
    ]);
  });

  it('is looked for on the object that a path leads to', async () => {
    expect(await suggest(column('Account.Duns__c'), [])).toEqual(['Account.acme__Duns__c']);
  });

  it('is not guessed: short names differ by a letter and mean something else', async () => {
    expect(await suggest(column('Audit__c'), [['Audio__c', 'Audio', 'string']])).toEqual([]);
    expect(await suggest(column('Nothing__c'), [['Name', 'Name', 'string']])).toEqual([]);
  });
});
