import { describe, expect, it } from 'vitest';
import { daysLeft, deadlineOf, deadlineView } from '../../../src/core/deadlines.ts';
import { OPPORTUNITY, REFERRAL, referral } from '../../support/builders.ts';

const received = (overrides: Parameters<typeof referral>[1] = {}) =>
  referral(
    { state: 'Received', salesStage: null },
    { createdAt: '2026-11-01T10:00:00.1234567Z', origin: 'inbound', ...overrides },
  );
const at = (now: string) => deadlineView(received(), OPPORTUNITY, now);

describe('the deadline of a deal', () => {
  it('is what the referral says, else fourteen days after it was created', () => {
    expect(deadlineOf(received())).toBe('2026-11-15T10:00:00.123Z');
    expect(deadlineOf(received({ expiresAt: '2026-11-10T00:00:00Z' }))).toBe('2026-11-10T00:00:00.000Z');
  });

  it('is none for what is answered, not ours, or undated', () => {
    expect(deadlineOf(referral())).toBeNull();
    expect(deadlineOf(received({ isMicrosofts: true }))).toBeNull();
    expect(deadlineOf(received({ category: 'lead', tag: { kind: 'none' } }))).toBeNull();
    expect(deadlineOf(received({ category: 'lead' }))).not.toBeNull();
    expect(deadlineOf(received({ createdAt: '', expiresAt: 'soon' }))).toBeNull();
  });

  it.each<[string, number | null, string]>([
    ['2026-11-08T10:00:00.122Z', null, '2026-11-08T10:00:00.123Z'],
    ['2026-11-08T10:00:00.123Z', 7, '2026-11-12T10:00:00.123Z'],
    ['2026-11-12T10:00:00.122Z', 7, '2026-11-12T10:00:00.123Z'],
    ['2026-11-12T10:00:00.123Z', 3, '2026-11-14T10:00:00.123Z'],
    ['2026-11-14T10:00:00.122Z', 3, '2026-11-14T10:00:00.123Z'],
    ['2026-11-14T10:00:00.123Z', 1, '2026-11-15T10:00:00.123Z'],
    ['2026-11-15T10:00:00.122Z', 1, '2026-11-15T10:00:00.123Z'],
  ])('at %s warns of %s days, until %s', (now, days, wakeAt) => {
    const within = days === 1 ? 'within a day' : `within ${days} days`;
    const finding = {
      key: `notice:deadline:${REFERRAL}:${days}`,
      kind: 'notice',
      code: 'deadline',
      opportunityId: OPPORTUNITY,
      referralId: REFERRAL,
      fields: [],
      message: `Referral ${REFERRAL} (opportunity ${OPPORTUNITY}) waits for an answer and expires at 2026-11-15 10:00 UTC: ${within}. Move the opportunity on to accept it, or to the declined stage with a reason.`,
      values: [],
    };

    expect(at(now)).toEqual({
      arrival: expect.objectContaining({ code: 'inbound' }),
      finding: days === null ? null : finding,
      wakeAt,
    });
  });

  it('says of a deal that it is there, and how to answer it, as long as it wants an answer', () => {
    const arrival = {
      key: `notice:inbound:${REFERRAL}`,
      kind: 'notice',
      code: 'inbound',
      opportunityId: OPPORTUNITY,
      referralId: REFERRAL,
      fields: [],
      message: `Referral ${REFERRAL} (opportunity ${OPPORTUNITY}) is a deal that others sent; it wants an answer before 2026-11-15 10:00 UTC. Move the opportunity on to accept it, or to the declined stage with a reason.`,
      values: [],
    };

    expect(at('2026-11-02T00:00:00.000Z').arrival).toEqual(arrival);
    expect(at('2026-11-15T00:00:00.000Z').arrival).toEqual(arrival);
  });

  it('sends those without an opportunity to Partner Center', () => {
    const { arrival, finding } = deadlineView(received(), null, '2026-11-15T00:00:00.000Z');

    expect([arrival?.message, finding?.message]).toEqual([
      `Referral ${REFERRAL} is a deal that others sent; it wants an answer before 2026-11-15 10:00 UTC. Answer it in Partner Center.`,
      `Referral ${REFERRAL} waits for an answer and expires at 2026-11-15 10:00 UTC: within a day. Answer it in Partner Center.`,
    ]);
  });

  it('is of no concern for a deal that is answered', () => {
    expect(deadlineView(referral(), OPPORTUNITY, '2026-11-02T00:00:00.000Z')).toEqual({
      arrival: null,
      finding: null,
      wakeAt: null,
    });
  });

  it('warns no more once it has passed', () => {
    const nothing = { arrival: null, finding: null, wakeAt: null };

    expect(at('2026-11-15T10:00:00.123Z')).toEqual(nothing);
    expect(at('2026-11-15T10:00:01.000Z')).toEqual(nothing);
  });

  it('counts a begun day as a day', () => {
    expect(daysLeft('2026-11-15T10:00:00Z', '2026-11-12T09:00:00Z')).toBe(4);
    expect(daysLeft('2026-11-15T10:00:00Z', '2026-11-15T09:00:00Z')).toBe(1);
  });
});
