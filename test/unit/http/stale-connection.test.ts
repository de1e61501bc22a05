import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { fakeClock } from './fake-clock.ts';

/** A server in a thread of its own, so that it can close a connection while this thread is busy. */
const SERVER = `
const { createServer } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const closed = new Int32Array(workerData);
const sockets = new Set();
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('{}'));
});
server.keepAliveTimeout = 60_000;
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => {
    Atomics.store(closed, 0, 1);
    Atomics.notify(closed, 0);
  });
});
parentPort.on('message', () => {
  for (const socket of sockets) socket.destroy();
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

let worker: Worker | null = null;
afterEach(async () => {
  await worker?.terminate();
  worker = null;
});

describe('a connection that the server closed while this process was busy', () => {
  it('is not taken for the next write', async () => {
    const closed = new Int32Array(new SharedArrayBuffer(4));
    const server = new Worker(SERVER, { eval: true, workerData: closed.buffer });
    worker = server;
    const port = await new Promise((resolve) => server.once('message', resolve));
    const http = createHttpClient({
      baseUrl: `http://127.0.0.1:${String(port)}`,
      system: 'crm',
      clock: fakeClock(),
    });
    const write = () =>
      http.send({
        operation: 'Create it',
        method: 'POST',
        url: '/things',
        body: '{}',
        signal: new AbortController().signal,
        repeatable: false,
      });
    await write();
    // Long work without a pause, as planning a large run is: what the network says meanwhile is not heard.
    server.postMessage('close every connection');
    Atomics.wait(closed, 0, 0);

    const answer = await write();

    expect(answer.status).toBe(200);
  });
});
