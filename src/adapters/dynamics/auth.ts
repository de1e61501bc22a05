/** Signing in as the app itself, with a secret or a certificate. */
import { readFileSync } from 'node:fs';
import type { DynamicsConfig } from '../../core/config-types.ts';
import { ConfigurationError } from '../../core/errors.ts';
import { type AppTokens, createAppTokens } from '../entra/index.ts';
import type { Clock, HttpClient } from '../http/index.ts';

/** Tokens for one environment of Dataverse: nothing but its origin may stand in the scope. */
export function createDynamicsTokens(
  config: DynamicsConfig,
  http: (baseUrl: string) => HttpClient,
  clock: Clock,
): AppTokens {
  const { authority, tenantId, clientId, clientSecret, certificateFile } = config.auth;
  let tokens: AppTokens | null = null;
  return {
    getToken(request) {
      tokens ??= createAppTokens({
        authority,
        tenantId,
        clientId,
        clientSecret: certificateFile === null ? clientSecret : null,
        certificatePem: certificateFile === null ? null : readCertificate(certificateFile),
        scope: `${new URL(config.url).origin}/.default`,
        http: http(authority),
        operation: 'Sign in to Dataverse',
        clock,
      });
      return tokens.getToken(request);
    },
  };
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ConfigurationError([
      `The certificate ${file} cannot be read${reason}. Correct crm.auth.certificateFile.`,
    ]);
  }
}
