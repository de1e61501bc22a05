import { describe, expect, it } from 'vitest';
import { newsOf, occasionOf, withoutContacts } from '../../../src/core/operator-message.ts';
import type { AttentionItem } from '../../../src/core/store-port.ts';
import { OPPORTUNITY } from '../../support/builders.ts';

function item(overrides: Partial<AttentionItem> = {}): AttentionItem {
  return {
    id: 'a1b2c3d4',
    key: `parked:missing-parts:${OPPORTUNITY}`,
    kind: 'parked',
    code: 'missing-parts',
    opportunityId: OPPORTUNITY,
    referralId: null,
    fields: [],
    message: `Opportunity ${OPPORTUNITY}: no amount.`,
    values: [],
    since: '2026-11-20T12:00:00.000Z',
    lastSeenAt: '2026-11-20T12:00:00.000Z',
    count: 1,
    state: 'open',
    covers: [],
    decisions: {},
    why: null,
    ...overrides,
  };
}
const conflict = (applied: 'crm' | null) =>
  item({
    kind: 'conflict',
    code: 'both-changed',
    values: [{ field: 'notes', baseline: null, opportunity: 'a', referral: 'b', applied }],
  });
const news = (items: readonly AttentionItem[], sent: readonly string[] = []) =>
  newsOf(items, { connection: 'contoso', on: ['parked', 'deadline', 'conflict'], sent: new Set(sent) });

describe('an item’s occasion', () => {
  it('follows from its kind and cause; a conflict that was settled by rule is only a notice', () => {
    expect(occasionOf(item())).toBe('parked');
    expect(occasionOf(conflict(null))).toBe('conflict');
    expect(occasionOf(conflict('crm'))).toBe('notice');
    expect(occasionOf(item({ kind: 'approval', code: 'close' }))).toBe('approval');
    expect(occasionOf(item({ kind: 'approval', code: 'too-many-closes' }))).toBe('halted');
    expect(occasionOf(item({ kind: 'notice', code: 'deadline' }))).toBe('deadline');
    expect(occasionOf(item({ kind: 'notice', code: 'credentials' }))).toBe('credentials');
    expect(occasionOf(item({ kind: 'notice', code: 'microsoft-answered' }))).toBe('answered');
  });
});

describe('a message', () => {
  it('groups what is new, the most urgent first, and says where more is', () => {
    const { message, marks } = news([
      item(),
      item({ id: 'ffff0000', kind: 'notice', code: 'deadline', message: 'Referral x expires.' }),
    ]);

    expect(message?.subject).toBe('cosell-sync contoso: 1 deadline, 1 parked record');
    expect(message?.text).toBe(
      [
        '1 deadline:',
        '- Referral x expires. [ffff0000]',
        '',
        '1 parked record:',
        `- Opportunity ${OPPORTUNITY}: no amount. [a1b2c3d4]`,
        '',
        'More: cosell-sync attention list --connection contoso',
        '',
      ].join('\n'),
    );
    expect(marks).toEqual(['a1b2c3d4@2026-11-20T12:00:00.000Z', 'ffff0000@2026-11-20T12:00:00.000Z']);
  });

  it('is none when everything was told; what is open no more is forgotten', () => {
    const told = ['a1b2c3d4@2026-11-20T12:00:00.000Z', 'gone@2026-11-01T00:00:00.000Z'];

    expect(news([item()], told)).toEqual({ message: null, items: [], marks: [told[0]] });
  });

  it('writes out some of many and counts the rest', () => {
    const many = Array.from({ length: 25 }, (_, n) => item({ id: `id${n}` }));

    const text = news(many).message?.text ?? '';

    expect(text.match(/^- /gm)).toHaveLength(21);
    expect(text).toContain('- and 5 more');
  });

  it('shows no contact details, whoever put them into a text', () => {
    expect(withoutContacts('Ask kim.seller@partner.example, +1 (415) 555-0123.')).not.toMatch(
      /kim\.seller@partner|555/,
    );
    expect(withoutContacts(`Referral 11111111-0000-4000-8000-000000000001, ${OPPORTUNITY}`)).toContain(
      '11111111-0000-4000-8000-000000000001',
    );
  });
});
