import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalPeople,
  canonicalPerson,
  isCompletePerson,
  isPlausibleEmail,
  missingPersonParts,
  personKey,
} from '../../../../src/core/lenses/people.ts';
import { country, personInput } from './arbitraries.ts';

const anna = {
  firstName: 'Anna',
  lastName: 'Snelling',
  email: 'anna@partner.example',
  phone: '+15555977081',
};

describe('canonicalPerson', () => {
  it('trims every part, puts the e-mail in lower case and reads the phone', () => {
    const input = {
      firstName: ' Anna\u00a0',
      lastName: 'Snelling\n',
      email: ' Anna@Partner.example',
      phone: '(555) 597-7081',
    };

    expect(canonicalPerson(input, 'US')).toEqual(anna);
  });

  it('puts each part on one line with single blanks', () => {
    const input = { firstName: 'Anna  \t Maria', lastName: 'de\r\nla Cruz', phone: '555   597\n7081' };

    expect(canonicalPerson(input, null)).toEqual({
      firstName: 'Anna Maria',
      lastName: 'de la Cruz',
      email: null,
      phone: '555 597 7081',
    });
  });

  it('reads absent and blank parts as nothing', () => {
    expect(canonicalPerson({ firstName: ' ', email: null }, null)).toEqual({
      firstName: null,
      lastName: null,
      email: null,
      phone: null,
    });
  });

  it('settles: a canonical person stays as it is', () => {
    fc.assert(
      fc.property(personInput, country, (input, from) => {
        const once = canonicalPerson(input, from);

        expect(canonicalPerson(once, from)).toEqual(once);
        const isKnownByMore = once.email !== null || once.firstName !== null || once.lastName !== null;
        if (isKnownByMore) expect(personKey(once)).toBe(personKey(input));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('personKey', () => {
  it('is the e-mail without case, else the names, else the phone', () => {
    expect(personKey({ ...anna, email: 'ANNA@partner.example ' })).toBe('anna@partner.example');
    expect(personKey({ firstName: 'Anna', lastName: 'Snelling' })).toBe('anna snelling');
    expect(personKey({ firstName: null, lastName: 'Snelling', phone: '123' })).toBe('snelling');
    expect(personKey({ email: 'İ@x.example' })).toBe('i̇@x.example'.normalize('NFC'));
    expect(personKey({ phone: '123' })).toBe('123');
    expect(personKey({ phone: '+1 555 597 7081' })).toBe('+15555977081');
    expect(personKey({})).toBe('');
  });
});

describe('canonicalPeople', () => {
  it('lists each person once, sorted, with gaps filled from the duplicates', () => {
    const list = [
      { firstName: 'Zoe', lastName: 'Adler', email: 'zoe@partner.example' },
      { ...anna, phone: null },
      { email: 'ANNA@PARTNER.EXAMPLE', phone: '+1 555 597 7081' },
      {},
    ];

    expect(canonicalPeople(list)).toEqual([
      anna,
      { firstName: 'Zoe', lastName: 'Adler', email: 'zoe@partner.example', phone: null },
    ]);
  });

  it('takes of several rows for one person the fullest, whatever their order, and of equally full ones the first in text order', () => {
    const full = { ...anna, firstName: 'Anna Maria' };
    const lessFull = { firstName: 'Aaron', lastName: 'Aal', email: anna.email };
    const least = { firstName: 'A', email: anna.email };

    expect(canonicalPeople([least, lessFull, full])).toEqual([full]);
    expect(canonicalPeople([full, lessFull, least])).toEqual([full]);
    expect(canonicalPeople([lessFull, least, full])).toEqual([full]);
    expect(canonicalPeople([least, lessFull])).toEqual([{ ...lessFull, phone: null }]);
    expect(canonicalPeople([lessFull, least])).toEqual([{ ...lessFull, phone: null }]);
    expect(canonicalPeople([full, anna])).toEqual([full]);
    expect(canonicalPeople([anna, full])).toEqual([full]);
  });

  it('keeps people known only by name or number, sorted by what they are known by', () => {
    expect(
      canonicalPeople([{ lastName: 'Zorn' }, { phone: '(555) 597-7081' }, { phone: ' ' }], 'US'),
    ).toEqual([
      { firstName: null, lastName: null, email: null, phone: '+15555977081' },
      { firstName: null, lastName: 'Zorn', email: null, phone: null },
    ]);
  });

  it('does not depend on the order of the rows, and settles', () => {
    fc.assert(
      fc.property(fc.array(personInput, { maxLength: 8 }), country, (list, from) => {
        const people = canonicalPeople(list, from);

        expect(canonicalPeople(list.toReversed(), from)).toEqual(people);
        expect(canonicalPeople(people, from)).toEqual(people);
      }),
      { numRuns: 500 },
    );
  });
});

describe('completeness', () => {
  it('names what a person lacks', () => {
    expect(missingPersonParts(anna)).toEqual([]);
    expect(isCompletePerson(anna)).toBe(true);
    expect(missingPersonParts({ ...anna, phone: ' ', email: 'n/a' })).toEqual(['email', 'phone']);
    expect(missingPersonParts({})).toEqual(['firstName', 'lastName', 'email', 'phone']);
    expect(isCompletePerson({ ...anna, firstName: null })).toBe(false);
  });

  it.each([
    ['a@b.example', true],
    ['a.b+c@sub.b.example', true],
    ['a@b', false],
    ['a b@c.example', false],
    ['a@@b.example', false],
    ['a@b..example', false],
    ['@b.example', false],
    ['a@sub.b.example x', false],
    ['a@b.example,c@d.example', false],
    ['<a@b.example>', false],
    ['a;b@c.example', false],
    ['a@b.example.', false],
    ['a@.example', false],
    ['a@b.c.d', true],
    [`${'a'.repeat(244)}@b.example`, true],
    [`${'a'.repeat(245)}@b.example`, false],
  ])('judges %s plausible: %s', (email, plausible) => {
    expect(isPlausibleEmail(email)).toBe(plausible);
  });
});
