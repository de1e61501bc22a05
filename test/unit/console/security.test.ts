import { afterEach, describe, expect, it } from 'vitest';
import { type ConsoleOptions, type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld } from '../../support/world.ts';
import { visit } from './visitor.ts';

const TOKEN = 'correct-horse-battery-staple';
const opened: ConsoleUnderTest[] = [];

async function open(options: Partial<ConsoleOptions> = {}) {
  const console = await openConsole({ worlds: { contoso: createWorld() }, token: TOKEN, ...options });
  opened.push(console);
  return console;
}

afterEach(async () => {
  for (const console of opened.splice(0)) await console.close();
});

describe('signing in', () => {
  it('takes the token and a name, and sets a cookie that scripts and other sites cannot use', async () => {
    const visitor = visit(await open());

    const answer = await visitor.signIn('Dana Fox', TOKEN);

    expect(answer.statusCode).toBe(200);
    expect(visitor.cookie).toMatch(/HttpOnly; SameSite=Strict$/);
    expect((await visitor.get('/api/session')).json()).toMatchObject({ name: 'Dana Fox', mayRead: true });
    expect((await visitor.get('/api/overview')).statusCode).toBe(200);
  });

  it('lets nobody read without it', async () => {
    const visitor = visit(await open());

    for (const path of [
      '/api/overview',
      '/api/deals',
      '/api/attention',
      '/api/pipeline',
      '/api/events',
      '/api/inbound',
    ])
      expect((await visitor.get(path)).statusCode, path).toBe(401);
  });

  it('refuses a wrong token, then makes the guesser wait', async () => {
    const visitor = visit(await open());

    for (let attempt = 0; attempt < 5; attempt += 1)
      expect((await visitor.signIn('Eve', 'guess')).statusCode).toBe(401);
    const throttled = await visitor.signIn('Eve', TOKEN);

    expect(throttled.statusCode).toBe(429);
    expect(throttled.headers['retry-after']).toBe('60');
    expect(throttled.json().error.message).toContain('try again in 60 seconds');
  });

  it('lets the guesser try again after the wait', async () => {
    const world = createWorld();
    const visitor = visit(await open({ worlds: { contoso: world } }));
    for (let attempt = 0; attempt < 5; attempt += 1) await visitor.signIn('Eve', 'guess');

    world.pass(2);

    expect((await visitor.signIn('Dana', TOKEN)).statusCode).toBe(200);
  });

  it.each(['', '   ', 'x'.repeat(81), 'Dana\u202eFox', 'Dana\nFox'])('refuses the name %j', async (name) => {
    expect((await visit(await open()).signIn(name, TOKEN)).statusCode).toBe(400);
  });

  it('asks for no token on this machine where none is set, but for a name before anything is done', async () => {
    const visitor = visit(await open({ token: null }));

    expect((await visitor.get('/api/overview')).statusCode).toBe(200);
    expect((await visitor.post('/api/runs', { connection: 'contoso' })).statusCode).toBe(401);

    await visitor.signIn('Dana');
    expect((await visitor.post('/api/runs', { connection: 'contoso' })).statusCode).toBe(202);
  });
});

