import { RemoteError } from '../../core/errors.ts';
import { type Clock, type HttpClient, systemClock } from '../http/index.ts';
import { isDeadToken } from './errors.ts';
import { type AppIdentity, type DevicePrompt, redeemDeviceCode, redeemRefreshToken } from './msal.ts';
import {
  type Credentials,
  digestOf,
  parseStoredCredential,
  type StoredCredential,
} from './stored-credential.ts';
import {
  abortable,
  createTokenCache,
  type FetchedToken,
  type TokenCache,
  type TokenRequestOptions,
} from './token-cache.ts';

/** The referrals API and the webhook API check for different audiences. */
export type PartnerResource = 'referrals' | 'webhooks';

export interface PartnerTokensOptions {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** Null for a public client, or where `proof` tells. */
  readonly clientSecret: string | null;
  /** How the app proves to be itself, read for every sign-in. */
  readonly proof?: () => Partial<AppIdentity>;
  /** A first refresh token from the configuration; each new one replaces what is stored, once. */
  readonly configuredRefreshToken: string | null;
  readonly credentials: Credentials;
  /** The connection's name, for the credential's key and the remedy. */
  readonly connection: string;
  /** A client whose base URL is the authority. */
  readonly http: HttpClient;
  readonly scopes?: Readonly<Partial<Record<PartnerResource, string>>>;
  readonly clock?: Clock;
}

export interface PartnerTokens {
  /**
   * An access token of a signed-in user.
   * @throws RemoteError `unauthorized` when a person must sign in again; the remedy is in the message
   */
  getToken(resource: PartnerResource, options: TokenRequestOptions): Promise<string>;
  /** Signs a person in by a code typed on another device, and keeps the refresh token. */
  deviceCodeLogin(options: {
    readonly onPrompt: (prompt: DevicePrompt) => void;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

const DEFAULT_SCOPES: Readonly<Record<PartnerResource, string>> = {
  referrals: 'https://api.partner.microsoft.com/.default',
  webhooks: 'https://api.partnercenter.microsoft.com/.default',
};

/**
 * Delegated tokens for Partner Center from one rotating refresh token.
 *
 * Each redemption answers with a new refresh token, which is saved before the access token is handed out: otherwise
 * a crash in between would lock the next start out. Redemptions happen one at a time, and each starts from what the
 * store holds, since another process (a `plan`, a `doctor`) may have rotated the token meanwhile.
 */
export function createPartnerTokens(options: PartnerTokensOptions): PartnerTokens {
  const { credentials, connection, configuredRefreshToken, http, clock = systemClock } = options;
  const { authority, tenantId, clientId, clientSecret, proof } = options;
  const app = (): AppIdentity => ({ authority, tenantId, clientId, clientSecret, ...proof?.() });
  const identity = [new URL(authority).host, tenantId, clientId].join('/').toLowerCase();
  const key = `partner-center/${connection}`;
  const signInCommand = `cosell-sync auth login ${connection}`;
  const configuredDigest = configuredRefreshToken === null ? null : digestOf(configuredRefreshToken);
  const scopes = { ...DEFAULT_SCOPES, ...options.scopes };
  /** Refusals by digest of the refused token: asking again with the same token would only repeat them. */
  const refusals = new Map<string, RemoteError>();
  let lastRedemption: Promise<unknown> = Promise.resolve();

  const save = (refreshToken: string, importedDigest: string | null): Promise<void> => {
    const stored: StoredCredential = { version: 1, identity, refreshToken, importedDigest };
    return credentials.save(key, JSON.stringify(stored));
  };

  /** The token to redeem next; takes a newly configured one over first. */
  async function loadCredential(): Promise<StoredCredential> {
    const found = parseStoredCredential(await credentials.load(key));
    const stored = found?.identity === identity ? found : null;
    if (configuredRefreshToken !== null && stored?.importedDigest !== configuredDigest) {
      await save(configuredRefreshToken, configuredDigest);
      return { version: 1, identity, refreshToken: configuredRefreshToken, importedDigest: configuredDigest };
    }
    if (stored !== null) return stored;
    throw new RemoteError(
      `Connection "${connection}" is not signed in to Partner Center. Sign in: ${signInCommand}`,
      {
        code: 'unauthorized',
        system: 'entra',
      },
    );
  }

  async function redeem(resource: PartnerResource): Promise<FetchedToken> {
    for (let triedToken = ''; ; ) {
      const { refreshToken, importedDigest } = await loadCredential();
      const digest = digestOf(refreshToken);
      const refusal = refusals.get(digest);
      if (refusal !== undefined) throw refusal;
      try {
        return await redeemRefreshToken(app(), refreshToken, (rotated) => save(rotated, importedDigest), {
          http,
          clock,
          scopes: [scopes[resource]],
          operation: `Sign-in of connection "${connection}" to Partner Center`,
          signInCommand,
          signal: new AbortController().signal,
        });
      } catch (error) {
        if (!(error instanceof RemoteError) || !isDeadToken(error)) throw error;
        // Another process may have rotated the token between our reading it and using it: one more look, no loop.
        const isOvertaken = triedToken === '' && (await loadCredential()).refreshToken !== refreshToken;
        if (!isOvertaken) {
          refusals.set(digest, error);
          throw error;
        }
        triedToken = refreshToken;
      }
    }
  }

  /** One redemption at a time, over both resources: they share the refresh token. */
  function redeemInTurn(resource: PartnerResource): Promise<FetchedToken> {
    const turn = lastRedemption.then(() => redeem(resource));
    lastRedemption = turn.catch(() => undefined);
    return turn;
  }

  const caches: Readonly<Record<PartnerResource, TokenCache>> = {
    referrals: createTokenCache(() => redeemInTurn('referrals'), clock),
    webhooks: createTokenCache(() => redeemInTurn('webhooks'), clock),
  };

  return {
    getToken: (resource, request) => caches[resource].get(request),
    async deviceCodeLogin({ onPrompt, signal }) {
      const login = redeemDeviceCode(app(), onPrompt, {
        http,
        clock,
        signal,
        scopes: [scopes.referrals],
        operation: `Sign-in of connection "${connection}" to Partner Center`,
        signInCommand,
      });
      const refreshToken = await abortable(login, signal);
      // Marks the configured token as taken over, or it would replace this newer one at the next start.
      await save(refreshToken, configuredDigest);
    },
  };
}
