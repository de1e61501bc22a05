import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import { link, NOW, opportunity, timing } from '../../support/builders.ts';
import { agreed, decide, received, receivedLink } from '../../support/linked-case.ts';

describe('a received deal that nobody has answered', () => {
  it('gets no edit while the stage that would close it has not held yet', () => {
    const decision = decide({
      ...received,
      values: { StageName: 'Closed Won', Amount: 91_000 },
      record: { stageChangedAt: NOW },
      input: { link: receivedLink, timing: timing({ settleSeconds: 0, closeHoldMinutes: 15 }) },
    });

    expect(decision).toEqual({
      actions: [],
      baseline: {},
      findings: [],
      rules: {},
      lookAgainAt: '2026-11-20T12:15:00.000Z',
    });
  });

  it('gets no edit where the daemon may not see the stage', () => {
    const { StageName: _hidden, ...values } = opportunity({ Amount: 91_000 }).values;

    const decision = decide({ ...received, record: { values }, input: { link: receivedLink } });

    expect(decision).toMatchObject({ actions: [], findings: [], lookAgainAt: null });
  });
});

describe('a received deal that was accepted before the CRM closed it', () => {
  const accepted = { ...agreed.referral, state: 'Accepted', salesStage: null } as Deal;

  it('is only closed: that acceptance is on the way and nobody’s edit', () => {
    const decision = decide({
      deal: accepted,
      values: { StageName: 'Closed Won' },
      input: { link: receivedLink },
    });

    expect(decision.findings).toEqual([]);
    expect(decision.actions).toMatchObject([{ type: 'close-referral', write: { deal: { state: 'Won' } } }]);
  });

  it('is a conflict where the CRM declined it, because an accepted deal cannot be declined any more', () => {
    const decision = decide({
      deal: accepted,
      values: { StageName: 'Declined', Decline_Reason__c: 'Not a customer' },
      input: { link: receivedLink },
    });

    expect(decision.actions).toEqual([]);
    expect(decision.findings.map(({ kind, code, fields }) => [kind, code, fields])).toEqual([
      ['conflict', 'both-changed', ['state']],
    ]);
  });

  it('is a conflict where Microsoft’s side went on to lose it', () => {
    const decision = decide({
      deal: { ...accepted, state: 'Error' },
      referral: { status: 'Closed', substatus: 'Error' },
      values: { StageName: 'Closed Won' },
      input: { link: receivedLink },
    });

    expect(decision.actions.map(({ type }) => type)).not.toContain('close-referral');
  });

  it('moves the opportunity where the CRM has not answered at all', () => {
    const decision = decide({
      deal: accepted,
      values: { StageName: 'Co-sell Received' },
      input: { link: receivedLink },
    });

    expect(decision.findings).toEqual([]);
    expect(decision.actions).toMatchObject([
      { type: 'update-opportunity', update: { values: { StageName: 'Prospecting' } } },
    ]);
  });
});

it('an accepted deal without anything agreed on its stage is a person’s to decide, also when the CRM has won it', () => {
  const { state: _state, salesStage: _salesStage, reason: _reason, ...opened } = agreed.opportunity;

  const decision = decide({
    deal: { salesStage: null },
    values: { StageName: 'Closed Won' },
    input: { link: link({ opportunity: opened, referral: agreed.referral }) },
  });

  expect(decision.actions).toEqual([]);
  expect(decision.findings.map(({ kind, code, fields }) => [kind, code, fields])).toEqual([
    ['conflict', 'both-changed', ['state']],
  ]);
});
