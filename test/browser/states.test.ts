import { TOTP } from 'otpauth';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { RemoteError } from '../../src/core/errors.ts';
import { type ConsoleUnderTest, openConsole } from '../support/console.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Desk, describeInBrowser, expectNoOffences, launch, sitDown } from './browser.ts';

let browser: Browser;
const consoles: ConsoleUnderTest[] = [];
const desks: Desk[] = [];

async function openWith(options: Parameters<typeof openConsole>[0]): Promise<ConsoleUnderTest> {
  const console = await openConsole(options);
  consoles.push(console);
  return console;
}

async function sit({ url }: ConsoleUnderTest, options?: Parameters<typeof sitDown>[2]): Promise<Desk> {
  const desk = await sitDown(browser, url, options);
  desks.push(desk);
  await desk.open('/');
  return desk;
}

const headline = ({ page }: Desk) => page.locator('h1').innerText();
const run = ({ daemon }: ConsoleUnderTest, connection = 'contoso') =>
  daemon.runner.request(connection, { kind: 'manual', who: 'test' });

function refusing(code: 'unauthorized' | 'unavailable'): (world: World) => void {
  return (world) => {
    world.crm.changes = () => {
      throw new RemoteError('Reading opportunities from Salesforce failed.', { code, system: 'crm' });
    };
  };
}

