import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { createWebhookRegistrations } from '../../../src/adapters/partner-center/webhooks.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { WEBHOOKS_AUDIENCE } from '../../../src/sandbox/partner-center/index.ts';
import { startPartnerCenter } from '../sandbox/partner-center/support.ts';

const signal = new AbortController().signal;
const URL_OF_OURS = 'http://127.0.0.1:9/webhooks/partner-center';

async function start() {
  const fixture = await startPartnerCenter();
  const asked: string[] = [];
  const registrations = createWebhookRegistrations({
    http: createHttpClient({ baseUrl: fixture.url, system: 'partnerCenter', attempts: 1 }),
    connection: 'contoso',
    accessToken: async ({ rejectedToken }) => {
      asked.push(rejectedToken === undefined ? 'token' : 'renewed');
      return fixture.token(null, WEBHOOKS_AUDIENCE);
    },
  });
  return { fixture, registrations, asked };
}

describe('the webhook registration', () => {
  it('is made, found and replaced', async () => {
    const { registrations } = await start();
    const first = { url: URL_OF_OURS, events: ['referral-created'] };
    const second = { url: URL_OF_OURS, events: ['referral-created', 'referral-updated'] };

    const before = await registrations.find({ signal });
    await registrations.create(first, { signal });
    const made = await registrations.find({ signal });
    await registrations.replace(second, { signal });

    expect(before).toBeNull();
    expect(made).toEqual(first);
    expect(await registrations.find({ signal })).toEqual(second);
  });

  it('is not made twice: whoever registered meanwhile is named as a conflict', async () => {
    const { registrations } = await start();
    const registration = { url: URL_OF_OURS, events: ['referral-created'] };
    await registrations.create(registration, { signal });

    await expect(registrations.create(registration, { signal })).rejects.toMatchObject({
      code: 'version-conflict',
      message: expect.stringContaining('exists already'),
    });
  });

  it('lists the events there are', async () => {
    const { registrations } = await start();

    expect(await registrations.listEvents({ signal })).toContain('related-referral-updated');
  });

  it('says how a test event fared', async () => {
    const { fixture, registrations } = await start();
    fixture.tenant.switches.webhookDelivery = 'manual';
    await registrations.create({ url: URL_OF_OURS, events: ['test-created'] }, { signal });

    const id = await registrations.startTest({ signal });
    const waiting = await registrations.findTest(id, { signal });
    await fixture.tenant.webhooks.deliver();
    const failed = await registrations.findTest(id, { signal });

    expect(waiting).toEqual({ state: 'waiting', detail: null });
    expect(failed.detail).toBe('the address did not answer');
  });

  it('reads answers in Pascal and in camel case', async () => {
    const { fixture, registrations } = await start();
    await registrations.create({ url: URL_OF_OURS, events: ['referral-created'] }, { signal });
    fixture.faults.add({
      system: 'partner-center',
      kind: 'status',
      when: 'before',
      status: 200,
      contentType: 'application/json',
      body: JSON.stringify({ webhookUrl: URL_OF_OURS, webhookEvents: ['referral-updated'] }),
    });

    expect(await registrations.find({ signal })).toEqual({ url: URL_OF_OURS, events: ['referral-updated'] });
  });

  it.each([
    [401, 'unauthorized', 'cosell-sync auth login contoso'],
    [403, 'forbidden', 'role'],
    [429, 'rate-limited', 'two a minute'],
    [500, 'unavailable', 'HTTP 500'],
  ])('fails with a remedy on %i', async (status, code, text) => {
    const { fixture, registrations } = await start();
    fixture.faults.add({ system: 'partner-center', kind: 'status', when: 'before', status, times: 9 });

    const failure = await registrations.find({ signal }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(RemoteError);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('is asked for again with a fresh token after a refusal', async () => {
    const { fixture, registrations, asked } = await start();
    fixture.faults.add({ system: 'partner-center', kind: 'status', when: 'before', status: 401 });

    expect(await registrations.find({ signal })).toBeNull();
    expect(asked).toEqual(['token', 'renewed']);
  });

  it.each(['{}', '[]', '"text"', '{"WebhookUrl":7,"WebhookEvents":"all"}'])(
    'is not guessed from an answer such as %s',
    async (body) => {
      const { fixture, registrations } = await start();
      const contentType = 'application/json';
      fixture.faults.add({
        system: 'partner-center',
        kind: 'status',
        when: 'before',
        status: 200,
        contentType,
        body,
      });

      await expect(registrations.find({ signal })).rejects.toMatchObject({ code: 'unavailable' });
    },
  );
});
