import { describe, expect, it } from 'vitest';
import { errorOfBody, errorOfResponse } from '../../../src/adapters/salesforce/errors.ts';
import type { RemoteErrorCode } from '../../../src/core/errors.ts';

const context = { operation: 'Update opportunity', status: 400, requestId: null, isWrite: true, now: 0 };
const whole = (errorCode: string, message = '', status = 400) =>
  errorOfBody([{ errorCode, message }], { ...context, status });
const respond = (status: number, body: string, headers: Record<string, string> = {}) =>
  errorOfResponse({ status, headers, body, requestId: 'r1' }, { operation: 'Read', isWrite: true, now: 0 });

describe('what Salesforce says went wrong', () => {
  it.each<[string, RemoteErrorCode]>([
    ['INVALID_SESSION_ID', 'unauthorized'],
    ['API_DISABLED_FOR_ORG', 'configuration'],
    ['API_CURRENTLY_DISABLED', 'configuration'],
    ['SERVER_UNAVAILABLE', 'unavailable'],
    ['UNKNOWN_EXCEPTION', 'unavailable'],
    ['UNABLE_TO_LOCK_ROW', 'unavailable'],
    ['QUERY_TIMEOUT', 'unavailable'],
    ['INVALID_QUERY_LOCATOR', 'unavailable'],
    ['REQUIRED_FIELD_MISSING', 'rejected'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'rejected'],
    ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'rejected'],
    ['STRING_TOO_LONG', 'rejected'],
    ['DUPLICATE_VALUE', 'duplicate'],
    ['DUPLICATES_DETECTED', 'duplicate'],
    ['ENTITY_IS_DELETED', 'not-visible'],
    ['NOT_FOUND', 'not-visible'],
    ['INVALID_CROSS_REFERENCE_KEY', 'not-visible'],
    ['INVALID_FIELD', 'configuration'],
    ['INVALID_TYPE', 'configuration'],
    ['MALFORMED_QUERY', 'configuration'],
    ['INSUFFICIENT_ACCESS', 'forbidden'],
    ['TXN_SECURITY_RUNTIME_EXCEPTION', 'forbidden'],
    ['INACTIVE_OWNER_OR_USER', 'rejected'],
    ['STORAGE_LIMIT_EXCEEDED', 'configuration'],
    ['A_CODE_OF_NEXT_YEAR', 'rejected'],
  ])('as %s is %s', (remoteCode, code) => {
    expect(whole(remoteCode)).toMatchObject({ code, remoteCode, system: 'crm', outcomeUnknown: false });
  });

  it('is a quota for calls a day and a pause for calls at a time', () => {
    const daily = whole('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', 403);
    const concurrent = whole(
      'REQUEST_LIMIT_EXCEEDED',
      'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
      403,
    );

    expect(daily).toMatchObject({ code: 'quota', retryAfterMs: 15 * 60_000 });
    expect(concurrent).toMatchObject({ code: 'rate-limited' });
  });

  it.each<[number, RemoteErrorCode, boolean]>([
    [401, 'unauthorized', false],
    [403, 'forbidden', false],
    [404, 'not-visible', false],
    [412, 'version-conflict', false],
    [414, 'configuration', false],
    [420, 'unavailable', false],
    [428, 'version-conflict', false],
    [429, 'rate-limited', false],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
  ])('with status %i and a page instead of JSON is %s', (status, code, outcomeUnknown) => {
    expect(respond(status, '<html>oops</html>')).toMatchObject({
      code,
      status,
      outcomeUnknown,
      requestId: 'r1',
    });
  });

  it('with 503 and Retry-After was not carried out', () => {
    const error = respond(503, '', { 'retry-after': '7' });

    expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: 7_000, outcomeUnknown: false });
  });

  it('of one record never stops the others for a missing right', () => {
    const error = errorOfBody([{ statusCode: 'INSUFFICIENT_ACCESS_OR_READONLY' }], {
      ...context,
      isOneRecord: true,
    });

    expect(error).toMatchObject({ code: 'rejected', stopsHost: false });
  });

  it('about a lookup to a missing row is the record’s own content', () => {
    const error = errorOfBody(
      [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY', message: '', fields: ['CampaignId'] }],
      { ...context, isOneRecord: true },
    );

    expect(error).toMatchObject({ code: 'rejected', fields: ['CampaignId'] });
  });

  it('inside a trigger’s text is still a locked row, whatever the status', () => {
    const error = whole(
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      'Trigger: UNABLE_TO_LOCK_ROW, unable to obtain',
      500,
    );

    expect(error).toMatchObject({ code: 'unavailable', outcomeUnknown: false });
  });

  it('is told by the error that explains the others', () => {
    const error = errorOfBody(
      [
        { errorCode: 'PROCESSING_HALTED' },
        {
          errorCode: 'REQUIRED_FIELD_MISSING',
          message: 'Required fields are missing: [Name]',
          fields: ['Name'],
        },
      ],
      context,
    );

    expect(error).toMatchObject({ remoteCode: 'REQUIRED_FIELD_MISSING', fields: ['Name'] });
    expect(error.message).toContain('Required fields are missing: [Name]');
  });

  it('quotes an administrator’s words but neither values nor addresses', () => {
    const rule = whole('FIELD_CUSTOM_VALIDATION_EXCEPTION', 'Ask\n ada@contoso.example first.');
    const value = whole('STRING_TOO_LONG', 'Name: data value too large: Geheimprojekt (max length=120)');

    expect(rule.message).toContain('Ask a***@***.example first.');
    expect(value.message).not.toContain('Geheimprojekt');
  });

  it.each([undefined, null, 'text', 7, [], {}, [{ message: 5 }], { error: 'invalid' }])(
    'survives the body %j',
    (body) => {
      expect(errorOfBody(body, context)).toMatchObject({ code: 'rejected', remoteCode: null });
    },
  );
});