describe('a request from elsewhere', () => {
  it.each(['evil.example', 'evil.example:8787', 'localhost.evil.example', '127.0.0.1.evil.example'])(
    'is refused when it was meant for the host %j',
    async (host) => {
      const visitor = visit(await open());

      expect((await visitor.get('/', { host })).statusCode).toBe(421);
      expect((await visitor.get('/api/session', { host })).statusCode).toBe(421);
    },
  );

  it.each(['127.0.0.1:8787', 'localhost:8787', '[::1]:8787', 'localhost'])(
    'is taken for %s',
    async (host) => {
      expect((await visit(await open()).get('/api/session', { host })).statusCode).toBe(200);
    },
  );

  it('is taken for the names of the configuration', async () => {
    const console = await open({ server: { allowedHosts: ['sync.contoso.example'] } });

    expect((await visit(console).get('/api/session', { host: 'sync.contoso.example' })).statusCode).toBe(200);
  });

  it.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another port', { origin: 'http://127.0.0.1:9999' }],
    ['of a sandboxed frame', { origin: 'null' }],
    ['of another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['without the page’s own header', { 'x-cosell-csrf': '' }],
    ['with another session’s header', { 'x-cosell-csrf': 'x'.repeat(43) }],
  ])('changes nothing: %s', async (_what, headers) => {
    const world = createWorld();
    const visitor = visit(await open({ worlds: { contoso: world } }));
    await visitor.signIn('Dana', TOKEN);
    const before = (await world.ledger.identity()).serial;

    const answers = [
      await visitor.post('/api/runs', { connection: 'contoso' }, headers),
      await visitor.post('/api/plan', { connection: 'contoso' }, headers),
      await visitor.post(
        '/api/attention/decide',
        { connection: 'contoso', action: { type: 'retry' }, items: [{ id: 'aa', version: 'x' }] },
        headers,
      ),
    ];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403]);
    expect((await world.ledger.identity()).serial).toBe(before);
  });

  it('cannot sign anybody in', async () => {
    const answer = await visit(await open()).post(
      '/api/session',
      { name: 'Eve', token: TOKEN },
      { origin: 'https://evil.example' },
    );

    expect(answer.statusCode).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('every answer', () => {
  it('forbids inline script, foreign assets, framing and guessing of types', async () => {
    const visitor = visit(await open());

    for (const path of [
      '/',
      '/assets/app.css',
      '/api/session',
      '/api/overview',
      '/api/nothing',
      '/assets/nothing.js',
    ]) {
      const { headers } = await visitor.get(path);
      const policy = String(headers['content-security-policy']);
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).toContain("script-src 'self';");
      expect(policy, path).toContain("style-src 'self';");
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toContain('unsafe');
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['referrer-policy'], path).toBe('no-referrer');
    }
  });

  it('with data is kept by nobody; the page’s files are asked for by their tag', async () => {
    const visitor = visit(await open());
    await visitor.signIn('Dana', TOKEN);

    expect((await visitor.get('/api/overview')).headers['cache-control']).toBe('no-store');
    expect((await visitor.get('/api/session')).headers['cache-control']).toBe('no-store');
    const page = await visitor.get('/');
    const again = await visitor.get('/', { 'if-none-match': String(page.headers.etag) });
    expect(page.headers['cache-control']).toBe('no-cache');
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
  });

  it('leaves the folder of the page’s files to nobody', async () => {
    const visitor = visit(await open());

    for (const path of [
      '/assets/../console.ts',
      '/assets/%2e%2e/console.ts',
      '/assets/..%2fconsole.ts',
      '/assets/',
    ])
      expect((await visitor.get(path)).statusCode, path).toBe(404);
  });

  it('never carries the configuration’s secrets or the token', async () => {
    const visitor = visit(await open());
    await visitor.signIn('Dana', TOKEN);

    for (const path of ['/api/overview', '/api/deals', '/api/attention', '/api/session', '/api/pipeline']) {
      const { body } = await visitor.get(path);
      expect(body, path).not.toContain(TOKEN);
      expect(body, path).not.toContain('hidden');
    }
  });

  it('to bad input says what is wrong and does not call it a bug', async () => {
    const console = await open();
    const visitor = visit(console);
    await visitor.signIn('Dana', TOKEN);

    const answers = [
      await visitor.get('/api/deals?state=Open&limit=0'),
      await visitor.get('/api/deals?colour=red'),
      await visitor.get('/api/deals?connection=fabrikam'),
      await visitor.get('/api/deals/contoso/not-an-id'),
      await visitor.post('/api/runs', { connection: 'fabrikam' }),
      await visitor.post('/api/attention/decide', {
        connection: 'contoso',
        action: { type: 'dismiss', why: ' ' },
        items: [],
      }),
      await visitor.post('/api/runs', 'x'.repeat(200_000)),
      await visitor.post('/api/runs', {}, { 'content-type': 'text/plain' }),
    ];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 404, 400, 404, 400, 413, 415]);
    expect(answers[0]?.json().error.message).toMatch(/state: .*limit: /);
    expect(console.errors).toEqual([]);
  });
});
