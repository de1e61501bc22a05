import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import {
  BASE,
  failure,
  finishNock,
  idOf,
  json,
  LIST,
  OPPORTUNITY,
  options,
  page,
  payload,
  setup,
  startNock,
} from './support.ts';

beforeEach(startNock);
afterEach(finishNock);

const NONE_KNOWN = () => false;
const ALL_KNOWN = () => true;
const ORDER = { $orderby: 'updatedDateTime desc' };
/** A row by number and time of its last update on 1 March 2026. */
const row = (number: number, time: string, changes: object = {}) =>
  payload(number, { updatedDateTime: `2026-03-01T${time}`, ...changes });
/** The feed's cursor: the clock of the answers stands at 10:00. */
const cursorAt = (time: string, sweptAt = '09:59:00Z', filter = 0) =>
  JSON.stringify({ watermark: `2026-03-01T${time}`, sweptAt: `2026-03-01T${sweptAt}`, filter });
const since = (time: string) => ({ ...ORDER, $filter: `updatedDateTime ge 2026-03-01T${time}Z` });
const more = (token: string) => `http://api.partner.example/v1.0/referrals?$skiptoken=${token}`;
const numbers = (referrals: readonly { readonly id: ReferralId }[]) =>
  referrals.map(({ id }) => Number(id.slice(-6)));

function list(query: Record<string, string>, ...rows: readonly unknown[]) {
  return nock(BASE).get(LIST).query(query).reply(200, page(rows), json);
}

describe('the first walk', () => {
  it('reads everything, oldest change first, and remembers the newest raw timestamp', async () => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .reply(200, page([row(3, '09:00:00.81Z'), row(2, '08:00:00Z')], more('a')), json);
    list({ $skiptoken: 'a' }, row(1, '07:00:00.1234567Z'));

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1, 2, 3]);
    expect(feed).toMatchObject({ complete: true, serverTime: '2026-03-01T10:00:00.000Z' });
    expect(JSON.parse(feed.next)).toEqual({
      watermark: '2026-03-01T09:00:00.81Z',
      sweptAt: '2026-03-01T10:00:00.000Z',
      filter: 0,
    });
  });

  it('follows links to other hosts, schemes and paths only on the configured base, with exactly their query', async () => {
    const link =
      'http://elsewhere.example/v1.0/referrals?$skiptoken=a%2Bb&$orderby=updatedDateTime%20desc#part';
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .reply(200, page([row(2, '09:00:00Z')], link), json);
    nock(BASE)
      .get(`${LIST}?$skiptoken=a%2Bb&$orderby=updatedDateTime%20desc`)
      .reply(200, page([row(1, '08:00:00Z')]), json);

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1, 2]);
  });

  it('keeps the newest version of a row that moved between pages', async () => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .reply(200, page([row(1, '09:30:00.2Z', { eTag: '"new"' })], more('a')), json);
    list({ $skiptoken: 'a' }, row(1, '09:30:00.1Z', { eTag: '"old"' }));

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(feed.referrals.map(({ version }) => version)).toEqual(['"new"']);
  });

  it('stops in a loop of page tokens and says that the list is not complete', async () => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .reply(200, page([row(2, '09:00:00Z')], more('a')), json);
    nock(BASE)
      .get(LIST)
      .query({ $skiptoken: 'a' })
      .reply(200, page([row(1, '08:00:00Z')], more('a')), json);

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(feed.complete).toBe(false);
    expect(JSON.parse(feed.next)).toMatchObject({ watermark: null });
  });

  it('stops at the cap of pages', async () => {
    const cursor = cursorAt('01:00:00Z', '02:00:00Z');
    nock(BASE)
      .get(LIST)
      .query(since('00:50:00'))
      .reply(200, page([row(3, '09:00:00Z')], more('a')), json);
    nock(BASE)
      .get(LIST)
      .query({ $skiptoken: 'a' })
      .reply(200, page([row(2, '08:00:00Z')], more('b')), json);

    const feed = await setup({ maxPages: 2 }).partnerCenter.changes(cursor, NONE_KNOWN, options);

    expect(feed).toMatchObject({ complete: false, next: cursor });
  });

  it.each([400, 410])('starts over once when a page token has expired with HTTP %i', async (status) => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .twice()
      .reply(200, page([row(2, '09:00:00Z')], more('a')), json);
    nock(BASE).get(LIST).query({ $skiptoken: 'a' }).reply(status, '');
    list({ $skiptoken: 'a' }, row(1, '08:00:00Z'));

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1, 2]);
    expect(feed.complete).toBe(true);
  });

  it('is not complete when page tokens keep expiring', async () => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .twice()
      .reply(200, page([row(2, '09:00:00Z')], more('a')), json);
    nock(BASE).get(LIST).query({ $skiptoken: 'a' }).twice().reply(410, '');

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(feed.complete).toBe(false);
  });

  it('counts rows that carry no usable id and goes on', async () => {
    list(ORDER, { id: 'broken' }, row(1, '08:00:00Z'), 7);

    const feed = await setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1]);
    expect(feed.unreadable).toBe(2);
  });

  it('fails when a later page does', async () => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .reply(200, page([row(2, '09:00:00Z')], more('a')), json);
    nock(BASE)
      .get(LIST)
      .query({ $skiptoken: 'a' })
      .reply(200, '<html></html>', { 'content-type': 'text/html' });

    const walk = setup().partnerCenter.changes(null, NONE_KNOWN, options);

    expect(await failure(walk)).toMatchObject({ code: 'unavailable' });
  });

  it('names the role when the list is forbidden', async () => {
    nock(BASE).get(LIST).query(ORDER).reply(403, {}, json);

    const refusal = await failure(setup().partnerCenter.changes(null, NONE_KNOWN, options));

    expect(refusal.code).toBe('forbidden');
    expect(refusal.message).toContain('Referrals admin');
  });

  it.each(['{', '"text"', '{"watermark":"yesterday"}'])(
    'reads everything when the cursor is %s',
    async (cursor) => {
      list(ORDER, row(1, '08:00:00Z'));

      const feed = await setup().partnerCenter.changes(cursor, NONE_KNOWN, options);

      expect(numbers(feed.referrals)).toEqual([1]);
    },
  );
});

