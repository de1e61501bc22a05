/** The lists of a deal: sales team, customer contacts and solutions, from wherever the CRM keeps them. */
import { describe, expect, it } from 'vitest';
import type { Person } from '../../../src/core/deal.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import { crmTeamOf, SOLUTION_ID } from '../../../src/core/mapping-lists.ts';
import type { Mapping } from '../../../src/core/mapping-types.ts';
import type { OpportunityRecord } from '../../../src/core/ports.ts';
import { mapping, opportunity, SELLER, SOLUTION } from '../../support/builders.ts';

const OTHER: Person = {
  firstName: 'Ari',
  lastName: 'Other',
  email: 'ari@partner.example',
  phone: '+14155550124',
};
const WITHOUT_PHONE: Person = { ...SELLER, phone: null };
const CONTACT: Person = {
  firstName: 'Mia',
  lastName: 'Kunde',
  email: 'mia@fabrikam.example',
  phone: '+49201123456',
};

/** Reads a record; lists that are unknown are absent from the answer. */
function read(record: Partial<OpportunityRecord>, overrides: Partial<Mapping>) {
  const { deal, problems, defaulted } = toDeal(
    opportunity({}, record),
    mapping({ fields: [], ...overrides }),
  );
  const { team, contacts, solutions } = deal;
  return { team, contacts, solutions, problems, defaulted };
}

describe('the sales team', () => {
  const team = (
    people: OpportunityRecord['people'],
    rest: Partial<Mapping['team']> = {},
    values = opportunity().values,
  ) => {
    const from: Mapping['team']['from'] = [
      { source: 'owner' },
      { source: 'opportunityTeam' },
      { path: 'Engineer__c' },
    ];
    const found = read({ people, values }, { team: { from, fallback: null, ...rest } });
    return { team: found.team, defaulted: found.defaulted };
  };
  const is = (...members: readonly Person[]) => ({ team: members, defaulted: [] });

  it('is gathered from all its sources, each member once', () => {
    expect(team({ owner: [SELLER], opportunityTeam: [OTHER, SELLER] })).toEqual(is(OTHER, SELLER));
  });

  it('is what can be seen of it', () => {
    expect(team({ opportunityTeam: [OTHER] })).toEqual(is(OTHER));
    expect(team({ owner: [] })).toEqual(is());
    expect(team({})).toEqual({ team: undefined, defaulted: [] });
  });

  it('has the e-mail address of a column as a member', () => {
    const member = { firstName: null, lastName: null, email: 'eve@partner.example', phone: null };
    const column = (value: string | null) => ({ Engineer__c: value });

    expect(team({}, {}, column('Eve@partner.example'))).toEqual(is(member));
    expect(team({}, {}, column(null))).toEqual(is());
  });

  it('leaves out who is not complete while anybody is', () => {
    expect(team({ owner: [WITHOUT_PHONE], opportunityTeam: [OTHER] })).toEqual(is(OTHER));
    expect(team({ owner: [WITHOUT_PHONE] })).toEqual(is(WITHOUT_PHONE));
  });

  it('is the fallback where nobody is complete, and says so', () => {
    const fallback = { ...OTHER, email: 'ARI@partner.example' };

    expect(team({ owner: [WITHOUT_PHONE] }, { fallback })).toEqual({ team: [OTHER], defaulted: ['team'] });
    expect(team({ owner: [SELLER] }, { fallback })).toEqual(is(SELLER));
    expect(team({}, { fallback })).toEqual({ team: undefined, defaulted: [] });
  });

  it('says once that it is not the CRM’s, whether from the directory or from the fallback', () => {
    const half = { ...SELLER, firstName: null, phone: null };
    const directory = new Map([[SELLER.email, { ...SELLER, phone: null }]]);

    expect(team({ owner: [half] }, { directory })).toEqual({ team: [WITHOUT_PHONE], defaulted: ['team'] });
    expect(team({ owner: [half] }, { directory, fallback: OTHER })).toEqual({
      team: [OTHER],
      defaulted: ['team'],
    });
    expect(team({ owner: [SELLER] }, { directory })).toEqual(is(SELLER));
  });

  it('is, among connections, the colleagues', () => {
    const record = opportunity({}, { people: { connections: [CONTACT], connectedUsers: [SELLER] } });
    const from = [{ source: 'connections' }] as const;

    expect(crmTeamOf(record, mapping({ team: { from, fallback: null } }))).toEqual([SELLER]);
  });
});

