/** Changes of a deal as columns of the CRM, and what no column can hold. */
import { describe, expect, it } from 'vitest';
import type { Deal, FieldName } from '../../../src/core/deal.ts';
import type { FieldMapping } from '../../../src/core/mapping-types.ts';
import { TEXT_LIMITS, toAccountValues, toCrmChanges } from '../../../src/core/mapping-write.ts';
import type { OpportunityRecord } from '../../../src/core/ports.ts';
import { mapping, opportunity } from '../../support/builders.ts';

const COLUMN = 'Some_Column__c';

function entry(field: FieldName, rest: Partial<FieldMapping> = {}): FieldMapping {
  return {
    field,
    crm: COLUMN,
    sync: 'both',
    conflict: 'ask',
    default: null,
    map: null,
    strict: false,
    ...rest,
  };
}

/** What is written for these changes to an opportunity that shows the columns. */
function write(
  fields: readonly FieldMapping[],
  changes: Deal,
  record: OpportunityRecord | null = opportunity({ [COLUMN]: null }),
) {
  return toCrmChanges(changes, record, mapping({ fields }), {});
}

const written = (values: object) => ({ values, problems: [], transition: null });
const refused = (field: FieldName, text: string, code = 'cannot-hold') => ({
  values: {},
  problems: [{ field, code, text }],
  transition: null,
});

describe('a changed field', () => {
  it.each<readonly [FieldName, Deal, unknown]>([
    ['notes', { notes: 'From the portal' }, 'From the portal'],
    ['notes', { notes: null }, null],
    ['amount', { amount: '90000.5' }, 90_000.5],
    ['amount', { amount: '1.005' }, 1.01],
    ['closeDate', { closeDate: '2026-12-31' }, '2026-12-31'],
    ['visibleToMicrosoft', { visibleToMicrosoft: true }, true],
    ['visibleToMicrosoft', { visibleToMicrosoft: false }, false],
    ['visibleToMicrosoft', { visibleToMicrosoft: null }, null],
    ['help', { help: 'GeneralOrOther' }, 'General or Other'],
    ['partnerRole', { partnerRole: 'Reseller' }, 'Reseller'],
  ])('%s of %j is written as %j', (field, changes, value) => {
    expect(write([entry(field)], changes)).toStrictEqual(written({ [COLUMN]: value }));
  });

  it('is not written where it did not change, has no column, or is the stage table’s', () => {
    expect(write([entry('notes')], {})).toStrictEqual(written({}));
    expect(write([entry('notes', { crm: null })], { notes: 'New' })).toStrictEqual(written({}));
    expect(write([entry('reason')], { reason: 'Others' })).toStrictEqual(written({}));
  });

  it('goes with the stage and the action of the CRM that the stage needs', () => {
    const changes = { notes: 'Signed', state: 'Won' } as const;

    expect(write([entry('notes')], changes)).toStrictEqual({
      values: { [COLUMN]: 'Signed', StageName: 'Closed Won' },
      problems: [],
      transition: 'win',
    });
  });

  it('whose column is hidden is told, and others go on', () => {
    const fields = [entry('campaignId', { crm: 'Hidden__c' }), entry('notes')];

    expect(write(fields, { campaignId: 'FY27', notes: 'New' })).toStrictEqual({
      values: { [COLUMN]: 'New' },
      problems: [
        {
          field: 'campaignId',
          code: 'no-column',
          text: "the CRM shows no column Hidden__c to write the deal's campaignId to",
        },
      ],
      transition: null,
    });
  });

  it('is written to a new opportunity, whose columns nobody has seen', () => {
    expect(write([entry('notes')], { notes: 'New' }, null)).toStrictEqual(written({ [COLUMN]: 'New' }));
  });

  it('that is more than one value is refused', () => {
    expect(write([entry('team')], { team: [] })).toStrictEqual(
      refused('team', "the deal's team cannot be written to one column"),
    );
  });
});

describe('an amount', () => {
  const money = (rest: Partial<FieldMapping> = {}) => [
    entry('amount', { crm: 'Amount' }),
    entry('currency', rest),
  ];

  it('goes with its currency', () => {
    expect(write(money(), { amount: '500', currency: 'EUR' })).toStrictEqual(
      written({ Amount: 500, [COLUMN]: 'EUR' }),
    );
  });

  it('that a CRM number cannot hold is refused, and its currency with it', () => {
    expect(write(money(), { amount: '12345678901234567.89', currency: 'EUR' })).toStrictEqual(
      refused('amount', 'the amount 12345678901234567.89 is finer or larger than a CRM number can hold'),
    );
  });

  it('in a currency that the mapping does not know is refused: it would be another amount', () => {
    const fields = money({ map: { Euro: 'EUR' }, strict: true });

    expect(write(fields, { amount: '500', currency: 'JPY' })).toStrictEqual(
      refused('currency', 'the mapping has no CRM value for the deal\'s currency "JPY"'),
    );
  });

  it('of a new opportunity is refused where the CRM is known to have no column for its currency', () => {
    const fields = mapping({ fields: money({ default: 'USD' }) });
    const create = (currency: string) =>
      toCrmChanges({ amount: '500', currency }, null, fields, {}, new Set([COLUMN]));

    expect(create('USD')).toStrictEqual(written({ Amount: 500 }));
    expect(create('EUR')).toStrictEqual(
      refused(
        'currency',
        `the deal is in EUR, but the CRM shows no column ${COLUMN} and its amounts are in USD`,
      ),
    );
  });

  it('is refused where the mapping names no column for the currency, and another one by default', () => {
    const fields = money({ crm: null, default: 'USD' });

    expect(write(fields, { amount: '500', currency: 'USD' })).toStrictEqual(written({ Amount: 500 }));
    expect(write(fields, { amount: '500', currency: 'EUR' }, null)).toStrictEqual(
      refused(
        'currency',
        'the deal is in EUR, but the mapping names no column for it and gives USD for every amount',
      ),
    );
  });

  it.each([
    ['USD', 'USD'],
    ['USD', 'usd'],
    [null, 'USD'],
    ['EUR', null],
  ])('in %j goes to an org without currencies whose own is %j', (currency, own) => {
    const fields = money({ crm: 'CurrencyIsoCode', default: own });

    expect(write(fields, { amount: '500', currency })).toStrictEqual(written({ Amount: 500 }));
  });

  it('in another currency does not go to an org that has one only', () => {
    const fields = money({ crm: 'CurrencyIsoCode', default: 'USD' });

    expect(write(fields, { amount: '500', currency: 'EUR' })).toStrictEqual(
      refused(
        'currency',
        'the deal is in EUR, but the CRM shows no column CurrencyIsoCode and its amounts are in USD',
      ),
    );
  });
});

