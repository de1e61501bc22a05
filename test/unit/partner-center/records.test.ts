import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import type { ReferralDraft } from '../../../src/core/ports.ts';
import {
  BASE,
  failure,
  finishNock,
  idOf,
  json,
  LIST,
  OPPORTUNITY,
  options,
  payload,
  setup,
  startNock,
} from './support.ts';

beforeEach(startNock);
afterEach(finishNock);

const draft: ReferralDraft = {
  deal: { name: 'New deal', amount: '10' },
  opportunityId: OPPORTUNITY,
  type: 'Independent',
};
const error = (code: string, message: string, more: object = {}) => ({ error: { code, message, ...more } });
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const reset = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

describe('reading one referral', () => {
  it('sends the token, the media type and three ids, and prefers the ETag of the header', async () => {
    const reqheaders = {
      authorization: 'Bearer token-1',
      accept: 'application/json',
      'client-request-id': GUID,
      'ms-requestid': GUID,
      'ms-correlationid': GUID,
    };
    nock(BASE, { reqheaders })
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1), { ...json, ETag: '"fresh"' });

    const referral = await setup().partnerCenter.find(idOf(1), options);

    expect(referral?.version).toBe('"fresh"');
  });

  it.each([403, 404, 410])('takes HTTP %i for not visible', async (status) => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(status, error('itemNotFound', 'No such referral.'), json);

    expect(await setup().partnerCenter.find(idOf(1), options)).toBeNull();
  });

  it('does not hand over an answer about another record', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(2), json);

    expect(await failure(setup().partnerCenter.find(idOf(1), options))).toMatchObject({
      code: 'unavailable',
    });
  });

  it('repeats after a server error and a truncated connection', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(500, 'oops')
      .get(`${LIST}/${idOf(1)}`)
      .replyWithError(reset());
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1), json);
    const { partnerCenter, counters } = setup();

    const referral = await partnerCenter.find(idOf(1), options);

    expect(referral?.id).toBe(idOf(1));
    expect(counters).toEqual({ requests: 3, retries: 2 });
  });

  it('says that truncated JSON is no answer', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, '{"id":"1111', json);

    expect(await failure(setup().partnerCenter.find(idOf(1), options))).toMatchObject({
      code: 'unavailable',
      outcomeUnknown: false,
    });
  });
});

describe('a token that is refused', () => {
  it('is renewed once', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .matchHeader('authorization', 'Bearer token-1')
      .reply(401, error('unAuthorized', 'No.'), json);
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .matchHeader('authorization', 'Bearer token-2')
      .reply(200, payload(1), json);
    const { partnerCenter, tokenRequests } = setup();

    await partnerCenter.find(idOf(1), options);

    expect(tokenRequests).toEqual(['token-1', 'refused token-1']);
  });

  it('again and again needs a person', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .twice()
      .reply(401, error('unAuthorized', 'Caller is not authorized.'), json);

    const refusal = await failure(setup().partnerCenter.find(idOf(1), options));

    expect(refusal).toMatchObject({ code: 'unauthorized', status: 401, remoteCode: 'unAuthorized' });
    expect(refusal.message).toContain('cosell-sync auth login contoso');
    expect(JSON.stringify([refusal.message, Object.entries(refusal)])).not.toContain('token-');
  });

  it('by conditional access names the claims challenge', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(403, error('insufficient_claims', 'MFA.'), json);

    const refusal = await failure(setup().partnerCenter.find(idOf(1), options));

    expect(refusal).toMatchObject({ code: 'unauthorized' });
    expect(refusal.message).toContain('claims challenge');
  });
});

