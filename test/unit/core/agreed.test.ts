/** Baselines of the ledger as pairs of values, and back. */
import { describe, expect, it } from 'vitest';
import { hashed, validBaseline } from '../../../src/core/agreed.ts';

const hashOf = (field: string): string => `hash-${field}`;

describe('the baselines of a link', () => {
  it('are pairs, of the fields whose mapping is still the same', () => {
    const baseline = {
      amount: { opportunity: '1', referral: '2', mapping: 'hash-amount' },
      notes: { opportunity: 'here', referral: 'there', mapping: 'hash-of-before' },
      reason: { opportunity: null, referral: null, mapping: 'hash-reason' },
    };

    expect(validBaseline(baseline, hashOf)).toEqual({
      amount: { opportunity: '1', referral: '2' },
      reason: { opportunity: null, referral: null },
    });
    expect(validBaseline({}, hashOf)).toEqual({});
  });

  it('are kept with the mapping they were agreed under, and a missing half as empty', () => {
    const pairs = {
      amount: { opportunity: '1', referral: '2' },
      notes: { opportunity: undefined, referral: undefined },
    };

    expect(hashed(pairs, hashOf)).toStrictEqual({
      amount: { opportunity: '1', referral: '2', mapping: 'hash-amount' },
      notes: { opportunity: null, referral: null, mapping: 'hash-notes' },
    });
    expect(hashed({}, hashOf)).toEqual({});
  });
});
