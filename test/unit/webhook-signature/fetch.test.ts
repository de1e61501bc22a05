import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createSignatureVerifier } from '../../../src/adapters/webhook-signature/index.ts';
import { fakeClock } from '../http/fake-clock.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { makeAuthority, makeKeys, signedHeaders } from './support.ts';

const keys = { root: makeKeys(), issuer: makeKeys(), leaf: makeKeys() };
const authority = makeAuthority(keys);
// Signed by the root itself, so that one certificate is the whole chain.
const leaf = authority.leaf({
  issuer: { commonName: 'Test Root', organization: 'Microsoft Corporation' },
  issuerKey: keys.root.privateKey,
});

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function refusalWith(...steps: ((response: ServerResponse) => void)[]) {
  const server = await startServer(...steps);
  servers.push(server);
  const verifier = createSignatureVerifier({
    certificateHosts: [new URL(server.url).host],
    trustedCertificates: authority.selfSigned('Microsoft Corporation'),
    clock: fakeClock(),
  });
  const refusal = await verifier.refusalOf(
    signedHeaders('{}', keys.leaf.privateKey, { 'x-ms-certificate-url': `${server.url}/cert.cer` }),
    Buffer.from('{}'),
  );
  return { refusal, requests: server.received.map(({ url }) => url) };
}

describe('fetching the certificate', () => {
  it('keeps every byte of a certificate in DER', async () => {
    const { refusal } = await refusalWith((response) => {
      response.writeHead(200, { 'content-type': 'application/x-x509-ca-cert' }).end(leaf);
    });

    expect(refusal).toBeNull();
  });

  it('follows no redirect', async () => {
    const { refusal, requests } = await refusalWith((response) => {
      response.writeHead(302, { location: '/other.cer' }).end();
    });

    expect(refusal).toBe('certificate-unavailable');
    expect(requests).toEqual(['/cert.cer']);
  });

  it('stops at a bounded size', async () => {
    let sent = 0;
    const { refusal } = await refusalWith((response) => {
      const chunk = Buffer.alloc(64 * 1024, 'A');
      const write = (): void => {
        sent += chunk.length;
        if (!response.destroyed && sent < 64 * 1024 * 1024) response.write(chunk, write);
      };
      write();
    });

    expect(refusal).toBe('certificate-unavailable');
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('takes no page of an error for a certificate', async () => {
    const { refusal } = await refusalWith((response) => {
      response.writeHead(404).end(leaf);
    });

    expect(refusal).toBe('certificate-unavailable');
  });
});
