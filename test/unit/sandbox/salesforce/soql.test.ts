import { beforeEach, describe, expect, it } from 'vitest';
import { createFixture, createOpportunity, type Fixture, refusalOf } from './support.ts';

let fixture: Fixture;
let ids: { acme: string; zeta: string; big: string; small: string; none: string };

beforeEach(() => {
  fixture = createFixture();
  const { admin, clock } = fixture;
  const acme = admin.create('Account', { Name: 'Acme', BillingCountry: 'US', BillingCity: 'Austin' });
  const zeta = admin.create('Account', { Name: 'zeta', ParentId: acme });
  const big = createOpportunity(admin, { Name: 'Big', AccountId: acme, Amount: 500, NextStep: "it's 100%" });
  clock.advance(10_000);
  const small = createOpportunity(admin, {
    Name: 'small',
    AccountId: zeta,
    Amount: 50,
    CloseDate: '2027-01-15',
  });
  clock.advance(10_000);
  const none = createOpportunity(admin, { Name: 'None', StageName: 'Closed Won' });
  ids = { acme, zeta, big, small, none };
});

/** Names of the opportunities that a condition finds, in the order of the query. */
function names(where: string, rest = 'ORDER BY CreatedDate'): string[] {
  return fixture.org
    .query(`SELECT Name FROM Opportunity ${where === '' ? '' : `WHERE ${where}`} ${rest}`)
    .map(({ Name }) => String(Name));
}

describe('SOQL conditions', () => {
  it.each<[string, string[]]>([
    ["Name = 'BIG'", ['Big']],
    ["Name != 'big'", ['small', 'None']],
    ["name like 's%'", ['small']],
    ["Name LIKE '_ig'", ['Big']],
    ["NextStep LIKE '%\\%'", ['Big']],
    ["NextStep LIKE '%\\_'", []],
    ["NextStep = 'it\\'s 100%'", ['Big']],
    ["Name IN ('Big', 'NONE')", ['Big', 'None']],
    ["Name NOT IN ('Big')", ['small', 'None']],
    ['Amount > 50', ['Big']],
    ['Amount >= 50 AND Amount < 500.0', ['small']],
    ['Amount = null', ['None']],
    ['Amount != null', ['Big', 'small']],
    ['Amount != 50', ['Big', 'None']],
    ['IsClosed = TRUE', ['None']],
    ['IsWon <> true', ['Big', 'small']],
    ["(Name = 'Big' OR Name = 'None') AND IsClosed = FALSE", ['Big']],
    ["NOT Name = 'Big' AND Amount = 50", ['small']],
    ["NOT (Name = 'Big' OR Name = 'None')", ['small']],
    ['CloseDate > 2026-12-31', ['small']],
    ['CreatedDate = 2026-11-20T18:00:10Z', ['small']],
    ['CreatedDate >= 2026-11-20T19:00:10+01:00', ['small', 'None']],
    ['SystemModstamp > 2026-11-20T18:00:00.999Z', ['small', 'None']],
    ['CreatedDate = TODAY', ['Big', 'small', 'None']],
    ['CloseDate = NEXT_YEAR', ['small']],
    ['CloseDate = NEXT_N_DAYS:45', ['Big', 'None']],
    ['CreatedDate < LAST_N_DAYS:3', []],
    ["Account.Name = 'ACME'", ['Big']],
    ["Account.Parent.Name = 'Acme'", ['small']],
    ["Account.Name != 'Acme'", ['small', 'None']],
    ['AccountId = null', ['None']],
    ['AccountId IN (SELECT Id FROM Account WHERE ParentId != null)', ['small']],
    ["Opportunity.Name = 'Big'", ['Big']],
  ])('finds by %s', (where, expected) => {
    expect(names(where)).toEqual(expected);
  });

  it('compares ids byte by byte, in both lengths', () => {
    expect(names(`Id = '${ids.big.slice(0, 15)}'`)).toEqual(['Big']);
    expect(names(`Id > '${ids.big}'`)).toEqual(['small', 'None']);
    expect(names(`Id IN ('${ids.big}','${ids.none}') AND Id > ''`)).toEqual(['Big', 'None']);
  });

  it('finds rows of a stamp window whatever the rest of the condition is', () => {
    const window = 'SystemModstamp >= 2026-11-20T18:00:10Z AND SystemModstamp < 2026-11-20T18:00:20Z';

    expect(names(window)).toEqual(['small']);
    expect(names(`(${window}) OR Name = 'Big'`)).toEqual(['Big', 'small']);
    expect(names(`${window} AND (Amount = 50 OR Referral_Identifier__c != null)`)).toEqual(['small']);
  });

  it('finds rows by the stamp of their parent', () => {
    fixture.clock.advance(60_000);
    fixture.admin.update('Account', ids.zeta, { Phone: '+1 206 555 0100' });

    expect(names('Account.SystemModstamp >= 2026-11-20T18:01:00Z')).toEqual(['small']);
  });
});