describe('a walk from a cursor', () => {
  it('costs one request when nothing has changed, however much lies below', async () => {
    const cursor = cursorAt('09:50:00.1Z');
    nock(BASE)
      .get(LIST)
      .query(since('09:40:00'))
      .reply(200, page([row(2, '09:50:00.1Z'), row(1, '09:49:00Z')], more('a')), json);
    const { partnerCenter, counters } = setup();

    const feed = await partnerCenter.changes(cursor, ALL_KNOWN, options);

    expect(feed.referrals).toEqual([]);
    expect(counters.requests).toBe(1);
    expect(JSON.parse(feed.next)).toMatchObject({ watermark: '2026-03-01T09:50:00.1Z' });
  });

  it('reads on until it has passed the watermark, ties included', async () => {
    nock(BASE)
      .get(LIST)
      .query(since('09:40:00'))
      .reply(200, page([row(4, '09:55:00Z'), row(3, '09:50:00Z')], more('a')), json);
    nock(BASE)
      .get(LIST)
      .query({ $skiptoken: 'a' })
      .reply(200, page([row(2, '09:50:00Z'), row(1, '09:49:00Z')], more('b')), json);

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1, 2, 3, 4]);
  });

  it('returns only what is not known at that version', async () => {
    list(since('09:40:00'), row(3, '09:55:00Z'), row(2, '09:54:00Z', { eTag: '"2-9"' }), row(1, '09:53:00Z'));
    const known = new Map([
      [idOf(1), '"1-1"'],
      [idOf(2), '"2-1"'],
    ]);

    const feed = await setup().partnerCenter.changes(
      cursorAt('09:50:00Z'),
      (id, version) => known.get(id) === version,
      options,
    );

    expect(numbers(feed.referrals)).toEqual([2, 3]);
    expect(JSON.parse(feed.next)).toMatchObject({ watermark: '2026-03-01T09:55:00Z' });
  });

  it('finds a row that appeared late below the watermark on a page that it reads anyway', async () => {
    list(since('09:40:00'), row(2, '09:50:00Z'), row(1, '09:45:00Z'));

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), (id) => id === idOf(2), options);

    expect(numbers(feed.referrals)).toEqual([1]);
  });

  it('walks the whole window below the watermark when that has not been done for long', async () => {
    nock(BASE)
      .get(LIST)
      .query(since('09:40:00'))
      .reply(200, page([row(3, '09:50:00Z'), row(2, '09:49:00Z')], more('a')), json);
    list({ $skiptoken: 'a' }, row(1, '09:41:00Z'));

    const feed = await setup().partnerCenter.changes(
      cursorAt('09:50:00Z', '09:54:00Z'),
      (id) => id !== idOf(1),
      options,
    );

    expect(numbers(feed.referrals)).toEqual([1]);
    expect(JSON.parse(feed.next)).toMatchObject({ sweptAt: '2026-03-01T10:00:00.000Z' });
  });

  it('leaves the window alone once every late row has had time to appear', async () => {
    const cursor = JSON.stringify({ watermark: '2026-03-01T09:00:00Z', sweptAt: '2026-03-01T09:15:00Z' });
    nock(BASE)
      .get(LIST)
      .query(since('08:50:00'))
      .reply(200, page([row(2, '09:00:00Z'), row(1, '08:59:00Z')], more('a')), json);
    const { partnerCenter, counters } = setup();

    await partnerCenter.changes(cursor, ALL_KNOWN, options);

    expect(counters.requests).toBe(1);
  });

  it('does not let a row from the year 2099 hide what changes until then', async () => {
    list(since('09:40:00'), payload(9, { updatedDateTime: '2099-01-01T00:00:00Z' }), row(1, '09:55:00Z'));

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1, 9]);
    expect(JSON.parse(feed.next)).toMatchObject({ watermark: '2026-03-01T09:55:00Z' });
  });

  it('brings a watermark from the future back to the clock of the server', async () => {
    const cursor = JSON.stringify({ watermark: '2099-01-01T00:00:00Z', sweptAt: null });
    nock(BASE).get(LIST).query(true).reply(200, page([]), json);

    const feed = await setup().partnerCenter.changes(cursor, NONE_KNOWN, options);

    expect(JSON.parse(feed.next)).toMatchObject({ watermark: '2026-03-01T10:00:00.000Z' });
  });

  it('reads every page of a server that ignores the order', async () => {
    nock(BASE)
      .get(LIST)
      .query(since('09:40:00'))
      .reply(200, page([row(1, '09:30:00Z'), row(2, '09:55:00Z'), row(3, '09:20:00Z')], more('a')), json);
    list({ $skiptoken: 'a' }, row(4, '09:56:00Z'));

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([3, 1, 2, 4]);
  });

  it('delivers a row that carries no time of its own', async () => {
    list(
      since('09:40:00'),
      row(2, '09:55:00Z'),
      payload(1, { updatedDateTime: null, createdDateTime: null }),
    );

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1, 2]);
  });
});

