import { describe, expect, it } from 'vitest';
import { type HttpResponse, parseJson, parseJsonText } from '../../../src/adapters/http/index.ts';

const context = { operation: 'List things', system: 'crm' } as const;
const response = (body: string, type = 'application/json; odata.metadata=minimal'): HttpResponse => ({
  status: 200,
  headers: { 'content-type': type },
  body,
  requestId: null,
});

describe('parseJson', () => {
  it('reads JSON of any json media type', () => {
    expect(parseJson(response('{"a":1}', 'application/problem+json'), context)).toEqual({ a: 1 });
  });

  it.each([
    ['a web page', response('<html>Down for maintenance</html>', 'text/html')],
    ['a web page that claims to be JSON', response('<!DOCTYPE html><p>Sign in')],
    ['plain text', response('{"a":1}', 'text/plain')],
    ['truncated JSON', response('{"value":[{"id":')],
    ['nothing', response('')],
    ['absurd nesting', response(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
  ])('calls %s unavailable', (_what, answer) => {
    expect(() => parseJson(answer, context)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('reads two hundred levels and not one more', () => {
    const nested = (levels: number): HttpResponse => response(`${'['.repeat(levels)}${']'.repeat(levels)}`);

    expect(parseJson(nested(200), context)).toEqual([expect.any(Array)]);
    expect(() => parseJson(nested(201), context)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('leaves out __proto__ however it is spelled', () => {
    const value = parseJson(
      response('{"__proto__":{"x":1},"\\u005f_proto__":{"x":2},"deep":[{"__proto__":1,"y":2}]}'),
      context,
    );

    expect(JSON.stringify(value)).toBe('{"deep":[{"y":2}]}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('keeps brackets in text apart from nesting', () => {
    const text = JSON.stringify({ text: `${'['.repeat(500)}\\"` });

    expect(parseJsonText(text)).toEqual(JSON.parse(text));
  });

  it('delivers numbers that a double cannot hold as text when asked', () => {
    const text = '{"big":12345678901234567.89,"small":0.1,"long":123456789012345}';

    expect(parseJsonText(text, true)).toEqual({
      big: '12345678901234567.89',
      small: 0.1,
      long: 123456789012345,
    });
  });
});
