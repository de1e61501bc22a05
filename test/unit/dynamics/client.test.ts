import { describe, expect, it } from 'vitest';
import { createDynamicsClient } from '../../../src/adapters/dynamics/index.ts';
import type { HttpClient, HttpResponse } from '../../../src/adapters/http/index.ts';
import { fakeClock } from '../http/fake-clock.ts';

const ANSWER: HttpResponse = { status: 200, headers: {}, body: '{"value":[]}', requestId: null };

/** A host whose answers are held back; it knows how many were asked for at a time. */
function createHost() {
  const waiting: (() => void)[] = [];
  let most = 0;
  const http: HttpClient = {
    baseUrl: 'https://contoso.crm.example',
    async send(): Promise<HttpResponse> {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        most = Math.max(most, waiting.length);
      });
      return ANSWER;
    },
  };
  return {
    http,
    most: () => most,
    /** Answers one after the other until nobody waits. */
    async answerAll(): Promise<void> {
      for (let idle = 0; idle < 10; ) {
        await new Promise(setImmediate);
        const next = waiting.shift();
        next?.();
        idle = next === undefined ? idle + 1 : 0;
      }
    },
  };
}

describe('requests of one user', () => {
  it.each([
    [1_000, 52],
    [8, 8],
    [0, 1],
  ])('are never more at a time than asked for (%i) and than Dataverse takes', async (wished, expected) => {
    const host = createHost();
    const client = createDynamicsClient({
      config: {
        kind: 'dynamics',
        url: 'https://contoso.crm.example',
        apiVersion: '9.2',
        auth: {
          flow: 'clientCredentials',
          authority: 'https://login.example',
          tenantId: 'tenant',
          clientId: 'client',
          clientSecret: 'secret',
          certificateFile: null,
        },
      },
      http: () => host.http,
      tokens: { getToken: async () => 'token' },
      clock: fakeClock(),
      timeoutMs: 1_000,
      maxConcurrentRequests: wished,
    });
    const { signal } = new AbortController();

    const calls = Array.from({ length: 120 }, () =>
      client.call({ operation: 'Read', method: 'GET', path: 'WhoAmI', isWrite: false, signal }),
    );
    await host.answerAll();

    expect(await Promise.all(calls)).toHaveLength(120);
    expect(host.most()).toBe(expected);
  });
});