describe('creating', () => {
  it.each([200, 201, 202])('takes HTTP %i with a body for done', async (status) => {
    const reqheaders = { 'content-type': 'application/json', 'ms-requestid': 'request-1' };
    nock(BASE, { reqheaders, badheaders: ['if-match'] })
      .post(LIST, (body) => body.externalReferenceId === OPPORTUNITY && body.details.dealValue === 10)
      .reply(status, payload(1), json);

    const created = await setup().partnerCenter.create(draft, 'request-1', options);

    expect(created).toMatchObject({ id: idOf(1), origin: 'own', version: '"1-1"' });
  });

  it('reads an accepted create back from its location, on the configured host only', async () => {
    nock(BASE)
      .post(LIST)
      .reply(202, '', { Location: `http://elsewhere.example/v1.0/referrals/${idOf(1)}?x=1` });
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1), json);

    const created = await setup().partnerCenter.create(draft, 'request-1', options);

    expect(created.id).toBe(idOf(1));
  });

  it.each([
    ['no body and no location', '', {}],
    ['damaged JSON', '{"id":', json],
    ['a web page', '<html></html>', { 'content-type': 'text/html' }],
  ])('says that the outcome is unknown when a success has %s', async (_what, body, headers) => {
    nock(BASE).post(LIST).reply(200, body, headers);

    expect(await failure(setup().partnerCenter.create(draft, 'request-1', options))).toMatchObject({
      code: 'unavailable',
      outcomeUnknown: true,
    });
  });

  it('says that the outcome is unknown while the new record is not visible yet', async () => {
    nock(BASE)
      .post(LIST)
      .reply(202, '', { Location: `${LIST}/${idOf(1)}` });
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(404, error('itemNotFound', 'Not yet.'), json);

    expect(await failure(setup().partnerCenter.create(draft, 'request-1', options))).toMatchObject({
      outcomeUnknown: true,
    });
  });

  it('never sends a create again after a server error, which may come after the commit', async () => {
    nock(BASE).post(LIST).reply(500, error('generalException', 'Oops.'), json);
    const { partnerCenter, counters } = setup();

    const refusal = await failure(partnerCenter.create(draft, 'request-1', options));

    expect(refusal).toMatchObject({ code: 'unavailable', outcomeUnknown: true, status: 500 });
    expect(counters.requests).toBe(1);
  });

  it('never sends a create again after a broken connection', async () => {
    nock(BASE).post(LIST).replyWithError(reset());

    expect(await failure(setup().partnerCenter.create(draft, 'request-1', options))).toMatchObject({
      code: 'unavailable',
      outcomeUnknown: true,
    });
  });

  it.each([
    ['the short body', { statusCode: 429, message: 'Rate limit is exceeded. Try again in 57 seconds.' }],
    ['the envelope', error('tooManyRequests', 'Slow down.')],
  ])('waits as long as a 429 with %s asks, then sends it again', async (_what, body) => {
    nock(BASE)
      .post(LIST)
      .reply(429, body, { ...json, 'Retry-After': '57' });
    nock(BASE).post(LIST).reply(200, payload(1), json);
    const { partnerCenter, clock } = setup();

    await partnerCenter.create(draft, 'request-1', options);

    expect(clock.sleeps).toEqual([57_000]);
  });

  it('reports a rejection with the words of the server and the field it names', async () => {
    const body = error('invalidRequest', 'The request is invalid.', {
      target: 'details.currency',
      innerError: { code: 'invalidCurrency', message: 'XXX is not a currency.' },
    });
    nock(BASE)
      .post(LIST)
      .reply(400, body, { ...json, 'request-id': 'support-1' });

    const refusal = await failure(setup().partnerCenter.create(draft, 'request-1', options));

    expect(refusal).toMatchObject({
      code: 'rejected',
      remoteCode: 'invalidCurrency',
      fields: ['details.currency'],
      requestId: 'support-1',
      outcomeUnknown: false,
    });
    expect(refusal.message).toContain('The request is invalid.');
    expect(refusal.message).toContain('XXX is not a currency.');
  });

  it('names the role when creating is forbidden', async () => {
    nock(BASE).post(LIST).reply(403, error('accessDenied', 'Access denied.'), json);

    const refusal = await failure(setup().partnerCenter.create(draft, 'request-1', options));

    expect(refusal.code).toBe('forbidden');
    expect(refusal.message).toContain('Referrals admin');
  });
});

