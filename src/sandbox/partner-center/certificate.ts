/** X.509 certificates, by hand: webhook deliveries are signed with one, and Node itself can only read them. */
import { createHash, type KeyObject, sign } from 'node:crypto';

const OID = {
  commonName: [0x55, 0x04, 0x03],
  organization: [0x55, 0x04, 0x0a],
  country: [0x55, 0x04, 0x06],
  sha256WithRsa: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
  basicConstraints: [0x55, 0x1d, 0x13],
  authorityInfoAccess: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01],
  caIssuers: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02],
} as const;
const TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  null: 5,
  oid: 6,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
};

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

function oid(bytes: readonly number[]): Buffer {
  return der(TAG.oid, Buffer.from(bytes));
}

function name({ commonName, organization }: DistinguishedName): Buffer {
  const attributes = [
    [OID.country, 'US'],
    [OID.organization, organization],
    [OID.commonName, commonName],
  ] as const;
  return der(
    TAG.sequence,
    ...attributes.map(([type, text]) =>
      der(TAG.set, der(TAG.sequence, oid(type), der(TAG.utf8, Buffer.from(text, 'utf8')))),
    ),
  );
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').replace(/\..*/, 'Z');
  return date.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(digits.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(digits));
}

export interface DistinguishedName {
  readonly commonName: string;
  readonly organization: string;
}

export interface CertificateOptions {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly publicKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  /** Where the issuer's certificate can be fetched, as real ones say. */
  readonly issuerAddress?: string;
}

/** A version 3 certificate in DER. */
export function createCertificate(options: CertificateOptions): Buffer {
  const algorithm = der(TAG.sequence, oid(OID.sha256WithRsa), der(TAG.null));
  const publicKey = options.publicKey.export({ type: 'spki', format: 'der' });
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const constraints = der(
    TAG.sequence,
    ...(options.isAuthority ? [der(TAG.boolean, Buffer.from([0xff]))] : []),
  );
  const extension = der(
    TAG.sequence,
    oid(OID.basicConstraints),
    der(TAG.boolean, Buffer.from([0xff])),
    der(TAG.octets, constraints),
  );
  const access =
    options.issuerAddress === undefined
      ? []
      : [
          der(
            TAG.sequence,
            oid(OID.authorityInfoAccess),
            der(
              TAG.octets,
              der(
                TAG.sequence,
                der(TAG.sequence, oid(OID.caIssuers), der(0x86, Buffer.from(options.issuerAddress))),
              ),
            ),
          ),
        ];
  const body = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, serial),
    algorithm,
    name(options.issuer),
    der(TAG.sequence, time(options.notBefore), time(options.notAfter)),
    name(options.subject),
    publicKey,
    der(0xa3, der(TAG.sequence, extension, ...access)),
  );
  const signature = sign('sha256', body, options.issuerKey);
  return der(TAG.sequence, body, algorithm, der(TAG.bits, Buffer.from([0]), signature));
}

/** PEM text of a DER certificate. */
export function toPem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
