import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createTrustStore } from '../../../src/adapters/webhook-signature/chain.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { createVerify } from '../../../src/wiring/webhooks.ts';
import { makeAuthority, makeKeys } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosell-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { register: true, events: [], certificateHosts: ['certificates.example'] };

describe('what is trusted', () => {
  it('are the four roots that Microsoft uses, as long as Node trusts them', () => {
    const names = createTrustStore(null).roots.map((root) => String(root.toLegacyObject().subject.CN));

    expect(names.sort()).toEqual([
      'DigiCert Global Root G2',
      'DigiCert Global Root G3',
      'Microsoft ECC Root Certificate Authority 2017',
      'Microsoft RSA Root Certificate Authority 2017',
    ]);
  });

  it('is more with a trust file: self-signed certificates are roots, the others intermediates', () => {
    const authority = makeAuthority({ root: makeKeys(), issuer: makeKeys(), leaf: makeKeys() });
    const der = authority.issuer().toString('base64');
    const issuer = `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;

    const { roots, intermediates } = createTrustStore(authority.rootPem + issuer);

    expect([roots.length, intermediates.length]).toEqual([5, 1]);
  });

  it.each([
    ['is not there', null, /ENOENT/],
    ['holds no certificate', 'hello', /no certificates in PEM form/],
  ])('cannot be a file that %s', async (_what, content, message) => {
    const trustFile = join(folder, 'trust.pem');
    if (content !== null) writeFileSync(trustFile, content);

    const failure = await createVerify({ ...settings, trustFile }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(String(failure)).toMatch(message);
    expect(String(failure)).toContain('webhooks.partnerCenter.trustFile');
  });
});
