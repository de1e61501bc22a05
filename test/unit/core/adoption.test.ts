import { describe, expect, it } from 'vitest';
import { disagreements, heldGroups, isUnsynced, withHeldGroups } from '../../../src/core/adoption.ts';
import { policiesOf } from '../../../src/core/policies.ts';
import { link, mapping, referral, referralDeal } from '../../support/builders.ts';

const policies = policiesOf(mapping(), referral(), referralDeal());

describe('a pair that was never synced', () => {
  it('disagrees on nothing where values mean the same', () => {
    const there = referralDeal({ salesStage: null, notes: 'Renewal with added scope.\r\n', name: 'Another' });

    expect(disagreements(referralDeal(), there, policies)).toEqual([]);
  });

  it('disagrees by group, also where one side holds nothing', () => {
    const there = referralDeal({ currency: 'EUR', notes: null, team: [] });

    expect(disagreements(referralDeal(), there, policies)).toEqual(['amount', 'notes', 'team']);
  });

  it('has no opinion on what a side does not show', () => {
    const { amount: _hidden, ...deal } = referralDeal({ currency: 'EUR' });

    expect(disagreements(deal, referralDeal(), policies)).toEqual([]);
  });

  it('keeps what differed with the link, beside what its columns got', () => {
    const written = withHeldGroups({ status: 'Accepted (private)' }, ['amount', 'state']);

    expect(written.status).toBe('Accepted (private)');
    expect(heldGroups({ written })).toEqual(new Set(['amount', 'state']));
    expect(heldGroups({ written: {} })).toEqual(new Set());
  });

  it('is one whose link holds neither a baseline nor anything written', () => {
    expect(isUnsynced(link())).toBe(true);
    expect(isUnsynced(link(null, { written: { event: 'Shared.' } }))).toBe(false);
    expect(isUnsynced(link({ opportunity: referralDeal(), referral: referralDeal() }))).toBe(false);
  });
});
