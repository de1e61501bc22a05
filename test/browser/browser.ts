/**
 * A real browser at the console. Tests here need Debian's Chromium (or CHROMIUM); where there is none they say so and
 * are skipped.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe, expect } from 'vitest';

const EXECUTABLE = process.env.CHROMIUM || '/usr/bin/chromium';
const SCREENSHOTS = resolve(import.meta.dirname, '../../screenshots');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const isThere = existsSync(EXECUTABLE);

const WHY = `no Chromium at ${EXECUTABLE}; apt-get install chromium, or set CHROMIUM`;
if (!isThere) console.warn(`Tests in a browser are skipped: ${WHY}.`);

/** `describe`, or a suite that says why it is skipped. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (isThere) describe(name, tests);
  else describe.skip(`${name} (skipped: ${WHY})`, tests);
}

/** Starts the browser, with nothing that would ask the network. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

export interface Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Opens an address of the console and waits until its screen is drawn. */
  open(path: string): Promise<void>;
  /** Gives the name that decisions are kept with. */
  signIn(name: string): Promise<void>;
  /** Everything that must not have happened so far: errors on the console, refused policies, requests elsewhere. */
  readonly offences: string[];
  picture(name: string): Promise<void>;
  /** What axe finds. */
  accessibilityProblems(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface DeskOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
  readonly reducedMotion?: boolean;
}

/** A person at a browser of their own: own cookies, own storage. */
export async function sitDown(
  browser: Browser,
  url: string,
  { viewport = DESKTOP, dark = false, reducedMotion = true }: DeskOptions = {},
): Promise<Desk> {
  const context = await browser.newContext({
    viewport,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const offences: string[] = [];
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // What the server refused on purpose shows up here, too; tests look at the answer itself.
    const isAnswer = /the server responded with a status of (?:401|403|404|409|410|422|429)/.test(
      message.text(),
    );
    if (message.type() === 'error' && !isAnswer) offences.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) offences.push(`request to ${request.url()}`);
  });
  await page.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', (event) =>
      console.error('policy violated: ' + event.violatedDirective + ' ' + event.blockedURI));`,
  });
  const drawn = () => page.locator('main[aria-busy="false"] h1').waitFor();
  return {
    page,
    context,
    offences,
    async open(path) {
      await page.goto(url + path);
      await drawn();
    },
    async signIn(name) {
      await page.evaluate(async (given) => {
        const answer = await fetch('/api/session', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: given }),
        });
        if (!answer.ok) throw new Error(await answer.text());
      }, name);
      await page.reload();
      await drawn();
    },
    async picture(name) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
    },
    async accessibilityProblems() {
      // The page's own policy forbids foreign scripts; the checker comes in through the debugger.
      const { readFile } = await import('node:fs/promises');
      await page.evaluate(await readFile(AXE, 'utf8'));
      return page.evaluate<readonly string[]>(`axe
        .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' +
          nodes.map(({ html, failureSummary }) => html.slice(0, 160) + ' ' + failureSummary).join(' | ')))`);
    },
    close: () => context.close(),
  };
}

/** Fails with what must not have happened. */
export function expectNoOffences({ offences }: Desk): void {
  expect(offences).toEqual([]);
}
