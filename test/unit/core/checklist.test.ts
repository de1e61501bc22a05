import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChecklistOptions, missingParts } from '../../../src/core/checklist.ts';
import type { Deal, Person } from '../../../src/core/deal.ts';
import { FIELD_NAMES } from '../../../src/core/fields.ts';
import { canonicalPeople } from '../../../src/core/lenses/people.ts';
import { country, nastyText, personInput } from './lenses/arbitraries.ts';

const anna: Person = {
  firstName: 'Anna',
  lastName: 'Snelling',
  email: 'anna@partner.example',
  phone: '+15555977081',
};
const kim: Person = {
  firstName: 'Kim',
  lastName: 'Lee',
  email: 'kim@customer.example',
  phone: '+15555977082',
};
const address = { line1: null, line2: null, city: null, state: null, postalCode: null, country: 'US' };

const complete: Deal = {
  name: 'Big Deal',
  amount: '25000',
  currency: 'USD',
  closeDate: '2026-06-30',
  customer: { name: 'Acme', address, duns: null, size: null },
  team: [anna],
  solutions: [{ id: 'SOL-1-A', name: null }],
  contacts: [kim],
  consentToShareContact: true,
  help: 'GeneralOrOther',
};
const options: ChecklistOptions = { now: '2026-01-31', pastCloseDate: 'park' };

function texts(deal: Deal, more: Partial<ChecklistOptions> = {}): readonly string[] {
  return missingParts(deal, { ...options, ...more }).map((part) => part.text);
}

