import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHostLimit,
  createHttpClient,
  type Exchange,
  type HttpRequest,
  type RequestCounters,
} from '../../../src/adapters/http/index.ts';
import { ConfigurationError, RemoteError } from '../../../src/core/errors.ts';
import { fakeClock } from './fake-clock.ts';
import { answer, startServer, type TestServer } from './server.ts';

let server: TestServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const signal = new AbortController().signal;
const read: HttpRequest = {
  operation: 'Read it',
  method: 'GET',
  url: '/things/1?x=secret',
  signal,
  repeatable: true,
};
const post: HttpRequest = {
  operation: 'Create it',
  method: 'POST',
  url: '/things',
  body: '{}',
  signal,
  repeatable: false,
};
const patch: HttpRequest = {
  operation: 'Change it',
  method: 'PATCH',
  url: '/things/1',
  body: '[]',
  signal,
  repeatable: true,
};

async function failure(promise: Promise<unknown>): Promise<RemoteError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

function client(url: string, options: Partial<Parameters<typeof createHttpClient>[0]> = {}) {
  return createHttpClient({ baseUrl: url, system: 'partnerCenter', clock: fakeClock(), ...options });
}

describe('where requests go', () => {
  it('puts a path below the base path', async () => {
    server = await startServer(answer(200, { ok: true }));

    const response = await client(`${server.url}/base/`).send(read);

    expect(server.received[0]?.url).toBe('/base/things/1?x=secret');
    expect(response.body).toBe('{"ok":true}');
  });

  it.each([
    'http://other.example/things',
    'https://127.0.0.1/things',
    'http://user:password@127.0.0.1/things',
    'file:///etc/passwd',
    'http:\\\\other.example\\things',
  ])('refuses %s before anything is sent', async (url) => {
    server = await startServer(answer(200));

    const error = await failure(client(server.url).send({ ...read, url }));

    expect(error.code).toBe('configuration');
    expect(server.received).toEqual([]);
  });

  it('takes a protocol-relative address for a path', async () => {
    server = await startServer(answer(200));

    await client(server.url).send({ ...read, url: '//other.example/things' });

    expect(server.received[0]?.url).toBe('/other.example/things');
  });

  it.each([
    'http://api.example.test',
    'not a url',
    'https://user:pw@api.example.test',
    'https://api.example.test/?x=1',
  ])('refuses the base URL %s', (baseUrl) => {
    expect(() => client(baseUrl)).toThrow(ConfigurationError);
    expect(() => client(baseUrl)).not.toThrow(/pw/);
  });

  it('does not follow redirects', async () => {
    server = await startServer(answer(302, {}, { location: 'http://other.example/' }));

    const error = await failure(client(server.url).send(read));

    expect(error).toMatchObject({ code: 'unavailable', status: 302 });
    expect(server.received).toHaveLength(1);
  });
});

describe('what is sent again', () => {
  it.each([420, 423, 429, 500, 502, 503, 504, 509])('repeats a read after HTTP %i', async (status) => {
    server = await startServer(answer(status), answer(200));

    const response = await client(server.url).send(read);

    expect(response.status).toBe(200);
    expect(server.received).toHaveLength(2);
  });

  it.each([400, 401, 403, 404, 409, 412, 422, 507])('hands HTTP %i over at once', async (status) => {
    server = await startServer(answer(status));

    const response = await client(server.url).send(read);

    expect(response.status).toBe(status);
    expect(server.received).toHaveLength(1);
  });

  it('gives the last answer back when the attempts are used up', async () => {
    server = await startServer(answer(500));

    const response = await client(server.url, { attempts: 3 }).send(read);

    expect(response.status).toBe(500);
    expect(server.received).toHaveLength(3);
  });

  it('never repeats a create after a server error', async () => {
    server = await startServer(answer(500));

    const response = await client(server.url).send(post);

    expect(response.status).toBe(500);
    expect(server.received).toHaveLength(1);
  });

  it('repeats a create that the server refused for load', async () => {
    server = await startServer(answer(429), answer(503, {}, { 'retry-after': '2' }), answer(200));

    const response = await client(server.url).send(post);

    expect(response.status).toBe(200);
    expect(server.received).toHaveLength(3);
  });

  it('does not repeat a create after a 503 that says nothing of waiting', async () => {
    server = await startServer(answer(503));

    await client(server.url).send(post);

    expect(server.received).toHaveLength(1);
  });

  it('waits with full jitter between attempts, longer each time', async () => {
    const clock = fakeClock(0.5);
    server = await startServer(answer(500));

    await client(server.url, { clock, attempts: 4 }).send(read);

    expect(clock.sleeps).toEqual([250, 500, 1000]);
  });
});