describe('filters that are refused', () => {
  const quoted = { ...ORDER, $filter: "updatedDateTime ge '2026-03-01T09:40:00Z'" };
  const refuse = (query: Record<string, string>) =>
    nock(BASE)
      .get(LIST)
      .query(query)
      .reply(400, { error: { code: 'invalidRequest', message: 'Unsupported filter.' } }, json);

  it('are tried quoted', async () => {
    refuse(since('09:40:00'));
    list(quoted, row(1, '09:55:00Z'));

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(numbers(feed.referrals)).toEqual([1]);
    expect(JSON.parse(feed.next)).toMatchObject({ filter: 1 });
  });

  it('are left out in the end, and the walk still stops at the watermark', async () => {
    refuse(since('09:40:00'));
    refuse(quoted);
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .reply(200, page([row(2, '09:55:00Z'), row(1, '09:30:00Z')], more('a')), json);

    const feed = await setup().partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(JSON.parse(feed.next)).toMatchObject({ filter: 2, watermark: '2026-03-01T09:55:00Z' });
  });

  it('are not tried again by the same client, nor from the cursor it left', async () => {
    nock(BASE)
      .get(LIST)
      .query(ORDER)
      .twice()
      .reply(200, page([row(1, '09:30:00Z')]), json);
    const { partnerCenter, counters } = setup();

    await partnerCenter.changes(cursorAt('09:50:00Z', '09:59:00Z', 2), NONE_KNOWN, options);
    await partnerCenter.changes(cursorAt('09:50:00Z'), NONE_KNOWN, options);

    expect(counters.requests).toBe(2);
  });

  it('even when there is none left are an error of the set-up', async () => {
    refuse(ORDER);

    const refusal = await failure(
      setup().partnerCenter.changes(cursorAt('09:50:00Z', '09:59:00Z', 2), NONE_KNOWN, options),
    );

    expect(refusal).toMatchObject({ code: 'configuration', status: 400 });
    expect(refusal.message).toContain('Unsupported filter.');
  });
});

