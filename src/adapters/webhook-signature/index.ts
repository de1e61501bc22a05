/**
 * Whether a delivery comes from Partner Center: an RSA signature over the exact bytes of the body, by a certificate of
 * Microsoft's that is fetched from an allowed host. Any doubt is a refusal; polling finds what a refused event meant.
 */
import { verify } from 'node:crypto';
import { type Clock, createHttpClient, systemClock } from '../http/index.ts';
import { type Certificates, createCertificates, type FetchBytes } from './certificates.ts';
import { createTrustStore, type GoodCertificate } from './chain.ts';
import { type DeliveryHeaders, type Refusal, readClaim } from './headers.ts';

export type { DeliveryHeaders, Refusal } from './headers.ts';

/** Where Microsoft publishes the certificates of its own authorities. */
const ISSUER_HOSTS: ReadonlySet<string> = new Set(['www.microsoft.com', 'caissuers.microsoft.com']);
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const FETCH_TIMEOUT_MS = 5_000;

export interface VerifierOptions {
  /** Hosts from which certificates may be fetched: `host`, or `host:port`. */
  readonly certificateHosts: readonly string[];
  /** PEM text of further roots and intermediates; null for none. */
  readonly trustedCertificates: string | null;
  readonly clock?: Clock;
  /** For tests; else a bounded https client. */
  readonly fetchBytes?: FetchBytes;
}

export interface SignatureVerifier {
  /** Null when the delivery is Partner Center's. Never throws. @param body the bytes as they came */
  refusalOf(headers: DeliveryHeaders, body: Uint8Array): Promise<Refusal | null>;
}

/** Builds the verifier. @throws Error when the trusted certificates cannot be read */
export function createSignatureVerifier(options: VerifierOptions): SignatureVerifier {
  const { clock = systemClock, certificateHosts, trustedCertificates } = options;
  const hosts = new Set(certificateHosts.map((host) => host.toLowerCase()));
  const certificates: Certificates = createCertificates({
    trust: createTrustStore(trustedCertificates),
    fetchBytes: options.fetchBytes ?? fetchCertificate,
    issuerHosts: ISSUER_HOSTS,
    clock,
  });
  const isGoodNow = ({ notBefore, notAfter }: GoodCertificate): boolean => {
    const now = clock.now();
    return notBefore <= now && now <= notAfter;
  };

  return {
    async refusalOf(headers, body) {
      const claim = readClaim(headers, hosts);
      if (typeof claim === 'string') return claim;
      for (const wasWrong of [false, true]) {
        const found = await certificates
          .get(claim.certificateUrl, wasWrong)
          .catch(() => 'certificate-unavailable' as const);
        if (typeof found === 'string') return found;
        if (!isGoodNow(found)) {
          if (wasWrong) return 'certificate-refused';
          continue;
        }
        if (isSignedBy(found, body, claim.signature)) return null;
      }
      return 'signature-wrong';
    },
  };
}

function isSignedBy({ certificate }: GoodCertificate, body: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', body, certificate.publicKey, signature);
  } catch {
    return false;
  }
}

/** The HTTP layer refuses redirects and bounds size and time; each address gets a client of its own origin. */
async function fetchCertificate(url: URL): Promise<Buffer> {
  const http = createHttpClient({
    baseUrl: url.origin,
    system: 'partnerCenter',
    attempts: 2,
    maxBodyBytes: MAX_CERTIFICATE_BYTES,
    maxRetryAfterMs: 0,
  });
  const { status, body } = await http.send({
    operation: 'Fetch the certificate of a webhook event',
    method: 'GET',
    url: url.href,
    headers: { Accept: '*/*' },
    encoding: 'latin1',
    signal: AbortSignal.timeout(3 * FETCH_TIMEOUT_MS),
    timeoutMs: FETCH_TIMEOUT_MS,
    repeatable: true,
    metered: false,
  });
  if (status !== 200) throw new Error(`The certificate cannot be fetched (HTTP ${status}).`);
  return Buffer.from(body, 'latin1');
}