describe('missingParts', () => {
  it('finds nothing missing in a complete deal of any kind', () => {
    expect(missingParts(complete, options)).toEqual([]);
    expect(missingParts(complete, { ...options, kind: 'private' })).toEqual([]);
  });

  it('lists everything that is missing at once, in the order of the form', () => {
    const empty: Deal = {
      name: null,
      customer: null,
      amount: null,
      currency: null,
      closeDate: null,
      team: [],
      solutions: [],
      contacts: [],
      consentToShareContact: null,
      help: null,
    };

    expect(missingParts(empty, { ...options, kind: 'co-sell' })).toEqual([
      { field: 'name', text: 'The opportunity has no name.' },
      {
        field: 'customer',
        text: 'The opportunity has no customer account; choose the account it belongs to.',
      },
      { field: 'amount', text: 'The opportunity has no amount.' },
      { field: 'currency', text: 'The opportunity has no currency.' },
      { field: 'closeDate', text: 'The opportunity has no close date.' },
      {
        field: 'team',
        text: 'The sales team is empty; it needs a member with first name, last name, e-mail address and phone number.',
      },
      { field: 'solutions', text: 'The opportunity has no product that maps to a solution; choose one.' },
      {
        field: 'contacts',
        text: 'The opportunity has no customer contact; asking Microsoft for help needs one with first name, last name, e-mail address and phone number.',
      },
      {
        field: 'consentToShareContact',
        text: "The customer's consent to share contact details with Microsoft is not recorded; asking for help needs it.",
      },
      { field: 'help', text: 'The kind of help wanted from Microsoft is not chosen.' },
    ]);
  });

  it('asks neither contact nor consent nor help of a private or partner-led deal', () => {
    const deal: Deal = { ...complete, contacts: [], consentToShareContact: null, help: null };

    expect(texts(deal)).toEqual([]);
    expect(texts({ ...deal, visibleToMicrosoft: true })).toEqual([]);
    expect(texts(deal, { kind: 'co-sell' })).toHaveLength(3);
  });

  it('says of unknown fields that their column could not be read', () => {
    const { amount: _, contacts: __, ...deal } = complete;

    expect(missingParts(deal, options)).toEqual([
      { field: 'amount', text: 'The amount could not be read; check that the daemon may see its column.' },
      {
        field: 'contacts',
        text: 'The customer contact could not be read; check that the daemon may see its column.',
      },
    ]);
  });

  it('says it of every field that a co-sell deal needs, unless the mapping has said more', () => {
    const unreadable = [
      'The name',
      'The customer account',
      'The amount',
      'The currency',
      'The close date',
      'The sales team',
      'The product or solution',
      'The customer contact',
      "The customer's consent to share contact details",
      'The kind of help wanted from Microsoft',
    ].map((subject) => `${subject} could not be read; check that the daemon may see its column.`);
    const problems = [{ field: 'closeDate', text: 'CloseDate holds "soon", which is not a date' }] as const;

    expect(texts({}, { kind: 'co-sell' })).toEqual(unreadable);
    expect(texts({}, { problems })).toEqual([
      ...unreadable.slice(0, 4),
      'CloseDate holds "soon", which is not a date',
      ...unreadable.slice(5, 7),
    ]);
  });

  it('takes blank text for none', () => {
    expect(texts({ ...complete, name: ' ', amount: '', currency: ' ', closeDate: ' ' })).toEqual([
      'The opportunity has no name.',
      'The opportunity has no amount.',
      'The opportunity has no currency.',
      'The opportunity has no close date.',
    ]);
  });

  it.each([['0'], ['-5'], ['much']])('refuses the amount %s', (amount) => {
    expect(texts({ ...complete, amount })).toEqual(['The amount must be above zero.']);
  });

  it('refuses a currency that does not exist', () => {
    expect(texts({ ...complete, currency: 'ZZZ' })).toEqual([
      'The currency is none of ISO 4217, such as USD or EUR.',
    ]);
  });

  it('parks a past close date by policy, and never today', () => {
    const past: Deal = { ...complete, closeDate: '2026-01-30' };

    expect(texts(past)).toEqual([
      'The close date is in the past; set the day on which the deal is expected to close.',
    ]);
    expect(texts(past, { pastCloseDate: 'send' })).toEqual([]);
    expect(texts({ ...complete, closeDate: '2026-01-31' })).toEqual([]);
  });

  it('names what the customer account lacks', () => {
    const customer = { name: ' ', address: { ...address, country: null }, duns: null, size: null };

    expect(texts({ ...complete, customer })).toEqual([
      'The customer account has no name.',
      "The customer's country is missing; fill it in on the account.",
    ]);
  });

  it('says what is wrong instead of "missing" where the mapping knows more', () => {
    const customer = { name: null, address: { ...address, country: null }, duns: null, size: null };
    const deal: Deal = { ...complete, customer, solutions: [] };
    const problems = [
      { field: 'solutions', text: 'No solution is known for the product "GTX".' },
      { field: 'customer', text: 'The country "Korea" is ambiguous.' },
    ] as const;

    expect(texts(deal, { problems })).toEqual([
      'The country "Korea" is ambiguous.',
      'The customer account has no name.',
      'No solution is known for the product "GTX".',
    ]);
  });

  it('lists problems of fields that a form does not ask for after the others', () => {
    const problems = [{ field: 'campaignId', text: 'The campaign could not be read.' }] as const;

    expect(texts({ ...complete, name: null }, { problems })).toEqual([
      'The opportunity has no name.',
      'The campaign could not be read.',
    ]);
  });

  it('names the missing parts of team members by count, never the person', () => {
    expect(texts({ ...complete, team: [{ ...anna, phone: null }] })).toEqual([
      'The only sales team member (normally the owner) has no phone number.',
    ]);
    expect(texts({ ...complete, team: [anna, { ...kim, phone: null, email: 'n/a' }] })).toEqual([
      '1 of 2 sales team members has no valid e-mail address.',
      '1 of 2 sales team members has no phone number.',
    ]);
    expect(
      texts({
        ...complete,
        team: [
          { ...anna, phone: null },
          { ...kim, phone: null },
        ],
      }),
    ).toEqual([
      '2 of 2 sales team members have no phone number.',
      'No sales team member is complete; at least one needs first name, last name, e-mail address and phone number.',
    ]);
  });

  it('is content with one complete contact among several', () => {
    const partial = { ...kim, email: 'lee@customer.example', phone: null };

    expect(texts({ ...complete, contacts: [partial, kim] })).toEqual([]);
    expect(texts({ ...complete, contacts: [partial] })).toEqual([
      'The customer contact has no phone number.',
    ]);
    expect(texts({ ...complete, contacts: [partial, { ...kim, firstName: null, lastName: ' ' }] })).toEqual([
      '1 of 2 customer contacts has no first name.',
      '1 of 2 customer contacts has no last name.',
      '1 of 2 customer contacts has no phone number.',
    ]);
  });

  it('needs a yes for consent: a no is not enough', () => {
    expect(texts({ ...complete, consentToShareContact: false })).toHaveLength(1);
  });

  it('counts to fifty solutions and fifty team members', () => {
    const solutions = Array.from({ length: 51 }, (_, index) => ({ id: `SOL-${index}-A`, name: null }));
    const team = Array.from({ length: 51 }, (_, index) => ({ ...anna, email: `a${index}@partner.example` }));

    expect(texts({ ...complete, solutions: solutions.slice(1), team: team.slice(1) })).toEqual([]);
    expect(texts({ ...complete, solutions, team })).toEqual([
      'The opportunity has 51 sales team members; Partner Center takes at most 50.',
      'The opportunity has 51 solutions; Partner Center takes at most 50.',
    ]);
  });

  it('never puts personal data into a sentence, and only names real fields', () => {
    const people = fc
      .tuple(fc.array(personInput, { maxLength: 4 }), country)
      .map(([list, from]) => canonicalPeople(list, from));
    fc.assert(
      fc.property(people, people, fc.option(nastyText), (team, contacts, name) => {
        const found = missingParts({ ...complete, team, contacts, name }, options);

        const said = found.map((part) => part.text).join(' ');
        const personal = [...team, ...contacts].flatMap((person) => [person.email, person.phone]);
        for (const value of personal)
          if (value !== null && value.length > 5) expect(said).not.toContain(value);
        expect(found.every((part) => FIELD_NAMES.includes(part.field))).toBe(true);
      }),
    );
  });
});
