/** How an app signs in without a person, by what the configuration says: secret, certificate, or an identity of Azure's. */
import { readFileSync } from 'node:fs';
import type { AppSignIn } from '../../core/config-types.ts';
import { RemoteError } from '../../core/errors.ts';
import type { Clock, HttpClient } from '../http/index.ts';
import { type AppTokens, createAppTokens } from './app-tokens.ts';
import { createManagedIdentityTokens } from './managed-identity.ts';
import type { AppIdentity } from './msal.ts';

export interface AppSignInOptions {
  readonly signIn: AppSignIn;
  /** Such as `https://contoso.crm.dynamics.com/.default`. */
  readonly scope: string;
  /** A client of an origin: the authority, or where this machine's managed identity answers. */
  readonly http: (origin: string) => HttpClient;
  /** What signs in, in words for error messages. */
  readonly operation: string;
  /** The configuration's section, for error messages: `crm.auth`. */
  readonly section: string;
  readonly clock?: Clock;
}

/** Tokens of the app itself, for one resource. Nothing is read or sent before the first token is wanted. */
export function createAppSignIn(options: AppSignInOptions): AppTokens {
  const { signIn, scope, http, operation, section, clock } = options;
  const common = { scope, operation, ...(clock === undefined ? {} : { clock }) };
  if (signIn.flow === 'managedIdentity') {
    return createManagedIdentityTokens({ ...common, clientId: signIn.clientId, http });
  }
  const { authority, tenantId, clientId } = signIn;
  const proof: () => AppProof =
    signIn.flow === 'workloadIdentity'
      ? () => ({ assertion: readTokenFile(signIn.tokenFile, `${section}.tokenFile`) })
      : proofOf(signIn, section);
  let tokens: AppTokens | null = null;
  return {
    getToken(request) {
      tokens ??= createAppTokens({
        ...common,
        authority,
        tenantId,
        clientId,
        clientSecret: null,
        proof,
        http: http(authority),
      });
      return tokens.getToken(request);
    },
  };
}

/** How an app proves to be itself. */
export type AppProof = Partial<Pick<AppIdentity, 'clientSecret' | 'certificatePem' | 'assertion'>>;

/**
 * Reads a configured secret or certificate each time it is wanted, so that a renewed file counts without a restart.
 * @param section the configuration's section, for error messages
 */
export function proofOf(
  {
    clientSecret,
    certificateFile,
  }: { readonly clientSecret: string | null; readonly certificateFile: string | null },
  section: string,
): () => AppProof {
  if (certificateFile === null) return () => ({ clientSecret });
  return () => ({
    clientSecret: null,
    certificatePem: readText(certificateFile, 'certificate', `${section}.certificateFile`),
  });
}

function readTokenFile(file: string, key: string): string {
  const token = readText(file, 'federated token', key).trim();
  if (token !== '') return token;
  throw unreadable(`The federated token ${file} is empty`, key);
}

function readText(file: string, what: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw unreadable(`The ${what} ${file} cannot be read${reason}`, key);
  }
}

function unreadable(problem: string, key: string): RemoteError {
  return new RemoteError(`${problem}. Correct ${key}.`, { code: 'configuration', system: 'entra' });
}
