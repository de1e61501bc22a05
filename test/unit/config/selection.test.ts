import { describe, expect, it } from 'vitest';
import { parseMapping } from '../../../src/config/mapping.ts';
import { fieldHash, mappingHash, selectionFor } from '../../../src/config/selection.ts';
import { FIELD_NAMES } from '../../../src/core/fields.ts';

const TEXT = `
include: "Share__c = true or Region__c in ('A')"
tag: { referralId: Referral__c, referralLink: Link__c, status: Status__c, audit: Audit__c }
fields:
  name: { crm: Name }
  amount: { crm: Amount }
  currency: { default: USD }
  help: { crm: Help__c }
  visibleToMicrosoft: { crm: Visible__c }
  declineReason: { crm: Decline__c }
customer: { name: Account.Name, country: Account.BillingCountry, contacts: [primaryContact, Buyer__c] }
team: { from: [owner, Second__c] }
solutions: { from: [Product__c, products], catalogue: { GTX Pro: SOL-1-AAA } }
stages:
  - { crm: Open, deal: Accepted }
  - { crm: { Step__c: 2 }, deal: Won }
  - { crm: Lost, deal: Lost, reason: Loss__c }
  - { crm: No, deal: Declined }
`;

const read = (text: string) => parseMapping(text, 'm.yaml');

/** The fields whose fingerprint a change of the text moves. */
function moved(from: string, to: string): readonly string[] {
  if (!TEXT.includes(from)) throw new Error(`The fixture has no ${from}.`);
  const [before, after] = [read(TEXT), read(TEXT.replace(from, to))];
  return FIELD_NAMES.filter((field) => fieldHash(before, field) !== fieldHash(after, field));
}

describe('the selection of a mapping', () => {
  it('reads every column that a decision needs, each once, and nothing that is only written', () => {
    const selection = selectionFor(read(TEXT));

    expect(selection.paths).toEqual([
      'Referral__c',
      'Link__c',
      'Name',
      'Amount',
      'Help__c',
      'Visible__c',
      'Account.Name',
      'Account.BillingCountry',
      'StageName',
      'Step__c',
      'Loss__c',
      'Decline__c',
      'Buyer__c',
      'Second__c',
      'Product__c',
      'Share__c',
      'Region__c',
    ]);
    expect(selection.bookkeeping).toEqual(['Status__c', 'Audit__c', 'Link__c', 'Referral__c']);
    expect(selection).toMatchObject({
      referralIdPath: 'Referral__c',
      people: ['owner', 'primaryContact'],
      products: true,
      customer: { name: 'Account.Name', country: 'Account.BillingCountry' },
      stageField: 'StageName',
    });
  });

  it('asks for no stage column that no row uses, and for no products that no source names', () => {
    const text = TEXT.replace('crm: Open', 'crm: { Step__c: 1 }')
      .replace('crm: Lost', 'crm: { Step__c: 3 }')
      .replace('crm: No', 'crm: { Step__c: 4 }')
      .replace('[Product__c, products]', 'Product__c');

    const selection = selectionFor(read(text));

    expect(selection.paths).not.toContain('StageName');
    expect(selection.products).toBe(false);
  });
});

describe('the fingerprint of a field', () => {
  it.each([
    ['its column', 'crm: Amount', 'crm: Value__c', ['amount']],
    ['its default', 'default: USD', 'default: EUR', ['currency']],
    ['a translation', 'crm: Name', 'crm: Name, map: { a: b }', ['name']],
    ['the help that implies visibility', 'crm: Help__c', 'crm: Assist__c', ['help', 'visibleToMicrosoft']],
    ['a customer column', 'name: Account.Name', 'name: Account.Legal', ['customer']],
    [
      'the country that phones are read with',
      'Account.BillingCountry',
      'Account.ShippingCountry',
      ['customer', 'contacts'],
    ],
    ['a source of contacts', 'Buyer__c', 'Payer__c', ['contacts']],
    ['a source of the team', 'Second__c', 'Third__c', ['team']],
    ['the catalogue', 'SOL-1-AAA', 'SOL-2-AAA', ['solutions']],
    ['a stage', 'crm: Open', 'crm: Working', ['state', 'salesStage', 'reason']],
    ['a reason', 'crm: Decline__c', 'crm: Why__c', ['state', 'salesStage', 'reason']],
  ])('moves with %s', (_what, from, to, fields) => {
    expect(moved(from, to)).toEqual(fields);
  });

  it.each([
    ['who may change the field', 'crm: Amount', 'crm: Amount, sync: toPartnerCenter'],
    ['who wins', 'crm: Amount', 'crm: Amount, conflict: crm'],
    ['which opportunities are shared', 'Share__c = true', 'Share__c = false'],
    ['a column that only we write', 'status: Status__c', 'status: State__c'],
    ['a comment', 'fields:', 'fields: # here'],
  ])('stays with %s', (_what, from, to) => {
    expect(moved(from, to)).toEqual([]);
  });

  it('is short, the same every time, and different for each mapped field', () => {
    const hashes = FIELD_NAMES.map((field) => fieldHash(read(TEXT), field));

    expect(hashes.every((hash) => /^[0-9a-f]{16}$/.test(hash))).toBe(true);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(FIELD_NAMES.map((field) => fieldHash(read(TEXT), field))).toEqual(hashes);
  });

  it('does not depend on the order in which columns and products are written', () => {
    const text = TEXT.replace(
      'referralLink: Link__c, status: Status__c',
      'status: Status__c, referralLink: Link__c',
    );

    expect(mappingHash(read(text))).toBe(mappingHash(read(TEXT)));
  });

  it('of the whole mapping moves with any rule', () => {
    const hashes = ['crm: Amount, conflict: crm', 'crm: Amount, sync: toCrm', 'crm: Amount'].map((rule) =>
      mappingHash(read(TEXT.replace('crm: Amount', rule))),
    );

    expect(new Set(hashes).size).toBe(3);
  });
});
