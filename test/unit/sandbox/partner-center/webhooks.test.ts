import { createVerify, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WEBHOOKS_AUDIENCE } from '../../../../src/sandbox/partner-center/index.ts';
import { type Fixture, startPartnerCenter } from './support.ts';

const ALL = ['test-created', 'referral-created', 'referral-updated', 'related-referral-created'];

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function startReceiver(statuses: number[] = []) {
  const received: Received[] = [];
  const server = createServer(async (message, reply) => {
    let body = '';
    for await (const chunk of message) body += String(chunk);
    received.push({ headers: message.headers, body });
    reply.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, received };
}

async function registration(fixture: Fixture, method: string, body?: object, path = '') {
  const response = await fetch(`${fixture.url}/webhooks/v1/registration${path}`, {
    method,
    headers: { authorization: `Bearer ${fixture.token(null, WEBHOOKS_AUDIENCE)}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, json };
}

describe('webhook registration', () => {
  it('exists once for a tenant, and is replaced as a whole', async () => {
    const fixture = await startPartnerCenter();
    const body = { WebhookUrl: 'http://127.0.0.1:9/hook', WebhookEvents: ['referral-created'] };

    const none = await registration(fixture, 'GET');
    const created = await registration(fixture, 'POST', body);
    const again = await registration(fixture, 'POST', body);
    const replaced = await registration(fixture, 'PUT', { ...body, WebhookEvents: ['referral-updated'] });
    const seen = await registration(fixture, 'GET');

    expect([none.status, created.status, again.status, replaced.status]).toEqual([404, 200, 409, 200]);
    expect(created.json).toMatchObject({ ...body, SubscriberId: expect.any(String) });
    expect(seen.json).toEqual({ ...body, WebhookEvents: ['referral-updated'] });
  });

  it('asks for a token of its own audience, and lists the events there are', async () => {
    const fixture = await startPartnerCenter();

    const events = await registration(fixture, 'GET', undefined, '/events');
    const foreign = await fetch(`${fixture.url}/webhooks/v1/registration`, {
      headers: { authorization: `Bearer ${fixture.token(null)}` },
    });

    expect(events.json).toContain('related-referral-updated');
    expect(foreign.status).toBe(401);
    expect(await foreign.json()).toMatchObject({ code: '401000', description: expect.any(String) });
  });
});

describe('webhook deliveries', () => {
  it.each([
    [false, 'authorization'],
    [true, 'x-ms-signature'],
  ])('are signed over the raw body (own header: %s)', async (ownHeader, header) => {
    const fixture = await startPartnerCenter();
    const { url, received } = await startReceiver();
    const body = { WebhookUrl: url, WebhookEvents: ALL, SignatureTokenToMsSignatureHeader: ownHeader };
    await registration(fixture, 'POST', body);

    const { id } = fixture.tenant.createOwn();
    await fixture.tenant.webhooks.deliver();

    const [delivery] = received;
    const pem = await (await fetch(String(delivery?.headers['x-ms-certificate-url']))).text();
    const certificate = new X509Certificate(pem);
    const signature = String(delivery?.headers[header]).replace('Signature ', '');
    const isSigned = createVerify('sha256')
      .update(delivery?.body ?? '')
      .verify(certificate.publicKey, signature, 'base64');
    expect(isSigned).toBe(true);
    expect(certificate.verify(new X509Certificate(fixture.tenant.webhooks.rootCertificate).publicKey)).toBe(
      true,
    );
    expect(certificate.issuer).toContain('O=Microsoft Corporation');
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({
      EventName: 'referral-created',
      ResourceUri: `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${id}`,
      ResourceName: 'referral',
      AuditUri: null,
      ResourceChangeUtcDate: expect.stringMatching(/\.\d{7}\+00:00$/),
    });
  });

  it("tell own referrals from other parties', and leave out what was not asked for", async () => {
    const fixture = await startPartnerCenter();
    const { url, received } = await startReceiver();
    await registration(fixture, 'POST', { WebhookUrl: url, WebhookEvents: ALL });

    const { id, engagementId } = fixture.tenant.createInbound();
    fixture.tenant.edit(String(id), { details: { notes: 'new' } });
    fixture.tenant.answerInvitation(String(engagementId), 'won');
    await fixture.tenant.webhooks.deliver();

    expect(received.map(({ body }) => JSON.parse(body).EventName)).toEqual([
      'related-referral-created',
      'referral-created',
      'referral-updated',
    ]);
  });

  it('are tried ten times and then given up', async () => {
    const fixture = await startPartnerCenter();
    const { url, received } = await startReceiver(Array.from({ length: 20 }, () => 500));
    await registration(fixture, 'POST', { WebhookUrl: url, WebhookEvents: ALL });
    fixture.tenant.switches.webhookDelivery = 'manual';
    fixture.tenant.createOwn();

    for (let n = 0; n < 12; n += 1) await fixture.tenant.webhooks.deliver();

    expect(received).toHaveLength(10);
    expect(fixture.tenant.webhooks.deliveries).toMatchObject([
      { attempts: 10, state: 'parked', lastStatus: 500 },
    ]);
  });

  it('may come twice, in another order and in camel case', async () => {
    const fixture = await startPartnerCenter();
    const { url, received } = await startReceiver();
    await registration(fixture, 'POST', { WebhookUrl: url, WebhookEvents: ALL });
    Object.assign(fixture.tenant.switches, {
      webhookDelivery: 'manual',
      webhookCopies: 2,
      webhookOrder: 'reversed',
      webhookCasing: 'camel',
    });

    const id = String(fixture.tenant.createOwn().id);
    fixture.tenant.edit(id, { details: { notes: 'new' } });
    await fixture.tenant.webhooks.deliver();

    expect(received.map(({ body }) => JSON.parse(body).eventName)).toEqual([
      'referral-updated',
      'referral-updated',
      'referral-created',
      'referral-created',
    ]);
  });

  it('can be tested', async () => {
    const fixture = await startPartnerCenter();
    const { url, received } = await startReceiver();
    await registration(fixture, 'POST', { WebhookUrl: url, WebhookEvents: ALL });

    const started = await registration(fixture, 'POST', {}, '/validationEvents');
    await fixture.tenant.webhooks.deliver();
    const status = await registration(
      fixture,
      'GET',
      undefined,
      `/validationEvents/${started.json.correlationId}`,
    );

    expect(received).toHaveLength(1);
    expect(status.json).toMatchObject({
      status: 'completed',
      callbackUrl: url,
      results: [{ responseCode: 'OK' }],
    });
  });

  it('can be tested twice a minute, and the outcome is kept for seven days', async () => {
    const fixture = await startPartnerCenter();
    const { url } = await startReceiver();
    await registration(fixture, 'POST', { WebhookUrl: url, WebhookEvents: ALL });
    const ask = () => registration(fixture, 'POST', {}, '/validationEvents');

    const first = await ask();
    const statuses = [first.status, (await ask()).status, (await ask()).status];
    fixture.clock.advance(60_000);
    statuses.push((await ask()).status);
    const status = () =>
      registration(fixture, 'GET', undefined, `/validationEvents/${first.json.correlationId}`);
    const known = (await status()).status;
    fixture.clock.advance(7 * 86_400_000);

    expect(statuses).toEqual([200, 200, 429, 200]);
    expect([known, (await status()).status]).toEqual([200, 404]);
  });

  it.each(['altered', 'untrusted', 'expired'] as const)(
    'can be signed in a way to see through: %s',
    async (how) => {
      const fixture = await startPartnerCenter();
      const { url, received } = await startReceiver();
      await registration(fixture, 'POST', { WebhookUrl: url, WebhookEvents: ALL });
      fixture.tenant.switches.webhookSignature = how;

      fixture.tenant.createOwn();
      await fixture.tenant.webhooks.deliver();

      const [delivery] = received;
      const certificate = new X509Certificate(
        await (await fetch(String(delivery?.headers['x-ms-certificate-url']))).text(),
      );
      const signature = String(delivery?.headers.authorization).replace('Signature ', '');
      const isSigned = createVerify('sha256')
        .update(delivery?.body ?? '')
        .verify(certificate.publicKey, signature, 'base64');
      const root = new X509Certificate(fixture.tenant.webhooks.rootCertificate);
      expect(certificate.issuer).toBe(root.subject);
      expect({
        altered: !isSigned,
        untrusted: !certificate.verify(root.publicKey),
        expired: Date.parse(certificate.validTo) < fixture.clock.now().getTime(),
      }).toEqual({ altered: false, untrusted: false, expired: false, [how]: true });
    },
  );
});
