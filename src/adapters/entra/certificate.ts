/** A certificate with its private key, as one PEM text. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { RemoteError } from '../../core/errors.ts';

export interface Certificate {
  /** SHA-256, hexadecimal. */
  readonly thumbprintSha256: string;
  /** PEM. */
  readonly privateKey: string;
  /** The certificate alone, PEM. */
  readonly x5c: string;
  /** When it stops being good. */
  readonly validTo: Date;
}

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/;
const REMEDY = 'The file must hold the certificate and its unencrypted private key, both in PEM form.';

function unusable(problem: string): RemoteError {
  return new RemoteError(`The certificate cannot be used: ${problem}. ${REMEDY}`, {
    code: 'configuration',
    system: 'entra',
  });
}

/**
 * Takes a PEM text apart.
 * @throws RemoteError `configuration` where certificate or key is missing, unreadable, or not made for each other
 */
export function readCertificate(pem: string): Certificate {
  const certificate = parse(pem);
  const privateKey = PRIVATE_KEY.exec(pem)?.[0];
  if (privateKey === undefined) throw unusable('it holds no private key');
  if (/ENCRYPTED/.test(privateKey)) throw unusable('its private key is encrypted');
  if (!matches(certificate, privateKey)) throw unusable('its private key belongs to another certificate');
  return {
    thumbprintSha256: createHash('sha256').update(certificate.raw).digest('hex'),
    privateKey,
    x5c: certificate.toString(),
    validTo: new Date(certificate.validTo),
  };
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw unusable('it holds no certificate');
  }
}

function matches(certificate: X509Certificate, privateKey: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    throw unusable('its private key cannot be read');
  }
}
