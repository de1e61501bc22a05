import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Customer, FieldName, FieldValue, Person } from '../../../../src/core/deal.ts';
import { FIELD_NAMES } from '../../../../src/core/fields.ts';
import { REFERRAL_NOTES_LIMIT, sameValue } from '../../../../src/core/lenses/equality.ts';
import { canonicalPeople } from '../../../../src/core/lenses/people.ts';
import { canonicalSolutions } from '../../../../src/core/lenses/solutions.ts';
import { canonicalText, shorten } from '../../../../src/core/lenses/text.ts';
import { country, nastyText, personInput } from './arbitraries.ts';

const noAddress = { line1: null, line2: null, city: null, state: null, postalCode: null, country: null };
const acme: Customer = {
  name: 'Smith & Sons',
  address: { ...noAddress, city: 'Berlin', country: 'DE' },
  duns: null,
  size: null,
};
const anna: Person = {
  firstName: 'Anna',
  lastName: 'Snelling',
  email: 'anna@partner.example',
  phone: '+442079460018',
};
const zoe: Person = { firstName: 'Zoe', lastName: 'Adler', email: 'zoe@partner.example', phone: null };
const longNotes = `${'Long notes & more. '.repeat(400)}end`;
const encode = (text: string) => text.replaceAll('&', '&amp;');

