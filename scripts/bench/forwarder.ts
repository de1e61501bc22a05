/** Stands where a reverse proxy would: its address is known before the daemon's. */
import { createServer, request as send } from 'node:http';

export interface Forwarder {
  readonly url: string;
  /** Where requests go. */
  target: string;
  close(): Promise<void>;
}

export async function startForwarder(): Promise<Forwarder> {
  const server = createServer((incoming, reply) => {
    const { method, headers, url = '/' } = incoming;
    const outgoing = send(new URL(url, forwarder.target), { method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    outgoing.on('error', () => reply.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const forwarder: Forwarder = {
    url: `http://127.0.0.1:${port}`,
    target: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return forwarder;
}
