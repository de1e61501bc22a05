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

  it.each([
    ['desktop', {}],
    ['phone', { viewport: PHONE }],
    ['dark', { dark: true }],
  ] as const)('looks right: %s', async (name, options) => {
    const desk: Desk = await sitDown(browser, scene.console.url, options);
    for (const [screen, path] of [
      ['today', '/'],
      ['attention', '/attention'],
      ['inbound', '/inbound'],
      ['deals', '/deals'],
      ['deal', `/deals/contoso/${scene.opportunities[1]}`],
      ['plan', '/plan'],
      ['runs', '/runs'],
    ] as const) {
      await desk.open(path);
      await desk.picture(`${name}-${screen}`);
      expect(await desk.accessibilityProblems(), screen).toEqual([]);
    }
    expectNoOffences(desk);
    await desk.close();
  });
});
