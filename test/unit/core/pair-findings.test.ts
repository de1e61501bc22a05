import { describe, expect, it } from 'vitest';
import type { FieldName } from '../../../src/core/deal.ts';
import { addConflicts, findingsFor } from '../../../src/core/pair-findings.ts';
import type { Finding } from '../../../src/core/plan.ts';
import type { Conflict, Reconciliation } from '../../../src/core/reconciliation.ts';
import { link, OPPORTUNITY, REFERRAL } from '../../support/builders.ts';

const conflict = (field: FieldName, rest: Partial<Conflict> = {}): Conflict => ({
  field,
  baseline: 'before',
  opportunity: 'here',
  referral: 'there',
  applied: null,
  ...rest,
});

function told(
  conflicts: readonly Conflict[],
  held: readonly FieldName[] = [],
  unclear: readonly FieldName[] = [],
): readonly Finding[] {
  const merged: Reconciliation = {
    referralChanges: {},
    opportunityChanges: {},
    baselineChanges: {},
    conflicts,
    notices: [],
    rules: {},
  };
  const findings = findingsFor(link());
  addConflicts(findings, merged, { held: new Set(held), unclear: new Set(unclear) });
  return findings.list;
}

const finding = (code: string, group: string, message: string, values: readonly Conflict[]) => ({
  key: `conflict:${code}:${OPPORTUNITY}:${group}`,
  kind: 'conflict',
  code,
  opportunityId: OPPORTUNITY,
  referralId: REFERRAL,
  fields: [group],
  message,
  values,
});

it('findings of a pair have keys that stay from run to run', () => {
  const findings = findingsFor(link());
  findings.add('parked', 'malformed-referral', [], 'As a whole.');
  findings.add('notice', 'one-way', ['name', 'notes'], 'Of fields.');

  const pair = { opportunityId: OPPORTUNITY, referralId: REFERRAL, values: [] };
  expect(findings.list).toEqual([
    {
      ...pair,
      key: `parked:malformed-referral:${OPPORTUNITY}`,
      kind: 'parked',
      code: 'malformed-referral',
      fields: [],
      message: 'As a whole.',
    },
    {
      ...pair,
      key: `notice:one-way:${OPPORTUNITY}:name+notes`,
      kind: 'notice',
      code: 'one-way',
      fields: ['name', 'notes'],
      message: 'Of fields.',
    },
  ]);
});

describe('a conflict', () => {
  it('is none where both sides agree', () => {
    expect(told([])).toEqual([]);
  });

  it('that nobody has settled asks a person, with all three values', () => {
    const notes = conflict('notes');

    expect(told([notes])).toEqual([
      finding(
        'both-changed',
        'notes',
        'notes changed differently on both sides: neither was overwritten; decide with `cosell-sync attention resolve`.',
        [notes],
      ),
    ]);
  });

  it.each([
    ['crm', "the CRM's value"],
    ['partnerCenter', "Partner Center's value"],
  ] as const)('that the mapping settles for the side %s keeps what lost', (applied, whose) => {
    const notes = conflict('notes', { applied, baseline: undefined });

    expect(told([notes], ['notes'])).toEqual([
      finding(
        'overruled',
        'notes',
        `notes changed differently on both sides: ${whose} was applied as the mapping says; the other is kept here.`,
        [notes],
      ),
    ]);
  });

  it('of fields that are decided together is one question, and others are their own', () => {
    const [amount, notes, currency] = [conflict('amount'), conflict('notes'), conflict('currency')];

    expect(told([amount, notes, currency])).toEqual([
      finding(
        'both-changed',
        'amount',
        'amount and currency changed differently on both sides: neither was overwritten; decide with `cosell-sync attention resolve`.',
        [amount, currency],
      ),
      finding(
        'both-changed',
        'notes',
        'notes changed differently on both sides: neither was overwritten; decide with `cosell-sync attention resolve`.',
        [notes],
      ),
    ]);
  });

  it('that is as old as the pair is said to be from its adoption', () => {
    const values = ['amount', 'currency'].map((field) =>
      conflict(field as FieldName, { baseline: undefined }),
    );

    expect(told(values, ['amount'])).toEqual([
      finding(
        'differs-at-adoption',
        'amount',
        'amount and currency differed on both sides when the pair was adopted: neither was overwritten; decide with `cosell-sync attention resolve`.',
        values,
      ),
    ]);
  });

  it('of a group that a cut-off update left unclear says so', () => {
    const values = [conflict('notes', { baseline: undefined })];

    expect(told(values, ['amount'], ['notes'])).toEqual([
      finding(
        'unclear-update',
        'notes',
        'notes differ since an update of the daemon was cut off, and the record was changed before anybody could see what became of it, so nobody can tell which value is the newer: neither was overwritten; decide with `cosell-sync attention resolve`.',
        values,
      ),
    ]);
    expect(told([conflict('notes', { baseline: undefined, applied: 'crm' })], [], ['notes'])[0]?.code).toBe(
      'overruled',
    );
  });

  it.each<[string, readonly Conflict[], readonly FieldName[]]>([
    ['of a group that does not wait since then', [conflict('notes', { baseline: undefined })], ['amount']],
    ['of values that were agreed on since', [conflict('notes')], ['notes']],
    [
      'of a group that was agreed on in part',
      [conflict('amount', { baseline: undefined }), conflict('currency')],
      ['amount'],
    ],
  ])('%s is an ordinary one', (_what, conflicts, held) => {
    expect(told(conflicts, held).map(({ code }) => code)).toEqual(['both-changed']);
  });
});
