import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assessRegistration,
  DEFAULT_CERTIFICATE_HOSTS,
  DEFAULT_EVENTS,
  isSameAddress,
  otherEvents,
  shownAddress,
} from '../../../src/core/webhook-registration.ts';

const OURS = 'https://sync.contoso.com/webhooks/partner-center/contoso';
const wanted = { url: OURS, events: DEFAULT_EVENTS };

describe('a registration', () => {
  it('is made where there is none', () => {
    expect(assessRegistration(null, wanted)).toEqual({ state: 'absent', desired: wanted });
  });

  it('is complete when it is ours and has every event, in any order and case', () => {
    const events = [...DEFAULT_EVENTS].reverse().map((event) => event.toUpperCase());

    expect(
      assessRegistration(
        { url: 'HTTPS://Sync.contoso.com:443/webhooks/partner-center/contoso/', events },
        wanted,
      ),
    ).toEqual({
      state: 'complete',
    });
  });

  it('gets what it lacks and keeps what it has', () => {
    const events = ['invoice-ready', 'referral-created'];

    const finding = assessRegistration({ url: OURS, events }, wanted);

    const missing = [
      'referral-updated',
      'related-referral-created',
      'related-referral-updated',
      'test-created',
    ];
    expect(finding).toEqual({
      state: 'incomplete',
      missing,
      desired: { url: OURS, events: [...events, ...missing] },
    });
  });

  it("is somebody else's at any other address", () => {
    const current = { url: 'https://flows.example/trigger', events: ['referral-created', 'invoice-ready'] };

    expect(assessRegistration(current, wanted)).toEqual({
      state: 'foreign',
      current,
      desired: { url: OURS, events: [...current.events, ...DEFAULT_EVENTS.slice(1)] },
    });
    expect(otherEvents(current)).toEqual(['invoice-ready']);
  });

  it('never loses an event, whatever is there and whatever is wanted', () => {
    const events = fc.array(fc.constantFrom('a', 'b', 'invoice-ready', ...DEFAULT_EVENTS));
    const url = fc.constantFrom(OURS, 'https://flows.example/trigger');
    fc.assert(
      fc.property(fc.option(fc.record({ url, events })), events, (current, more) => {
        const finding = assessRegistration(current, { url: OURS, events: more });
        const after = finding.state === 'complete' ? current?.events : finding.desired.events;
        expect(after).toEqual(expect.arrayContaining([...(current?.events ?? []), ...more]));
      }),
    );
  });
});

describe('what is registered unless told otherwise', () => {
  it('is everything about referrals and the test, signed with a certificate from Partner Center', () => {
    expect(DEFAULT_EVENTS).toEqual([
      'referral-created',
      'referral-updated',
      'related-referral-created',
      'related-referral-updated',
      'test-created',
    ]);
    expect(DEFAULT_CERTIFICATE_HOSTS).toEqual(['3psostorageacct.blob.core.windows.net']);
  });
});

describe('an address', () => {
  it('is the same however host and port are spelt, and another with another path', () => {
    expect(isSameAddress('https://a.example:443/x/', 'HTTPS://A.example/x')).toBe(true);
    expect(isSameAddress('https://a.example/x', 'https://a.example/X')).toBe(false);
    expect(isSameAddress('https://a.example/x//', 'https://a.example/x')).toBe(true);
    expect(isSameAddress('https://a.example/x/y', 'https://a.example/xy')).toBe(false);
    expect(isSameAddress('no address', 'no address')).toBe(true);
    expect(isSameAddress('no address', 'another')).toBe(false);
  });

  it('is shown without what may be a secret', () => {
    expect(shownAddress('https://prod-1.logic.azure.com/workflows/abc?sig=secret')).toBe(
      'https://prod-1.logic.azure.com/…',
    );
    expect(shownAddress('https://user:secret@a.example')).toBe('https://a.example');
    expect(shownAddress('https://a.example:8443/secret')).toBe('https://a.example:8443/…');
    expect(shownAddress('https://a.example/?sig=secret')).toBe('https://a.example/…');
    expect(shownAddress('secret')).toBe('an address that cannot be read');
  });
});
