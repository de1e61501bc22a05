/** Whole answers about what Microsoft said to an invitation. */
import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import {
  answerText,
  isOfMicrosoft,
  isWaiting,
  type MicrosoftAnswer,
  microsoftAnswer,
} from '../../../src/core/microsoft-answer.ts';
import type { Referral } from '../../../src/core/ports.ts';
import { NOW, OTHER_REFERRAL, referral, referralId } from '../../support/builders.ts';

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

describe('an invitation', () => {
  const DUE = '2026-11-29T10:00:00.000Z';

  it.each<readonly [string, Deal, Partial<Referral>, string, Omit<MicrosoftAnswer, 'referral'>, string]>([
    [
      'that nobody answered waits until the day it expires',
      { state: 'Received', reason: 'not said yet' },
      {},
      NOW,
      { stand: 'waiting', reason: null, until: DUE },
      'no answer yet, expires 2026-11-29',
    ],
    [
      'waits to the last moment',
      { state: 'Received' },
      {},
      '2026-11-29T09:59:59.999Z',
      { stand: 'waiting', reason: null, until: DUE },
      'no answer yet, expires 2026-11-29',
    ],
    [
      'has met with silence from the moment it was to be answered by',
      { state: 'Received' },
      {},
      DUE,
      { stand: 'silent', reason: null, until: DUE },
      'no answer in 14 days',
    ],
    [
      'of a day that cannot be read waits, nobody knows how long',
      { state: 'Received' },
      { createdAt: 'some day' },
      NOW,
      { stand: 'waiting', reason: null, until: null },
      'no answer yet',
    ],
    [
      'in a state that is not known waits',
      { state: null },
      {},
      NOW,
      { stand: 'waiting', reason: null, until: DUE },
      'no answer yet, expires 2026-11-29',
    ],
    [
      'can be accepted',
      { state: 'Accepted', reason: 'Good fit' },
      {},
      NOW,
      { stand: 'accepted', reason: null, until: null },
      'accepted',
    ],
    [
      'can be taken up by a seller',
      { state: 'Accepted' },
      { substatus: 'ENGAGED' },
      NOW,
      { stand: 'engaged', reason: null, until: null },
      'engaged',
    ],
    [
      'can be declined without a reason',
      { state: 'Declined', reason: null },
      {},
      NOW,
      { stand: 'declined', reason: null, until: null },
      'declined',
    ],
    [
      'can be declined with a reason of blanks, which is none',
      { state: 'Declined', reason: ' \n ' },
      {},
      NOW,
      { stand: 'declined', reason: null, until: null },
      'declined',
    ],
    [
      'can be declined with a reason, told on one line',
      { state: 'Declined', reason: '  Too \n\t small ' },
      {},
      NOW,
      { stand: 'declined', reason: 'Too small', until: null },
      'declined (Too small)',
    ],
    [
      'can be declined with a reason too long to be told whole',
      { state: 'Declined', reason: 'x'.repeat(201) },
      {},
      NOW,
      { stand: 'declined', reason: 'x'.repeat(200), until: null },
      `declined (${'x'.repeat(200)})`,
    ],
    [
      'can end in a deal that is lost, with a reason',
      { state: 'Lost', reason: 'Price' },
      {},
      NOW,
      { stand: 'lost', reason: 'Price', until: null },
      'lost (Price)',
    ],
    [
      'can end in a deal that is won, which needs no reason',
      { state: 'Won', reason: 'Price' },
      {},
      NOW,
      { stand: 'won', reason: null, until: null },
      'won',
    ],
    [
      'can be closed as an error',
      { state: 'Error', reason: 'Twice' },
      {},
      NOW,
      { stand: 'closed', reason: null, until: null },
      'closed',
    ],
    [
      'can expire',
      { state: 'Expired' },
      {},
      NOW,
      { stand: 'expired', reason: null, until: null },
      'expired without an answer',
    ],
  ])('%s', (_name, deal, overrides, now, expected, text) => {
    const theirs = sibling(deal, overrides);
    const answer = microsoftAnswer([theirs], now);

    expect(answer).toEqual({ referral: theirs, ...expected });
    expect(answer && answerText(answer)).toBe(text);
    expect(answer && isWaiting(answer)).toBe(expected.stand === 'waiting' || expected.stand === 'silent');
  });

  it('is Microsoft’s by its organization, in whatever case; nobody’s is not', () => {
    expect(
      ['msft', 'MSFT', 'contoso', '', null].filter((id) => isOfMicrosoft({ organizationId: id })),
    ).toEqual(['msft', 'MSFT']);
  });

  it.each<readonly [string, Deal, Deal]>([
    ['taken up before one that was lost', { state: 'Accepted' }, { state: 'Lost' }],
    ['won before one that waits', { state: 'Won' }, { state: 'Received' }],
    ['lost before one that waits', { state: 'Lost' }, { state: 'Received' }],
    ['that waits before one that was declined', { state: 'Received' }, { state: 'Declined' }],
    ['that waits before one that was closed', { state: 'Received' }, { state: 'Error' }],
    ['that waits before one that expired', { state: 'Received' }, { state: 'Expired' }],
  ])('counts, of several, if it was %s, though it is older', (_name, preferred, passedOver) => {
    const older = sibling(preferred);
    const newer = sibling(passedOver, { id: THIRD, createdAt: '2026-11-18T10:00:00Z' });

    expect(microsoftAnswer([older, newer], NOW)?.referral).toBe(older);
    expect(microsoftAnswer([newer, older], NOW)?.referral).toBe(older);
  });

  it('counts, of several that stand alike, if it is the latest', () => {
    const older = sibling({ state: 'Declined' });
    const newer = sibling({ state: 'Expired' }, { id: THIRD, createdAt: '2026-11-18T10:00:00Z' });

    expect(microsoftAnswer([older, newer], NOW)?.referral).toBe(newer);
    expect(microsoftAnswer([newer, older], NOW)?.referral).toBe(newer);
  });
});
