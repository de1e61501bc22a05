/** Certificates and signed deliveries for the tests of signatures, made once a file because keys take their time. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { DeliveryHeaders } from '../../../src/adapters/webhook-signature/index.ts';
import {
  type CertificateOptions,
  createCertificate,
  toPem,
} from '../../../src/sandbox/partner-center/certificate.ts';

export const HOST = '3psostorageacct.blob.core.windows.net';
export const CERTIFICATE_URL = `https://${HOST}/cert/pcnotifications-dispatch.microsoft.com.cer`;
export const NOW = Date.parse('2026-03-01T10:00:00Z');

const MICROSOFT = 'Microsoft Corporation';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function makeKeys(bits = 2048): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: bits });
}

const ROOT_NAME = { commonName: 'Test Root', organization: 'Trust Services' };
const ISSUER_NAME = { commonName: 'Microsoft Test Issuing CA', organization: MICROSOFT };
const LEAF_NAME = { commonName: 'pcnotifications-dispatch.microsoft.com', organization: MICROSOFT };

/** A root, an issuing authority below it, and certificates of the latter. */
export function makeAuthority(keys: {
  readonly root: KeyPair;
  readonly issuer: KeyPair;
  readonly leaf: KeyPair;
}) {
  const validity = {
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
  };
  const root = createCertificate({
    ...validity,
    subject: ROOT_NAME,
    issuer: ROOT_NAME,
    publicKey: keys.root.publicKey,
    issuerKey: keys.root.privateKey,
    isAuthority: true,
  });
  const issuer = (over: Partial<CertificateOptions> = {}): Buffer =>
    createCertificate({
      ...validity,
      subject: ISSUER_NAME,
      issuer: ROOT_NAME,
      publicKey: keys.issuer.publicKey,
      issuerKey: keys.root.privateKey,
      isAuthority: true,
      ...over,
    });
  const leaf = (over: Partial<CertificateOptions> = {}): Buffer =>
    createCertificate({
      ...validity,
      subject: LEAF_NAME,
      issuer: ISSUER_NAME,
      publicKey: keys.leaf.publicKey,
      issuerKey: keys.issuer.privateKey,
      isAuthority: false,
      ...over,
    });
  /** A root of the same key under the organization's name, as PEM. */
  const selfSigned = (organization: string): string => {
    const name = { ...ROOT_NAME, organization };
    const { publicKey, privateKey } = keys.root;
    return toPem(
      createCertificate({
        ...validity,
        subject: name,
        issuer: name,
        publicKey,
        issuerKey: privateKey,
        isAuthority: true,
      }),
    );
  };
  return { root, selfSigned, issuer, leaf, rootPem: toPem(root), ISSUER_NAME, LEAF_NAME };
}

/** The headers of a delivery of this body, as Partner Center sends them. */
export function signedHeaders(body: string, key: KeyObject, over: DeliveryHeaders = {}): DeliveryHeaders {
  return {
    'content-type': 'application/json',
    authorization: `Signature ${sign('sha256', Buffer.from(body), key).toString('base64')}`,
    'x-ms-certificate-url': CERTIFICATE_URL,
    'x-ms-signature-algorithm': 'rsa-sha256',
    ...over,
  };
}
