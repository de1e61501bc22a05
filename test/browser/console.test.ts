import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Desk, describeInBrowser, expectNoOffences, launch, PHONE, sitDown } from './browser.ts';
import { openScene, passWeeks, receiveDeals, type Scene } from './scene.ts';

let browser: Browser;
let scene: Scene;

describeInBrowser('the console', () => {
  beforeAll(async () => {
    [browser, scene] = await Promise.all([
      launch(),
      openScene({ inbound: { create: true, accounts: 'create', existing: 'create' } }),
    ]);
    await passWeeks(scene);
    await receiveDeals(scene);
    await scene.disagree(1);
    await scene.disagree(2);
    scene.world.crm.add({ Name: 'Without a product', Product__c: null });
    await scene.run();
  });
  afterAll(async () => {
    await scene?.close();
    await browser?.close();
  });

  const screens = () =>
    ({
      today: '/',
      attention: '/attention',
      inbound: '/inbound',
      deals: '/deals',
      deal: `/deals/contoso/${scene.opportunities[1]}`,
      plan: '/plan',
      runs: '/runs',
    }) as const;
  type Screen = keyof ReturnType<typeof screens>;

  it.each<[string, Parameters<typeof sitDown>[2], readonly Screen[]]>([
    ['desktop', {}, ['today', 'attention', 'inbound', 'deals', 'deal', 'plan', 'runs']],
    ['phone', { viewport: PHONE }, ['today', 'attention', 'inbound', 'deals', 'deal']],
    ['dark', { dark: true }, ['today', 'attention', 'deal']],
  ])('can be used by everybody: %s', async (name, options, wanted) => {
    const desk: Desk = await sitDown(browser, scene.console.url, options);
    for (const screen of wanted) {
      await desk.open(screens()[screen]);
      await desk.picture(`${name}-${screen}`);
      expect(await desk.accessibilityProblems(), screen).toEqual([]);
    }
    expectNoOffences(desk);
    await desk.close();
  });

  it('tells the pipeline as a chart and as a table with the same figures', async () => {
    const desk: Desk = await sitDown(browser, scene.console.url);
    await desk.open('/');
    const chart = desk.page.getByRole('img', { name: /^The pipeline by stage/ });
    await chart.waitFor();
    const columns = await chart.locator('g').count();
    const newest = (await chart.locator('g title').allTextContents()).at(-1);

    await desk.page.getByText('The same as a table').click();
    const rows = desk.page.locator('.panel details tbody tr');

    expect(await rows.count()).toBe(columns);
    const together = await rows.first().locator('td').last().innerText();
    expect(newest).toContain(`Together: ${together}`);
    const links = await scene.world.ledger.links({ status: 'active' });
    const referrals = await scene.world.ledger.referrals(links.map(({ referralId }) => referralId));
    const open = [...referrals.values()].filter(({ record }) =>
      ['Received', 'Accepted'].includes(String(record.deal.state)),
    );
    expect(together).toBe(String(open.length));
    await desk.close();
  });
});