describe('updating', () => {
  const etag = '"84001c9d-0000-0100-0000-6225a63e0000"';
  const update = (partnerCenter = setup().partnerCenter) =>
    partnerCenter.update(idOf(1), etag, { deal: { notes: 'Hello' }, tag: OPPORTUNITY }, 'request-1', options);

  it('sends the ETag byte for byte and asks for the representation', async () => {
    const reqheaders = {
      'if-match': etag,
      prefer: 'return=representation',
      'content-type': 'application/json',
    };
    nock(BASE, { reqheaders })
      .patch(`${LIST}/${idOf(1)}`, [
        { op: 'replace', path: '/details/notes', value: 'Hello' },
        { op: 'replace', path: '/externalReferenceId', value: OPPORTUNITY },
      ])
      .reply(200, payload(1, { eTag: '"1-2"' }), json);

    const updated = await update();

    expect(updated.version).toBe('"1-2"');
  });

  it.each([
    ['nothing', 204, '', {}],
    ['damaged JSON', 200, '{', json],
    ['no ETag', 200, JSON.stringify(payload(1, { eTag: null })), json],
  ])('reads the record when the answer holds %s', async (_what, status, body, headers) => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(status, body, headers);
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1, { eTag: '"1-2"' }), json);

    const updated = await update();

    expect(updated.version).toBe('"1-2"');
  });

  it('repeats after a server error, because the ETag protects it', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(500, '')
      .patch(`${LIST}/${idOf(1)}`)
      .reply(412, '');

    const refusal = await failure(update());

    expect(refusal.code).toBe('version-conflict');
    // The first attempt may be what moved it.
    expect(refusal.outcomeUnknown).toBe(true);
  });

  it('does not take a later refusal for the answer to an attempt that was not heard of, nor across a renewed sign-in', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(502, '')
      .patch(`${LIST}/${idOf(1)}`)
      .reply(401, '')
      .patch(`${LIST}/${idOf(1)}`)
      .reply(400, error('invalidRequest', 'Said so.'), json);

    expect(await failure(update())).toMatchObject({ code: 'rejected', outcomeUnknown: true });
  });

  it('is certain of a refusal after attempts that were only put off', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(429, '', { 'retry-after': '1' })
      .patch(`${LIST}/${idOf(1)}`)
      .reply(503, '', { 'retry-after': '1' })
      .patch(`${LIST}/${idOf(1)}`)
      .reply(412, '');

    expect(await failure(update())).toMatchObject({ code: 'version-conflict', outcomeUnknown: false });
  });

  it.each([
    [412, 'preconditionFailed', 'version-conflict'],
    [412, 'resourceModified', 'version-conflict'],
    [428, 'preconditionRequired', 'version-conflict'],
    [409, 'resourceModified', 'version-conflict'],
    [400, 'PreconditionFailed', 'version-conflict'],
    [409, 'invalidStateTransition', 'rejected'],
    [400, 'invalidRequest', 'rejected'],
    [422, 'invalidRequest', 'rejected'],
    [404, 'itemNotFound', 'not-visible'],
    [410, 'gone', 'not-visible'],
    [403, 'accessDenied', 'not-visible'],
    [507, 'quota', 'quota'],
  ])('takes HTTP %i %s for %s', async (status, code, expected) => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(status, error(code, 'Said so.'), json);

    expect(await failure(update())).toMatchObject({
      code: expected,
      status,
      remoteCode: code,
      outcomeUnknown: false,
    });
  });

  it('does not show the text of a web page', async () => {
    const html = '<!DOCTYPE html><html><h1>Bad gateway</h1></html>';
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(502, html, { 'content-type': 'text/html' });

    const refusal = await failure(update(setup({ attempts: 1 }).partnerCenter));

    expect(refusal).toMatchObject({ code: 'unavailable', outcomeUnknown: true, remoteCode: null });
    expect(refusal.message).not.toContain('<');
  });

  it('reads the flat error body of the sister host', async () => {
    const flat = { code: '600001', description: 'Referral is locked.', data: [], source: 'Referrals' };
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(400, flat, json);

    const refusal = await failure(update());

    expect(refusal).toMatchObject({ code: 'rejected', remoteCode: '600001' });
    expect(refusal.message).toContain('Referral is locked.');
  });

  it('bounds what it repeats of the words of the server', async () => {
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`)
      .reply(400, error('invalidRequest', 'x'.repeat(5_000)), json);

    expect((await failure(update())).message.length).toBeLessThan(1_200);
  });

  it('lays a list over the entries as read, at the same version without another read', async () => {
    const team = [
      { firstName: 'Kim', lastName: 'Boss', email: 'kim@partner.example', phone: '+49 30 000000' },
    ];
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1), json);
    nock(BASE)
      .patch(
        `${LIST}/${idOf(1)}`,
        (body) => body[0].value[0].title === 'Lead' && body[0].value[0].lastName === 'Boss',
      )
      .reply(200, payload(1, { eTag: '"1-2"' }), json);
    const { partnerCenter } = setup();
    await partnerCenter.find(idOf(1), options);

    await partnerCenter.update(idOf(1), '"1-1"', { deal: { team } }, 'request-1', options);
  });

  it('reads the lists first when it does not know them at this version', async () => {
    const solutions = [{ id: 'SOL-10001-ABC', name: null }];
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1), json);
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`, (body) => body[0].value[0].price === 12)
      .reply(200, payload(1, { eTag: '"1-2"' }), json);

    await setup().partnerCenter.update(idOf(1), '"1-1"', { deal: { solutions } }, 'request-1', options);
  });

  it('sends no list when the record has moved meanwhile', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1, { eTag: '"1-9"' }), json);

    const change = setup().partnerCenter.update(
      idOf(1),
      '"1-1"',
      { deal: { solutions: [] } },
      'request-1',
      options,
    );

    expect(await failure(change)).toMatchObject({ code: 'version-conflict' });
  });

  it('writes stages as percentages once a read has shown one', async () => {
    nock(BASE)
      .get(`${LIST}/${idOf(1)}`)
      .reply(200, payload(1, { salesStage: '40' }), json);
    nock(BASE)
      .patch(`${LIST}/${idOf(1)}`, [{ op: 'replace', path: '/salesStage', value: '60' }])
      .reply(200, payload(1, { salesStage: '60', eTag: '"1-2"' }), json);
    const { partnerCenter } = setup();
    await partnerCenter.find(idOf(1), options);

    const updated = await partnerCenter.update(
      idOf(1),
      '"1-1"',
      { deal: { salesStage: 'Propose' } },
      'request-1',
      options,
    );

    expect(updated.deal.salesStage).toBe('Propose');
  });
});

