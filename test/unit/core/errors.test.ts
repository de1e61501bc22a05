/** The errors that cross a boundary: what they are called, say and carry. */
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  CorruptRowError,
  DecidedElsewhereError,
  LinkConflictError,
  LockedError,
  ofOneRecord,
  RemoteError,
  type RemoteErrorCode,
  StateError,
} from '../../../src/core/errors.ts';

describe('a remote error', () => {
  it('carries what the remote told', () => {
    const cause = new Error('socket hang up');
    const error = new RemoteError('Create referral failed.', {
      code: 'duplicate',
      system: 'partnerCenter',
      remoteCode: 'DUPLICATES_DETECTED',
      status: 400,
      retryAfterMs: 5_000,
      requestId: 'request-1',
      outcomeUnknown: true,
      fields: ['/details/dealValue'],
      duplicateIds: ['0065500000KQ12XAAQ'],
      cause,
    });

    expect(error).toBeInstanceOf(Error);
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: 'RemoteError',
      message: 'Create referral failed.',
      code: 'duplicate',
      system: 'partnerCenter',
      remoteCode: 'DUPLICATES_DETECTED',
      status: 400,
      retryAfterMs: 5_000,
      requestId: 'request-1',
      outcomeUnknown: true,
      fields: ['/details/dealValue'],
      duplicateIds: ['0065500000KQ12XAAQ'],
      onlyThisRecord: false,
      cause,
    });
  });

  it('says of what the remote did not tell that it is not known', () => {
    for (const nothing of [{}, { remoteCode: null, status: null, requestId: null }]) {
      const error = new RemoteError('Failed.', { code: 'rejected', system: 'crm', ...nothing });

      expect({ ...error }).toEqual({
        name: 'RemoteError',
        code: 'rejected',
        system: 'crm',
        remoteCode: null,
        status: null,
        retryAfterMs: 0,
        requestId: null,
        outcomeUnknown: false,
        fields: [],
        duplicateIds: [],
        onlyThisRecord: false,
      });
      expect(error).not.toHaveProperty('cause');
    }
  });

  it('that turns out to be one of a single record says the same and stops nobody else', () => {
    const error = new RemoteError('Update referral failed.', {
      code: 'unavailable',
      system: 'partnerCenter',
      status: 500,
      requestId: 'request-1',
      outcomeUnknown: true,
    });

    const single = ofOneRecord(error);

    expect({ ...single, message: single.message }).toEqual({
      ...error,
      message: error.message,
      onlyThisRecord: true,
    });
    expect(single.cause).toBe(error);
    expect([error.stopsHost, single.stopsHost, single.isTransient]).toEqual([true, false, true]);
  });

  it('names at most fifty fields', () => {
    const fields = Array.from({ length: 51 }, (_, index) => `field${index}`);

    const error = new RemoteError('Failed.', { code: 'rejected', system: 'crm', fields });

    expect(error.fields).toEqual(fields.slice(0, 50));
  });

  it.each<readonly [RemoteErrorCode, { readonly passes: boolean; readonly stops: boolean }]>([
    ['unauthorized', { passes: false, stops: true }],
    ['forbidden', { passes: false, stops: true }],
    ['not-visible', { passes: false, stops: false }],
    ['version-conflict', { passes: false, stops: false }],
    ['rate-limited', { passes: true, stops: true }],
    ['quota', { passes: false, stops: true }],
    ['unavailable', { passes: true, stops: true }],
    ['rejected', { passes: false, stops: false }],
    ['duplicate', { passes: false, stops: false }],
    ['configuration', { passes: false, stops: true }],
  ])('that is %s: %j (passes by itself, stops the host)', (code, { passes, stops }) => {
    const error = new RemoteError('Failed.', { code, system: 'crm' });

    expect([error.isTransient, error.stopsHost]).toEqual([passes, stops]);
  });
});

describe('a configuration error', () => {
  it('lists its problems, one a line, below what they are about', () => {
    const problems = ['stages[0].deal: "Wno" is no state', 'schedule.sync: is missing'];

    expect(new ConfigurationError(problems).message).toBe(problems.join('\n'));
    expect(new ConfigurationError(problems, 'The mapping cannot be used:')).toMatchObject({
      name: 'ConfigurationError',
      message: `The mapping cannot be used:\n${problems.join('\n')}`,
      problems,
    });
  });

  it('may be that somebody else decided first', () => {
    const error = new DecidedElsewhereError(['item 3 was decided by kim']);

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.name).toBe('DecidedElsewhereError');
  });
});

describe('an error of the state', () => {
  it('has a name', () => {
    expect(new StateError('It is newer.')).toMatchObject({ name: 'StateError', message: 'It is newer.' });
    expect(new LockedError('Held.')).toMatchObject({ name: 'LockedError', message: 'Held.' });
  });

  it('names both links where one is in the way of the other', () => {
    const refused = { opportunityId: 'O1', referralId: 'R1' };
    const existing = { opportunityId: 'O1', referralId: 'R2' };

    const error = new LinkConflictError(refused, existing);

    expect(error).toBeInstanceOf(StateError);
    expect({ ...error, message: error.message }).toEqual({
      name: 'LinkConflictError',
      message:
        'Opportunity O1 cannot be linked to referral R1: opportunity O1 is already linked to referral R2. Remove the wrong link first.',
      ...refused,
      existing,
    });
  });

  it('names the row that cannot be read, and the remedy', () => {
    const row = { connection: 'contoso', kind: 'link', side: 'opportunity', id: 'O1' } as const;

    const error = new CorruptRowError({ ...row, problem: 'not JSON' });

    expect(error).toBeInstanceOf(StateError);
    expect({ ...error, message: error.message }).toEqual({
      name: 'CorruptRowError',
      message:
        'The ledger\'s link row O1 of connection "contoso" cannot be read (not JSON). Restore a backup of ledger.db, or move it away and run `cosell-sync rebuild`.',
      ...row,
    });
  });
});
