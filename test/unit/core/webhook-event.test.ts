import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWebhookEvent, TEST_EVENT } from '../../../src/core/webhook-event.ts';

const ID = '0a1b2c3d-0000-4000-8000-00000000abcd';
const uri = (end: string): string =>
  `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${end}`;

function event(over: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    EventName: 'referral-updated',
    ResourceUri: uri(ID),
    ResourceName: 'referral',
    AuditUri: null,
    ResourceChangeUtcDate: '2026-03-01T10:00:00.1234567+00:00',
    ...over,
  });
}

describe('an event', () => {
  it('names a referral to look at, in whatever case it is spelt', () => {
    const expected = {
      name: 'referral-updated',
      referralId: ID,
      changedAt: Date.parse('2026-03-01T10:00:00.123Z'),
    };

    expect(parseWebhookEvent(event())).toEqual(expected);
    const camel = event().replace(
      /"([A-Z])(\w+)":/g,
      (_all, first: string, rest: string) => `"${first.toLowerCase()}${rest}":`,
    );
    expect(parseWebhookEvent(camel)).toEqual(expected);
    expect(parseWebhookEvent(event({ ResourceUri: uri(ID.toUpperCase()) }))?.referralId).toBe(ID);
  });

  it('gives the id alone: the host in front of it does not matter, and is never called', () => {
    expect(parseWebhookEvent(event({ ResourceUri: `http://169.254.169.254/${ID}` }))?.referralId).toBe(ID);
  });

  it.each([
    ['a query behind the id', uri(`${ID}?x=1`)],
    ['a fragment behind the id', uri(`${ID}#x`)],
    ['an id that is encoded', uri(ID.replaceAll('-', '%2D'))],
    ['an id in braces', uri(`{${ID}}`)],
    ['more before the id', uri(`x${ID}`)],
    ['a path that climbs', uri(`${ID}/../../admin`)],
    ['no id', uri('')],
    ['a line break', uri(`${ID}\r\nHost: evil.example`)],
    ['no text', 7],
    ['nothing', null],
  ])('about a referral is none with %s', (_what, ResourceUri) => {
    expect(parseWebhookEvent(event({ ResourceUri }))).toBeNull();
  });

  it('that was asked for as a test is known by its name', () => {
    expect(parseWebhookEvent(event({ EventName: 'Test-Created', ResourceUri: null }))).toEqual({
      name: TEST_EVENT,
      referralId: null,
      changedAt: Date.parse('2026-03-01T10:00:00.123Z'),
    });
    expect(TEST_EVENT).toBe('test-created');
  });

  it('about anything else has no referral', () => {
    expect(parseWebhookEvent(event({ EventName: 'test-created', ResourceUri: uri(ID) }))).toMatchObject({
      name: 'test-created',
      referralId: null,
    });
    expect(parseWebhookEvent(event({ EventName: 'invoice-ready' }))?.referralId).toBeNull();
  });

  it.each([
    '',
    'null',
    '[]',
    '"text"',
    '{}',
    '{"EventName":',
    event({ EventName: 'a b\n' }),
    event({ EventName: '<b>invoice-ready' }),
    event({ EventName: 'invoice-ready!' }),
    event({ EventName: '' }),
    event({ ResourceChangeUtcDate: 'soon' }),
  ])('is none: %j', (body) => {
    expect(parseWebhookEvent(body)).toBeNull();
  });

  it('never throws, and never gives an id that is no GUID', () => {
    const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.jsonValue());
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          EventName: fc.oneof(value, fc.constant('referral-updated')),
          ResourceUri: value,
          ResourceChangeUtcDate: fc.oneof(value, fc.constant('2026-03-01T10:00:00Z')),
        })
        .map((parts) => JSON.stringify(parts)),
    );
    fc.assert(
      fc.property(body, (text) => {
        const { referralId } = parseWebhookEvent(text) ?? { referralId: null };
        expect(referralId ?? ID).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      }),
    );
  });
});
