/** What is kept and told of Microsoft's answer, and what it adds to a deal. */
import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import {
  microsoftAnswer,
  newAnswer,
  siblingState,
  withMicrosoftsPart,
  withSiblings,
} from '../../../src/core/microsoft-answer.ts';
import type { Referral } from '../../../src/core/ports.ts';
import {
  link,
  NOW,
  OPPORTUNITY,
  OTHER_REFERRAL,
  REFERRAL,
  referral,
  referralId,
} from '../../support/builders.ts';

const INVITED = '2026-11-15T10:00:00Z';
const THIRD = referralId('11111111-0000-4000-8000-000000000003');
const sibling = (deal: Deal, overrides: Partial<Referral> = {}): Referral =>
  referral(deal, {
    id: OTHER_REFERRAL,
    organizationId: 'msft',
    isMicrosofts: true,
    createdAt: INVITED,
    ...overrides,
  });

describe('the other parties of a deal', () => {
  it.each<readonly [string, Referral, string]>([
    ['Microsoft, engaged', sibling({ state: 'Accepted' }, { substatus: 'engaged' }), 'Engaged'],
    ['Microsoft, accepted', sibling({ state: 'Accepted' }), 'Accepted'],
    ['Microsoft, engaged once and lost', sibling({ state: 'Lost' }, { substatus: 'Engaged' }), 'Lost'],
    [
      'another partner, whose word for it says no more',
      sibling({ state: 'Accepted' }, { organizationId: 'other', substatus: 'Engaged' }),
      'Accepted',
    ],
    ['one in a state of its own', sibling({ state: null }, { substatus: 'Paused' }), 'Paused'],
  ])('stand in one word: %s', (_name, theirs, word) => {
    expect(siblingState(theirs)).toBe(word);
  });

  it('are kept with the link as they stand, those that show no more as they stood', () => {
    const gone = { id: THIRD, organizationId: 'gone', state: 'Accepted', createdAt: INVITED };
    const before = link(null, {
      siblings: [gone, { id: OTHER_REFERRAL, organizationId: 'msft', state: 'Received', createdAt: INVITED }],
    });
    const partner = sibling({ state: 'Received' }, { id: REFERRAL, organizationId: 'other' });
    const nameless = sibling(
      { state: 'Accepted' },
      { id: referralId('11111111-0000-4000-8000-000000000004'), organizationId: null },
    );

    expect(
      withSiblings(before, [sibling({ state: 'Received' }), partner, nameless], '2026-12-01T00:00:00Z'),
    ).toEqual({
      ...before,
      siblings: [
        gone,
        { id: OTHER_REFERRAL, organizationId: 'msft', state: 'Expired', createdAt: INVITED },
        { id: REFERRAL, organizationId: 'other', state: 'Received', createdAt: INVITED },
        { id: nameless.id, organizationId: null, state: 'Accepted', createdAt: INVITED },
      ],
    });
  });
});

describe("Microsoft's part of a deal", () => {
  const BLAKE = { name: null, role: null, email: 'blake@microsoft.com' };
  const AVERY = { name: 'Avery', role: null, email: 'avery@microsoft.com' };

  it('leaves a referral as it is where there is nothing to add', () => {
    const { microsoftCrmId: _unknown, ...deal } = referral().deal;
    const silent = { ...referral(), deal };
    const numbered = referral({ microsoftCrmId: '7-OWN' });

    expect(withMicrosoftsPart(silent, null)).toBe(silent);
    expect(
      withMicrosoftsPart(numbered, microsoftAnswer([sibling({ microsoftCrmId: '7-SIBLING' })], NOW)),
    ).toBe(numbered);
  });

  it('is its people from both referrals, without a number that nobody gave', () => {
    const { microsoftCrmId: _unknown, ...deal } = referral().deal;
    const own = { ...referral({}, { microsoftTeam: [BLAKE] }), deal };
    const theirs = sibling({}, { microsoftTeam: [AVERY] });

    expect(withMicrosoftsPart(own, microsoftAnswer([theirs], NOW))).toEqual({
      ...own,
      deal: { ...deal, microsoftTeam: 'Avery <avery@microsoft.com>; <blake@microsoft.com>' },
    });
  });

  it('is a number without people', () => {
    const own = referral();

    expect(withMicrosoftsPart(own, microsoftAnswer([sibling({ microsoftCrmId: '7-SIBLING' })], NOW))).toEqual(
      {
        ...own,
        deal: { ...own.deal, microsoftCrmId: '7-SIBLING' },
      },
    );
  });
});

describe('news of an answer', () => {
  const answered = microsoftAnswer([sibling({ state: 'Declined', reason: 'Too small' })], NOW);

  it('says whose, of which deal and what, and what was known before', () => {
    const before = withSiblings(link(), [sibling({ state: 'Received' })], NOW);
    const finding = {
      key: `notice:microsoft-answered:${OPPORTUNITY}:${OTHER_REFERRAL}:Declined`,
      kind: 'notice',
      code: 'microsoft-answered',
      opportunityId: OPPORTUNITY,
      referralId: REFERRAL,
      fields: [],
      message: `Microsoft's answer for opportunity ${OPPORTUNITY} / referral ${REFERRAL}: declined (Too small).`,
      values: [],
    };

    expect(newAnswer(before, referral(), answered)).toEqual({ from: 'Received', to: 'Declined', finding });
    expect(newAnswer(link(), referral(), answered)).toEqual({ from: null, to: 'Declined', finding });
  });

  it('is told although another party said the same before', () => {
    const partner = { id: THIRD, organizationId: 'other', state: 'Declined', createdAt: INVITED };

    expect(newAnswer(link(null, { siblings: [partner] }), referral(), answered)).toMatchObject({
      from: null,
      to: 'Declined',
    });
  });

  it('is none while nobody answered, and where nobody was invited', () => {
    expect(newAnswer(link(), referral(), microsoftAnswer([sibling({ state: 'Received' })], NOW))).toBeNull();
    expect(newAnswer(link(), referral(), null)).toBeNull();
  });

  it('is told of an invitation as old as the link, and of none that is older', () => {
    const linkedAt = (time: string) => link(null, { linkedAt: time });

    expect(newAnswer(linkedAt('2026-11-15T10:00:00.000Z'), referral(), answered)?.to).toBe('Declined');
    expect(newAnswer(linkedAt('2026-11-15T10:00:00.001Z'), referral(), answered)).toBeNull();
  });

  it('is told of an older invitation that the link remembers as unanswered', () => {
    const before = withSiblings(
      link(null, { linkedAt: '2026-11-18T00:00:00.000Z' }),
      [sibling({ state: 'Received' })],
      NOW,
    );

    expect(newAnswer(before, referral(), answered)).toMatchObject({ from: 'Received', to: 'Declined' });
  });
});
