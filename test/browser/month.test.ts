import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AttentionItem, RunReport } from '../../src/core/store-port.ts';
import type { Moment, Month } from '../support/month/month.ts';
import { openMonth } from '../support/month/month.ts';
import { describeInBrowser, expectNoOffences, launch, sitDown } from './browser.ts';

/** What the page said at a moment, and what ledger and servers held. */
interface Seen {
  readonly moment: Moment;
  readonly headline: string;
  readonly text: string;
  readonly attentionBadge: number;
  readonly inboundBadge: number;
  readonly report: RunReport | null;
  readonly open: readonly AttentionItem[];
  readonly links: number;
  /** Unanswered deals, as Partner Center's server has them. */
  readonly received: number;
}

const OUTCOMES: Readonly<Record<RunReport['outcome'], string>> = {
  clean: 'both sides agree',
  attention: 'needs a person',
  incomplete: 'stopped early',
  halted: 'halted',
};

const CLOCKED = new Set(['New', 'Received']);

describeInBrowser('the console in the life of a partner', () => {
  let browser: Browser;
  let month: Month;
  const seen: Seen[] = [];

  beforeAll(async () => {
    [browser, month] = await Promise.all([launch(), openMonth()]);
    await month.play(async (moment) => {
      seen.push(await look(moment));
    });
  }, 180_000);
  afterAll(async () => {
    await month?.close();
    await browser?.close();
  });

  async function look(moment: Moment): Promise<Seen> {
    const { ledger, sandbox, daemon } = month;
    const [report = null] = await ledger.runs(1);
    const { links } = await ledger.counts();
    const desk = await sitDown(browser, daemon.url);
    await desk.open('/');
    const number = async (id: string): Promise<number> => {
      const badge = desk.page.locator(`#${id}`);
      return (await badge.isVisible()) ? Number.parseInt(await badge.innerText(), 10) : 0;
    };
    const found: Seen = {
      moment,
      headline: await desk.page.locator('h1').innerText(),
      text: await desk.page.locator('main').innerText(),
      attentionBadge: await number('badge-attention'),
      inboundBadge: await number('badge-inbound'),
      report,
      links,
      open: await ledger.attention({ state: 'open' }),
      received: sandbox.partnerCenter
        .referrals()
        .filter(({ status, organizationId }) => CLOCKED.has(String(status)) && organizationId !== 'msft')
        .length,
    };
    await desk.picture(`month-${seen.length + 1}-${moment}`);
    expectNoOffences(desk);
    await desk.close();
    return found;
  }

  const at = (moment: Moment): Seen => {
    const found = seen.find((one) => one.moment === moment);
    if (found === undefined) throw new Error(`The month has no ${moment}.`);
    return found;
  };

  it('shows at every moment what the ledger and the servers hold', () => {
    expect(seen.map(({ moment }) => moment)).toContain('last-day');
    for (const { moment, text, report, links, open, attentionBadge, inboundBadge, received } of seen) {
      expect(text, moment).toContain(`${links} linked deals`);
      expect(text, moment).toContain(OUTCOMES[report?.outcome ?? 'clean']);
      expect(attentionBadge, moment).toBe(open.filter(({ kind }) => kind !== 'notice').length);
      // What came during an outage is not known yet.
      if (moment !== 'outage') expect(inboundBadge, moment).toBe(received);
      if (report !== null && report.stopped !== null) expect(text, moment).toContain(report.stopped);
    }
  });

  it('says during an outage that a run stopped early, and afterwards no more', () => {
    expect(`${at('outage').headline} ${at('outage').text}`).toMatch(
      /the last run stopped early and goes on by itself/i,
    );
    expect(at('outage-over').text).not.toContain('stopped early');
  });

  it('asks for a decision while a conflict waits, and not after it', () => {
    expect(at('conflict').headline).toMatch(/needs? you$/);
    expect(at('conflict').text).toContain('Both sides changed the same field');
    expect(at('last-day').text).not.toContain('Both sides changed the same field');
  });

  it('knows at its end every day on which a run ended', async () => {
    const desk = await sitDown(browser, month.daemon.url);
    await desk.open('/');
    await desk.page.getByText('The same as a table').click();
    const rows = await desk.page.locator('.panel details tbody tr').count();
    const shares = await desk.page.locator('.panel details tbody tr td:last-child').allInnerTexts();

    const runs = await month.ledger.runs(1000);
    expect(rows).toBe(new Set(runs.map(({ finishedAt }) => finishedAt.slice(0, 10))).size);
    expect(rows).toBeGreaterThan(20);
    expect(Number(shares.at(-1))).toBeLessThan(Number(shares[0]));
    await desk.close();
  });
});
