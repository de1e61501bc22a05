/** What a merge sends to Partner Center: whole actions and whole messages. */
import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import { OPPORTUNITY, REFERRAL, referral, referralDeal } from '../../support/builders.ts';
import { ON_PAIR, parked, RULE, send } from '../../support/towards-referral.ts';

const NOTHING = { actions: [], findings: [] };
const { state: _state, ...STATELESS } = referralDeal();
const PAIR = `Opportunity ${OPPORTUNITY} / referral ${REFERRAL}`;
const REASONS =
  '1 Budget not adequate; 2 Customer did not respond; 3 Customer chose another vendor; 4 Customer requirement not met; 5 Not a customer; 6 Proposed timeline too short; 7 Abuse, spam or phishing; 8 Others';

describe('edits of an accepted deal', () => {
  it('go in one write that says why each field moves', () => {
    expect(send({ notes: 'Call in May', amount: '91000', currency: 'USD' })).toEqual({
      actions: [
        {
          ...ON_PAIR,
          type: 'update-referral',
          write: { deal: { notes: 'Call in May', amount: '91000', currency: 'USD' } },
          changes: [
            { field: 'amount', from: '84000', to: '91000' },
            { field: 'currency', from: 'USD', to: 'USD' },
            { field: 'notes', from: 'Renewal with added scope.', to: 'Call in May' },
          ],
          reason: `${PAIR}: amount ${RULE}, currency ${RULE}, notes ${RULE}`,
        },
      ],
      findings: [],
    });
  });

  it('that are none send nothing', () => {
    expect(send({})).toEqual(NOTHING);
  });

  it('move the sales stage with the state it belongs to', () => {
    const { actions } = send({ state: 'Accepted', salesStage: 'Propose' });

    expect(actions).toMatchObject([
      { type: 'update-referral', write: { deal: { state: 'Accepted', salesStage: 'Propose' } } },
    ]);
  });
});

describe('a deal that lost its CRM id', () => {
  const untagged = (deal: Deal) => send({}, {}, { referral: referral(deal, { tag: { kind: 'none' } }) });

  it('gets it back', () => {
    expect(untagged({})).toEqual({
      actions: [
        {
          ...ON_PAIR,
          type: 'update-referral',
          write: { deal: {}, tag: OPPORTUNITY },
          changes: [],
          reason: `${PAIR}: its CRM id is restored`,
        },
      ],
      findings: [],
    });
  });

  it('gets it back also while nobody has answered it', () => {
    expect(untagged({ state: 'Received' }).actions).toMatchObject([
      { write: { deal: {}, tag: OPPORTUNITY } },
    ]);
  });

  it('gets it with the edits that go anyway, whose reasons are told', () => {
    const { actions } = send({ notes: 'New' }, {}, { referral: referral({}, { tag: { kind: 'none' } }) });

    expect(actions).toMatchObject([
      { write: { deal: { notes: 'New' }, tag: OPPORTUNITY }, reason: `${PAIR}: notes ${RULE}` },
    ]);
  });

  it.each([
    ['it is closed', { state: 'Won' }],
    ['its state is empty', { state: null }],
  ] as const)('does without where %s', (_why, deal) => {
    expect(untagged(deal)).toEqual(NOTHING);
  });

  it('does without where its state is unknown', () => {
    const there = referral({}, { tag: { kind: 'none' }, deal: STATELESS });

    expect(send({}, {}, { referral: there })).toEqual(NOTHING);
  });

  it('does not get it twice when the deal is accepted and closed at once', () => {
    const { actions } = send(
      { state: 'Won' },
      {},
      { referral: referral({ state: 'Received' }, { tag: { kind: 'none' } }) },
    );

    expect(actions.map((action) => 'write' in action && action.write)).toEqual([
      { deal: { state: 'Accepted' }, tag: OPPORTUNITY },
      { deal: { state: 'Won' } },
    ]);
  });
});

