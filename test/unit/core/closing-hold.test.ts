import { describe, expect, it } from 'vitest';
import { closingHold } from '../../../src/core/closing-hold.ts';
import { toDeal } from '../../../src/core/mapping.ts';
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
      why: expect.stringContaining('2026-11-21 12:00 UTC'),
    });
  });

  it('is won after them', () => {
    expect(hold('Closed Won', true, '2026-11-17T12:00:00Z')).toBeNull();
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
