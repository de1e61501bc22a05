import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSignatureVerifier,
  type DeliveryHeaders,
} from '../../../src/adapters/webhook-signature/index.ts';
import { toPem } from '../../../src/sandbox/partner-center/certificate.ts';
import { fakeClock } from '../http/fake-clock.ts';
import { CERTIFICATE_URL, HOST, makeAuthority, makeKeys, signedHeaders } from './support.ts';

const keys = { root: makeKeys(), issuer: makeKeys(), leaf: makeKeys() };
const stranger = makeKeys();
const authority = makeAuthority(keys);
const BODY = JSON.stringify({ EventName: 'referral-updated', ResourceUri: 'https://host/referrals/1' });

const chainPem = (leaf = authority.leaf(), issuer = authority.issuer()): string =>
  toPem(leaf) + toPem(issuer);

/** A verifier before which `files` lie at their addresses; `fetched` are the addresses that it asked for. */
function verifier(
  files: Readonly<Record<string, string | Buffer>> = { [CERTIFICATE_URL]: chainPem() },
  trusted: string | null = authority.rootPem,
) {
  const fetched: string[] = [];
  const clock = fakeClock();
  const { refusalOf } = createSignatureVerifier({
    certificateHosts: [HOST],
    trustedCertificates: trusted,
    clock,
    fetchBytes: async (url) => {
      fetched.push(url.href);
      const file = files[url.href];
      if (file === undefined) throw new Error('not there');
      return Buffer.from(file);
    },
  });
  const check = (headers: DeliveryHeaders, body = BODY) => refusalOf(headers, Buffer.from(body));
  return { check, fetched, clock };
}

const good = (over: DeliveryHeaders = {}): DeliveryHeaders => signedHeaders(BODY, keys.leaf.privateKey, over);

describe('a delivery signed by Partner Center', () => {
  it('is taken, and its certificate is fetched once for many', async () => {
    const { check, fetched } = verifier();

    const all = await Promise.all(Array.from({ length: 50 }, () => check(good())));

    expect(new Set(all)).toEqual(new Set([null]));
    expect(fetched).toEqual([CERTIFICATE_URL]);
  });

  it('is taken with the signature in its own header, whatever a proxy put into Authorization', async () => {
    const signature = good().authorization;
    const { check } = verifier();

    expect(await check(good({ 'x-ms-signature': signature, authorization: 'Basic abc' }))).toBeNull();
    expect(
      await check(good({ 'x-ms-signature': String(signature).slice(10), authorization: undefined })),
    ).toBeNull();
  });

  it('is taken with the certificate in DER and the intermediate from where the certificate says it is', async () => {
    const issuerAddress = 'http://www.microsoft.com/pkiops/certs/test-issuing-ca.crt';
    const { check, fetched } = verifier({
      [CERTIFICATE_URL]: authority.leaf({ issuerAddress }),
      'https://www.microsoft.com/pkiops/certs/test-issuing-ca.crt': authority.issuer(),
    });

    expect(await check(good())).toBeNull();
    expect(fetched).toEqual([CERTIFICATE_URL, 'https://www.microsoft.com/pkiops/certs/test-issuing-ca.crt']);
  });

  it('is taken with the intermediate from the trust file', async () => {
    const { check } = verifier(
      { [CERTIFICATE_URL]: authority.leaf() },
      authority.rootPem + toPem(authority.issuer()),
    );

    expect(await check(good())).toBeNull();
  });

  it('is taken after the certificate was renewed at the same address', async () => {
    const files: Record<string, string> = { [CERTIFICATE_URL]: chainPem() };
    const { check, clock, fetched } = verifier(files);
    const renewed = signedHeaders(BODY, stranger.privateKey);
    expect(await check(good())).toBeNull();
    files[CERTIFICATE_URL] = chainPem(authority.leaf({ publicKey: stranger.publicKey }));

    const tooSoon = await check(renewed);
    clock.time += 6 * 60_000;
    const later = await check(renewed);

    expect([tooSoon, later]).toEqual(['signature-wrong', null]);
    expect(fetched).toHaveLength(2);
  });
});

