import { describe, expect, it } from 'vitest';
import { CLOSING, closingHold, WIN_TOO_EARLY } from '../../../src/core/closing-hold.ts';
import type { Deal } from '../../../src/core/deal.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import type { OpportunityRecord } from '../../../src/core/ports.ts';
import type { Link } from '../../../src/core/store-port.ts';
import { link, mapping, opportunity, referral, timing } from '../../support/builders.ts';

const CREATED = '2026-11-18T12:00:00Z';
const REGISTRATION = {
  wanted: 'Register_Deal__c',
  status: null,
  values: {},
  eligibleSolutions: ['SOL-10001-AAA'],
};

function hold(stage: string, wanted: boolean | null, createdAt: string, isMapped = true) {
  const map = mapping(isMapped ? { registration: REGISTRATION } : {});
  const base = opportunity();
  const record = { ...base, values: { ...base.values, StageName: stage, Register_Deal__c: wanted } };
  const mapped = toDeal(record, map);
  return closingHold(
    {
      opportunity: { ...record, stageChangedAt: '2026-11-01T00:00:00Z' },
      mapped,
      referral: referral({ state: 'Accepted' }, { createdAt }),
      link: link(),
      mapping: map,
      timing: timing(),
    },
    mapped.deal,
  );
}

describe('a deal that is to be registered', () => {
  it('is not won before it has been open for 72 hours', () => {
    expect(hold('Closed Won', true, CREATED)).toEqual({
      until: '2026-11-21T12:00:00.000Z',
      why: 'is to be registered, and Microsoft may refuse what was won less than 72 hours after it was created: it is marked as won after 2026-11-21 12:00 UTC',
    });
    expect(WIN_TOO_EARLY).toBe('win-too-early');
  });

  it('is won after them', () => {
    expect(hold('Closed Won', true, '2026-11-17T12:00:00Z')).toBeNull();
  });

  it('does not wait where nobody knows when it was created', () => {
    expect(hold('Closed Won', true, 'soon')).toBeNull();
  });

  it.each([
    ['lost', 'Closed Lost', true, true],
    ['won without a wish for registration', 'Closed Won', false, true],
    ['won where nothing says so', 'Closed Won', null, true],
    ['won where deals are not registered', 'Closed Won', true, false],
  ] as const)('does not wait when it is %s', (_what, stage, wanted, isMapped) => {
    expect(hold(stage, wanted, CREATED, isMapped)).toBeNull();
  });
});

describe('a stage that closes a deal', () => {
  const EARLY = '2026-11-20T11:00:00.000Z';
  const LATE = '2026-11-20T11:50:00.000Z';
  const until = { until: '2026-11-20T12:05:00.000Z', why: null };

  /** The hold of fifteen minutes at noon, for a deal that the CRM wants in a state. */
  function held(
    wanted: Deal['state'],
    record: Partial<OpportunityRecord> = {},
    stageSeen: Link['stageSeen'] = null,
    there: Deal = {},
  ) {
    const here = opportunity({ StageName: 'Closed Won' }, { modifiedAt: EARLY, ...record });
    return closingHold(
      {
        opportunity: here,
        mapped: toDeal(here, mapping()),
        referral: referral(there),
        link: link(null, { stageSeen }),
        mapping: mapping(),
        timing: timing(),
      },
      wanted === undefined ? {} : { state: wanted },
    );
  }

  it.each<[Deal['state'], boolean]>([
    ['Won', true],
    ['Lost', true],
    ['Declined', true],
    ['Error', true],
    ['Accepted', false],
    ['Received', false],
    ['Expired', false],
    [null, false],
    [undefined, false],
  ])('is one that means %s: %s', (state, closes) => {
    expect(CLOSING.has(state)).toBe(closes);
    expect(held(state, { stageChangedAt: LATE })).toEqual(closes ? until : null);
  });

  it.each<[string, Partial<OpportunityRecord>, Link['stageSeen'], boolean]>([
    ['the CRM knows when it was set', { stageChangedAt: LATE, modifiedAt: EARLY }, null, true],
    ['the CRM knows that it was set long ago', { stageChangedAt: EARLY, modifiedAt: LATE }, null, false],
    [
      'the CRM knows when it was set, whatever we saw',
      { stageChangedAt: EARLY },
      { value: 'Closed Won', at: LATE },
      false,
    ],
    [
      'only we know since when it is there',
      { stageChangedAt: null },
      { value: 'Closed Won', at: LATE },
      true,
    ],
    [
      'we saw it long ago, whatever else was edited since',
      { stageChangedAt: null, modifiedAt: LATE },
      { value: 'Closed Won', at: EARLY },
      false,
    ],
    [
      'we have only seen another one',
      { stageChangedAt: null, modifiedAt: LATE },
      { value: 'Prospecting', at: EARLY },
      true,
    ],
    ['nobody knows more than the last edit', { stageChangedAt: null, modifiedAt: LATE }, null, true],
    ['the last edit is long ago', { stageChangedAt: null, modifiedAt: EARLY }, null, false],
  ])('has to hold for a while where %s: %#', (_what, record, stageSeen, waits) => {
    expect(held('Won', record, stageSeen)).toEqual(waits ? until : null);
  });

  it('has nothing to wait for where the deal is closed already, whatever as', () => {
    expect(held('Won', { stageChangedAt: LATE }, null, { state: 'Won' })).toBeNull();
    expect(held('Won', { stageChangedAt: LATE }, null, { state: 'Lost' })).toBeNull();
  });
});