describeInBrowser('what the first screen says', () => {
  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    for (const desk of desks.splice(0)) {
      expectNoOffences(desk);
      await desk.close();
    }
    for (const console of consoles.splice(0)) await console.close();
  });
  afterAll(() => browser?.close());

  it('on a fresh start: that nothing is linked, and what comes next', async () => {
    const desk = await sit(await openWith({ worlds: { contoso: createWorld() } }));

    expect(await headline(desk)).toBe('Both sides agree');
    await desk.page.getByText('No deals yet').waitFor();
    await desk.page.getByText('Nothing needs you').waitFor();
    await desk.picture('state-fresh');
    expect(await desk.accessibilityProblems()).toEqual([]);
  });

  it('during an outage: that the run stopped, why, and as the ledger has it', async () => {
    const world = createWorld();
    world.crm.add();
    const console = await openWith({ worlds: { contoso: world } });
    refusing('unavailable')(world);
    await run(console);
    const [report] = await world.ledger.runs(1);

    const desk = await sit(console);

    expect(report?.outcome).toBe('incomplete');
    expect(await headline(desk)).toBe('The last run stopped early and goes on by itself');
    await desk.page.getByText(String(report?.stopped)).waitFor();
    await desk.picture('state-outage');
  });

  it('with credentials that died: that nothing is synchronised, and the command that mends it', async () => {
    const world = createWorld();
    world.crm.add();
    const console = await openWith({ worlds: { contoso: world } });
    refusing('unauthorized')(world);
    await run(console);

    const desk = await sit(console);

    expect(await headline(desk)).toBe('contoso cannot sign in');
    const [notice] = await world.ledger.attention({ state: 'open', code: 'credentials' });
    await desk.page.getByText(String(notice?.message)).waitFor();
    await desk.picture('state-credentials');
  });

  it('with credentials that soon die: how long they last', async () => {
    const desk = await sit(await openWith({ worlds: { contoso: createWorld() }, daysLeft: () => 5 }));

    await desk.page.getByText('ends in 5 days').waitFor();
  });

  it('after a guard halted a run: that a person must decide, and how many deals wait', async () => {
    const world = createWorld({ policy: { maxClosesPerRun: 1 } });
    const ids = [1, 2, 3].map((place) => world.crm.add({ Name: `Deal ${place}` }));
    const console = await openWith({ worlds: { contoso: world } });
    world.pass(1);
    for (const id of ids) world.crm.edit(id, { StageName: 'Closed Won' });
    const report = await run(console);

    const desk = await sit(console);

    expect(report?.outcome).toBe('halted');
    expect(await headline(desk)).toBe('A run was halted and waits for you');
    await desk.page.getByText('More closes than a run may do').waitFor();
    await desk.picture('state-halted');
  });

  it('of several connections: each for itself', async () => {
    const [contoso, fabrikam] = [createWorld(), createWorld()];
    contoso.crm.add();
    for (const name of ['One', 'Two']) fabrikam.crm.add({ Name: name });
    const console = await openWith({ worlds: { contoso, fabrikam } });
    refusing('unauthorized')(fabrikam);
    await run(console, 'fabrikam');

    const desk = await sit(console);

    expect(await headline(desk)).toBe('fabrikam cannot sign in');
    const panel = (name: string) => desk.page.getByRole('region', { name, exact: true });
    expect(await panel('contoso').innerText()).toContain('1 linked deal');
    expect(await panel('contoso').innerText()).toContain('both sides agree');
    expect(await panel('fabrikam').innerText()).toContain('2 linked deals');
    await desk.picture('state-two-connections');
  });

  it('when the daemon goes away: that it does, and everything again after it came back', async () => {
    const world = createWorld();
    world.crm.add({ Name: 'Before' });
    const first = await openWith({ worlds: { contoso: world } });
    const port = Number(new URL(first.url).port);
    const desk = await sit(first);
    consoles.pop();
    await first.close();
    await desk.page.getByText('The daemon does not answer.').waitFor();
    await desk.picture('state-away');
    world.crm.add({ Name: 'While it was away' });

    await openWith({ worlds: { contoso: world }, server: { port } });

    await desk.page.getByText('The daemon does not answer.').waitFor({ state: 'hidden' });
    await desk.page.getByText('Salesforce · 2 linked deals').waitFor();
    // Refused connections are what this is about.
    desk.offences.splice(0);
  });

  it('to somebody who has not signed in: nothing, but how to', async () => {
    const world = createWorld();
    world.crm.add({ Name: 'Confidential' });
    const desk = await sit(await openWith({ worlds: { contoso: world }, token: 'the-right-token' }));
    expect(await headline(desk)).toBe('Sign in');
    expect(await desk.accessibilityProblems()).toEqual([]);
    await desk.picture('sign-in');

    await desk.page.getByLabel('Your name').fill('Dana Fox');
    await desk.page.getByLabel('Token').fill('a wrong one');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('That is not the token of the configuration').waitFor();
    await desk.page.getByLabel('Token').fill('the-right-token');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByRole('heading', { name: 'Both sides agree' }).waitFor();

    await desk.page.getByRole('button', { name: /^Signed in as Dana Fox/ }).click();
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await desk.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('to somebody who has not signed in where a second factor is asked for: a form that asks for the code as well', async () => {
    const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    const world = createWorld();
    const desk = await sit(
      await openWith({ worlds: { contoso: world }, token: 'the-right-token', server: { totpSecret } }),
    );
    const code = new TOTP({ secret: totpSecret }).generate({
      timestamp: world.dependencies.now().getTime(),
    });
    expect(await desk.accessibilityProblems()).toEqual([]);
    await desk.page.getByLabel('Your name').fill('Dana Fox');
    await desk.page.getByLabel('Token').fill('the-right-token');
    await desk.page.getByLabel('Code').fill('000000');
    await desk.picture('sign-in-code');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('The token (server.token) or the code is wrong').waitFor();
    expect(await desk.page.getByLabel('Code').inputValue()).toBe('');
    await desk.picture('sign-in-code-refused');

    await desk.page.keyboard.type(code);
    await desk.page.keyboard.press('Enter');

    await desk.page.getByRole('heading', { name: 'Both sides agree' }).waitFor();
  });

  it('at 200 % and in a narrow window: without scrolling sideways', async () => {
    const world = createWorld();
    world.crm.add({ Name: 'A name that goes on and on, as names in a CRM do, until somebody stops it' });
    const console = await openWith({ worlds: { contoso: world } });
    const [id] = world.crm.rows.keys();
    for (const viewport of [
      { width: 640, height: 430 },
      { width: 320, height: 568 },
    ]) {
      const desk = await sit(console, { viewport });
      for (const path of [
        '/',
        '/attention',
        '/inbound',
        '/deals',
        `/deals/contoso/${id}`,
        '/plan',
        '/runs',
      ]) {
        await desk.open(path);
        const [inner, whole] = await desk.page.evaluate<[number, number]>(
          '[document.documentElement.clientWidth, document.documentElement.scrollWidth]',
        );
        expect(whole, `${path} at ${viewport.width}`).toBe(inner);
      }
    }
  });

  it('in the colours that somebody chose, also after loading again', async () => {
    const desk = await sit(await openWith({ worlds: { contoso: createWorld() } }));
    const background = () => desk.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await background();

    await desk.page.locator('#theme').click();
    await desk.page.locator('#theme').click();
    const dark = await background();
    await desk.open('/deals');

    expect(dark).not.toBe(light);
    expect(await background()).toBe(dark);
    expect(await desk.page.locator('#theme').getAttribute('aria-label')).toBe('Colours: dark');
  });
});
