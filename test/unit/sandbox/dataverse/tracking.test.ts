import { describe, expect, it } from 'vitest';
import {
  type Answer,
  DAY_MS,
  errorOf,
  type Fixture,
  messageOf,
  rowsOf,
  seedDeal,
  startDataverse,
} from './support.ts';

const TRACK = 'odata.track-changes';
const deltaOf = ({ json }: Answer): string => String(json['@odata.deltaLink']);
const people = ({ org }: Fixture) => org.as(org.adminUserId);

async function track({ call }: Fixture, path = 'opportunities?$select=name'): Promise<Answer> {
  return call('GET', path, { prefer: TRACK });
}

describe('change tracking', () => {
  it('begins with every row and a delta link that keeps the selection', async () => {
    const fixture = await startDataverse();
    seedDeal(fixture.org);

    const answer = await fixture.call('GET', 'opportunities?$select=name', {
      prefer: `${TRACK},odata.maxpagesize=1000`,
    });

    expect(answer.headers.get('preference-applied')).toBe(`${TRACK},odata.maxpagesize=1000`);
    expect(answer.json['@odata.context']).toBe(`${fixture.api}/$metadata#opportunities(name)`);
    expect(deltaOf(answer)).toMatch(
      /\/api\/data\/v9\.2\/opportunities\?\$select=name&\$deltatoken=\d+%2103%2f02%2f2026%2009%3a00%3a00$/,
    );
    expect(rowsOf(answer)).toHaveLength(1);
  });

  it('gives changed rows by version, whole and without saying what changed, and deletions after them', async () => {
    const fixture = await startDataverse();
    const { opportunity: first } = seedDeal(fixture.org, { name: 'first' });
    const { opportunity: second } = seedDeal(fixture.org, { name: 'second' });
    const { opportunity: third } = seedDeal(fixture.org, { name: 'third' });
    const started = await track(fixture);
    people(fixture).delete('opportunity', second);
    people(fixture).update('opportunity', third, { estimatedvalue: 1 });
    people(fixture).update('opportunity', first, { name: 'once' });
    people(fixture).update('opportunity', first, { name: 'twice' });

    const changes = await fixture.call('GET', deltaOf(started));

    expect(changes.json['@odata.context']).toBe(`${fixture.api}/$metadata#opportunities(name)/$delta`);
    expect(rowsOf(changes)).toEqual([
      { '@odata.etag': expect.any(String), name: 'third', opportunityid: third },
      { '@odata.etag': expect.any(String), name: 'twice', opportunityid: first },
      {
        '@odata.context': `${fixture.api}/$metadata#opportunities/$deletedEntity`,
        id: second,
        reason: 'deleted',
      },
    ]);
  });

  it('reports a row that came and went in between as deleted', async () => {
    const fixture = await startDataverse();
    const started = await track(fixture);
    const id = people(fixture).create('opportunity', { name: 'brief' });
    people(fixture).delete('opportunity', id);

    expect(rowsOf(await fixture.call('GET', deltaOf(started)))).toMatchObject([{ id, reason: 'deleted' }]);
  });

  it('reports nothing, with another delta link, when nothing changed', async () => {
    const fixture = await startDataverse();
    seedDeal(fixture.org);
    const started = await track(fixture);
    fixture.clock.advance(1000);

    const idle = await fixture.call('GET', deltaOf(started), { prefer: TRACK });

    expect(idle.json.value).toEqual([]);
    expect(deltaOf(idle)).not.toBe(deltaOf(started));
    expect(rowsOf(await fixture.call('GET', deltaOf(idle)))).toEqual([]);
  });

  it('gives the delta link on the last page only, and misses nothing that happens between pages', async () => {
    const fixture = await startDataverse();
    const ids = ['a', 'b', 'c'].map((name) => seedDeal(fixture.org, { name }).opportunity);
    const prefer = `${TRACK},odata.maxpagesize=2`;

    const first = await fixture.call('GET', 'opportunities?$select=name', { prefer });
    people(fixture).update('opportunity', ids[0] ?? '', { name: 'a2' });
    const second = await fixture.call('GET', String(first.json['@odata.nextLink']), { prefer });
    const changes = await fixture.call('GET', deltaOf(second));

    expect(first.json).not.toHaveProperty('@odata.deltaLink');
    expect(rowsOf(second).map(({ name }) => name)).toEqual(['c']);
    expect(rowsOf(changes).map(({ name }) => name)).toEqual(['a2']);
  });

  it('pages through changes and deletions', async () => {
    const fixture = await startDataverse();
    const ids = ['a', 'b', 'c', 'd'].map((name) => seedDeal(fixture.org, { name }).opportunity);
    const started = await track(fixture);
    for (const id of ids.slice(0, 2)) people(fixture).delete('opportunity', id);
    for (const id of ids.slice(2)) people(fixture).update('opportunity', id, { name: 'x' });
    const seen: unknown[] = [];
    let next: unknown = deltaOf(started);
    let pages = 0;

    while (typeof next === 'string') {
      const page = await fixture.call('GET', next, { prefer: 'odata.maxpagesize=1' });
      seen.push(...rowsOf(page).map(({ opportunityid, id }) => opportunityid ?? id));
      next = page.json['@odata.nextLink'];
      pages += 1;
    }

    expect(pages).toBe(4);
    expect(seen).toEqual([ids[2], ids[3], ids[0], ids[1]]);
  });

  it('counts changes without consuming them', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    const token = deltaOf(await track(fixture)).split('$deltatoken=')[1];
    people(fixture).update('opportunity', opportunity, { name: 'new' });

    expect((await fixture.call('GET', `opportunities/$count?$deltatoken=${token}`)).text).toBe('\uFEFF1');
    expect((await fixture.call('GET', `opportunities/$count?$deltatoken=${token}`)).text).toBe('\uFEFF1');
  });

  it.each(['$filter=statecode eq 0', '$orderby=name', '$expand=ownerid', '$top=1'])(
    'refuses %s',
    async (option) => {
      const fixture = await startDataverse();

      const answer = await track(fixture, `opportunities?$select=name&${option}`);

      expect(answer.status).toBe(400);
      expect(messageOf(answer)).toBe(
        `The "${option.split('=')[0]}" query parameter isn't supported when Change Tracking is enabled.`,
      );
    },
  );

  it.each([
    ['age', ({ clock }: Fixture) => clock.advance(7 * DAY_MS + 1000)],
    ['a new column', ({ org }: Fixture) => void org.addColumn('opportunity', 'new_Extra', 'String')],
    ['a reset', ({ org }: Fixture) => org.expireDeltaLinks()],
  ])('refuses a delta link made useless by %s', async (_reason, expire) => {
    const fixture = await startDataverse();
    const started = await track(fixture);
    expire(fixture);

    const refused = await fixture.call('GET', deltaOf(started));
    fixture.org.switches.expiredTokenStatus = 410;
    const gone = await fixture.call('GET', deltaOf(started));

    expect(errorOf(refused)).toEqual({ status: 400, code: '0x80044352' });
    expect(errorOf(gone)).toEqual({ status: 410, code: '0x80044352' });
    expect((await fixture.call('GET', deltaOf(await track(fixture)))).status).toBe(200);
  });

  it('keeps a delta link for as many days as the organization says', async () => {
    const fixture = await startDataverse();
    fixture.org.patchSilently('organization', fixture.org.organizationId, { expirechangetrackingindays: 30 });
    const started = await track(fixture);
    fixture.clock.advance(29 * DAY_MS);

    expect((await fixture.call('GET', deltaOf(started))).status).toBe(200);
  });

  it('refuses a token from the future, as after a restored backup', async () => {
    const { call } = await startDataverse();
    const token = '99999999%2103%2f02%2f2026%2009%3a00%3a00';

    expect(errorOf(await call('GET', `opportunities?$select=name&$deltatoken=${token}`)).code).toBe(
      '0x80044352',
    );
  });

  it('needs read access to the whole organization', async () => {
    const fixture = await startDataverse();
    fixture.org.switches.organizationRead = false;

    expect(errorOf(await track(fixture))).toEqual({ status: 403, code: '0x80040220' });
    expect((await fixture.call('GET', 'opportunities')).status).toBe(200);
  });

  it('leaves the delta link out, or refuses, where the table is not tracked', async () => {
    const fixture = await startDataverse();
    fixture.org.switches.changeTrackingOff = ['opportunity'];

    const silent = await track(fixture);
    fixture.org.switches.untrackedAnswer = 'refuse';
    const refused = await track(fixture);

    expect(silent.status).toBe(200);
    expect(silent.json).not.toHaveProperty('@odata.deltaLink');
    expect(errorOf(refused)).toEqual({ status: 400, code: '0x80072491' });
  });

  it('carries annotations only where the organization does', async () => {
    const fixture = await startDataverse();
    seedDeal(fixture.org);
    const prefer = `${TRACK},odata.include-annotations="*"`;
    const key = '_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname';

    const without = await fixture.call('GET', 'opportunities?$select=_customerid_value', { prefer });
    fixture.org.switches.annotationsWithTracking = true;
    const having = await fixture.call('GET', 'opportunities?$select=_customerid_value', { prefer });

    expect(rowsOf(without)[0]).not.toHaveProperty([key]);
    expect(rowsOf(having)[0]).toHaveProperty([key], 'account');
  });
});
