/** What a plan shows: changes without contact details, marks of what cannot be undone, and sentences. */
import { describe, expect, it } from 'vitest';
import type { Deal, FieldName, FieldValue, Person } from '../../../src/core/deal.ts';
import {
  capitalised,
  irreversibleOf,
  NOTHING,
  plannedChanges,
  recordLabel,
  rulesInWords,
  sentences,
  shown,
} from '../../../src/core/plan.ts';
import { OPPORTUNITY, REFERRAL, SELLER } from '../../support/builders.ts';

describe('the changes of a plan', () => {
  it('are those of the fields that are written, in the order of the catalogue', () => {
    const from = { notes: 'Old', amount: '1', name: 'Fabrikam' };

    expect(plannedChanges(from, { notes: null, amount: '2', campaignId: 'FY27' })).toEqual([
      { field: 'amount', from: '1', to: '2' },
      { field: 'notes', from: 'Old', to: null },
      { field: 'campaignId', from: null, to: 'FY27' },
    ]);
    expect(plannedChanges(from, {})).toEqual([]);
  });

  it('are none where nothing was decided', () => {
    expect(NOTHING).toEqual({ actions: [], baseline: {}, findings: [], lookAgainAt: null, rules: {} });
  });
});

describe('a value that is shown', () => {
  const nobody: Person = { firstName: null, lastName: null, email: null, phone: null };

  it.each<readonly [FieldName, FieldValue | undefined, unknown]>([
    ['notes', 'Call in May', 'Call in May'],
    ['favorite', false, false],
    ['notes', undefined, null],
    ['notes', null, null],
    ['contacts', undefined, null],
    ['solutions', [{ id: 'SOL-1', name: 'GTX' }], [{ id: 'SOL-1', name: 'GTX' }]],
    ['team', [SELLER], ['K*** S*** <k***@***.example> ***23']],
    ['contacts', [{ ...SELLER, firstName: null, phone: null }], ['S*** <k***@***.example> ***']],
    ['contacts', [nobody], ['*** <***> ***']],
    ['contacts', [{ ...SELLER, lastName: null }], ['K*** <k***@***.example> ***23']],
    ['contacts', [], []],
    [
      'microsoftTeam',
      'Avery Fielding, Account Executive <avery@microsoft.com>',
      'A*** F***, Account Executive <a***@***.com>',
    ],
  ])('of the field %s, %j, shows no contact details', (field, value, expected) => {
    expect(shown(field, value)).toEqual(expected);
  });

  it('is left out where a ledger holds of people what is neither text nor list', () => {
    expect(shown('contacts', true)).toBeNull();
  });
});

describe('what cannot be taken back', () => {
  it.each<readonly [Deal, readonly string[]]>([
    [{}, []],
    [{ notes: 'New', state: 'Accepted', visibleToMicrosoft: false, contacts: [] }, []],
    [{ state: null, visibleToMicrosoft: null }, []],
    [{ visibleToMicrosoft: true }, ['make-visible']],
    [{ contacts: [SELLER] }, ['share-contact']],
    [{ state: 'Won' }, ['win']],
    [{ state: 'Lost' }, ['lose']],
    [{ state: 'Declined' }, ['decline']],
    [{ state: 'Error' }, ['close-as-error']],
    [{ state: 'Expired' }, []],
    [
      { state: 'Won', visibleToMicrosoft: true, contacts: [SELLER] },
      ['make-visible', 'share-contact', 'win'],
    ],
  ])('of %j is %j', (deal, marks) => {
    expect(irreversibleOf(deal)).toEqual(marks);
  });
});

describe('words', () => {
  it('name each field that moves with its rule', () => {
    expect(
      rulesInWords({ notes: 'New', amount: '2' }, { amount: 'changed in the CRM only', name: 'other' }),
    ).toBe('amount changed in the CRM only, notes');
    expect(rulesInWords({}, {})).toBe('');
  });

  it('name a record by its ids', () => {
    expect(recordLabel(OPPORTUNITY, REFERRAL)).toBe(`opportunity ${OPPORTUNITY} / referral ${REFERRAL}`);
    expect(recordLabel(OPPORTUNITY, null)).toBe(`opportunity ${OPPORTUNITY}`);
    expect(recordLabel(null, REFERRAL)).toBe(`referral ${REFERRAL}`);
    expect(recordLabel(null, null)).toBe('referral ?');
  });

  it('become sentences, each with one capital and one full stop', () => {
    expect(sentences(['the amount is 1.50', 'It is late.', 'é'])).toBe('The amount is 1.50. It is late. É.');
    expect(sentences([])).toBe('');
    expect(capitalised('opportunity 1')).toBe('Opportunity 1');
    expect(capitalised('')).toBe('');
  });
});
