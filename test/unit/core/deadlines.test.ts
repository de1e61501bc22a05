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

  it('warns seven, three and one days before, each under a key of its own', () => {
    expect(at('2026-11-08T10:00:00.000Z')).toMatchObject({
      finding: null,
      wakeAt: '2026-11-08T10:00:00.123Z',
    });
    expect(at('2026-11-08T10:00:01.000Z')).toMatchObject({
      finding: { key: `notice:deadline:${REFERRAL}:7`, code: 'deadline', opportunityId: OPPORTUNITY },
      wakeAt: '2026-11-12T10:00:00.123Z',
    });
    expect(at('2026-11-13T00:00:00.000Z')).toMatchObject({
      finding: { key: `notice:deadline:${REFERRAL}:3` },
      wakeAt: '2026-11-14T10:00:00.123Z',
    });
    expect(at('2026-11-15T00:00:00.000Z')).toMatchObject({
      finding: {
        key: `notice:deadline:${REFERRAL}:1`,
        message: expect.stringContaining('expires at 2026-11-15 10:00 UTC: within a day'),
      },
      wakeAt: '2026-11-15T10:00:00.123Z',
    });
  });

  it('says of a deal that it is there, and how to answer it, as long as it wants an answer', () => {
    expect(at('2026-11-02T00:00:00.000Z').arrival).toMatchObject({
      key: `notice:inbound:${REFERRAL}`,
      message: expect.stringContaining(
        'wants an answer before 2026-11-15 10:00 UTC. Move the opportunity on',
      ),
    });
    expect(at('2026-11-15T00:00:00.000Z').arrival).not.toBeNull();
    expect(deadlineView(referral(), OPPORTUNITY, '2026-11-02T00:00:00.000Z').arrival).toBeNull();
  });

  it('warns no more once it has passed', () => {
    expect(at('2026-11-15T10:00:01.000Z')).toEqual({ arrival: null, finding: null, wakeAt: null });
  });

  it('counts a begun day as a day', () => {
    expect(daysLeft('2026-11-15T10:00:00Z', '2026-11-12T09:00:00Z')).toBe(4);
    expect(daysLeft('2026-11-15T10:00:00Z', '2026-11-15T09:00:00Z')).toBe(1);
  });
});