describe('SOQL order, limits and shapes', () => {
  it('orders in any case, empty values first unless asked otherwise', () => {
    expect(names('', 'ORDER BY Name')).toEqual(['Big', 'None', 'small']);
    expect(names('', 'ORDER BY Amount ASC')).toEqual(['None', 'small', 'Big']);
    expect(names('', 'ORDER BY Amount DESC NULLS LAST')).toEqual(['Big', 'small', 'None']);
    expect(names('', 'ORDER BY StageName DESC, Account.Name ASC')).toEqual(['Big', 'small', 'None']);
  });

  it('cuts to LIMIT and OFFSET', () => {
    expect(names('', 'ORDER BY Name LIMIT 1 OFFSET 1')).toEqual(['None']);
    expect(refusalOf(() => names('', 'LIMIT 1 OFFSET 2001')).codes).toEqual(['NUMBER_OUTSIDE_VALID_RANGE']);
  });

  it('shows parents as objects, empty lookups and childless subqueries as null', () => {
    const [big, , none] = fixture.org.query(
      'select name, account.name, Account.BillingAddress, (select Id from opportunitycontactroles) from OPPORTUNITY order by CreatedDate',
    );

    expect(big).toEqual({
      attributes: { type: 'Opportunity', url: `/services/data/v66.0/sobjects/Opportunity/${ids.big}` },
      Name: 'Big',
      Account: {
        attributes: { type: 'Account', url: `/services/data/v66.0/sobjects/Account/${ids.acme}` },
        Name: 'Acme',
        BillingAddress: {
          city: 'Austin',
          country: 'US',
          geocodeAccuracy: null,
          latitude: null,
          longitude: null,
          postalCode: null,
          state: null,
          street: null,
        },
      },
      OpportunityContactRoles: null,
    });
    expect(none?.Account).toBeNull();
  });

  it('shows child rows in an envelope of their own', () => {
    const contact = fixture.admin.create('Contact', { LastName: 'Ito', AccountId: ids.acme });
    fixture.admin.create('OpportunityContactRole', {
      OpportunityId: ids.big,
      ContactId: contact,
      IsPrimary: true,
    });

    const [row] = fixture.org.query(
      "SELECT Id, (SELECT Contact.Name FROM OpportunityContactRoles WHERE IsPrimary = TRUE) FROM Opportunity WHERE Name = 'Big'",
    );

    expect(row?.OpportunityContactRoles).toMatchObject({
      totalSize: 1,
      done: true,
      records: [{ Contact: { Name: 'Ito' } }],
    });
  });

  it('groups and aggregates under aliases or numbered columns', () => {
    const rows = fixture.org.query(
      'SELECT StageName, COUNT(Id), SUM(Amount) total, MAX(CloseDate) FROM Opportunity GROUP BY StageName HAVING COUNT(Id) > 1',
    );

    expect(rows).toEqual([
      {
        attributes: { type: 'AggregateResult' },
        StageName: 'Prospecting',
        expr0: 2,
        total: 550,
        expr1: '2027-01-15',
      },
    ]);
  });
});

describe('SOQL refusals', () => {
  it.each([
    ['SELECT Id FROM XYZZY', 'INVALID_TYPE', "sObject type 'XYZZY' is not supported"],
    ['SELECT Foo FROM Opportunity', 'INVALID_FIELD', "No such column 'Foo' on entity 'Opportunity'"],
    [
      'SELECT Id, (SELECT Id FROM Nothings) FROM Opportunity',
      'INVALID_FIELD',
      "Didn't understand relationship",
    ],
    ['SELECT Nobody.Name FROM Opportunity', 'INVALID_FIELD', "Didn't understand relationship 'Nobody'"],
    ["SELECT Id FROM Opportunity WHERE Description = 'x'", 'INVALID_FIELD', 'can not be filtered'],
    ["SELECT Id FROM Opportunity WHERE Amount = '5'", 'INVALID_FIELD', 'must be of type double'],
    [
      'SELECT Id FROM Opportunity WHERE CloseDate = 2026-01-01T00:00:00Z',
      'INVALID_FIELD',
      'must be of type date',
    ],
    [
      "SELECT Id FROM Opportunity WHERE AccountId = 'abc'",
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid ID field: abc',
    ],
    ['SELECT Id FROM Opportunity ORDER BY Description', 'MALFORMED_QUERY', 'can not be sorted'],
    [
      "SELECT Id FROM Opportunity WHERE Name = 'a' AND Id = null OR Name = 'b'",
      'MALFORMED_QUERY',
      "token: 'OR'",
    ],
    ['SELECT Id, Id FROM Opportunity', 'MALFORMED_QUERY', 'duplicate field selected: Id'],
    ['SELECT FROM Opportunity', 'MALFORMED_QUERY', 'unexpected token'],
    ["SELECT Id FROM Opportunity WHERE Name = 'open", 'MALFORMED_QUERY', 'unterminated'],
    ['', 'MALFORMED_QUERY', 'unexpected end'],
  ])('refuses %s', (soql, code, message) => {
    const refusal = refusalOf(() => fixture.org.query(soql));

    expect(refusal.codes).toEqual([code]);
    expect(refusal.messages[0]).toContain(message);
  });

  it('points a caret at the place of the error', () => {
    const refusal = refusalOf(() => fixture.org.query('select count() from XYZZY'));

    expect(refusal.messages[0]?.split('\n').slice(0, 4)).toEqual([
      '',
      'select count() from XYZZY',
      '                    ^',
      'ERROR at Row:1:Column:21',
    ]);
  });
});
