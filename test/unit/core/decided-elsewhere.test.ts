import { describe, expect, it } from 'vitest';
import {
  decisionsInWords,
  questionOf,
  refuseMoved,
  refuseMovedMeta,
} from '../../../src/core/decided-elsewhere.ts';
import { DecidedElsewhereError } from '../../../src/core/errors.ts';
import type { AttentionItem } from '../../../src/core/store-port.ts';
import { OPPORTUNITY, REFERRAL } from '../../support/builders.ts';

const ITEM: AttentionItem = {
  id: 'c-1',
  key: 'conflict:both-changed:notes',
  kind: 'conflict',
  code: 'both-changed',
  opportunityId: OPPORTUNITY,
  referralId: REFERRAL,
  fields: ['notes'],
  message: 'notes changed differently on both sides',
  values: [{ field: 'notes', baseline: 'a', opportunity: 'Here', referral: 'There', applied: null }],
  since: '2026-11-20T10:00:00.000Z',
  lastSeenAt: '2026-11-20T10:00:00.000Z',
  count: 1,
  state: 'open',
  covers: [],
  decisions: {},
  why: null,
};
const [VALUE] = ITEM.values;
const item = (rest: Partial<AttentionItem> = {}): AttentionItem => ({ ...ITEM, ...rest });
const value = (rest: object): AttentionItem['values'] => (VALUE === undefined ? [] : [{ ...VALUE, ...rest }]);

/** What is refused, in words; null: the commit goes through. */
function problemsOf(refuse: () => void): readonly string[] | null {
  try {
    refuse();
    return null;
  } catch (error) {
    if (error instanceof DecidedElsewhereError) return error.problems;
    throw error;
  }
}

describe('what an item asks', () => {
  it.each<[string, Partial<AttentionItem>]>([
    ['when it was seen last', { lastSeenAt: '2026-11-21T10:00:00.000Z', since: '2026-11-19T10:00:00.000Z' }],
    ['how often it was seen', { count: 7 }],
    ['its words', { message: 'Other words.', why: 'so' }],
    ['what was agreed before', { values: value({ baseline: 'b' }) }],
  ])('does not change with %s', (_what, rest) => {
    expect(questionOf(item(rest))).toBe(questionOf(item()));
  });

  it.each<[string, Partial<AttentionItem>]>([
    ['its state', { state: 'dismissed' }],
    ['what was decided', { decisions: { notes: 'crm' } }],
    ['the actions that an approval covers', { covers: ['digest'] }],
    ['the field', { values: value({ field: 'name' }) }],
    ['the CRM’s value', { values: value({ opportunity: 'Elsewhere' }) }],
    ['Partner Center’s value', { values: value({ referral: 'Elsewhere' }) }],
  ])('changes with %s', (_what, rest) => {
    expect(questionOf(item(rest))).not.toBe(questionOf(item()));
  });

  it('is the same where a value is missing and where it is empty', () => {
    expect(questionOf(item({ values: value({ opportunity: undefined, referral: undefined }) }))).toBe(
      questionOf(item({ values: value({ opportunity: null, referral: null }) })),
    );
  });
});

describe('a decision about what somebody else touched meanwhile', () => {
  it('goes through where nothing moved', () => {
    expect(problemsOf(() => refuseMoved([item()], () => item({ count: 2 })))).toBeNull();
    expect(problemsOf(() => refuseMoved([], () => undefined))).toBeNull();
  });

  it.each<[string, AttentionItem | undefined, string]>([
    ['is gone', undefined, 'c-1 is not there any more; nothing was decided here.'],
    ['does not apply', item({ state: 'resolved' }), 'c-1 does not apply any more; nothing was decided here.'],
    [
      'was dismissed',
      item({ state: 'dismissed' }),
      'c-1 is dismissed by somebody else meanwhile; nothing was decided here.',
    ],
    [
      'was decided',
      item({ decisions: { notes: 'crm', closeDate: 'partnerCenter' } }),
      "c-1 is decided by somebody else meanwhile (notes: the CRM's value, closeDate: Partner Center's value); nothing was decided here.",
    ],
    [
      'stands on other values',
      item({ values: value({ referral: 'Elsewhere' }) }),
      'c-1 has changed meanwhile: it stands on other values now. Look at it again; nothing was decided here.',
    ],
  ])('is refused where the item %s', (_what, now, problem) => {
    expect(problemsOf(() => refuseMoved([item()], () => now))).toEqual([problem]);
  });

  it('is refused where the decision that was seen is taken back', () => {
    const seen = item({ decisions: { notes: 'crm' } });

    expect(problemsOf(() => refuseMoved([seen], () => item()))).toEqual([
      'c-1: somebody took the decision back meanwhile; nothing was decided here.',
    ]);
  });

  it('is refused with all that moved, each by its own key', () => {
    const seen = [item(), item({ id: 'c-2', key: 'two' }), item({ id: 'c-3', key: 'three' })];
    const held = new Map([['two', item({ key: 'two' })]]);

    expect(problemsOf(() => refuseMoved(seen, (key) => held.get(key)))).toEqual([
      'c-1 is not there any more; nothing was decided here.',
      'c-3 is not there any more; nothing was decided here.',
    ]);
  });

  it('is refused where a note says something else by now', () => {
    const notes = new Map([
      ['account:1', '001'],
      ['account:3', null],
    ]);
    const held = (key: string): string | null => notes.get(key) ?? null;

    expect(problemsOf(() => refuseMovedMeta({}, held))).toBeNull();
    expect(problemsOf(() => refuseMovedMeta({ 'account:1': '001', 'account:3': null }, held))).toBeNull();
    expect(
      problemsOf(() => refuseMovedMeta({ 'account:1': null, 'account:2': '009', 'account:3': null }, held)),
    ).toEqual(['Somebody else answered this meanwhile (account:1, account:2); nothing was decided here.']);
  });
});

it('decisions are said field by field', () => {
  expect(decisionsInWords(item())).toBe('');
  expect(decisionsInWords(item({ decisions: { notes: 'partnerCenter' } }))).toBe(
    "notes: Partner Center's value",
  );
});
