import { describe, expect, it } from 'vitest';
import { findReason, readReason, reasonProblem, reasonsFor, writeReason } from '../../../src/core/reasons.ts';

describe('a reason of the catalogue', () => {
  it.each([
    ['3', 'Customer chose another vendor'],
    ['3 - customer chose another vendor', 'Customer chose another vendor'],
    ['CUSTOMER CHOSE ANOTHER VENDOR.', 'Customer chose another vendor'],
    ['Other', 'Others'],
    ['8. Others', 'Others'],
  ])('is read from "%s"', (text, label) => {
    expect(findReason('Lost', text)).toBe(label);
  });

  it('is another one for an error', () => {
    expect(findReason('Error', '7')).toBe('Test referral');
    expect(findReason('Error', 'Solution issue (explain in notes)')).toBe('Solution issue');
    expect(findReason('Error', 'Budget not adequate')).toBeNull();
    expect(reasonsFor('Won')).toEqual([]);
  });

  it.each(['9', '0', 'Price', '3 Not a customer'])('is not "%s"', (text) => {
    expect(findReason('Declined', text)).toBeNull();
  });

  it('reads back as it was written, for every reason and state', () => {
    const reasons = {
      map: { Competitor: '3', 'No budget': 'Budget not adequate' },
      accept: 'catalogue',
    } as const;
    for (const state of ['Declined', 'Lost', 'Error'] as const)
      for (const [index, label] of reasonsFor(state).entries()) {
        expect(readReason(state, String(index + 1), undefined)).toBe(label);
        expect(readReason(state, writeReason(label, undefined), undefined)).toBe(label);
      }
    expect(readReason('Lost', 'Competitor', reasons)).toBe('Customer chose another vendor');
    expect(readReason('Lost', writeReason('Budget not adequate', reasons), reasons)).toBe(
      'Budget not adequate',
    );
    expect(writeReason('Budget not adequate', reasons)).toBe('No budget');
  });
});

describe('a close', () => {
  it('needs a reason when it refuses or is an error, not when it is a loss or a win', () => {
    expect(reasonProblem('Declined', null, undefined)?.code).toBe('reason-missing');
    expect(reasonProblem('Error', null, undefined)?.code).toBe('reason-missing');
    expect(reasonProblem('Lost', null, undefined)).toBeNull();
    expect(reasonProblem('Won', null, undefined)).toBeNull();
  });

  it('is not sent with a reason nobody offers, unless any is taken', () => {
    expect(reasonProblem('Lost', 'Price', undefined)).toMatchObject({
      code: 'reason-unknown',
      text: expect.stringContaining('3 Customer chose another vendor'),
    });
    expect(reasonProblem('Lost', 'Price', { map: {}, accept: 'any' })).toBeNull();
  });
});
