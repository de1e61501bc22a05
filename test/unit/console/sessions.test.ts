/** How long somebody stays signed in to the console, and what a browser and another site can do with the session. */
import { afterEach, describe, expect, it } from 'vitest';
import { createSessions, MAX_SESSIONS } from '../../../src/daemon/console/sessions.ts';
import { type ConsoleOptions, type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld } from '../../support/world.ts';
import { visit } from './visitor.ts';

const TOKEN = 'correct-horse-battery-staple';
const UNATTENDED = { 'x-cosell-unattended': '1' };
const HTTPS = { 'x-forwarded-proto': 'https' };
const opened: ConsoleUnderTest[] = [];

async function open(options: Partial<ConsoleOptions> = {}) {
  const console = await openConsole({ worlds: { contoso: createWorld() }, token: TOKEN, ...options });
  opened.push(console);
  return console;
}

afterEach(async () => {
  for (const console of opened.splice(0)) await console.close();
});

describe('a session', () => {
  it('ends on the server with signing out: its cookie is good for nothing any more', async () => {
    const visitor = visit(await open());
    await visitor.signIn('Dana', TOKEN);
    expect((await visitor.get('/api/overview')).statusCode).toBe(200);

    const answer = await visitor.delete('/api/session');

    expect(answer.headers['set-cookie']).toContain('Max-Age=0');
    expect((await visitor.get('/api/overview')).statusCode).toBe(401);
    expect((await visitor.post('/api/runs', { connection: 'contoso' })).statusCode).toBe(401);
  });

  it('ends an hour after the last thing that a person did', async () => {
    const world = createWorld();
    const visitor = visit(await open({ worlds: { contoso: world } }));
    await visitor.signIn('Dana', TOKEN);

    for (const _time of ['once', 'twice', 'thrice']) {
      world.pass(59);
      expect((await visitor.get('/api/overview')).statusCode).toBe(200);
    }
    world.pass(61);

    expect((await visitor.get('/api/overview')).statusCode).toBe(401);
    expect((await visitor.get('/api/session')).json()).toMatchObject({ mayRead: false, name: null });
  });

  it('is not prolonged by what the page asks for by itself', async () => {
    const world = createWorld();
    const visitor = visit(await open({ worlds: { contoso: world } }));
    await visitor.signIn('Dana', TOKEN);

    world.pass(40);
    expect((await visitor.get('/api/overview', UNATTENDED)).statusCode).toBe(200);
    expect((await visitor.get('/api/session', UNATTENDED)).json()).toMatchObject({ mayRead: true });
    world.pass(21);

    expect((await visitor.get('/api/overview', UNATTENDED)).statusCode).toBe(401);
  });

  it('is prolonged by every decision, whatever the page says of it', async () => {
    const world = createWorld();
    const visitor = visit(await open({ worlds: { contoso: world } }));
    await visitor.signIn('Dana', TOKEN);

    world.pass(40);
    expect((await visitor.post('/api/runs', { connection: 'contoso' }, UNATTENDED)).statusCode).toBe(202);
    world.pass(40);

    expect((await visitor.get('/api/overview')).statusCode).toBe(200);
  });

  it('ends twelve hours after signing in, whatever is done', async () => {
    const world = createWorld();
    const visitor = visit(await open({ worlds: { contoso: world } }));
    await visitor.signIn('Dana', TOKEN);

    for (let half = 0; half < 24; half += 1) {
      world.pass(30);
      expect((await visitor.get('/api/overview')).statusCode).toBe(200);
    }
    world.pass(1);

    expect((await visitor.get('/api/overview')).statusCode).toBe(401);
  });

  it('lasts as long as the configuration says', async () => {
    const world = createWorld();
    const server = { sessions: { idleMinutes: 5, maxHours: 1 } };
    const console = await open({ worlds: { contoso: world }, server });
    const [idle, busy] = [visit(console), visit(console)];
    await idle.signIn('Dana', TOKEN);
    const signedIn = await busy.signIn('Kim', TOKEN);

    world.pass(5);
    expect((await busy.get('/api/overview')).statusCode).toBe(200);
    world.pass(1);

    expect((await idle.get('/api/overview')).statusCode).toBe(401);
    expect((await busy.get('/api/overview')).statusCode).toBe(200);
    expect(String(signedIn.headers['set-cookie'])).toContain('Max-Age=3600');
  });

  it('gets a new id at each sign-in, and the one before ends', async () => {
    const console = await open();
    const visitor = visit(console);
    await visitor.signIn('Dana', TOKEN);
    const before = visitor.cookie.split(';')[0] ?? '';

    await visitor.signIn('Dana', TOKEN);

    expect(visitor.cookie.split(';')[0]).not.toBe(before);
    expect((await visitor.get('/api/overview')).statusCode).toBe(200);
    expect((await visit(console).get('/api/overview', { cookie: before })).statusCode).toBe(401);
  });

  it('never has an id that the browser chose', async () => {
    const console = await open();
    const fixed = { cookie: `cosell_session=${'A'.repeat(43)}` };

    const answer = await visit(console).post('/api/session', { name: 'Dana', token: TOKEN }, fixed);

    expect(answer.statusCode).toBe(200);
    expect(String(answer.headers['set-cookie'])).not.toContain('A'.repeat(43));
    expect((await visit(console).get('/api/overview', fixed)).statusCode).toBe(401);
  });
});

