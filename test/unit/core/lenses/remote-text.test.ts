import { describe, expect, it } from 'vitest';
import { safeRemoteText } from '../../../../src/core/lenses/remote-text.ts';

describe("a remote's words made safe", () => {
  it.each([
    ['an address', "'quilla.zanzi@customer.example' is not valid", "'q***@***.example' is not valid"],
    ['an address in brackets', 'To: Quilla <quilla@customer.example>', 'To: Quilla <q***@***.example>'],
    ['two addresses', 'anna@a.example,berta@b.example', 'a***@***.example,b***@***.example'],
    ['a phone number', 'phone +49 (201) 555-0177 is wrong', 'phone ***77 is wrong'],
    ['the shortest phone number', 'phone +12345678.', 'phone ***78.'],
    [
      'a bearer token',
      'Authorization: Bearer  abcd/0123+45=.x-y_~z refused',
      'Authorization: [hidden] refused',
    ],
    ['basic credentials', 'authorization: basic QWxhZGRpbg==, refused', 'authorization: [hidden], refused'],
    ['a JSON web token', 'token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln expired', 'token [hidden] expired'],
    ['an encrypted web token', 'eyJhbGciOiJSU-_.a-1.b_2.c3.d4.', '[hidden].'],
    ['a Salesforce session', 'Session 00D000000000001!AQEAQ.canary_x invalid', 'Session [hidden] invalid'],
    ['a password in a URL', 'at https://user:hunter2@host.example/x', 'at https://[hidden]@host.example/x'],
    ['a client secret', 'client_secret=hunter2&grant_type=x', 'client_secret=[hidden]&grant_type=x'],
    ['a token in JSON', '{"refresh_token": "0.AXX-y", "n": 1}', '{"refresh_token": "[hidden]", "n": 1}'],
    ["a token in another's notation", "Access_Token : 'abc', x", "Access_Token : '[hidden]', x"],
    ['an id token', 'id_token=abc;def ghi', 'id_token=[hidden] ghi'],
    ['a password', 'PASSWORD=hunter2', 'PASSWORD=[hidden]'],
    ['a code verifier', 'code_verifier=abc', 'code_verifier=[hidden]'],
    ['an assertion', 'client_assertion  =   abc def', 'client_assertion  =   [hidden] def'],
    ['a password by a longer name', 'db_password=hunter2', 'db_password=[hidden]'],
    ['a token behind a longer name', 'sid_00D000000000001!AQ x_eyJhbGciOiJSU', 'sid_[hidden] x_[hidden]'],
  ])('hides %s', (_what, text, safe) => {
    expect(safeRemoteText(text)).toBe(safe);
  });

  it.each([
    ['ids, dates and amounts', '006550000000001AAA on 2026-11-20T12:00:00.000+00:00: 1234567.89'],
    ['a number without the sign of an international one', 'order 4920155501770 of 12'],
    ['a number too short to be called', '+1234567'],
    ['a word that only begins like a token', 'eyJude 00D000000000001AAA, 00Dabc!x'],
    ['talk of credentials', 'no Bearer token; password is wrong; secret'],
    ['signs that stand apart', 'see //x @ y'],
    ['an annotation', "'customerid@odata.bind' 'x@OData.Community' 'y@Microsoft.Dynamics.CRM.z'"],
  ])('keeps %s', (_what, text) => {
    expect(safeRemoteText(text)).toBe(text);
  });

  it('is one line: runs of control characters are one blank', () => {
    expect(safeRemoteText('a\r\n\u0000b\u009b\u202ec\td')).toBe('a b c d');
  });

  it('is no longer than asked for, and ends in an ellipsis where something is missing', () => {
    expect(safeRemoteText('abcdef', 6)).toBe('abcdef');
    expect(safeRemoteText('abcdefg', 6)).toBe('abcde…');
    expect(safeRemoteText('x'.repeat(2_000))).toBe('x'.repeat(2_000));
    expect(safeRemoteText('x'.repeat(2_001))).toBe(`${'x'.repeat(1_999)}…`);
  });

  it('says that something is missing also when hiding has made the rest short', () => {
    expect(safeRemoteText(`Bearer ${'x'.repeat(60)} refused`, 20)).toBe('[hidden]…');
  });

  it('leaves no half of a token at the place of the cut', () => {
    expect(safeRemoteText(`refused: ${'a'.repeat(8)}@customer.example`, 16)).toBe('refused: a***@*…');
  });
});
