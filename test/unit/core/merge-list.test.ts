import { describe, expect, it } from 'vitest';
import type { FieldName, FieldValue } from '../../../src/core/deal.ts';
import { mergeList } from '../../../src/core/merge-list.ts';

const KIM = { firstName: 'Kim', lastName: 'Seller', email: 'kim@partner.example', phone: '+14155550123' };
const LEE = { firstName: 'Lee', lastName: 'Member', email: 'lee@partner.example', phone: '+14155550124' };
const A = { id: 'SOL-1', name: 'One' };
const B = { id: 'SOL-2', name: 'Two' };
const QUIET = { conflict: null, notices: [] };

const merge = (
  field: FieldName,
  before: FieldValue,
  mine: FieldValue,
  theirs: FieldValue,
  winner: 'ask' | 'crm' | 'partnerCenter' = 'ask',
) => mergeList(field, { opportunity: before, referral: before }, mine, theirs, winner);

describe('a list merged by key', () => {
  it('takes solution ids as the same whatever their case', () => {
    expect(merge('solutions', [A], [A, B], [{ ...A, id: 'sol-1' }])).toEqual({
      ...QUIET,
      result: [{ ...A, id: 'sol-1' }, B],
    });
    expect(merge('solutions', [A], [], [{ ...A, id: 'sol-1' }, B])).toEqual({ ...QUIET, result: [B] });
  });

  it('keeps people of one name and two addresses apart', () => {
    const twin = { ...KIM, email: 'kim@second.example' };

    expect(merge('team', [KIM], [KIM, twin], [KIM]).result).toEqual([KIM, twin]);
  });

  it('adds what the CRM added, and takes out what it took out', () => {
    expect(merge('team', [KIM], [KIM, LEE], [KIM])).toEqual({ ...QUIET, result: [KIM, LEE] });
    expect(merge('team', [KIM, LEE], [KIM], [KIM, LEE])).toEqual({ ...QUIET, result: [KIM] });
  });

  it('does not bring back what both took out, nor what only Partner Center took out', () => {
    expect(merge('team', [KIM, LEE], [KIM], [KIM])).toEqual({ ...QUIET, result: [KIM] });
    expect(merge('team', [KIM, LEE], [KIM, LEE], [KIM])).toEqual({ ...QUIET, result: [KIM] });
  });

  it('is no conflict when both made the same edit', () => {
    const edited = { ...KIM, lastName: 'Married' };

    expect(merge('team', [KIM], [edited], [edited])).toEqual({ ...QUIET, result: [edited] });
  });

  it('that only the CRM edited is sent as edited', () => {
    const edited = { ...KIM, lastName: 'Married' };

    expect(merge('team', [KIM], [edited], [KIM])).toEqual({ ...QUIET, result: [edited] });
  });

  it('edited in the CRM and taken out in Partner Center is a conflict', () => {
    const edited = { ...KIM, lastName: 'Married' };

    expect(merge('team', [KIM, LEE], [edited, LEE], [LEE])).toEqual({
      result: null,
      conflict: { applied: null },
      notices: [],
    });
    expect(merge('team', [KIM, LEE], [edited, LEE], [LEE], 'crm').result).toEqual([LEE, edited]);
    expect(merge('team', [KIM, LEE], [edited, LEE], [LEE], 'partnerCenter').result).toEqual([LEE]);
  });

  it('keeps an entry that the CRM took out while Partner Center edited it', () => {
    const edited = { ...LEE, lastName: 'Married' };

    expect(merge('team', [KIM, LEE], [KIM], [KIM, edited])).toEqual({
      result: [KIM, edited],
      conflict: null,
      notices: [
        {
          code: 'edit-beats-removal',
          text: 'an entry was removed in the CRM but edited in Partner Center; it stays',
        },
      ],
    });
  });

  it.each(['crm', 'ask'] as const)('keeps the last entry, be %s the winner', (winner) => {
    expect(merge('team', [KIM], [], [KIM], winner)).toEqual({
      result: null,
      conflict: null,
      notices: [
        {
          code: 'last-entry',
          text: 'the last entry was removed in the CRM; Partner Center needs at least one, so it stays until another is named',
        },
      ],
    });
  });

  it('that is empty on both sides stays empty', () => {
    expect(merge('team', [KIM], [], [])).toEqual({ ...QUIET, result: [] });
  });

  it.each([null, undefined, 'no list', 7])('takes %s for an empty list', (value) => {
    const odd = value as FieldValue;

    expect(merge('team', odd, [KIM], odd)).toEqual({ ...QUIET, result: [KIM] });
  });

  it('passes over entries that are no records', () => {
    const odd = [null, 'Kim', KIM, undefined] as unknown as FieldValue;

    expect(merge('team', odd, odd, odd)).toEqual({ ...QUIET, result: [KIM] });
  });
});
