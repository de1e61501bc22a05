/** The two ways to sign in without a person: client credentials, and a signed assertion (JWT bearer). */
import { sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SalesforceConfig } from '../../core/config-types.ts';
import { ConfigurationError } from '../../core/errors.ts';
import { isLoopback } from '../http/index.ts';

/** Sources differ on whether an assertion may live three or five minutes. */
const ASSERTION_LIFETIME_S = 180;
const PRODUCTION_AUDIENCE = 'https://login.salesforce.com';
const SANDBOX_AUDIENCE = 'https://test.salesforce.com';

/** Form parameters of a token request, `grant_type` first. */
export interface Grant {
  readonly grant_type: string;
  readonly [parameter: string]: string;
}

/**
 * The token request for the configured flow.
 * @param now milliseconds since the epoch
 * @throws ConfigurationError when the private key cannot be read or is none
 */
export function createGrant(config: SalesforceConfig, now: number): Grant {
  const { auth } = config;
  if (auth.flow === 'clientCredentials') return { grant_type: 'client_credentials' };
  const issuedAt = Math.floor(now / 1000);
  const assertion = createAssertion(
    {
      iss: auth.clientId,
      sub: auth.username,
      aud: auth.audience ?? audienceOf(config.loginUrl),
      exp: issuedAt + ASSERTION_LIFETIME_S,
    },
    readKey(auth.privateKeyFile),
    auth.privateKeyFile,
  );
  return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
}

/** Sandboxes and scratch orgs have an audience of their own, whatever the host the token is asked of. */
export function audienceOf(loginUrl: string): string {
  const { hostname } = new URL(loginUrl);
  const isSandbox =
    hostname === 'test.salesforce.com' || /\.(?:sandbox|scratch)\.my\.salesforce\.com$/.test(hostname);
  return isSandbox ? SANDBOX_AUDIENCE : PRODUCTION_AUDIENCE;
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ConfigurationError([
      `The private key ${file} cannot be read${reason}. Correct crm.auth.privateKeyFile.`,
    ]);
  }
}

function createAssertion(
  claims: Readonly<Record<string, string | number>>,
  key: string,
  file: string,
): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ alg: 'RS256' })}.${encode(claims)}`;
  try {
    return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
  } catch {
    // The library's own message may quote the key.
    throw new ConfigurationError([
      `${file} holds no private RSA key in PEM form. Correct crm.auth.privateKeyFile.`,
    ]);
  }
}

/**
 * Whether a token may be sent to the instance that a sign-in named: the login host itself, Salesforce's own domains,
 * or another port of this machine when the login host is on it.
 */
export function isAllowedInstance(instanceUrl: string, loginUrl: string): boolean {
  if (!URL.canParse(instanceUrl)) return false;
  const instance = new URL(instanceUrl);
  const login = new URL(loginUrl);
  if (instance.username !== '' || instance.password !== '') return false;
  if (instance.origin === login.origin) return true;
  if (isLoopback(login)) return isLoopback(instance);
  return instance.protocol === 'https:' && /\.(?:salesforce|force)\.com$/i.test(instance.hostname);
}