describe('the cookie of a session', () => {
  it('over https is for this host alone, and for https alone', async () => {
    const console = await open();
    const visitor = visit(console);

    const answer = await visitor.post('/api/session', { name: 'Dana', token: TOKEN }, HTTPS);

    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/^__Host-cosell_session=[\w-]{43}; Path=\/; /);
    expect(cookie).toContain('; HttpOnly; SameSite=Strict; Secure');
    expect(cookie).not.toContain('Domain');
    const sent = { cookie: cookie.split(';')[0] ?? '' };
    expect((await visit(console).get('/api/overview', { ...HTTPS, ...sent })).statusCode).toBe(200);
  });

  it('that an http page of the same host may have set does not count over https', async () => {
    const console = await open();
    const visitor = visit(console);
    await visitor.signIn('Dana', TOKEN);
    expect(visitor.cookie).toMatch(/^cosell_session=/);
    expect(visitor.cookie).not.toContain('Secure');

    expect((await visitor.get('/api/overview', HTTPS)).statusCode).toBe(401);
  });
});

it('no more than five hundred people are signed in: the one who came first must sign in again', () => {
  const sessions = createSessions(() => new Date(0), { idleMs: 1000, maxMs: 1000 });
  const ids = Array.from({ length: MAX_SESSIONS + 1 }, () => {
    const admission = sessions.open({ name: 'Dana', address: '127.0.0.1', findWrong: () => null });
    return admission.ok ? admission.session.id : '';
  });

  const known = ids.map((id) => sessions.find(id, true) !== null);

  expect(MAX_SESSIONS).toBe(500);
  expect(known).toEqual([false, ...Array.from({ length: MAX_SESSIONS }, () => true)]);
});

it('fifty wrong tokens a minute from all addresses together make everybody wait, and no longer than that', () => {
  let nowMs = 0;
  const sessions = createSessions(() => new Date(nowMs), { idleMs: 1000, maxMs: 1000 });
  const guess = (address: string, isRight = false) =>
    sessions.open({ name: 'Eve', address, findWrong: () => (isRight ? null : 'wrong-token') });
  for (let guesser = 0; guesser < 50; guesser += 1)
    expect(guess(`10.0.0.${guesser}`)).toEqual({ ok: false, reason: 'wrong-token' });

  expect(guess('192.0.2.1', true)).toEqual({ ok: false, reason: 'throttled', retryAfterSeconds: 60 });

  nowMs = 60_000;
  expect(guess('192.0.2.1', true)).toMatchObject({ ok: true });
});
