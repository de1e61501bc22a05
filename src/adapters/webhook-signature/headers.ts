/** What a delivery's headers claim, read strictly before anything costs anything. */

/** Header values by lower-case name, as Node's server gives them. */
export type DeliveryHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Why a delivery is not taken. For counting and logs; the sender is told none of it. */
export type Refusal =
  | 'algorithm'
  | 'signature-missing'
  | 'certificate-address'
  | 'certificate-unavailable'
  | 'certificate-refused'
  | 'signature-wrong';

export interface SignatureClaim {
  readonly signature: Buffer;
  readonly certificateUrl: URL;
}

const ALGORITHM = 'rsa-sha256';
/** RSA keys of 2,048 to 8,192 bits. */
const BASE64 = /^[A-Za-z0-9+/]{300,1400}={0,2}$/;
const SCHEME = /^signature +(\S+)$/i;
const MAX_URL = 500;

/**
 * Reads signature and certificate address. `x-ms-signature` goes before `Authorization`, which a proxy may have put
 * there itself.
 * @param hosts where certificates may be fetched: `host`, or `host:port` for another port than https has
 */
export function readClaim(headers: DeliveryHeaders, hosts: ReadonlySet<string>): SignatureClaim | Refusal {
  if (single(headers, 'x-ms-signature-algorithm')?.toLowerCase() !== ALGORITHM) return 'algorithm';
  const own = single(headers, 'x-ms-signature');
  const text =
    own === undefined
      ? SCHEME.exec(single(headers, 'authorization') ?? '')?.[1]
      : (SCHEME.exec(own)?.[1] ?? own);
  if (text === undefined || !BASE64.test(text)) return 'signature-missing';
  const certificateUrl = parseAllowedUrl(single(headers, 'x-ms-certificate-url') ?? '', hosts);
  if (certificateUrl === null) return 'certificate-address';
  return { signature: Buffer.from(text, 'base64'), certificateUrl };
}

/** A header that came once; several of one name are none that we would trust. */
function single(headers: DeliveryHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * The address, if a certificate may be fetched there: an allowed host, by https (http on this machine), and nothing
 * but a path beside it. Everything else (user names, queries, other ports, look-alikes) is null.
 */
export function parseAllowedUrl(text: string, hosts: ReadonlySet<string>): URL | null {
  if (text.length > MAX_URL || !/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isSecure && isPlain && !text.includes('@') && hosts.has(url.host) ? url : null;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
