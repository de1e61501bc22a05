import { RemoteError } from '../../core/errors.ts';
import type { Clock } from '../http/index.ts';

export interface FetchedToken {
  readonly accessToken: string;
  readonly lifetimeMs: number;
}

export interface TokenRequestOptions {
  readonly signal: AbortSignal;
  /** Get a new token although the cached one looks good: the remote has just refused it. */
  readonly forceRefresh?: boolean;
  /** The refused token: when another caller has renewed it since, that newer one is returned instead. */
  readonly rejectedToken?: string;
}

export interface TokenCache {
  get(options: TokenRequestOptions): Promise<string>;
}

/** Renew once this much of a token's life is over, so that no request leaves with one that expires on the way. */
const RENEW_AFTER = 0.8;

/**
 * Keeps one access token and renews it ahead of its end, one renewal at a time whoever asks.
 * A renewal is never aborted by the caller who started it: others wait for it, and a rotated refresh token that
 * is on its way must not be lost.
 */
export function createTokenCache(fetchToken: () => Promise<FetchedToken>, clock: Clock): TokenCache {
  let current: { readonly accessToken: string; readonly renewAt: number; readonly expiresAt: number } | null =
    null;
  let renewal: Promise<string> | null = null;

  async function renew(): Promise<string> {
    const requestedAt = clock.now();
    const { accessToken, lifetimeMs } = await fetchToken();
    current = {
      accessToken,
      renewAt: requestedAt + lifetimeMs * RENEW_AFTER,
      expiresAt: requestedAt + lifetimeMs,
    };
    return accessToken;
  }

  function renewOnce(): Promise<string> {
    renewal ??= renew().finally(() => {
      renewal = null;
    });
    return renewal;
  }

  return {
    async get({ signal, forceRefresh = false, rejectedToken }) {
      signal.throwIfAborted();
      const known = current;
      const isRefused = forceRefresh && (rejectedToken === undefined || known?.accessToken === rejectedToken);
      if (known !== null && !isRefused && clock.now() < known.renewAt) return known.accessToken;
      try {
        return await abortable(renewOnce(), signal);
      } catch (error) {
        // Early renewal is a convenience: while the old token lives, an outage of the sign-in service does not matter.
        const isOutage = error instanceof RemoteError && error.isTransient;
        if (isOutage && known !== null && !isRefused && clock.now() < known.expiresAt)
          return known.accessToken;
        throw error;
      }
    },
  };
}

/** The promise's result, or the signal's reason as soon as it aborts; the work itself goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  });
}
