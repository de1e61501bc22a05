import nock from 'nock';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { createWebhookChannel } from '../../../src/adapters/webhook/index.ts';
import { fakeClock } from '../http/fake-clock.ts';

const signal = new AbortController().signal;
const message = { id: 'm1', subject: 'Two items', text: '- one\n- two\n' };

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

function channelTo(url: string) {
  const { origin } = new URL(url);
  return createWebhookChannel({
    url,
    on: ['parked'],
    http: createHttpClient({ baseUrl: origin, system: 'webhook', clock: fakeClock() }),
  });
}

describe('a webhook', () => {
  it('gets JSON text, as chat services take it', async () => {
    let body: unknown;
    nock('https://hooks.chat.example')
      .post('/services/T1/B2/secret', (sent) => {
        body = sent;
        return true;
      })
      .reply(200, 'ok');

    await channelTo('https://hooks.chat.example/services/T1/B2/secret').send(message, { signal });

    expect(body).toEqual({ text: 'Two items\n\n- one\n- two\n' });
  });

  it.each([
    ['text', 'https://hooks.chat.example', '/services/T1'],
    ['a card', 'https://prod-1.westeurope.logic.azure.com', '/workflows/1'],
  ])('gets %s no longer than chat services take', async (_what, origin, path) => {
    let longest = 0;
    nock(origin)
      .post(path, (sent) => {
        longest = Math.max(...(JSON.stringify(sent).match(/x+/g) ?? []).map(({ length }) => length));
        return true;
      })
      .reply(200, 'ok');

    await channelTo(origin + path).send({ ...message, text: 'x'.repeat(100_000) }, { signal });

    expect(longest).toBeGreaterThan(14_900);
    expect(longest).toBeLessThanOrEqual(15_000);
  });

  it('of a Teams workflow gets a card, under the address with its signature', async () => {
    let body: unknown;
    nock('https://prod-1.westeurope.logic.azure.com')
      .post('/workflows/1/triggers/manual/paths/invoke', (sent) => {
        body = sent;
        return true;
      })
      .query({ 'api-version': '2016-06-01', sig: 'secret' })
      .reply(202);

    await channelTo(
      'https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=secret',
    ).send(message, { signal });

    expect(body).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', body: [{ text: 'Two items' }, { text: '- one\n\n- two\n\n' }] },
        },
      ],
    });
  });

  it.each([404, 500])('that answers %i fails without showing its address', async (status) => {
    nock('https://hooks.chat.example').post('/services/T1/B2/secret').reply(status, 'secret');

    const failure = await channelTo('https://hooks.chat.example/services/T1/B2/secret')
      .send(message, { signal })
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'RemoteError', system: 'webhook' });
    expect(String(failure)).not.toMatch(/T1|secret/);
  });
});
