/** What stands between the internet and the daemon in real installations: its address is known before the daemon's. */
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReverseProxy {
  readonly url: string;
  /** Where requests go; null: nobody is there. */
  target: string | null;
  close(): Promise<void>;
}

export async function startReverseProxy(): Promise<ReverseProxy> {
  const server = createServer((incoming, reply) => {
    if (proxy.target === null) return void reply.writeHead(502).end();
    const outgoing = send(
      new URL(incoming.url ?? '/', proxy.target),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
      },
    );
    outgoing.on('error', () => reply.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: ReverseProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
