/** The code that the console asks for beside its token: who gets in with which, how often, and who finds out what. */
import { Secret, TOTP } from 'otpauth';
import { afterEach, describe, expect, it } from 'vitest';
import { createSecondFactor, newSecondFactor } from '../../../src/daemon/console/second-factor.ts';
import { createSessions } from '../../../src/daemon/console/sessions.ts';
import { type ConsoleUnderTest, openConsole } from '../../support/console.ts';
import { createWorld } from '../../support/world.ts';
import { ORIGIN, visit } from './visitor.ts';

/** The test vectors of RFC 6238, appendix B (SHA1), in their last six digits. */
const RFC_SECRET = Secret.fromUTF8('12345678901234567890').base32;
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
] as const;

const TOKEN = 'correct-horse-battery-staple';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const STEP_MS = 30_000;
/** What an authenticator app shows at a time. */
const codeAt = (ms: number): string => new TOTP({ secret: SECRET }).generate({ timestamp: ms });

describe('a code', () => {
  it.each(VECTORS)('at second %d is the one of RFC 6238', (seconds, code) => {
    expect(createSecondFactor(RFC_SECRET, () => new Date(seconds * 1000)).admits(code, true)).toBe(true);
  });

  it.each([
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ])('of %d steps from now is taken: %s', (steps, taken) => {
    const now = 1_800_000_000_000;
    const factor = createSecondFactor(SECRET, () => new Date(now));

    expect(factor.admits(codeAt(now + steps * STEP_MS), true)).toBe(taken);
  });

  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６'])('%j is none', (code) => {
    expect(createSecondFactor(SECRET, () => new Date(0)).admits(code, true)).toBe(false);
  });

  it('may be typed with a blank in the middle', () => {
    const code = codeAt(0);

    expect(
      createSecondFactor(SECRET, () => new Date(0)).admits(`${code.slice(0, 3)} ${code.slice(3)}`, true),
    ).toBe(true);
  });

  it('is good once, as long as it would be taken at all', () => {
    let now = 1_800_000_000_000;
    const code = codeAt(now);
    const factor = createSecondFactor(SECRET, () => new Date(now));
    expect(factor.admits(code, true)).toBe(true);

    for (const steps of [0, 1, 2]) {
      now = 1_800_000_000_000 + steps * STEP_MS;
      expect(factor.admits(code, true), `${steps} steps later`).toBe(false);
    }
    expect(factor.admits(codeAt(now), true)).toBe(true);
  });

  it('of the step before is good once too, and so is each of the others', () => {
    const now = 1_800_000_000_000;
    const factor = createSecondFactor(SECRET, () => new Date(now));

    for (const steps of [1, -1, 0]) {
      expect(factor.admits(codeAt(now + steps * STEP_MS), true)).toBe(true);
      expect(factor.admits(codeAt(now + steps * STEP_MS), true)).toBe(false);
    }
  });

  it('is not used up by whoever does not have the token', () => {
    const factor = createSecondFactor(SECRET, () => new Date(0));

    expect(factor.admits(codeAt(0), false)).toBe(false);
    expect(factor.admits(codeAt(0), true)).toBe(true);
  });
});

it('a new secret is another each time, of 160 bits, and its address gives the same codes', () => {
  const [one, other] = [newSecondFactor('Contoso sync'), newSecondFactor('Contoso sync')];
  const url = new URL(one.uri);

  expect(one.secret).not.toBe(other.secret);
  expect(one.secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(url.protocol).toBe('otpauth:');
  expect(decodeURIComponent(url.pathname)).toContain('cosell-sync:Contoso sync');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    secret: one.secret,
    issuer: 'cosell-sync',
    digits: '6',
    period: '30',
    algorithm: 'SHA1',
  });
});

describe('the console with a second factor', () => {
  const opened: ConsoleUnderTest[] = [];
  afterEach(async () => {
    for (const console of opened.splice(0)) await console.close();
  });

  async function open() {
    const world = createWorld();
    const console = await openConsole({
      worlds: { contoso: world },
      token: TOKEN,
      server: { totpSecret: SECRET },
    });
    opened.push(console);
    return { world, console, now: () => world.dependencies.now().getTime() };
  }

  it('lets in who has the token and the code, and says beforehand that it asks for both', async () => {
    const { console, now } = await open();
    const visitor = visit(console);
    expect((await visitor.get('/api/session')).json()).toMatchObject({ needsToken: true, needsCode: true });

    expect((await visitor.signIn('Dana', TOKEN, codeAt(now()))).statusCode).toBe(200);
    expect((await visitor.get('/api/overview')).statusCode).toBe(200);
  });

  it('answers alike whatever was wrong, and lets nobody read', async () => {
    const { console, now } = await open();
    const visitor = visit(console);
    const answers = [
      await visitor.signIn('Eve', TOKEN),
      await visitor.signIn('Eve', TOKEN, '000000'),
      await visitor.signIn('Eve', 'a guess', codeAt(now())),
      await visitor.signIn('Eve', '', ''),
    ];

    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(answers[0]?.statusCode).toBe(401);
    expect((await visitor.get('/api/overview')).statusCode).toBe(401);
  });

  it('takes no code a second time, also from another browser', async () => {
    const { console, world, now } = await open();
    const code = codeAt(now());
    expect((await visit(console).signIn('Dana', TOKEN, code)).statusCode).toBe(200);
    expect((await visit(console).signIn('Eve', TOKEN, code)).statusCode).toBe(401);

    world.pass(0.5);

    expect((await visit(console).signIn('Eve', TOKEN, code)).statusCode).toBe(401);
    expect((await visit(console).signIn('Kim', TOKEN, codeAt(now()))).statusCode).toBe(200);
  });

  it('counts wrong codes as it counts wrong tokens', async () => {
    const { console, now } = await open();
    const visitor = visit(console);
    for (let attempt = 0; attempt < 5; attempt += 1) await visitor.signIn('Eve', TOKEN, '000000');

    const throttled = await visitor.signIn('Eve', TOKEN, codeAt(now()));
    expect([throttled.statusCode, throttled.headers['retry-after']]).toEqual([429, '60']);
  });

  it('gives figures to a bearer of the token alone, and nothing else', async () => {
    const { console } = await open();
    const bearer = { authorization: `Bearer ${TOKEN}`, origin: ORIGIN };
    const visitor = visit(console);

    expect((await visitor.get('/metrics', bearer)).statusCode).toBe(200);
    expect((await visitor.get('/metrics')).statusCode).toBe(401);
    expect((await visitor.get('/api/overview', bearer)).statusCode).toBe(401);
    expect((await visitor.post('/api/runs', { connection: 'contoso' }, bearer)).statusCode).toBe(401);
  });
});

it('twenty wrong codes beside the right token make everybody wait for an hour after the first', () => {
  let nowMs = 0;
  const sessions = createSessions(() => new Date(nowMs), { idleMs: 1000, maxMs: 1000 });
  const attempt = (address: string, wrong: 'wrong-code' | null) =>
    sessions.open({ name: 'Eve', address, findWrong: () => wrong });
  for (let guess = 0; guess < 20; guess += 1) {
    nowMs = guess * 60_000;
    expect(attempt(`10.0.0.${guess}`, 'wrong-code')).toEqual({ ok: false, reason: 'wrong-code' });
  }

  nowMs = 30 * 60_000;
  expect(attempt('192.0.2.1', null)).toEqual({ ok: false, reason: 'throttled', retryAfterSeconds: 1800 });

  nowMs = 3_600_000;
  expect(attempt('192.0.2.1', null)).toMatchObject({ ok: true });
});