describe('a map of values', () => {
  const map = { Gold: 'Reseller', '7': 'Advisor', Yes: true };

  it('is read backwards', () => {
    expect(write([entry('partnerRole', { map })], { partnerRole: 'Advisor' })).toStrictEqual(
      written({ [COLUMN]: '7' }),
    );
    expect(write([entry('favorite', { map, strict: true })], { favorite: true })).toStrictEqual(
      written({ [COLUMN]: 'Yes' }),
    );
  });

  it('lets others pass, or not where it is strict', () => {
    expect(write([entry('partnerRole', { map })], { partnerRole: 'Other' })).toStrictEqual(
      written({ [COLUMN]: 'Other' }),
    );
    expect(write([entry('partnerRole', { map, strict: true })], { partnerRole: 'Other' })).toStrictEqual(
      refused('partnerRole', 'the mapping has no CRM value for the deal\'s partnerRole "Other"'),
    );
  });
});

describe('a text longer than its column', () => {
  it.each([
    ['salesforce', 'name', 120],
    ['salesforce', 'notes', 32_000],
    ['salesforce', 'campaignId', 80],
    ['dynamics', 'name', 300],
    ['dynamics', 'notes', 2_000],
    ['dynamics', 'campaignId', 128],
  ] as const)('is shortened: %s, %s', (crm, field, limit) => {
    const changes = { [field]: 'ü'.repeat(limit + 1) };

    const { values } = toCrmChanges(changes, null, mapping({ fields: [entry(field)] }), TEXT_LIMITS[crm]);

    expect(values).toStrictEqual({ [COLUMN]: 'ü'.repeat(limit) });
  });
});

describe('a text that fits, and one that is emptied,', () => {
  it.each(['ü'.repeat(120), null])('is written as it is', (name) => {
    const { values } = toCrmChanges(
      { name },
      null,
      mapping({ fields: [entry('name')] }),
      TEXT_LIMITS.salesforce,
    );

    expect(values).toStrictEqual({ [COLUMN]: name });
  });
});

describe('a new account', () => {
  const customer = {
    name: 'Account.Name',
    addressLine1: 'Account.Street',
    city: 'Account.City',
    state: 'Account.State',
    postalCode: 'Account.Zip',
    country: 'Account.Country',
    duns: 'Account.Duns',
    size: 'Account.Employees',
  };
  const ADDRESS = {
    line1: 'Platz 1',
    line2: 'B',
    city: 'Essen',
    state: 'NW',
    postalCode: '45127',
    country: 'DE',
  };
  const fabrikam = { name: 'Fabrikam', address: ADDRESS, duns: '123456789', size: '1to9employees' };

  it('gets what the deal says of its customer', () => {
    expect(toAccountValues(fabrikam, mapping({ customer }))).toStrictEqual({
      'Account.Name': 'Fabrikam',
      'Account.Street': 'Platz 1\nB',
      'Account.City': 'Essen',
      'Account.State': 'NW',
      'Account.Zip': '45127',
      'Account.Country': 'DE',
      'Account.Duns': '123456789',
    });
  });

  it.each([
    [null, 'B', { 'Account.Street': 'B' }],
    ['Platz 1', null, { 'Account.Street': 'Platz 1' }],
    [null, null, {}],
  ])('gets a street of the lines %j and %j', (line1, line2, street) => {
    const values = toAccountValues(
      { ...fabrikam, address: { ...ADDRESS, line1, line2 } },
      mapping({ customer: { addressLine1: 'Account.Street' } }),
    );

    expect(values).toStrictEqual(street);
  });

  it('gets nothing that the deal does not say', () => {
    const nothing = { line1: null, line2: null, city: null, state: null, postalCode: null, country: null };

    expect(
      toAccountValues({ name: 'Fabrikam', address: nothing, duns: null, size: null }, mapping({ customer })),
    ).toStrictEqual({ 'Account.Name': 'Fabrikam' });
  });
});
