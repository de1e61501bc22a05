/** Whole messages to the operators. */
import { describe, expect, it } from 'vitest';
import { type NewsOptions, newsOf, occasionOf, withoutContacts } from '../../../src/core/operator-message.ts';
import type { AttentionItem } from '../../../src/core/store-port.ts';

const SINCE = '2026-11-20T12:00:00.000Z';

function item(id: string, overrides: Partial<AttentionItem> = {}): AttentionItem {
  return {
    id,
    key: `key of ${id}`,
    kind: 'parked',
    code: 'missing-parts',
    opportunityId: null,
    referralId: null,
    fields: [],
    message: `About ${id}.`,
    values: [],
    since: SINCE,
    lastSeenAt: SINCE,
    count: 1,
    state: 'open',
    covers: [],
    decisions: {},
    why: null,
    ...overrides,
  };
}
const conflict = (id: string, applied: 'crm' | null) => {
  const value = { field: 'notes', baseline: null, opportunity: 'a', referral: 'b' } as const;
  return item(id, {
    kind: 'conflict',
    code: 'both-changed',
    values: [
      { ...value, applied: 'crm' },
      { ...value, applied },
    ],
  });
};
/** One of every occasion, the least urgent first. */
const EVERY = [
  item('n', { kind: 'notice', code: 'one-way' }),
  item('w', { kind: 'notice', code: 'microsoft-answered' }),
  item('p'),
  conflict('c', null),
  item('a', { kind: 'approval', code: 'close' }),
  item('i', { kind: 'notice', code: 'inbound' }),
  item('d', { kind: 'notice', code: 'deadline' }),
  item('s', { kind: 'notice', code: 'credentials' }),
  item('h', { kind: 'approval', code: 'halted' }),
];
const ALL = [
  'halted',
  'credentials',
  'deadline',
  'inbound',
  'approval',
  'conflict',
  'parked',
  'answered',
  'notice',
];
const mark = (id: string) => `${id}@${SINCE}`;
const news = (items: readonly AttentionItem[], options: Partial<NewsOptions> = {}) =>
  newsOf(items, { connection: 'contoso', on: ALL, sent: new Set(), ...options });
const MORE = 'More: cosell-sync attention list --connection contoso';

describe('an item', () => {
  it('is of the occasion that its kind and cause say', () => {
    expect(EVERY.map(occasionOf)).toEqual([...ALL].reverse());
    expect(occasionOf(item('x', { kind: 'approval', code: 'too-many-closes' }))).toBe('halted');
    expect(occasionOf(conflict('x', 'crm'))).toBe('notice');
    expect(occasionOf(item('x', { kind: 'parked', code: 'deadline' }))).toBe('parked');
  });
});

describe('a message', () => {
  it('tells of every occasion, what needs a person soonest first', () => {
    expect(news(EVERY).message).toEqual({
      id: 'contoso-n-20261120T120000000Z-9',
      subject:
        'cosell-sync contoso: 1 run halted, 1 sign-in refused, 1 deadline, 1 new deal, 1 approval wanted, 1 conflict, 1 parked record, 1 answer of Microsoft, 1 notice',
      text: [
        '1 run halted:\n- About h. [h]',
        '1 sign-in refused:\n- About s. [s]',
        '1 deadline:\n- About d. [d]',
        '1 new deal:\n- About i. [i]',
        '1 approval wanted:\n- About a. [a]',
        '1 conflict:\n- About c. [c]',
        '1 parked record:\n- About p. [p]',
        '1 answer of Microsoft:\n- About w. [w]',
        '1 notice:\n- About n. [n]',
        `${MORE}\n`,
      ].join('\n\n'),
    });
  });

  it('counts several of each', () => {
    expect(news([...EVERY, ...EVERY]).message?.subject).toBe(
      'cosell-sync contoso: 2 runs halted, 2 sign-ins refused, 2 deadlines, 2 new deals, 2 approvals wanted, 2 conflicts, 2 parked records, 2 answers of Microsoft, 2 notices',
    );
  });

  it('leads to the console where people reach it', () => {
    expect(news([item('p')], { consoleUrl: 'https://sync.contoso.com' }).message?.text).toBe(
      '1 parked record:\n- About p. [p]\n\nMore: https://sync.contoso.com/attention\n',
    );
  });

  it('is of wanted occasions alone, once each', () => {
    expect(news(EVERY, { on: ['parked', 'conflict'], sent: new Set([mark('p'), mark('h')]) })).toEqual({
      items: [EVERY[3]],
      marks: [mark('p'), mark('c')],
      message: {
        id: 'contoso-c-20261120T120000000Z-1',
        subject: 'cosell-sync contoso: 1 conflict',
        text: `1 conflict:\n- About c. [c]\n\n${MORE}\n`,
      },
    });
    expect(news(EVERY, { on: [] })).toEqual({ items: [], marks: [], message: null });
  });

  it('holds back in quiet hours what is not urgent, and does not take it for told', () => {
    expect(
      news(EVERY, { permission: 'urgent', urgent: ['halted'], sent: new Set([mark('p'), mark('a')]) }),
    ).toMatchObject({
      items: [EVERY[8]],
      marks: [mark('p'), mark('a'), mark('h')],
      message: { id: 'contoso-h-20261120T120000000Z-1', subject: 'cosell-sync contoso: 1 run halted' },
    });
    expect(news(EVERY, { permission: 'urgent' }).message).toBeNull();
  });
});

