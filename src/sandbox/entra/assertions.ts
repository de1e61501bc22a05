/**
 * What an application shows instead of a secret: a JWT signed with the key of one of its certificates, or a token of
 * another issuer that it trusts (a federated credential).
 */
import { constants, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { invalidClient } from './sign-in-error.ts';

/** Whose tokens an application accepts as proof. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  /** `api://AzureADTokenExchange` unless the application says otherwise. */
  readonly audience: string;
}

export interface TrustedKeys {
  /** PEM texts; private keys in them do not matter. */
  readonly certificates: readonly string[];
  readonly federated: readonly FederatedCredential[];
}

export interface AssertionContext {
  readonly clientId: string;
  /** The token endpoint's own addresses. */
  readonly audiences: readonly string[];
  readonly nowMs: number;
  /** Whether the other issuer, whom applications may trust, signed the token. */
  readonly isForeign: (token: string) => boolean;
}

const Header = z.looseObject({
  alg: z.string(),
  x5t: z.string().optional(),
  'x5t#S256': z.string().optional(),
});
const Claims = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
});
type Claims = z.infer<typeof Claims>;

function decode<T>(schema: z.ZodType<T>, part: string | undefined): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')));
  } catch {
    throw invalidClient('JWT token is invalid or malformed.', 50_027);
  }
}

/** @throws SignInError when the assertion does not prove the application */
export function checkAssertion(assertion: string, trusted: TrustedKeys, context: AssertionContext): void {
  const [head, body, signature] = assertion.split('.');
  const header = decode(Header, head);
  const claims = decode(Claims, body);
  const isCertificate = header.x5t !== undefined || header['x5t#S256'] !== undefined;
  if (isCertificate) checkSignature(`${head}.${body}`, signature ?? '', header, trusted, context);
  else checkForeign(assertion, claims, trusted, context);
  const now = context.nowMs / 1000;
  if (claims.exp <= now || (claims.nbf ?? 0) > now + 300)
    throw invalidClient('Client assertion is not within its valid time range.', 700_024);
  if (!isCertificate) return;
  if (claims.iss !== claims.sub || claims.sub.toLowerCase() !== context.clientId.toLowerCase())
    throw invalidClient(
      "Client assertion application identifier doesn't match 'client_id' parameter.",
      700_021,
    );
  if (!context.audiences.includes(claims.aud))
    throw invalidClient('Client assertion audience claim does not match Realm issuer.', 700_023);
}

function checkSignature(
  signed: string,
  signature: string,
  header: z.infer<typeof Header>,
  { certificates }: TrustedKeys,
  { nowMs }: AssertionContext,
): void {
  const refuse = (reason: string) =>
    invalidClient(`Client assertion contains an invalid signature. [Reason - ${reason}]`, 700_027);
  const wanted = header['x5t#S256'] ?? header.x5t ?? '';
  const certificate = certificates
    .map((pem) => new X509Certificate(pem))
    .find(({ fingerprint, fingerprint256 }) =>
      [fingerprint, fingerprint256].some(
        (print) => Buffer.from(print.replaceAll(':', ''), 'hex').toString('base64url') === wanted,
      ),
    );
  if (certificate === undefined) throw refuse('The key was not found.');
  if (Date.parse(certificate.validTo) <= nowMs) throw refuse('The key used is expired.');
  const key = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  const padding = header.alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const isGood =
    ['PS256', 'RS256'].includes(header.alg) &&
    verify('sha256', Buffer.from(signed), { key, padding }, Buffer.from(signature, 'base64url'));
  if (!isGood) throw refuse('The key was found, but use of the key to verify the signature failed.');
}

function checkForeign(
  assertion: string,
  { iss, sub, aud }: Claims,
  { federated }: TrustedKeys,
  { isForeign }: AssertionContext,
): void {
  const none = 'No matching federated identity record found for presented assertion';
  const ofIssuer = federated.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0) throw invalidClient(`${none} issuer '${iss}'.`, 700_211);
  const ofSubject = ofIssuer.filter(({ subject }) => subject === sub);
  if (ofSubject.length === 0) throw invalidClient(`${none} subject '${sub}'.`, 700_213);
  if (!ofSubject.some(({ audience }) => audience === aud))
    throw invalidClient(`${none} audience '${aud}'.`, 700_212);
  if (!isForeign(assertion)) throw invalidClient('Assertion failed signature validation.', 50_013);
}
