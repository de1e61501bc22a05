import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld } from '../../support/world.ts';
import { HOST, ORIGIN, visit } from '../console/visitor.ts';

const TOKEN = 'a token for this test only, long enough';
let place: ConsoleUnderTest;
let cookie = '';
let csrf = '';

beforeAll(async () => {
  const world = createWorld();
  world.crm.add();
  place = await openConsole({ worlds: { contoso: world }, token: TOKEN });
  const visitor = visit(place);
  csrf = (await visitor.signIn('Dana Fox', TOKEN)).json().csrf;
  cookie = visitor.cookie.split(';')[0] ?? '';
});
afterAll(() => place.close());

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '../../etc/passwd',
    '%2e%2e%2f',
    '%00',
    '\u202e',
    "' OR 1=1",
    'null',
    '-1',
  ),
);
const path = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        '/api/',
        '/api/deals/',
        '/api/plan/',
        '/api/attention/',
        '/assets/',
        '/metrics/',
        '/webhooks/',
        '/',
      ),
      nasty,
    )
    .map(([start, rest]) => `${start}${encodeURIComponent(rest.toWellFormed())}`),
  fc
    .tuple(
      fc.constantFrom('/api/deals', '/api/attention', '/api/pipeline', '/api/overview', '/readyz'),
      fc.array(
        fc.tuple(fc.oneof(nasty, fc.constantFrom('q', 'state', 'sort', 'limit', 'cursor', 'kind')), nasty),
        {
          maxLength: 4,
        },
      ),
    )
    .map(
      ([start, query]) =>
        `${start}?${query.map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('=')).join('&')}`,
    ),
  fc.constantFrom(
    '/assets/..%2f..%2fpackage.json',
    '/%',
    '/api/%ff',
    '//evil.example/',
    '/api//deals',
    '/assets/',
  ),
);
const action = fc.constantFrom(
  '/api/session',
  '/api/attention/decide',
  '/api/runs',
  '/api/plan',
  '/api/events',
);

it('no request breaks the server, whoever sends it and whatever it holds', async () => {
  const headers = {
    host: HOST,
    cookie,
    origin: ORIGIN,
    'sec-fetch-site': 'same-origin',
    'x-cosell-csrf': csrf,
  };
  await fc.assert(
    fc.asyncProperty(path, fc.constantFrom('GET', 'HEAD', 'DELETE', 'OPTIONS'), async (url, method) => {
      // A stream of events is meant to stay open.
      fc.pre(!url.startsWith('/api/events') && !(method === 'DELETE' && url.startsWith('/api/session')));
      const { statusCode, body } = await place.daemon.app.inject({ method: method as 'GET', url, headers });
      expect(statusCode, url).toBeLessThan(500);
      expect(body).not.toMatch(/node_modules|at \w+ \(|"dependencies"/);
    }),
    { numRuns: 200 },
  );
  await fc.assert(
    fc.asyncProperty(
      action,
      fc.oneof(fc.json(), nasty),
      fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', ''),
      async (url, payload, type) => {
        fc.pre(url !== '/api/session');
        const { statusCode } = await place.daemon.app.inject({
          method: 'POST',
          url,
          headers: { ...headers, ...(type === '' ? {} : { 'content-type': type }) },
          payload,
        });
        expect(statusCode, `${url} ${payload}`).toBeLessThan(500);
      },
    ),
    { numRuns: 150 },
  );

  expect(place.errors).toEqual([]);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect((await place.daemon.app.inject({ url: '/healthz' })).statusCode).toBe(200);
});

it.each([
  'cookie',
  'origin',
  'host',
  'authorization',
  'sec-fetch-site',
  'x-cosell-csrf',
  'x-forwarded-proto',
  'content-type',
])('nothing in the header %s breaks the server or lets a stranger in', async (name) => {
  // Only what a header can carry: Node refuses the rest before we see it.
  const value = fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(value, async (text) => {
      for (const url of ['/api/deals', '/metrics']) {
        const { statusCode } = await place.daemon.app.inject({ url, headers: { host: HOST, [name]: text } });
        expect([400, 401, 403, 404, 421]).toContain(statusCode);
      }
    }),
    { numRuns: 40 },
  );
  expect(place.errors).toEqual([]);
});
