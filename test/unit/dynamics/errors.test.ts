import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOfAnswer } from '../../../src/adapters/dynamics/errors.ts';
import { RemoteError } from '../../../src/core/errors.ts';

const CONTEXT = {
  operation: 'Update opportunity 1',
  isWrite: true,
  isOneRecord: true,
  table: 'opportunity',
  now: 0,
};

const answer = (status: number, code: string, message = '', headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: JSON.stringify({ error: { code, message } }),
});

describe('what the environment says went wrong', () => {
  it.each([
    [412, '', 'version-conflict'],
    [412, '0x80060892', 'duplicate'],
    [404, '', 'not-visible'],
    [404, '0x8006088a', 'configuration'],
    [400, '0x0', 'rejected'],
    [400, '0x80040265', 'rejected'],
    [500, '0x80040265', 'rejected'],
    [500, '0x80040333', 'duplicate'],
    [400, '0x80040515', 'version-conflict'],
    [400, '0x80100005', 'rejected'],
    [401, '', 'unauthorized'],
    [403, '0x80072560', 'rejected'],
    [429, '', 'rate-limited'],
    [500, '', 'rejected'],
    [503, '', 'unavailable'],
  ])('HTTP %i with code "%s" is %s for one record', (status, code, expected) => {
    expect(errorOfAnswer(answer(status, code), CONTEXT).code).toBe(expected);
  });

  it('is the caller’s own rights for a whole request', () => {
    const whole = { ...CONTEXT, isOneRecord: false };

    expect(errorOfAnswer(answer(403, '0x80072560'), whole).code).toBe('forbidden');
    expect(errorOfAnswer(answer(500, ''), whole).code).toBe('unavailable');
  });

  it('blames the mapping for a property that the table lacks', () => {
    const error = errorOfAnswer(
      answer(400, '0x0', "Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'."),
      CONTEXT,
    );

    expect(error.code).toBe('configuration');
    expect(error.message).toContain("Could not find a property named 'Name'");
  });

  it('may have been carried out after a gateway’s failure, not after a refusal', () => {
    const whole = { ...CONTEXT, isOneRecord: false };

    expect(errorOfAnswer(answer(502, ''), whole).outcomeUnknown).toBe(true);
    expect(errorOfAnswer(answer(503, '', '', { 'retry-after': '3' }), whole)).toMatchObject({
      outcomeUnknown: false,
      retryAfterMs: 3_000,
    });
    expect(errorOfAnswer(answer(502, ''), { ...whole, isWrite: false }).outcomeUnknown).toBe(false);
  });

  it('shows what a plug-in wrote for people, with addresses masked', () => {
    const error = errorOfAnswer(answer(400, '0x80040265', 'Ask  ada@contoso.example\nfirst.'), CONTEXT);

    expect(error.message).toContain('0x80040265: Ask a***@***.example first.');
  });

  it('keeps to itself what may quote the record', () => {
    const error = errorOfAnswer(answer(400, '0x80060892', 'Entity Key x violated: Ada Byron'), CONTEXT);

    expect(error.message).not.toContain('Ada');
  });

  it('is told whatever the body is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), fc.string(), (status, body) => {
        expect(errorOfAnswer({ status, headers: {}, body }, CONTEXT)).toBeInstanceOf(RemoteError);
      }),
    );
  });
});
