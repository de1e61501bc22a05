import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, createHttpClient } from '../../src/adapters/http/index.ts';
import { createSalesforce } from '../../src/adapters/salesforce/index.ts';
import type { ChangeHint, Crm } from '../../src/core/ports.ts';
import { SANDBOX_CREDENTIALS, type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { SELECTION } from '../unit/salesforce/support.ts';

/** Short waits are over at once; long ones last until the test ends them, or for ever. */
function createImpatience() {
  const long: (() => void)[] = [];
  let now = Date.now();
  const pauses: number[] = [];
  const clock: Clock = {
    now: () => now,
    random: () => 0,
    sleep(milliseconds, signal) {
      if (milliseconds < 60_000) {
        pauses.push(milliseconds);
        return new Promise((resolve) => setImmediate(resolve));
      }
      return new Promise((resolve, reject) => {
        long.push(() => {
          now += milliseconds;
          resolve();
        });
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
  return {
    clock,
    pauses,
    endLongWaits() {
      for (const end of long.splice(0)) end();
    },
  };
}

describe('change events of Salesforce', { timeout: 60_000 }, () => {
  const time = createImpatience();
  let sandbox: Sandbox;
  let crm: Crm;
  let listening: { readonly stop: AbortController; readonly done: Promise<void> }[] = [];
  let warnings: string[] = [];

  beforeEach(async () => {
    sandbox = await startSandbox({ salesforce: { sample: { seed: 7, opportunities: 3 } } });
    warnings = [];
    time.pauses.length = 0;
    crm = createSalesforce(settings());
  });
  afterEach(async () => {
    for (const { stop } of listening) stop.abort();
    await Promise.all(listening.map(({ done }) => done));
    listening = [];
    await sandbox.close();
  });

  const settings = () => ({
    config: {
      kind: 'salesforce' as const,
      loginUrl: sandbox.urls.salesforce,
      apiVersion: '66.0',
      changeEvents: true,
      auth: { flow: 'clientCredentials' as const, ...SANDBOX_CREDENTIALS.salesforce },
    },
    selection: SELECTION,
    http: (baseUrl: string) => createHttpClient({ baseUrl, system: 'crm', attempts: 1 }),
    logger: {
      debug() {},
      info() {},
      error() {},
      warn: (_fields: unknown, message: string) => void warnings.push(message),
    },
    limits: { shareOfDailyQuota: 1 },
    clock: time.clock,
  });

  /** Listens, and gives the hints one by one. */
  function listen(from: string | null = null) {
    const hints: ChangeHint[] = [];
    let heard = (): void => {};
    const stop = new AbortController();
    const onHint = (hint: ChangeHint): void => {
      hints.push(hint);
      heard();
    };
    const done = crm.listen?.(from, onHint, { signal: stop.signal }) ?? Promise.resolve();
    listening.push({ stop, done });
    let taken = 0;
    return {
      stop,
      done,
      async next(): Promise<ChangeHint> {
        while (hints.length <= taken) {
          await new Promise<void>((resolve) => {
            heard = resolve;
          });
        }
        taken += 1;
        return hints[taken - 1] ?? { opportunities: [], next: null };
      },
    };
  }
  /** Resolves when so many listen. */
  async function subscribed(): Promise<void> {
    while (sandbox.salesforceApi.changeEvents.subscribers === 0)
      await new Promise((resolve) => setImmediate(resolve));
  }
  const cometd = (): number =>
    sandbox.journal.entries.filter(({ path }) => path.startsWith('/cometd/')).length;
  const opportunity = (): string =>
    String(sandbox.salesforce.query('SELECT Id FROM Opportunity LIMIT 1')[0]?.Id);
  const edit = (name: string): void =>
    sandbox.salesforce
      .as(sandbox.salesforce.adminUserId)
      .update('Opportunity', opportunity(), { Description: name });

  it('name the opportunity that a person edited, and where to go on', async () => {
    const { next } = listen();
    await subscribed();

    edit('one');

    expect(await next()).toEqual({ opportunities: [opportunity()], next: '1' });
    edit('two');
    expect(await next()).toEqual({ opportunities: [opportunity()], next: '2' });
  });

  it('are made up for after a pause: a later listener goes on where the earlier one stopped', async () => {
    const first = listen();
    await subscribed();
    edit('one');
    const { next: from } = await first.next();
    first.stop.abort();
    await first.done;
    edit('while nobody listened');

    const second = listen(from);

    expect(await second.next()).toEqual({ opportunities: [opportunity()], next: '2' });
  });

  it('say that something may have changed when the place to go on is not kept any more', async () => {
    edit('one');
    edit('two');
    await new Promise((resolve) => setImmediate(resolve));
    sandbox.salesforceApi.changeEvents.expire();

    const { next } = listen('1');

    expect(await next()).toEqual({ opportunities: [], next: null });
    await subscribed();
    edit('three');
    expect(await next()).toMatchObject({ opportunities: [opportunity()], next: '3' });
  });

  it('go on after the server forgot its clients, and after every token died', async () => {
    const { next } = listen();
    await subscribed();

    edit('one');
    const before = await next();
    sandbox.salesforceApi.changeEvents.dropClients();
    edit('two');
    const afterDrop = await next();
    const signIns = sandbox.salesforceApi.signIn.count;
    sandbox.salesforceApi.signIn.expireAll();
    edit('three');
    const afterExpiry = await next();

    expect([before.next, afterDrop.next, afterExpiry.next]).toEqual(['1', '2', '3']);
    expect(sandbox.salesforceApi.signIn.count).toBe(signIns + 1);
  });

  it('are asked for anew when the stream has fallen silent', async () => {
    const { next } = listen();
    await subscribed();
    edit('one');
    await next();
    const before = cometd();

    // The last answers may still be under way, so it may take more than one long wait.
    while (cometd() < before + 2) {
      time.endLongWaits();
      await new Promise((resolve) => setImmediate(resolve));
    }
    edit('two');

    expect(await next()).toEqual({ opportunities: [opportunity()], next: '2' });
  });

  it('that are our own are not told of', async () => {
    const { next } = listen();
    await subscribed();
    const { records, integrationUserId } = sandbox.salesforce;

    records.update({ userId: integrationUserId, origin: 'api' }, 'Opportunity', opportunity(), {
      Description: 'ours',
    });
    edit('theirs');

    expect(await next()).toMatchObject({ next: '2' });
  });

  describe('in doctor', () => {
    const check = async () => {
      const checks = await crm.check({ signal: new AbortController().signal });
      return checks.find(({ name }) => name === 'Salesforce change events');
    };

    it('are subscribed to for a moment, as the start does, and are in order', async () => {
      expect(await check()).toEqual({
        name: 'Salesforce change events',
        ok: true,
        detail: 'the integration user may listen to changes of opportunities',
        remedy: null,
      });
      expect(cometd()).toBeGreaterThan(0);
    });

    it('that the user may not hear are told of with the permission that is missing', async () => {
      sandbox.salesforce.switches.viewAllData = false;

      const found = await check();

      expect(found).toMatchObject({ ok: false, detail: expect.stringContaining('found by schedule alone') });
      expect(found?.remedy).toContain('View All Data');
    });

    it('that the org does not offer are told of with what to select', async () => {
      sandbox.salesforce.switches.changeEvents = false;

      const found = await check();

      expect(found).toMatchObject({ ok: false, detail: expect.stringContaining('400::') });
      expect(found?.remedy).toContain('Change Data Capture');
    });

    it('that nobody answers for end the check all the same', async () => {
      sandbox.salesforceApi.changeEvents.handle = () => new Promise(() => {});
      const waiting = check();
      for (let turn = 0; turn < 2_000 && cometd() === 0; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
      const pump = setInterval(() => time.endLongWaits(), 5);

      const found = await waiting;
      clearInterval(pump);

      expect(found).toMatchObject({ ok: false, remedy: expect.stringContaining('/cometd/') });
    });

    it('are none of its business where the configuration wants none', async () => {
      crm = createSalesforce({ ...settings(), config: { ...settings().config, changeEvents: false } });

      expect(await check()).toBeUndefined();
      expect(cometd()).toBe(0);
    });
  });

  it('that the org does not offer are asked for once an hour, and a person is told', async () => {
    sandbox.salesforce.switches.changeEvents = false;
    const { stop, done } = listen();

    while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await done;

    expect(warnings).toEqual(['Salesforce refuses change events; polling goes on']);
    expect(time.pauses).toEqual([]);
  });
});
