import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import {
  answerText,
  microsoftAnswer,
  newAnswer,
  withMicrosoftsPart,
  withSiblings,
} from '../../../src/core/microsoft-answer.ts';
import type { Referral } from '../../../src/core/ports.ts';
import { link, NOW, OTHER_REFERRAL, referral, referralId } from '../../support/builders.ts';

const sibling = (deal: Deal, overrides: Partial<Referral> = {}): Referral =>
  referral(deal, {
    id: OTHER_REFERRAL,
    organizationId: 'msft',
    isMicrosofts: true,
    createdAt: '2026-11-15T10:00:00Z',
    ...overrides,
  });
const said = (deal: Deal, overrides: Partial<Referral> = {}, now = NOW) => {
  const answer = microsoftAnswer([sibling(deal, overrides)], now);
  return answer === null ? null : answerText(answer);
};

describe("Microsoft's answer", () => {
  it('is read from its referral in the engagement, in words', () => {
    expect(said({ state: 'Received' })).toBe('no answer yet, expires 2026-11-29');
    expect(said({ state: 'Accepted' })).toBe('accepted');
    expect(said({ state: 'Accepted' }, { substatus: 'Engaged' })).toBe('engaged');
    expect(said({ state: 'Declined', reason: 'No seller\n for it' })).toBe('declined (No seller for it)');
    expect(said({ state: 'Expired' })).toBe('expired without an answer');
    expect(said({ state: 'Received' }, {}, '2026-11-30T00:00:00Z')).toBe('no answer in 14 days');
  });

  it('is none where only another partner was invited', () => {
    expect(microsoftAnswer([sibling({}, { organizationId: 'other-partner' })], NOW)).toBeNull();
    expect(microsoftAnswer([], NOW)).toBeNull();
  });

  it('is that of the invitation that was taken up, where there are several', () => {
    const declined = sibling(
      { state: 'Declined' },
      { id: referralId('11111111-0000-4000-8000-000000000009'), createdAt: '2026-11-18T10:00:00Z' },
    );

    expect(microsoftAnswer([declined, sibling({ state: 'Accepted' })], NOW)?.stand).toBe('accepted');
    expect(microsoftAnswer([declined, sibling({ state: 'Received' })], NOW)?.stand).toBe('waiting');
  });

  it('is news once: what the link remembers was told', () => {
    const waiting = withSiblings(link(), [sibling({ state: 'Received' })], NOW);
    const answer = microsoftAnswer([sibling({ state: 'Declined', reason: 'Too small' })], NOW);

    const news = newAnswer(waiting, referral(), answer);
    const told = withSiblings(waiting, [sibling({ state: 'Declined', reason: 'Too small' })], NOW);

    expect(news).toMatchObject({
      from: 'Received',
      to: 'Declined',
      finding: { code: 'microsoft-answered', message: expect.stringContaining('declined (Too small)') },
    });
    expect(newAnswer(told, referral(), answer)).toBeNull();
    expect(told.siblings).toHaveLength(1);
  });

  it('is no news where it was there before the link, or where Microsoft sent the deal itself', () => {
    const answer = microsoftAnswer([sibling({ state: 'Accepted' })], NOW);
    const linkedLater = link(null, { linkedAt: '2026-11-19T00:00:00.000Z' });

    expect(newAnswer(linkedLater, referral(), answer)).toBeNull();
    expect(newAnswer(link(), referral({}, { origin: 'inbound' }), answer)).toBeNull();
    expect(newAnswer(link(), referral(), answer)).not.toBeNull();
  });

  it('is not told twice when a wait in silence later shows as expired', () => {
    const later = '2026-11-30T00:00:00Z';
    const silent = withSiblings(link(), [sibling({ state: 'Received' })], later);

    expect(newAnswer(silent, referral(), microsoftAnswer([sibling({ state: 'Expired' })], later))).toBeNull();
  });

  it("gives the deal Microsoft's CRM id from whichever referral shows it, our own first", () => {
    const answer = microsoftAnswer([sibling({ state: 'Accepted', microsoftCrmId: '7-SIBLING' })], NOW);

    expect(withMicrosoftsPart(referral({ microsoftCrmId: null }), answer).deal.microsoftCrmId).toBe(
      '7-SIBLING',
    );
    expect(withMicrosoftsPart(referral({ microsoftCrmId: '7-OWN' }), answer).deal.microsoftCrmId).toBe(
      '7-OWN',
    );
    expect(withMicrosoftsPart(referral(), null).deal.microsoftCrmId).toBeNull();
  });
});
