/** How much of an answer is taken, unless a caller wants less. */
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { fakeClock } from './fake-clock.ts';
import { startServer, type TestServer } from './server.ts';

const LIMIT = 64 * 1024 * 1024;
let server: TestServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

it.each([
  ['that unpacks to 64 MiB is read', LIMIT, 200],
  ['that unpacks to a byte more is refused, and not asked for again', LIMIT + 1, 'unavailable'],
])('an answer %s', async (_what, bytes, outcome) => {
  server = await startServer((response) => {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync(Buffer.alloc(bytes, '1'), { level: 1 }));
  });
  const http = createHttpClient({ baseUrl: server.url, system: 'partnerCenter', clock: fakeClock() });

  const got = await http
    .send({
      operation: 'Read it',
      method: 'GET',
      url: '/things/1',
      signal: new AbortController().signal,
      repeatable: true,
    })
    .then(
      ({ status }) => status,
      (error: { readonly code?: unknown }) => error.code,
    );

  expect(got).toBe(outcome);
  expect(server.received).toHaveLength(1);
});
