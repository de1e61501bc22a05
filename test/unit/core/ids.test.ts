import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalGuid,
  canonicalSalesforceId,
  crmKindOf,
  parseOpportunityId,
  parseReferralId,
  parseTag,
  salesforceChecksum,
} from '../../../src/core/ids.ts';
import { opportunityId } from '../../support/builders.ts';

const GUID = '6f9619ff-8b86-d011-b42d-00cf4fc964ff';
const id15 = fc
  .string({ unit: fc.constantFrom(...'0123456789abcxyzABCXYZ'.split('')), minLength: 12, maxLength: 12 })
  .map((rest) => `006${rest}`);

describe('Salesforce ids', () => {
  it.each([
    ['0065i00000000G9', '0065i00000000G9AAI'],
    ['0065i00000000GA', '0065i00000000GAAAY'],
    ['0065i00000000GB', '0065i00000000GBAAY'],
  ])('%s has the 18-character form %s', (short, full) => {
    expect(canonicalSalesforceId(short)).toBe(full);
    expect(canonicalSalesforceId(` ${full} `)).toBe(full);
  });

  it.each([
    ['0065i00000000G9AAX'],
    ['0065i00000000g9AAI'],
    ['0065i00000000G'],
    ['0065i00000000G9A'],
    ['0065i0000000-G9'],
    ['-0065i00000000G9'],
    ['0065i00000000G9AAIX'],
    ['x0065i00000000G9AAI'],
    [''],
  ])('%s is none', (text) => {
    expect(canonicalSalesforceId(text)).toBeNull();
  });

  it.each([
    ['bbbbbbbbbbbbbbb', 'AAA'],
    ['Abbbbbbbbbbbbbb', 'BAA'],
    ['bbbbZbbbbbbbbbb', 'QAA'],
    ['bbbbbBbbbbbbbbb', 'ABA'],
    ['012340123401234', 'AAA'],
    ['AAAAAZZZZZAZAZA', '555'],
    ['AbAbAbAbAbAbAbA', 'VKV'],
  ])('%s has the checksum %s: a letter for the capitals of every five', (id, checksum) => {
    expect(salesforceChecksum(id)).toBe(checksum);
  });

  it('settle: the long form of any id is its own canonical form', () => {
    fc.assert(
      fc.property(id15, (short) => {
        const full = canonicalSalesforceId(short);

        expect(full).toBe(short + salesforceChecksum(short));
        expect(canonicalSalesforceId(full ?? '')).toBe(full);
      }),
    );
  });

  it('that differ only in case have different checksums', () => {
    expect(salesforceChecksum('006aaaaaaaaaaaa')).not.toBe(salesforceChecksum('006aaaaaaaaaaaA'));
  });
});

describe('GUIDs', () => {
  it.each([[GUID], [GUID.toUpperCase()], [`{${GUID}}`], [` {${GUID.toUpperCase()}} `]])(
    '%s is read in lower case without braces',
    (text) => {
      expect(canonicalGuid(text)).toBe(GUID);
    },
  );

  it.each([
    [GUID.slice(1)],
    [`${GUID}0`],
    [`0${GUID}`],
    [`x ${GUID}`],
    [`{{${GUID}}}`],
    [GUID.replaceAll('-', '')],
    [''],
  ])('%s is none', (text) => {
    expect(canonicalGuid(text)).toBeNull();
  });
});

describe('opportunity and referral ids', () => {
  it('are read in either form', () => {
    expect(parseOpportunityId('0065i00000000G9')).toBe('0065i00000000G9AAI');
    expect(parseOpportunityId(`{${GUID.toUpperCase()}}`)).toBe(GUID);
    expect(parseReferralId(GUID.toUpperCase())).toBe(GUID);
  });

  it('tell which CRM they are of', () => {
    expect(crmKindOf(opportunityId('0065i00000000G9'))).toBe('salesforce');
    expect(crmKindOf(opportunityId(GUID))).toBe('dynamics');
  });

  it('are not taken from other objects or other text', () => {
    expect(parseOpportunityId('0015i000000001d')).toBeNull();
    expect(parseOpportunityId('Big deal')).toBeNull();
    expect(parseOpportunityId('')).toBeNull();
    expect(parseReferralId('0065i00000000G9')).toBeNull();
  });
});

describe('tags', () => {
  it.each([
    ['0065i00000000G9AAI'],
    ['0065i00000000G9'],
    [' 0065i00000000G9AAI '],
    ['sf:0065i00000000G9AAI'],
    ['SF:0065i00000000G9'],
  ])('%s names an opportunity', (text) => {
    expect(parseTag(text)).toEqual({ kind: 'opportunity', id: '0065i00000000G9AAI' });
  });

  it('recognises the prefix of the other CRM', () => {
    expect(parseTag(`d365:${GUID}`)).toEqual({ kind: 'opportunity', id: GUID });
  });

  it.each([[null], [undefined], [''], ['   ']])('%j is no tag', (text) => {
    expect(parseTag(text)).toEqual({ kind: 'none' });
  });

  it.each([
    ['OPP-4711'],
    ['0065i0sf:0000000G9'],
    ['sf:'],
    ['0065i00000000G9AAI (main)'],
    ['crm:0065i00000000G9'],
    ['0015i000000001dAAA'],
  ])('%s is somebody else’s tag', (text) => {
    expect(parseTag(text)).toEqual({ kind: 'foreign', text });
  });
});
