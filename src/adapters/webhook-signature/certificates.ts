/** Certificates by address: fetched seldom, kept a while, and never more of them than a handful. */
import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../http/index.ts';
import { type GoodCertificate, parseCertificates, type TrustStore, verifyCertificate } from './chain.ts';
import { parseAllowedUrl, type Refusal } from './headers.ts';

/** Fetches bytes from an allowed address: no redirects, bounded in size and time. Throws when it cannot. */
export type FetchBytes = (url: URL) => Promise<Buffer>;

export interface CertificatesOptions {
  readonly trust: TrustStore;
  readonly fetchBytes: FetchBytes;
  /** Hosts from which a missing intermediate may be fetched, where the certificate names such an address. */
  readonly issuerHosts: ReadonlySet<string>;
  readonly clock: Clock;
}

export interface Certificates {
  /**
   * The certificate at an allowed address.
   * @param wasWrong the signature did not fit the one we keep: look again, if it is old enough to have been renewed
   */
  get(url: URL, wasWrong?: boolean): Promise<GoodCertificate | Refusal>;
}

const KEEP_MS = 24 * 3_600_000;
/** How long a failure is remembered, so that a flood of deliveries asks once. */
const KEEP_FAILURE_MS = 60_000;
const RENEWED_AFTER_MS = 5 * 60_000;
const MAX_KEPT = 16;
/** Fetches in a window, over all addresses: deliveries that nobody signed can cause no more than these. */
const MAX_FETCHES = 12;
const WINDOW_MS = 60_000;
const MAX_INTERMEDIATES = 2;

interface Kept {
  readonly at: number;
  readonly found: Promise<GoodCertificate | Refusal>;
  failed: boolean;
}

/** Builds the cache. Nothing is fetched before it is asked for. */
export function createCertificates(options: CertificatesOptions): Certificates {
  const { trust, fetchBytes, issuerHosts, clock } = options;
  const kept = new Map<string, Kept>();
  let fetches: number[] = [];

  function mayFetch(): boolean {
    const now = clock.now();
    fetches = fetches.filter((time) => now - time < WINDOW_MS);
    if (fetches.length >= MAX_FETCHES) return false;
    fetches.push(now);
    return true;
  }

  /** The certificates that a leaf's own hints lead to, where the chain does not reach a root without them. */
  async function fetchIssuers(leaf: X509Certificate): Promise<readonly X509Certificate[]> {
    const found: X509Certificate[] = [];
    let last = leaf;
    while (found.length < MAX_INTERMEDIATES) {
      const url = issuerAddress(last, issuerHosts);
      if (url === null || !mayFetch()) return found;
      const [issuer] = parseCertificates(await fetchBytes(url));
      if (issuer === undefined) return found;
      found.push(issuer);
      last = issuer;
    }
    return found;
  }

  async function load(url: URL): Promise<GoodCertificate | Refusal> {
    if (!mayFetch()) return 'certificate-unavailable';
    let leaf: X509Certificate | undefined;
    let others: readonly X509Certificate[];
    try {
      [leaf, ...others] = parseCertificates(await fetchBytes(url));
    } catch {
      return 'certificate-unavailable';
    }
    if (leaf === undefined) return 'certificate-unavailable';
    const direct = verifyCertificate(leaf, others, trust);
    if (direct !== null) return direct;
    const issuers = await fetchIssuers(leaf).catch(() => []);
    return verifyCertificate(leaf, [...others, ...issuers], trust) ?? 'certificate-refused';
  }

  function keep(key: string, url: URL): Kept {
    kept.delete(key);
    if (kept.size >= MAX_KEPT) {
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    }
    const entry: Kept = { at: clock.now(), found: load(url), failed: false };
    kept.set(key, entry);
    void entry.found.then((found) => {
      entry.failed = typeof found === 'string';
    });
    return entry;
  }

  return {
    get(url, wasWrong = false) {
      const key = url.href;
      const entry = kept.get(key);
      if (entry === undefined) return keep(key, url).found;
      const limit = entry.failed ? KEEP_FAILURE_MS : wasWrong ? RENEWED_AFTER_MS : KEEP_MS;
      return clock.now() - entry.at < limit ? entry.found : keep(key, url).found;
    },
  };
}

/** Where a certificate says that its issuer's certificate lies, asked for by https whatever it says. */
function issuerAddress(certificate: X509Certificate, hosts: ReadonlySet<string>): URL | null {
  const named = /^CA Issuers - URI:(?:http|https):\/\/(\S+)$/im.exec(certificate.infoAccess ?? '')?.[1];
  return named === undefined ? null : parseAllowedUrl(`https://${named}`, hosts);
}
