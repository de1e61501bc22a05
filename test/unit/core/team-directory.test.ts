import { describe, expect, it } from 'vitest';
import { toDeal } from '../../../src/core/mapping.ts';
import { completedFrom, type KnownPeople, queriesFor } from '../../../src/core/team-directory.ts';
import { mapping, opportunity, SELLER } from '../../support/builders.ts';

const WITHOUT_PHONE = { ...SELLER, phone: null };
const known: KnownPeople = new Map([
  [SELLER.email, { ...SELLER, firstName: 'Other', phone: '+14255550100' }],
]);
const dealOf = (owner: typeof WITHOUT_PHONE, directory?: KnownPeople) =>
  toDeal(
    opportunity({}, { people: { owner: [owner], contactRoles: [] } }),
    mapping({
      team: {
        from: [{ source: 'owner' }],
        fallback: null,
        ...(directory === undefined ? {} : { directory }),
      },
    }),
  );

describe('completing a team from the directory', () => {
  it('asks for those alone who lack something, by e-mail or else by name', () => {
    const nameless = { firstName: null, lastName: null, email: null, phone: '+14155550123' };

    const strange = { firstName: null, lastName: null, email: 'lee@partner.example', phone: null };
    const surname = { ...nameless, lastName: 'Seller' };

    expect(
      queriesFor([SELLER, WITHOUT_PHONE, { ...SELLER, email: null }, nameless, strange, surname]),
    ).toEqual([
      { key: SELLER.email, email: SELLER.email, name: 'Kim Seller' },
      { key: 'kim seller', email: null, name: 'Kim Seller' },
      { key: 'lee@partner.example', email: 'lee@partner.example', name: null },
      { key: 'seller', email: null, name: 'Seller' },
    ]);
  });

  it('fills what the CRM lacks and changes nothing that it holds', () => {
    expect(completedFrom(WITHOUT_PHONE, known)).toEqual({ ...SELLER, phone: '+14255550100' });
    expect(completedFrom(SELLER, known)).toBe(SELLER);
    expect(completedFrom({ ...WITHOUT_PHONE, firstName: null, lastName: null }, known)).toEqual({
      ...SELLER,
      firstName: 'Other',
      phone: '+14255550100',
    });
    expect(completedFrom({ ...SELLER, email: null }, new Map([['kim seller', SELLER]]))).toEqual(SELLER);
  });

  it('leaves a member as they are of whom the directory knows no more', () => {
    expect(completedFrom(WITHOUT_PHONE, new Map())).toBe(WITHOUT_PHONE);
    expect(completedFrom(WITHOUT_PHONE, new Map([[SELLER.email, null]]))).toBe(WITHOUT_PHONE);
    expect(completedFrom(WITHOUT_PHONE, new Map([[SELLER.email, WITHOUT_PHONE]]))).toBe(WITHOUT_PHONE);
  });

  it('is recorded like a default', () => {
    expect(dealOf(WITHOUT_PHONE, known)).toMatchObject({
      deal: { team: [{ phone: '+14255550100' }] },
      defaulted: expect.arrayContaining(['team']),
    });
    expect(dealOf(WITHOUT_PHONE).deal.team).toEqual([WITHOUT_PHONE]);
    expect(dealOf(WITHOUT_PHONE).defaulted).not.toContain('team');
  });
});
