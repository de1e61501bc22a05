import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referralDeal } from '../support/builders.ts';
import { type Desk, describeInBrowser, expectNoOffences, launch, sitDown } from './browser.ts';
import { HOSTILE, openScene, receiveDeals, type Scene } from './scene.ts';

let browser: Browser;
let scene: Scene;
const desks: Desk[] = [];

async function sit(name: string | null, options?: Parameters<typeof sitDown>[2]): Promise<Desk> {
  const desk = await sitDown(browser, scene.console.url, options);
  desks.push(desk);
  await desk.open('/');
  if (name !== null) await desk.signIn(name);
  return desk;
}

/** Presses Tab until the control with this id has the focus. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if ((await page.evaluate<string>('document.activeElement.id')) === id) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Nothing with the id ${id} can be reached with Tab.`);
}

const openItems = async (code: string) =>
  (await scene.world.ledger.attention({ state: 'open' })).filter((item) => item.code === code);

describeInBrowser('people at the console', () => {
  beforeAll(async () => {
    [browser, scene] = await Promise.all([
      launch(),
      openScene({ approvals: ['close'], inbound: { create: true, accounts: 'create', existing: 'create' } }),
    ]);
    await receiveDeals(scene);
  });
  afterAll(async () => {
    for (const desk of desks) {
      expectNoOffences(desk);
      await desk.close();
    }
    await scene?.close();
    await browser?.close();
  });

  it('who decide the same conflict in two browsers get one winner and one clear message', async () => {
    await scene.disagree(1);
    const [dana, kim] = [await sit('Dana Fox'), await sit('Kim Lee')];
    const [item] = await openItems('both-changed');
    await Promise.all([dana.open('/attention'), kim.open('/attention')]);

    await Promise.all([
      dana.page.locator(`#take-${item?.id}-notes-crm`).click(),
      kim.page.locator(`#take-${item?.id}-notes-partnerCenter`).click(),
    ]);
    await Promise.all([dana, kim].map(({ page }) => page.locator('.toast').first().waitFor()));
    const told = await Promise.all([dana, kim].map(({ page }) => page.locator('.toast').first().innerText()));

    const [winner] = told.filter((text) => text.includes('1 conflict decided'));
    const [loser] = told.filter((text) => text.includes('decided this first'));
    expect(winner, told.join(' / ')).toBeDefined();
    expect(loser).toMatch(
      /^(Dana Fox|Kim Lee) decided this first at \d\d:\d\d UTC: notes takes .* Your choice was not applied\./,
    );
    // Both pages show what was decided.
    for (const { page } of [dana, kim]) await page.getByText('Decided: Notes takes').first().waitFor();
    await (told[0] === loser ? dana : kim).picture('two-browsers-loser');
    await scene.run();
    for (const { page } of [dana, kim])
      await page.getByText('Decided: Notes takes').first().waitFor({ state: 'detached' });
    expect(await openItems('both-changed')).toEqual([]);
  });

  it('approve many at once, after one question, and the next run does what was approved', async () => {
    const won = scene.opportunities.slice(5, 8);
    scene.world.pass(1);
    for (const id of won) scene.world.crm.edit(id, { StageName: 'Closed Won' });
    await scene.run();
    const { page, picture } = await sit('Dana Fox');
    await page.goto(`${scene.console.url}/attention`);
    const group = page.locator('section', { has: page.getByRole('heading', { name: /^Approval:/ }) });
    await group.getByRole('checkbox', { name: /^All/ }).check();

    await group.getByRole('button', { name: 'Approve…' }).click();
    const dialog = page.getByRole('dialog');
    await picture('approve-dialog');
    expect(await dialog.innerText()).toMatch(/cosell-sync --connection contoso attention approve/);
    await dialog.getByRole('button', { name: /^Approve \d/ }).click();
    await page.getByText(/items? approved\. The next run does what they cover\./).waitFor();
    await scene.run();

    for (const id of won) expect(scene.world.partnerCenter.one(scene.referralOf(id)).deal.state).toBe('Won');
    const [first] = won;
    const history = await scene.world.ledger.history(first === undefined ? {} : { opportunityId: first });
    expect(history.some(({ by, rule }) => by === 'Dana Fox' && rule.startsWith('approved'))).toBe(true);
  });

  it('dismiss with a reason, which is asked for', async () => {
    const { page } = await sit('Dana Fox');
    await page.goto(`${scene.console.url}/attention`);
    const group = page.locator('section', { has: page.getByRole('heading', { name: /^Notice:/ }) }).first();
    await group
      .getByRole('checkbox', { name: /^Choose/ })
      .first()
      .check();
    await group.getByRole('button', { name: 'Dismiss…' }).click();
    const dialog = page.getByRole('dialog');

    await dialog.getByRole('button', { name: 'Dismiss' }).click();
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByLabel('Reason').fill('Answered by phone.');
    await dialog.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('1 item dismissed.').waitFor();

    const dismissed = await scene.world.ledger.attention({ state: 'dismissed' });
    expect(dismissed.map(({ why }) => why)).toEqual(['Answered by phone.']);
  });

  it('say whose deal a received one is: an account that fits, after one question', async () => {
    const { world } = scene;
    const place = { name: 'Twin Traders', country: 'DE', postalCode: '45127', city: 'Essen' };
    const [north, south] = ['001550000000001AAA', '001550000000002AAA'] as const;
    world.crm.accounts.push({ ...place, id: north, duns: '222222221' }, { ...place, id: south, duns: null });
    const { customer } = referralDeal();
    if (!customer) throw new Error('Deals have no customer.');
    world.pass(1);
    world.partnerCenter.receive({
      name: 'Twin analytics',
      customer: { ...customer, name: 'Twin Traders' },
    });
    await scene.run();
    const [item] = await openItems('account-ambiguous');
    const [dana, kim] = [await sit('Dana Fox'), await sit('Kim Lee')];
    await dana.open(`/deals/contoso/${item?.referralId}`);
    expect(await dana.page.locator(`#account-${item?.id}-${south}`).isVisible()).toBe(true);
    await Promise.all([dana.open('/attention'), kim.open('/attention')]);
    expect(await dana.accessibilityProblems()).toEqual([]);
    await dana.page.locator(`#account-${item?.id}-${north}`).scrollIntoViewIfNeeded();
    await dana.picture('whose-deal');
    // Kim's question is open already when Dana answers.
    await kim.page.locator(`#account-${item?.id}-new`).click();

    await dana.page.locator(`#account-${item?.id}-${south}`).click();
    const dialog = dana.page.getByRole('dialog');
    expect(await dialog.innerText()).toContain(`attention resolve ${item?.id} --account ${south}`);
    await dana.picture('whose-deal-dialog');
    await dialog.getByRole('button', { name: 'Choose this account' }).click();
    await dana.page.getByText(`Answered: account ${south}.`).waitFor();
    await kim.page.getByRole('dialog').getByRole('button', { name: 'Create a new account' }).click();
    await kim.page.getByText(`Dana Fox decided this first`).waitFor();
    await kim.page.getByText(`Answered: account ${south}.`).waitFor();
    await dana.picture('whose-deal-answered');
    await scene.run();

    await dana.page.getByText(`Answered: account ${south}.`).waitFor({ state: 'detached' });
    expect(await openItems('account-ambiguous')).toEqual([]);
  });

  it('run now and see how far it is', async () => {
    const { world, opportunities } = scene;
    const desk = await sit(null);
    world.pass(1);
    for (const id of opportunities.slice(8, 11)) world.crm.edit(id, { Description: 'More words.' });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { update } = world.partnerCenter;
    let writes = 0;
    world.partnerCenter.update = async (...given) => {
      writes += 1;
      if (writes > 1) await held;
      return update(...given);
    };
    try {
      await desk.page.locator('#run-contoso').click();
      // The first thing that is done asks for a name; nothing is sent before.
      const dialog = desk.page.getByRole('dialog', { name: 'Who are you?' });
      await dialog.getByLabel('Your name').fill('Lee Park');
      await dialog.getByRole('button', { name: 'Go on' }).click();
      await desk.page.getByText(/^Running\. Writing referrals: 1 of 3/).waitFor();
      await desk.picture('running');
      expect(await desk.page.locator('#run-contoso').innerText()).toBe('Run again after this');
    } finally {
      release();
      world.partnerCenter.update = update;
    }

    await desk.page.getByText('wrote 3 deals updated').waitFor();
    await desk.page.getByText(/^Running\./).waitFor({ state: 'detached' });
  });

  it('preview a plan before they run it', async () => {
    const { world, opportunities } = scene;
    const desk = await sit('Dana Fox');
    world.pass(1);
    for (const id of opportunities.slice(8, 10)) world.crm.edit(id, { Description: 'Other words.' });
    await desk.open('/plan');
    const writes = world.partnerCenter.calls.writes;
    const button = desk.page.getByRole('button', { name: 'Preview', exact: true });
    await button.hover();
    // What is pointed at stays readable.
    const [ink, ground] = await desk.page.evaluate<[string, string]>(
      '(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.querySelector("button.primary")))',
    );
    expect([ink, ground]).toEqual(['rgb(255, 255, 255)', 'rgb(12, 95, 91)']);

    await desk.page.getByRole('button', { name: 'Preview', exact: true }).click();
    await desk.page.getByRole('heading', { name: '2 actions.' }).waitFor();

    await desk.picture('plan-preview');
    expect(await desk.page.getByText('More words. → Other words.').count()).toBe(2);
    expect(world.partnerCenter.calls.writes).toBe(writes);
    await scene.run();
  });

  it('do all of it by keyboard alone', async () => {
    await scene.disagree(3);
    const { page } = await sit('Dana Fox');
    const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');

    await page.evaluate('document.activeElement.blur()');
    await page.goto(`${scene.console.url}/attention`);
    await page.locator('main[aria-busy="false"] h1').waitFor();
    await page.evaluate('document.body.focus(); document.activeElement.blur()');
    await page.keyboard.press('Tab');
    if ((await focused()) !== 'Skip to content') await page.locator('.skip').focus();
    await page.keyboard.press('Enter');
    const [item] = await openItems('both-changed');
    await tabTo(page, `tick-${item?.id}`);
    expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).toBe(
      'solid',
    );
    await page.keyboard.press('Space');
    // The focus stays where it was, although the screen was drawn anew.
    expect(await page.evaluate<string>('document.activeElement.id')).toBe(`tick-${item?.id}`);
    await page.locator('#dismiss-conflict-both-changed').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let presses = 0; presses < 8; presses += 1) {
      await page.keyboard.press('Tab');
      const isInside = await page.evaluate<boolean>(
        'document.activeElement === document.body || document.querySelector("dialog").contains(document.activeElement)',
      );
      expect(isInside).toBe(true);
    }
    await page.keyboard.press('Escape');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('dismiss-conflict-both-changed');
    await tabTo(page, `take-${item?.id}-notes-crm`);
    await page.keyboard.press('Enter');
    await page.getByText('1 conflict decided.').waitFor();
    await scene.run();
  });

  it('find a deal, and names with markup in them stay text', async () => {
    const desk = await sit(null);
    await desk.open('/deals');

    await desk.page.getByLabel('Search').fill('onerror');
    await desk.page.getByText('1 deal match').waitFor();
    const link = desk.page.getByRole('link', { name: /onerror/ });
    expect(await link.innerText()).toContain('<script>alert(2)</script>');
    expect(await link.innerText()).not.toContain('\u202e');
    expect(HOSTILE).toContain('\u202e');
    await link.click();

    await desk.page.getByRole('heading', { level: 1, name: /onerror/ }).waitFor();
    expect(await desk.page.locator('main img, main script').count()).toBe(0);
    expect(await desk.page.title()).toContain('<img src=x');
    await desk.page.goBack();
    expect(await desk.page.getByLabel('Search').inputValue()).toBe('onerror');
  });
});