describe('a delivery is refused', () => {
  it('when one byte of the body is another', async () => {
    const { check } = verifier();

    for (const at of [0, 5, BODY.length - 1]) {
      const altered = `${BODY.slice(0, at)}~${BODY.slice(at + 1)}`;
      expect(await check(good(), altered)).toBe('signature-wrong');
    }
    expect(await check(good(), `${BODY} `)).toBe('signature-wrong');
  });

  it.each([
    ['another algorithm', { 'x-ms-signature-algorithm': 'rsa-sha1' }, 'algorithm'],
    ['no algorithm', { 'x-ms-signature-algorithm': undefined }, 'algorithm'],
    ['several algorithms', { 'x-ms-signature-algorithm': 'rsa-sha256, none' }, 'algorithm'],
    ['no signature', { authorization: undefined }, 'signature-missing'],
    ['another scheme', { authorization: 'Bearer abc' }, 'signature-missing'],
    ['an empty signature', { authorization: 'Signature ' }, 'signature-missing'],
    ['a short signature', { authorization: 'Signature AAAA' }, 'signature-missing'],
    [
      'a line break in the signature',
      { authorization: `Signature ${'A'.repeat(344)}\r\nx: y` },
      'signature-missing',
    ],
    ['a huge signature', { authorization: `Signature ${'A'.repeat(100_000)}` }, 'signature-missing'],
    ['no certificate', { 'x-ms-certificate-url': undefined }, 'certificate-address'],
    [
      'a list of headers',
      { 'x-ms-certificate-url': [CERTIFICATE_URL, CERTIFICATE_URL] },
      'certificate-address',
    ],
  ])('with %s, and nothing is fetched for it', async (_what, over, refusal) => {
    const { check, fetched } = verifier();

    expect(await check(good(over as DeliveryHeaders))).toBe(refusal);
    expect(fetched).toEqual([]);
  });

  it.each([
    'https://evil.example/cert.cer',
    `https://${HOST}.evil.example/cert.cer`,
    `https://evil-${HOST}/cert.cer`,
    'https://other.blob.core.windows.net/cert.cer',
    `http://${HOST}/cert.cer`,
    `https://${HOST}:8443/cert.cer`,
    `https://${HOST}./cert.cer`,
    `https://${HOST}@evil.example/cert.cer`,
    `https://user:pass@${HOST}/cert.cer`,
    `https://${HOST}/cert.cer?to=https://evil.example`,
    `https://${HOST}/cert.cer#x`,
    `https://${HOST}\\@evil.example/cert.cer`,
    `https://evil.example\\@${HOST}/cert.cer`,
    'https://127.0.0.1/cert.cer',
    'http://127.0.0.1/cert.cer',
    'http://169.254.169.254/metadata',
    'https://2130706433/',
    'file:///etc/passwd',
    'data:application/x-x509-ca-cert;base64,AAAA',
    `//${HOST}/cert.cer`,
    '/cert.cer',
    `https://${HOST}/a b.cer`,
    '',
  ])('with its certificate at %s, and nothing is fetched for it', async (url) => {
    const { check, fetched } = verifier();

    expect(await check(good({ 'x-ms-certificate-url': url }))).toBe('certificate-address');
    expect(fetched).toEqual([]);
  });

  it('with a certificate address longer than any, and nothing is fetched for it', async () => {
    const { check, fetched } = verifier();
    const url = `https://${HOST}/${'a'.repeat(600)}`;

    expect(await check(good({ 'x-ms-certificate-url': url }))).toBe('certificate-address');
    expect(fetched).toEqual([]);
  });

  it('when no root that we know stands behind the certificate', async () => {
    const { check } = verifier(undefined, null);

    expect(await check(good())).toBe('certificate-refused');
  });

  it('when the certificate has the right names but signed itself', async () => {
    const self = authority.leaf({ issuer: authority.LEAF_NAME, issuerKey: keys.leaf.privateKey });
    const { check } = verifier({ [CERTIFICATE_URL]: toPem(self) });

    expect(await check(good())).toBe('certificate-refused');
  });

  it('when another signed the certificate in the name of the issuer', async () => {
    const { check } = verifier({
      [CERTIFICATE_URL]: chainPem(authority.leaf({ issuerKey: stranger.privateKey })),
    });

    expect(await check(good())).toBe('certificate-refused');
  });

  it.each([
    ['a leaf of somebody else’s', { subject: { commonName: 'shop.example', organization: 'Shop Ltd' } }],
    [
      'a leaf whose name only contains the organization',
      { subject: { commonName: 'O=Microsoft Corporation', organization: 'Microsoft Corporation Ltd' } },
    ],
    [
      'a leaf whose name has the organization on a second line',
      { subject: { commonName: 'x\nO=Microsoft Corporation', organization: 'Evil' } },
    ],
    ['an authority as the leaf', { isAuthority: true }],
  ])('when the certificate is %s', async (_what, over) => {
    const { check } = verifier({ [CERTIFICATE_URL]: chainPem(authority.leaf(over)) });

    expect(await check(good())).toBe('certificate-refused');
  });

  it('when the issuer is not Microsoft, or may not issue', async () => {
    const other = { commonName: 'Other CA', organization: 'Other' };
    const otherIssuer = authority.issuer({ subject: other });
    const notAnAuthority = authority.issuer({ isAuthority: false });

    const foreign = verifier({ [CERTIFICATE_URL]: chainPem(authority.leaf({ issuer: other }), otherIssuer) });
    const unauthorised = verifier({ [CERTIFICATE_URL]: chainPem(authority.leaf(), notAnAuthority) });

    expect(await foreign.check(good())).toBe('certificate-refused');
    expect(await unauthorised.check(good())).toBe('certificate-refused');
  });

  it.each([
    ['has expired', { notAfter: new Date('2026-02-28T00:00:00Z') }],
    ['is not valid yet', { notBefore: new Date('2026-03-02T00:00:00Z') }],
  ])('when a certificate of the chain %s', async (_what, over) => {
    const leaf = verifier({ [CERTIFICATE_URL]: chainPem(authority.leaf(over)) });
    const issuer = verifier({ [CERTIFICATE_URL]: chainPem(authority.leaf(), authority.issuer(over)) });

    expect(await leaf.check(good())).toBe('certificate-refused');
    expect(await issuer.check(good())).toBe('certificate-refused');
  });

  it('when a certificate that was good has run out meanwhile', async () => {
    const { check, clock } = verifier({
      [CERTIFICATE_URL]: chainPem(authority.leaf({ notAfter: new Date('2026-03-01T11:00:00Z') })),
    });
    expect(await check(good())).toBeNull();

    clock.time += 3_600_001;

    expect(await check(good())).toBe('certificate-refused');
  });

  it('when the key is too short to mean anything', async () => {
    const short = makeKeys(1024);
    const { check } = verifier({
      [CERTIFICATE_URL]: chainPem(authority.leaf({ publicKey: short.publicKey })),
    });

    expect(await check(good())).toBe('certificate-refused');
  });

  it.each([
    ['nothing', ''],
    ['a web page', '<html>gone</html>'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['bytes', Buffer.from([0x30, 0x82, 0xff, 0xff, 0x00])],
    ['absurdly many certificates', chainPem().repeat(40)],
  ])('when there is %s in place of the certificate', async (_what, file) => {
    const { check } = verifier({ [CERTIFICATE_URL]: file });

    expect(await check(good())).toBe('certificate-unavailable');
  });
});

describe('a flood of unsigned deliveries', () => {
  it('causes a bounded number of fetches, whatever addresses it names', async () => {
    const { check, fetched, clock } = verifier({});

    for (let n = 0; n < 500; n += 1)
      await check(good({ 'x-ms-certificate-url': `https://${HOST}/cert/${n}.cer` }));
    expect(fetched.length).toBeLessThanOrEqual(12);

    clock.time += 61_000;
    await check(good({ 'x-ms-certificate-url': `https://${HOST}/cert/0.cer` }));
    expect(fetched.length).toBeLessThanOrEqual(13);
  });

  it('asks once a minute for a certificate that is not there, and then finds it', async () => {
    const files: Record<string, string> = {};
    const { check, fetched, clock } = verifier(files);

    expect([await check(good()), await check(good())]).toEqual([
      'certificate-unavailable',
      'certificate-unavailable',
    ]);
    expect(fetched).toHaveLength(1);
    files[CERTIFICATE_URL] = chainPem();
    clock.time += 61_000;

    expect(await check(good())).toBeNull();
  });
});

describe('whatever comes', () => {
  it('is refused unless it is signed, and nothing is thrown', async () => {
    const { check } = verifier();
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 400 }), fc.base64String());
    const header = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.constant(undefined));
    const headers = fc.record({
      authorization: fc.oneof(
        header,
        fc.base64String({ minLength: 344, maxLength: 344 }).map((s) => `Signature ${s}`),
      ),
      'x-ms-signature': header,
      'x-ms-signature-algorithm': fc.oneof(header, fc.constant('rsa-sha256')),
      'x-ms-certificate-url': fc.oneof(header, fc.webUrl(), fc.constant(CERTIFICATE_URL)),
    });
    await fc.assert(
      fc.asyncProperty(headers, text, async (some, body) => {
        expect(await check(some, body)).toEqual(expect.any(String));
      }),
      { numRuns: 150 },
    );
  });

  it('cannot be altered anywhere: any other body under a good signature is refused', async () => {
    const { check } = verifier();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (body) => {
        fc.pre(body !== BODY);
        expect(await check(good(), body)).toBe('signature-wrong');
      }),
      { numRuns: 50 },
    );
  });
});