describe('sameValue', () => {
  it.each<[FieldName, FieldValue, FieldValue]>([
    ['amount', '10000', '10000.00'],
    ['currency', 'USD', 'usd'],
    ['name', 'Smith & Sons', '✔ Smith &amp; Sons'],
    ['name', 'e\u0301', 'é'],
    ['notes', 'a & b', 'a &amp; b'],
    ['notes', 'a\r\nb', 'a\nb '],
    ['notes', longNotes, shorten(longNotes, REFERRAL_NOTES_LIMIT, 'utf16')],
    ['notes', longNotes, encode(shorten(longNotes, REFERRAL_NOTES_LIMIT, 'utf16'))],
    ['notes', longNotes, encode(longNotes)],
    ['notes', 'ä'.repeat(5000), 'ä'.repeat(REFERRAL_NOTES_LIMIT)],
    ['notes', encode(longNotes), shorten(encode(longNotes), REFERRAL_NOTES_LIMIT, 'utf16')],
    [
      'customer',
      acme,
      {
        ...acme,
        name: 'Smith &amp; Sons ',
        address: { ...acme.address, city: 'Köln', country: 'de' },
        duns: '123456789',
      },
    ],
    ['customer', null, { name: null, address: noAddress, duns: null, size: null }],
    ['team', [anna, zoe], [zoe, { ...anna, email: 'ANNA@partner.example', phone: '(020) 7946 0018' }]],
    ['contacts', [anna], [{ ...anna, phone: '(020) 7946 0018' }]],
    ['contacts', [], undefined],
    [
      'solutions',
      [
        { id: 'SOL-1-A', name: 'One' },
        { id: 'SOL-2-B', name: null },
      ],
      [
        { id: 'sol-2-b', name: 'Two' },
        { id: 'SOL-1-A', name: null },
      ],
    ],
    ['salesStage', null, 'Propose'],
    ['salesStage', 'Propose', undefined],
    ['help', null, undefined],
    ['visibleToMicrosoft', null, false],
    ['consentToShareContact', false, undefined],
    ['favorite', null, false],
    ['campaignId', '', null],
    ['campaignId', 'A & B', 'A &amp; B'],
    ['reason', null, undefined],
    ['closeDate', '2026-01-31', '2026-01-31'],
    ['state', 'Won', 'Won'],
  ])('%s: %j and %j are one value', (field, a, b) => {
    expect(sameValue(field, a, b)).toBe(true);
    expect(sameValue(field, b, a)).toBe(true);
  });

  it.each<[FieldName, FieldValue, FieldValue]>([
    ['amount', '10000', '10000.01'],
    ['amount', null, '0'],
    ['currency', 'USD', 'EUR'],
    ['name', 'Smith & Sons', 'Smith'],
    ['notes', 'a', 'b'],
    ['notes', longNotes, `${longNotes.slice(0, -1)}!`],
    ['notes', longNotes, longNotes.slice(0, 3000)],
    ['notes', 'ä'.repeat(5000), 'ä'.repeat(REFERRAL_NOTES_LIMIT - 1)],
    ['customer', acme, { ...acme, name: 'Smith' }],
    ['customer', acme, { ...acme, address: { ...acme.address, country: 'AT' } }],
    ['customer', acme, null],
    ['team', [anna], [anna, zoe]],
    ['team', [anna], [zoe]],
    ['team', [anna], [{ ...anna, phone: '+442079460019' }]],
    ['team', [anna], [{ ...anna, lastName: 'Schmidt' }]],
    ['team', [anna], [{ ...anna, firstName: 'Ann' }]],
    ['team', [anna, zoe], [anna, { ...zoe, firstName: 'Zora' }]],
    ['solutions', [{ id: 'SOL-1-A', name: null }], [{ id: 'SOL-2-B', name: null }]],
    ['salesStage', 'Qualify', 'Propose'],
    ['help', null, 'GeneralOrOther'],
    ['help', 'QuotesOrLicensing', 'GeneralOrOther'],
    ['visibleToMicrosoft', null, true],
    ['visibleToMicrosoft', false, true],
    ['closeDate', '2026-01-31', '2026-02-01'],
    ['state', 'Won', 'Lost'],
    ['state', null, 'Accepted'],
  ])('%s: %j and %j are two values', (field, a, b) => {
    expect(sameValue(field, a, b)).toBe(false);
    expect(sameValue(field, b, a)).toBe(false);
  });

  const partly = (customer: unknown) => customer as Customer;

  it.each([
    ['nothing but a name', { name: 'Acme' }, { name: 'Acme', address: noAddress }, true],
    ['other names', { name: 'Acme' }, { name: 'Acme 2' }, false],
    ['only one country', { name: 'Acme' }, { name: 'Acme', address: { ...noAddress, country: 'DE' } }, false],
    ['one country and no name', { address: { country: 'DE' } }, { address: { country: 'de' } }, true],
  ])('compares customers of whom a side gives only a part: %s', (_what, a, b, expected) => {
    expect(sameValue('customer', partly(a), partly(b))).toBe(expected);
    expect(sameValue('customer', partly(b), partly(a))).toBe(expected);
  });

  const withoutIdentity = { name: null, address: noAddress, duns: '123456789', size: null };
  it.each<[FieldName, unknown, unknown, boolean]>([
    ['amount', true, true, true],
    ['amount', '5', true, false],
    ['name', ['Deal'], ['Deal'], true],
    ['name', ['Deal'], 'Deal', false],
    ['team', 'Anna and Zoe', 'Anna and Zoe', true],
    ['team', 'Anna and Zoe', [anna, zoe], false],
    ['team', ['Anna', 'Zoe'], ['Zoe', 'Anna'], false],
    ['team', [anna, 'Zoe'], [anna, 'Zoe'], true],
    ['team', [anna, null], [anna, null], true],
    ['team', [anna, null], [anna], false],
    ['solutions', 'SOL-1-A', [{ id: 'SOL-1-A', name: null }], false],
    ['customer', 'Acme', 'Acme', true],
    ['customer', 'Acme', 'Contoso', false],
    ['customer', 'Acme', acme, false],
    ['customer', 'Acme', withoutIdentity, false],
    ['customer', [anna], [zoe], false],
  ])(
    '%s, kept as another type before its mapping changed: %j and %j are one value: %j',
    (field, a, b, expected) => {
      expect(sameValue(field, a as FieldValue, b as FieldValue)).toBe(expected);
      expect(sameValue(field, b as FieldValue, a as FieldValue)).toBe(expected);
    },
  );

  const anyValue = fc.oneof(
    fc.constantFrom<FieldValue>(null, undefined, true, false, 'Won', '12.50', 'Propose', acme),
    nastyText,
    fc
      .tuple(fc.array(personInput, { maxLength: 3 }), country)
      .map(([list, from]) => canonicalPeople(list, from)),
    nastyText.map((id) => canonicalSolutions([{ id }])),
  ) as fc.Arbitrary<FieldValue>;

  it('holds between a value and itself, in both directions, and never throws, even for values of another field', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELD_NAMES), anyValue, anyValue, (field, a, b) => {
        expect(sameValue(field, a, a)).toBe(true);
        expect(sameValue(field, a, b)).toBe(sameValue(field, b, a));
      }),
      { numRuns: 2000 },
    );
  });

  it('holds between notes and what a referral returns of them', () => {
    const repeated = fc
      .tuple(nastyText, fc.integer({ min: 1, max: 2000 }))
      .map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(repeated, fc.boolean(), (raw, isEncoded) => {
        const notes = canonicalText(raw);
        const sent = shorten(notes ?? '', REFERRAL_NOTES_LIMIT, 'utf16');

        const returned = canonicalText(isEncoded ? encode(sent) : sent);

        expect(sameValue('notes', notes, returned)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('holds between people and the same people in another order, with phones spaced otherwise', () => {
    fc.assert(
      fc.property(fc.array(personInput, { maxLength: 5 }), country, (list, from) => {
        const people = canonicalPeople(list, from);
        const spaced = people.map((person) => ({
          ...person,
          phone: person.phone?.replace(/^(\+\d+)(\d{4})$/, '$1 $2') ?? null,
        }));

        expect(sameValue('team', people, spaced.toReversed())).toBe(true);
      }),
    );
  });
});
