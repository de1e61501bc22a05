import { describe, expect, it } from 'vitest';
import { toRecord, utcText } from '../../../src/adapters/salesforce/records.ts';
import { opportunity, opportunityId, STAMP } from './support.ts';

const context = { paths: ['Name'], people: [], products: false, userId: null };

describe('a row', () => {
  it('gives values by the mapping’s own spelling, through lookups, with instants as UTC text that sorts', () => {
    const row = opportunity(1, {
      Amount: 40000.0,
      CloseDate: '2026-12-31',
      Reviewed__c: '2026-11-20T19:59:20.000+0200',
      Account: { attributes: { type: 'Account' }, Name: 'Contoso', BillingAddress: { city: 'Bern' } },
      Campaign: null,
    });
    const paths = [
      'name',
      'Amount',
      'CloseDate',
      'Reviewed__c',
      'account.name',
      'Account.BillingAddress',
      'Campaign.Name',
      'Region__r.Name',
    ];

    const record = toRecord(row, { ...context, paths });

    expect(record?.values).toEqual({
      name: 'Deal 1',
      Amount: 40000,
      CloseDate: '2026-12-31',
      Reviewed__c: '2026-11-20T17:59:20.000Z',
      'account.name': 'Contoso',
      'Campaign.Name': null,
    });
  });

  it('completes ids of fifteen characters', () => {
    const id = opportunityId(1);

    const record = toRecord(
      { ...opportunity(1), Id: id.slice(0, 15), AccountId: '0014S000007Nxml' },
      context,
    );

    expect(record).toMatchObject({ id, customerId: '0014S000007NxmlQAC', version: STAMP });
  });

  it('knows our own edits by the user’s id in either form', () => {
    const row = opportunity(1, { LastModifiedById: '005000000000099' });

    expect(toRecord(row, { ...context, userId: '005000000000099AAA' })?.modifiedByUs).toBe(true);
    expect(toRecord(row, context)?.modifiedByUs).toBe(false);
  });

  it('gives the owner and the team, with a mobile number where there is no other', () => {
    const user = {
      FirstName: 'Ada',
      LastName: 'Byron',
      Email: 'ADA@contoso.example',
      Phone: '',
      MobilePhone: '+41 79 000 00 00',
    };
    const row = opportunity(1, {
      Owner: user,
      OpportunityTeamMembers: { totalSize: 1, done: true, records: [{ User: user }] },
    });

    const record = toRecord(row, {
      ...context,
      people: ['owner', 'opportunityTeam', 'contactRoles', 'connections'],
    });

    const ada = {
      firstName: 'Ada',
      lastName: 'Byron',
      email: 'ada@contoso.example',
      phone: '+41 79 000 00 00',
    };
    expect(record?.people).toEqual({ owner: [ada], opportunityTeam: [ada] });
  });

  it('has nobody under a relation that is empty, and says nothing about one that was not read', () => {
    const row = opportunity(1, { OpportunityContactRoles: null });

    const record = toRecord(row, { ...context, people: ['contactRoles', 'opportunityTeam'], products: true });

    expect(record?.people).toEqual({ contactRoles: [] });
    expect(record).not.toHaveProperty('products');
  });

  it.each([
    ['an account', { Id: '0014S000007NxmlQAC' }],
    ['no stamp', { SystemModstamp: null }],
    ['a damaged stamp', { SystemModstamp: 'yesterday' }],
  ])('with %s is no opportunity', (_what, columns) => {
    expect(toRecord(opportunity(1, columns), context)).toBeNull();
  });

  it.each([
    ['2021-12-03T17:59:20.000+0000', '2021-12-03T17:59:20.000Z'],
    ['2021-12-03T17:59:20Z', '2021-12-03T17:59:20.000Z'],
    ['2021-12-03', null],
    ['Meeting 2021-12-03T17:59:20Z', null],
  ])('reads %s as the instant %s', (text, utc) => {
    expect(utcText(text)).toBe(utc);
  });
});