describe('Retry-After', () => {
  it('is a floor for the wait', async () => {
    const clock = fakeClock(0.5);
    server = await startServer(answer(429, {}, { 'retry-after': '7' }), answer(200));

    await client(server.url, { clock }).send(read);

    expect(clock.sleeps).toEqual([7000]);
  });

  it('measures a date against the clock of the server', async () => {
    const clock = fakeClock();
    const date = 'Tue, 21 Jul 2020 04:10:58 GMT';
    server = await startServer(
      answer(503, {}, { date, 'retry-after': 'Tue, 21 Jul 2020 04:11:18 GMT' }),
      answer(200),
    );

    await client(server.url, { clock }).send(read);

    expect(clock.sleeps).toEqual([20_000]);
  });

  it('fails at once when it asks for longer than the cap, and so does every other request until then', async () => {
    const clock = fakeClock();
    server = await startServer(answer(429, {}, { 'retry-after': '3600' }), answer(200));
    const http = client(server.url, { clock });

    const first = await failure(http.send(read));
    const second = await failure(http.send(read));
    clock.time += 3_600_000;
    const third = await http.send(read);

    expect(first).toMatchObject({ code: 'rate-limited', retryAfterMs: 3_600_000, outcomeUnknown: false });
    expect(second).toMatchObject({ code: 'rate-limited', retryAfterMs: 3_600_000 });
    expect(third.status).toBe(200);
    expect(server.received).toHaveLength(2);
  });

  it('keeps the other requests of the host back as well', async () => {
    const clock = fakeClock();
    server = await startServer(answer(429, {}, { 'retry-after': '30' }), answer(200));
    const limit = createHostLimit({ concurrency: 4, requestsPerSecond: null }, clock);
    await client(server.url, { clock, limit, attempts: 1 }).send(read);

    await client(server.url, { clock, limit }).send(read);

    expect(clock.sleeps).toEqual([30_000]);
  });

  it('ends the wait at once when the caller stops', async () => {
    const controller = new AbortController();
    server = await startServer(answer(429, {}, { 'retry-after': '50' }));
    const http = createHttpClient({
      baseUrl: server.url,
      system: 'crm',
      onExchange: () => setImmediate(() => controller.abort(new Error('stopping'))),
    });

    await expect(http.send({ ...read, signal: controller.signal })).rejects.toThrow('stopping');
  });
});

describe('answers that never come', () => {
  it('knows that a refused connection did nothing', async () => {
    server = await startServer(answer(200));
    const { url } = server;
    await server.close();
    const counters: RequestCounters = { requests: 0, retries: 0 };

    const error = await failure(client(url, { counters }).send(post));

    expect(error).toMatchObject({ code: 'unavailable', outcomeUnknown: false, remoteCode: 'ECONNREFUSED' });
    expect(error.message).toContain(`${new URL(url).host} could not be reached (ECONNREFUSED)`);
    expect(counters).toEqual({ requests: 0, retries: 0 });
  });

  it('says that the outcome of a create is unknown when the connection breaks', async () => {
    server = await startServer((response) => response.destroy());

    const error = await failure(client(server.url).send(post));

    expect(error).toMatchObject({ code: 'unavailable', outcomeUnknown: true });
    expect(server.received).toHaveLength(1);
  });

  it('repeats a change under a precondition, and its outcome stays unknown', async () => {
    server = await startServer((response) => response.destroy());

    const error = await failure(client(server.url, { attempts: 3 }).send(patch));

    expect(error.outcomeUnknown).toBe(true);
    expect(server.received).toHaveLength(3);
  });

  it('never calls the outcome of a read unknown', async () => {
    server = await startServer((response) => response.destroy());

    const error = await failure(client(server.url, { attempts: 1 }).send(read));

    expect(error.outcomeUnknown).toBe(false);
  });

  it.each([
    ['a declared length', { 'content-length': '100' }],
    ['chunks', {}],
  ])('takes a body cut short after %s for no answer', async (_what, headers) => {
    server = await startServer((response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.write('{"value":', () => response.destroy());
    }, answer(200));

    const response = await client(server.url).send(read);

    expect(response.body).toBe('{}');
    expect(server.received).toHaveLength(2);
  });

  it('gives up on a body that never ends', async () => {
    server = await startServer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    });

    const error = await failure(client(server.url, { attempts: 1 }).send({ ...read, timeoutMs: 30 }));

    expect(error).toMatchObject({ code: 'unavailable', remoteCode: 'DEADLINE' });
  });

  it('passes the reason on when the caller aborts', async () => {
    const controller = new AbortController();
    server = await startServer(() => controller.abort(new Error('second signal')));

    await expect(client(server.url).send({ ...post, signal: controller.signal })).rejects.toThrow(
      'second signal',
    );
  });

  it('refuses an answer that unpacks to more than the cap, without repeating', async () => {
    server = await startServer((response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(5_000_000, 'a')));
    });

    const error = await failure(client(server.url, { maxBodyBytes: 100_000 }).send(read));

    expect(error.code).toBe('unavailable');
    expect(server.received).toHaveLength(1);
  });

  it('says nothing of tokens or queries in the error', async () => {
    server = await startServer((response) => response.destroy());

    const error = await failure(
      client(server.url, { attempts: 1 }).send({ ...read, headers: { Authorization: 'Bearer hush' } }),
    );

    const text = JSON.stringify([error.message, error.stack, error.cause, Object.entries(error)]);
    expect(text).not.toMatch(/hush|secret/);
  });
});

describe('counting and reporting', () => {
  it('counts every request and every retry, but not sign-in', async () => {
    const counters: RequestCounters = { requests: 0, retries: 0 };
    server = await startServer(answer(500), answer(200));
    const http = client(server.url, { counters });

    await http.send(read);
    await http.send({ ...read, metered: false });

    expect(counters).toEqual({ requests: 2, retries: 1 });
  });

  it('reports each attempt without query or body', async () => {
    const seen: Exchange[] = [];
    server = await startServer(answer(500, {}, { 'request-id': 'abc' }), answer(200));

    await client(server.url, { onExchange: (exchange) => seen.push(exchange) }).send(read);

    expect(seen).toMatchObject([
      { method: 'GET', path: '/things/1', status: 500, attempt: 1, requestId: 'abc', operation: 'Read it' },
      { status: 200, attempt: 2 },
    ]);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('gives header names in lower case', async () => {
    server = await startServer(answer(200, {}, { ETag: '"1"', 'Request-ID': 'r-1' }));

    const response = await client(server.url).send(read);

    expect(response.headers.etag).toBe('"1"');
    expect(response.requestId).toBe('r-1');
  });
});
