import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';

const said = (text: string): RemoteError =>
  new RemoteError(`Update referral 1234 failed (HTTP 400): ${text}`, {
    code: 'rejected',
    system: 'partnerCenter',
  });

describe("a remote's own words in an error", () => {
  it.each([
    ['an e-mail address', "'quilla.zanzi@customer.example' is not valid", 'quilla'],
    ['an address in angle brackets', 'To: Quilla <quilla@customer.example>', 'quilla@'],
    ['a phone number', 'phone +49 (201) 555-0177 is not valid', '555'],
    ['a bearer token', 'Authorization: Bearer abcdef0123456789.xyz refused', 'abcdef'],
    ['a JSON web token', 'token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln expired', 'eyJ'],
    ['a Salesforce session', 'Session 00D000000000001!AQEAQ.canary_x invalid', 'AQEAQ'],
    ['a password in an address', 'cannot reach https://user:hunter2@host.example/x', 'hunter2'],
    ['a secret as a parameter', 'client_secret=hunter2&grant_type=x', 'hunter2'],
  ])('never shows %s', (_what, text, hidden) => {
    expect(said(text).message).not.toContain(hidden);
  });

  it('keeps what helps: ids, dates, amounts, paths', () => {
    const text =
      'team/0/email of 006550000000001AAA and 71625112-687d-4e50-823b-27ebe96d34e4 on 2026-11-20T12:00:00.000+00:00: 1234567.89 > /details/dealValue';

    expect(said(text).message).toContain(text);
  });

  it("keeps the names of OData's annotations", () => {
    expect(said("property 'customerid_account@odata.bind' is unknown").message).toContain(
      'customerid_account@odata.bind',
    );
  });

  it('is one bounded line that a terminal obeys nothing of', () => {
    const { message } = said(`\u001b[2J\u009b31m\r\n\u202e${'x'.repeat(100_000)}`);

    expect(message.length).toBeLessThan(2_100);
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('is no less safe in the code, the fields and the request id that come with it', () => {
    const hostile = `\u001b]0;x\u0007quilla@customer.example ${'y'.repeat(10_000)}`;
    const error = new RemoteError('Failed.', {
      code: 'rejected',
      system: 'crm',
      remoteCode: hostile,
      requestId: hostile,
      fields: Array.from({ length: 1_000 }, () => hostile),
    });

    for (const text of [error.remoteCode, error.requestId, ...error.fields]) {
      expect(text).not.toMatch(/[\u0000-\u001f]|quilla/);
      expect((text ?? '').length).toBeLessThanOrEqual(210);
    }
    expect(error.fields.length).toBeLessThanOrEqual(50);
  });

  it('takes no longer for a text made to take long', () => {
    const text = `${'a'.repeat(50_000)}@${'a.'.repeat(50_000)} +${'1 '.repeat(50_000)}`;

    expect(said(text).message.length).toBeLessThan(2_100);
  });
});