const LAST = '2026-01-14T08:00:00.000Z';

describe('the digest', () => {
  it('counts besides what is new what still waits for a person', () => {
    const told = EVERY.map(({ id }) => mark(id));

    expect(
      news([...EVERY, item('q')], { permission: 'digest', lastDigest: LAST, sent: new Set(told) }).message,
    ).toEqual({
      id: 'contoso-digest-after-20260114T080000000Z',
      subject: 'cosell-sync contoso today: 1 parked record',
      text: [
        '1 parked record:\n- About q. [q]',
        'Still waiting: 1 run halted, 1 sign-in refused, 1 deadline, 1 approval wanted, 1 conflict, 1 parked record.',
        `${MORE}\n`,
      ].join('\n\n'),
    });
  });

  it('that is the first of all has an id as well', () => {
    const { message } = news([item('q')], { permission: 'digest', lastDigest: null });

    expect(message?.id).toBe('contoso-digest-after-');
  });

  it('comes also with nothing new, as long as something waits', () => {
    const told = { permission: 'digest', lastDigest: LAST, sent: new Set([mark('p'), mark('n')]) } as const;

    expect(news([item('p')], told).message).toEqual({
      id: 'contoso-digest-after-20260114T080000000Z',
      subject: 'cosell-sync contoso today: nothing new, 1 parked record waiting',
      text: `Still waiting: 1 parked record.\n\n${MORE}\n`,
    });
    expect(news(EVERY.slice(0, 1), told)).toEqual({ items: [], marks: [mark('n')], message: null });
  });
});

describe('of many items', () => {
  const several = (code: string, count: number) =>
    Array.from({ length: count }, (_, index) => item(`${code}${index}`, { code }));
  const linesOf = (items: readonly AttentionItem[]) =>
    (news(items).message?.text ?? '').split('\n').filter((line) => line.startsWith('-'));
  const written = (code: string, count: number) =>
    Array.from({ length: count }, (_, index) => `- About ${code}${index}. [${code}${index}]`);

  it('twenty of one cause are written out, the others counted', () => {
    expect(linesOf(several('x', 20))).toEqual(written('x', 20));
    expect(linesOf(several('x', 21))).toEqual([...written('x', 20), '- and 1 more']);
  });

  it('ten of each of several causes are written out, twenty in all, the others counted by cause', () => {
    const [x, y, z] = [several('x', 12), several('y', 11), several('z', 3)];

    expect(linesOf([...z, ...x, ...y])).toEqual([
      ...written('z', 3),
      ...written('x', 10),
      '- and 2 more (x)',
      ...written('y', 7),
      '- and 4 more (y)',
    ]);
    expect(linesOf([...x, ...y, ...z])).toEqual([
      ...written('x', 10),
      '- and 2 more (x)',
      ...written('y', 10),
      '- and 1 more (y)',
      '- and 3 more (z)',
    ]);
    expect(linesOf([...several('x', 10), ...several('y', 1)])).toEqual([
      ...written('x', 10),
      ...written('y', 1),
    ]);
  });
});

describe('contact details', () => {
  it.each([
    ['Ask kim.seller@partner.example.', 'Ask k***@***.example.'],
    [
      'Ask "kim"<kim@partner.example>, (lee@a.co):max@b.co;',
      'Ask "kim"<k***@***.example>, (l***@***.co):m***@***.co;',
    ],
    ["'kim@eu.partner.example'", "'k***@***.example'"],
    [
      'kim@partner is no address, nor is @partner.example',
      'kim@partner is no address, nor is @partner.example',
    ],
    ['kim@a.b.c1 nor kim@a.c', 'kim@a.b.c1 nor kim@a.c'],
    ['Call +1 (415) 555-0123 or +49.201.555.0123', 'Call [number] or [number]'],
    ['+12345678', '[number]'],
    ['+1234567', '+1234567'],
    ['+1      8', '[number]'],
    ['14155550123 + 4155550123', '14155550123 + 4155550123'],
    ['+1 415 555 0123 (office)', '[number] (office)'],
  ])('%j reads %j', (text, expected) => {
    expect(withoutContacts(text)).toBe(expected);
  });

  it('that somebody put into a message are not sent', () => {
    expect(news([item('p', { message: 'Call Kim, +1 (415) 555-0123.' })]).message?.text).toBe(
      `1 parked record:\n- Call Kim, [number]. [p]\n\n${MORE}\n`,
    );
  });
});