describe('settling after a run of our own writes', () => {
  const cursor = cursorAt('09:00:00Z', '09:59:00Z');
  const rows = [row(4, '09:30:00Z'), row(3, '09:20:00Z'), row(2, '09:10:00Z'), row(1, '08:55:00Z')];

  it('moves to the newest row when all are known', async () => {
    list(since('08:50:00'), ...rows);

    const next = await setup().partnerCenter.settle(cursor, ALL_KNOWN, options);

    expect(JSON.parse(next)).toMatchObject({
      watermark: '2026-03-01T09:30:00Z',
      sweptAt: '2026-03-01T10:00:00.000Z',
    });
  });

  it('stops just below the oldest row that is not known', async () => {
    list(since('08:50:00'), ...rows);

    const next = await setup().partnerCenter.settle(cursor, (id) => id !== idOf(3), options);

    expect(JSON.parse(next)).toMatchObject({ watermark: '2026-03-01T09:10:00Z' });
  });

  it('does not move past a late row below the watermark', async () => {
    list(since('08:50:00'), ...rows);

    const next = await setup().partnerCenter.settle(cursor, (id) => id !== idOf(1), options);

    expect(JSON.parse(next)).toMatchObject({ watermark: '2026-03-01T09:00:00Z' });
  });

  it('leaves the cursor alone when the walk is not complete', async () => {
    nock(BASE)
      .get(LIST)
      .query(since('08:50:00'))
      .reply(200, page([row(4, '09:30:00Z')], more('a')), json);

    const next = await setup({ maxPages: 1 }).partnerCenter.settle(cursor, ALL_KNOWN, options);

    expect(next).toBe(cursor);
  });
});

describe('the referrals of an engagement', () => {
  const engagementId = '22222222-0000-4000-8000-000000000001';

  it('are listed with the sibling of Microsoft, and nothing that a server adds by ignoring the filter', async () => {
    const sibling = payload(2, { engagementId: engagementId.toUpperCase(), organizationId: 'msft' });
    list({ $filter: `engagementId eq '${engagementId}'` }, payload(1), sibling, payload(3));

    const found = await setup().partnerCenter.listEngagement(engagementId, options);

    expect(found.map(({ id, isMicrosofts }) => [id, isMicrosofts])).toEqual([
      [idOf(1), false],
      [idOf(2), true],
    ]);
  });

  it('are asked for without quotes when quotes are refused, from then on', async () => {
    nock(BASE)
      .get(LIST)
      .query({ $filter: `engagementId eq '${engagementId}'` })
      .reply(400, {}, json);
    nock(BASE)
      .get(LIST)
      .query({ $filter: `engagementId eq ${engagementId}` })
      .twice()
      .reply(200, page([payload(1)]), json);
    const { partnerCenter } = setup();

    await partnerCenter.listEngagement(engagementId, options);
    const found = await partnerCenter.listEngagement(engagementId, options);

    expect(numbers(found)).toEqual([1]);
  });

  it('are an error when the list does not end', async () => {
    nock(BASE)
      .get(LIST)
      .query(true)
      .reply(200, page([payload(1)], more('a')), json);

    const walk = setup({ maxPages: 1 }).partnerCenter.listEngagement(engagementId, options);

    expect(await failure(walk)).toMatchObject({ code: 'unavailable' });
  });
});

describe('looking for creates by tag', () => {
  const BY_CREATION = { $orderby: 'createdDateTime desc' };
  const created = (number: number, time: string, tag: string | null = null) =>
    payload(number, { createdDateTime: `2026-03-01T${time}`, externalReferenceId: tag });
  const tags = new Set([OPPORTUNITY]);

  it('stops at rows older than the search', async () => {
    nock(BASE)
      .get(LIST)
      .query(BY_CREATION)
      .reply(
        200,
        page(
          [
            created(3, '09:59:00Z', `sf:${OPPORTUNITY}`),
            created(2, '09:50:00Z'),
            created(1, '09:40:00Z', OPPORTUNITY),
          ],
          more('a'),
        ),
        json,
      );

    const found = await setup().partnerCenter.findByTags(tags, '2026-03-01T09:50:00Z', options);

    expect(numbers(found)).toEqual([3, 1]);
  });

  it('reads further pages while they may still hold one', async () => {
    nock(BASE)
      .get(LIST)
      .query(BY_CREATION)
      .reply(200, page([created(2, '09:59:00Z')], more('a')), json);
    list({ $skiptoken: 'a' }, created(1, '09:58:00Z', OPPORTUNITY));

    const found = await setup().partnerCenter.findByTags(tags, '2026-03-01T09:50:00Z', options);

    expect(numbers(found)).toEqual([1]);
  });

  it('asks nothing when nothing is looked for', async () => {
    expect(
      await setup().partnerCenter.findByTags(new Set<OpportunityId>(), '2026-03-01T09:50:00Z', options),
    ).toEqual([]);
  });

  it('reports a refusal as an error of ours', async () => {
    nock(BASE).get(LIST).query(BY_CREATION).reply(400, {}, json);

    const search = setup().partnerCenter.findByTags(tags, '2026-03-01T09:50:00Z', options);

    expect(await failure(search)).toMatchObject({ code: 'configuration' });
  });
});
