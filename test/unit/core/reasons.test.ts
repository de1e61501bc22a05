/** Why deals are declined, lost or closed as errors, in the words of both sides. */
import { describe, expect, it } from 'vitest';
import type { DealState } from '../../../src/core/deal.ts';
import { findReason, readReason, reasonProblem, reasonsFor, writeReason } from '../../../src/core/reasons.ts';

const LOST = [
  'Budget not adequate',
  'Customer did not respond',
  'Customer chose another vendor',
  'Customer requirement not met',
  'Not a customer',
  'Proposed timeline too short',
  'Abuse, spam or phishing',
  'Others',
];
const ERROR = [
  'Duplicate, created by bulk upload',
  'Duplicate, created in Partner Center',
  'Duplicate, sent by Microsoft',
  'Connector data sync issue',
  'Customer matching issue',
  'Solution issue',
  'Test referral',
  'Data error',
  'Others',
];
const LOST_LIST =
  '1 Budget not adequate; 2 Customer did not respond; 3 Customer chose another vendor; 4 Customer requirement not met; 5 Not a customer; 6 Proposed timeline too short; 7 Abuse, spam or phishing; 8 Others';
const ERROR_LIST =
  '1 Duplicate, created by bulk upload; 2 Duplicate, created in Partner Center; 3 Duplicate, sent by Microsoft; 4 Connector data sync issue; 5 Customer matching issue; 6 Solution issue; 7 Test referral; 8 Data error; 9 Others';

describe('the catalogue', () => {
  it.each<readonly [DealState, readonly string[]]>([
    ['Declined', LOST],
    ['Lost', LOST],
    ['Error', ERROR],
    ['Won', []],
    ['Expired', []],
    ['Accepted', []],
  ])('of a deal that is %s', (state, reasons) => {
    expect(reasonsFor(state)).toEqual(reasons);
  });
});

describe('a reason of the catalogue', () => {
  it.each([
    ['3', 'Customer chose another vendor'],
    [' 3 ', 'Customer chose another vendor'],
    ['3 - customer chose another vendor', 'Customer chose another vendor'],
    ['3 Customer chose another vendor', 'Customer chose another vendor'],
    ['3) Customer chose another vendor', 'Customer chose another vendor'],
    ['3: Customer  chose another vendors', 'Customer chose another vendor'],
    ['CUSTOMER CHOSE ANOTHER VENDOR.', 'Customer chose another vendor'],
    ['Customer - chose / another vendor', 'Customer chose another vendor'],
    ['Not a customer (explain in notes) ', 'Not a customer'],
    ['Other', 'Others'],
    ['8. Others', 'Others'],
  ])('is read from "%s"', (text, label) => {
    expect(findReason('Lost', text)).toBe(label);
  });

  it('is another one for an error', () => {
    expect(findReason('Error', '7')).toBe('Test referral');
    expect(findReason('Error', 'Solution issue (explain in notes)')).toBe('Solution issue');
    expect(findReason('Error', 'Budget not adequate')).toBeNull();
  });

  it.each([
    '9',
    '0',
    '12',
    'Price',
    '3 Not a customer',
    '9 Others',
    '3x',
    'no. 3',
    '(Price) Others',
    '33',
    'Others (a) b',
    'Otherss',
    'Customerchose another vendor',
  ])('is not "%s"', (text) => {
    expect(findReason('Declined', text)).toBeNull();
  });
});

describe('a reason of the CRM', () => {
  const reasons = {
    map: { Competitor: '3', 'No budget': 'Budget not adequate', Odd: ' Because ', 'Third party': '3' },
    accept: 'catalogue',
  } as const;

  it.each([
    [null, null],
    ['Competitor', 'Customer chose another vendor'],
    ['No budget', 'Budget not adequate'],
    ['5', 'Not a customer'],
    ['other', 'Others'],
    [' Price ', 'Price'],
    ['Odd', 'Because'],
  ])('%j is in Partner Center’s words %j', (text, expected) => {
    expect(readReason('Lost', text, reasons)).toBe(expected);
  });

  it('needs no map', () => {
    expect(readReason('Lost', '3', undefined)).toBe('Customer chose another vendor');
    expect(readReason('Error', '3', undefined)).toBe('Duplicate, sent by Microsoft');
    expect(writeReason('Lost', 'Others', undefined)).toBe('Others');
  });

  it.each<readonly [DealState, string, string]>([
    ['Lost', 'Customer chose another vendor', 'Competitor'],
    ['Lost', 'customer chose another vendor', 'Competitor'],
    ['Declined', 'Budget not adequate', 'No budget'],
    ['Error', 'Duplicate, sent by Microsoft', 'Competitor'],
    ['Error', 'Customer chose another vendor', 'Customer chose another vendor'],
    ['Lost', 'Because', 'Odd'],
    ['Lost', 'Others', 'Others'],
  ])('is, for a deal that is %s for "%s", "%s"', (state, reason, expected) => {
    expect(writeReason(state, reason, reasons)).toBe(expected);
  });

  it('reads back as it was written, for every reason and state', () => {
    for (const state of ['Declined', 'Lost', 'Error'] as const)
      for (const label of reasonsFor(state))
        for (const map of [undefined, reasons])
          expect(readReason(state, writeReason(state, label, map), map)).toBe(label);
  });
});

describe('a close', () => {
  it.each<readonly [DealState, string | null, object | null]>([
    ['Won', null, null],
    ['Won', 'Price', null],
    ['Lost', null, null],
    ['Lost', 'Others', null],
    ['Declined', '5', null],
    [
      'Declined',
      null,
      {
        code: 'reason-missing',
        text: `declining needs a reason; fill the reason with one of: ${LOST_LIST}`,
      },
    ],
    [
      'Error',
      null,
      {
        code: 'reason-missing',
        text: `closing as an error needs a reason; fill the reason with one of: ${ERROR_LIST}`,
      },
    ],
    [
      'Lost',
      'Price',
      {
        code: 'reason-unknown',
        text: `the reason "Price" is none that Partner Center offers; choose one of: ${LOST_LIST}; or translate it in the mapping's reasons.map`,
      },
    ],
  ])('as %s with the reason %j', (state, reason, problem) => {
    expect(reasonProblem(state, reason, undefined)).toEqual(problem);
    expect(reasonProblem(state, reason, { map: {}, accept: 'catalogue' })).toEqual(problem);
  });

  it('may have any reason where any is taken, but not none', () => {
    const any = { map: {}, accept: 'any' } as const;

    expect(reasonProblem('Lost', 'Price', any)).toBeNull();
    expect(reasonProblem('Declined', null, any)?.code).toBe('reason-missing');
  });
});
