import { describe, expect, it } from 'vitest';
import { createFixture, createOpportunity, refusalOf } from './support.ts';

describe('values as they are saved', () => {
  it.each<[string, unknown, unknown]>([
    ['NextStep', '  call back \n', 'call back'],
    ['NextStep', '   ', null],
    ['NextStep', '\u00a0kept\u00a0', '\u00a0kept\u00a0'],
    ['Description', 'a\nb', 'a\nb'],
    ['Amount', '12.5', 12.5],
    ['Amount', 1.005, 1.01],
    ['Amount', -0.001, 0],
    ['CloseDate', '2027-02-03T23:00:00Z', '2027-02-03'],
    ['Sync_with_Partner_Center__c', 'true', true],
    ['Sync_with_Partner_Center__c', null, false],
  ])('stores %s %j as %j', (column, given, stored) => {
    const { org, admin } = createFixture();
    const id = createOpportunity(admin);

    admin.update('Opportunity', id, { [column]: given });

    expect(org.find('Opportunity', id)?.[column]).toBe(stored);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ Name: 'x'.repeat(121) }, 'STRING_TOO_LONG'],
    [{ Name: null }, 'REQUIRED_FIELD_MISSING'],
    [{ Nothing__c: 1 }, 'INVALID_FIELD'],
    [{ Id: '006000000000001AAA' }, 'INVALID_FIELD'],
    [{ IsClosed: true }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
    [{ Amount: 'much' }, 'JSON_PARSER_ERROR'],
    [{ Amount: 1e17 }, 'NUMBER_OUTSIDE_VALID_RANGE'],
    [{ CloseDate: '31/12/2026' }, 'JSON_PARSER_ERROR'],
    [{ Name: { nested: true } }, 'INVALID_FIELD'],
    [{ ForecastCategoryName: 'Maybe' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    [{ AccountId: 'nonsense' }, 'MALFORMED_ID'],
    [{ AccountId: '0065500000KQ12XAAT' }, 'MALFORMED_ID'],
    [{ AccountId: '0014S000007NxmlQAC' }, 'INVALID_CROSS_REFERENCE_KEY'],
  ])('refuses %j with %s', (values, code) => {
    const { admin } = createFixture();
    const id = createOpportunity(admin);

    expect(refusalOf(() => admin.update('Opportunity', id, values)).codes).toEqual([code]);
  });

  it('lists every required column that is missing', () => {
    const { admin } = createFixture();

    const refusal = refusalOf(() => admin.create('Opportunity', { Amount: 1 }));

    expect(refusal.messages).toEqual(['Required fields are missing: [Name, StageName, CloseDate]']);
  });

  it('refuses a malformed e-mail address by its label', () => {
    const { admin } = createFixture();

    const refusal = refusalOf(() => admin.create('Contact', { LastName: 'Ito', Email: 'badone' }));

    expect(refusal.messages).toEqual(['Email: invalid email address: badone']);
  });

  it('names the record that has a unique value already, whatever the case', () => {
    const { admin } = createFixture();
    const first = createOpportunity(admin, { Referral_Identifier__c: 'abc' });

    const refusal = refusalOf(() => createOpportunity(admin, { Referral_Identifier__c: 'ABC' }));

    expect(refusal.codes).toEqual(['DUPLICATE_VALUE']);
    expect(refusal.messages).toEqual([
      `duplicate value found: Referral_Identifier__c duplicates value on record with id: ${first}`,
    ]);
    admin.delete('Opportunity', first);
    createOpportunity(admin, { Referral_Identifier__c: 'ABC' });
  });

  it('finds a parent by its external id', () => {
    const { org, admin } = createFixture();
    org.addField('Account', 'Key__c', 'string', { externalId: true });
    const account = admin.create('Account', { Name: 'Acme', Key__c: 'k1' });

    const id = createOpportunity(admin, { Account: { Key__c: 'K1' } });

    expect(org.find('Opportunity', id)?.AccountId).toBe(account);
    expect(refusalOf(() => createOpportunity(admin, { Account: { Key__c: 'k2' } })).codes).toEqual([
      'INVALID_FIELD',
    ]);
  });
});

describe('what differs from org to org', () => {
  it('stores CR LF where people edit text areas in the user interface', () => {
    const { org, admin } = createFixture();
    org.switches.uiNewlines = true;
    const id = createOpportunity(admin);

    admin.update('Opportunity', id, { Description: 'a\nb', NextStep: 'c' });

    expect(org.find('Opportunity', id)).toMatchObject({ Description: 'a\r\nb', NextStep: 'c' });
  });

  it('names an account after its person where accounts can be people', () => {
    const { org, admin } = createFixture();
    org.switches.personAccounts = true;

    const id = admin.create('Account', { FirstName: 'Mei', LastName: 'Ito', PersonEmail: 'mei@example.com' });

    expect(org.find('Account', id)).toMatchObject({ Name: 'Mei Ito', IsPersonAccount: true });
  });

  it('has no D-U-N-S number where company data is off', () => {
    const { org, admin } = createFixture();
    org.switches.dunsNumber = false;

    expect(refusalOf(() => admin.create('Account', { Name: 'Acme', DunsNumber: '123456789' })).codes).toEqual(
      ['INVALID_FIELD'],
    );
  });
});

describe("administrators' rules", () => {
  it('reports each validation rule that fails, until it is removed', () => {
    const { org, admin } = createFixture();
    const remove = org.addValidationRule({
      object: 'Opportunity',
      failsWhen: "StageName = 'Closed Lost' AND Loss_Reason__c = null",
      message: 'Say why it was lost.',
      field: 'Loss_Reason__c',
    });
    org.addValidationRule({
      object: 'Opportunity',
      failsWhen: (after, before) => before !== null && after.Name !== before.Name,
      message: 'Names stay.',
    });
    const id = createOpportunity(admin);

    const refusal = refusalOf(() =>
      admin.update('Opportunity', id, { StageName: 'Closed Lost', Name: 'Other' }),
    );

    expect(refusal.codes).toEqual(['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'FIELD_CUSTOM_VALIDATION_EXCEPTION']);
    expect(refusal.messages).toEqual(['Say why it was lost.', 'Names stay.']);
    expect(org.find('Opportunity', id)?.StageName).toBe('Prospecting');
    remove();
    admin.update('Opportunity', id, { StageName: 'Closed Lost' });
  });

  it('locks a row for as many writes as it was told', () => {
    const { org, admin } = createFixture();
    const id = createOpportunity(admin);
    org.lockRow(id, 2);

    const attempts = [1, 2].map(
      () => refusalOf(() => admin.update('Opportunity', id, { NextStep: 'x' })).codes,
    );

    expect(attempts).toEqual([['UNABLE_TO_LOCK_ROW'], ['UNABLE_TO_LOCK_ROW']]);
    admin.update('Opportunity', id, { NextStep: 'x' });
  });
});

describe('the history of writes', () => {
  it('says who changed what from what to what, and what followed from it', () => {
    const { org, admin } = createFixture();
    const id = createOpportunity(admin);
    org.clearWriteLog();

    org.as(org.integrationUserId).update('Opportunity', id, { NextStep: 'call', Amount: 10 });

    expect(org.writeLog).toHaveLength(1);
    expect(org.writeLog[0]).toMatchObject({
      object: 'Opportunity',
      id,
      operation: 'update',
      actor: org.integrationUserId,
      origin: 'user',
    });
    expect(org.writeLog[0]?.changes).toEqual([
      { field: 'Amount', from: null, to: 10 },
      { field: 'ExpectedRevenue', from: null, to: 1 },
      { field: 'NextStep', from: null, to: 'call' },
    ]);
  });

  it('leaves no trace of a save that was refused halfway', () => {
    const { org, admin } = createFixture();
    org.clearWriteLog();

    expect(() =>
      org.store.transaction(() => {
        createOpportunity(admin);
        throw new RangeError('stop');
      }),
    ).toThrow('stop');

    expect(org.writeLog).toEqual([]);
    expect(org.query('SELECT Id FROM Opportunity')).toEqual([]);
  });
});
