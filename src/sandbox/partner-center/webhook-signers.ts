/** Whoever signs deliveries: the service itself, and those that a receiver has to see through. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createCertificate, type DistinguishedName, toPem } from './certificate.ts';
import type { PartnerCenterSwitches } from './switches.ts';

const ISSUER: DistinguishedName = { commonName: 'Sandbox Webhook CA', organization: 'Microsoft Corporation' };
const SUBJECT: DistinguishedName = {
  commonName: 'pcnotifications-dispatch.microsoft.com',
  organization: 'Microsoft Corporation',
};

export interface Signer {
  readonly key: KeyObject;
  /** In DER. */
  readonly certificate: Buffer;
  /** What a receiver has to trust to accept it, as PEM. */
  readonly root: string;
}

export interface Signers {
  of(kind: PartnerCenterSwitches['webhookSignature']): Signer;
}

/** Signers by kind, made when they are first needed: keys take their time. */
export function createSigners(): Signers {
  const made = new Map<string, Signer>();
  const authorities = new Map<string, { readonly key: KeyObject; readonly root: string }>();

  function authorityOf(kind: string): { readonly key: KeyObject; readonly root: string } {
    const known = authorities.get(kind);
    if (known !== undefined) return known;
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const root = createCertificate({
      ...validity('valid'),
      subject: ISSUER,
      issuer: ISSUER,
      publicKey,
      issuerKey: privateKey,
      isAuthority: true,
    });
    const authority = { key: privateKey, root: toPem(root) };
    authorities.set(kind, authority);
    return authority;
  }

  function make(kind: string): Signer {
    const authority = authorityOf(kind === 'untrusted' ? 'untrusted' : 'valid');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const certificate = createCertificate({
      ...validity(kind),
      subject: SUBJECT,
      issuer: ISSUER,
      publicKey,
      issuerKey: authority.key,
      isAuthority: false,
    });
    return { key: privateKey, certificate, root: authority.root };
  }

  return {
    of(kind) {
      // What is altered is the body, not who signs.
      const signer = kind === 'altered' ? 'valid' : kind;
      const known = made.get(signer) ?? make(signer);
      made.set(signer, known);
      return known;
    },
  };
}

function validity(kind: string): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date(kind === 'expired' ? '2021-01-01T00:00:00Z' : '2049-01-01T00:00:00Z'),
  };
}
