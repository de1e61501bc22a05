/** Signing in as the app itself. */
import type { DynamicsConfig } from '../../core/config-types.ts';
import { type AppTokens, createAppSignIn } from '../entra/index.ts';
import type { Clock, HttpClient } from '../http/index.ts';

/** Tokens for one environment of Dataverse: nothing but its origin may stand in the scope. */
export function createDynamicsTokens(
  config: DynamicsConfig,
  http: (baseUrl: string) => HttpClient,
  clock: Clock,
): AppTokens {
  return createAppSignIn({
    signIn: config.auth,
    scope: `${new URL(config.url).origin}/.default`,
    http,
    operation: 'Sign in to Dataverse',
    section: 'crm.auth',
    clock,
  });
}
