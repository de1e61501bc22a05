import { type Clock, type HttpClient, systemClock } from '../http/index.ts';
import { type AppIdentity, redeemClientCredentials } from './msal.ts';
import { createTokenCache, type TokenRequestOptions } from './token-cache.ts';

export interface AppTokensOptions extends AppIdentity {
  /** Read for every sign-in; what it says goes before the same keys here. */
  readonly proof?: () => Partial<AppIdentity>;
  /** Such as `https://contoso.crm.dynamics.com/.default`. */
  readonly scope: string;
  /** A client whose base URL is the authority. */
  readonly http: HttpClient;
  /** What signs in, in words for error messages: `Sign-in of connection "contoso" to Dynamics 365`. */
  readonly operation: string;
  readonly clock?: Clock;
}

export interface AppTokens {
  /**
   * An access token of the app itself, without a user.
   * @throws RemoteError `unauthorized` when the app or its secret is refused
   */
  getToken(options: TokenRequestOptions): Promise<string>;
}

/** App-only tokens by client credentials, for one resource. */
export function createAppTokens(options: AppTokensOptions): AppTokens {
  const { scope, http, operation, proof, clock = systemClock, ...identity } = options;
  const cache = createTokenCache(
    async () =>
      redeemClientCredentials(proof === undefined ? identity : { ...identity, ...proof() }, {
        http,
        clock,
        scopes: [scope],
        operation,
        signInCommand: null,
        signal: new AbortController().signal,
      }),
    clock,
  );
  return { getToken: (request) => cache.get(request) };
}
