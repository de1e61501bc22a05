import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import type { Decision } from '../../../src/core/plan.ts';
import { link, mapping, NOW, opportunity, timing } from '../../support/builders.ts';
import { agreed, decide, received, receivedLink } from '../../support/linked-case.ts';

const types = (decision: Decision): string[] => decision.actions.map(({ type }) => type);

describe('closing', () => {
  const won = { StageName: 'Closed Won' };

  it('waits until the stage has held', () => {
    const decision = decide({
      values: won,
      record: { stageChangedAt: '2026-11-20T11:50:00.000Z' },
      input: { timing: timing({ settleSeconds: 0, closeHoldMinutes: 15 }) },
    });

    expect(decision).toMatchObject({ actions: [], lookAgainAt: '2026-11-20T12:05:00.000Z' });
  });

  it('lets other fields go while the stage is held back', () => {
    const decision = decide({
      values: { ...won, Amount: 91_000 },
      record: { stageChangedAt: NOW },
      input: { timing: timing({ settleSeconds: 0, closeHoldMinutes: 15 }) },
    });

    expect(decision.actions).toMatchObject([
      { type: 'update-referral', write: { deal: { amount: '91000', currency: 'USD' } } },
    ]);
    expect(decision.lookAgainAt).toBe('2026-11-20T12:15:00.000Z');
  });

  it('is one write marked as final, and takes the last edits along', () => {
    const decision = decide({ values: { ...won, Amount: 91_000 } });

    expect(decision.actions).toMatchObject([
      { type: 'close-referral', write: { deal: { state: 'Won', amount: '91000' } }, irreversible: ['win'] },
    ]);
  });

  it('as lost takes the reason along', () => {
    const decision = decide({ values: { StageName: 'Closed Lost', Loss_Reason__c: 'Budget not adequate' } });

    expect(decision.actions).toMatchObject([
      {
        type: 'close-referral',
        write: { deal: { state: 'Lost', reason: 'Budget not adequate' } },
        irreversible: ['lose'],
      },
    ]);
  });

  it('of an inbound deal nobody accepted goes the legal way: accept, then close', () => {
    const decision = decide({ ...received, values: won, input: { link: receivedLink } });

    expect(types(decision)).toEqual(['accept-referral', 'close-referral']);
  });

  it('that the deal cannot follow is parked: an accepted deal cannot be declined', () => {
    const decision = decide({ values: { StageName: 'Declined', Decline_Reason__c: 'Not a customer' } });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'parked', code: 'illegal-transition' }]);
  });
});

describe('a closed deal', () => {
  const closed = {
    deal: { state: 'Won', salesStage: null } as Deal,
    referral: { status: 'Closed', substatus: 'Won' },
  };
  const closedLink = link({
    opportunity: { ...agreed.opportunity, state: 'Won', salesStage: null },
    referral: { ...agreed.referral, state: 'Won', salesStage: null },
  });

  it('takes no edit: a change in the CRM becomes one notice', () => {
    const decision = decide({
      ...closed,
      values: { StageName: 'Closed Won', Amount: 91_000 },
      input: { link: closedLink },
    });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'notice', code: 'frozen', fields: ['amount'] }]);
  });

  it('stays closed when the CRM reopens its opportunity, with a notice', () => {
    const decision = decide({ ...closed, values: { StageName: 'Prospecting' }, input: { link: closedLink } });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'notice', code: 'frozen', fields: ['state'] }]);
  });

  it('still brings Microsoft’s corrections to the CRM', () => {
    const decision = decide({
      ...closed,
      deal: { ...closed.deal, notes: 'Corrected' },
      values: { StageName: 'Closed Won' },
      input: { link: closedLink },
    });

    expect(decision.actions).toMatchObject([
      { type: 'update-opportunity', update: { values: { Description: 'Corrected' } } },
    ]);
  });
});

describe('an inbound deal', () => {
  it('is not accepted by an edit of something else: the edit waits', () => {
    const decision = decide({
      ...received,
      values: { StageName: 'Co-sell Received', Amount: 91_000 },
      input: { link: receivedLink },
    });

    expect(decision).toMatchObject({ actions: [], findings: [], baseline: {} });
  });

  it('is accepted by leaving the on-hold stage, with what may be sent in the same write', () => {
    const decision = decide({
      ...received,
      values: { Amount: 91_000, Description: 'Ours now' },
      input: { link: receivedLink },
    });

    expect(decision.actions[0]).toMatchObject({
      type: 'accept-referral',
      write: { deal: { state: 'Accepted', amount: '91000', notes: 'Ours now' } },
    });
  });

  it('is declined by the declined stage with a reason', () => {
    const decision = decide({
      ...received,
      values: { StageName: 'Declined', Decline_Reason__c: 'Not a customer' },
      input: { link: receivedLink },
    });

    expect(decision.actions).toMatchObject([
      {
        type: 'decline-referral',
        write: { deal: { state: 'Declined', reason: 'Not a customer' } },
        irreversible: ['decline'],
      },
    ]);
  });

  it('is declined, not accepted and lost, by a stage that stands for both', () => {
    const table = mapping({
      stages: [
        { crm: 'Co-sell Received', deal: 'Received', salesStage: null, reason: null },
        { crm: 'Canceled', deal: 'Lost', salesStage: null, reason: 'Loss_Reason__c' },
        { crm: 'Canceled', deal: 'Declined', salesStage: null, reason: 'Decline_Reason__c' },
        { crm: 'Canceled', deal: 'Expired', salesStage: null, reason: null },
      ],
    });
    const here = opportunity({ StageName: 'Canceled', Decline_Reason__c: 'Not a customer' });
    const read = { opportunity: here, mapped: toDeal(here, table), mapping: table };

    const waiting = decide({ ...received, input: { link: receivedLink, ...read } });
    const accepted = decide({ input: read });

    expect(waiting.actions).toMatchObject([
      { type: 'decline-referral', write: { deal: { state: 'Declined', reason: 'Not a customer' } } },
    ]);
    expect(types(accepted)).toEqual(['close-referral']);
  });

  it('is not declined without a reason', () => {
    const decision = decide({
      ...received,
      values: { StageName: 'Declined' },
      input: { link: receivedLink },
    });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'parked', code: 'reason-missing' }]);
  });

  it('still takes edits of Microsoft into the CRM while it waits', () => {
    const decision = decide({
      ...received,
      deal: { ...received.deal, amount: '50000' },
      values: { StageName: 'Co-sell Received' },
      input: { link: receivedLink },
    });

    expect(decision.actions).toMatchObject([
      { type: 'update-opportunity', update: { values: { Amount: 50_000 } } },
    ]);
  });
});
