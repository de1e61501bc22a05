import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { State } from '../../src/cli/services.ts';
import { openDaemon } from '../../src/cli/start.ts';
import type { Daemon } from '../../src/daemon/daemon.ts';
import type { Scheduler } from '../../src/daemon/scheduler.ts';
import { QUIET_MS } from '../../src/daemon/webhooks/hints.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { createSurroundings } from '../../src/wiring/daemon.ts';
import { createServices } from '../../src/wiring/services.ts';
import { createWorkplace, type Workplace } from '../cli/command-line.ts';
import { type ReverseProxy, startReverseProxy } from '../support/reverse-proxy.ts';
import { createFakeTerminal } from '../unit/cli/fake-services.ts';
import { configOf, KEY, startEventServer } from '../unit/daemon/webhooks/support.ts';

/** Nothing happens by itself: what waits for its time is called when the test says so. */
function createPatience(): { readonly scheduler: Scheduler; fire(): void } {
  let waiting: (() => void)[] = [];
  return {
    scheduler: {
      every: () => ({ next: () => null, periodMs: () => null, cancel() {} }),
      after(_milliseconds, handler) {
        waiting.push(handler);
        return {
          cancel() {
            waiting = waiting.filter((other) => other !== handler);
          },
        };
      },
    },
    fire() {
      for (const handler of waiting.splice(0)) handler();
    },
  };
}

describe('events of Partner Center, end to end', { timeout: 120_000 }, () => {
  const patience = createPatience();
  const stop = new AbortController();
  let place: Workplace;
  let proxy: ReverseProxy;
  let state: State;
  let daemon: Daemon;
  let pair: { readonly opportunityId: string; readonly referralId: string };

  const tenant = () => place.sandbox.partnerCenter;
  const column = (name: string) => place.sandbox.salesforce.find('Opportunity', pair.opportunityId)?.[name];
  /** Lets what has come be worked off. */
  const settle = async (): Promise<void> => {
    await tenant().webhooks.deliver();
    patience.fire();
    await daemon.runner.idle();
  };
  /** Requests for the pair's referral and for the list, since a mark. */
  const requestsSince = (mark: number) => {
    const entries = place.sandbox.journal.since(mark, 'partner-center');
    const path = '/v1.0/engagements/referrals';
    return {
      looks: entries.filter((entry) => entry.method === 'GET' && entry.path === `${path}/${pair.referralId}`)
        .length,
      lists: entries.filter((entry) => entry.method === 'GET' && entry.path === path).length,
      certificates: entries.filter((entry) => entry.path === '/webhooks/certificate.cer').length,
    };
  };
  const mark = (): number => place.sandbox.journal.entries.at(-1)?.n ?? 0;

  beforeAll(async () => {
    place = await createWorkplace({ opportunities: 6 });
    proxy = await startReverseProxy();
    const trustFile = join(place.folder, 'sandbox-root.pem');
    await writeFile(trustFile, tenant().webhooks.rootCertificate);
    const document = parseDocument(await readFile(place.configFile, 'utf8'));
    document.set('server', { port: 0, publicUrl: proxy.url });
    document.setIn(['connections', 0, 'crm', 'changeEvents'], true);
    document.setIn(['connections', 0, 'webhooks'], {
      partnerCenter: { certificateHosts: [new URL(place.sandbox.urls.partnerCenter).host], trustFile },
    });
    await writeFile(place.configFile, document.toString());

    const registered = new Promise<void>((resolve) => {
      place.sandbox.hooks.afterEffect = (request) => {
        if (request.method === 'POST' && request.path === '/webhooks/v1/registration') resolve();
      };
    });
    const services = createServices({
      globals: {
        config: place.configFile,
        connection: null,
        json: false,
        quiet: true,
        color: false,
        command: 'start',
      },
      env: {},
      cwd: place.folder,
      terminal: createFakeTerminal(),
      stop: stop.signal,
      abort: new AbortController().signal,
      nodeVersion: process.version,
      logTo: { write() {} },
    });
    services.surroundings = async () =>
      createSurroundings({
        logger: await services.logger(),
        scheduler: patience.scheduler,
        account: (config, connection) => services.webhooks(config, connection),
        changes: (config, connection) => services.changes(config, connection),
      });
    state = await services.openState(await services.loadConfig(), 'write');
    daemon = await openDaemon(services, state);
    proxy.target = daemon.url;
    await daemon.runner.idle();
    await registered;
    place.sandbox.hooks.afterEffect = () => {};
    const [link] = await (await state.ledger('sandbox')).links({ status: 'active' });
    if (link === undefined) throw new Error('The first run links the sample deals.');
    pair = link;
    await settle();
  });
  afterAll(async () => {
    stop.abort();
    await daemon.close();
    await state.close();
    await proxy.close();
    await place.close();
  });

  it('registers for them by itself, at the public address', () => {
    expect(tenant().webhooks.registration).toMatchObject({
      url: `${proxy.url}/webhooks/partner-center/sandbox`,
      events: expect.arrayContaining(['referral-updated', 'related-referral-created', 'test-created']),
    });
  });

  it('brings an edit at Partner Center into the CRM with one look, without a walk through the list', async () => {
    const before = mark();

    tenant().edit(pair.referralId, { details: { notes: 'Edited in the portal' } });
    await settle();

    expect(column('Description')).toBe('Edited in the portal');
    expect(requestsSince(before)).toMatchObject({ looks: 1, lists: 0 });
  });

  it('makes one look of a burst of a thousand', async () => {
    tenant().switches.webhookDelivery = 'manual';
    for (let n = 1; n <= 1_000; n += 1)
      tenant().edit(pair.referralId, { details: { notes: `Edit ${n} in the portal` } });
    const before = mark();

    await settle();

    const last = tenant().webhooks.deliveries.slice(-1_000);
    expect(new Set(last.map(({ state: became }) => became))).toEqual(new Set(['delivered']));
    expect(column('Description')).toBe('Edit 1000 in the portal');
    expect(requestsSince(before)).toEqual({ looks: 1, lists: 0, certificates: 0 });
    tenant().switches.webhookDelivery = 'immediate';
  });

  it('makes nothing of its own writes coming back', async () => {
    place.sandbox.salesforce
      .as(place.sandbox.salesforce.adminUserId)
      .update('Opportunity', pair.opportunityId, { Description: 'Edited in the CRM' });
    await daemon.runner.request('sandbox', { kind: 'manual', who: 'test' });
    const writes = () => tenant().writeLog.length + place.sandbox.salesforce.writeLog.length;
    const before = writes();
    const from = tenant().webhooks.deliveries.length;

    await settle();

    expect(
      tenant()
        .webhooks.deliveries.slice(from - 1)
        .map(({ state: became }) => became),
    ).toEqual(['delivered']);
    expect(writes()).toBe(before);
  });

  it('looks at an opportunity that a person edited in the CRM, without a walk through either feed', async () => {
    const told = new Promise<void>((resolve) => {
      const unsubscribe = daemon.runner.subscribe((event) => {
        if (event.type !== 'event-received' || event.source !== 'salesforce') return;
        unsubscribe();
        resolve();
      });
    });
    const before = mark();

    place.sandbox.salesforce
      .as(place.sandbox.salesforce.adminUserId)
      .update('Opportunity', pair.opportunityId, { Description: 'Edited in the CRM, told by an event' });
    await told;
    await settle();

    expect(tenant().referral(pair.referralId).details).toMatchObject({
      notes: 'Edited in the CRM, told by an event',
    });
    expect(requestsSince(before).lists).toBe(0);
  });

  it('misses nothing when events cannot be trusted: it is only later', async () => {
    // What the test before wrote comes back as an event first.
    await settle();
    tenant().switches.webhookSignature = 'altered';
    const before = mark();
    const from = tenant().webhooks.deliveries.length;

    tenant().edit(pair.referralId, { details: { notes: 'Edited behind a broken signature' } });
    for (let attempt = 1; attempt <= 10; attempt += 1) await settle();
    const untouched = column('Description');
    const looks = requestsSince(before);
    await daemon.runner.request('sandbox', { kind: 'scheduled', who: 'schedule' });

    expect(tenant().webhooks.deliveries.slice(from)).toMatchObject([
      { attempts: 10, lastStatus: 401, state: 'parked' },
    ]);
    expect(untouched).toBe('Edited in the CRM, told by an event');
    expect(looks).toMatchObject({ looks: 0, lists: 0 });
    expect(column('Description')).toBe('Edited behind a broken signature');
    tenant().switches.webhookSignature = 'valid';
  });
});