describe('checking', () => {
  it('signs in, reads one row and compares the clocks', async () => {
    nock(BASE)
      .get(LIST)
      .query({ $top: '1' })
      .reply(200, { value: [payload(1)] }, json);

    const results = await setup().partnerCenter.check(options);

    expect(results.map(({ name, ok }) => [name, ok])).toEqual([
      ['Partner Center sign-in', true],
      ['Partner Center referrals', true],
      ['Clock', true],
    ]);
  });

  it('says how to mend a missing role', async () => {
    nock(BASE).get(LIST).query({ $top: '1' }).reply(403, error('accessDenied', 'Access denied.'), json);

    const results = await setup().partnerCenter.check(options);

    expect(results[1]).toMatchObject({ ok: false, remedy: expect.stringContaining('Referrals admin') });
  });

  it('says how to sign in', async () => {
    const accessToken = () => Promise.reject(new Error('internal detail'));

    const results = await setup({ accessToken }).partnerCenter.check(options);

    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ ok: false, remedy: 'Sign in: cosell-sync auth login contoso' });
    expect(results[0]?.detail).not.toContain('internal detail');
  });

  it.each([
    ['unauthorized', 'The sign-in was refused (invalid_client).', 'clientSecret'],
    ['unavailable', 'login.example could not be reached.', 'try again later'],
  ] as const)('does not send people to sign in where that cannot help: %s', async (code, message, remedy) => {
    const accessToken = () => Promise.reject(new RemoteError(message, { code, system: 'entra' }));

    const [result] = await setup({ accessToken }).partnerCenter.check(options);

    expect(result?.remedy).toContain(remedy);
    expect(result?.remedy).not.toContain('auth login');
  });

  it('blames no role for a list that does not answer', async () => {
    nock(BASE).get(LIST).query({ $top: '1' }).reply(400, error('invalidRequest', 'Broken.'), json);

    const results = await setup().partnerCenter.check(options);

    expect(results[1]?.remedy).not.toContain('admin role');
  });

  it('notices a clock that is wrong', async () => {
    nock(BASE)
      .get(LIST)
      .query({ $top: '1' })
      .reply(200, { value: [] }, { ...json, date: 'Sun, 01 Mar 2026 11:00:00 GMT' });

    const results = await setup().partnerCenter.check(options);

    expect(results[2]).toMatchObject({ name: 'Clock', ok: false, remedy: expect.stringContaining('NTP') });
  });
});
