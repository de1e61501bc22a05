import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';

type Json = Record<string, unknown>;
const FROZEN = new Date('2026-03-02T09:00:00Z');

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function start(dynamics: NonNullable<SandboxOptions['dynamics']> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ frozenAt: FROZEN, dynamics });
  closers.push(sandbox.close);
  return sandbox;
}

async function send(url: string, method: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: Json = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: response.status, json, headers: response.headers };
}

async function signIn({ urls, credentials }: Sandbox, secret: string = credentials.dynamics.clientSecret) {
  const response = await fetch(`${urls.entra}/${credentials.dynamics.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credentials.dynamics.clientId,
      client_secret: secret,
      scope: `${urls.dynamics}/.default`,
      'x-client-SKU': 'test',
    }),
  });
  const json: Json = JSON.parse(await response.text());
  return { status: response.status, json, authorization: `Bearer ${json.access_token}` };
}

describe('the sandbox with a Dynamics 365 organization', () => {
  it('signs the app in with its secret and answers it', async () => {
    const sandbox = await start();

    const wrong = await signIn(sandbox, 'wrong');
    const { authorization } = await signIn(sandbox);
    const who = await send(`${sandbox.urls.dynamics}/api/data/v9.2/WhoAmI`, 'GET', undefined, {
      authorization,
    });

    expect(wrong.status).toBe(401);
    expect(wrong.json).toMatchObject({ error: 'invalid_client', error_codes: [7_000_215] });
    expect(who.status).toBe(200);
    expect(who.json.UserId).toBe(sandbox.dynamics?.applicationUserId);
    expect(sandbox.requestCounts()).toEqual({ salesforce: 0, partnerCenter: 0, dynamics: 1 });
  });

  it('is not there unless it is asked for', async () => {
    const sandbox = await startSandbox({ frozenAt: FROZEN });
    closers.push(sandbox.close);

    expect(sandbox.dynamics).toBeNull();
    expect(sandbox.urls).not.toHaveProperty('dynamics');
    expect((await send(`${sandbox.urls.control}/dynamics/switches`, 'GET')).status).toBe(404);
  });

  it('lets people work in it over the control API, and notes who changed what', async () => {
    const sandbox = await start({ sample: { seed: 1, opportunities: 20 } });
    const control = `${sandbox.urls.control}/dynamics`;
    const [id] = sandbox.dynamicsFlagged;
    const record = `${control}/records/opportunity/${id}`;

    const edited = await send(record, 'PATCH', { name: 'Edited', estimatedvalue: 99 });
    const closed = await send(`${control}/opportunities/${id}/close`, 'POST', { outcome: 'won' });
    const reopened = await send(`${control}/opportunities/${id}/reopen`, 'POST');
    const refused = await send(record, 'PATCH', { statecode: 1 });
    const writes = await send(`${control}/writes`, 'GET');
    const missing = await send(`${control}/records/nothing/1`, 'GET');
    const currency = await send(`${control}/currencies`, 'POST', { isoCode: 'EUR', rate: 0.9 });

    expect(edited.json).toMatchObject({ name: 'Edited', estimatedvalue: 99 });
    expect(closed.json).toMatchObject({ statecode: 1, statuscode: 3 });
    expect(reopened.json).toMatchObject({ statecode: 0 });
    expect(refused.status).toBe(400);
    expect(writes.json.entries).toMatchObject([
      { table: 'opportunity', operation: 'update', origin: 'user', actor: sandbox.dynamics?.adminUserId },
      { table: 'opportunityclose', operation: 'create' },
      { table: 'opportunity', operation: 'update' },
      { table: 'opportunity', operation: 'update' },
    ]);
    expect(missing.status).toBe(404);
    expect(currency.json).toMatchObject({ isocurrencycode: 'EUR', exchangerate: 0.9, currencyprecision: 2 });
  });

  it('changes its behaviour by switches, faults and the end of delta links', async () => {
    const sandbox = await start();
    const { authorization } = await signIn(sandbox);
    const api = `${sandbox.urls.dynamics}/api/data/v9.2`;
    const tracked = await send(`${api}/opportunities?$select=name`, 'GET', undefined, {
      authorization,
      prefer: 'odata.track-changes',
    });
    await send(`${sandbox.urls.control}/dynamics/expire-delta-links`, 'POST');
    await send(`${sandbox.urls.control}/dynamics/switches`, 'PATCH', { expiredTokenStatus: 410 });

    const expired = await send(String(tracked.json['@odata.deltaLink']), 'GET', undefined, { authorization });
    await send(`${sandbox.urls.control}/faults`, 'POST', { system: 'dataverse', preset: 'htmlPage' });
    const page = await send(`${api}/WhoAmI`, 'GET', undefined, { authorization });

    expect(expired.status).toBe(410);
    expect(page.status).toBe(502);
    expect(
      sandbox.journal.entries
        .filter(({ system }) => system === 'dataverse')
        .map(({ status, write }) => [status, write]),
    ).toEqual([
      [200, false],
      [410, false],
      [502, false],
    ]);
  });

  it('tells registered webhooks of committed writes, with their key', async () => {
    const received: { key: string | undefined; body: Json }[] = [];
    const receiver = createServer((request, reply) => {
      let text = '';
      request.on('data', (chunk) => {
        text += String(chunk);
      });
      request.on('end', () => {
        const key = request.headers['x-sync-key'];
        received.push({ key: typeof key === 'string' ? key : undefined, body: JSON.parse(text) });
        reply.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => receiver.close(resolve)));
    const { port } = receiver.address() as AddressInfo;
    const sandbox = await start();
    const { authorization } = await signIn(sandbox);
    const api = `${sandbox.urls.dynamics}/api/data/v9.2`;
    const call = (method: string, path: string, body?: unknown) =>
      send(`${api}/${path}`, method, body, { authorization });
    const idIn = async (path: string, key: string): Promise<unknown> => {
      const { value } = (await call('GET', path)).json;
      return Array.isArray(value) ? value[0]?.[key] : null;
    };
    const endpoint = await call('POST', 'serviceendpoints', {
      name: 'referral-sync',
      url: `http://127.0.0.1:${port}/hook`,
      contract: 8,
      authtype: 5,
      authvalue: '<settings><setting name="x-sync-key" value="k1"/></settings>',
    });
    const message = await idIn("sdkmessages?$select=sdkmessageid&$filter=name eq 'Update'", 'sdkmessageid');
    const filter = await idIn(
      "sdkmessagefilters?$filter=primaryobjecttypecode eq 'opportunity' and sdkmessageid/name eq 'Update'",
      'sdkmessagefilterid',
    );
    await call('POST', 'sdkmessageprocessingsteps', {
      name: 'referral-sync: opportunity update',
      stage: 40,
      mode: 1,
      rank: 1,
      supporteddeployment: 0,
      asyncautodelete: true,
      filteringattributes: 'name,estimatedvalue',
      'eventhandler_serviceendpoint@odata.bind': endpoint.headers.get('odata-entityid'),
      'sdkmessageid@odata.bind': `/sdkmessages(${message})`,
      'sdkmessagefilterid@odata.bind': `/sdkmessagefilters(${filter})`,
    });
    const org = sandbox.dynamics;
    const id = org?.load('opportunity', { name: 'Deal' }) ?? '';

    await call('PATCH', `opportunities(${id})`, { description: 'not watched' });
    await call('PATCH', `opportunities(${id})`, { name: 'x'.repeat(301) });
    await call('PATCH', `opportunities(${id})`, { name: 'watched' });
    await org?.webhooks.settled();

    expect(received).toMatchObject([
      { key: 'k1', body: { MessageName: 'Update', PrimaryEntityId: id, PrimaryEntityName: 'opportunity' } },
    ]);
    expect(org?.webhooks.deliveries).toMatchObject([{ status: 200 }]);
  });
});