describe('events of Dynamics 365, end to end', { timeout: 60_000 }, () => {
  it('name the opportunity that was edited, and are refused once the key is another', async () => {
    const sandbox = await startSandbox({ dynamics: {} });
    const org = sandbox.dynamics;
    if (org === null) throw new Error('There is a Dynamics 365 organization.');
    const webhooks = { partnerCenter: null, dynamics: { header: 'x-cosell-key', key: KEY } };
    const server = await startEventServer(await configOf([{ name: 'fabrikam', webhooks }]));
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const seller = org.as(org.adminUserId);
    const filter = org.load('sdkmessagefilter', {
      primaryobjecttypecode: 'opportunity',
    });
    const message = org.load('sdkmessage', { name: 'Update' });
    const endpoint = org.load('serviceendpoint', {
      name: 'cosell-sync',
      url: `${address}/webhooks/dataverse/fabrikam`,
      contract: 8,
      authtype: 5,
      authvalue: `<settings><setting name="x-cosell-key" value="${KEY}"/></settings>`,
    });
    org.load('sdkmessageprocessingstep', {
      name: 'opportunity update',
      stage: 40,
      mode: 1,
      eventhandler: { table: 'serviceendpoint', id: endpoint },
      sdkmessageid: { table: 'sdkmessage', id: message },
      sdkmessagefilterid: { table: 'sdkmessagefilter', id: filter },
    });
    const id = org.load('opportunity', { name: 'Deal' });

    seller.update('opportunity', id, { name: 'Edited' });
    await org.webhooks.settled();
    server.time.pass(QUIET_MS);
    const changed = { ...webhooks, dynamics: { ...webhooks.dynamics, key: 'another key of sixteen' } };
    server.config = await configOf([{ name: 'fabrikam', webhooks: changed }]);
    seller.update('opportunity', id, { name: 'Edited again' });
    await org.webhooks.settled();
    server.time.pass(QUIET_MS);

    expect(org.webhooks.deliveries.map(({ status }) => status)).toEqual([200, 401]);
    expect(server.requests).toEqual([
      ['fabrikam', { kind: 'hint', who: 'dataverse', referrals: [], opportunities: [id] }],
    ]);
    await server.app.close();
    await sandbox.close();
  });
});
