/** What an opportunity's columns mean as a deal, and what is said of a column that cannot be read. */
import { describe, expect, it } from 'vitest';
import type { FieldName } from '../../../src/core/deal.ts';
import { toDeal, writtenAsDeal } from '../../../src/core/mapping.ts';
import type { FieldMapping } from '../../../src/core/mapping-types.ts';
import type { CrmValue } from '../../../src/core/ports.ts';
import { mapping, opportunity, SELLER, SOLUTION } from '../../support/builders.ts';

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

/** Reads an opportunity of one mapped field. @param value undefined: the column is hidden */
function read(field: FieldMapping, value: CrmValue | undefined) {
  const record = opportunity(value === undefined ? {} : { [COLUMN]: value });
  const { deal, problems, defaulted } = toDeal(record, mapping({ fields: [field] }));
  const known = Object.hasOwn(deal, field.field);
  return { ...(known ? { is: deal[field.field] } : {}), problems, defaulted };
}

const said = (value: unknown) => ({ is: value, problems: [], defaulted: [] });
const unread = (field: FieldName, text: string, code = 'unreadable') => ({
  problems: [{ field, code, text }],
  defaulted: [],
});

it('reads a whole opportunity', () => {
  expect(toDeal(opportunity(), mapping())).toStrictEqual({
    deal: {
      name: 'Fabrikam renewal',
      amount: '84000',
      currency: 'USD',
      closeDate: '2026-12-31',
      notes: 'Renewal with added scope.',
      help: null,
      visibleToMicrosoft: false,
      consentToShareContact: false,
      customer: {
        name: 'Fabrikam GmbH',
        address: { line1: null, line2: null, city: null, state: null, postalCode: '45127', country: 'DE' },
        duns: null,
        size: null,
      },
      team: [SELLER],
      contacts: [],
      solutions: [{ id: SOLUTION, name: 'GTX Pro' }],
      state: 'Accepted',
      salesStage: 'Qualify',
      reason: null,
    },
    problems: [],
    defaulted: ['currency'],
    inScope: true,
    stage: 'Prospecting',
  });
});

describe('a column', () => {
  it.each<readonly [FieldName, CrmValue, unknown]>([
    ['name', '\u2714\ufe0f Fabrikam renewal ', 'Fabrikam renewal'],
    ['name', 2026, '2026'],
    ['notes', '\u2714 done', '\u2714 done'],
    ['notes', ' line\r\nline ', 'line\nline'],
    ['amount', 84_000, '84000'],
    ['amount', '1.234.567,50', '1234567.5'],
    ['amount', 0, '0'],
    ['currency', 'eur', 'EUR'],
    ['closeDate', '2026-12-31', '2026-12-31'],
    ['visibleToMicrosoft', true, true],
    ['visibleToMicrosoft', 'No', false],
    ['help', 'General or Other', 'GeneralOrOther'],
    ['help', 'None', null],
    ['partnerRole', 'Reseller', 'Reseller'],
  ])('of the %s with %j is read as %j', (field, value, is) => {
    expect(read(entry(field), value)).toStrictEqual(said(is));
  });

  it.each<readonly [FieldName, CrmValue, string]>([
    ['amount', '10,000', 'Some_Column__c holds "10,000", which is not an amount'],
    ['currency', 'Euro', 'Some_Column__c holds "Euro", which is not a currency code'],
    ['closeDate', '31.12.2026', 'Some_Column__c holds "31.12.2026", which is not a date'],
    ['visibleToMicrosoft', 'maybe', 'Some_Column__c holds "maybe", which is neither yes nor no'],
    ['help', 'A loan', 'Some_Column__c asks for "A loan", which is no kind of help Microsoft offers'],
  ])('of the %s with %j is a problem, and the field is unknown', (field, value, text) => {
    expect(read(entry(field), value)).toStrictEqual(unread(field, text));
  });

  it.each<readonly [FieldName, CrmValue]>([
    ['notes', null],
    ['notes', '  '],
    ['amount', null],
    ['currency', ''],
    ['closeDate', null],
    ['closeDate', ' '],
    ['visibleToMicrosoft', null],
    ['help', null],
  ])('of the %s with %j is empty', (field, value) => {
    expect(read(entry(field), value)).toStrictEqual(said(null));
  });

  it.each<FieldName>(['notes', 'amount', 'currency', 'closeDate'])(
    'of the %s that is hidden is unknown, not empty',
    (field) => {
      expect(read(entry(field), undefined)).toStrictEqual({ problems: [], defaulted: [] });
    },
  );

  it('of the stage is read by the stage table alone', () => {
    const record = opportunity({ [COLUMN]: 'Won', StageName: 'Limbo' });

    const { deal } = toDeal(record, mapping({ fields: [entry('state'), entry('reason')] }));

    expect(deal).not.toHaveProperty('state');
    expect(deal).not.toHaveProperty('reason');
  });
});