describe('the customer’s contacts', () => {
  const contacts = (people: OpportunityRecord['people'], from: Mapping['contacts']) =>
    read({ people }, { contacts: from }).contacts;

  it('are read with the numbers of the customer’s country', () => {
    const national = { ...CONTACT, phone: '0201 123456' };

    expect(contacts({ contactRoles: [national] }, [{ source: 'contactRoles' }])).toEqual([CONTACT]);
  });

  it('are, among connections, those with contacts', () => {
    const people = { connections: [CONTACT], connectedUsers: [SELLER] };

    expect(contacts(people, [{ source: 'connections' }])).toEqual([CONTACT]);
  });

  it('are unknown where the mapping names no source, or none that can be seen', () => {
    expect(contacts({ contactRoles: [CONTACT] }, [])).toBeUndefined();
    expect(contacts({}, [{ source: 'contactRoles' }])).toBeUndefined();
    expect(contacts({ contactRoles: [] }, [{ source: 'contactRoles' }])).toEqual([]);
  });
});

describe('the solutions', () => {
  const LICENCE = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const from: Mapping['solutions']['from'] = [{ path: 'Product__c' }, { source: 'products' }];
  const catalogue = { 'GTX Pro': SOLUTION, '01t000000000001': 'SOL-2' };

  function solutions(
    record: Partial<OpportunityRecord>,
    rest: Partial<Mapping['solutions']> = {},
  ): Omit<ReturnType<typeof read>, 'team' | 'contacts'> {
    const {
      team: _team,
      contacts: _contacts,
      ...found
    } = read(record, {
      solutions: { from, catalogue, default: null, ...rest },
    });
    return found;
  }
  const column = (value: string | null) => ({ values: { Product__c: value } });
  const are = (...list: readonly { readonly id: string; readonly name: string | null }[]) => ({
    solutions: list,
    problems: [],
    defaulted: [],
  });

  it.each([
    ['a product of the catalogue', 'GTX Pro', [{ id: SOLUTION, name: 'GTX Pro' }]],
    ['an id of ours', 'sol-77-ab', [{ id: 'SOL-77-AB', name: null }]],
    ['an id of Microsoft’s', LICENCE.toUpperCase(), [{ id: LICENCE, name: null }]],
    [
      'several, whatever the blanks',
      ' SOL-9;; ; GTX Pro ; ',
      [
        { id: SOLUTION, name: 'GTX Pro' },
        { id: 'SOL-9', name: null },
      ],
    ],
    ['nothing', null, []],
  ])('of a column with %s', (_what, value, list) => {
    expect(solutions(column(value))).toEqual(are(...list));
  });

  it('of the line items are found by the product’s name, else by its id', () => {
    const products = [
      { id: '01t000000000001', name: 'GTX Basic' },
      { id: '01t000000000002', name: 'GTX Pro' },
      { id: 'SOL-3', name: null },
    ];

    expect(solutions({ values: {}, products })).toEqual(
      are({ id: SOLUTION, name: 'GTX Pro' }, { id: 'SOL-2', name: 'GTX Basic' }, { id: 'SOL-3', name: null }),
    );
  });

  it('are unknown where no source can be seen, and none where the mapping names none', () => {
    expect(solutions({ values: {} })).toEqual({ solutions: undefined, problems: [], defaulted: [] });
    expect(solutions({ values: {}, products: [] })).toEqual(are());
    expect(solutions({ values: {} }, { from: [] })).toEqual(are());
  });

  it('are the default where there is none, and say so', () => {
    const standing = { solutions: [{ id: 'SOL-0', name: null }], problems: [], defaulted: ['solutions'] };

    expect(solutions(column(null), { default: 'SOL-0' })).toEqual(standing);
    expect(solutions({ values: {} }, { default: 'SOL-0', from: [] })).toEqual(standing);
    expect(solutions(column('GTX Pro'), { default: 'SOL-0' })).toEqual(
      are({ id: SOLUTION, name: 'GTX Pro' }),
    );
  });

  it.each([
    ['GTX Pro; Mystery', 'alone is not known'],
    ['Mystery', 'is all there is'],
  ])('are unknown with %j, of which one product %s: sending the rest would remove it', (value) => {
    expect(solutions(column(value), { default: 'SOL-0' })).toEqual({
      solutions: undefined,
      problems: [
        {
          field: 'solutions',
          code: 'unknown-product',
          text: 'the product "Mystery" has no solution id in the mapping\'s catalogue',
        },
      ],
      defaulted: [],
    });
  });

  it.each([
    ['SOL-10001-AAA', true],
    ['sol-1', true],
    [LICENCE, true],
    [LICENCE.toUpperCase(), true],
    ['SOL-', false],
    ['SOL-1 extra', false],
    ['my SOL-1', false],
    [`${LICENCE}0`, false],
    [`x${LICENCE}`, false],
    [LICENCE.replaceAll('-', ''), false],
    [LICENCE.slice(0, -1), false],
    ['', false],
  ])('"%s" is a solution’s id: %j', (text, expected) => {
    expect(SOLUTION_ID.test(text)).toBe(expected);
  });
});
