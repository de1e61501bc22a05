import { describe, expect, it } from 'vitest';
import {
  disagreements,
  heldGroups,
  isUnsynced,
  unclearGroups,
  withHeldGroups,
  withoutAgreedGroups,
  withUnclearGroups,
} from '../../../src/core/adoption.ts';
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

  it('agrees on a reason that only one side gives, and disagrees on two', () => {
    const lost = (reason: string | null) => referralDeal({ state: 'Lost', reason });

    expect(disagreements(lost('Price'), lost(null), policies)).toEqual([]);
    expect(disagreements(lost(null), lost('Price'), policies)).toEqual([]);
    expect(disagreements(lost('Price'), lost('Time'), policies)).toEqual(['state']);
  });

  it('disagrees on what only Microsoft sets, which the CRM can still be given', () => {
    const toCrm = new Map([['microsoftCrmId', { sync: 'toCrm', conflict: 'ask' }]] as const);

    expect(
      disagreements(
        referralDeal({ microsoftCrmId: 'typed' }),
        referralDeal({ microsoftCrmId: 'MSX-1' }),
        toCrm,
      ),
    ).toEqual(['microsoftCrmId']);
  });

  it('keeps what differed with the link, beside what its columns got', () => {
    const written = withHeldGroups({ status: 'Accepted (private)' }, ['amount', 'state']);

    expect(written).toEqual({ status: 'Accepted (private)', differedAtAdoption: 'amount,state' });
    expect(heldGroups({ written })).toEqual(new Set(['amount', 'state']));
    expect(heldGroups({ written: {} })).toEqual(new Set());
    expect(heldGroups({ written: { differedAtAdoption: 'amount,gone in this version' } })).toEqual(
      new Set(['amount']),
    );
  });

  it('keeps what a cut-off update left unclear beside that, under a name of its own', () => {
    const first = withUnclearGroups({ differedAtAdoption: 'state' }, new Set(['notes'] as const));
    const second = withUnclearGroups(first, ['amount', 'notes']);

    expect(second).toEqual({ differedAtAdoption: 'state', unclearSinceUpdate: 'notes,amount' });
    expect(unclearGroups({ written: second })).toEqual(new Set(['notes', 'amount']));
    expect(unclearGroups({ written: {} })).toEqual(new Set());
    expect(withUnclearGroups(second, ['amount'])).toBe(second);
  });

  it('forgets that a group was unclear once both sides have agreed on it, and of no other', () => {
    const written = { event: 'Shared.', unclearSinceUpdate: 'notes,amount,state' };
    const entry = { opportunity: 'One', referral: 'One', mapping: 'now' };

    expect(withoutAgreedGroups(written, { notes: entry })).toEqual({
      event: 'Shared.',
      unclearSinceUpdate: 'amount,state',
    });
    expect(withoutAgreedGroups(written, { notes: entry, amount: entry, state: entry })).toEqual({
      event: 'Shared.',
    });
    expect(withoutAgreedGroups(written, { closeDate: entry })).toBe(written);
    expect(withoutAgreedGroups({}, { notes: entry })).toEqual({});
  });

  it('leaves the link as it is where nothing differed', () => {
    const written = { status: 'Accepted (private)' };

    expect(withHeldGroups(written, [])).toBe(written);
  });

  it('is one whose link holds neither a baseline nor anything written', () => {
    expect(isUnsynced(link())).toBe(true);
    expect(isUnsynced(link(null, { written: { event: 'Shared.' } }))).toBe(false);
    expect(isUnsynced(link({ opportunity: referralDeal(), referral: referralDeal() }))).toBe(false);
  });
});