describe('a default', () => {
  const withDefault = (field: FieldName, value: string | number | boolean, rest = {}) =>
    entry(field, { default: value, ...rest });
  const taken = (field: FieldName, is: unknown) => ({ is, problems: [], defaulted: [field] });

  it('stands in for an empty column, and is told', () => {
    expect(read(withDefault('campaignId', 'FY27'), ' ')).toStrictEqual(taken('campaignId', 'FY27'));
    expect(read(withDefault('visibleToMicrosoft', true), null)).toStrictEqual(
      taken('visibleToMicrosoft', true),
    );
  });

  it('does not stand in for a value', () => {
    expect(read(withDefault('campaignId', 'FY27'), 'FY26')).toStrictEqual(said('FY26'));
  });

  it('does not stand in for a hidden column, whose value nobody knows', () => {
    expect(read(withDefault('campaignId', 'FY27'), undefined)).toStrictEqual({
      problems: [],
      defaulted: [],
    });
  });

  it('is the currency of an org that has one only, and therefore no column for it', () => {
    expect(read(withDefault('currency', 'EUR'), undefined)).toStrictEqual(taken('currency', 'EUR'));
  });

  it('is the value of a field without a column', () => {
    expect(read(withDefault('campaignId', 'FY27', { crm: null }), undefined)).toStrictEqual(
      taken('campaignId', 'FY27'),
    );
    expect(read(entry('campaignId', { crm: null }), undefined)).toStrictEqual(said(null));
  });

  it('that cannot be read is a problem named after its field', () => {
    expect(read(withDefault('closeDate', 'soon', { crm: null }), undefined)).toStrictEqual({
      problems: [
        { field: 'closeDate', code: 'unreadable', text: 'closeDate holds "soon", which is not a date' },
      ],
      defaulted: ['closeDate'],
    });
  });
});

describe('a map of values', () => {
  const map = { Gold: 'Reseller', '7': 'Advisor' };

  it('translates what it names, text or number', () => {
    expect(read(entry('partnerRole', { map }), 'Gold')).toStrictEqual(said('Reseller'));
    expect(read(entry('partnerRole', { map, strict: true }), 7)).toStrictEqual(said('Advisor'));
  });

  it('lets others pass', () => {
    expect(read(entry('partnerRole', { map }), 'Silver')).toStrictEqual(said('Silver'));
  });

  it('lets no others pass where it is strict, but nothing is nothing', () => {
    expect(read(entry('partnerRole', { map, strict: true }), 'Silver')).toStrictEqual(
      unread(
        'partnerRole',
        'Some_Column__c holds "Silver", which the mapping does not translate',
        'unmapped-value',
      ),
    );
    expect(read(entry('partnerRole', { map, strict: true }), null)).toStrictEqual(said(null));
  });
});

describe('an amount', () => {
  it.each([
    [1000.4, 'JPY', '1000'],
    [1.2345, 'KWD', '1.235'],
    [1.235, 'EUR', '1.24'],
    [1.235, null, '1.24'],
    [null, 'EUR', null],
  ])('of %j in %j is %j: no coin pays less', (amount, currency, expected) => {
    const fields = [entry('amount', { crm: 'Amount' }), entry('currency')];

    const { deal } = toDeal(opportunity({ Amount: amount, [COLUMN]: currency }), mapping({ fields }));

    expect(deal.amount).toBe(expected);
  });
});

describe('an opportunity', () => {
  it.each([
    ['that the filter selects', {}, {}, true],
    ['that the filter leaves out', { Sync_with_Partner_Center__c: false }, {}, false],
    ['that was deleted', {}, { deleted: true }, false],
  ])('%s: %j', (_what, values, overrides, inScope) => {
    expect(toDeal(opportunity(values, overrides), mapping()).inScope).toBe(inScope);
  });
});

describe('what was written to a new row', () => {
  const fields = [entry('name', { crm: 'Name' }), entry('notes'), entry('help', { crm: null })];
  const stage = { state: 'Accepted', salesStage: 'Qualify', reason: null };
  const wrote = { Name: 'Fabrikam renewal', StageName: 'Prospecting' };

  it('reads as a deal in which a column that was not written is empty', () => {
    const from = [{ source: 'products' } as const];
    const said = writtenAsDeal(wrote, mapping({ fields, solutions: { ...mapping().solutions, from } }));

    expect(said).toStrictEqual({
      name: 'Fabrikam renewal',
      notes: null,
      help: null,
      solutions: [],
      ...stage,
    });
  });

  it.each([
    [{}, []],
    [{ Products__c: 'GTX Pro' }, [{ id: SOLUTION, name: 'GTX Pro' }]],
  ])('holds the solutions of a column: %j', (products, solutions) => {
    const from = [{ path: 'Products__c' }];
    const said = writtenAsDeal(
      { ...wrote, ...products },
      mapping({ fields: [], solutions: { ...mapping().solutions, from } }),
    );

    expect(said).toStrictEqual({ solutions, ...stage });
  });
});
