/** Whether a certificate is one of Microsoft's: its chain to a pinned root, its dates, its names, its key. */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

const ORGANIZATION = 'Microsoft Corporation';
/**
 * The roots that Microsoft's own certificate authorities hang from, out of those that Node trusts. A root that is
 * added here (or in the trust file) can make anybody Microsoft.
 */
const PINNED_ROOTS = new Set([
  'DigiCert Global Root G2',
  'DigiCert Global Root G3',
  'Microsoft RSA Root Certificate Authority 2017',
  'Microsoft ECC Root Certificate Authority 2017',
]);
/** Leaf, at most three intermediates, root. */
const MAX_LENGTH = 5;
const MIN_MODULUS_BITS = 2_048;
const WEAK_HASH = /md[245]|sha-?1(?!\d)/i;
const MAX_CERTIFICATES = 32;

/** What chains are built from and end at. */
export interface TrustStore {
  readonly roots: readonly X509Certificate[];
  readonly intermediates: readonly X509Certificate[];
}

/** A certificate that was found good, and for how long. Milliseconds since the epoch. */
export interface GoodCertificate {
  readonly certificate: X509Certificate;
  readonly notBefore: number;
  readonly notAfter: number;
}

let pinnedRoots: readonly X509Certificate[] | null = null;

/** Reading all of Node's roots takes a while, and they never change. */
function pinned(): readonly X509Certificate[] {
  pinnedRoots ??= rootCertificates
    .map((pem) => new X509Certificate(pem))
    .filter((root) => PINNED_ROOTS.has(String(root.toLegacyObject().subject.CN)));
  return pinnedRoots;
}

/**
 * The pinned roots, and what a trust file adds: its self-signed certificates are roots, the others intermediates.
 * @throws Error when a certificate of the file cannot be read
 */
export function createTrustStore(trustFile: string | null): TrustStore {
  const added = trustFile === null ? [] : parsePem(trustFile);
  const isRoot = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate);
  return {
    roots: [...pinned(), ...added.filter(isRoot)],
    intermediates: added.filter((certificate) => !isRoot(certificate)),
  };
}

/** The certificates of a download: PEM, the leaf first, or one in DER. @throws Error when there is none */
export function parseCertificates(bytes: Buffer): readonly X509Certificate[] {
  const text = bytes.toString('latin1');
  return text.includes('-----BEGIN CERTIFICATE-----') ? parsePem(text) : [new X509Certificate(bytes)];
}

/** @throws Error when there is none, there are absurdly many, or one cannot be read */
export function parsePem(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('There is no certificate in PEM form.');
  if (blocks.length > MAX_CERTIFICATES)
    throw new Error(`There are more than ${MAX_CERTIFICATES} certificates.`);
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * The leaf with the time for which its whole chain holds, or null when it is not Microsoft's. A chain that is good but
 * not now is given too: whoever uses it compares the times.
 */
export function verifyCertificate(
  leaf: X509Certificate,
  extra: readonly X509Certificate[],
  trust: TrustStore,
): GoodCertificate | null {
  if (leaf.ca || !isMicrosofts(leaf) || !isStrongRsa(leaf)) return null;
  const intermediates = [...extra, ...trust.intermediates].filter(({ ca }) => ca);
  const chain = findChain([leaf], intermediates, trust.roots);
  if (chain === null) return null;
  return {
    certificate: leaf,
    notBefore: Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom))),
    notAfter: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
  };
}

/** Issued by and to Microsoft. A name with the organization twice is none we know. */
function isMicrosofts(certificate: X509Certificate): boolean {
  const { issuer, subject } = certificate.toLegacyObject();
  return issuer.O === ORGANIZATION && subject.O === ORGANIZATION;
}

function isStrongRsa({ publicKey }: X509Certificate): boolean {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return publicKey.asymmetricKeyType === 'rsa' && bits >= MIN_MODULUS_BITS;
}

function findChain(
  chain: readonly X509Certificate[],
  intermediates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] | null {
  const last = chain.at(-1);
  if (last === undefined) return null;
  const root = roots.find((candidate) => isIssued(last, candidate));
  if (root !== undefined) return [...chain, root];
  if (chain.length >= MAX_LENGTH - 1) return null;
  for (const candidate of intermediates) {
    if (chain.some(({ fingerprint256 }) => fingerprint256 === candidate.fingerprint256)) continue;
    if (!isIssued(last, candidate)) continue;
    const found = findChain([...chain, candidate], intermediates, roots);
    if (found !== null) return found;
  }
  return null;
}

/** Whether the issuer really signed it, with a hash that still means something. */
function isIssued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (WEAK_HASH.test(certificate.signatureAlgorithm ?? '')) return false;
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