describe('answering a received deal', () => {
  const received = { state: 'Received', salesStage: null } as const;

  it('accepts it with what may go along, and sends the rest afterwards', () => {
    const { actions, findings } = send(
      { state: 'Accepted', salesStage: 'Qualify', reason: null, notes: 'Ours', solutions: [] },
      received,
    );

    expect(findings).toEqual([]);
    expect(actions).toEqual([
      {
        ...ON_PAIR,
        type: 'accept-referral',
        write: { deal: { notes: 'Ours', state: 'Accepted' }, tag: OPPORTUNITY },
        changes: [
          { field: 'notes', from: 'Renewal with added scope.', to: 'Ours' },
          { field: 'state', from: 'Received', to: 'Accepted' },
        ],
        reason: `${PAIR}: the stage left the on-hold stage, which accepts the deal`,
      },
      {
        ...ON_PAIR,
        type: 'update-referral',
        write: { deal: { salesStage: 'Qualify', solutions: [] } },
        changes: [
          { field: 'solutions', from: referralDeal().solutions, to: [] },
          { field: 'salesStage', from: null, to: 'Qualify' },
        ],
        reason: `${PAIR}: solutions ${RULE}, salesStage ${RULE}`,
      },
    ]);
  });

  it('accepts it in one write when nothing else is left to send', () => {
    const { actions } = send({ state: 'Accepted', notes: 'Ours' }, received);

    expect(actions.map(({ type }) => type)).toEqual(['accept-referral']);
  });

  it('accepts it, and closes it with the reason', () => {
    const { actions } = send({ state: 'Lost', reason: 'Others', notes: 'Ours' }, received);

    expect(actions).toMatchObject([
      { type: 'accept-referral', write: { deal: { state: 'Accepted', notes: 'Ours' } }, irreversible: [] },
      { type: 'close-referral', irreversible: ['lose'] },
    ]);
    expect(actions[1]).toHaveProperty('write', { deal: { state: 'Lost', reason: 'Others' } });
  });

  it('declines it with the reason and with nothing else', () => {
    expect(send({ state: 'Declined', reason: 'Not a customer', notes: 'Ours' }, received)).toEqual({
      actions: [
        {
          ...ON_PAIR,
          type: 'decline-referral',
          write: { deal: { state: 'Declined', reason: 'Not a customer' } },
          irreversible: ['decline'],
          changes: [
            { field: 'state', from: 'Received', to: 'Declined' },
            { field: 'reason', from: null, to: 'Not a customer' },
          ],
          reason: `${PAIR}: the stage means declined`,
        },
      ],
      findings: [],
    });
  });

  it('without the reason that declining needs sends nothing at all', () => {
    expect(send({ state: 'Declined', notes: 'Ours' }, received)).toEqual({
      actions: [],
      findings: [
        parked(
          'reason-missing',
          'reason',
          `Opportunity ${OPPORTUNITY}: declining needs a reason; fill the reason with one of: ${REASONS}.`,
        ),
      ],
    });
  });
});

describe('closing an accepted deal', () => {
  it('is one write with the last edits', () => {
    expect(send({ state: 'Won', salesStage: null, notes: 'Signed' }, {})).toEqual({
      actions: [
        {
          ...ON_PAIR,
          type: 'close-referral',
          write: { deal: { state: 'Won', salesStage: null, notes: 'Signed' } },
          irreversible: ['win'],
          changes: [
            { field: 'notes', from: 'Renewal with added scope.', to: 'Signed' },
            { field: 'state', from: 'Accepted', to: 'Won' },
            { field: 'salesStage', from: 'Qualify', to: null },
          ],
          reason: `${PAIR}: the stage means Won and has held`,
        },
      ],
      findings: [],
    });
  });

  it('by a state that it cannot get to is told, and the other edits go on', () => {
    const { actions, findings } = send(
      { state: 'Declined', salesStage: null, reason: 'Others', notes: 'New' },
      {},
    );

    expect(actions).toMatchObject([{ type: 'update-referral' }]);
    expect(actions[0]).toHaveProperty('write', { deal: { notes: 'New' } });
    expect(findings).toEqual([
      parked(
        'illegal-transition',
        'state',
        `Opportunity ${OPPORTUNITY}: its stage means Declined, but a deal that is Accepted cannot become that; move the stage or close the deal in Partner Center.`,
      ),
    ]);
  });

  it('is not done from a state that nobody knows', () => {
    for (const deal of [STATELESS, { ...STATELESS, state: null }])
      expect(send({ state: 'Won' }, {}, { referral: referral({}, { deal }) })).toEqual(NOTHING);
    expect(send({ state: null }, {})).toEqual(NOTHING);
  });
});
